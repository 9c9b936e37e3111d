//! Candidates: a planted change is learnt and shown, and where nothing has changed nothing is shown.

use std::path::Path;

use mandate_model::{Limit, Model};
use mandate_watch::WatchError;
use mandate_watch::refresh::{Arrived, Candidate, Refresh, Verdict, refresh};

use crate::scene::{Turn, csv, described, description, model};

fn section(mode: &str) -> String {
    let trees = if mode == "warm" { "trees = 25\n" } else { "" };
    format!(
        "[refresh]\ntime = \"day\"\nwindow = \"4000 rows\"\nlater = \"400 days\"\nmode = \"{mode}\"\nresamples = 300\n{trees}"
    )
}

fn challenged(
    family: &str,
    mode: &str,
    incumbent: &Model,
    csv: &str,
) -> Result<Candidate, WatchError> {
    let section =
        if family == "glm" { section(mode).replace("trees = 25\n", "") } else { section(mode) };
    let text = description(family, &section);
    let settings = Refresh::parse(&text).unwrap();
    let described = described(&text);
    let rows =
        Arrived::read(csv.as_bytes(), Path::new("now.csv"), &described, incumbent, Some("day"))?;
    refresh(&described, &settings, incumbent, &rows, None, &mut |_| {})
}

#[test]
fn a_change_that_the_window_has_seen_makes_a_better_candidate() {
    let turn = Turn { at: 0, odds: 0.3, late: -1.8, bills: 1.0 };
    let now = csv(12, 6_000, Some(turn), 40);
    for family in ["glm", "trees"] {
        let incumbent = model(&description(family, ""), &csv(11, 4_000, None, 0));
        for mode in ["window", "warm"] {
            let Candidate { trained, evidence, later, .. } =
                challenged(family, mode, &incumbent, &now).unwrap();
            let figures = &evidence.comparison.figures;
            assert_eq!(evidence.verdict, Verdict::Better, "{family} {mode}: {figures:?}");
            assert!(figures[0].difference.value < 0.0 && figures[2].difference.value > 0.0);
            // Forty rows wait; 400 days of four rows are later, and 4,000 before them are the window.
            assert_eq!((evidence.waiting, evidence.window.rows), (40, 4_000));
            assert_eq!((evidence.later.rows, later[0], later.len()), (1_600, 4_360, 1_600));
            assert_eq!(
                evidence.same_schema,
                mode == "warm" || trained.model.schema() == incumbent.schema()
            );
            let p = evidence.comparison.test.p_value;
            assert!(p < 0.05, "{family} {mode}: {p}");
        }
    }
}

#[test]
fn where_nothing_has_changed_no_difference_is_shown() {
    let now = csv(22, 6_000, None, 0);
    for family in ["glm", "trees"] {
        let incumbent = model(&description(family, ""), &csv(21, 6_000, None, 0));
        for mode in ["window", "warm"] {
            let evidence = challenged(family, mode, &incumbent, &now).unwrap().evidence;
            let figures = &evidence.comparison.figures;
            assert_ne!(evidence.verdict, Verdict::Better, "{family} {mode}: {figures:?}");
            if family == "glm" {
                assert_eq!(evidence.verdict, Verdict::NoDifferenceShown, "{mode}: {figures:?}");
            }
            assert!(evidence.drift.iter().all(|column| column.drift.psi < 0.1));
        }
    }
}

/// A window that ended before the change, and later rows that follow the old law: what it learnt is wrong there.
#[test]
fn a_candidate_of_a_passing_change_is_worse() {
    let turn = Turn { at: 0, odds: 0.3, late: -1.8, bills: 1.0 };
    let mut changed = csv(32, 4_400, Some(turn), 0);
    let back = csv(33, 6_000, None, 0);
    changed.extend(back.lines().skip(4_401).flat_map(|line| [line, "\n"]));
    let incumbent = model(&description("glm", ""), &csv(31, 4_000, None, 0));
    let evidence = challenged("glm", "window", &incumbent, &changed).unwrap().evidence;
    assert_eq!(evidence.verdict, Verdict::Worse, "{:?}", evidence.comparison.figures);
}

#[test]
fn the_same_rows_and_seed_make_the_same_bytes() {
    let now = csv(42, 6_000, None, 0);
    let incumbent = model(&description("trees", ""), &csv(41, 4_000, None, 0));
    let before = incumbent.encode();
    let [a, b] = [0, 1].map(|_| challenged("trees", "warm", &incumbent, &now).unwrap());
    assert_eq!(a.trained.model.encode(), b.trained.model.encode());
    let json = |c: &Candidate| serde_json::to_string(&c.evidence).unwrap();
    assert_eq!(json(&a), json(&b));
    assert_eq!(incumbent.encode(), before);
}

