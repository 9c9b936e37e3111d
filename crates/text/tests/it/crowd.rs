//! What one source can do to an aggregate.

use mandate_text::crowd::{Aggregate, Rules, Voice, aggregate, copies};
use proptest::collection::vec;
use proptest::prelude::*;

fn voice(source: u32, young: bool, score: i32, keys: [u64; 2]) -> Voice {
    Voice { source, young, score, keys }
}

/// Texts of a few sources with few keys, so that groups of copies are full, half full and empty.
fn voices(sources: std::ops::Range<u32>, most: usize) -> impl Strategy<Value = Vec<Voice>> {
    let score = prop_oneof![Just(10_000), Just(-10_000), -10_000..=10_000];
    let key = || prop_oneof![0u64..6, any::<u64>()];
    let one = (sources, score, key(), key())
        .prop_map(|(source, score, a, b)| voice(source, source % 3 == 0, score, [a, b]));
    vec(one, 0..most)
}

fn score(voices: &[Voice], rules: &Rules) -> i32 {
    aggregate(voices, rules).score
}

fn moved(before: &[Voice], after: &[Voice], rules: &Rules) -> u32 {
    score(before, rules).abs_diff(score(after, rules))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any texts of one source in place of any others of it, none included, move the answer by at most the cap.
    #[test]
    fn one_source_moves_the_answer_by_at_most_its_cap(
        others in voices(1..40, 60),
        (own, turned) in prop_oneof![Just(0u32), Just(100)]
            .prop_flat_map(|s| (voices(s..s + 1, 40), voices(s..s + 1, 40))),
        shout in any::<bool>(),
        cap in 2u32..10_000,
        copies in 1u32..4,
    ) {
        let rules = Rules::new(cap, copies).unwrap();
        let with = |own: &[Voice], score| {
            let say = |v: &Voice| Voice { score: if shout { score } else { v.score }, ..*v };
            let own: Vec<Voice> = own.iter().map(say).collect();
            [others.clone(), own].concat()
        };
        let (own, turned) = (with(&own, 10_000), with(&turned, -10_000));
        prop_assert!(moved(&own, &turned, &rules) <= cap);
        prop_assert!(moved(&others, &own, &rules) <= cap);
    }

    /// The order of texts changes nothing.
    #[test]
    fn order_changes_nothing(
        (texts, shuffled) in voices(0..20, 40).prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
    ) {
        let rules = Rules::default();
        prop_assert_eq!(aggregate(&texts, &rules), aggregate(&shuffled, &rules));
    }

    /// Whatever is said, the answer is a score.
    #[test]
    fn the_answer_is_bounded(mut texts in voices(0..20, 40), wild in any::<i32>()) {
        texts.iter_mut().for_each(|v| v.score = v.score.saturating_mul(wild));
        prop_assert!(score(&texts, &Rules::default()).abs() <= 10_000);
    }
}

/// A source that says the same as `others` sources say, each with its own second key.
fn crowd(sources: std::ops::Range<u32>, young: bool, score: i32) -> Vec<Voice> {
    sources.map(|s| voice(s, young, score, [7, 7])).collect()
}

/// The worst that one source can do comes near the cap: it leaves copies of fifty texts, spread over both keys, for copies of
/// fifty others, and turns its own voice around.
#[test]
fn the_cap_is_no_larger_than_it_must_be() {
    let rules = Rules::new(20, 1).unwrap();
    let other =
        |s: u32| voice(s, false, if s < 100 { 10_000 } else { -10_000 }, [s.into(), s.into()]);
    let others: Vec<Voice> = (0..200).map(other).collect();
    let copying = |first: u64, score: i32| {
        let own = (first..first + 50).map(move |key| voice(1000, false, score, [key, key + 50]));
        [others.clone(), own.collect()].concat()
    };
    let moved = moved(&copying(0, -10_000), &copying(100, 10_000), &rules);
    assert!((16..=20).contains(&moved), "{moved}");
}

#[test]
fn a_thousand_copies_weigh_what_the_rule_says() {
    let rules = Rules::new(500, 2).unwrap();
    let copied = aggregate(&crowd(0..1000, false, 10_000), &rules);
    assert_eq!(copied.weight_milli, 1999, "two masses, rounded down");
    assert_eq!(copied.score, (2 * 10_000 / (121 + 2)), "as two sources would");
    assert_eq!((copied.largest_group, copied.young_in_group), (1000, 0));
    let bots = aggregate(&crowd(0..1000, true, 10_000), &rules);
    assert_eq!(bots.weight_milli, 499, "a quarter of that");
    assert_eq!((bots.young, bots.young_in_group), (1000, 1000));
    let one = aggregate(&vec![voice(1, false, 10_000, [1, 2]); 1000], &rules);
    assert_eq!((one.weight_milli, one.sources), (999, 1), "its own copies weigh one mass");
}

#[test]
fn a_swarm_with_a_text_for_each_bot_is_held_by_the_cap_on_the_young() {
    let rules = Rules::default();
    let bots: Vec<Voice> =
        (0..10_000).map(|s| voice(s, true, 10_000, [s.into(), s.into()])).collect();
    let Aggregate { weight_milli, score, .. } = aggregate(&bots, &rules);
    assert!(weight_milli <= rules.floor() * 1000 / 4, "{weight_milli}");
    assert!(score <= 10_000 / 5, "{score}");
}

#[test]
fn independent_sources_are_heard() {
    let sources = |n: u32| (0..n).map(|s| voice(s, false, 8000, [s.into(), s.into()]));
    let said = |n| score(&sources(n).collect::<Vec<_>>(), &Rules::default());
    assert_eq!([0, 1, 121, 12_100].map(said), [0, 65, 4000, 7920]);
}

/// A near copy, with a word changed, is a copy more often than not; other texts about the same are not.
#[test]
fn near_copies_share_keys_and_other_texts_do_not() {
    let shared = |a: &str, b: &str| {
        let (a, b) = (copies::keys(a).unwrap(), copies::keys(b).unwrap());
        a.iter().zip(b).any(|(a, b)| *a == b)
    };
    let text = |who: &str| {
        format!(
            "Breaking: {who} says the new token will be listed on every large exchange within a week, get in early"
        )
    };
    let names =
        ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi", "Ivan", "Judy"];
    let near = names.iter().filter(|who| shared(&text(who), &text("Mallory"))).count();
    assert!(near >= 8, "{near} of 10");
    let other = [
        "The token was listed on a large exchange today, volume is thin",
        "Early holders of the new token say they will not sell within a week",
        "",
        "Breaking news: exchange halts withdrawals",
    ];
    assert_eq!(other.iter().filter(|o| shared(o, &text("Mallory"))).count(), 0);
}

#[test]
fn rules_out_of_range_are_refused() {
    let said = |cap, copies| Rules::new(cap, copies).unwrap_err().to_string();
    assert_eq!(said(1, 2), "cap is 1, allowed: 2 to 10000");
    assert_eq!(said(10_001, 2), "cap is 10001, allowed: 2 to 10000");
    assert_eq!(said(500, 0), "copies is 0, allowed: 1 to 1000");
}
