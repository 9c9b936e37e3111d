//! Random models and inputs, with the extremes that random draws would miss.

use alloy_primitives::B256;
use mandate_model::{
    Body, Branch, Coefficient, Explain, Glm, Head, Layer, Limit, Limits, Link, MAX_VALUE,
    MIN_VALUE, MISSING, Network, Node, Program, SparseBuilder, TreesBuilder, Unit, ValueSet,
    network::lane_bits, pack, sparse::MAX_LEVELS,
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

/// A head of a random link and shift.
pub(crate) fn head(rng: &mut impl Rng, features: u8, bias: i64) -> Head {
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
        3 => [-1, 0, 1, 255, 256, rng.random_range(-2..=260)][rng.random_range(0..6)],
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

/// A tree of any shape: bushy, or a chain of as many levels as there may be.
pub(crate) fn sparse_tree(rng: &mut impl Rng, features: u8, sides: bool) -> Vec<Branch> {
    let chain = rng.random_ratio(1, 6);
    let depth = if chain { rng.random_range(1..=MAX_LEVELS) } else { rng.random_range(1..=7) };
    let mut tree = Vec::new();
    branch(rng, features, sides, (depth, chain), &mut tree);
    tree
}

fn branch(
    rng: &mut impl Rng,
    features: u8,
    sides: bool,
    (depth, chain): (u8, bool),
    tree: &mut Vec<Branch>,
) {
    if depth == 0 || (!chain && rng.random_ratio(1, 8)) {
        let (least, greatest) = (-1 << 23, (1 << 23) - 1);
        let any = rng.random_range(least..=greatest);
        let value = [least, greatest, 0, any, any >> 8][rng.random_range(0..5)];
        tree.push(Branch::Leaf { value, cover: rng.random_range(0..1000) });
        return;
    }
    let feature = rng.random_range(0..features);
    let missing_left = !sides || rng.random();
    let threshold = value(rng).max(MIN_VALUE);
    tree.push(match rng.random_ratio(1, 6) {
        true => Branch::Set { feature, set: ValueSet(rng.random()) },
        false => Branch::Split { feature, threshold, missing_left },
    });
    // A chain goes on on one side.
    let on_left: bool = rng.random();
    for left in [true, false] {
        let below = if chain && left != on_left { 0 } else { depth - 1 };
        branch(rng, features, sides, (below, chain), tree);
    }
}

/// An ensemble of trees of any shape that is never refused, and its covers.
pub(crate) fn sparse(rng: &mut impl Rng) -> (Program, Explain) {
    loop {
        let features = features(rng);
        let asked = features.min(62);
        let mut builder = SparseBuilder::new();
        let most = if rng.random_ratio(1, 10) { 120 } else { 12 };
        for _ in 0..rng.random_range(1..=most) {
            builder.push(sparse_tree(rng, asked, asked <= 31)).unwrap();
        }
        let bias = spread(rng, 61);
        // Only an ensemble of single leaves is refused: it has no tree.
        if let Ok(built) = builder.build(head(rng, features, bias)) {
            return built;
        }
    }
}

/// A network that is never refused, some of its sums at the bound of their lanes, and a baseline.
pub(crate) fn network(rng: &mut impl Rng) -> (Program, Explain) {
    let features = features(rng);
    let limits: Vec<Limits> = (0..features).map(|_| limits(rng)).collect();
    let mut bounds: Vec<i128> = limits.iter().map(|limits| limits.span().into()).collect();
    let mut layers = Vec::new();
    for _ in 0..[1, 1, 2, 3][rng.random_range(0..4)] {
        let lanes = rng.random_range(4..=8);
        let most = if rng.random_ratio(1, 20) { 120 } else { 24 };
        let units: Vec<Unit> =
            (0..rng.random_range(1..=most)).map(|_| unit(rng, lanes, &bounds)).collect();
        let ranges: Vec<_> = units.iter().map(|unit| range(unit, &bounds)).collect();
        let highest = ranges.iter().map(|range| range.1).max().unwrap_or(0).max(1);
        // Mostly a shift that leaves something of the largest sum.
        let left = if rng.random_ratio(1, 8) { lane_bits(lanes) - 2 } else { highest.ilog2() };
        let shift = rng.random_range(0..=left.min(lane_bits(lanes) - 2)) as u8;
        bounds = ranges.iter().map(|range| range.1.max(0) >> shift).collect();
        layers.push(Layer::new(lanes, shift, units).expect("weights inside their lanes"));
    }
    let lanes = layers.last().expect("at least one").lanes();
    let widest = bounds.iter().copied().max().unwrap_or(0).max(1);
    let most = largest(lanes) / 4 / widest / bounds.len() as i128;
    let outputs = bounds.iter().map(|_| magnitude(rng, most)).collect();
    let body = Network::new(limits, layers, outputs).expect("one weight for each input");
    let bias = spread(rng, 61);
    let program = Program::new(head(rng, features, bias), Body::Network(body));
    (program.expect("bounded by construction"), Explain::from_baseline(input(rng, features)))
}

fn limits(rng: &mut impl Rng) -> Limits {
    let mut pick = || value(rng).max(MIN_VALUE);
    let mut three = [pick(), pick(), pick()];
    three.sort_unstable();
    let [low, missing, high] = three;
    Limits { low, high, missing: [low, missing, high][rng.random_range(0..3)] }
}

/// The greatest sum that a lane holds.
pub(crate) fn largest(lanes: u8) -> i128 {
    (1 << (lane_bits(lanes) - 1)) - 1
}

/// The least and the greatest sum of a unit whose inputs run from zero to `bounds`.
pub(crate) fn range(unit: &Unit, bounds: &[i128]) -> (i128, i128) {
    let terms = || unit.weights.iter().zip(bounds).map(|(w, bound)| i128::from(*w) * bound);
    let part = |keep: fn(i128) -> i128| terms().map(keep).sum::<i128>() + i128::from(unit.bias);
    (part(|term| term.min(0)), part(|term| term.max(0)))
}

/// A magnitude of any number of bits, at most `most`.
fn magnitude(rng: &mut impl Rng, most: i128) -> i64 {
    let bits = rng.random_range(0..=127 - most.max(1).leading_zeros());
    spread(rng, bits.min(62)).clamp(-(most.min(1 << 62) as i64), most.min(1 << 62) as i64)
}

/// Weights that share half of what a lane holds, and a bias: any, or the one that takes a sum to its bound.
fn unit(rng: &mut impl Rng, lanes: u8, bounds: &[i128]) -> Unit {
    let sparse = rng.random_ratio(1, 4);
    let share = largest(lanes) / 2 / bounds.len() as i128;
    let weights = bounds.iter().map(|&bound| match sparse && rng.random() {
        true => 0,
        false => magnitude(rng, share / bound.max(1)),
    });
    let mut unit = Unit { bias: 0, weights: weights.collect() };
    let (low, high) = range(&unit, bounds);
    unit.bias = match rng.random_range(0..4) {
        0 => (largest(lanes) - high) as i64,
        1 => (-largest(lanes) - low) as i64,
        _ => magnitude(rng, largest(lanes) / 2),
    };
    unit
}

/// A program of family `kind` modulo four; of those families that can, one in three has limits.
pub(crate) fn of(rng: &mut impl Rng, kind: usize) -> Program {
    let program = match kind % 4 {
        0 => glm(rng),
        1 => trees(rng).0,
        2 => sparse(rng).0,
        _ => return network(rng).0,
    };
    if rng.random_ratio(1, 3) { limited(rng, program) } else { program }
}

/// A program of any family.
pub(crate) fn any(rng: &mut impl Rng) -> Program {
    let kind = rng.random_range(0..4);
    of(rng, kind)
}

/// The program with limits for its features: wide, narrow, a single value, or none at all for some.
pub(crate) fn limited(rng: &mut impl Rng, program: Program) -> Program {
    let limit = |_| {
        if rng.random_ratio(1, 5) {
            return Limit::WHOLE;
        }
        let (a, b) = (value(rng).max(MIN_VALUE), value(rng).max(MIN_VALUE));
        Limit { low: a.min(b), high: a.max(b) }
    };
    let mut limits: Vec<Limit> = (0..program.head().features).map(limit).collect();
    if limits.iter().all(|limit| *limit == Limit::WHOLE) {
        limits[0].high -= 1;
    }
    program.with_limits(limits).expect("narrower, and in order")
}
