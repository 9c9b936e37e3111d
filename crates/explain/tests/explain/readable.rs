//! What people read: changes, notices, plots, from a model with hostile names.

use mandate_explain::{
    Action, Adverse, Case, Decision, Direction, ExplainError, Notice, Search, Words, changes_text,
    counterfactuals, importance, plot,
};
use mandate_model::{
    Explainer, Explanation, Feature, Head, Link, MISSING, Missing, Model, Node, Program, Schema,
    TreesBuilder, pack,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const HOSTILE: &str = "<script>alert('1')</script> & \"two\"\u{1b}[31m";

fn feature(name: &str, unit: &str, scale: (u32, u32)) -> Feature {
    Feature {
        name: name.to_owned(),
        unit: unit.to_owned(),
        scale_num: scale.0,
        scale_den: scale.1,
        low: 0,
        high: 2_000,
        missing: Missing::Keep,
        reason: format!("{name} speaks"),
    }
}

fn schema() -> Schema {
    let features = vec![
        feature("late payments", "", (1, 1)),
        feature("income", "kEUR", (100, 1)),
        feature(HOSTILE, "<b>", (1, 1000)),
    ];
    Schema::new("chance of default", features).unwrap()
}

/// Late payments beyond 2, and again beyond 5, count against a person; income of 8 or more counts for her; both together decide.
fn model() -> Model {
    let late = Node::split(0, 3, true, Node::leaf(-300, 60), Node::leaf(500, 40));
    let very = Node::split(0, 6, true, Node::leaf(0, 90), Node::leaf(700, 10));
    let income = Node::split(1, 800, false, Node::leaf(250, 50), Node::leaf(-350, 50));
    let other = Node::split(2, 7, true, Node::leaf(20, 50), Node::leaf(-20, 50));
    let mut builder = TreesBuilder::new();
    [late, very, income, other].into_iter().for_each(|tree| builder.push(tree).unwrap());
    let (schema_hash, explain_hash) = Default::default();
    let head =
        Head { link: Link::Logistic, features: 3, shift: 8, bias: 0, schema_hash, explain_hash };
    let (program, explain) = builder.build(head).unwrap();
    Model::new(program, schema(), explain).unwrap()
}

const TOML: &str = r#"
[[actionable]]
feature = "late payments"
direction = "down"
step = 1
least = 0
singular = "late payment"
plural = "late payments"

[[actionable]]
feature = "income"
direction = "up"
step = 0.5
"#;

fn decision() -> Decision {
    Decision::at(0.5, Adverse::Above).unwrap()
}

fn search(model: &Model, actions: &[Action], values: [i32; 3]) -> Search {
    counterfactuals(model.program(), actions, &pack(&values).unwrap(), &decision()).unwrap()
}

#[test]
fn the_smallest_changes_come_first_in_words() {
    let (model, words) = (model(), Words::parse(TOML, &schema()).unwrap());
    let search = search(&model, &words.actions, [4, 650, 3]);
    let told: Vec<String> = search
        .found
        .iter()
        .map(|found| changes_text(model.schema(), &words.actions, &found.changes))
        .collect();
    assert_eq!(told, ["with two fewer late payments (2 in place of 4)"]);
    assert!(search.complete);
    let one = self::search(&model, &words.actions, [3, 700, 3]);
    let told = changes_text(model.schema(), &words.actions, &one.found[0].changes);
    assert_eq!(told, "with one fewer late payment (2 in place of 3)");
    let both = self::search(&model, &words.actions, [6, 650, 3]);
    let told = changes_text(model.schema(), &words.actions, &both.found[0].changes);
    assert_eq!(told, "with four fewer late payments (2 in place of 6)");
}

#[test]
fn nobody_is_told_to_change_what_cannot_be_changed() {
    let (model, words) = (model(), Words::parse(TOML, &schema()).unwrap());
    let income = &words.actions[1..];
    let none = search(&model, income, [9, 650, 3]);
    assert!(none.found.is_empty() && none.complete && none.tries > 0);
    // A missing value has nothing to step from.
    let missing = search(&model, income, [9, MISSING, 3]);
    assert!(missing.found.is_empty() && missing.tries == 0);
    let up = Action { direction: Direction::Up, ..words.actions[0].clone() };
    assert!(search(&model, &[up], [4, 650, 3]).found.is_empty());
    let error = counterfactuals(model.program(), &[], &pack(&[1, 1, 1]).unwrap(), &decision());
    assert!(matches!(error, Err(ExplainError::NothingActionable)));
}

/// Random trees over three features: the first answer is as small as the best of all inputs that can be reached.
#[test]
fn no_smaller_change_exists_than_the_first_found() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let action = |feature| Action {
        feature,
        direction: Direction::Both,
        step: 2,
        least: 0,
        most: 20,
        counted: None,
    };
    let actions = [action(0), action(1), action(2)];
    let (mut found, mut none) = (0, 0);
    for _ in 0..150 {
        let program = random(&mut rng);
        let values: [i32; 3] = std::array::from_fn(|_| rng.random_range(0..=20));
        let packed = pack(&values).unwrap();
        let decision = Decision { threshold_wad: 0, adverse: Adverse::Above };
        if !decision.is_adverse(program.run(&packed).unwrap()) {
            continue;
        }
        let ours = counterfactuals(&program, &actions, &packed, &decision).unwrap();
        let best = best(&program, values, &decision);
        let steps = |found: &mandate_explain::Counterfactual| {
            found.changes.iter().map(|change| change.steps).sum::<u32>()
        };
        assert_eq!(ours.found.first().map(steps), best);
        for counterfactual in &ours.found {
            let mut changed = values;
            counterfactual.changes.iter().for_each(|c| changed[actions[c.action].feature] = c.to);
            let output = program.run(&pack(&changed).unwrap()).unwrap();
            assert_eq!(output, counterfactual.output_wad);
            assert!(!decision.is_adverse(output));
        }
        if best.is_some() { found += 1 } else { none += 1 }
    }
    assert!(found > 30 && none > 5, "{found} found, {none} without");
}

