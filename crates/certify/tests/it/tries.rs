//! The attack never beats the certificate.

use mandate_certify::{Goal, Limits, Side, Space, attack, search};

use crate::random;

/// 10,000 attackers on programs larger than brute force could cover, against bounds that were cut short.
#[test]
#[allow(clippy::print_stdout, reason = "figures for whoever runs with --nocapture")]
fn ten_thousand_attacks_stay_inside() {
    let mut rng = random::generator(3);
    let mut met = 0;
    for case in 0..1_000 {
        let features = 4 + case % 5;
        let schema = random::schema(&mut rng, features);
        let prices = random::prices(&mut rng, features);
        let program = match case % 4 {
            1 => random::trees(&mut rng, features, 25),
            2 => random::sparse(&mut rng, features, 25),
            kind => random::program(&mut rng, kind, features),
        };
        let limited = case % 8 > 3 && case % 4 < 3 && program.limits().is_empty();
        let program = if limited { random::limited(&mut rng, program) } else { program };
        let row = random::row(&mut rng, &schema);
        let space = Space::new(&schema, &prices, &row, [3, 10, 25, 60][case % 4]);
        let limits = Limits { regions: 40 };
        for side in [Side::Lowest, Side::Highest] {
            let verdict = search(&program, &space, side, Goal::Extreme, limits).unwrap();
            let (reached, by) = attack(&program, &space, side, 5, case as u64).unwrap();
            assert!(space.cost(&by).unwrap() <= space.budget());
            match side {
                Side::Lowest => assert!(reached >= verdict.bound, "{case}: {reached} {verdict:?}"),
                Side::Highest => assert!(reached <= verdict.bound, "{case}: {reached} {verdict:?}"),
            }
            met += usize::from(reached == verdict.bound);
        }
    }
    println!("10,000 attacks: the bound was met in {met} of 2,000 searches, beaten in none");
    assert!(met > 700, "a bound that is never met bounds little: {met}");
}
