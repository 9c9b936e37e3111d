//! How far a parameter may move, how soon, and which moves can harm somebody.
//!
//! The corridor binds every move; step and delay bind riskier moves; the safe step bounds one safer move in size, never in time.
//! The same rules stand in `contracts/src/kernel/`, and a parity test runs both.

use crate::mandate::{Class, Component, Kind, Value};

/// Whom a move can harm.
///
/// Ordered: the direction of a vector is the greatest among its components'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Nothing moves.
    Null,
    /// No existing user is worse off.
    Safer,
    /// Somebody can be worse off.
    Riskier,
}

/// Why a move was refused. The Solidity errors have the same names and fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// The new value lies outside the corridor.
    #[error("value {value} is outside the corridor {min} to {max}")]
    OutOfCorridor {
        /// The new value.
        value: u128,
        /// Smallest value allowed.
        min: u128,
        /// Largest value allowed.
        max: u128,
    },
    /// The riskier move is larger than one step.
    #[error("moved by {moved} the riskier way, at most {limit} allowed")]
    StepExceeded {
        /// Distance from the current value.
        moved: u128,
        /// Largest distance allowed.
        limit: u128,
    },
    /// The safer move is larger than one safe step.
    #[error("moved by {moved} the safer way, at most {limit} allowed")]
    SafeStepExceeded {
        /// Distance from the current value.
        moved: u128,
        /// Largest distance allowed.
        limit: u128,
    },
    /// The delay since the last riskier move has not passed.
    #[error("moved {elapsed} s ago, {delay} s required")]
    TooSoon {
        /// Seconds since the last riskier move.
        elapsed: u64,
        /// Seconds required.
        delay: u64,
    },
    /// A frozen component would move.
    #[error("a frozen value is {held} and would become {given}")]
    Frozen {
        /// The new value.
        given: u128,
        /// The value it has.
        held: u128,
    },
    /// The value has bits outside every component.
    #[error("value {value:#x} has bits outside the components' {mask:#x}")]
    StrayBits {
        /// The new value.
        value: Value,
        /// Every bit that belongs to a component.
        mask: Value,
    },
}

impl Component {
    /// Which way a move from `from` to `to` goes; `anchor` is the fallback's value, used by `TwoSided` only.
    pub const fn direction(&self, from: u128, to: u128, anchor: u128) -> Direction {
        if from == to {
            return Direction::Null;
        }
        let riskier = match self.kind {
            Kind::Up => to > from,
            Kind::Down => to < from,
            Kind::TwoSided => {
                let crosses = (from < anchor && anchor < to) || (to < anchor && anchor < from);
                crosses || to.abs_diff(anchor) > from.abs_diff(anchor)
            }
            Kind::Frozen => true,
        };
        if riskier { Direction::Riskier } else { Direction::Safer }
    }

    /// Checks one move, and says which way it goes: frozen, corridor, then step.
    pub const fn check(
        &self,
        from: u128,
        to: u128,
        anchor: u128,
    ) -> Result<Direction, BoundsError> {
        if matches!(self.kind, Kind::Frozen) && to != from {
            return Err(BoundsError::Frozen { given: to, held: from });
        }
        if to < self.min || to > self.max {
            return Err(BoundsError::OutOfCorridor { value: to, min: self.min, max: self.max });
        }
        let direction = self.direction(from, to, anchor);
        let moved = from.abs_diff(to);
        match direction {
            Direction::Riskier if moved > self.step => {
                Err(BoundsError::StepExceeded { moved, limit: self.step })
            }
            Direction::Safer if moved > self.safe_step => {
                Err(BoundsError::SafeStepExceeded { moved, limit: self.safe_step })
            }
            _ => Ok(direction),
        }
    }
}

impl Class {
    /// Checks a parameter's move: every component, stray bits, and the clock if any component goes the riskier way.
    ///
    /// `elapsed_s` counts from the parameter's last *riskier* move; safer moves never reset it.
    pub fn check(
        &self,
        from: Value,
        to: Value,
        anchor: Value,
        elapsed_s: u64,
    ) -> Result<Direction, BoundsError> {
        let mut direction = Direction::Null;
        for component in &self.components {
            let [from, to, anchor] = [from, to, anchor].map(|value| component.get(value));
            direction = direction.max(component.check(from, to, anchor)?);
        }
        if self.has_stray_bits(to) {
            return Err(BoundsError::StrayBits { value: to, mask: self.mask() });
        }
        let delay = u64::from(self.delay_s);
        if direction == Direction::Riskier && elapsed_s < delay {
            return Err(BoundsError::TooSoon { elapsed: elapsed_s, delay });
        }
        Ok(direction)
    }

