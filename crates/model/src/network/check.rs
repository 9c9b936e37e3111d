//! That no input carries a sum out of its lane.

use alloc::vec::Vec;

use super::{MAX_LANES, MIN_LANES, Network, lanes::largest};
use crate::{ModelError, program::check_margin};

/// Words have four to eight lanes.
pub(super) const fn lanes(given: u8) -> Result<(), ModelError> {
    if given >= MIN_LANES && given <= MAX_LANES {
        return Ok(());
    }
    Err(ModelError::LaneCountOutOfRange { given, allowed: MAX_LANES })
}

/// A weight or bias fits its lane.
pub(super) const fn fits(given: i64, lanes: u8) -> Result<(), ModelError> {
    let allowed = largest(lanes);
    if given >= -allowed && given <= allowed {
        return Ok(());
    }
    Err(ModelError::WeightOutOfRange { given, allowed })
}

impl Network {
    /// Every sum stays inside its lane and the margin inside `int64`, for every input.
    ///
    /// What a unit may say runs from zero to a bound that follows from the bounds of the layer before: interval
    /// arithmetic, so the rule is one that the chain can check, and some networks that cannot overflow are refused.
    pub(crate) fn check(&self, bias: i64) -> Result<(), ModelError> {
        let bounds = self.bounds()?;
        // One multiplication sums a word of units, and in its lower lanes stand sums of other pairings.
        let widest = bounds.iter().copied().max().unwrap_or(0);
        let weights: i128 = self.outputs.iter().map(|weight| i128::from(*weight).abs()).sum();
        let lanes = self.layers.last().map_or(MIN_LANES, |layer| layer.lanes);
        inside(widest.saturating_mul(weights), lanes)?;
        let (low, high) = range(bias, &self.outputs, &bounds);
        check_margin(low, high)
    }

    /// The largest that each unit of the last layer can say; refuses a sum that can leave its lane.
    fn bounds(&self) -> Result<Vec<i128>, ModelError> {
        let mut bounds: Vec<i128> = self.limits.iter().map(|l| l.span().into()).collect();
        for layer in &self.layers {
            let mut next = Vec::with_capacity(layer.units());
            for unit in 0..layer.units() {
                let (low, high) = range(layer.bias(unit), layer.weights(unit), &bounds);
                inside(low.saturating_neg().max(high), layer.lanes)?;
                next.push(high.max(0) >> layer.shift);
            }
            bounds = next;
        }
        Ok(bounds)
    }
}

/// The least and the greatest sum of one unit; far outside any lane they saturate.
fn range(bias: i64, weights: &[i64], bounds: &[i128]) -> (i128, i128) {
    let sum = |keep: fn(i128) -> i128| {
        weights.iter().zip(bounds).fold(i128::from(bias), |sum: i128, (&weight, bound)| {
            sum.saturating_add(keep(weight.into()).saturating_mul(*bound))
        })
    };
    (sum(|weight| weight.min(0)), sum(|weight| weight.max(0)))
}

const fn inside(given: i128, lanes: u8) -> Result<(), ModelError> {
    let (given, allowed) = (given.unsigned_abs(), largest(lanes).unsigned_abs() as u128);
    if given <= allowed { Ok(()) } else { Err(ModelError::ModelOverflow { given, allowed }) }
}
