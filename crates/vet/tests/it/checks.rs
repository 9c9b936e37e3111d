//! Every check finds the fault that was planted for it, and says nothing of clean rows.

use std::fs;
use std::path::Path;

use mandate_train::split::SplitMix64;
use mandate_train::{
    Dataset, Description, Feature, Kind, Loss, Missing, Split, Target, TrainConfig, TreeLimits,
};
use mandate_vet::Source;
use mandate_vet::checks::{
    Check, Figure, Judged, Labels, Report, Rules, Subject, Suspect, Times, Verdict, examine, vet,
};

/// Rows whose outcome follows two of four features; some keep the third to themselves.
struct People {
    description: Description,
    data: Dataset,
    times: Option<Times>,
}

fn feature(name: &str, kind: Kind) -> Feature {
    Feature { kind, scale: None, missing: Missing::Allow, ..Feature::whole(name, "", "r") }
}

/// Outcomes are drawn by a chance, or decided by a line that no row is near, where they are to be `sure`.
fn people(seed: u64, rows: usize, sure: bool) -> People {
    let mut draws = SplitMix64::new(seed);
    let features = vec![
        feature("income", Kind::Real),
        feature("debt", Kind::Real),
        feature("age", Kind::Real),
        feature("children", Kind::Whole),
    ];
    let mut data = Dataset { features, columns: vec![Vec::new(); 4], ..Dataset::default() };
    while data.outcome.len() < rows {
        let [income, debt, age] = [(); 3].map(|()| draws.unit());
        let side = income - debt;
        if sure && side.abs() < 0.1 {
            continue;
        }
        let chance = 1.0 / (1.0 + (3.0 * side).exp());
        let late = if sure { side < 0.0 } else { draws.unit() < chance };
        let age = if draws.unit() < 0.05 { f64::NAN } else { age };
        let row = [income, debt, age, draws.below(6) as f64];
        data.columns.iter_mut().zip(row).for_each(|(column, x)| column.push(x));
        data.outcome.push(f64::from(u8::from(late)));
    }
    let trees = TreeLimits {
        trees: 30,
        depth: 3,
        learning_rate: 0.2,
        columns: 1.0,
        ..TreeLimits::default()
    };
    let config = TrainConfig { seed: 1, trees, ..TrainConfig::default() };
    let description = Description {
        name: "people".into(),
        data: None,
        manifest: true,
        target: Target::chance("late"),
        features: data.features.clone(),
        config,
    };
    People { description, data, times: None }
}

impl People {
    fn report(&self, rules: &Rules) -> Report {
        let subject = Subject::new(&self.description, &self.data, None).timed(self.times.clone());
        vet(&subject, rules, &mut |_| {}).unwrap()
    }

    /// The figures that a check alone finds worth a word.
    fn loud(&self, check: Check) -> Vec<Judged> {
        let rules = Rules::of(&[check]);
        self.report(&rules).loud().cloned().collect()
    }

    fn add(mut self, feature: Feature, value: impl Fn(usize, &Dataset) -> f64) -> Self {
        let column = (0..self.data.rows()).map(|row| value(row, &self.data)).collect();
        self.data.columns.push(column);
        self.data.features.push(feature);
        self.description.features = self.data.features.clone();
        self
    }

    fn repeat(mut self, rows: std::ops::Range<usize>) -> Self {
        for column in self.data.columns.iter_mut().chain([&mut self.data.outcome]) {
            column.extend_from_within(rows.clone());
        }
        self
    }
}

/// A planted column: the value of a row.
type Value = fn(usize, &Dataset) -> f64;

fn outcome(row: usize, data: &Dataset) -> f64 {
    data.outcome[row]
}

fn noise(row: usize) -> f64 {
    f64::from(row as u32 * 7_919 % 1_000) / 1_000.0
}

/// What is loud, without the values.
fn names(found: &[Judged]) -> Vec<(Figure, &str)> {
    found.iter().map(|judged| (judged.measured.figure, judged.measured.of.as_str())).collect()
}

