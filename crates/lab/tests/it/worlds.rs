//! Same seed, same world.

use mandate_lab::world::*;

fn pool(n: u32) -> Pool {
    let applicants =
        (0..n).map(|row| Applicant { row, features: vec![row as i32, -1], defaults: row % 5 == 0 });
    Pool { source: "made up".into(), applicants: applicants.collect() }
}

fn world(seed: u64) -> World {
    let scenario = Scenario::default();
    let prices = PriceModel::default().path(seed, scenario.applications_s() + 2 * MONTH);
    World::generate(&scenario, &pool(1_000), prices, seed).unwrap()
}

#[test]
fn a_world_is_its_seed() {
    assert_eq!(
        serde_json::to_string(&world(4)).unwrap(),
        serde_json::to_string(&world(4)).unwrap()
    );
    assert_ne!(world(4), world(5));
}

#[test]
fn people_apply_in_order_once_each() {
    let w = world(9);
    assert!(w.borrowers.windows(2).all(|p| p[0].applies_s <= p[1].applies_s));
    let mut rows: Vec<u32> = w.borrowers.iter().map(|b| b.row).collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), w.borrowers.len());
    assert!(w.borrowers.iter().all(|b| b.defaults == (b.row % 5 == 0)));
}

#[test]
fn a_pool_that_is_too_small_says_so() {
    let scenario = Scenario::default();
    let prices = PriceModel::default().path(1, MONTH);
    let error = World::generate(&scenario, &pool(100), prices, 1).unwrap_err().to_string();
    assert_eq!(error, "made up: 100 applicants kept out of training, at least 160 needed");
}

#[test]
fn settings_beyond_their_range_are_refused() {
    let scenario = Scenario { months: 0, ..Scenario::default() };
    let error = scenario.check().unwrap_err().to_string();
    assert_eq!(error, "months is 0, allowed are 1 to 36");
}
