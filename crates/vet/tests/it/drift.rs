//! Drift by hand: counts whose index is a line of arithmetic, samples whose distance can be seen.

use mandate_train::split::SplitMix64;
use mandate_vet::drift::{Bins, Drift, Ks, psi, psi_by_chance};
use proptest::prelude::*;

fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-12, "{got}, by hand {want}");
}

/// (q − p) · ln(q / p) over two bins of shares 1/2, 1/2 and 51/202, 151/202, half a row added to each.
#[test]
fn the_index_is_that_of_the_smoothed_shares() {
    let (p, q) = (0.5, 25.5 / 101.0f64);
    let by_hand = (q - p) * (q / p).ln() + ((1.0 - q) - p) * ((1.0 - q) / p).ln();
    near(psi(&[50, 50], &[25, 75]), by_hand);
    near(psi(&[50, 50], &[25, 75]), 0.268_676_783_190_742_2);
    near(psi(&[50, 50], &[50, 50]), 0.0);
}

/// A bin that one side leaves empty counts half a row there; one that both leave empty is none.
#[test]
fn an_empty_bin_is_finite_and_one_that_nobody_uses_says_nothing() {
    near(psi(&[10, 0, 30], &[5, 5, 10]), 0.845_640_759_585_663_6);
    near(psi(&[10, 0, 30, 0], &[5, 5, 10, 0]), psi(&[10, 0, 30], &[5, 5, 10]));
    near(psi(&[7, 3], &[0, 0]), 0.0);
    near(psi(&[], &[]), 0.0);
    assert_eq!((psi_by_chance(&[4, 0], &[9, 0]), psi_by_chance(&[0], &[0])), (0.0, 0.0));
}

