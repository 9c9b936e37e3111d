//! The linear model: bounded, repeatable, able to learn.

use mandate_text::linear::{Class, Example, Figures, Grams, Linear, Settings, train};
use proptest::prelude::*;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const GOOD: [&str; 4] = ["beats", "soars", "upgraded", "record"];
const BAD: [&str; 4] = ["misses", "falls", "downgraded", "loss"];
const OTHER: [&str; 8] = ["the", "company", "shares", "today", "quarter", "market", "of", "on"];

/// Invented headlines: some filler, and a telling word or none.
pub(crate) fn headlines(seed: u64, n: usize) -> Vec<(String, Class)> {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|i| {
            let (telling, class) = match i % 3 {
                0 => (BAD.choose(&mut draws), Class::Negative),
                1 => (None, Class::Neutral),
                _ => (GOOD.choose(&mut draws), Class::Positive),
            };
            let mut words: Vec<&str> =
                (0..6).map(|_| *OTHER.choose(&mut draws).expect("some")).collect();
            if let Some(word) = telling {
                words.insert(draws.random_range(0..6), word);
            }
            (words.join(" "), class)
        })
        .collect()
}

fn examples(texts: &[(String, Class)], bits: u8) -> Vec<Example> {
    let example = |(text, class): &(String, Class)| Example {
        grams: Grams::of(text, bits).expect("short"),
        class: *class,
    };
    texts.iter().map(example).collect()
}

fn trained(seed: u64) -> Linear {
    let settings = Settings { bits: 12, seed, ..Settings::default() };
    train(&examples(&headlines(7, 300), 12), &settings, &mut || {}).expect("three classes")
}

#[test]
fn what_is_learnt_holds_for_texts_never_seen() {
    let model = trained(1);
    let test = examples(&headlines(8, 300), 12);
    let pairs: Vec<(usize, usize)> =
        test.iter().map(|e| (e.class as usize, model.class(&e.grams))).collect();
    let figures = Figures::of(&pairs, 3);
    assert!(figures.accuracy > 0.95, "{figures:?}");
    let score = |text: &str| model.judge(text).unwrap().score;
    assert!(score("company soars") > 3000 && score("shares falls") < -3000);
    assert_eq!(score(" \u{200b} "), 0, "silence says nothing");
}

/// The identity is fixed: the same on every machine, in debug and in release.
#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(trained(1).encode(), trained(1).encode());
    assert_ne!(trained(1).id(), trained(2).id());
    assert_eq!(
        trained(1).id().to_string(),
        "0x2d07480692fd4a9565fbbc735ea46136b42d78b78c5750fcdadfbcf897418b1e"
    );
}

#[test]
fn a_class_without_texts_and_settings_out_of_range_are_refused() {
    let two: Vec<_> =
        headlines(7, 30).into_iter().filter(|(_, class)| *class != Class::Neutral).collect();
    let said = |texts: &[(String, Class)], settings: Settings| {
        train(&examples(texts, 12), &settings, &mut || {})
            .map(|m| m.bits())
            .unwrap_err()
            .to_string()
    };
    let settings = Settings { bits: 12, ..Settings::default() };
    assert_eq!(
        said(&two, settings),
        "class \"Neutral\" has 0 rows to learn from, at least 1 needed"
    );
    let bits = Settings { bits: 19, ..settings };
    assert_eq!(said(&two, bits), "bits is 19, allowed: 8 to 18");
    let epochs = Settings { epochs: 0, neutral: false, ..settings };
    assert_eq!(said(&two, epochs), "epochs is 0, allowed: 1 to 1000");
    let two_classes = Settings { neutral: false, ..settings };
    let model = train(&examples(&two, 12), &two_classes, &mut || {}).unwrap();
    let judgement = model.judge("upgraded").unwrap();
    assert!(judgement.score > 0 && judgement.neutral == 0, "{judgement:?}");
    assert!(said(&headlines(7, 30), two_classes).starts_with("class \"Neutral\""));
}

/// A file with any weights at all: the head in order, everything behind it drawn.
fn any_model() -> impl Strategy<Value = Linear> {
    (2u8..=3, 0u8..=24, any::<u64>(), any::<bool>()).prop_map(|(classes, shift, seed, extreme)| {
        let mut draws = ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = b"mandtxt1".to_vec();
        bytes.extend([classes, 8, shift]);
        let body = 4 * usize::from(classes) + ((2 * usize::from(classes)) << 8);
        bytes.extend((0..body).map(|i| {
            if extreme { if i % 2 == 0 { 0x80 } else { 0 } } else { draws.random::<u8>() }
        }));
        Linear::decode(&bytes).expect("any weights are allowed")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the weights and the text, the score is one.
    #[test]
    fn scores_are_bounded_whatever_the_weights(model in any_model(), text in ".{0,200}") {
        let judgement = model.judge(&text).unwrap();
        prop_assert!(judgement.score.abs() <= 10_000);
        let shares = [judgement.negative, judgement.neutral, judgement.positive];
        prop_assert!(shares.iter().all(|s| *s <= 10_000));
        let sum: u32 = shares.iter().map(|s| u32::from(*s)).sum();
        prop_assert!(sum == 0 || (9_998..=10_000).contains(&sum), "{sum}");
    }
}
