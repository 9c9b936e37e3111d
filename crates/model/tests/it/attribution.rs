//! M-4: attributions are integers that sum to the margin, and they are the Shapley values.

use mandate_model::{
    Body, Explain, Feature, MAX_VALUE, MIN_VALUE, MISSING, Missing, Model, Node, Program, Schema,
    TreesBuilder, unpack,
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

fn model(program: Program, explain: Explain) -> Model {
    let schema = schema(program.head().features);
    Model::new(program, schema, explain).unwrap()
}

#[test]
fn m4_attributions_sum_exactly_to_the_margin() {
    let mut rng = random::generator(20);
    for _ in 0..60 {
        let (trees, covers) = random::trees(&mut rng);
        let glm = random::glm(&mut rng);
        for model in [model(trees, covers), model(glm, Explain::default())] {
            assert_eq!(Model::decode(&model.encode()).unwrap(), model);
            for _ in 0..5 {
                let input = random::input(&mut rng, model.program().head().features);
                let split = model.explain(&input).unwrap();
                let sum = split.base + split.contributions.iter().sum::<i128>();
                assert_eq!(sum, i128::from(split.margin));
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

fn shapley(worth: &impl Fn(u32) -> f64, features: u32, feature: u32) -> f64 {
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