fn random(rng: &mut impl Rng) -> Program {
    fn tree(rng: &mut impl Rng, depth: u8) -> Node {
        if depth == 0 {
            return Node::leaf(rng.random_range(-100..=140), 1);
        }
        let (left, right) = (tree(rng, depth - 1), tree(rng, depth - 1));
        Node::split(rng.random_range(0..3), rng.random_range(0..=20), true, left, right)
    }
    let mut builder = TreesBuilder::new();
    (0..2).for_each(|_| builder.push(tree(rng, 3)).unwrap());
    let (schema_hash, explain_hash) = Default::default();
    let head =
        Head { link: Link::Identity, features: 3, shift: 0, bias: 0, schema_hash, explain_hash };
    builder.build(head).unwrap().0
}

/// Fewest steps of two, over everything that can be reached.
fn best(program: &Program, values: [i32; 3], decision: &Decision) -> Option<u32> {
    let reach = |x: i32| (0..=20).filter(move |y| (y - x) % 2 == 0);
    let mut best = None;
    for a in reach(values[0]) {
        for b in reach(values[1]) {
            for c in reach(values[2]) {
                if !decision.is_adverse(program.run(&pack(&[a, b, c]).unwrap()).unwrap()) {
                    let steps = [a, b, c].iter().zip(values).map(|(y, x)| y.abs_diff(x) / 2).sum();
                    best = Some(best.map_or(steps, |least: u32| least.min(steps)));
                }
            }
        }
    }
    best
}

