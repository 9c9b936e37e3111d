//! Links are total, monotone, and near what they stand for.

use mandate_model::{Link, WAD};
use rand::Rng;

use crate::random;

#[test]
fn links_never_fall_where_the_margin_rises() {
    let mut rng = random::generator(40);
    for _ in 0..200_000 {
        let shift = rng.random_range(0..=62);
        // Mostly inside the range where outputs still move.
        let bits = (shift + 6).min(63);
        let margin = (rng.random::<i64>() >> (63 - bits)).min(i64::MAX - 1);
        for link in [Link::Identity, Link::Logistic, Link::Log] {
            assert!(link.apply(margin, shift) <= link.apply(margin + 1, shift), "{margin} {shift}");
        }
    }
}

#[test]
fn links_are_near_the_functions_they_stand_for() {
    let mut rng = random::generator(41);
    for _ in 0..100_000 {
        let shift = rng.random_range(20..=50);
        let real: f64 = rng.random_range(-40.0..40.0);
        let margin = (real * (1u64 << shift) as f64) as i64;
        let real = margin as f64 / (1u64 << shift) as f64;
        let wad = WAD as f64;
        // Beside f64's own error: 2^-52 of a value, times 40 where it passes through the exponential.
        let logistic = Link::Logistic.apply(margin, shift) as f64 / wad;
        assert!((logistic - 1.0 / (1.0 + (-real).exp())).abs() < 1e-15, "{real}");
        let log = Link::Log.apply(margin, shift) as f64 / wad;
        assert!((log - real.exp()).abs() < 1e-14 * real.exp() + 2e-18, "{real}");
    }
}

#[test]
fn links_saturate_and_are_total() {
    for shift in [0, 1, 31, 62] {
        for margin in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
            assert!((0..=WAD).contains(&Link::Logistic.apply(margin, shift)));
            assert!(Link::Log.apply(margin, shift) >= 0);
        }
    }
    assert_eq!(Link::Logistic.apply(0, 0), WAD / 2);
    assert_eq!(Link::Log.apply(0, 0), WAD);
    assert_eq!(Link::Logistic.apply(43, 0), Link::Logistic.apply(i64::MAX, 0));
    assert_eq!(Link::Log.apply(-43, 0), Link::Log.apply(i64::MIN, 0));
    assert_ne!(Link::Log.apply(42, 0), Link::Log.apply(43, 0));
    assert_eq!(Link::Identity.apply(-1, 1), -WAD / 2);
}
