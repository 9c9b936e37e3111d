//! The adaptive curve against its published vectors.

use std::{fs, path::PathBuf};

use mandate_core::lending::curve::{
    ADJUSTMENT_SPEED, INITIAL_RATE_AT_TARGET, MAX_RATE_AT_TARGET, MIN_RATE_AT_TARGET, Rates,
    TARGET_UTILISATION, borrow_rate, error_of, w_exp,
};
use mandate_core::units::WAD;
use serde_json::Value;

/// The vectors, or nothing, with the reason, where the data folder is not there.
#[allow(clippy::print_stderr, reason = "a skipped test says why")]
fn vectors() -> Option<Value> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("MANDATE_DATA").map_or_else(beside, PathBuf::from);
    let file = data.join("07_reference_vectors/morpho_adaptive_curve_irm.json");
    let Ok(text) = fs::read_to_string(&file) else {
        eprintln!("skipped: no {} (set MANDATE_DATA)", file.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("the vectors are JSON"))
}

fn int(value: &Value) -> i128 {
    value.as_str().expect("numbers are strings").parse().expect("an integer")
}

#[test]
fn constants_are_the_published_ones() {
    let Some(v) = vectors() else { return };
    let c = &v["constants"];
    assert_eq!(int(&c["ADJUSTMENT_SPEED"]), ADJUSTMENT_SPEED);
    assert_eq!(int(&c["TARGET_UTILIZATION"]), TARGET_UTILISATION);
    assert_eq!(int(&c["INITIAL_RATE_AT_TARGET"]), INITIAL_RATE_AT_TARGET);
    assert_eq!(int(&c["MIN_RATE_AT_TARGET"]), MIN_RATE_AT_TARGET);
    assert_eq!(int(&c["MAX_RATE_AT_TARGET"]), MAX_RATE_AT_TARGET);
}

#[test]
fn exponentials_meet_the_published_points() {
    let Some(v) = vectors() else { return };
    let points = v["wexp"].as_array().expect("a list");
    assert_eq!(points.len(), 19);
    for point in points {
        let got = w_exp(int(&point["x"])).to_string();
        assert_eq!(got, point["y"].as_str().expect("a string"), "x = {}", point["x"]);
    }
}

#[test]
fn rates_meet_the_published_cases() {
    let Some(v) = vectors() else { return };
    let cases = v["rates"].as_array().expect("a list");
    assert_eq!(cases.len(), 203);
    for case in cases {
        let (borrow, supply) = (int(&case["total_borrow"]), int(&case["total_supply"]));
        let utilisation = if supply == 0 { 0 } else { borrow as u128 * WAD / supply as u128 };
        assert_eq!(utilisation as i128, int(&case["utilization"]));
        assert_eq!(error_of(utilisation), int(&case["err"]));
        let elapsed = case["elapsed"].as_u64().expect("seconds");
        let got = borrow_rate(utilisation, int(&case["start_rate_at_target"]), elapsed);
        let (average, end) = (int(&case["avg_borrow_rate"]), int(&case["end_rate_at_target"]));
        assert_eq!(got, Rates { average, end }, "{case}");
    }
}
