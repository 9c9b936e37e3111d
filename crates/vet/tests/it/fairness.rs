//! Fairness by hand: a lender that favours some, and gates that notice.

use mandate_vet::fairness::{
    Decision, Favourable, Figure, Gate, Groups, Report, Rules, Verdict, assess,
};
use proptest::prelude::*;

const DECISION: Decision = Decision { threshold: 0.5, favourable: Favourable::Below };

/// Rows of one group: (output, outcome, how many).
fn rows(group: &str, rows: &[(f64, bool, usize)]) -> Vec<(String, f64, bool)> {
    let one = |&(output, outcome, count): &(f64, bool, usize)| {
        vec![(group.to_owned(), output, outcome); count]
    };
    rows.iter().flat_map(one).collect()
}

/// Of 100 in `a` 80 are favoured, of 100 in `b` 60; of the 50 deserving in each 45 and 40.
fn lender() -> Vec<(String, f64, bool)> {
    let a = rows("a", &[(0.2, false, 45), (0.2, true, 35), (0.8, false, 5), (0.8, true, 15)]);
    let b = rows("b", &[(0.2, false, 40), (0.2, true, 20), (0.8, false, 10), (0.8, true, 30)]);
    [a, b].concat()
}

fn report(
    rules: &Rules,
    rows: &[(String, f64, bool)],
    features: &[String],
) -> Result<Report, String> {
    let groups = Groups::new("sex", rows.iter().map(|r| r.0.clone()).collect());
    let outputs: Vec<f64> = rows.iter().map(|r| r.1).collect();
    let outcomes: Vec<bool> = rows.iter().map(|r| r.2).collect();
    let columns = vec![outputs.clone(); features.len()];
    assess(rules, &[groups], &outputs, &outcomes, (features, &columns)).map_err(|e| e.to_string())
}

fn rules(gates: &[(Figure, f64)]) -> Rules {
    let mut rules = Rules::new(vec!["sex".parse().unwrap()], DECISION).unwrap();
    rules.gates = gates.iter().map(|(figure, limit)| Gate::new(*figure, *limit).unwrap()).collect();
    rules
}

#[test]
fn figures_are_those_of_the_four_cells() {
    let report = report(&rules(&[]), &lender(), &[]).unwrap();
    let attribute = &report.attributes[0];
    let rates: Vec<[f64; 4]> = attribute
        .groups
        .iter()
        .map(|r| [r.selection.share, r.true_positive.share, r.false_positive.share, r.calibration])
        .map(|r| r.map(|x| (x * 1e6).round() / 1e6))
        .collect();
    assert_eq!(rates, [[0.8, 0.9, 0.7, -0.18], [0.6, 0.8, 0.4, -0.06]]);
    let figures: Vec<(f64, &str)> = attribute
        .figures
        .iter()
        .map(|s| s.between.as_ref().expect("every cell has rows"))
        .map(|c| ((c.value * 1e6).round() / 1e6, c.group.as_str()))
        .collect();
    assert_eq!(figures, [(0.2, "b"), (0.75, "b"), (0.1, "b"), (0.3, "b"), (0.18, "a")]);
    assert!(report.passed, "no gate, nothing to fail");
}

/// Each gate passes at the figure and fails just beyond it, in its own direction.
#[test]
fn gates_hold_at_their_limit_and_not_beyond() {
    let at = [0.2, 0.75, 0.1, 0.3, 0.18];
    for (figure, limit) in Figure::ALL.into_iter().zip(at) {
        let stricter = if figure == Figure::SelectionRatio { 1e-9 } else { -1e-9 };
        let passes =
            |limit: f64| report(&rules(&[(figure, limit)]), &lender(), &[]).unwrap().passed;
        assert!(passes(limit - stricter), "{figure:?}");
        assert!(!passes(limit + stricter), "{figure:?}");
    }
}

#[test]
fn a_model_that_reads_the_attribute_fails_without_any_gate() {
    let features = ["income".to_owned(), "sex".to_owned()];
    let report = report(&rules(&[]), &lender(), &features).unwrap();
    assert!(report.attributes[0].is_feature && !report.passed);
    assert_eq!(report.attributes[0].proxies.len(), 2);
}

