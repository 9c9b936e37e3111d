//! M-5 against an attacker: what lies outside a program's limits is worth nothing.

use mandate_certify::{Direction, Goal, Limits, Price, Prices, Side, Space, Verdict, search};
use mandate_model::{
    Body, Coefficient, Feature, Glm, Limit, MISSING, Missing, Program, Schema, SparseBuilder,
};
use rand::Rng;

use crate::random::{self, REACH};

const EXACT: Limits = Limits { regions: 1_000_000 };

fn both(program: &Program, space: &Space, limits: Limits) -> [Verdict; 2] {
    [Side::Lowest, Side::Highest]
        .map(|side| search(program, space, side, Goal::Extreme, limits).unwrap())
}

/// Limits that hold the row itself where it is can only take something away from an attacker, and so from the bound.
#[test]
fn m5_around_a_row_inside_its_limits_nothing_gets_worse() {
    let mut rng = random::generator(4);
    let mut better = 0;
    for case in 0..400 {
        let schema = random::schema(&mut rng, 3);
        let prices = random::prices(&mut rng, 3);
        let program = [
            random::glm,
            |rng: &mut _, n| random::trees(rng, n, 6),
            |rng: &mut _, n| random::sparse(rng, n, 6),
        ][case % 3](&mut rng, 3);
        let row = random::row(&mut rng, &schema);
        let around = |&here: &i32| {
            let here = if here == MISSING { 0 } else { here };
            Limit { low: here - rng.random_range(0..5), high: here + rng.random_range(0..5) }
        };
        let limits: Vec<Limit> = row.iter().map(around).collect();
        let limited = program.clone().with_limits(limits).unwrap();
        let space = Space::new(&schema, &prices, &row, [3, 10, 25, 90][case % 4]);
        let [low, high] = both(&program, &space, EXACT);
        let [held_low, held_high] = both(&limited, &space, EXACT);
        assert!(held_low.bound >= low.bound && held_high.bound <= high.bound, "{case}");
        assert!(held_low.is_exact() && held_high.is_exact(), "{case}");
        better += usize::from(held_high.bound < high.bound);
    }
    assert!(better > 60, "limits that never help hold little: {better}");
}

fn one(low: i32, high: i32) -> (Schema, Prices) {
    let feature = Feature {
        name: "income".into(),
        unit: String::new(),
        scale_num: 1,
        scale_den: 1,
        low,
        high,
        missing: Missing::Refuse,
        reason: String::new(),
    };
    let price = Price::Costly { fixed: 0, step: 1, direction: Direction::Both, missing: None };
    let prices = Prices { money: "money".into(), features: vec![price] };
    (Schema::new("score", vec![feature]).unwrap(), prices)
}

fn weighing(rng: &mut impl Rng) -> Program {
    let glm = random::glm(rng, 1);
    let coefficient = Coefficient { weight: 10, missing: 0, baseline: 0 };
    Program::new(glm.head().clone(), Body::Glm(Glm::new(vec![coefficient]))).unwrap()
}

/// M-5: the attacker pays for the way to the limit, and gets no more for going on.
#[test]
fn m5_an_attack_beyond_the_limits_gains_nothing() {
    let mut rng = random::generator(5);
    let (schema, prices) = one(0, 1_000);
    let limited = weighing(&mut rng).with_limits(vec![Limit { low: 0, high: 60 }]).unwrap();
    let at = |budget| {
        let space = Space::new(&schema, &prices, &[50], budget);
        both(&limited, &space, EXACT)[1].clone()
    };
    let bias = limited.head().bias;
    assert_eq!((at(7).bound, at(7).cost), (bias + 570, 7));
    assert_eq!((at(10).bound, at(10).cost), (bias + 600, 10));
    assert_eq!((at(900).bound, at(900).cost), (bias + 600, 10));
}

/// M-5: a row outside its limits counts as the nearer of them, and moving it to there is worth nothing.
#[test]
fn m5_a_row_outside_its_limits_starts_from_the_nearer() {
    let mut rng = random::generator(6);
    let (schema, prices) = one(0, 1_000);
    let limited = weighing(&mut rng).with_limits(vec![Limit { low: 0, high: 60 }]).unwrap();
    let [low, high] = both(&limited, &Space::new(&schema, &prices, &[100], 41), EXACT);
    let bias = limited.head().bias;
    assert_eq!((high.bound, high.cost), (bias + 600, 0));
    assert_eq!((low.bound, low.cost), (bias + 590, 41), "40 to the limit, 1 below it");
}

/// M-5: leaves that limits put out of reach count for nothing, and a set holds what counts as its values.
#[test]
fn m5_sets_are_asked_of_what_counts() {
    let mut rng = random::generator(7);
    let mut set = mandate_model::ValueSet::default();
    [3, 7].into_iter().for_each(|value| set.insert(value));
    let leaf = |value| mandate_model::Branch::Leaf { value, cover: 1 };
    let mut builder = SparseBuilder::new();
    let asked = mandate_model::Branch::Set { feature: 0, set };
    builder.push(vec![asked, leaf(100), leaf(-100)]).unwrap();
    let head = random::glm(&mut rng, 1).head().clone();
    let program = builder.build(head).unwrap().0.with_limits(vec![Limit { low: 4, high: 7 }]);
    let (program, (schema, prices)) = (program.unwrap(), one(0, REACH * 100));
    let bias = program.head().bias;
    // From 500, which counts as 7: inside. Four steps below 7 lie 3, which counts as 4: outside, as 6 does already.
    let [low, high] = both(&program, &Space::new(&schema, &prices, &[500], 0), EXACT);
    assert_eq!((low.bound, high.bound), (bias + 100, bias + 100));
    let [low, _] = both(&program, &Space::new(&schema, &prices, &[500], 494), EXACT);
    assert_eq!((low.bound, low.cost, low.row[0]), (bias - 100, 494, 6));
}
