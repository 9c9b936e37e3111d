//! M-4: the fast way to attributions, and those against a background.

use mandate_model::{
    Background, Body, Explain, Explainer, Explanation, MOST_BACKGROUND_ROWS, Model, ModelError,
    Program, SparseBuilder, TreesBuilder,
};
use rand::Rng;

use crate::definition::{model, pairs, shapley};
use crate::random;

/// Rows whose sums are looked at.
const ROWS: usize = 1_000_000;

/// A few trees, deep ones less often: their tables take long.
fn some_trees(rng: &mut impl Rng) -> Model {
    loop {
        let deepest = [1, 2, 3, 4, 4, 5, 6, 8][rng.random_range(0..8)];
        let features = rng.random_range(1..=20);
        let mut builder = TreesBuilder::new();
        for _ in 0..rng.random_range(1..=if deepest > 5 { 2 } else { 10 }) {
            builder.push(random::tree(rng, features, true, deepest)).unwrap();
        }
        let bias = rng.random_range(-1000..=1000);
        // Only an ensemble of single leaves is refused.
        if let Ok((program, explain)) = builder.build(random::head(rng, features, bias)) {
            return model(perhaps_limited(rng, program), explain);
        }
    }
}

/// Trees of any shape, a few.
fn some_sparse(rng: &mut impl Rng) -> Model {
    loop {
        let features = rng.random_range(1..=12);
        let mut builder = SparseBuilder::new();
        for _ in 0..rng.random_range(1..=3) {
            builder.push(random::sparse_tree(rng, features, true)).unwrap();
        }
        if let Ok((program, explain)) = builder.build(random::head(rng, features, 5)) {
            return model(perhaps_limited(rng, program), explain);
        }
    }
}

/// One program in three holds its features inside limits.
fn perhaps_limited(rng: &mut impl Rng, program: Program) -> Program {
    if rng.random_ratio(1, 3) { random::limited(rng, program) } else { program }
}

fn inputs(rng: &mut impl Rng, program: &Program, rows: usize) -> Vec<u8> {
    (0..rows).flat_map(|_| random::input(rng, program.head().features)).collect()
}

fn assert_sums(model: &Model, split: &Explanation, packed: &[u8]) {
    let sum = split.base + split.contributions.iter().sum::<i128>();
    assert_eq!(sum - i128::from(split.margin), 0);
    assert_eq!(model.program().margin(packed), Ok(split.margin));
}

/// M-4.
#[test]
fn m4_the_fast_way_says_what_the_definition_says() {
    let mut rng = random::generator(30);
    for round in 0..80 {
        let sparse = round % 4 == 0;
        let model = if sparse { some_sparse(&mut rng) } else { some_trees(&mut rng) };
        let packed = inputs(&mut rng, model.program(), 70);
        let fast = Explainer::new(&model).explain_all(&packed).unwrap();
        for rows in [1, 1 << 20] {
            let chosen = Explainer::for_rows(&model, rows);
            assert_eq!(chosen.explain_all(&packed).as_ref(), Ok(&fast), "{rows} rows");
        }
        let row_bytes = 3 * usize::from(model.program().head().features);
        assert_eq!(fast.len(), 70);
        for (row, fast) in packed.chunks_exact(row_bytes).zip(fast) {
            assert_eq!(model.explain(row).unwrap(), fast);
        }
    }
}

/// M-4: with no remainder.
#[test]
fn m4_both_kinds_sum_to_the_margin_on_every_row() {
    const BLOCK: usize = 2_000;
    let mut rng = random::generator(31);
    let mut seen = 0;
    while seen < ROWS {
        let model = some_trees(&mut rng);
        let rows = inputs(&mut rng, model.program(), 30);
        let background = Background::new(model.program(), rows).unwrap();
        let packed = inputs(&mut rng, model.program(), BLOCK);
        let row_bytes = 3 * usize::from(model.program().head().features);
        let ways = [Explainer::new(&model), Explainer::against(&model, &background).unwrap()];
        for way in ways {
            let splits = way.explain_all(&packed).unwrap();
            for (row, split) in packed.chunks_exact(row_bytes).zip(&splits) {
                assert_sums(&model, split, row);
            }
            seen += splits.len();
        }
    }
    println!("{seen} rows, seed {}, 0 with a remainder", random::seed());
}

