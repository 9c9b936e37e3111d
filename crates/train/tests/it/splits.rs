//! The benchmark's splits are the committed ones.

use mandate_train::split::{fingerprint, shuffle};

#[derive(serde::Deserialize)]
struct Splits {
    rows: usize,
    splits: Vec<One>,
}

#[derive(serde::Deserialize)]
struct One {
    seed: u64,
    fingerprint: String,
}

#[test]
fn shuffles_meet_the_fingerprints_made_in_python() {
    let text = include_str!("../../../../bench/splits.json");
    let splits: Splits = serde_json::from_str(text).unwrap();
    assert_eq!(splits.splits.len(), 20);
    for one in splits.splits {
        let ours = format!("{:016x}", fingerprint(&shuffle(one.seed, splits.rows)));
        assert_eq!(ours, one.fingerprint, "seed {}", one.seed);
    }
}
