//! The lending economy's policy and prices of harm, from its constants.

use alloy::primitives::{U256, aliases::U160};
use mandate_contracts::lending_actuator::LendingActuator::Band;
use mandate_core::lending::{
    phi::{charge, phi},
    policy::{rate_potential, steer},
    terms::{Terms, TermsLimits},
};
use mandate_core::units::WAD;

/// The market-wide rate multiplier's class.
const RATE: u8 = 1;
/// The class of borrowers' terms.
const TERMS: u8 = 2;
/// WAD of one part per million.
const WAD_PPM: u128 = WAD / 1_000_000;

/// The constants of one lending market and of its actuator.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Bands of predicted default, ascending.
    pub bands: Vec<Band>,
    /// Greatest riskier move of the multiplier at once, WAD.
    pub rate_step: u128,
    /// Published time to undo a rate move, seconds.
    pub undo_time_s: u32,
    /// Least multiplier, WAD.
    pub min_multiplier: u128,
    /// Greatest multiplier, WAD.
    pub max_multiplier: u128,
    /// Borrow cap × rate cap.
    pub flow: U256,
    /// Loan-asset units in one quantum.
    pub quantum: u128,
    /// k, WAD.
    pub recovery: u128,
    /// The greatest terms that the market carries.
    pub limits: TermsLimits,
}

impl Policy {
    /// The value that a model's output leads to from where the parameter stands; `None` where the policy has no answer.
    pub(crate) fn propose(&self, class: u8, from: U160, output: i128) -> Option<U160> {
        let output = u128::try_from(output).ok()?;
        match class {
            RATE => {
                let now = u128::try_from(from).ok()?;
                let (min, max) = (self.min_multiplier, self.max_multiplier);
                Some(U160::from(steer(output, now, self.rate_step, min, max)))
            }
            TERMS if output <= WAD => {
                let ppm = output.div_ceil(WAD_PPM);
                let band = self.bands.iter().find(|b| ppm <= b.upTo.to::<u128>());
                band.or(self.bands.last()).map(|b| b.terms)
            }
            _ => None,
        }
    }

    /// What a move is charged in a decision that makes something riskier.
    pub(crate) fn charge(&self, class: u8, from: U160, to: U160) -> U256 {
        if class == RATE {
            let narrow = |m: U160| u128::try_from(m).unwrap_or(u128::MAX);
            let potential = |m| rate_potential(narrow(m), self.flow, self.undo_time_s);
            return potential(to).saturating_sub(potential(from));
        }
        if !Terms::unpack(to).riskier_than(&Terms::unpack(from)) {
            return U256::ZERO;
        }
        U256::from(charge(self.phi(to), self.phi(from)))
    }

    /// Whether the market can carry a value that a riskier decision leads to.
    pub(crate) fn carries(&self, class: u8, from: U160, to: U160) -> bool {
        if class == RATE {
            return (U160::from(self.min_multiplier)..=U160::from(self.max_multiplier))
                .contains(&to);
        }
        let (from, to) = (Terms::unpack(from), Terms::unpack(to));
        !to.riskier_than(&from) || to.carried(&self.limits)
    }

    fn phi(&self, packed: U160) -> u128 {
        let terms = Terms::unpack(packed);
        let amount = |quanta: u64| u128::from(quanta) * self.quantum;
        phi(amount(terms.limit), amount(terms.unsecured), terms.lambda_bps, self.recovery)
    }

    /// The fallback's value of a parameter.
    pub(crate) fn anchor(class: u8) -> U160 {
        if class == RATE { U160::from(WAD) } else { U160::ZERO }
    }
}
