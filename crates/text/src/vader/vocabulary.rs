//! The words that the rules know beside the lexicon.

use super::valence::{Valence, thousandths};

/// What a booster adds to the word after it.
pub(super) const BOOST: Valence = thousandths(293);
/// What capitals add among words in other cases.
pub(super) const CAPITALS: Valence = thousandths(733);
/// What a negation multiplies by, in hundredths.
pub(super) const NEGATION: i128 = -74;

/// Words that make the next one stronger.
const STRONGER: &[&str] = &[
    "absolutely",
    "amazingly",
    "awfully",
    "completely",
    "considerable",
    "considerably",
    "decidedly",
    "deeply",
    "effing",
    "enormous",
    "enormously",
    "entirely",
    "especially",
    "exceptional",
    "exceptionally",
    "extreme",
    "extremely",
    "fabulously",
    "flippin",
    "flipping",
    "frackin",
    "fracking",
    "frickin",
    "fricking",
    "friggin",
    "frigging",
    "fuckin",
    "fucking",
    "fuggin",
    "fugging",
    "fully",
    "greatly",
    "hella",
    "highly",
    "hugely",
    "incredible",
    "incredibly",
    "intensely",
    "major",
    "majorly",
    "more",
    "most",
    "particularly",
    "purely",
    "quite",
    "really",
    "remarkably",
    "so",
    "substantially",
    "thoroughly",
    "total",
    "totally",
    "tremendous",
    "tremendously",
    "uber",
    "unbelievably",
    "unusually",
    "utter",
    "utterly",
    "very",
];

/// Words that make the next one weaker.
const WEAKER: &[&str] = &[
    "almost",
    "barely",
    "hardly",
    "kind-of",
    "kinda",
    "kindof",
    "less",
    "little",
    "marginal",
    "marginally",
    "occasional",
    "occasionally",
    "partly",
    "scarce",
    "scarcely",
    "slight",
    "slightly",
    "somewhat",
    "sort-of",
    "sorta",
    "sortof",
];

/// Pairs of words that weaken.
const WEAKER_PAIRS: &[[&str; 2]] = &[["just", "enough"], ["kind", "of"], ["sort", "of"]];

/// Words that turn what follows around; so does every word with `n't` in it.
const NEGATIONS: &[&str] = &[
    "aint", "arent", "cannot", "cant", "couldnt", "darent", "despite", "didnt", "doesnt", "dont",
    "hadnt", "hasnt", "havent", "isnt", "mightnt", "mustnt", "neednt", "neither", "never", "none",
    "nope", "nor", "not", "nothing", "nowhere", "oughtnt", "rarely", "seldom", "shant", "shouldnt",
    "uh-uh", "uhuh", "wasnt", "werent", "without", "wont", "wouldnt",
];

/// Turns of phrase with a valence of their own, in tenths.
const IDIOMS: &[(&[&str], i128)] = &[
    (&["the", "shit"], 30),
    (&["the", "bomb"], 30),
    (&["bad", "ass"], 15),
    (&["bus", "stop"], 0),
    (&["yeah", "right"], -20),
    (&["kiss", "of", "death"], -15),
    (&["to", "die", "for"], 30),
    (&["beating", "heart"], 31),
    (&["broken", "heart"], -29),
];

/// What a word adds to the strength of the next one, if it is a booster.
pub(super) fn booster(lower: &str) -> Option<Valence> {
    if STRONGER.contains(&lower) {
        return Some(BOOST);
    }
    WEAKER.contains(&lower).then_some(-BOOST)
}

/// What a pair of words adds.
pub(super) fn booster_pair(pair: &[&str]) -> Valence {
    if WEAKER_PAIRS.iter().any(|p| p == pair) { -BOOST } else { 0 }
}

/// Whether a word turns what follows around.
pub(super) fn negates(lower: &str) -> bool {
    NEGATIONS.contains(&lower) || lower.contains("n't")
}

/// The valence of a turn of phrase.
pub(super) fn idiom(words: &[&str]) -> Option<Valence> {
    let (_, tenths) = IDIOMS.iter().find(|(idiom, _)| *idiom == words)?;
    Some(thousandths(tenths * 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_ascend_so_that_nothing_stands_twice() {
        for list in [STRONGER, WEAKER, NEGATIONS] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
    }
}
