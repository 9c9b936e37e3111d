//! What makes a mandate sound on its own, whatever the economy.

use alloy_primitives::Address;

use super::{Class, Component, Kind, MAX_VIEWS, MAX_WIDTH, Mandate, MandateError, VALUE_BITS};
use crate::units::BPS;

impl Mandate {
    /// Checks every rule that a mandate keeps by itself.
    pub fn validate(&self) -> Result<(), MandateError> {
        self.validate_times()?;
        self.validate_agents()?;
        self.validate_classes()?;
        self.validate_linear()?;
        self.validate_views()
    }

    fn validate_times(&self) -> Result<(), MandateError> {
        if self.window_s == 0 {
            return Err(MandateError::WindowTooLong { window: 0, limit: u32::MAX });
        }
        let limit = self.window_s / 4;
        if self.grace_s > limit {
            return Err(MandateError::GraceTooLong { grace: self.grace_s, limit });
        }
        if self.finality_s < self.window_s {
            let (finality, window) = (self.finality_s, self.window_s);
            return Err(MandateError::FinalityTooShort { finality, window });
        }
        if u128::from(self.exit_reserve_bps) > BPS {
            let (bps, limit) = (self.exit_reserve_bps, BPS as u16);
            return Err(MandateError::ReserveTooLarge { bps, limit });
        }
        Ok(())
    }

    fn validate_agents(&self) -> Result<(), MandateError> {
        for (agent, address) in self.agents.iter().enumerate() {
            if *address == Address::ZERO || self.agents[..agent].contains(address) {
                return Err(MandateError::BadAgent { agent });
            }
        }
        Ok(())
    }

    fn validate_classes(&self) -> Result<(), MandateError> {
        count(self.classes.len(), 1, 255)?;
        for pair in self.classes.windows(2) {
            if pair[0].id >= pair[1].id {
                let (given, previous) = (pair[1].id.into(), pair[0].id.into());
                return Err(MandateError::NotAscending { given, previous });
            }
        }
        self.classes.iter().try_for_each(|class| class.validate(self.tau_r_s))
    }

    fn validate_linear(&self) -> Result<(), MandateError> {
        for (predicate, linear) in self.linear.iter().enumerate() {
            count(linear.terms.len(), 1, 255)?;
            for (index, term) in linear.terms.iter().enumerate() {
                let named = self.class(term.class).is_some_and(|class| {
                    (term.component as usize) < class.components.len()
                        && (!class.market_wide || term.subject.is_zero())
                });
                if !named || term.coefficient == 0 {
                    return Err(MandateError::BadTerm { predicate, term: index });
                }
            }
        }
        Ok(())
    }

    fn validate_views(&self) -> Result<(), MandateError> {
        count(self.views.len(), 0, MAX_VIEWS)?;
        for (index, view) in self.views.iter().enumerate() {
            let printable = view.name.bytes().all(|b| (b' '..=b'~').contains(&b));
            let named = printable && !view.name.is_empty();
            if view.target == Address::ZERO || view.stipend == 0 || !named {
                return Err(MandateError::BadView { view: index });
            }
        }
        Ok(())
    }
}

impl Class {
    fn validate(&self, tau_r_s: u32) -> Result<(), MandateError> {
        count(self.components.len(), 1, 255)?;
        if self.delay_s == 0 {
            return Err(MandateError::ZeroDelay { class: self.id });
        }
        let two_sided = self.components.len() == 1 && self.components[0].kind == Kind::TwoSided;
        if self.residual && !(self.market_wide && two_sided && tau_r_s > 0) {
            return Err(MandateError::ResidualShape { class: self.id });
        }
        self.components.iter().try_fold(0, |free, component| component.validate(free))?;
        Ok(())
    }
}

impl Component {
    /// Checks the component, the bits below `free` being taken, and returns the first bit above it.
    fn validate(&self, free: u32) -> Result<u32, MandateError> {
        let offset = u32::from(self.offset);
        if offset < free {
            return Err(MandateError::NotAscending { given: offset, previous: free });
        }
        let limit = VALUE_BITS.saturating_sub(offset).min(MAX_WIDTH.into());
        let width = u32::from(self.width);
        if width == 0 || width > limit {
            return Err(MandateError::ComponentWidth { width, limit });
        }
        if self.min > self.max {
            return Err(MandateError::CorridorEmpty { min: self.min, max: self.max });
        }
        if self.max > self.limit() {
            return Err(MandateError::CorridorTooWide { max: self.max, width: self.width });
        }
        Ok(offset + width)
    }
}

const fn count(given: usize, least: usize, most: usize) -> Result<(), MandateError> {
    if given < least || given > most {
        return Err(MandateError::MandateCount { given, least, most });
    }
    Ok(())
}
