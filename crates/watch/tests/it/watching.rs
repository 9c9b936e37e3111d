//! A model in use: what is planted is found, and what is not there is not.

use mandate_train::{Loss, Resampling};
use mandate_watch::{Every, Limits, Part, Report, WatchError, Watching, watch};

use crate::scene::{Turn, csv, described, description, model, rows};

const WATCHING: Watching = Watching {
    every: Every::Rows(1_000),
    least_rows: 50,
    limits: Limits {
        psi: Some(0.25),
        ks: None,
        skill: Some(0.0),
        kept: Some(0.5),
        calibration: Some(0.25),
        alarm: Some(0.01),
        tolerance: 0.1,
    },
    resampling: Resampling { block: None, times: 200, seed: 1 },
};

fn seen(turn: Option<Turn>, waiting: usize) -> Report {
    let text = description("glm", "");
    let model = model(&text, &csv(1, 4_000, None, 0));
    let reference = rows(&text, &csv(2, 4_000, None, 0), &model);
    let now = rows(&text, &csv(3, 6_000, turn, waiting), &model);
    watch(Loss::Logistic, &now, Some(&reference), &WATCHING).unwrap()
}

#[test]
fn rows_like_the_reference_break_no_limit() {
    let report = seen(None, 0);
    assert!(report.passed, "{:?}", report.broken);
    assert_eq!((report.periods.len(), report.rows, report.waiting), (6, 6_000, 0));
    let alarm = report.alarm.unwrap();
    assert_eq!((alarm.at, alarm.rows), (None, 6_000));
    for period in &report.periods {
        assert!(period.drift.iter().all(|c| c.drift.psi < 0.1), "{:?}", period.drift);
        assert!(period.quality.as_ref().unwrap().scores[0].skill.value > 0.0);
    }
    let overall = report.overall.unwrap();
    let murphy = overall.murphy.unwrap();
    let sum = murphy.reliability - murphy.resolution + murphy.uncertainty + murphy.within;
    assert!((sum - overall.scores[1].model.value).abs() < 1e-12);
    assert!(overall.scores[0].against_baseline.p_value < 1e-6);
}

#[test]
fn a_planted_shift_of_an_input_is_named_in_its_period_and_in_no_other() {
    let turn = Turn { at: 3_000, bills: 3.0, ..Turn::default() };
    let report = seen(Some(turn), 0);
    assert!(!report.passed);
    let psi: Vec<_> = report.broken.iter().filter(|b| b.limit == "psi").collect();
    let places: Vec<_> = psi.iter().map(|b| (b.period.as_str(), b.column.as_deref())).collect();
    for period in ["4", "5", "6"] {
        assert!(places.contains(&(period, Some("bill_0"))), "{places:?}");
    }
    assert!(places.iter().all(|(period, _)| ["4", "5", "6"].contains(period)), "{places:?}");
    let input = report.periods[4].drift.iter().find(|c| c.name == "limit").unwrap();
    assert!(input.part == Part::Input && input.drift.psi < 0.1, "{input:?}");
}

#[test]
fn odds_that_have_changed_ring_the_alarm_and_break_calibration() {
    let turn = Turn { at: 3_000, odds: 0.8, bills: 1.0, ..Turn::default() };
    let report = seen(Some(turn), 0);
    let broken: Vec<_> = report.broken.iter().map(|b| (b.limit, b.period.as_str())).collect();
    for period in ["4", "5", "6"] {
        assert!(broken.contains(&("calibration", period)), "{broken:?}");
    }
    assert!(
        broken.contains(&("alarm", "all")) && !broken.contains(&("calibration", "3")),
        "{broken:?}"
    );
    let at = report.alarm.unwrap().at.unwrap();
    assert!((3_000..4_000).contains(&at), "{at}");
}

