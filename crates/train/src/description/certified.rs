//! The section of certified training.

use toml::Spanned;

use super::at::At;
use super::raw::RawCertified;
use crate::certified::{BAGS, BOUND, Certified, DEPTH, refusal};
use crate::config::TrainConfig;
use crate::dataset::Feature;
use crate::error::TrainError;

impl At<'_> {
    pub(super) fn certified(
        &self,
        raw: Option<&Spanned<RawCertified>>,
    ) -> Result<Option<Certified>, TrainError> {
        let Some(raw) = raw.map(Spanned::get_ref) else { return Ok(None) };
        let d = Certified::new(*raw.bags.get_ref(), raw.threshold);
        if !(BAGS.0..=BAGS.1).contains(&d.bags) {
            let allowed = format!("{} to {}", BAGS.0, BAGS.1);
            return Err(self.refuse(&raw.bags.span(), "certified.bags", d.bags, &allowed));
        }
        Ok(Some(Certified {
            bound: self.number("certified.bound", &raw.bound, d.bound, BOUND)?,
            vote: raw.vote,
            depth: self.number("certified.depth", &raw.depth, d.depth, DEPTH)?,
            l2: self.number("certified.l2", &raw.l2, d.l2, (0.0, 1e6))?,
            min_leaf_weight: self.number(
                "certified.min_leaf_weight",
                &raw.min_leaf_weight,
                d.min_leaf_weight,
                (0.0, 1e6),
            )?,
            ..d
        }))
    }

    /// Refuses, at the section, what would let one row move every bag.
    pub(super) fn goes_with_certified(
        &self,
        raw: Option<&Spanned<RawCertified>>,
        features: &[Feature],
        config: &TrainConfig,
    ) -> Result<(), TrainError> {
        match (raw, refusal(features, config)) {
            (Some(raw), Some(r)) => Err(self.refuse(&raw.span(), &r.key, r.given, &r.allowed)),
            _ => Ok(()),
        }
    }
}
