//! M-4: attributions are integers that sum to the margin, and they are the Shapley values.

use alloy_primitives::B256;
use mandate_model::{
    Body, Branch, Explain, Feature, Layer, Limits, MAX_VALUE, MIN_VALUE, MISSING, Missing, Model,
    Network, Node, Program, Schema, SparseBuilder, TreesBuilder, Unit, unpack,
};
use rand::Rng;

use crate::random;

fn schema(features: u8) -> Schema {
    let feature = |index| Feature {
        name: format!("f{index}"),
        unit: String::new(),
        scale_num: 1,
        scale_den: 1,
        low: MIN_VALUE,
        high: MAX_VALUE,
        missing: Missing::Keep,
        reason: format!("reason {index}"),
    };
    Schema::new("test", (0..features).map(feature).collect()).unwrap()
}

pub(crate) fn model(program: Program, explain: Explain) -> Model {
    let schema = schema(program.head().features);
    Model::new(program, schema, explain).unwrap()
}

#[test]
fn m4_attributions_sum_exactly_to_the_margin() {
    let mut rng = random::generator(20);
    for _ in 0..60 {
        let (trees, covers) = random::trees(&mut rng);
        let glm = random::glm(&mut rng);
        let (network, baseline) = random::network(&mut rng);
        let limited = [glm.clone(), trees.clone()];
        let [a, b] = limited.map(|program| random::limited(&mut rng, program));
        let models = [
            (trees, covers.clone()),
            (glm, Explain::default()),
            (network, baseline),
            random::sparse(&mut rng),
            (a, Explain::default()),
            (b, covers),
        ];
        for model in models.map(|(program, explain)| model(program, explain)) {
            assert_eq!(Model::decode(&model.encode()).unwrap(), model);
            let committed = model.clone().with_manifest(B256::repeat_byte(9)).unwrap();
            for _ in 0..5 {
                let input = random::input(&mut rng, model.program().head().features);
                let split = model.explain(&input).unwrap();
                let sum = split.base + split.contributions.iter().sum::<i128>();
                assert_eq!(sum, i128::from(split.margin));
                assert_eq!(committed.explain(&input).as_ref(), Ok(&split));
                assert_eq!(model.program().margin(&input), Ok(split.margin));
                let up = split.reasons(model.schema(), true, 3);
                assert!(up.is_sorted_by_key(|reason| -reason.contribution));
            }
        }
    }
}

/// The expected leaf when only the features in `known` are known, by the textbook.
fn expected(node: &Node, values: &[i32], known: u32) -> f64 {
    match node {
        Node::Leaf { value, .. } => f64::from(*value),
        Node::Split { feature, threshold, missing_left, left, right } => {
            let (l, r) = (expected(left, values, known), expected(right, values, known));
            if known & (1 << feature) != 0 {
                let value = values[usize::from(*feature)];
                let goes_left = if value == MISSING { *missing_left } else { value < *threshold };
                return if goes_left { l } else { r };
            }
            let (a, b) = (cover(left), cover(right));
            if a + b == 0.0 { (l + r) / 2.0 } else { (l * a + r * b) / (a + b) }
        }
    }
}

fn cover(node: &Node) -> f64 {
    match node {
        Node::Leaf { cover, .. } => f64::from(*cover),
        Node::Split { left, right, .. } => cover(left) + cover(right),
    }
}

/// A network in which features meet in pairs only.
pub(crate) fn pairs() -> Program {
    let limits = vec![Limits { low: -1000, high: 1000, missing: 400 }; 5];
    let unit = |bias, weights: [i64; 5]| Unit { bias, weights: weights.to_vec() };
    let units = vec![
        unit(-2000, [3, -2, 0, 0, 0]),
        unit(500, [0, 0, 5, 4, 0]),
        unit(-900, [1, 0, 0, 0, 1]),
        unit(7, [0, 0, -3, 0, 2]),
    ];
    let layers = vec![Layer::new(4, 0, units).unwrap()];
    let network = Network::new(limits, layers, vec![7, -5, 11, 3]).unwrap();
    let (schema_hash, explain_hash) = Default::default();
    let (link, features) = (mandate_model::Link::Identity, 5);
    let head = mandate_model::Head { link, features, shift: 0, bias: 9, schema_hash, explain_hash };
    Program::new(head, Body::Network(network)).unwrap()
}

/// M-4: what features do alone or in pairs is shared as Shapley values share it.
#[test]
fn m4_attributions_of_a_network_of_pairs_are_shapley_values() {
    let mut rng = random::generator(22);
    let program = pairs();
    for _ in 0..200 {
        let (from, to) = (random::input(&mut rng, 5), random::input(&mut rng, 5));
        let model = model(program.clone(), Explain::from_baseline(from.clone()));
        let worth = |known: u32| {
            let pick = |i: usize| if known & (1 << (i / 3)) != 0 { to[i] } else { from[i] };
            program.margin(&(0..15).map(pick).collect::<Vec<u8>>()).unwrap() as f64
        };
        let split = model.explain(&to).unwrap();
        assert_eq!(split.base as f64, worth(0));
        for feature in 0..5 {
            let shapley = shapley(&worth, 5, feature as u32);
            let given = split.contributions[feature] as f64;
            // Half a unit of rounding, and what the other features left over.
            assert!((given - shapley).abs() < 4.0, "{given} {shapley}");
        }
    }
}

