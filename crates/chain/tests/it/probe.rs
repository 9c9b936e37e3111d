//! The fixture contract: `contracts/test/fixtures/Probe.sol`.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolConstructor};
use mandate_chain::{Call, Errors};

alloy::sol! {
    #[sol(all_derives)]
    #[allow(missing_docs)]
    Probe,
    "tests/fixtures/Probe.json"
}

/// The largest value that a probe takes here.
pub(crate) const LIMIT: U256 = U256::from_limbs([100, 0, 0, 0]);

/// The errors of a probe.
pub(crate) fn errors() -> Errors {
    Errors::ours().with(include_str!("../fixtures/Probe.json")).expect("the fixture has an ABI")
}

pub(crate) fn creation(limit: U256) -> Call {
    let arguments = Probe::constructorCall { limit };
    Call::create([Probe::BYTECODE.as_ref(), &arguments.abi_encode()].concat())
}

pub(crate) fn set(probe: Address, key: u64, value: u64) -> Call {
    Call::of(probe, &Probe::setCall { key: U256::from(key), value: U256::from(value) })
}

/// Each way in which a call of a probe fails, and how it prints.
pub(crate) fn failures(probe: Address, from: Address) -> Vec<(Call, String)> {
    let of = |input: Vec<u8>| Call::new(probe, Bytes::from(input)).from(from);
    let subject = B256::repeat_byte(0xab);
    vec![
        (set(probe, 1, 101).from(from), "ValueTooLarge(given: 101, allowed: 100)".into()),
        (
            of(Probe::refuseCall { subject }.abi_encode()),
            format!(
                "Refused(who: {from}, subject: {subject}, change: -5, why: \"no\", path: [7, 9])"
            ),
        ),
        (of(Probe::refuseWithStringCall {}.abi_encode()), "\"not today\"".into()),
        (of(Probe::refuseSilentlyCall {}.abi_encode()), "no reason given".into()),
        (of(Probe::refuseUnknownCall {}.abi_encode()), "unknown error 0xdeadbeef".into()),
        (of(Probe::overflowCall { x: U256::MAX }.abi_encode()), "panic 0x11".into()),
        (of(Probe::burnCall {}.abi_encode()).gas_limit(200_000), "out of gas".into()),
    ]
}