/// Inputs, score and mean outcome stay as they were; only what they say of each other has changed.
#[test]
fn a_model_that_has_forgotten_nothing_and_knows_less_is_found_by_its_skill() {
    let turn = Turn { at: 3_000, odds: 0.6, late: -3.0, bills: 1.0 };
    let report = seen(Some(turn), 0);
    let kept: Vec<_> = report.broken.iter().filter(|b| b.limit == "kept").collect();
    assert_eq!(kept.iter().map(|b| b.period.as_str()).collect::<Vec<_>>(), ["4", "5", "6"]);
    assert!(kept.iter().all(|b| b.allowed < report.reference.scores[0].skill.value));
    assert!(report.broken.iter().all(|b| b.limit != "psi"), "{:?}", report.broken);
}

#[test]
fn rows_without_an_outcome_are_counted_and_their_inputs_watched() {
    let turn = Turn { at: 5_000, bills: 3.0, ..Turn::default() };
    let report = seen(Some(turn), 1_000);
    assert_eq!(report.waiting, 1_000);
    let last = &report.periods[5];
    assert_eq!((last.rows, last.waiting, last.quality.is_none()), (1_000, 1_000, true));
    assert!(report.broken.iter().any(|b| b.period == "6" && b.column.as_deref() == Some("bill_0")));
    assert_eq!(report.overall.unwrap().rows, 5_000);
}

#[test]
fn without_a_reference_the_first_period_is_it() {
    let text = description("glm", "");
    let model = model(&text, &csv(1, 4_000, None, 0));
    let now = rows(&text, &csv(3, 3_000, None, 0), &model);
    let report = watch(Loss::Logistic, &now, None, &WATCHING).unwrap();
    let first = &report.periods[0];
    assert!(first.reference && first.drift.is_empty() && report.passed, "{:?}", report.broken);
    assert_eq!((report.reference_rows, report.overall.unwrap().rows), (1_000, 2_000));
    let one = Watching { every: Every::All, ..WATCHING };
    let said = watch(Loss::Logistic, &now, None, &one).unwrap_err().to_string();
    assert!(said.contains("one period and no reference"), "{said}");
    let many = Watching { every: Every::Rows(2), ..WATCHING };
    let said = watch(Loss::Logistic, &now, None, &many).unwrap_err().to_string();
    assert!(said.contains("1500 periods"), "{said}");
}

#[test]
fn months_are_periods() {
    let text = description("glm", "");
    let model = model(&text, &csv(1, 4_000, None, 0));
    let reference = rows(&text, &csv(2, 1_000, None, 0), &model);
    let now = rows(&text, &csv(3, 400, None, 0), &model);
    let months = Watching { every: Every::Month, ..WATCHING };
    let report = watch(Loss::Logistic, &now, Some(&reference), &months).unwrap();
    let sizes: Vec<_> = report.periods.iter().map(|p| (p.name.as_str(), p.rows)).collect();
    assert_eq!(sizes, [("2025-01", 124), ("2025-02", 112), ("2025-03", 124), ("2025-04", 40)]);
}

#[test]
fn the_same_rows_and_seed_make_the_same_report() {
    assert_eq!(seen(None, 10), seen(None, 10));
}

#[test]
fn what_says_too_little_is_refused() {
    let text = description("glm", "");
    let model = model(&text, &csv(1, 4_000, None, 0));
    let now = rows(&text, &csv(3, 200, None, 0), &model);
    let few = rows(&text, &csv(2, 40, None, 0), &model);
    let error = watch(Loss::Logistic, &now, Some(&few), &WATCHING).unwrap_err();
    assert!(matches!(error, WatchError::TooFew { given: 40, least: 50, .. }), "{error}");
    let mut alike = rows(&text, &csv(2, 100, None, 0), &model);
    alike.came.iter_mut().flatten().for_each(|seen| seen.outcome = 0.0);
    let error = watch(Loss::Logistic, &now, Some(&alike), &WATCHING).unwrap_err();
    assert!(matches!(error, WatchError::Alike { rows: 100, .. }), "{error}");
    let counts = text.replace("family = \"glm\"", "family = \"glm\"\nloss = \"poisson\"");
    let path = std::path::Path::new("now.csv");
    let csv = csv(3, 200, None, 0);
    let read = mandate_watch::Rows::read(csv.as_bytes(), path, &model, &described(&counts), None);
    let said = read.unwrap_err().to_string();
    assert_eq!(said, "the model's link is logistic, and loss = \"poisson\" needs log");
}
