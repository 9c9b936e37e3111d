//! From n-grams to margins, shares and a score.

use mandate_model::Link;

use super::{Class, Example, Figures, Grams, Linear};
use crate::{Judgement, ONE, TextError};

impl Linear {
    /// What the model says of `text`: the classes' shares rounded down, positive less negative share rounded towards zero. A text
    /// without a token says nothing and scores 0.
    ///
    /// # Errors
    /// [`TextError::TextTooLong`].
    pub fn judge(&self, text: &str) -> Result<Judgement, TextError> {
        Ok(self.judge_grams(&Grams::of(text, self.bits)?))
    }

    /// How many classes there are: negative, neutral if there is one, positive.
    pub const fn classes(&self) -> u8 {
        self.classes
    }

    /// The class of greatest margin, the first of equal ones: 0 negative, then neutral if there is one, then positive.
    pub fn class(&self, grams: &Grams) -> usize {
        let margins = self.margins(grams);
        (0..margins.len()).rev().max_by_key(|class| margins[*class]).unwrap_or(0)
    }

    /// How often the class is right on `examples`, whose classes this model has.
    pub fn figures(&self, examples: &[Example]) -> Figures {
        let place = |class| match class {
            Class::Negative => 0,
            Class::Neutral => 1,
            Class::Positive => usize::from(self.classes) - 1,
        };
        let pair = |example: &Example| (place(example.class), self.class(&example.grams));
        let pairs: Vec<(usize, usize)> = examples.iter().map(pair).collect();
        Figures::of(&pairs, self.classes.into())
    }

    /// What the model says of n-grams in its buckets.
    pub fn judge_grams(&self, grams: &Grams) -> Judgement {
        if grams.is_empty() {
            return Judgement::default();
        }
        let margins = self.margins(grams);
        let greatest = margins.iter().copied().max().unwrap_or(0);
        let powers: Vec<i128> =
            margins.iter().map(|m| Link::Log.apply(m - greatest, self.shift)).collect();
        let sum: i128 = powers.iter().sum();
        let (negative, positive) = (powers[0], powers[powers.len() - 1]);
        let share = |power: i128| (power * i128::from(ONE) / sum) as u16;
        Judgement {
            negative: share(negative),
            neutral: if powers.len() == 3 { share(powers[1]) } else { 0 },
            positive: share(positive),
            score: ((positive - negative) * i128::from(ONE) / sum) as i32,
        }
    }

    /// `bias + Σ over sets ⌊2^16 · Σ weights / ⌊√(2^32 · size)⌋⌋`, in units of `2^-shift`.
    fn margins(&self, grams: &Grams) -> Vec<i64> {
        let classes = usize::from(self.classes);
        let mut margins: Vec<i64> = self.biases.iter().copied().map(i64::from).collect();
        for set in grams.sets().into_iter().filter(|set| !set.is_empty()) {
            let root = ((set.len() as u64) << 32).isqrt() as i64;
            for (class, margin) in margins.iter_mut().enumerate() {
                let weight = |bucket: &u32| self.weights[*bucket as usize * classes + class];
                let sum: i64 = set.iter().map(|bucket| i64::from(weight(bucket))).sum();
                *margin += (sum << 16).div_euclid(root);
            }
        }
        margins
    }
}
