//! The life of a decision in the journal.

use std::fmt;

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It is to be made; nothing is signed that could still land.
    Intended,
    /// Its transaction is signed and journalled, and may or may not have been sent.
    Signed,
    /// A ledger has taken the transaction.
    Sent,
    /// The transaction is in a block that may yet be forgotten.
    Included,
    /// The block is so deep that it counts as settled.
    Final,
    /// It was refused, before signing or by a settled block; the reason is journalled.
    Refused,
}

impl State {
    /// All states, in the order of a life without trouble.
    pub const ALL: [Self; 6] =
        [Self::Intended, Self::Signed, Self::Sent, Self::Included, Self::Final, Self::Refused];

    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Included => "included",
            Self::Final => "final",
            Self::Refused => "refused",
        }
    }

    /// The state of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether a decision may go from here to `next`.
    ///
    /// Backwards only where the chain went backwards: a forgotten block (`Included`, `Final` or `Refused` to `Sent`), a nonce that
    /// another transaction consumed (`Signed` or `Sent` to `Intended`), or a second look at a passing refusal (`Refused` to
    /// `Intended`).
    pub const fn may_become(self, next: Self) -> bool {
        use State::{Final, Included, Intended, Refused, Sent, Signed};
        matches!(
            (self, next),
            (Intended, Signed | Refused)
                | (Signed, Sent | Included | Intended)
                | (Sent, Included | Intended)
                | (Included, Final | Refused | Sent | Included)
                | (Final, Sent)
                | (Refused, Intended | Sent)
        )
    }

    /// Whether its transaction may still change its place in the chain.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Signed | Self::Sent | Self::Included)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where one signed transaction of a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// Signed and journalled.
    Signed,
    /// Taken by a ledger.
    Sent,
    /// In a block.
    Included,
    /// Another transaction has its nonce.
    Replaced,
}

impl AttemptState {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Included => "included",
            Self::Replaced => "replaced",
        }
    }

    /// The state of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Signed, Self::Sent, Self::Included, Self::Replaced]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for state in State::ALL {
            assert_eq!(State::of_word(state.word()), Some(state));
        }
        assert_eq!(State::of_word("lost"), None);
    }

    /// nothing is signed twice without passing through `Intended`, and nothing settled is undone but by the chain.
    #[test]
    fn a_decision_is_signed_only_when_intended() {
        for from in State::ALL {
            assert_eq!(from.may_become(State::Signed), from == State::Intended, "{from}");
        }
        assert!(!State::Final.may_become(State::Intended));
        assert!(!State::Included.may_become(State::Intended));
        for from in State::ALL {
            let leads_on = State::ALL.into_iter().any(|next| from.may_become(next));
            assert!(leads_on, "{from} is no dead end: the chain may forget it");
        }
    }
}
