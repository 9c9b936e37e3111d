//! What stands around a word changes its valence.

use std::collections::{BTreeSet, HashMap};

use super::valence::{Valence, times};
use super::vocabulary::{CAPITALS, NEGATION, booster_pair, idiom};
use super::words::Words;

/// How far back a word listens.
const REACH: usize = 3;
/// What boosters count for one, two and three words back, in hundredths.
const FADING: [i128; REACH] = [100, 95, 90];

/// The valence of the word at `i`, zero if it says nothing.
pub(super) fn valence(words: &Words, i: usize) -> Valence {
    let word = words.get(i);
    let kind_of = word.lower == "kind" && words.reads(Some(i + 1), "of");
    let Some(listed) = word.valence.filter(|_| word.booster.is_none() && !kind_of) else {
        return 0;
    };
    let mut valence = after_no(words, i, listed);
    if words.shouts(i) {
        valence += if valence > 0 { CAPITALS } else { -CAPITALS };
    }
    for back in 1..=REACH.min(i) {
        if words.get(i - back).valence.is_none() {
            valence = beside(words, i, back, valence);
        }
    }
    after_least(words, i, valence)
}

/// "no" says nothing itself before a listed word, and turns listed words after it around.
fn after_no(words: &Words, i: usize, listed: Valence) -> Valence {
    let no = |back| words.reads(i.checked_sub(back), "no");
    let either = ["or", "nor"].iter().any(|w| words.reads(i.checked_sub(1), w));
    if no(1) || no(2) || (no(3) && either) {
        return times(listed, NEGATION);
    }
    let next_is_listed = i + 1 < words.len() && words.get(i + 1).valence.is_some();
    if words.reads(Some(i), "no") && next_is_listed { 0 } else { listed }
}

/// What the word `back` places before `i` does to its valence.
fn beside(words: &Words, i: usize, back: usize, valence: Valence) -> Valence {
    let boosted = valence + times(boost(words, i - back, valence), FADING[back - 1]);
    let turned = match back {
        1 => negated(words, i, back, boosted),
        2 => at_two(words, i, boosted),
        _ => at_three(words, i, boosted),
    };
    if back == REACH { with_phrases(words, i, turned) } else { turned }
}

/// What the booster at `i`, if it is one, adds to a valence.
fn boost(words: &Words, i: usize, valence: Valence) -> Valence {
    let Some(booster) = words.get(i).booster else { return 0 };
    let signed = if valence < 0 { -booster } else { booster };
    match (words.shouts(i), valence > 0) {
        (false, _) => signed,
        (true, true) => signed + CAPITALS,
        (true, false) => signed - CAPITALS,
    }
}

fn negated(words: &Words, i: usize, back: usize, valence: Valence) -> Valence {
    if words.get(i - back).negates { times(valence, NEGATION) } else { valence }
}

/// "never so good" is praise, "without doubt" no negation.
fn at_two(words: &Words, i: usize, valence: Valence) -> Valence {
    if words.reads(Some(i - 2), "never") && so_or_this(words, i - 1) {
        return times(valence, 125);
    }
    if words.reads(Some(i - 2), "without") && words.reads(Some(i - 1), "doubt") {
        return valence;
    }
    negated(words, i, 2, valence)
}

/// The same three words back. "so" or "this" right before strengthens even without "never": the published figures have it so.
fn at_three(words: &Words, i: usize, valence: Valence) -> Valence {
    let never = words.reads(Some(i - 3), "never");
    if (never && so_or_this(words, i - 2)) || so_or_this(words, i - 1) {
        return times(valence, 125);
    }
    let doubt = words.reads(Some(i - 2), "doubt") || words.reads(Some(i - 1), "doubt");
    if words.reads(Some(i - 3), "without") && doubt {
        return valence;
    }
    negated(words, i, 3, valence)
}

fn so_or_this(words: &Words, i: usize) -> bool {
    words.reads(Some(i), "so") || words.reads(Some(i), "this")
}

/// Turns of phrase replace a valence, pairs such as "sort of" weaken it. Looked at for words with three before them.
fn with_phrases(words: &Words, i: usize, valence: Valence) -> Valence {
    let found = |from, to| words.phrase(from, to).and_then(|phrase| idiom(&phrase));
    let before = [(i - 1, i + 1), (i - 2, i + 1), (i - 2, i), (i - 3, i), (i - 3, i - 1)];
    let behind = [(i, i + 3), (i, i + 2)];
    let replaced = behind.iter().chain(&before).find_map(|&(from, to)| found(from, to));
    let pairs = [(i - 3, i - 1), (i - 2, i)];
    let weaker = pairs.iter().filter_map(|&(from, to)| words.phrase(from, to));
    replaced.unwrap_or(valence) + weaker.map(|pair| booster_pair(&pair)).sum::<Valence>()
}

/// "least" turns around, "at least" and "very least" do not.
fn after_least(words: &Words, i: usize, valence: Valence) -> Valence {
    let least = i > 0 && words.reads(Some(i - 1), "least") && words.get(i - 1).valence.is_none();
    let spared = ["at", "very"].iter().any(|w| words.reads(i.checked_sub(2), w));
    if least && !spared { times(valence, NEGATION) } else { valence }
}

/// The first "but" halves what stands before it and raises what stands behind by half.
///
/// The published figures do so by value: of equal valences it is the first, as far as the sentence has been walked, that is
/// changed. One that was halved may so be met again.
pub(super) fn weigh_but(words: &Words, valences: &mut [Valence]) {
    let Some(but) = words.find("but") else { return };
    let mut places: HashMap<Valence, BTreeSet<usize>> = HashMap::new();
    for j in 0..valences.len() {
        let value = valences[j];
        if value == 0 {
            continue;
        }
        let same = places.entry(value).or_default();
        same.insert(j);
        let first = *same.first().expect("one was put in");
        let factor = match first.cmp(&but) {
            std::cmp::Ordering::Less => 50,
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Greater => 150,
        };
        same.remove(&first);
        valences[first] = times(value, factor);
        places.entry(valences[first]).or_default().insert(first);
    }
}