#[test]
fn clean_rows_are_quiet_in_every_check() {
    let every = || Rules::default().with(Check::Labels);
    for seed in 1..=5 {
        let mut people = people(seed, 2_000, true);
        let loud: Vec<Judged> = people.report(&every()).loud().cloned().collect();
        assert!(loud.is_empty(), "seed {seed}: {loud:?}");
        // The same rows, split by the time in which they came.
        let texts: Vec<String> = (0..2_000).map(|day| format!("{day}")).collect();
        people.data.in_test = Some((0..2_000).map(|day| day >= 1_500).collect());
        people.data.block = Some((0..2_000).collect());
        people.description.config.split = Split::Time { name: "day".into(), from: "1500".into() };
        people.times = Some(Times { column: "day".into(), texts });
        let mut rules = Rules::default();
        rules.until = Some("2000".into());
        let report = people.report(&rules);
        let loud: Vec<&Judged> = report.loud().collect();
        assert!(loud.is_empty() && report.not_applied.is_empty(), "seed {seed}: {report:?}");
        assert!(report.figures.iter().any(|judged| judged.measured.figure == Figure::Future));
    }
}

/// Sixty rows stand twice: most in one part, some in both; rows are named by their place in the file.
#[test]
fn repeats_are_found_in_a_part_and_across_parts() {
    let people = people(1, 1_000, false).repeat(100..160);
    let found = people.loud(Check::Duplicates);
    let of = |figure: Figure| found.iter().find(|judged| judged.measured.figure == figure).unwrap();
    let repeats = &of(Figure::Duplicates).measured;
    assert!(repeats.of == "training" && repeats.value > 0.03, "{repeats:?}");
    assert!(repeats.rows.iter().all(|row| (1_001..=1_060).contains(row)), "{repeats:?}");
    assert!(of(Figure::Contamination).measured.value > 0.03, "{found:?}");
    assert!(!names(&found).iter().any(|(figure, _)| *figure == Figure::Conflicts), "{found:?}");
}

#[test]
fn twins_with_the_other_outcome_are_found() {
    let mut people = people(1, 1_000, false).repeat(100..130);
    people.data.outcome[1_000..].iter_mut().for_each(|y| *y = 1.0 - *y);
    let found = people.loud(Check::Duplicates);
    assert_eq!(names(&found), [(Figure::Conflicts, "all")]);
    assert!((found[0].measured.value - 60.0 / 1_030.0).abs() < 1e-12);
    assert_eq!(found[0].measured.rows, (101..=120).collect::<Vec<u32>>());
}

/// Rows of two features with a few values repeat by nature, which is no fault; but a limit on it is not kept by that.
#[test]
fn rows_that_repeat_by_nature_say_nothing_and_keep_no_limit() {
    let mut people = people(1, 1_000, false);
    people
        .data
        .columns
        .iter_mut()
        .for_each(|column| column.iter_mut().for_each(|x| *x = x.round()));
    let rules = Rules::of(&[Check::Duplicates]);
    let report = people.report(&rules);
    assert!(report.passed && report.figures.is_empty(), "{report:?}");
    assert!(report.not_applied[0].why.contains("repeat by nature"), "{report:?}");
    assert!(!people.report(&rules.limited(Figure::Duplicates, 0.5).unwrap()).passed);
}

/// A copy, a copy in other units, a relation that turns round, a code, and a good guess: each is a leak. A strong feature is none.
#[test]
fn features_that_know_the_outcome_are_found() {
    let leaks: [(&str, Value); 5] = [
        ("copy", outcome),
        ("upside_down", |row, data| 500.0 - 20.0 * outcome(row, data)),
        ("both_ends", |row, data| {
            let side = if row % 2 == 0 { 1.0 } else { -1.0 };
            side * (2.0 * outcome(row, data) + noise(row))
        }),
        ("code", |row, data| [3.0, 7.0, 1.0, 5.0][(row % 2) + 2 * usize::from(data.positive(row))]),
        ("nearly", |row, data| outcome(row, data) * 2.0 + 2.4 * noise(row)),
    ];
    for (name, leak) in leaks {
        let people = people(3, 2_000, false).add(feature(name, Kind::Real), leak);
        assert_eq!(names(&people.loud(Check::Leakage)), [(Figure::Leakage, name)]);
    }
    let strong = |row: usize, data: &Dataset| outcome(row, data) + 2.0 * noise(row);
    let people = people(3, 2_000, false).add(feature("strong", Kind::Real), strong);
    assert!(people.loud(Check::Leakage).is_empty(), "an AUC of 0.875 is no leak");
}

