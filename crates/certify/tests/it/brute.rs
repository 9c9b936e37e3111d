//! Every input that can be paid for, one by one.

use mandate_certify::{Decision, Goal, Limits, Side, Space, Standing, search, standing};
use mandate_model::{MISSING, Missing, Program, Schema, pack};

use crate::random::{self, REACH};

/// The margins of all inputs that can be paid for, by the schema's own words and not by `Space`'s sets.
fn margins(program: &Program, schema: &Schema, space: &Space) -> Vec<i64> {
    let mut rows = vec![Vec::new()];
    for feature in schema.features() {
        let mut values: Vec<i32> = (-REACH..=REACH).collect();
        if feature.missing == Missing::Keep {
            values.push(MISSING);
        }
        let longer = |row: &Vec<i32>| {
            let row = row.clone();
            values.iter().map(move |&value| [row.as_slice(), &[value]].concat()).collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let affordable = |row: &Vec<i32>| space.cost(row).is_some_and(|cost| cost <= space.budget());
    rows.retain(affordable);
    rows.iter().map(|row| program.margin(&pack(row).unwrap()).unwrap()).collect()
}

/// Without a limit, bound and attack are the extremes themselves.
#[test]
fn searches_find_the_extremes() {
    let mut rng = random::generator(1);
    let limits = Limits { regions: 1_000_000 };
    for case in 0..240 {
        let schema = random::schema(&mut rng, 3);
        let prices = random::prices(&mut rng, 3);
        let program = random::program(&mut rng, case, 3);
        let row = random::row(&mut rng, &schema);
        let space = Space::new(&schema, &prices, &row, [0, 3, 10, 25, 90][case % 5]);
        let all = margins(&program, &schema, &space);
        let extremes = [*all.iter().min().unwrap(), *all.iter().max().unwrap()];
        for (side, extreme) in [Side::Lowest, Side::Highest].into_iter().zip(extremes) {
            let verdict = search(&program, &space, side, Goal::Extreme, limits).unwrap();
            assert_eq!(
                (verdict.found, verdict.bound),
                (extreme, extreme),
                "{case} {side:?} {prices:?} {row:?}"
            );
            assert_eq!(program.margin(&pack(&verdict.row).unwrap()).unwrap(), extreme);
            assert_eq!(space.cost(&verdict.row), Some(verdict.cost));
            assert!(verdict.cost <= space.budget());
        }
    }
}

/// Cut short, a search says less, and nothing wrong.
#[test]
fn searches_cut_short_still_hold() {
    let mut rng = random::generator(2);
    for case in 0..300 {
        let schema = random::schema(&mut rng, 3);
        let prices = random::prices(&mut rng, 3);
        let program = random::program(&mut rng, case, 3);
        let row = random::row(&mut rng, &schema);
        let space = Space::new(&schema, &prices, &row, [3, 10, 25, 90][case % 4]);
        let all = margins(&program, &schema, &space);
        let (low, high) = (*all.iter().min().unwrap(), *all.iter().max().unwrap());
        for regions in [1, 2, 5, 20] {
            let limits = Limits { regions };
            let up = search(&program, &space, Side::Highest, Goal::Extreme, limits).unwrap();
            let down = search(&program, &space, Side::Lowest, Goal::Extreme, limits).unwrap();
            assert!(up.found <= high && high <= up.bound, "{case}: {up:?}, {high}");
            assert!(down.bound <= low && low <= down.found, "{case}: {down:?}, {low}");
            for margin in [low - 1, low, (low + high) / 2, high, high + 1] {
                let decision = Decision { margin };
                let turned = (low >= margin) != (high >= margin);
                match standing(&program, &space, decision, limits).unwrap() {
                    Standing::Certified(_) => {
                        assert!(!turned, "{case}: certified and can be turned")
                    }
                    Standing::Broken(_) => assert!(turned, "{case}: broken and cannot be turned"),
                    Standing::Open(_) => {}
                }
            }
        }
    }
}