#[test]
fn quantiles_of_the_reference_are_the_bins_and_what_lies_outside_has_its_own() {
    let reference: Vec<f64> = (1..=100).map(f64::from).chain([f64::NAN; 3]).collect();
    let bins = Bins::of(&reference, 4);
    assert_eq!(bins.count(reference.iter().copied()), [0, 25, 25, 25, 25, 0, 3]);
    let of = |x: f64| bins.bin(x);
    assert_eq!([0.9, 1.0, 25.0, 25.5, 100.0, 100.1, f64::NAN].map(of), [0, 1, 1, 2, 4, 5, 6]);
    let repeated = Bins::of(&[1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0], 3);
    assert_eq!(repeated.count([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [1, 1, 1, 3, 1, 0]);
}

/// Few values are levels: a new one is no neighbour's, wherever it lies.
#[test]
fn few_values_are_levels_and_a_new_one_is_seen() {
    let bins = Bins::of(&[2.0, 0.0, 1.0, 1.0], 3);
    assert_eq!(bins.count([0.0, 0.5, 1.0, 1.0, 2.0, 9.0, f64::NAN]), [1, 2, 1, 2, 1]);
    let nothing = Bins::of(&[f64::NAN], 10);
    assert_eq!(nothing.count([1.0, f64::NAN]), [1, 1]);
}

/// {1, 2, 3, 4} and {3, 4, 5, 6} part by 1/2 at 2; repeated values step together.
#[test]
fn the_distance_is_the_largest_between_the_steps() {
    let ks = |a: &[f64], b: &[f64]| Ks::of(a, b).unwrap();
    let halves = ks(&[1.0, 2.0, 3.0, 4.0], &[6.0, 5.0, 4.0, 3.0]);
    near(halves.statistic, 0.5);
    // λ = D · (√2 + 0.12 + 0.11/√2) = 0.8060, of which Kolmogorov's law exceeds 0.5344.
    near(halves.p_value, 0.534_415_719_216_507_1);
    near(ks(&[1.0, 1.0, 2.0], &[1.0, 2.0, 2.0]).statistic, 1.0 / 3.0);
    near(ks(&[1.0, f64::NAN], &[1.0]).p_value, 1.0);
    near(ks(&[0.0], &[1.0]).statistic, 1.0);
    assert_eq!(Ks::of(&[f64::NAN], &[1.0]), None);
    // The tables' points of Kolmogorov's law, at which critical distances lie.
    let many = ks(&[0.0; 100], &[0.0; 200]);
    near(many.critical(0.05), 0.163_657_487_743_131_77);
}

/// The law's published points: 1.2238 is exceeded in 10 % of cases, 1.3581 in 5 %, 1.6276 in 1 %.
#[test]
fn the_p_values_are_those_of_the_tables() {
    let n = 1_000_000usize;
    let a: Vec<f64> = (0..n).map(|i| i as f64).collect();
    let root = (n as f64 / 2.0).sqrt();
    let scale = root + 0.12 + 0.11 / root;
    for (point, chance) in [(1.2238, 0.10), (1.3581, 0.05), (1.6276, 0.01)] {
        let shift = (point / scale * n as f64).round();
        let b: Vec<f64> = a.iter().map(|x| x + shift).collect();
        let ks = Ks::of(&a, &b).unwrap();
        assert!((ks.p_value - chance).abs() < 5e-4, "{point}: {ks:?}");
        assert!((ks.critical(chance) - ks.statistic).abs() < 3e-5, "{point}: {ks:?}");
    }
}

/// One law: of 2,000 pairs of samples with a seed, about one in twenty has a p-value below 5 %, and about one in a thousand an index above
/// what chance alone makes.
#[test]
fn one_law_is_called_two_as_seldom_as_the_figures_say() {
    let mut draws = SplitMix64::new(7);
    let mut sample = |n: usize| (0..n).map(|_| draws.unit()).collect::<Vec<f64>>();
    let (mut small, mut loud, pairs) = (0, 0, 2_000);
    for _ in 0..pairs {
        let drift = Drift::between(&sample(400), &sample(150));
        small += u32::from(drift.ks.unwrap().p_value < 0.05);
        loud += u32::from(drift.psi > drift.psi_by_chance);
    }
    assert!((60..=140).contains(&small), "seed 7: {small} of {pairs} p-values below 0.05");
    assert!(loud <= 10, "seed 7: {loud} of {pairs} indices above chance");
}

/// A shift, missing values and a new level are each seen, and nothing is seen in the same rows again.
#[test]
fn planted_drift_is_seen() {
    let mut draws = SplitMix64::new(3);
    let reference: Vec<f64> = (0..5_000).map(|_| draws.unit()).collect();
    let quiet = Drift::between(&reference, &reference);
    assert_eq!((quiet.psi, quiet.ks.unwrap().statistic), (0.0, 0.0));
    type Change = fn(usize, f64) -> f64;
    let changed: [(&str, Change); 3] = [
        ("a shift", |_, x| x + 0.2),
        ("missing values", |i, x| if i % 4 == 0 { f64::NAN } else { x }),
        ("values from outside", |i, x| if i % 5 == 0 { 2.0 } else { x }),
    ];
    for (what, change) in changed {
        let sample: Vec<f64> = reference.iter().enumerate().map(|(i, x)| change(i, *x)).collect();
        let drift = Drift::between(&reference, &sample);
        assert!(drift.psi > 0.25 && drift.psi > drift.psi_by_chance, "{what}: {drift:?}");
    }
    let level = |i: usize| f64::from(i as u32 % 3);
    let levels: Vec<f64> = (0..900).map(level).collect();
    let new: Vec<f64> = (0..900).map(|i| if i % 9 == 0 { 1.5 } else { level(i) }).collect();
    let drift = Drift::between(&levels, &new);
    assert!(drift.psi > 0.25, "a new level between two others: {drift:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Both figures are of two sides, finite, at least 0, and blind to the order of rows; every value has one bin.
    #[test]
    fn figures_are_finite_and_blind_to_order(
        a in proptest::collection::vec(proptest::option::of(-5i8..5), 0..60),
        b in proptest::collection::vec(proptest::option::of(-9i8..9), 0..60),
        most in 1usize..12,
    ) {
        let values = |xs: &[Option<i8>]| -> Vec<f64> {
            xs.iter().map(|x| x.map_or(f64::NAN, f64::from)).collect()
        };
        let (a, b) = (values(&a), values(&b));
        let bins = Bins::of(&a, most);
        let (n, m) = (bins.count(a.iter().copied()), bins.count(b.iter().copied()));
        prop_assert_eq!(n.iter().sum::<u64>() as usize, a.len());
        prop_assert_eq!(m.iter().sum::<u64>() as usize, b.len());
        let index = psi(&n, &m);
        prop_assert!(index.is_finite() && index >= 0.0, "{}", index);
        prop_assert!((index - psi(&m, &n)).abs() < 1e-12);
        prop_assert!(psi_by_chance(&n, &m).is_finite());
        if let Some(ks) = Ks::of(&a, &b) {
            prop_assert!((0.0..=1.0).contains(&ks.statistic), "{:?}", ks);
            prop_assert!((-1e-9..=1.0 + 1e-9).contains(&ks.p_value), "{:?}", ks);
            let back = Ks::of(&b.iter().rev().copied().collect::<Vec<_>>(), &a).unwrap();
            prop_assert_eq!(back.statistic, ks.statistic);
        }
    }
}
