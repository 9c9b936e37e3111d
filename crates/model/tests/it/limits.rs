//! M-5: a program with limits answers as for features inside them, and limits have one form.

use mandate_model::{
    Body, Coefficient, Engine, Glm, Head, Limit, Link, MAX_VALUE, MIN_VALUE, MISSING, ModelError,
    Program, pack, unpack,
};
use rand::Rng;

use crate::{chain::Chain, random};

/// Programs of the families that can have limits, without any.
fn free(rng: &mut impl Rng) -> [Program; 3] {
    [random::glm(rng), random::trees(rng).0, random::sparse(rng).0]
}

/// M-5: in Rust by the words of the page; `m1_rust_and_the_evm_agree_on_every_output` holds the chain to it.
#[test]
fn m5_features_are_held_inside_their_limits() {
    let mut rng = random::generator(60);
    let mut moved = 0;
    for _ in 0..100 {
        for program in free(&mut rng) {
            let limited = random::limited(&mut rng, program.clone());
            let engine = Engine::new(&limited);
            for _ in 0..10 {
                let packed = random::input(&mut rng, program.head().features);
                let held = unpack(&packed).zip(limited.limits()).map(|(value, limit)| {
                    if value == MISSING { value } else { value.max(limit.low).min(limit.high) }
                });
                let held = pack(&held.collect::<Vec<_>>()).unwrap();
                moved += usize::from(held != packed);
                assert_eq!(*limited.held(&packed), held);
                assert_eq!(limited.margin(&packed), program.margin(&held));
                assert_eq!(limited.run(&packed), program.run(&held));
                assert_eq!(engine.margin(&packed), program.margin(&held));
            }
        }
    }
    assert!(moved > 2500, "{moved} of 3000 inputs lay outside");
}

/// M-5: a program without limits keeps its bytes; one with limits has them behind its head, and another identity.
#[test]
fn m5_limits_stand_behind_the_head() {
    let mut rng = random::generator(61);
    for program in free(&mut rng) {
        let limited = random::limited(&mut rng, program.clone());
        let (bytes, longer) = (program.encode(), limited.encode());
        let limits = 6 * usize::from(program.head().features);
        assert_eq!((bytes[1] | 0x80, &bytes[2..79]), (longer[1], &longer[2..79]));
        assert_eq!(bytes[79..], longer[79 + limits..]);
        assert_ne!(program.id(), limited.id());
        assert!(program.limits().is_empty());
    }
}

fn glm(weight: i64, bias: i64, limit: Option<Limit>) -> Result<Program, ModelError> {
    let (schema_hash, explain_hash) = Default::default();
    let head =
        Head { link: Link::Identity, features: 1, shift: 0, bias, schema_hash, explain_hash };
    let body = Body::Glm(Glm::new(vec![Coefficient { weight, missing: 0, baseline: 0 }]));
    match limit {
        Some(limit) => Program::limited(head, vec![limit], body),
        None => Program::new(head, body),
    }
}

/// M-2: what is wrong with limits is refused alike, in Rust and by the store.
#[test]
fn m2_limits_out_of_order_and_limits_of_nothing_are_refused_alike() {
    let mut chain = Chain::new();
    let limit = |low, high| Some(Limit { low, high });
    let good = glm(5, 0, limit(-2, 7)).unwrap().encode();
    let mut check = |what: &str, at: usize, bytes: &[u8], name: &str| {
        let mut bad = good.clone();
        bad.splice(at..at + bytes.len(), bytes.iter().copied());
        let rust = format!("{:?}", Program::decode(&bad).unwrap_err());
        assert_eq!(rust.split(' ').next(), Some(name), "{what}");
        assert_eq!(chain.register(bad, Vec::new()), Err(name.to_owned()), "{what}");
    };
    check("a low that is no value", 79, &[0, 0, 0], "LimitsOutOfOrder");
    check("a span beyond the greatest value", 82, &[0x80, 0, 2], "LimitsOutOfOrder");
    check("the largest span", 82, &[0xff; 3], "LimitsOutOfOrder");
    check("every value", 79, &[0, 0, 1, 0xff, 0xff, 0xfe], "LimitsNotCanonical");
    check("limits of a network", 1, &[0x83], "ModelFamilyUnknown");
    check("limits of nothing", 1, &[0x80], "ModelFamilyUnknown");
    check("another bit", 1, &[0xc1], "ModelFamilyUnknown");
    check("a flag that was taken away", 1, &[0x01], "ModelTrailingBytes");
    for length in 79..good.len() {
        let cut = good[..length].to_vec();
        let refused = matches!(Program::decode(&cut), Err(ModelError::ModelTruncated { .. }));
        assert!(refused, "{length}");
        assert_eq!(chain.register(cut, Vec::new()), Err("ModelTruncated".to_owned()));
    }
    for accepted in [limit(-2, 7), limit(7, 7), limit(MIN_VALUE, MAX_VALUE - 1)] {
        let program = glm(5, 0, accepted).unwrap();
        assert!(chain.register(program.encode(), Vec::new()).is_ok());
    }
}