/// A small group is named and not judged; two of enough rows must be left.
#[test]
fn small_groups_are_named_and_not_judged() {
    let few = rows("c", &[(0.8, false, 49)]);
    let mixed = report(&rules(&[]), &[lender(), few.clone()].concat(), &[]).unwrap();
    assert_eq!(mixed.attributes[0].too_small, ["c"]);
    assert_eq!(mixed.attributes[0].figures[0].between.as_ref().unwrap().group, "b");
    let alone = report(&rules(&[]), &[rows("a", &[(0.2, true, 60)]), few].concat(), &[]);
    assert_eq!(alone.unwrap_err(), "sex has 1 groups of at least 50 rows, 2 are needed to compare");
}

/// A verdict is certain where the interval keeps to one side; a figure that cannot be said is not kept.
#[test]
fn verdicts_say_whether_more_rows_could_turn_them() {
    let verdict = |limit: f64| {
        let report =
            report(&rules(&[(Figure::SelectionDifference, limit)]), &lender(), &[]).unwrap();
        report.attributes[0].figures[0].verdict.clone().unwrap()
    };
    let said = [0.01, 0.15, 0.25, 0.5].map(verdict).map(|v: Verdict| (v.passed, v.certain));
    assert_eq!(said, [(false, true), (false, false), (true, false), (true, true)]);
    let nobody = rows("a", &[(0.8, true, 60)]);
    let nobody = [nobody, rows("b", &[(0.8, true, 60)])].concat();
    let report = report(&rules(&[(Figure::SelectionRatio, 0.8)]), &nobody, &[]).unwrap();
    assert!(!report.passed, "nobody is favoured: there is no ratio");
    let odds = &report.attributes[0].figures[3];
    assert_eq!(odds.between, None, "nobody deserves it: there is no rate");
}

/// Turning outcomes, outputs and the favourable side around changes no figure but the sign of calibration.
#[test]
fn above_is_below_turned_around() {
    let turned: Vec<_> = lender().into_iter().map(|(g, p, y)| (g, 1.0 - p, !y)).collect();
    let mut above = rules(&[]);
    above.decision.favourable = Favourable::Above;
    let (a, b) = (report(&rules(&[]), &lender(), &[]), report(&above, &turned, &[]));
    let values = |r: Result<Report, String>| -> Vec<f64> {
        let figures = r.unwrap().attributes.remove(0).figures;
        figures.into_iter().map(|s| (s.between.unwrap().value * 1e9).round()).collect()
    };
    assert_eq!(values(a), values(b));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Shares lie in their intervals, differences and ratios too, and the order of rows says nothing.
    #[test]
    fn figures_lie_in_their_intervals(
        cells in proptest::collection::vec((0u8..3, 0u8..=10, any::<bool>()), 1..300),
    ) {
        let rows: Vec<(String, f64, bool)> =
            cells.iter().map(|(g, p, y)| (g.to_string(), f64::from(*p) / 10.0, *y)).collect();
        let mut rules = rules(&[]);
        rules.least_rows = 1;
        let Ok(forward) = report(&rules, &rows, &[]) else { return Ok(()) };
        let backward = report(&rules, &rows.iter().rev().cloned().collect::<Vec<_>>(), &[]).unwrap();
        for (a, b) in forward.attributes[0].groups.iter().zip(&backward.attributes[0].groups) {
            for share in [a.selection, a.true_positive, a.false_positive, a.realised] {
                prop_assert!(share.interval.low <= share.share + 1e-12);
                prop_assert!(share.rows == 0 || share.share <= share.interval.high + 1e-12);
            }
            prop_assert_eq!((a.selection, a.true_positive), (b.selection, b.true_positive));
        }
        for stated in &forward.attributes[0].figures {
            if let Some(c) = &stated.between {
                prop_assert!(c.interval.low <= c.value + 1e-9 && c.value <= c.interval.high + 1e-9, "{stated:?}");
            }
        }
    }
}
