//! Random models and inputs, with the extremes that random draws would miss.

use alloy_primitives::B256;
use mandate_model::{
    Body, Coefficient, Glm, Head, Link, MAX_VALUE, MIN_VALUE, MISSING, Node, Program, TreesBuilder,
    pack,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of this run: `MANDATE_SEED` in decimal, or a fixed one.
pub(crate) fn seed() -> u64 {
    std::env::var("MANDATE_SEED")
        .map_or(0x004d_414e_4441_5445, |n| n.parse().expect("MANDATE_SEED is a number"))
}

/// A generator of its own for `stream`.
pub(crate) fn generator(stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed());
    rng.set_stream(stream);
    rng
}

fn link(rng: &mut impl Rng) -> Link {
    [Link::Identity, Link::Logistic, Link::Log][rng.random_range(0..3)]
}

fn head(rng: &mut impl Rng, features: u8, bias: i64) -> Head {
    Head {
        link: link(rng),
        features,
        shift: rng.random_range(0..=62),
        bias,
        schema_hash: B256::from(rng.random::<[u8; 32]>()),
        explain_hash: B256::from(rng.random::<[u8; 32]>()),
    }
}

/// A feature count: any, or one at which an implementation could change its ways.
pub(crate) fn features(rng: &mut impl Rng) -> u8 {
    const EDGES: [u8; 14] = [1, 2, 7, 8, 10, 11, 16, 28, 29, 30, 120, 121, 127, 128];
    if rng.random() { EDGES[rng.random_range(0..EDGES.len())] } else { rng.random_range(1..=128) }
}

/// A value between the extremes, often one of them or a neighbour.
pub(crate) fn value(rng: &mut impl Rng) -> i32 {
    match rng.random_range(0..8) {
        0 => MISSING,
        1 => MIN_VALUE,
        2 => MAX_VALUE,
        3 => rng.random_range(-2..=2),
        4 => rng.random_range(-1000..=1000),
        _ => rng.random_range(MISSING..=MAX_VALUE),
    }
}

/// Packed features.
pub(crate) fn input(rng: &mut impl Rng, features: u8) -> Vec<u8> {
    let values: Vec<i32> = (0..features).map(|_| value(rng)).collect();
    pack(&values).unwrap()
}

/// A magnitude that is small as often as large, below `2^bits`.
fn spread(rng: &mut impl Rng, bits: u32) -> i64 {
    let bits = rng.random_range(0..=bits);
    let magnitude = rng.random::<u64>() & ((1u64 << bits) - 1);
    if rng.random() { magnitude as i64 } else { -(magnitude as i64) }
}

/// A GLM that is never refused.
pub(crate) fn glm(rng: &mut impl Rng) -> Program {
    let features = features(rng);
    let coefficients = (0..features).map(|_| Coefficient {
        weight: spread(rng, 31),
        missing: spread(rng, 54),
        baseline: value(rng),
    });
    let body = Body::Glm(Glm::new(coefficients.collect()));
    let bias = spread(rng, 61);
    Program::new(head(rng, features, bias), body).expect("bounded by construction")
}

/// A tree of at most `depth` levels, not always complete.
pub(crate) fn tree(rng: &mut impl Rng, features: u8, sides: bool, depth: u8) -> Node {
    if depth == 0 || rng.random_ratio(1, 8) {
        let value = [i16::MIN, i16::MAX, 0, rng.random(), rng.random()][rng.random_range(0..5)];
        return Node::leaf(value, rng.random_range(0..1000));
    }
    let threshold = value(rng).max(MIN_VALUE);
    let feature = rng.random_range(0..features);
    let missing_left = if sides { rng.random() } else { feature.is_multiple_of(2) };
    let left = tree(rng, features, sides, depth - 1);
    let right = tree(rng, features, sides, depth - 1);
    Node::split(feature, threshold, missing_left, left, right)
}

/// An ensemble that is never refused, and its covers.
pub(crate) fn trees(rng: &mut impl Rng) -> (Program, mandate_model::Explain) {
    loop {
        let features = features(rng);
        let asked = features.min(64);
        let deepest = rng.random_range(1..=8);
        let mut builder = TreesBuilder::new();
        let most = if rng.random_ratio(1, 10) { 120 } else { 20 };
        for _ in 0..rng.random_range(1..=most) {
            builder.push(tree(rng, asked, asked <= 32, deepest)).unwrap();
        }
        let bias = spread(rng, 62);
        // Only an ensemble of single leaves is refused: it has no forest.
        if let Ok(built) = builder.build(head(rng, features, bias)) {
            return built;
        }
    }
}