#[test]
fn amounts_are_leaked_by_their_copy() {
    let mut people = people(4, 1_000, false);
    let mut draws = SplitMix64::new(4);
    people.data.outcome = (0..1_000).map(|_| draws.unit() * 10.0 + 0.1).collect();
    people.description.config.loss = Loss::Gamma;
    assert!(people.loud(Check::Leakage).is_empty());
    let people = people.add(feature("cents", Kind::Real), |row, data| 100.0 * data.outcome[row]);
    let found = people.loud(Check::Leakage);
    assert_eq!(names(&found), [(Figure::Leakage, "cents")]);
    assert!(found[0].measured.says.contains("a copy of the target"), "{found:?}");
}

/// A value that is missing mostly where the outcome came tells it, however seldom that is.
#[test]
fn a_lack_that_tells_the_outcome_is_found() {
    let lack = |row: usize, data: &Dataset| {
        if data.positive(row) && row.is_multiple_of(4) {
            f64::NAN
        } else {
            f64::from(row as u32 % 97)
        }
    };
    let people = people(5, 2_000, false).add(feature("reply", Kind::Real), lack);
    let found = people.loud(Check::Leakage);
    assert_eq!(names(&found), [(Figure::Missingness, "reply")]);
    assert!(
        found[0].measured.says.starts_with("mean outcome 1.000 where it is missing"),
        "{found:?}"
    );
}

#[test]
fn numbers_of_rows_and_constants_are_found() {
    let shuffled = |row: usize, _: &Dataset| f64::from(row as u32 * 7 % 1_000);
    let rising = |row: usize, _: &Dataset| row as f64 / 3.0;
    let people = people(6, 1_000, false)
        .add(feature("id", Kind::Whole), shuffled)
        .add(feature("counter", Kind::Real), rising)
        .add(feature("flag", Kind::Whole), |row, _| f64::from(u8::from(row % 333 == 7)))
        .add(feature("nothing", Kind::Real), |_, _| f64::NAN);
    let found = people.loud(Check::Leakage);
    assert_eq!(names(&found), [(Figure::Identifier, "id"), (Figure::Identifier, "counter")]);
    let found = people.loud(Check::Constant);
    let constants = names(&found);
    assert_eq!(constants, [(Figure::Constant, "nothing"), (Figure::Constant, "flag")]);
    assert!(found[0].measured.says.ends_with("training rows are missing"), "{found:?}");
}

/// A split by the seed of rows that have a time learns from the future; files out of order and moments to come are named.
#[test]
fn learning_from_the_future_is_found() {
    let mut people = people(7, 1_000, false);
    let mut texts: Vec<String> = (0..1_000).map(|day| format!("2024-01-01 {day:04}")).collect();
    texts.swap(400, 401);
    texts[999] = "2025-06-01".into();
    people.times = Some(Times { column: "day".into(), texts });
    let mut rules = Rules::of(&[Check::Time]);
    rules.until = Some("2025-01-01".into());
    let report = people.report(&rules);
    let found: Vec<Judged> = report.loud().cloned().collect();
    let all = [(Figure::Overlap, "day"), (Figure::Unsorted, "day"), (Figure::Future, "day")];
    assert_eq!(names(&found), all);
    assert!(found[0].measured.value > 0.9, "{found:?}");
    assert_eq!((&found[1].measured.rows, &found[2].measured.rows), (&vec![402], &vec![1_000]));
    people.times = None;
    assert!(people.report(&rules).not_applied[0].why.contains("no column says"));
}