#[test]
fn an_incumbent_of_other_features_is_compared_on_its_own_packing() {
    let now = csv(52, 6_000, None, 0);
    let all = description("glm", "");
    let less = all.replacen(
        "[[features]]\nname = \"late_1\"\nunit = \"u\"\ntype = \"whole\"\nreason = \"late_1\"\n",
        "",
        1,
    );
    assert_ne!(all, less);
    let incumbent = model(&less, &csv(51, 4_000, None, 0));
    let evidence = challenged("glm", "window", &incumbent, &now).unwrap().evidence;
    assert!(!evidence.same_schema);
    let said = challenged("glm", "warm", &incumbent, &now).unwrap_err().to_string();
    assert!(said.contains("feature \"late_1\" after \"bill_0\""), "{said}");
    let without = now.replacen("late_1", "late_9", 1);
    let said = challenged("glm", "window", &model(&all, &csv(51, 4_000, None, 0)), &without);
    assert!(said.unwrap_err().to_string().contains("no column \"late_1\""));
}

#[test]
fn a_warm_start_does_not_lose_the_limits_of_the_incumbent() {
    let made = model(&description("glm", ""), &csv(91, 2_000, None, 0));
    let limits = vec![Limit { low: -5, high: 1_000_000 }; made.schema().features().len()];
    let program = made.program().clone().with_limits(limits).unwrap();
    let (schema, explain) = (made.schema().clone(), made.explanation_data().clone());
    let incumbent = Model::new(program, schema, explain).unwrap();
    let now = csv(92, 6_000, None, 0);
    let said = challenged("glm", "warm", &incumbent, &now).unwrap_err().to_string();
    assert!(said.contains("inside other limits than the incumbent"), "{said}");
    assert!(challenged("glm", "window", &incumbent, &now).is_ok());
}

/// M-5: `limits = true` means the schema's ranges; a warm start keeps the schema, and with it the very limits.
#[test]
fn m5_a_warm_start_with_limits_keeps_those_of_the_incumbent() {
    let (then, now) = (csv(93, 4_000, None, 0), csv(94, 6_000, None, 0));
    for family in ["glm", "trees"] {
        let incumbent = model(&description(family, "limits = true\n"), &then);
        let limits = incumbent.program().limits();
        assert_eq!(limits, incumbent.schema().limits(), "{family}");
        let warm = |limited: &str| {
            let section = section("warm");
            let section =
                if family == "glm" { section.replace("trees = 25\n", "") } else { section };
            let text = description(family, &format!("{limited}{section}"));
            let (settings, described) = (Refresh::parse(&text).unwrap(), described(&text));
            let (bytes, path) = (now.as_bytes(), Path::new("now.csv"));
            let rows = Arrived::read(bytes, path, &described, &incumbent, Some("day")).unwrap();
            refresh(&described, &settings, &incumbent, &rows, None, &mut |_| {})
        };
        let Candidate { trained, evidence, .. } = warm("limits = true\n").unwrap();
        assert_eq!(trained.model.program().limits(), limits, "{family}");
        assert!(evidence.same_schema && trained.model.program().id() != incumbent.program().id());
        let said = warm("").unwrap_err().to_string();
        assert!(said.contains("inside other limits than the incumbent"), "{family}: {said}");
    }
}

#[test]
fn a_network_has_no_warm_start() {
    let network = "units = [4]\nepochs = 2\n";
    let text = description("network", network);
    let incumbent = model(&text, &csv(61, 2_000, None, 0));
    let text = description(
        "network",
        &format!("{network}{}", section("warm").replace("trees = 25\n", "")),
    );
    let (settings, described) = (Refresh::parse(&text).unwrap(), described(&text));
    let now = csv(62, 6_000, None, 0);
    let rows =
        Arrived::read(now.as_bytes(), Path::new("now.csv"), &described, &incumbent, Some("day"));
    let said = refresh(&described, &settings, &incumbent, &rows.unwrap(), None, &mut |_| {});
    let said = said.unwrap_err().to_string();
    assert_eq!(said, "no warm start: the incumbent is a network, allowed: a glm or trees");
}

#[test]
fn parts_without_enough_rows_are_refused() {
    let incumbent = model(&description("glm", ""), &csv(71, 2_000, None, 0));
    let said = challenged("glm", "window", &incumbent, &csv(72, 1_600, None, 0)).unwrap_err();
    assert!(matches!(said, WatchError::TooFew { what: "the window", given: 0, .. }), "{said}");
}

#[test]
fn rows_of_one_day_stay_together() {
    let section = "[refresh]\ntime = \"day\"\nwindow = \"4001 rows\"\nlater = \"1601 rows\"\n";
    let text = description("glm", section);
    let incumbent = model(&text, &csv(81, 2_000, None, 0));
    let now = csv(82, 6_000, None, 0);
    let path = Path::new("now.csv");
    let rows =
        Arrived::read(now.as_bytes(), path, &described(&text), &incumbent, Some("day")).unwrap();
    let parts = rows.parts(&Refresh::parse(&text).unwrap()).unwrap();
    // Four rows a day.
    assert_eq!((parts.train.len(), parts.test.len()), (4_004, 1_604));
    assert_eq!((parts.train[0], parts.test[0]), (392, 4_396));
}
