//! The two scorers behind one door.

use serde::Serialize;

use crate::TextError;
use crate::linear::Linear;
use crate::vader::Vader;

/// What a scorer says of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The whole in one figure, in ten-thousandths: −10,000 to 10,000.
    pub score: i32,
    /// Share that speaks against, in ten-thousandths.
    pub negative: u16,
    /// Share that speaks neither way, in ten-thousandths.
    pub neutral: u16,
    /// Share that speaks for, in ten-thousandths.
    pub positive: u16,
}

/// A scorer of texts.
#[derive(Clone, Debug)]
pub enum Scorer {
    /// The VADER rules with a lexicon.
    Vader(Vader),
    /// A trained model.
    Linear(Linear),
}

impl Scorer {
    /// What it says of `text`.
    ///
    /// # Errors
    /// [`TextError::TextTooLong`].
    pub fn judge(&self, text: &str) -> Result<Judgement, TextError> {
        match self {
            Self::Vader(vader) => vader.score(text).map(Into::into),
            Self::Linear(linear) => linear.judge(text),
        }
    }
}

impl From<crate::vader::Scores> for Judgement {
    fn from(scores: crate::vader::Scores) -> Self {
        Self {
            score: scores.compound,
            negative: scores.negative * 10,
            neutral: scores.neutral * 10,
            positive: scores.positive * 10,
        }
    }
}