#[test]
fn a_test_part_of_other_people_is_found() {
    let mut people = people(8, 2_000, false);
    people.data.in_test = Some((0..2_000).map(|row| row >= 1_500).collect());
    people.description.config.split = Split::Column { name: "part".into(), test: vec!["b".into()] };
    assert!(people.loud(Check::Drift).is_empty(), "the same people");
    people.data.columns[1][1_500..].iter_mut().for_each(|debt| *debt += 0.5);
    people.data.outcome[1_500..].iter_mut().enumerate().for_each(|(row, y)| {
        *y = f64::from(u8::from(row % 5 > 0));
    });
    let found = people.loud(Check::Drift);
    let [psi, ks] = [Figure::Psi, Figure::Ks].map(|f| [(f, "debt"), (f, "late")]);
    assert_eq!(names(&found), [psi, ks].concat(), "{found:?}");
}

/// The confident joint by hand: chances 0.9, 0.8, 0.1 of rows labelled positive (threshold 0.6), 0.2, 0.3, 0.7 of others (threshold 0.6).
#[test]
fn the_confident_joint_is_that_of_the_paper() {
    let row = |row: u32, positive: bool, chance: f64| Suspect { row, positive, chance };
    let rows = [
        row(1, true, 0.9),
        row(2, true, 0.8),
        row(3, true, 0.1),
        row(4, false, 0.2),
        row(5, false, 0.3),
        row(6, false, 0.7),
    ];
    let labels = Labels::of(&rows, 3);
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(labels.thresholds.iter().all(|t| near(*t, 0.6)), "{labels:?}");
    let by_hand = [[2.0 / 6.0, 1.0 / 6.0], [1.0 / 6.0, 2.0 / 6.0]];
    let joint = labels.joint.as_flattened().iter().zip(by_hand.as_flattened());
    assert!(joint.into_iter().all(|(a, b)| near(*a, *b)), "{labels:?}");
    assert!(near(labels.share(), 1.0 / 3.0));
    let suspects: Vec<u32> = labels.suspects.iter().map(|suspect| suspect.row).collect();
    assert_eq!((suspects, labels.doubted), (vec![3, 6], 2), "most doubtful first");
    // The third row reaches neither threshold, 0.55 and 0.6: it is not doubted.
    let unsure = Labels::of(&[row(1, true, 0.6), row(2, false, 0.4), row(3, true, 0.5)], 3);
    assert_eq!((unsure.doubted, unsure.share()), (0, 0.0), "{unsure:?}");
    let one = Labels::of(&[row(1, true, 0.2)], 3);
    assert!(one.share().is_finite() && one.doubted == 0, "{one:?}");
}

/// One label in twelve is turned; of the rows doubted at least nine in ten are turned, and of those turned three in four are doubted: the method
/// asks for more than the mean confidence of a class, which some of its rows do not have.
#[test]
fn turned_labels_are_found() {
    let mut people = people(9, 2_000, true);
    let turned: Vec<usize> = (0..2_000).filter(|row| row % 12 == 5).collect();
    turned.iter().for_each(|&row| people.data.outcome[row] = 1.0 - people.data.outcome[row]);
    let rules = Rules::of(&[Check::Labels]);
    let report = people.report(&rules);
    let labels = report.labels.as_ref().unwrap();
    let suspects: Vec<usize> = labels.suspects.iter().map(|s| s.row as usize - 1).collect();
    let right = suspects.iter().filter(|row| turned.contains(row)).count();
    assert!(right * 10 >= suspects.len() * 9, "seed 9: {right} of {} doubted", suspects.len());
    assert!(right * 4 >= turned.len() * 3, "seed 9: {right} of {} turned", turned.len());
    assert!((labels.share() - 1.0 / 12.0).abs() < 0.02, "seed 9: {}", labels.share());
    assert_eq!(report.figures[0].verdict, Verdict::Warns);
    people.description.config.loss = Loss::Poisson;
    assert!(people.report(&rules).not_applied[0].why.contains("no labels to doubt"));
}

#[test]
fn the_page_lists_every_check_and_figure_with_its_line() {
    let page = include_str!("../../../../docs/vetting.md");
    for check in Check::ALL {
        assert!(page.contains(&format!("`\"{}\"`", check.word())), "{check:?}");
    }
    for figure in Figure::ALL {
        let start = format!("| `{}` | ", figure.word());
        let row = page.lines().find(|line| line.starts_with(&start));
        let end = format!("| {} |", figure.warns_above());
        assert!(row.is_some_and(|row| row.ends_with(&end)), "{figure:?}");
    }
}

