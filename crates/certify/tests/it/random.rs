//! Small random programs, schemas and prices.

use alloy_primitives::B256;
use mandate_certify::{Direction, Price, Prices};
use mandate_model::{
    Body, Branch, Coefficient, Feature, Glm, Head, Layer, Limit, Limits, Link, MISSING, Missing,
    Network, Node, Program, Schema, SparseBuilder, TreesBuilder, Unit, ValueSet,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Values of features lie between minus this and this.
pub(crate) const REACH: i32 = 9;

pub(crate) fn generator(stream: u64) -> ChaCha8Rng {
    let seed = std::env::var("MANDATE_SEED").map_or(7, |n| n.parse().expect("MANDATE_SEED"));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// Features of every rule for missing values.
pub(crate) fn schema(rng: &mut impl Rng, features: usize) -> Schema {
    let rules = (0..features).map(|index| Feature {
        name: format!("f{index}"),
        unit: String::new(),
        scale_num: 1,
        scale_den: 1,
        low: -REACH,
        high: REACH,
        missing: match rng.random_range(0..3) {
            0 => Missing::Keep,
            1 => Missing::Refuse,
            _ => Missing::Replace(rng.random_range(-REACH..=REACH)),
        },
        reason: String::new(),
    });
    Schema::new("score", rules.collect()).expect("sound rules")
}

pub(crate) fn prices(rng: &mut impl Rng, features: usize) -> Prices {
    let direction = |rng: &mut dyn rand::RngCore| {
        [Direction::Both, Direction::Both, Direction::Up, Direction::Down][rng.random_range(0..4)]
    };
    let price = |rng: &mut dyn rand::RngCore| match rng.random_range(0..5) {
        0 => Price::Impossible,
        1 => Price::Free { direction: direction(rng) },
        _ => Price::Costly {
            fixed: [0, 0, 3, 10][rng.random_range(0..4)],
            step: [0, 1, 2, 5][rng.random_range(0..4)],
            direction: direction(rng),
            missing: [None, Some(0), Some(4), Some(20)][rng.random_range(0..4)],
        },
    };
    Prices { money: "money".into(), features: (0..features).map(|_| price(rng)).collect() }
}

/// A row that the schema can say.
pub(crate) fn row(rng: &mut impl Rng, schema: &Schema) -> Vec<i32> {
    let value = |feature: &Feature| match feature.missing {
        Missing::Keep if rng.random_ratio(1, 4) => MISSING,
        _ => rng.random_range(-REACH..=REACH),
    };
    schema.features().iter().map(value).collect()
}

fn head(features: usize, bias: i64) -> Head {
    let hash = B256::ZERO;
    let features = u8::try_from(features).expect("few");
    Head { link: Link::Identity, features, shift: 3, bias, schema_hash: hash, explain_hash: hash }
}

pub(crate) fn glm(rng: &mut impl Rng, features: usize) -> Program {
    let mut number = || rng.random_range(-50..=50);
    let one = |_| Coefficient { weight: number(), missing: number() * 4, baseline: 0 };
    let body = Body::Glm(Glm::new((0..features).map(one).collect()));
    Program::new(head(features, 5), body).expect("small")
}

fn tree(rng: &mut impl Rng, features: usize, depth: u8) -> Node {
    if depth == 0 || rng.random_ratio(1, 9) {
        return Node::leaf(rng.random_range(-100..=100), 1);
    }
    let feature = u8::try_from(rng.random_range(0..features)).expect("few");
    let threshold = rng.random_range(-REACH..=REACH + 1);
    let left = tree(rng, features, depth - 1);
    let right = tree(rng, features, depth - 1);
    Node::split(feature, threshold, rng.random(), left, right)
}

pub(crate) fn trees(rng: &mut impl Rng, features: usize, count: usize) -> Program {
    loop {
        let mut builder = TreesBuilder::new();
        for _ in 0..count {
            builder.push(tree(rng, features, 4)).expect("shallow");
        }
        if let Ok((program, _)) = builder.build(head(features, -20)) {
            return program;
        }
    }
}

pub(crate) fn network(rng: &mut impl Rng, features: usize) -> Program {
    let limits = (0..features).map(|_| {
        let low = rng.random_range(-REACH - 2..=0);
        let high = rng.random_range(1..=REACH + 2);
        Limits { low, high, missing: rng.random_range(low..=high) }
    });
    let limits: Vec<Limits> = limits.collect();
    let layer = |rng: &mut dyn rand::RngCore, inputs: usize, units: usize, shift: u8| {
        let one = |rng: &mut dyn rand::RngCore| Unit {
            bias: rng.random_range(-400..=400),
            weights: (0..inputs).map(|_| rng.random_range(-40..=40)).collect(),
        };
        let units = (0..units).map(|_| one(rng)).collect();
        Layer::new(4, shift, units).expect("small")
    };
    let deep = rng.random_ratio(1, 3);
    let mut layers = vec![layer(rng, features, 6, 2)];
    if deep {
        layers.push(layer(rng, 6, 5, 4));
    }
    let last = if deep { 5 } else { 6 };
    let outputs = (0..last).map(|_| rng.random_range(-30..=30)).collect();
    let body = Network::new(limits, layers, outputs).expect("shapes agree");
    Program::new(head(features, 11), Body::Network(body)).expect("small")
}

/// Trees of any shape, some of whose questions are sets.
pub(crate) fn sparse(rng: &mut impl Rng, features: usize, count: usize) -> Program {
    let mut builder = SparseBuilder::new();
    for _ in 0..count {
        builder.push(branch(rng, features, 5)).expect("small");
    }
    builder.build(head(features, -20)).expect("small").0
}

/// A list of branches, each followed by all of its left side, then by all of its right side.
fn branch(rng: &mut impl Rng, features: usize, depth: u8) -> Vec<Branch> {
    if depth == 0 || (depth < 5 && rng.random_ratio(1, 5)) {
        return vec![Branch::Leaf { value: rng.random_range(-100..=100), cover: 1 }];
    }
    let feature = u8::try_from(rng.random_range(0..features)).expect("few");
    let asked = if rng.random_ratio(1, 3) {
        let mut set = ValueSet::default();
        set.insert(rng.random_range(0..=REACH) as u8);
        (0..=REACH).filter(|_| rng.random()).for_each(|value| set.insert(value as u8));
        Branch::Set { feature, set }
    } else {
        let threshold = rng.random_range(-REACH..=REACH + 1);
        Branch::Split { feature, threshold, missing_left: rng.random() }
    };
    let mut all = vec![asked];
    all.extend(branch(rng, features, depth - 1));
    all.extend(branch(rng, features, depth - 1));
    all
}

/// A program of family `kind` modulo four; of those families that can, every other one with limits.
pub(crate) fn program(rng: &mut impl Rng, kind: usize, features: usize) -> Program {
    let program = match kind % 4 {
        0 => glm(rng, features),
        1 => trees(rng, features, 6),
        2 => sparse(rng, features, 6),
        _ => return network(rng, features),
    };
    if (kind / 4).is_multiple_of(2) { program } else { limited(rng, program) }
}

/// The program with limits that lie among the values of features, or a little outside.
pub(crate) fn limited(rng: &mut impl Rng, program: Program) -> Program {
    let limit = |_| {
        let (a, b) = (rng.random_range(-REACH - 2..=REACH), rng.random_range(-REACH..=REACH + 2));
        Limit { low: a.min(b), high: a.max(b) }
    };
    let limits = (0..program.head().features).map(limit).collect();
    program.with_limits(limits).expect("in order")
}