    /// A value with each component brought into its corridor.
    pub fn clip(&self, value: Value) -> Value {
        let clip = |v, c: &Component| c.set(v, c.get(value).clamp(c.min, c.max));
        self.components.iter().fold(Value::ZERO, clip)
    }

    /// What undoing a move restores: the past value clipped, except that frozen components stay as they are.
    ///
    /// What was nothing at all goes back to nothing only where that is not riskier than `live`.
    pub fn restore(&self, past: Value, live: Value, anchor: Value) -> Value {
        let restored = self.clip(past);
        let stays = |c: &Component| {
            let [from, to, anchor] = [live, restored, anchor].map(|value| c.get(value));
            let riskier = c.direction(from, to, anchor) == Direction::Riskier;
            c.kind == Kind::Frozen || (past.is_zero() && riskier)
        };
        let kept = self.components.iter().filter(|c| stays(c));
        kept.fold(restored, |value, c| c.set(value, c.get(live)))
    }

    /// Which way a move goes, without checking it.
    pub fn direction(&self, from: Value, to: Value, anchor: Value) -> Direction {
        let directions = self.components.iter().map(|component| {
            let [from, to, anchor] = [from, to, anchor].map(|value| component.get(value));
            component.direction(from, to, anchor)
        });
        directions.max().unwrap_or(Direction::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![Just(Kind::Up), Just(Kind::Down), Just(Kind::TwoSided)]
    }

    /// A component eight bits wide, so that bounds and crossings are met often.
    fn component() -> impl Strategy<Value = Component> {
        (kind(), any::<[u8; 4]>()).prop_map(|(kind, [a, b, step, safe_step])| {
            let (min, max) = (a.min(b).into(), a.max(b).into());
            let (step, safe_step) = (step.into(), safe_step.into());
            Component { offset: 0, width: 8, kind, min, max, step, safe_step }
        })
    }

    fn class(components: &[Component], delay_s: u32) -> Class {
        Class {
            id: 1,
            market_wide: false,
            residual: false,
            needs_score: false,
            model_slot: 0,
            signer_set: 0,
            greatest_age_s: 0,
            delay_s,
            averaging_s: 0,
            components: components.to_vec(),
        }
    }

    proptest! {
        #[test]
        fn k2_an_admitted_value_lies_in_the_corridor(c in component(), [from, to, anchor] in any::<[u8; 3]>()) {
            if c.check(from.into(), to.into(), anchor.into()).is_ok() {
                prop_assert!((c.min..=c.max).contains(&to.into()));
            }
        }

        #[test]
        fn k3_an_admitted_riskier_move_is_at_most_one_step(c in component(), [from, to, anchor] in any::<[u8; 3]>()) {
            if c.check(from.into(), to.into(), anchor.into()) == Ok(Direction::Riskier) {
                prop_assert!(u128::from(from.abs_diff(to)) <= c.step);
            }
        }

        #[test]
        fn k3_steps_bind_sequences(c in component(), start: u8, targets in prop::collection::vec(any::<(u8, u8)>(), 1..40)) {
            let (mut at, mut riskier, mut safer) = (u128::from(start), 0u128, 0u128);
            for (to, anchor) in targets {
                match c.check(at, to.into(), anchor.into()) {
                    Ok(Direction::Riskier) => (at, riskier) = (to.into(), riskier + 1),
                    Ok(_) => (at, safer) = (to.into(), safer + 1),
                    Err(_) => {}
                }
            }
            prop_assert!(at.abs_diff(start.into()) <= riskier * c.step + safer * c.safe_step);
        }

        #[test]
        fn k4_a_riskier_move_waits_and_a_safer_one_does_not(
            mut c in component(), [from, to, anchor] in any::<[u8; 3]>(), delay in 1u32..9, elapsed in 0u64..12,
        ) {
            (c.min, c.max, c.step, c.safe_step) = (0, 255, 255, 255);
            let [from, to, anchor] = [from, to, anchor].map(Value::from);
            match class(&[c], delay).check(from, to, anchor, elapsed) {
                Ok(Direction::Riskier) => prop_assert!(elapsed >= delay.into()),
                Ok(_) => {}
                Err(error) => {
                    prop_assert_eq!(error, BoundsError::TooSoon { elapsed, delay: delay.into() });
                    prop_assert!(elapsed < delay.into());
                    prop_assert_eq!(c.direction(from.to(), to.to(), anchor.to()), Direction::Riskier);
                }
            }
        }

        #[test]
        fn a_two_sided_move_is_safer_only_towards_the_anchor_on_its_side(mut c in component(), [from, to, anchor] in any::<[u8; 3]>()) {
            c.kind = Kind::TwoSided;
            let (from, to, anchor) = (i32::from(from), i32::from(to), i32::from(anchor));
            let (before, after) = (from - anchor, to - anchor);
            let expected = if before == after {
                Direction::Null
            } else if after.abs() < before.abs() && before * after >= 0 {
                Direction::Safer
            } else {
                Direction::Riskier
            };
            prop_assert_eq!(c.direction(from as u128, to as u128, anchor as u128), expected);
        }

        #[test]
        fn a_vector_is_as_risky_as_its_riskiest_component(
            a in component(), b in component(), [from, to, anchor] in any::<[[u8; 2]; 3]>(),
        ) {
            let class = class(&[a, Component { offset: 8, ..b }], 1);
            let [f, t, n] = [from, to, anchor].map(|v| class.pack(&v.map(u128::from)));
            let each = [0, 1].map(|i| class.components[i].direction(from[i].into(), to[i].into(), anchor[i].into()));
            prop_assert_eq!(class.direction(f, t, n), each[0].max(each[1]));
        }
    }

    fn plain(kind: Kind) -> Component {
        Component { offset: 0, width: 8, kind, min: 10, max: 200, step: 5, safe_step: 50 }
    }

    #[test]
    fn bounds_hold_at_the_edge_and_refuse_one_past_it() {
        let up = plain(Kind::Up);
        assert_eq!(up.check(100, 105, 0), Ok(Direction::Riskier));
        assert_eq!(up.check(100, 106, 0), Err(BoundsError::StepExceeded { moved: 6, limit: 5 }));
        assert_eq!(up.check(100, 50, 0), Ok(Direction::Safer));
        assert_eq!(
            up.check(100, 49, 0),
            Err(BoundsError::SafeStepExceeded { moved: 51, limit: 50 })
        );
        assert_eq!(up.check(198, 200, 0), Ok(Direction::Riskier));
        let outside = |value| Err(BoundsError::OutOfCorridor { value, min: 10, max: 200 });
        assert_eq!(up.check(198, 201, 0), outside(201));
        assert_eq!(up.check(12, 10, 0), Ok(Direction::Safer));
        assert_eq!(up.check(12, 9, 0), outside(9));
    }

    #[test]
    fn crossing_the_anchor_is_riskier_even_when_it_ends_nearer() {
        let two = plain(Kind::TwoSided);
        assert_eq!(two.direction(104, 97, 100), Direction::Riskier);
        assert_eq!(two.direction(104, 100, 100), Direction::Safer);
        assert_eq!(two.direction(100, 101, 100), Direction::Riskier);
        assert_eq!(two.direction(96, 104, 100), Direction::Riskier);
    }

    #[test]
    fn a_frozen_component_stays() {
        let frozen = class(&[plain(Kind::Up), Component { offset: 8, ..plain(Kind::Frozen) }], 1);
        let [from, same, moved] = [[50, 60], [51, 60], [51, 61]].map(|parts| frozen.pack(&parts));
        assert_eq!(frozen.check(from, same, Value::ZERO, 1), Ok(Direction::Riskier));
        let error = BoundsError::Frozen { given: 61, held: 60 };
        assert_eq!(frozen.check(from, moved, Value::ZERO, 1), Err(error));
    }

    #[test]
    fn bits_outside_every_component_are_refused() {
        let class = class(&[plain(Kind::Up)], 1);
        let (value, mask) = (Value::from(0x164), Value::from(0xff));
        let error = BoundsError::StrayBits { value, mask };
        assert_eq!(class.check(Value::from(100), value, Value::ZERO, 9), Err(error));
    }
}
