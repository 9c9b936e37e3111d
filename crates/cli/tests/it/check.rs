//! `mandate check`: the example is sound, and every malformed design gets its error, its place and a way out.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The design that the tests mangle: fixed, so that the example may change.
fn example() -> String {
    include_str!("../fixtures/design.toml").into()
}

/// The design that the demo runs and that a newcomer sees first.
fn shipped() -> String {
    fs::read_to_string(repository().join("examples/lending/token.toml"))
        .expect("the example is there")
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mandate")).args(arguments).output().expect("mandate starts")
}

/// Runs `check` on `design`, and answers exit code, stdout and stderr.
fn check(design: &str, flags: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("token.toml");
    fs::write(&file, design).expect("the design is written");
    let file = file.display().to_string();
    let output = run(&[&["check", &file], flags].concat());
    let text =
        |bytes| String::from_utf8(bytes).expect("output is text").replace(&file, "token.toml");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Line and column, from 1, of the first `needle`.
fn place(text: &str, needle: &str) -> String {
    let at = text.find(needle).unwrap_or_else(|| panic!("no {needle:?} in the design"));
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = text[..at].matches('\n').count() + 1;
    format!("token.toml:{line}:{}", text[line_start..at].chars().count() + 1)
}

#[test]
fn the_example_is_sound() {
    let (code, answer, talk) = check(&example(), &[]);
    assert_eq!((code, talk.as_str()), (Some(0), ""));
    for words in
        ["the design is sound", "new credit, nobody reacts", "σ = 20%", "T_liq = 1d", "R = 4h"]
    {
        assert!(answer.contains(words), "{words:?} is not in\n{answer}");
    }
}

#[test]
fn the_shipped_design_is_sound() {
    let (code, answer, talk) = check(&shipped(), &["--json"]);
    assert_eq!((code, talk.as_str()), (Some(0), ""));
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("the answer is JSON");
    assert_eq!((&answer["sound"], &answer["symbol"]), (&true.into(), &"mUSDC".into()));
}

#[test]
fn json_carries_the_same_figures() {
    let (code, answer, _) = check(&example(), &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("the answer is JSON");
    assert_eq!(code, Some(0));
    assert_eq!(answer["sound"], true);
    let horizons = answer["worst_case"].as_array().expect("a list");
    let of = |index: usize, name: &str| -> u128 {
        horizons[index][name]["amount"].as_str().expect("a string").parse().expect("an integer")
    };
    assert_eq!(
        horizons.iter().map(|h| h["horizon_s"].as_u64().unwrap()).collect::<Vec<_>>(),
        [3_600, 86_400, 604_800]
    );
    for component in ["credit_open", "sup_rate", "bor_rate", "supplier_harm"] {
        assert!(
            of(0, component) < of(1, component) && of(1, component) < of(2, component),
            "{component}"
        );
    }
    assert_eq!(of(1, "supplier_harm"), of(1, "credit_open") + of(1, "sup_rate"));
    assert_eq!(of(1, "supplier_loss"), of(1, "supplier_harm") + of(1, "baseline"));
    // A day: what agents may use of drift and its refill, grown by G = exp(0.8 · 33 / 365), in units of 1e-6.
    let growth = (0.8f64 * 33.0 / 365.0).exp();
    let expected = (32_000.0 + 20_000.0) * growth * 1e6;
    let credit = of(1, "credit_open") as f64;
    assert!((credit / expected - 1.0).abs() < 1e-9, "{credit}, expected {expected}");
}

/// A design with one thing changed, and the problem it has: what is replaced, by what, where the error points, its title, and a
/// word of its help.
#[rustfmt::skip]
const MALFORMED: &[(&str, &str, &str, &str, &str)] = &[
    ("[token]", "[token", "\n", "this is not TOML", "syntax"),
    ("name = \"Mandate", "name = \"\" # \"", "\"\"", "`token.name` is not a string", "at least one character"),
    ("decimals = 6", "decimals = 19", "19", "`assets.loan.decimals` is not a whole number", "at most 18"),
    ("decimals = 6", "decimals = true", "true", "`assets.loan.decimals` has the wrong type", "write a whole number"),
    ("symbol = \"ETH\"", "symbol = \"USD\"", "\"USD\"\ndecimals = 18", "collateral and loan asset are the same", "another asset"),
    ("quantum = 0.01", "quantum = 0.0000001", "0.0000001", "`market.quantum` is not an amount", "at most 6 decimal places"),
    ("min_debt = 50", "min_debt = 1_000_001", "1_000_001", "the smallest debt is out of range", "liquidation"),
    ("borrow_cap = 1_000_000", "borrow_cap = -5", "-5", "`market.borrow_cap` is not an amount", "plain decimal number"),
    ("rate_cap = \"40%\"", "rate_cap = 40", "40 ", "`market.rate_cap` is not a yearly rate", "percent sign"),
    ("rate_bound = \"80%\"", "rate_bound = \"79%\"", "\"79%\"", "the greatest rate exceeds the rate bound", "raise rate_bound"),
    ("min_multiplier = 0.5", "min_multiplier = 0.49", "0.49", "the multiplier's lower end is out of range", "0.5 to 1"),
    ("max_lambda = \"85%\"", "max_lambda = \"96%\"", "\"96%\"", "a liquidation at the greatest threshold would not improve health", "max_lambda · (1 + bonus)"),
    ("bonus = \"5%\"", "bonus = \"101%\"", "\"101%\"", "`market.bonus` is not a share", "at most 100%"),
    ("max_tenor = \"30d\"", "max_tenor = \"30 days\"", "\"30 days\"", "`market.max_tenor` is not a duration", "s, m, h or d"),
    ("score_age = \"1d\"", "score_age = \"11h\"", "\"12h\"\nlimit", "a report could outlive the scores it makes", "lengthen market.score_age"),
    ("window = \"1d\"", "window = \"3d\"", "\"3d\"\ngrace", "the window is longer than governance waits", "kernel.min_delay"),
    ("grace = \"6h\"", "grace = \"6h 1s\"", "\"6h 1s\"", "grace is longer than a quarter of the window", "shorten grace"),
    ("finality = \"2d\"", "finality = \"23h\"", "\"23h\"", "decisions would be final before their window is over", "lengthen finality"),
    ("tau = \"6h\" ", "tau = \"59m\"", "\"59m\"", "the multiplier would fade between two possible decisions", "one decision per epoch"),
    ("exit_reserve = \"10%\"", "exit_reserve = \"10.001%\"", "\"10.001%\"", "`mandate.exit_reserve` is not a share", "at most 2 decimal places"),
    ("share = \"100%\"", "share = \"0%\"", "\"0%\"", "an agent has no share", "write its share"),
    ("[[agents]]", "[agents]", "agents]", "`agents` has the wrong type", "list of tables"),
    ("share = \"100%\"", "share = \"100%\"\naddress = \"0x12\"", "\"0x12\"", "`agents[0].address` is not an address", "40 hexadecimal digits"),
    ("instant = 20_000", "instant = 40_001", "40_001", "the instant capacity exceeds the drift capacity", "lower instant"),
    ("max = 1.5\nstep", "max = 0.9\nstep", "0.9", "the rate corridor must contain 1", "1 to market.max_multiplier"),
    ("step = 0.05", "step = 0", "0\ndelay", "the rate step is out of range", "corridor's width"),
    ("undo_time = \"18h\"", "undo_time = \"17h\"", "\"17h\"", "a rate move could outlast the time it is charged for", "tau + mandate.tau_r"),
    ("limit = { max = 10_000,", "limit = { max = 10_000.001,", "10_000.001", "an amount is not a multiple of the quantum", "market.quantum"),
    ("lambda = { max = \"85%\"", "lambda = { max = \"86%\"", "\"86%\"", "the threshold's corridor leaves the market's", "max_lambda"),
    ("lambda = \"80%\"", "lambda = \"70%\"", "\"70%\"\nspread", "the threshold is not above the borrow factor", "raise lambda or lower factor"),
    ("unsecured = 250", "unsecured = 2_501", "2_501", "the unsecured part exceeds the limit", "lower unsecured"),
    ("limit = 5_000", "limit = 10_001", "10_001", "a band leaves the mandate's corridor", "widen the corridor"),
    ("unsecured = { max = 2_000, step = 2_000 }", "unsecured = { max = 2_000, step = 999 }", "1_000\nfactor", "a band lies further than one step away", "raise the component's step"),
    ("up_to = \"15%\"", "up_to = \"5%\"", "\"5%\"\nforecast = \"10%\"", "bands are not ascending", "sort the bands"),
    ("up_to = \"100%\"", "up_to = \"99%\"", "\"99%\"", "the bands leave forecasts without terms", "reach 100%"),
    ("limit = 1_000", "limit = 3_000", "[[bands]]\nup_to = \"30%\"", "a worse forecast earns riskier terms", "not rise"),
    ("tenor = \"14d\"", "tenor = \"14d 30m\"", "\"14d 30m\"", "a tenor is not in whole hours", "whole hours"),
    ("quorum = 4", "quorum = 3", "3\nfaulty", "two quorums might share no honest signer", "⌊(members + faulty)/2⌋ + 1"),
    ("quorum = 4", "quorum = 5", "5\nfaulty", "faulty signers could block every report", "add members"),
    ("[signers.price]\nmembers = 5\nquorum = 4\nfaulty = 1", "[signers.price]\nmembers = 6\nquorum = 4\nfaulty = 2", "6\nquorum", "a faulty price signer could move the median", "3·faulty + 1"),
    ("greatest_age = \"2h\"", "greatest_age = \"25h\"", "\"25h\"", "prices may be older than liquidations use", "T_liq"),
    ("[oracle]", "[oracle]\nleast_price = 0", "0\n", "no price would be believable", "greatest_price"),
    ("[oracle]", "[oracle]\nleast_price = 3\ngreatest_price = 2", "3\n", "no price would be believable", "raise oracle.greatest_price"),
    ("greatest_deviation = \"5%\"", "greatest_deviation = \"0%\"", "\"0%\"", "the greatest deviation is out of range", "another round"),
    ("reaction = \"4h\"", "reaction = \"25h\"", "\"25h\"", "the guardian is assumed to react after the window", "veto in time"),
    ("reaction = \"4h\"", "reactoin = \"4h\"", "reactoin", "unknown field `assumptions.reactoin`", "did you mean `reaction`?"),
    ("[oracle]", "[orcale]", "orcale", "unknown field `orcale`", "did you mean `oracle`?"),
];

#[test]
fn every_malformed_design_gets_its_error_its_place_and_a_way_out() {
    let example = example();
    for (from, to, points_at, title, help) in MALFORMED {
        assert!(example.contains(from), "{from:?} is not in the example");
        let design = example.replacen(from, to, 1);
        let (code, answer, talk) = check(&design, &[]);
        assert_eq!((code, answer.as_str()), (Some(1), ""), "{to}: {talk}");
        let problems: Vec<&str> = talk.split("error: ").skip(1).collect();
        let found = problems.iter().find(|problem| problem.starts_with(title));
        let found = found.unwrap_or_else(|| panic!("{to:?}: no {title:?} in\n{talk}"));
        // The change stands at or after the place where the original stood.
        let from_here = example.find(from).expect("checked above");
        let after = design[from_here..].find(points_at).map(|n| n + from_here);
        let expected = after.map_or_else(|| place(&design, points_at), |at| place_at(&design, at));
        assert!(found.contains(&expected), "{to:?}: not at {expected} but\n{found}");
        let hint = found.split("= help: ").nth(1).expect("every problem ends with what to do");
        assert!(hint.contains(help), "{to:?}: {help:?} is not in {hint:?}");
    }
    assert!(MALFORMED.len() >= 15);
}

fn place_at(text: &str, at: usize) -> String {
    place(&format!("{}\u{1}", &text[..at]), "\u{1}")
}

#[test]
fn several_problems_come_at_once_and_in_order() {
    let design = example()
        .replace("borrow_cap = 1_000_000", "borrow_cap = \"lots\"")
        .replace("reaction = \"4h\"", "")
        .replace("share = \"100%\"", "share = \"all\"");
    let (code, _, talk) = check(&design, &[]);
    assert_eq!(code, Some(1));
    let at = |words| talk.find(words).unwrap_or_else(|| panic!("no {words:?} in\n{talk}"));
    assert!(
        at("market.borrow_cap") < at("agents[0].share")
            && at("agents[0].share") < at("assumptions.reaction")
    );
    assert!(talk.contains("3 problems"));
    let (_, json, _) = check(&design, &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("the answer is JSON");
    assert_eq!(json["sound"], false);
    assert_eq!(json["problems"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["problems"][0]["line"], 19);
}

#[test]
fn what_cannot_be_read_is_another_exit_code() {
    let missing = run(&["check", "no/such/token.toml"]);
    assert_eq!(missing.status.code(), Some(3));
    let talk = String::from_utf8(missing.stderr).unwrap();
    assert!(
        talk.contains("cannot read no/such/token.toml")
            && talk.contains("examples/lending/token.toml"),
        "{talk}"
    );
    assert_eq!(run(&["check", "--no-such-flag"]).status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.toml");
    fs::write(&file, vec![b'#'; (1 << 20) + 1]).unwrap();
    let large = run(&["check", &file.display().to_string()]);
    assert_eq!(large.status.code(), Some(3));
    fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(run(&["check", &file.display().to_string()]).status.code(), Some(3));
}

/// Cutting or mangling the example anywhere never makes the program panic.
#[test]
fn mangled_designs_never_panic() {
    let example = example();
    let boundaries: Vec<usize> =
        (0..example.len()).filter(|at| example.is_char_boundary(*at)).collect();
    for at in boundaries.iter().step_by(97) {
        let cut = &example[..*at];
        let flipped = format!("{cut}]\"{}", &example[*at..]);
        for design in [cut, &flipped] {
            let (code, _, talk) = check(design, &[]);
            assert!(matches!(code, Some(0 | 1)), "{talk}");
            assert!(!talk.contains("panicked"), "{talk}");
        }
    }
}

#[test]
fn the_manual_has_every_field() {
    let manual =
        fs::read_to_string(repository().join("docs/parameters.md")).expect("the manual is there");
    let mut section = String::new();
    for line in [example(), shipped()].concat().lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_matches(['[', ']']).into();
        } else if let Some((key, _)) = line.split_once('=') {
            let field = format!("`{section}.{}`", key.trim());
            assert!(manual.contains(&field), "docs/parameters.md lacks {field}");
        }
    }
    for field in [
        "kernel.governor",
        "kernel.guardian",
        "agents.address",
        "assumptions.total_risk",
        "assumptions.rate_at_target",
    ] {
        assert!(manual.contains(&format!("`{field}`")), "docs/parameters.md lacks {field}");
    }
}
