//! On which side of a threshold an output stands.

use mandate_model::WAD;
use mandate_train::decimal_value;

/// Which outputs go against the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Adverse {
    /// Those at or above the threshold, as with a chance of default.
    Above,
    /// Those below it, as with a limit or a score.
    Below,
}

/// A rule that turns outputs into decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where it turns, scaled by 1e18.
    pub threshold_wad: i128,
    /// The side that goes against the person.
    pub adverse: Adverse,
}

impl Decision {
    /// The rule with a threshold as a person writes it; none if it is no number.
    pub fn at(threshold: f64, adverse: Adverse) -> Option<Self> {
        let (num, den) = decimal_value(threshold)?;
        let threshold_wad = num.checked_mul(WAD)?.div_euclid(den.into());
        Some(Self { threshold_wad, adverse })
    }

    /// Whether an output goes against the person.
    pub const fn is_adverse(&self, output_wad: i128) -> bool {
        match self.adverse {
            Adverse::Above => output_wad >= self.threshold_wad,
            Adverse::Below => output_wad < self.threshold_wad,
        }
    }

    /// Whether what raises the margin goes against the person.
    pub const fn up_is_adverse(&self) -> bool {
        matches!(self.adverse, Adverse::Above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_exact_and_belongs_to_the_upper_side() {
        let above = Decision::at(0.29, Adverse::Above).unwrap();
        assert_eq!(above.threshold_wad, 290_000_000_000_000_000);
        assert!(
            above.is_adverse(above.threshold_wad) && !above.is_adverse(above.threshold_wad - 1)
        );
        let below = Decision { adverse: Adverse::Below, ..above };
        assert!(
            !below.is_adverse(above.threshold_wad) && below.is_adverse(above.threshold_wad - 1)
        );
        assert_eq!(Decision::at(f64::NAN, Adverse::Above), None);
    }
}