#[test]
fn m4_attributions_of_trees_are_shapley_values() {
    const FEATURES: u8 = 5;
    let mut rng = random::generator(21);
    for _ in 0..40 {
        let trees: Vec<Node> = (0..3).map(|_| random::tree(&mut rng, FEATURES, true, 6)).collect();
        let mut builder = TreesBuilder::new();
        trees.iter().for_each(|tree| builder.push(tree.clone()).unwrap());
        let head = mandate_model::Head {
            link: mandate_model::Link::Identity,
            features: FEATURES,
            shift: 0,
            bias: 0,
            schema_hash: Default::default(),
            explain_hash: Default::default(),
        };
        let Ok((program, explain)) = builder.build(head) else { continue };
        assert!(matches!(program.body(), Body::Trees(_)));
        let model = model(program, explain);
        let input = random::input(&mut rng, FEATURES);
        let values: Vec<i32> = unpack(&input).collect();
        let worth = |known| trees.iter().map(|tree| expected(tree, &values, known)).sum::<f64>();
        let split = model.explain(&input).unwrap();
        assert!((split.base as f64 - worth(0)).abs() < 1.0);
        for feature in 0..usize::from(FEATURES) {
            let shapley = shapley(&worth, u32::from(FEATURES), feature as u32);
            let given = split.contributions[feature] as f64;
            // Half a unit of rounding, and what the other features left over.
            assert!((given - shapley).abs() < 4.0, "{given} {shapley}");
        }
        rng.random::<u8>();
    }
}

/// The expected leaf of a list when only the features in `known` are known, its cover, and what is left of the list.
fn expected_sparse<'a>(tree: &'a [Branch], values: &[i32], known: u32) -> (f64, f64, &'a [Branch]) {
    let (feature, goes_left) = match tree[0] {
        Branch::Leaf { value, cover } => return (value.into(), cover.into(), &tree[1..]),
        Branch::Split { feature, threshold, missing_left } => {
            let value = values[usize::from(feature)];
            (feature, if value == MISSING { missing_left } else { value < threshold })
        }
        Branch::Set { feature, set } => (feature, set.holds(values[usize::from(feature)])),
    };
    let (l, a, rest) = expected_sparse(&tree[1..], values, known);
    let (r, b, rest) = expected_sparse(rest, values, known);
    if known & (1 << feature) != 0 {
        return (if goes_left { l } else { r }, a + b, rest);
    }
    let mean = if a + b == 0.0 { (l + r) / 2.0 } else { (l * a + r * b) / (a + b) };
    (mean, a + b, rest)
}

/// M-4: on paths of more features than complete trees have levels, too.
#[test]
fn m4_attributions_of_sparse_trees_are_shapley_values() {
    const FEATURES: u8 = 12;
    let mut rng = random::generator(23);
    let mut longest = 0;
    for _ in 0..25 {
        let trees: Vec<_> = (0..2).map(|_| random::sparse_tree(&mut rng, FEATURES, true)).collect();
        let mut builder = SparseBuilder::new();
        trees.iter().for_each(|tree| builder.push(tree.clone()).unwrap());
        let head = mandate_model::Head {
            link: mandate_model::Link::Identity,
            features: FEATURES,
            shift: 0,
            bias: 0,
            schema_hash: Default::default(),
            explain_hash: Default::default(),
        };
        let Ok((program, explain)) = builder.build(head) else { continue };
        let model = model(program, explain);
        let input = random::input(&mut rng, FEATURES);
        let values: Vec<i32> = unpack(&input).collect();
        let worth: Vec<f64> = (0..1u32 << FEATURES)
            .map(|known| trees.iter().map(|t| expected_sparse(t, &values, known).0).sum())
            .collect();
        let worth = |known: u32| worth[known as usize];
        let split = model.explain(&input).unwrap();
        assert!((split.base as f64 - worth(0)).abs() < 1.0);
        let mut moved = 0;
        for feature in 0..usize::from(FEATURES) {
            let shapley = shapley(&worth, FEATURES.into(), feature as u32);
            let given = split.contributions[feature] as f64;
            // Half a unit of rounding, and what the other features left over.
            assert!((given - shapley).abs() < 8.0, "{given} {shapley}");
            moved += usize::from(given != 0.0);
        }
        longest = longest.max(moved);
    }
    assert!(longest > 8, "{longest}");
}

pub(crate) fn shapley(worth: &impl Fn(u32) -> f64, features: u32, feature: u32) -> f64 {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let without = (0..1u32 << features).filter(|known| known & (1 << feature) == 0);
    without
        .map(|known| {
            let size = known.count_ones();
            let weight = factorial(size) * factorial(features - 1 - size) / factorial(features);
            weight * (worth(known | 1 << feature) - worth(known))
        })
        .sum()
}
