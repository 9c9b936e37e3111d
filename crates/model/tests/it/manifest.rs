//! M-3 for explanation data: one encoding, with or without the manifest that a model may commit to.

use alloy_primitives::{B256, hex, keccak256};
use mandate_model::{Explain, Feature, Missing, Model, ModelError, Node, Program, TreesBuilder};
use rand::Rng;

use crate::{random, schema};

const HASH: B256 = B256::repeat_byte(9);

/// One program of each family with its explanation data, and one with limits of each that can have them.
pub(crate) fn every(rng: &mut impl Rng) -> [(Program, Explain); 7] {
    let glm = (random::glm(rng), Explain::default());
    let (trees, network, sparse) = (random::trees(rng), random::network(rng), random::sparse(rng));
    let mut limited = |(program, explain): &(Program, Explain)| {
        (random::limited(rng, program.clone()), explain.clone())
    };
    let [a, b, c] = [&glm, &trees, &sparse].map(&mut limited);
    [glm, trees, network, sparse, a, b, c]
}

fn model((program, explain): (Program, Explain)) -> Model {
    let schema = schema::of(program.head().features);
    Model::new(program, schema, explain).unwrap()
}

/// The bytes of version 1, as they were before manifests: an identity of old does not move.
#[test]
fn explanation_data_without_a_manifest_has_the_bytes_that_it_always_had() {
    assert_eq!(hex::encode(Explain::new(vec![1, 0x0203]).encode()), "0000000100000203");
    assert_eq!(Explain::from_baseline(vec![5, 6, 7]).encode(), [5, 6, 7]);
    assert!(Explain::default().encode().is_empty());
    assert_eq!(Explain::default().hash(), keccak256([]));
    assert_eq!(Explain::default().manifest(), None);
}

#[test]
fn m3_a_manifest_ends_the_explanation_data_of_every_family_and_moves_nothing_else() {
    let mut rng = random::generator(40);
    for plain in every(&mut rng).map(model) {
        let committed = plain.clone().with_manifest(HASH).unwrap();
        let data = |model: &Model| model.explanation_data().encode();
        assert_eq!(data(&committed), [data(&plain), HASH.to_vec()].concat());
        assert_eq!((plain.manifest(), committed.manifest()), (None, Some(HASH)));
        assert_eq!(Model::decode(&committed.encode()).unwrap(), committed);
        assert_eq!(Model::decode(&committed.encode()).unwrap().encode(), committed.encode());
        assert_eq!(committed.schema(), plain.schema());
        let other = plain.clone().with_manifest(B256::repeat_byte(8)).unwrap();
        let [a, b, c] = [&plain, &committed, &other].map(|model| model.program().id());
        assert!(a != b && a != c && b != c);
        let [plain, committed] = [&plain, &committed].map(Model::program);
        assert_eq!((plain.body(), plain.limits()), (committed.body(), committed.limits()));
        let heads = (plain.head().schema_hash, committed.head().schema_hash);
        assert_eq!(heads.0, heads.1);
        let input = random::input(&mut rng, plain.head().features);
        assert_eq!(plain.run(&input), committed.run(&input));
    }
}

/// Nothing or 32 bytes, and no second way to say nothing.
#[test]
fn m3_no_other_ending_is_explanation_data() {
    let mut rng = random::generator(41);
    for (program, explain) in every(&mut rng) {
        let own = explain.encode();
        let read = |bytes: &[u8]| Explain::decode(bytes, &program);
        let ending = |ending: &[u8]| read(&[&own, ending].concat());
        for given in (1..100).filter(|given| *given != 32) {
            let allowed = 32;
            assert_eq!(ending(&vec![5; given]), Err(ModelError::ManifestLength { given, allowed }));
        }
        assert_eq!(ending(&[0; 32]), Err(ModelError::ManifestZero));
        assert_eq!(explain.clone().with_manifest(B256::ZERO), Err(ModelError::ManifestZero));
        assert!(ending(&[[0; 31].as_slice(), &[1]].concat()).is_ok());
        let allowed = own.len();
        for given in [0, allowed / 2, allowed.saturating_sub(1)] {
            if given < allowed {
                assert_eq!(read(&own[..given]), Err(ModelError::ExplainLength { given, allowed }));
            }
        }
    }
}

/// The program says what 32 bytes are: covers of its eight leaves, or a manifest's hash behind nothing.
#[test]
fn m3_the_program_says_where_a_manifest_begins() {
    let mut rng = random::generator(42);
    let leaf = |value| Node::Leaf { value, cover: 3 };
    let mut tree = leaf(1);
    for threshold in 0..3 {
        tree = Node::split(0, threshold, true, tree, leaf(2));
    }
    let mut builder = TreesBuilder::new();
    builder.push(tree).unwrap();
    let (trees, _) = builder.build(random::head(&mut rng, 1, 0)).unwrap();
    let glm = random::glm(&mut rng);
    let bytes = [7; 32];
    let [a, b] = [&trees, &glm].map(|program| Explain::decode(&bytes, program).unwrap());
    assert_eq!((a.covers(), a.manifest()), (&[0x0707_0707; 8][..], None));
    assert_eq!((b.covers(), b.manifest()), (&[][..], Some(B256::repeat_byte(7))));
    // Covers that a program has no leaves for are no manifest either.
    let schema = schema::of(glm.head().features);
    let refused = Model::new(glm, schema, a).unwrap_err();
    assert_eq!(refused, ModelError::ExplainLength { given: 32, allowed: 0 });
}

/// The program commits to its explanation data, and so to the manifest: no other can be put in its place.
#[test]
fn m3_a_model_file_with_another_manifest_is_refused() {
    let mut rng = random::generator(43);
    for model in every(&mut rng).map(model) {
        let mut forged = model.with_manifest(HASH).unwrap().encode();
        *forged.last_mut().unwrap() = 8;
        let refused = Model::decode(&forged).unwrap_err();
        let part = "explanation";
        assert!(
            matches!(refused, ModelError::CommitmentMismatch { part: p, .. } if p == part),
            "{refused}"
        );
    }
}

/// Where descriptions give the ranges, models of other data differ in weights and manifests alone: reports serve either.
#[test]
fn models_of_other_data_and_manifests_share_a_schema() {
    let mut rng = random::generator(44);
    let feature = Feature {
        name: "x".into(),
        unit: "EUR".into(),
        scale_num: 1,
        scale_den: 1,
        low: 0,
        high: 9,
        missing: Missing::Keep,
        reason: "r".into(),
    };
    let schema = mandate_model::Schema::new("chance", vec![feature]).unwrap();
    let mut made = |value, manifest| {
        let mut builder = TreesBuilder::new();
        let leaf = |value| Node::Leaf { value, cover: 3 };
        builder.push(Node::split(0, 4, true, leaf(value), leaf(0))).unwrap();
        let (program, explain) = builder.build(random::head(&mut rng, 1, 0)).unwrap();
        Model::new(program, schema.clone(), explain.with_manifest(manifest).unwrap()).unwrap()
    };
    let [a, b] = [made(5, HASH), made(6, B256::repeat_byte(8))];
    assert_ne!(a.program().id(), b.program().id());
    assert_eq!(a.program().head().schema_hash, b.program().head().schema_hash);
}
