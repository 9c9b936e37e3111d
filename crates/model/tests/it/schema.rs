//! M-3 for schemas: one encoding, whatever a model was trained on.

use alloy_primitives::hex;
use mandate_model::{Feature, Missing, ModelError, Schema};
use rand::Rng;

fn feature(name: &str) -> Feature {
    Feature {
        name: name.into(),
        unit: "EUR".into(),
        scale_num: 1,
        scale_den: 2,
        low: -1,
        high: 300,
        missing: Missing::Replace(7),
        reason: "é".into(),
    }
}

fn small() -> Schema {
    Schema::new("chance", vec![feature("x")]).unwrap()
}

/// A schema of so many features.
pub(crate) fn of(features: u8) -> Schema {
    Schema::new("chance", (0..features).map(|i| feature(&format!("f{i}"))).collect()).unwrap()
}

/// A schema of one to four features.
pub(crate) fn any(rng: &mut impl Rng) -> Schema {
    let count = rng.random_range(1..5);
    let features = (0..count).map(|i| Feature {
        high: rng.random_range(8..10_000),
        scale_num: rng.random_range(0..20) * 2 + 1,
        ..feature(&format!("f{i}"))
    });
    Schema::new("chance", features.collect()).unwrap()
}

/// The bytes of version 1: an identity of old does not move.
#[test]
fn a_schema_has_the_bytes_that_it_always_had() {
    let bytes = "0006 6368616e6365 01 0001 78 0003 455552 00000001 00000002 ffffff 00012c 02 000007 0002 c3a9";
    assert_eq!(hex::encode(small().encode()), bytes.replace(' ', ""));
}

/// A schema speaks of features, and of nothing that they were learnt from.
#[test]
fn m3_nothing_follows_the_features_of_a_schema() {
    let bytes = small().encode();
    assert_eq!(Schema::decode(&bytes), Ok(small()));
    let allowed = bytes.len();
    for more in 1..100 {
        let refused = Schema::decode(&[bytes.clone(), vec![5; more]].concat());
        let given = allowed + more;
        assert_eq!(refused, Err(ModelError::SchemaTrailingBytes { given, allowed }));
    }
}
