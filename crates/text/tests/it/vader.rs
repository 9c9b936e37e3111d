//! VADER's published figures, where the lexicon is at hand, and each rule by a small lexicon, where it is not.

use std::collections::HashMap;

use mandate_text::vader::{Lexicon, Scores, Vader};
use serde_json::Value;

use crate::data;

fn published() -> Option<Vader> {
    let lexicon = data("04_sentiment/vader_lexicon.txt")?;
    let emoji = data("04_sentiment/emoji_utf8_lexicon.txt")?;
    Some(Vader::new(Lexicon::parse(&lexicon, &emoji).expect("the published lexicon")))
}

/// A decimal figure as an integer.
fn figure(text: &str, places: i32) -> i32 {
    (text.parse::<f64>().expect("a figure") * 10f64.powi(places)).round() as i32
}

fn figures(scores: Scores) -> [i32; 4] {
    [scores.negative.into(), scores.neutral.into(), scores.positive.into(), scores.compound]
}

#[test]
fn all_4200_tweets_have_the_published_figures() {
    let Some(vader) = published() else { return };
    let Some(tweets) = data("04_sentiment/vader_tweets_GroundTruth.tsv") else { return };
    let Some(expected) = data("07_reference_vectors/vader_tweets_expected.tsv") else { return };
    let texts: HashMap<&str, &str> = tweets
        .trim_end_matches('\n')
        .split('\n')
        .map(|line| {
            let mut fields = line.splitn(3, '\t');
            (fields.next().expect("an id"), fields.nth(1).expect("a text"))
        })
        .collect();
    let mut equal = 0;
    for line in expected.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let want = [2, 3, 4, 5].map(|i| figure(fields[i], if i == 5 { 4 } else { 3 }));
        let text = texts[fields[0]];
        assert_eq!(figures(vader.score(text).unwrap()), want, "tweet {}: {text}", fields[0]);
        equal += 1;
    }
    assert_eq!(equal, 4200);
}

#[test]
fn the_readme_examples_have_the_figures_of_the_program() {
    let Some(vader) = published() else { return };
    let Some(examples) = data("07_reference_vectors/vader_readme_examples.json") else { return };
    let examples: Vec<Value> = serde_json::from_str(&examples).expect("JSON");
    for example in &examples {
        let text = example["text"].as_str().expect("a text");
        let want = [("neg", 3), ("neu", 3), ("pos", 3), ("compound", 4)]
            .map(|(key, places)| figure(&example[key].to_string(), places));
        assert_eq!(figures(vader.score(text).unwrap()), want, "{text}");
    }
    assert_eq!(examples.len(), 16);
}

/// Twelve words are enough to ask every rule.
fn small() -> Vader {
    let lexicon = "good\t1.9\nbad\t-2.5\nno\t-1.2\n:)\t2.0\nkind\t2.4\nfun\t2.3\nshit\t-2.6\nass\t-2.5\nheart\t3.2\n";
    Vader::new(Lexicon::parse(lexicon, "💋\tgood kiss").expect("a lexicon"))
}

fn compound(text: &str) -> i32 {
    small().score(text).expect("a score").compound
}

/// What a sum of valences, in thousandths, is as a compound.
fn of_sum(thousandths: f64) -> i32 {
    let s = thousandths / 1000.0;
    (s / (s * s + 15.0).sqrt() * 1e4).round() as i32
}

#[test]
fn each_rule_does_what_the_paper_says() {
    let cases = [
        ("good", 1900.0),
        ("the good", 1900.0),
        ("GOOD thing", 1900.0 + 733.0),
        ("GOOD THING", 1900.0),
        ("good!!!!!!", 1900.0 + 4.0 * 292.0),
        ("good??", 1900.0 + 360.0),
        ("good?????", 1900.0 + 960.0),
        ("very good", 1900.0 + 293.0),
        ("VERY good", 1900.0 + 293.0 + 733.0),
        ("hardly good", 1900.0 - 293.0),
        ("very bad", -2500.0 - 293.0),
        ("very x good", 1900.0 + 293.0 * 0.95),
        ("very x y good", 1900.0 + 293.0 * 0.9),
        ("very x y z good", 1900.0),
        ("not good", 1900.0 * -0.74),
        ("isn't x y good", 1900.0 * -0.74),
        ("not very good", (1900.0 + 293.0) * -0.74),
        ("never so good", (1900.0 + 293.0) * 1.25),
        ("without doubt good", 1900.0),
        ("no good", 1900.0 * -0.74),
        ("no x good", -1200.0 + 1900.0 * -0.74),
        ("no x or good", -1200.0 + 1900.0 * -0.74),
        ("least good", 1900.0 * -0.74),
        ("at least good", 1900.0),
        ("kind of good", 1900.0),
        ("it is kind of good", 1900.0 - 293.0),
        ("that is the shit", 3000.0),
        ("x to y bad ass", 1500.0 - 2500.0 + 2500.0 + 1500.0),
        ("good but bad", 1900.0 * 0.5 - 2500.0 * 1.5),
        ("good good but", 1900.0),
        ("💋x", 1900.0),
        (":)", 2000.0),
        ("", 0.0),
        ("\u{1c}good\u{85}\u{2003}", 1900.0),
    ];
    for (text, sum) in cases {
        assert_eq!(compound(text), of_sum(sum), "{text:?}");
    }
}

/// Of two equal valences behind "but" the first is raised, then the second: by then they differ. But one that equals a halved
/// one raises nothing and halves that again.
#[test]
fn but_goes_by_value() {
    let lexicon = Lexicon::parse("two\t2.0\none\t1.0\n", "").unwrap();
    let vader = Vader::new(lexicon);
    let compound = |text| vader.score(text).unwrap().compound;
    assert_eq!(compound("two but two"), of_sum(1000.0 + 3000.0));
    assert_eq!(compound("two but one"), of_sum(500.0 + 1000.0));
}