/// M-2: who makes a program is refused what no bytes can say.
#[test]
fn m2_limits_that_no_bytes_hold_are_refused() {
    let made = |low, high| glm(5, 0, Some(Limit { low, high })).unwrap_err();
    let out = ModelError::LimitsOutOfOrder { feature: 0 };
    assert_eq!(made(MISSING, 7), out);
    assert_eq!(made(8, 7), out);
    assert_eq!(made(0, MAX_VALUE + 1), out);
    assert_eq!(made(MAX_VALUE + 5, MAX_VALUE + 6), out);
    assert_eq!(made(i32::MIN, i32::MAX), out);
    assert_eq!(made(MIN_VALUE, MAX_VALUE), ModelError::LimitsNotCanonical { features: 1 });
    let two = glm(5, 0, None).unwrap().with_limits(vec![Limit { low: 0, high: 1 }; 2]);
    assert_eq!(two.unwrap_err(), ModelError::LimitsCount { given: 2, allowed: 1 });
    let mut rng = random::generator(62);
    let network = random::network(&mut rng).0;
    let limits = vec![Limit { low: 0, high: 1 }; network.head().features.into()];
    let refused = ModelError::ModelFamilyUnknown { given: 0x83, allowed: 4 };
    assert_eq!(network.with_limits(limits).unwrap_err(), refused);
}

/// M-2: limits bound a regression's margin, to the unit and alike.
#[test]
fn m2_a_margin_is_bounded_inside_its_limits() {
    let mut chain = Chain::new();
    let mut check = |weight: i64, bias: i64, low, high, accepted: bool| {
        let limit = Limit { low, high };
        let program = glm(weight, bias, Some(limit));
        assert_eq!(program.is_ok(), accepted, "{weight} {bias} {limit:?}");
        // The same bytes, whether they are a program or not.
        let mut bytes = glm(1, 0, Some(limit)).unwrap().encode();
        bytes[7..15].copy_from_slice(&bias.to_be_bytes());
        bytes[85..93].copy_from_slice(&weight.to_be_bytes());
        let evm = chain.register(bytes, Vec::new());
        assert_eq!(evm.err(), (!accepted).then(|| "ModelOverflow".to_owned()));
    };
    let half = 1i64 << 62;
    check(half - 1, 1, -1, 2, true);
    check(half - 1, 2, -1, 2, false);
    check(half, 0, -1, 2, false);
    check(half - 1, -1, -2, 1, true);
    check(half - 1, -2, -2, 1, false);
    check(1 - half, 1, -2, 1, true);
    check(1 - half, 2, -2, 1, false);
    check(i64::MIN, 0, 0, 0, true);
    check(i64::MIN, 0, 0, 1, false);
    check(i64::MAX, -i64::MAX, 1, 2, true);
    check(i64::MAX, -i64::MAX, 1, 3, false);
    assert!(glm(half - 1, 0, None).is_err(), "over all values it is too much");
}

/// M-5: on the chain, at the edges and beyond, ten features at a time and the rest.
#[test]
fn m5_the_chain_holds_features_inside_their_limits() {
    let mut rng = random::generator(63);
    let mut chain = Chain::new();
    let programs: Vec<Program> = (0..12).flat_map(|_| free(&mut rng)).collect();
    for program in programs {
        let limited = random::limited(&mut rng, program.clone());
        let (root, other) = (chain.load(&limited), chain.load(&program));
        for _ in 0..6 {
            let edges = limited.limits().iter().map(|&Limit { low, high }| {
                let near = [low - 1, low, high, high + 1, MISSING, random::value(&mut rng)];
                near[rng.random_range(0..6)].clamp(MISSING, MAX_VALUE)
            });
            let packed = pack(&edges.collect::<Vec<_>>()).unwrap();
            let margin = chain.margin(root, &packed);
            assert_eq!(margin, chain.margin(other, &limited.held(&packed)));
            assert_eq!(margin.to_string(), limited.margin(&packed).unwrap().to_string());
        }
    }
}
