//! Programs run per second on one core, in Rust and on the in-process EVM, as JSON.
//!
//! `cargo run --release -p mandate-model --example inference [seconds for each figure]`

// Tests use the rest of it.
#[allow(dead_code)]
#[path = "../tests/it/chain.rs"]
mod chain;
#[allow(dead_code)]
#[path = "../tests/it/random.rs"]
mod random;

use std::hint::black_box;
use std::time::{Duration, Instant};

use mandate_model::{
    Body, Coefficient, Glm, Head, Layer, Limits, Link, MAX_VALUE, MIN_VALUE, Network, Node,
    Program, TreesBuilder, Unit,
};
use rand::Rng;

/// The shapes of `contracts/snapshots/inference.json`.
const GLM_FEATURES: u8 = 16;
const TREE_FEATURES: u8 = 23;
const TREES: usize = 100;

fn main() {
    let seconds = std::env::args().nth(1).map_or(2, |n| n.parse().expect("seconds are a number"));
    let time = Duration::from_secs(seconds);
    let programs = [
        ("glm16", glm()),
        ("gbdt100x4", trees(4)),
        ("gbdt100x6", trees(6)),
        ("mlp16x32x1", network()),
    ];
    let lines = programs.map(|(name, program)| format!("  \"{name}\": {}", rates(&program, time)));
    say(&format!("{{\n{}\n}}", lines.join(",\n")));
}

#[expect(clippy::print_stdout, reason = "its answer")]
fn say(text: &str) {
    println!("{text}");
}

/// Runs per second, on inputs that change from run to run.
fn rates(program: &Program, time: Duration) -> String {
    let mut rng = random::generator(1);
    let inputs: Vec<Vec<u8>> =
        (0..1024).map(|_| random::input(&mut rng, program.head().features)).collect();
    let mut chain = chain::Chain::new();
    let root = chain.load(program);
    for input in &inputs {
        let output = program.run(input).expect("the length is right").to_string();
        assert_eq!(chain.run(root, input).expect("the length is right").to_string(), output);
    }
    let rust = rate(&inputs, time, |input| drop(black_box(program.run(input))));
    let evm = rate(&inputs, time, |input| drop(black_box(chain.run(root, input))));
    format!("{{ \"rust_runs_per_second\": {rust:.0}, \"evm_runs_per_second\": {evm:.0} }}")
}

fn rate(inputs: &[Vec<u8>], time: Duration, mut run: impl FnMut(&[u8])) -> f64 {
    let start = Instant::now();
    let mut runs = 0_u32;
    while start.elapsed() < time {
        inputs.iter().for_each(|input| run(input));
        runs += inputs.len() as u32;
    }
    f64::from(runs) / start.elapsed().as_secs_f64()
}

fn head(features: u8, shift: u8) -> Head {
    let (schema_hash, explain_hash) = Default::default();
    Head { link: Link::Logistic, features, shift, bias: 100, schema_hash, explain_hash }
}

fn glm() -> Program {
    let mut rng = random::generator(2);
    let mut draw = || random::value(&mut rng).into();
    let coefficients =
        (0..GLM_FEATURES).map(|_| Coefficient { weight: draw(), missing: draw(), baseline: 0 });
    let body = Body::Glm(Glm::new(coefficients.collect()));
    Program::new(head(GLM_FEATURES, 40), body).expect("the weights are small")
}

/// One layer of 32 units, four to a word, over whole features.
fn network() -> Program {
    let mut rng = random::generator(4);
    let mut unit = || Unit {
        bias: rng.random_range(-1 << 40..1 << 40),
        weights: (0..GLM_FEATURES).map(|_| rng.random_range(-1 << 23..1 << 23)).collect(),
    };
    let units = (0..32).map(|_| unit()).collect();
    let layer = Layer::new(4, 24, units).expect("24 bits fit a lane");
    let limits = Limits { low: MIN_VALUE, high: MAX_VALUE, missing: 0 };
    let outputs = (0..32).map(|_| rng.random_range(-1 << 23..1 << 23)).collect();
    let network = Network::new(vec![limits; GLM_FEATURES.into()], vec![layer], outputs);
    let body = Body::Network(network.expect("one weight for each input"));
    Program::new(head(GLM_FEATURES, 50), body).expect("the weights are small")
}

fn trees(depth: u8) -> Program {
    let mut rng = random::generator(3);
    let mut builder = TreesBuilder::new();
    for _ in 0..TREES {
        builder.push(complete(&mut rng, depth)).expect("within the limits");
    }
    builder.build(head(TREE_FEATURES, 12)).expect("a hundred trees of a plain shape").0
}

/// A complete tree of random questions.
fn complete(rng: &mut impl Rng, depth: u8) -> Node {
    if depth == 0 {
        return Node::leaf(rng.random(), 1);
    }
    let (feature, threshold) =
        (rng.random_range(0..TREE_FEATURES), rng.random_range(MIN_VALUE..=MAX_VALUE));
    let (left, right) = (complete(rng, depth - 1), complete(rng, depth - 1));
    Node::split(feature, threshold, false, left, right)
}
