//! M-1 and K-24: Rust and the EVM agree to the bit, on outputs and on refusals.

use std::sync::atomic::{AtomicUsize, Ordering};

use alloy_primitives::I256;
use mandate_model::{
    Explain, Feature, MAX_VALUE, MIN_VALUE, Missing, Model, ModelError, Program, Schema,
};
use rand::Rng;

use crate::{chain::Chain, random};

/// (model, input) pairs of this run: `MANDATE_PAIRS`, or the number of the quick run.
fn pairs() -> usize {
    std::env::var("MANDATE_PAIRS")
        .map_or(100_000, |n| n.parse().expect("MANDATE_PAIRS is a number"))
}

/// Inputs for each model: enough that loading it does not dominate.
const INPUTS: usize = 250;
/// Models that share a chain: enough that deploying the contracts does not count.
const SHARE: usize = 16;

#[test]
#[expect(clippy::print_stdout, reason = "a random test says its seed and its count")]
fn m1_rust_and_the_evm_agree_on_every_output() {
    let models = pairs().div_ceil(INPUTS);
    println!("seed {}, {models} models, {INPUTS} inputs each", random::seed());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut differences = 0;
        loop {
            let first = next.fetch_add(SHARE, Ordering::Relaxed);
            if first >= models {
                return differences;
            }
            let mut chain = Chain::new();
            differences += (first..models.min(first + SHARE))
                .map(|model| differences_of(model, &mut chain))
                .sum::<usize>();
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let differences: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    println!("{} pairs, {differences} differences", models * INPUTS);
    assert_eq!(differences, 0);
}

/// On how many inputs Rust and the EVM part for the model of this number; the families take turns, with limits and without.
fn differences_of(model: usize, chain: &mut Chain) -> usize {
    let mut rng = random::generator(model as u64);
    let program = random::of(&mut rng, model);
    let root = chain.load(&program);
    let mut differs = || {
        let input = random::input(&mut rng, program.head().features);
        // An output is the link of a margin; a saturated one would hide a margin that differs.
        let margin = I256::try_from(program.margin(&input).unwrap()).unwrap();
        let output = I256::try_from(program.run(&input).unwrap()).unwrap();
        chain.margin(root, &input) != margin || chain.run(root, &input) != Ok(output)
    };
    (0..INPUTS).filter(|_| differs()).count()
}

/// The name of a refusal in Rust.
fn name(error: &ModelError) -> String {
    format!("{error:?}").split(' ').next().unwrap().into()
}

/// What Rust says of bytes, and what the chain says of them as one chunk.
fn verdicts(chain: &mut Chain, bytes: &[u8]) -> (Result<(), String>, Result<(), String>) {
    let rust = Program::decode(bytes).map(|_| ()).map_err(|error| name(&error));
    let evm = chain.register(bytes.to_vec(), Vec::new()).map(|_| ());
    (rust, evm)
}

/// Models of one chunk, so that the chain can be given their bytes whole.
fn small(rng: &mut impl Rng) -> Program {
    loop {
        let program = random::any(rng);
        if program.encode().len() < 6000 {
            return program;
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a random test says its seed and its count")]
fn m2_rust_and_the_store_refuse_the_same_bytes_by_the_same_name() {
    println!("seed {}", random::seed());
    let mut chain = Chain::new();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut check = |bytes: &[u8]| {
        let (rust, evm) = verdicts(&mut chain, bytes);
        assert_eq!(rust, evm, "{}", alloy_primitives::hex::encode(bytes));
        *seen.entry(rust.err().unwrap_or_else(|| "accepted".into())).or_default() += 1;
    };
    for model in 0..90 {
        let mut rng = random::generator(1 << 32 | model);
        let bytes = small(&mut rng).encode();
        check(&bytes);
        check(&[bytes.as_slice(), &[0]].concat());
        for _ in 0..40 {
            check(&bytes[..rng.random_range(0..bytes.len())]);
            check(&flipped(&mut rng, &bytes));
            check(&scrambled(&mut rng, &bytes));
        }
    }
    println!("{seen:?}");
    assert!(seen.len() > 16, "too few kinds of refusal were met: {seen:?}");
}

/// One bit changed, in the head as often as in the body.
fn flipped(rng: &mut impl Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let end = if rng.random() { bytes.len() } else { bytes.len().min(90) };
    bytes[rng.random_range(0..end)] ^= 1 << rng.random_range(0..8);
    bytes
}

/// A good head over a run of other bytes.
fn scrambled(rng: &mut impl Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let from = rng.random_range(0..bytes.len());
    let to = rng.random_range(from..bytes.len());
    let zeros = rng.random_ratio(1, 3);
    bytes[from..=to].iter_mut().for_each(|byte| *byte = if zeros { 0 } else { rng.random() });
    bytes
}

#[test]
fn m2_every_offset_of_a_truncation_is_refused_alike() {
    let mut rng = random::generator(77);
    let mut chain = Chain::new();
    let draws = [
        |rng: &mut _| random::trees(rng).0,
        |rng: &mut _| random::network(rng).0,
        |rng: &mut _| random::sparse(rng).0,
        |rng: &mut _| {
            let glm = random::glm(rng);
            random::limited(rng, glm)
        },
        |rng: &mut _| {
            let trees = random::trees(rng).0;
            random::limited(rng, trees)
        },
    ];
    for draw in draws.into_iter().cycle().take(10) {
        let bytes = loop {
            let bytes = draw(&mut rng).encode();
            if bytes.len() < 1500 {
                break bytes;
            }
        };
        for length in 0..bytes.len() {
            let (rust, evm) = verdicts(&mut chain, &bytes[..length]);
            assert_eq!(rust, Err("ModelTruncated".into()));
            assert_eq!(rust, evm);
        }
    }
}

#[test]
fn inputs_of_the_wrong_length_are_refused_by_the_same_name() {
    let mut rng = random::generator(5);
    let mut chain = Chain::new();
    let (trees, sparse) = (random::trees(&mut rng).0, random::sparse(&mut rng).0);
    let limited = [random::glm(&mut rng), trees.clone(), sparse.clone()];
    let limited = limited.map(|program| random::limited(&mut rng, program));
    let others = [random::glm(&mut rng), trees, sparse, random::network(&mut rng).0];
    for program in others.into_iter().chain(limited) {
        let root = chain.load(&program);
        let input = random::input(&mut rng, program.head().features);
        for length in [0, input.len() - 1, input.len() + 1] {
            let mut wrong = input.clone();
            wrong.resize(length, 0);
            assert_eq!(name(&program.run(&wrong).unwrap_err()), "FeaturesLength");
            assert_eq!(chain.run(root, &wrong), Err("FeaturesLength".into()));
        }
    }
    let nowhere = alloy_primitives::Address::repeat_byte(9);
    assert_eq!(chain.run(nowhere, &[]), Err("ModelFamilyUnknown".into()));
}

/// A model file of a program that needs no explanation data.
fn model(program: Program) -> Model {
    let feature = |index| Feature {
        name: format!("f{index}"),
        unit: String::new(),
        scale_num: 1,
        scale_den: 1,
        low: MIN_VALUE,
        high: MAX_VALUE,
        missing: Missing::Keep,
        reason: String::new(),
    };
    let schema = Schema::new("test", (0..program.head().features).map(feature).collect()).unwrap();
    Model::new(program, schema, Explain::default()).unwrap()
}

#[test]
fn m4_the_chain_attributes_a_glm_exactly() {
    let mut rng = random::generator(6);
    let mut chain = Chain::new();
    for number in 0..40 {
        let program = random::glm(&mut rng);
        let program = if number % 2 == 0 { program } else { random::limited(&mut rng, program) };
        let root = chain.load(&program);
        let model = model(program);
        for _ in 0..10 {
            let input = random::input(&mut rng, model.program().head().features);
            let (base, contributions) = chain.attribution(root, &input).unwrap();
            let own = model.explain(&input).unwrap();
            assert_eq!(base.to_string(), own.base.to_string());
            let same = contributions.iter().zip(&own.contributions);
            assert!(same.into_iter().all(|(a, b)| a.to_string() == b.to_string()));
            let sum = contributions.into_iter().fold(base, |sum, one| sum + one);
            assert_eq!(sum, chain.margin(root, &input));
        }
    }
    let (trees, sparse) = (random::trees(&mut rng).0, random::sparse(&mut rng).0);
    for other in [trees, sparse, random::network(&mut rng).0] {
        let root = chain.load(&other);
        assert_eq!(chain.attribution(root, &[]), Err("ModelFamilyUnknown".into()));
    }
}
