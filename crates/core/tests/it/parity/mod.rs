//! Two implementations, one rule: `core` against the pure libraries of the contracts, on an EVM in this process.
//!
//! The libraries stand behind `contracts/test/fixtures/RulesHarness.sol` and `LendingHarness.sol`; their committed artifacts lie in
//! `tests/fixtures/`. `MANDATE_CASES` sets the random cases per rule (20,000 if absent), `MANDATE_SEED` the seed.

mod evm;
mod lending;
mod rules;

use alloy_primitives::U256;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, not a number")))
}

/// Random cases per rule.
fn count() -> u64 {
    number("MANDATE_CASES").unwrap_or(20_000)
}

/// Runs one rule's random cases, each with its generator, after saying seed and count.
#[expect(clippy::print_stdout, reason = "a random test says its seed and its count")]
fn cases(rule: &str, mut case: impl FnMut(&mut ChaCha8Rng)) {
    let seed = number("MANDATE_SEED").unwrap_or(0x004d_414e_4441_5445);
    let count = count();
    println!("{rule}: seed {seed}, {count} cases");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(rule.bytes().fold(0, |stream, byte| stream << 5 ^ u64::from(byte)));
    for _ in 0..count {
        case(&mut rng);
    }
}

/// A number of at most `bits` bits; every length is as likely, and the ends come up often.
fn wide(rng: &mut impl Rng, bits: u32) -> u128 {
    let length = rng.random_range(0..=bits);
    let limit = if length == 128 { u128::MAX } else { (1 << length) - 1 };
    match rng.random_range(0..8) {
        0 => limit,
        1 => limit / 2 + 1,
        _ => rng.random::<u128>() & limit,
    }
}

/// [`wide`], as a word.
fn word(rng: &mut impl Rng, bits: u32) -> U256 {
    U256::from(wide(rng, bits))
}
