//! M-3 for schemas: one encoding, with or without the manifest that it may commit to.

use alloy_primitives::{B256, hex};
use mandate_model::{Explain, Feature, Missing, Model, ModelError, Schema};
use rand::Rng;

use crate::random;

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

/// A schema of one to four features, with a manifest in every second case.
pub(crate) fn any(rng: &mut impl Rng) -> Schema {
    let count = rng.random_range(1..5);
    let features = (0..count).map(|i| Feature {
        high: rng.random_range(8..10_000),
        scale_num: rng.random_range(0..20) * 2 + 1,
        ..feature(&format!("f{i}"))
    });
    let schema = Schema::new("chance", features.collect()).unwrap();
    if rng.random() {
        return schema.with_manifest(B256::from(rng.random::<[u8; 32]>())).unwrap();
    }
    schema
}

/// The bytes of version 1, as they were before manifests: an identity of old does not move.
#[test]
fn a_schema_without_a_manifest_has_the_bytes_that_it_always_had() {
    let bytes = "0006 6368616e6365 01 0001 78 0003 455552 00000001 00000002 ffffff 00012c 02 000007 0002 c3a9";
    assert_eq!(hex::encode(small().encode()), bytes.replace(' ', ""));
    assert_eq!(small().manifest(), None);
}

#[test]
fn m3_a_manifest_ends_a_schema_and_moves_its_hash() {
    let hash = B256::repeat_byte(9);
    let committed = small().with_manifest(hash).unwrap();
    assert_eq!(committed.encode(), [small().encode(), hash.to_vec()].concat());
    assert_eq!(Schema::decode(&committed.encode()).unwrap(), committed);
    assert_eq!(committed.manifest(), Some(hash));
    let other = small().with_manifest(B256::repeat_byte(8)).unwrap();
    assert!(committed.hash() != small().hash() && committed.hash() != other.hash());
}

/// Nothing or 32 bytes, and no second way to say nothing.
#[test]
fn m3_no_other_ending_is_a_schema() {
    let refused = |ending: &[u8]| Schema::decode(&[&small().encode(), ending].concat());
    for given in (1..100).filter(|given| *given != 32) {
        let allowed = 32;
        assert_eq!(refused(&vec![5; given]), Err(ModelError::ManifestLength { given, allowed }));
    }
    assert_eq!(refused(&[0; 32]), Err(ModelError::ManifestZero));
    assert_eq!(small().with_manifest(B256::ZERO), Err(ModelError::ManifestZero));
    assert!(refused(&[[0; 31].as_slice(), &[1]].concat()).is_ok());
}

/// The program commits to the schema, and so to the manifest: no other can be put in its place.
#[test]
fn m3_a_model_file_with_another_manifest_is_refused() {
    let mut rng = random::generator(40);
    let program = random::glm(&mut rng);
    let features = (0..program.head().features).map(|i| feature(&format!("f{i}")));
    let schema = Schema::new("chance", features.collect()).unwrap();
    let explain = Explain::default();
    let plain = Model::new(program.clone(), schema.clone(), explain.clone()).unwrap();
    let committed = schema.with_manifest(B256::repeat_byte(9)).unwrap();
    let model = Model::new(program, committed, explain).unwrap();
    assert_ne!(model.program().id(), plain.program().id());
    assert_eq!(Model::decode(&model.encode()).unwrap(), model);
    let mut forged = model.encode();
    let at = forged.windows(32).position(|bytes| bytes == [9; 32]).unwrap();
    forged[at] = 8;
    let refused = Model::decode(&forged).unwrap_err();
    assert!(matches!(refused, ModelError::CommitmentMismatch { part: "schema", .. }), "{refused}");
}