/// The numerator, over `n! · rows`, of a feature's Shapley value in the mean game against a background.
fn numerator(program: &Program, background: &Background, row: &[u8], feature: usize) -> i128 {
    let n = row.len() / 3;
    let worth = |known: usize| -> i128 {
        let margin = |other: &[u8]| {
            let pick = |i: usize| if known >> (i / 3) & 1 == 1 { row[i] } else { other[i] };
            program.margin(&(0..row.len()).map(pick).collect::<Vec<u8>>()).unwrap()
        };
        background.rows().map(|other| i128::from(margin(other))).sum()
    };
    let factorial = |n: u32| (1..=i128::from(n)).product::<i128>();
    let without = (0..1usize << n).filter(|known| known >> feature & 1 == 0);
    let term = |known: usize| {
        let size = known.count_ones();
        let weight = factorial(size) * factorial(n as u32 - 1 - size);
        weight * (worth(known | 1 << feature) - worth(known))
    };
    without.map(term).sum()
}

/// Section 14 of the format, by the textbook: every subset, exact fractions.
fn by_the_textbook(model: &Model, background: &Background, row: &[u8]) -> Explanation {
    let program = model.program();
    let (n, rows) = (row.len() / 3, background.rows().len() as i128);
    let nearest = |sum: i128, count: i128| (2 * sum + count).div_euclid(2 * count);
    let margins = background.rows().map(|other| i128::from(program.margin(other).unwrap()));
    let base = nearest(margins.sum(), rows);
    let orders: i128 = (1..=n as i128).product();
    let mut contributions: Vec<i128> = (0..n)
        .map(|feature| nearest(numerator(program, background, row, feature), orders * rows))
        .collect();
    let margin = program.margin(row).unwrap();
    let named =
        |slots: &[u8], feature| slots.iter().any(|slot| usize::from(slot & 0x7f) == feature);
    let read = |feature: usize| match program.body() {
        Body::Trees(trees) => named(trees.slots(), feature),
        Body::Sparse(trees) => named(trees.slots(), feature),
        _ => true,
    };
    let left = i128::from(margin) - base - contributions.iter().sum::<i128>();
    let mut largest = None;
    for feature in (0..n).filter(|feature| read(*feature)) {
        let more = |best: usize| contributions[feature].abs() > contributions[best].abs();
        if largest.is_none_or(more) {
            largest = Some(feature);
        }
    }
    contributions[largest.unwrap()] += left;
    Explanation { base, contributions, margin }
}

/// M-4: against a background, trees and weighted sums have exact Shapley values.
#[test]
fn m4_attributions_against_a_background_are_shapley_values() {
    let mut rng = random::generator(32);
    for round in 0..60 {
        let model = loop {
            let next = if round % 10 == 0 {
                let glm = random::glm(&mut rng);
                model(perhaps_limited(&mut rng, glm), Explain::default())
            } else {
                some_trees(&mut rng)
            };
            if next.program().head().features <= 6 {
                break next;
            }
        };
        let count = rng.random_range(1..=5);
        let rows = inputs(&mut rng, model.program(), count);
        let background = Background::new(model.program(), rows).unwrap();
        let explainer = Explainer::against(&model, &background).unwrap();
        for _ in 0..3 {
            let row = inputs(&mut rng, model.program(), 1);
            let split = explainer.explain(&row).unwrap();
            assert_eq!(split, by_the_textbook(&model, &background, &row));
        }
    }
}

/// M-4: of a network whose features meet in pairs, too, but for rounding.
#[test]
fn m4_a_network_of_pairs_against_a_background_has_shapley_values() {
    let mut rng = random::generator(33);
    let model = model(pairs(), Explain::from_baseline(vec![0; 15]));
    let rows = inputs(&mut rng, model.program(), 7);
    let background = Background::new(model.program(), rows).unwrap();
    let explainer = Explainer::against(&model, &background).unwrap();
    for _ in 0..20 {
        let row = inputs(&mut rng, model.program(), 1);
        let split = explainer.explain(&row).unwrap();
        assert_sums(&model, &split, &row);
        for (feature, given) in split.contributions.iter().enumerate() {
            let worth = |known: u32| {
                let pick = |other: &[u8], i: usize| {
                    if known & (1 << (i / 3)) != 0 { row[i] } else { other[i] }
                };
                let margin = |other: &[u8]| {
                    let mixed: Vec<u8> = (0..15).map(|i| pick(other, i)).collect();
                    model.program().margin(&mixed).unwrap() as f64
                };
                background.rows().map(margin).sum::<f64>() / 7.0
            };
            let shapley = shapley(&worth, 5, feature as u32);
            assert!((*given as f64 - shapley).abs() < 4.0, "{given} {shapley}");
        }
    }
}

