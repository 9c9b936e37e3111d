//! The engine answers what the program answers, row by row and in batches.

use mandate_model::{Engine, MAX_VALUE, MISSING, ModelError, Program, unpack};

use crate::random;

/// Batches around a block of rows.
const ROWS: [usize; 8] = [0, 1, 7, 8, 9, 63, 64, 73];

fn check(program: &Program, rng: &mut impl rand::Rng) {
    let engine = Engine::new(program);
    assert_eq!(engine.program(), program);
    for rows in ROWS {
        let inputs: Vec<Vec<u8>> =
            (0..rows).map(|_| random::input(rng, program.head().features)).collect();
        let expected: Vec<i64> = inputs.iter().map(|row| program.margin(row).unwrap()).collect();
        let single: Vec<i64> = inputs.iter().map(|row| engine.margin(row).unwrap()).collect();
        assert_eq!(single, expected);
        assert_eq!(engine.margins(&inputs.concat()), Ok(expected.clone()));
        let values: Vec<i32> = inputs.iter().flat_map(|row| unpack(row)).collect();
        let features = usize::from(program.head().features);
        let lone = values.chunks_exact(features).map(|row| engine.margin_of(row).unwrap());
        assert_eq!(lone.collect::<Vec<_>>(), expected);
        assert_eq!(engine.margins_of(&values), Ok(expected));
    }
}

/// M-1: whatever the family, the depths of the trees, and the number of rows.
#[test]
fn m1_the_engine_answers_what_the_program_answers() {
    let mut rng = random::generator(50);
    for _ in 0..60 {
        let (trees, sparse) = (random::trees(&mut rng).0, random::sparse(&mut rng).0);
        check(&trees, &mut rng);
        check(&sparse, &mut rng);
        for program in [trees, sparse] {
            check(&random::limited(&mut rng, program), &mut rng);
        }
    }
    for program in [random::glm(&mut rng), random::network(&mut rng).0] {
        check(&program, &mut rng);
    }
}

#[test]
fn the_engine_refuses_rows_of_the_wrong_length() {
    let mut rng = random::generator(51);
    for program in [random::trees(&mut rng).0, random::sparse(&mut rng).0] {
        let engine = Engine::new(&program);
        let allowed = 3 * usize::from(program.head().features);
        let wrong = vec![0; allowed + 1];
        let refused = ModelError::FeaturesLength { given: allowed + 1, allowed };
        assert_eq!(engine.margin(&wrong), Err(refused));
        assert!(matches!(engine.margins(&wrong), Err(ModelError::FeaturesLength { .. })));
        let mut values = vec![MAX_VALUE; allowed / 3 * 2];
        assert!(engine.margins_of(&values).is_ok());
        assert!(matches!(engine.margin_of(&values), Err(ModelError::FeaturesLength { .. })));
        assert!(matches!(engine.margins_of(&values[1..]), Err(ModelError::FeaturesLength { .. })));
        for given in [MAX_VALUE + 1, MISSING - 1] {
            values[0] = given;
            let refused = ModelError::FeatureValueOutOfRange { feature: 0, given };
            assert_eq!(engine.margins_of(&values), Err(refused.clone()));
            assert_eq!(engine.margin_of(&values[..allowed / 3]), Err(refused));
        }
    }
}
