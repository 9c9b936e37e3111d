//! Scores against their definition; `tools/watch_vectors.py` made the values (`make watch-vectors`).

use std::path::Path;

use mandate_watch::crps::{self, Compound};
use mandate_watch::long_run_variance;

#[derive(serde::Deserialize)]
struct Vectors {
    made_by: String,
    poisson: Vec<Poisson>,
    gamma: Vec<Gamma>,
    tweedie: Vec<Tweedie>,
    newey_west: NeweyWest,
}

#[derive(serde::Deserialize)]
struct Poisson {
    mean: f64,
    y: f64,
    crps: f64,
}

#[derive(serde::Deserialize)]
struct Gamma {
    shape: f64,
    scale: f64,
    y: f64,
    crps: f64,
}

#[derive(serde::Deserialize)]
struct Tweedie {
    mean: f64,
    dispersion: f64,
    power: f64,
    y: f64,
    crps: f64,
}

#[derive(serde::Deserialize)]
struct NeweyWest {
    series: Vec<f64>,
    variances: Vec<Variance>,
}

#[derive(serde::Deserialize)]
struct Variance {
    lags: usize,
    variance: f64,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/crps.json")).unwrap()
}

fn near(given: f64, wanted: f64, what: &str) {
    assert!((given - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{what}: {given} for {wanted}");
}

#[test]
fn vectors_were_made_by_the_committed_script() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    let read = |name: &str| std::fs::read(root.join(name)).unwrap();
    let bytes = [read("watch_vectors.py"), read("watch-requirements.txt")].concat();
    let fnv = bytes.iter().fold(0xCBF2_9CE4_8422_2325u64, |h, byte| {
        (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    assert_eq!(vectors().made_by, format!("{fnv:016x}"), "run `make watch-vectors`");
}

#[test]
fn scores_of_counts_are_those_of_the_definition() {
    let all = vectors().poisson;
    assert!(all.len() > 25);
    for v in all {
        near(crps::poisson(v.mean, v.y), v.crps, &format!("Poisson {} at {}", v.mean, v.y));
    }
}

#[test]
fn scores_of_amounts_are_those_of_the_definition() {
    let all = vectors().gamma;
    assert!(all.len() > 15);
    for v in all {
        let what = format!("gamma {} · {} at {}", v.shape, v.scale, v.y);
        near(crps::gamma(v.shape, v.scale, v.y), v.crps, &what);
    }
}

#[test]
fn scores_of_sums_of_amounts_are_those_of_the_definition() {
    let all = vectors().tweedie;
    assert!(all.len() > 12);
    for v in all {
        let what = format!("Tweedie {} of mean {} at {}", v.power, v.mean, v.y);
        let crps = Compound::new(v.power).crps(v.mean, v.dispersion, v.y).expect("few amounts");
        near(crps, v.crps, &what);
    }
}

#[test]
fn a_law_of_too_many_amounts_has_no_score() {
    let mut law = Compound::new(1.5);
    assert!(law.amounts(100.0, 0.1) > 199.0 && law.crps(100.0, 0.1, 90.0).is_some());
    assert_eq!(law.crps(110.0, 0.1, 90.0), None);
    assert_eq!(law.crps(f64::NAN, 0.1, 90.0), None);
}

#[test]
fn the_long_run_variance_is_newey_and_wests() {
    let NeweyWest { series, variances } = vectors().newey_west;
    for v in variances {
        near(long_run_variance(&series, v.lags), v.variance, &format!("{} lags", v.lags));
    }
}
