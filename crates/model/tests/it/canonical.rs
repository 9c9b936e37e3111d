//! M-2 and M-3: what is accepted has one encoding and cannot overflow.

use mandate_model::{Body, MISSING, ModelError, Node, Program, unpack};
use rand::Rng;

use crate::random;

/// Follows one tree as a person would.
fn follow(root: &Node, values: &[i32]) -> i64 {
    match root {
        Node::Leaf { value, .. } => i64::from(*value),
        Node::Split { feature, threshold, missing_left, left, right } => {
            let value = values[usize::from(*feature)];
            let goes_left = if value == MISSING { *missing_left } else { value < *threshold };
            follow(if goes_left { left } else { right }, values)
        }
    }
}

/// One program of each family, and one with limits of each that can have them.
fn every(rng: &mut impl Rng) -> [Program; 7] {
    let (glm, trees, sparse) = (random::glm(rng), random::trees(rng).0, random::sparse(rng).0);
    let mut limited = |program: &Program| random::limited(rng, program.clone());
    let [a, b, c] = [limited(&glm), limited(&trees), limited(&sparse)];
    [glm, trees, random::network(rng).0, sparse, a, b, c]
}

#[test]
fn m3_decoding_and_encoding_are_inverse() {
    let mut rng = random::generator(1);
    for _ in 0..300 {
        for program in every(&mut rng) {
            let bytes = program.encode();
            assert_eq!(Program::decode(&bytes).unwrap(), program);
            assert_eq!(Program::decode(&bytes).unwrap().encode(), bytes);
        }
    }
}

#[test]
fn m3_every_accepted_mutation_has_its_own_bytes_as_its_encoding() {
    let mut rng = random::generator(2);
    let mut accepted = 0;
    for _ in 0..400 {
        for program in every(&mut rng) {
            let mut bytes = program.encode();
            // The head and what follows it, anything, or the end, where a GLM's baselines stand.
            let length = bytes.len();
            let windows = [0..length.min(600), 0..length, length.saturating_sub(64)..length];
            let window = rng.random_range(0..3);
            let at = rng.random_range(windows[window].clone());
            bytes[at] ^= 1 << rng.random_range(0..8);
            if let Ok(other) = Program::decode(&bytes) {
                accepted += 1;
                assert_eq!(other.encode(), bytes);
                assert_ne!(other.id(), program.id());
                other.run(&random::input(&mut rng, other.head().features)).unwrap();
            }
        }
    }
    assert!(accepted > 50, "{accepted} mutations accepted: the test tests little");
}

#[test]
fn m2_every_truncation_is_refused() {
    let mut rng = random::generator(3);
    for program in every(&mut rng) {
        let bytes = program.encode();
        for length in 0..bytes.len() {
            let refused = Program::decode(&bytes[..length]).unwrap_err();
            assert!(matches!(refused, ModelError::ModelTruncated { given, .. } if given == length));
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(
            Program::decode(&longer),
            Err(ModelError::ModelTrailingBytes { given, allowed }) if given == allowed + 1
        ));
    }
}

#[test]
fn trees_of_any_shape_say_what_their_complete_form_says() {
    let mut rng = random::generator(4);
    for _ in 0..200 {
        let features = random::features(&mut rng).min(32);
        let trees: Vec<Node> = (0..rng.random_range(1..30))
            .map(|_| random::tree(&mut rng, features, true, 8))
            .collect();
        let mut builder = mandate_model::TreesBuilder::new();
        trees.iter().for_each(|tree| builder.push(tree.clone()).unwrap());
        let head = mandate_model::Head {
            link: mandate_model::Link::Identity,
            features,
            shift: 0,
            bias: 7,
            schema_hash: Default::default(),
            explain_hash: Default::default(),
        };
        let Ok((program, explain)) = builder.build(head) else { continue };
        let Body::Trees(body) = program.body() else { unreachable!() };
        let leaves: usize = body.forests().iter().map(|f| f.trees() << f.depth()).sum();
        assert_eq!(explain.covers().len(), leaves);
        for _ in 0..50 {
            let packed = random::input(&mut rng, features);
            let values: Vec<i32> = unpack(&packed).collect();
            let expected = 7 + trees.iter().map(|tree| follow(tree, &values)).sum::<i64>();
            assert_eq!(program.margin(&packed), Ok(expected));
        }
    }
}