/// A limit holds at the figure and fails just below it; without one nothing is refused.
#[test]
fn a_limit_refuses_what_is_above_it() {
    let people = people(1, 1_000, false).repeat(100..160);
    let rules = Rules::of(&[Check::Duplicates]);
    let report = people.report(&rules);
    let value = report.worst().find(|j| j.measured.figure == Figure::Contamination).unwrap();
    let value = value.measured.value;
    assert!(report.passed && value > 0.0);
    let limited =
        |limit: f64| people.report(&rules.clone().limited(Figure::Contamination, limit).unwrap());
    assert!(limited(value).passed);
    let refused = limited(value - 1e-9);
    assert!(!refused.passed);
    assert!(refused.figures.iter().any(|judged| judged.verdict == Verdict::Refuses));
}

/// Every field that means nothing is named, by column and row, and rows of weight 0 keep their places.
#[test]
fn impossible_fields_are_all_named_and_rows_keep_their_numbers() {
    let text = "name = \"x\"\n[target]\ncolumn = \"y\"\nweight = \"w\"\n[split]\ntest_percent = 20\n[model]\nfamily = \"glm\"\n\
        [[features]]\nname = \"a\"\nunit = \"\"\ntype = \"whole\"\nmin = 0\nmax = 9\nreason = \"r\"\n";
    let description = Description::parse(text, Path::new("x.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let examined = |rows: &[String]| {
        let path = folder.path().join("x.csv");
        fs::write(&path, format!("a,y,w\n{}\n", rows.join("\n"))).unwrap();
        let rules = Rules::of(&[Check::Duplicates]);
        examine(&Source::read(&path).unwrap(), &description, &rules, &mut |_| {}).unwrap()
    };
    let mut rows: Vec<String> = (0..60).map(|i| format!("{},{},1", i % 10, i % 2)).collect();
    for (row, text) in [
        (3, "-1,0,1"),
        (5, "inf,0,1"),
        (7, "2.5,0,1"),
        (8, "2.5,0,1"),
        (11, "99,0,1"),
        (13, ",0,1"),
        (17, "x,maybe,1"),
        (19, "1,0,-1"),
        (23, "1,0"),
        (29, "-1,0,0"),
    ] {
        rows[row] = text.into();
    }
    let report = examined(&rows).report;
    let found: Vec<(&str, &str, &[u32])> = report
        .impossible
        .iter()
        .map(|fault| (fault.column.as_str(), fault.fault.as_str(), fault.rows.as_slice()))
        .collect();
    assert_eq!(
        found,
        [
            ("", "not 3 fields", [24].as_slice()),
            ("a", "below 0", &[4]),
            ("a", "missing, and its rule refuses that", &[14]),
            ("a", "not a number", &[18]),
            ("a", "not a whole number", &[8, 9]),
            ("a", "not finite", &[6]),
            ("a", "outside 0 to 9", &[12]),
            ("w", "below 0", &[20]),
            ("y", "not \"1\" and \"0\"", &[18]),
        ]
    );
    assert!(!report.passed && report.figures.is_empty(), "{report:?}");

    // Clean but for a row that is left out: the next rows keep their places. (Ten values in sixty rows repeat by nature, so widen them.)
    let wide = text.replace("max = 9", "max = 999");
    let description = Description::parse(&wide, Path::new("x.toml")).unwrap();
    let mut rows: Vec<String> = (0..60).map(|i| format!("{i},{},1", i % 2)).collect();
    rows[2] = "2,0,0".into();
    rows.extend(["7,0,1".to_owned(), "8,1,1".to_owned()]);
    let path = folder.path().join("y.csv");
    fs::write(&path, format!("a,y,w\n{}\n", rows.join("\n"))).unwrap();
    let rules = Rules::of(&[Check::Duplicates]);
    let source = Source::read(&path).unwrap();
    let report = examine(&source, &description, &rules, &mut |_| {}).unwrap().report;
    let conflicts = report.worst().find(|j| j.measured.figure == Figure::Conflicts).unwrap();
    assert_eq!(conflicts.measured.rows, [8, 9, 61, 62], "{report:?}");
    assert_eq!((report.rows, report.left_out), (61, 1));
}