#[test]
fn words_that_do_not_fit_the_model_are_refused_with_what_is_allowed() {
    let cases = [
        (
            "[[actionable]]\nfeature = \"age\"\ndirection = \"up\"\nstep = 1",
            "no feature \"age\" in the model, allowed: late payments, income",
        ),
        (
            "[[actionable]]\nfeature = \"income\"\ndirection = \"up\"\nstep = 0",
            "actionable income: step is 0, allowed: positive, and a multiple of 0.01",
        ),
        (
            "[[actionable]]\nfeature = \"income\"\ndirection = \"up\"\nstep = 0.005",
            "actionable income: step is 0.005",
        ),
        (
            "[[actionable]]\nfeature = \"income\"\ndirection = \"up\"\nstep = nan",
            "actionable income: step is NaN",
        ),
        (
            "[[actionable]]\nfeature = \"income\"\ndirection = \"up\"\nstep = -1",
            "actionable income: step is -1",
        ),
        (
            "[[actionable]]\nfeature = \"income\"\ndirection = \"up\"\nstep = 1\nleast = 5\nmost = 4",
            "least is 5 above most",
        ),
        (
            "[[actionable]]\nfeature = \"income\"\ndirection = \"up\"\nstep = 1\nsingular = \"x\"",
            "singular is one of two",
        ),
        ("[[actionable]]\nfeature = \"income\"\ndirection = \"away\"\nstep = 1", "line 3: "),
        ("[[actionable]]\nfeature = \"income\"\n", "line 1: missing field `direction`"),
        ("[notice]\ncolour = 3", "line 2: unknown field `colour`"),
        ("[[actionable", "line 1: "),
    ];
    for (toml, told) in cases {
        let error = Words::parse(toml, &schema()).expect_err(toml);
        assert!(error.to_string().contains(told), "{toml}: {error}");
        assert!(!error.hint().is_empty());
    }
    let twice = [TOML, TOML].concat();
    let error = Words::parse(&twice, &schema()).unwrap_err();
    assert!(error.to_string().contains("it stands twice"), "{error}");
}

fn notice(model: &Model, values: [i32; 3], words: &Words, search: Option<&Search>) -> Notice {
    let packed = pack(&values).unwrap();
    Notice::new(&Case {
        model,
        packed: &packed,
        split: &model.explain(&packed).unwrap(),
        output_wad: model.program().run(&packed).unwrap(),
        decision: &decision(),
        words,
        search,
        reference: "0x1234",
    })
}

#[test]
fn a_notice_has_reasons_what_was_used_changes_and_how_to_contest() {
    let model = model();
    let toml = format!("[notice]\ndecision = \"Declined.\"\nissuer = \"A & B\"\n{TOML}");
    let words = Words::parse(&toml, &schema()).unwrap();
    let search = search(&model, &words.actions, [4, 650, 3]);
    let text = notice(&model, [4, 650, 3], &words, Some(&search)).text();
    for words in [
        "A & B: notice of a decision",
        "Declined.",
        "Reference: 0x1234",
        "1. late payments speaks (here: 4); this raised the estimate",
        "2. income speaks (here: 6.5 kEUR); this raised the estimate",
        "computed from 3 pieces of information",
        "With two fewer late payments (2 in place of 4), the estimate would be 47.1 %",
        "How to contest",
        "ask for a person to look",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let fine = notice(&model, [0, 900, 3], &words, None).text();
    assert!(fine.contains("did not go against you") && !fine.contains("Declined"), "{fine}");
    assert!(fine.contains("this lowered the estimate"), "{fine}");
}

#[test]
fn hostile_names_stay_text_in_pages_and_plots() {
    let model = model();
    let toml = format!("[notice]\ncontest = {HOSTILE:?}\n").replace("\\u{1b}", "\\u001b");
    let words = Words::parse(&toml, &schema()).unwrap();
    let packed = pack(&[4, MISSING, 9]).unwrap();
    let split = model.explain(&packed).unwrap();
    let waterfall = plot::waterfall(&model, &packed, &split, HOSTILE);
    let page = notice(&model, [4, MISSING, 9], &words, None).page(&waterfall);
    let rows: Vec<u8> = (0..40).flat_map(|i| pack(&[i % 9, i * 20, i % 11]).unwrap()).collect();
    let splits: Vec<Explanation> = Explainer::new(&model).explain_all(&rows).unwrap();
    let ranking = importance(&splits, 8);
    assert_eq!(ranking.iter().map(|one| one.feature).collect::<Vec<_>>(), [0, 1, 2]);
    let bars = plot::importance(&model, &ranking, HOSTILE);
    let dots = plot::dependence(&model, 2, &rows, &splits, HOSTILE);
    for drawn in [&waterfall, &page, &bars, &dots] {
        assert!(!drawn.contains("<script") && !drawn.contains('\u{1b}') && !drawn.contains("<b>"));
        assert!(drawn.contains("&lt;script&gt;"), "{drawn}");
        assert!(!drawn.contains("NaN") && !drawn.contains("\"inf"), "{drawn}");
    }
    assert_eq!(dots.matches("<circle").count(), 40);
}