/// M-4: of trees of any shape they are within what rounding leaves, categories and long paths included.
#[test]
fn m4_sparse_trees_against_a_background_have_shapley_values() {
    const FEATURES: u8 = 9;
    let mut rng = random::generator(36);
    let mut seen = 0;
    for _ in 0..12 {
        let mut builder = SparseBuilder::new();
        for _ in 0..3 {
            builder.push(random::sparse_tree(&mut rng, FEATURES, true)).unwrap();
        }
        let Ok((program, explain)) = builder.build(random::head(&mut rng, FEATURES, 5)) else {
            continue;
        };
        let model = model(perhaps_limited(&mut rng, program), explain);
        let rows = inputs(&mut rng, model.program(), 4);
        let background = Background::new(model.program(), rows).unwrap();
        let explainer = Explainer::against(&model, &background).unwrap();
        let row = inputs(&mut rng, model.program(), 1);
        let (split, told) =
            (explainer.explain(&row).unwrap(), by_the_textbook(&model, &background, &row));
        assert_sums(&model, &split, &row);
        assert_eq!(split.base, told.base);
        for (given, expected) in split.contributions.iter().zip(&told.contributions) {
            assert!((given - expected).abs() <= 1, "{given}, {expected} expected");
            seen += usize::from(*given != 0);
        }
        assert_eq!(Explainer::new(&model).explain(&row), model.explain(&row));
    }
    assert!(seen > 30, "{seen}");
}

/// M-4: a background is a file with a hash of its own, and for one program only.
#[test]
fn m4_a_background_file_is_read_whole_or_refused() {
    let mut rng = random::generator(34);
    let (one, other) = (some_trees(&mut rng), some_trees(&mut rng));
    let (program, row_bytes) = (one.program(), 3 * usize::from(one.program().head().features));
    let background = Background::new(program, inputs(&mut rng, program, 3)).unwrap();
    let bytes = background.encode();
    assert_eq!(Background::decode(&bytes, program).unwrap(), background);
    assert_eq!(bytes.len(), 44 + 3 * row_bytes);
    for cut in 0..bytes.len() {
        Background::decode(&bytes[..cut], program).expect_err("cut short");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    let error = Background::decode(&longer, program).unwrap_err();
    assert!(matches!(error, ModelError::ModelTrailingBytes { .. }), "{error}");
    let error = Background::decode(b"mandate1", program).unwrap_err();
    assert_eq!(error, ModelError::BackgroundUnknown);
    let error = Background::decode(&bytes, other.program()).unwrap_err();
    assert!(matches!(error, ModelError::BackgroundOfAnother { .. }), "{error}");
    let error = Explainer::against(&other, &background).unwrap_err();
    assert!(matches!(error, ModelError::BackgroundOfAnother { .. }), "{error}");
    let mut many = bytes;
    many[40..44].copy_from_slice(&u32::MAX.to_be_bytes());
    let error = Background::decode(&many, program).unwrap_err();
    let allowed = MOST_BACKGROUND_ROWS;
    assert_eq!(error, ModelError::BackgroundRowCount { given: u32::MAX as usize, allowed });
}

#[test]
fn rows_of_the_wrong_length_are_refused() {
    let mut rng = random::generator(35);
    let model = some_trees(&mut rng);
    let row = inputs(&mut rng, model.program(), 1);
    let explainer = Explainer::new(&model);
    for packed in [&row[1..], &[row.as_slice(), &[0]].concat()] {
        let error = explainer.explain(packed).unwrap_err();
        assert!(matches!(error, ModelError::FeaturesLength { .. }), "{error}");
    }
    let error = Background::new(model.program(), Vec::new()).unwrap_err();
    assert!(matches!(error, ModelError::BackgroundRowCount { given: 0, .. }), "{error}");
    let error = Background::new(model.program(), [row.as_slice(), &[0]].concat()).unwrap_err();
    assert!(matches!(error, ModelError::FeaturesLength { .. }), "{error}");
}
