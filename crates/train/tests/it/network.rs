//! Networks, from floats to the integer program.

use mandate_model::{Feature, Link, Missing, Model, Schema};
use mandate_train::{
    FloatInput, FloatNetwork, FloatUnit, TrainError, pack_row, quantise_network, split::SplitMix64,
};

/// Features of very different size: a share, a count, an amount, a balance.
const SIZES: [f64; 4] = [1.0, 40.0, 50_000.0, 900_000.0];
const SCALES: [(u32, u32); 4] = [(10_000, 1), (1, 1), (1, 1), (1, 10)];

fn schema(missing: Missing) -> Schema {
    let feature = |(index, &(scale_num, scale_den)): (usize, &(u32, u32))| Feature {
        name: format!("f{index}"),
        unit: String::new(),
        scale_num,
        scale_den,
        low: -((SIZES[index] * f64::from(scale_num) / f64::from(scale_den)) as i32),
        high: (SIZES[index] * f64::from(scale_num) / f64::from(scale_den)) as i32,
        missing,
        reason: String::new(),
    };
    Schema::new("score", SCALES.iter().enumerate().map(feature).collect()).unwrap()
}

/// A number in `[-1, 1)`.
fn draw(rng: &mut SplitMix64) -> f64 {
    2.0 * rng.unit() - 1.0
}

fn layer(rng: &mut SplitMix64, units: usize, inputs: usize) -> Vec<FloatUnit> {
    let mut unit = || FloatUnit {
        bias: draw(rng) / 4.0,
        weights: (0..inputs).map(|_| draw(rng) * (2.0 / inputs as f64).sqrt()).collect(),
    };
    (0..units).map(|_| unit()).collect()
}

/// A network as training leaves it: standardised inputs, weights about one over the root of their number.
fn network(rng: &mut SplitMix64, units: &[usize]) -> FloatNetwork {
    let input =
        |size: &f64| FloatInput { fill: size / 5.0, offset: size / 10.0, factor: 2.0 / size };
    let mut widths = vec![SIZES.len()];
    widths.extend(units);
    let hidden = widths.windows(2).map(|pair| layer(rng, pair[1], pair[0])).collect();
    let output = layer(rng, 1, units[units.len() - 1]).remove(0);
    FloatNetwork { inputs: SIZES.iter().map(input).collect(), hidden, output }
}

/// A row that the schema carries exactly, some of it missing.
fn row(rng: &mut SplitMix64) -> Vec<f64> {
    let value = |(size, (num, den)): (&f64, &(u32, u32))| {
        let scale = f64::from(*num) / f64::from(*den);
        let whole = (draw(rng) * size * scale).trunc();
        if rng.below(10) == 0 { f64::NAN } else { whole / scale }
    };
    SIZES.iter().zip(&SCALES).map(value).collect()
}

/// The largest distance of margins over random rows, and the bound that was promised.
fn distance(rng: &mut SplitMix64, float: &FloatNetwork, lanes: u8) -> (f64, f64) {
    let schema = schema(Missing::Keep);
    let made = quantise_network(float, &schema, Link::Logistic, lanes).unwrap();
    let unit = f64::from(made.program.head().shift).exp2();
    let far = |_| {
        let row = row(rng);
        let packed = pack_row(&schema, row.iter().copied()).unwrap();
        let integer = made.program.margin(&packed).unwrap() as f64 / unit;
        (integer - float.margin(row)).abs()
    };
    let largest = (0..2000).map(far).fold(0.0, f64::max);
    Model::new(made.program.clone(), schema, made.explain.clone()).unwrap();
    (largest, made.bound)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures of docs/design/0007-networks.md")]
fn integers_stay_inside_the_bound_that_is_promised() {
    let mut rng = SplitMix64::new(7);
    for units in [&[32][..], &[5], &[16, 8], &[24, 12, 6]] {
        for lanes in 4..=8 {
            let float = network(&mut rng, units);
            let (largest, bound) = distance(&mut rng, &float, lanes);
            println!("{units:?}, {lanes} lanes: {largest:.1e}, bound {bound:.1e}");
            assert!(largest <= bound, "{units:?}, {lanes} lanes: {largest} beyond {bound}");
            assert!(lanes > 4 || bound < 1e-3, "{units:?}: {bound}");
        }
    }
}

#[test]
fn more_bits_a_lane_are_closer_to_the_floats() {
    let mut rng = SplitMix64::new(8);
    for _ in 0..5 {
        let float = network(&mut rng, &[32]);
        let far = [8, 6, 4].map(|lanes| distance(&mut rng, &float, lanes).0);
        assert!(far.is_sorted_by(|a, b| a > b), "{far:?}");
    }
}

#[test]
fn values_outside_the_schemas_range_count_as_its_ends() {
    let mut rng = SplitMix64::new(9);
    let float = network(&mut rng, &[16]);
    let schema = schema(Missing::Keep);
    let made = quantise_network(&float, &schema, Link::Identity, 4).unwrap();
    let run = |values: &[i32]| made.program.run(&mandate_model::pack(values).unwrap()).unwrap();
    let ends: Vec<i32> = schema.features().iter().map(|feature| feature.high).collect();
    let beyond: Vec<i32> = ends.iter().map(|end| end + 1000).collect();
    assert_eq!(run(&beyond), run(&ends));
}

#[test]
fn a_feature_that_is_never_missing_needs_no_fill() {
    let mut rng = SplitMix64::new(11);
    let mut float = network(&mut rng, &[8]);
    let schema = schema(Missing::Refuse);
    float.inputs[2].fill = f64::NAN;
    let made = quantise_network(&float, &schema, Link::Identity, 5).unwrap();
    let low = schema.features()[2].low;
    let run = |value| {
        let packed = mandate_model::pack(&[0, 0, value, 0]).unwrap();
        made.program.margin(&packed).unwrap()
    };
    assert_eq!(run(mandate_model::MISSING), run(low));
}

#[test]
fn networks_that_no_integers_carry_are_refused() {
    let mut rng = SplitMix64::new(10);
    let schema = schema(Missing::Refuse);
    let good = network(&mut rng, &[8]);
    let refused =
        |float: &FloatNetwork| quantise_network(float, &schema, Link::Identity, 4).unwrap_err();
    let mut nan = good.clone();
    nan.hidden[0][0].weights[0] = f64::NAN;
    assert!(matches!(refused(&nan), TrainError::Unrepresentable { .. }));
    let mut huge = good.clone();
    huge.output.bias = 1e30;
    assert!(matches!(refused(&huge), TrainError::Unrepresentable { .. }));
    let mut ragged = good.clone();
    ragged.hidden[0][0].weights.pop();
    assert!(matches!(refused(&ragged), TrainError::Model(_)));
    let mut none = good;
    none.hidden.clear();
    assert!(matches!(refused(&none), TrainError::Model(_)));
    let wide = network(&mut rng, &[129]);
    assert!(matches!(refused(&wide), TrainError::Model(_)));
}
