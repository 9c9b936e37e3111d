//! Residual steering: a value the agent set fades to the fallback's when the agent falls silent.
//!
//! `value(t) = anchor + (set − anchor) · max(0, 1 − max(0, t − beat − τ)/τ_r)`, rounded towards the anchor. There is no event at
//! which the fallback takes over: the value is a function of time.

/// A steered value: what was set, when it was last confirmed, and how it fades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// The value set, for instance a multiplier in WAD.
    pub set: u128,
    /// The fallback's value, towards which it fades.
    pub anchor: u128,
    /// Time of the last decision on fresh inputs, in seconds.
    pub beat: u64,
    /// Silence after which the fade starts, in seconds.
    pub tau_s: u64,
    /// How long the fade takes, in seconds; zero is a step.
    pub tau_r_s: u64,
}

impl Ramp {
    /// The value at `now`.
    pub const fn at(&self, now: u64) -> u128 {
        if now <= self.fades_from() {
            return self.set;
        }
        let kept = self.kept_s(now);
        if self.set >= self.anchor {
            self.anchor + scale(self.set - self.anchor, kept, self.tau_r_s)
        } else {
            self.anchor - scale(self.anchor - self.set, kept, self.tau_r_s)
        }
    }

    /// Time at which the fade starts.
    pub const fn fades_from(&self) -> u64 {
        self.beat + self.tau_s
    }

    /// Time from which the fallback is alone.
    pub const fn faded_at(&self) -> u64 {
        self.fades_from() + self.tau_r_s
    }

    /// The ramp after a decision on fresh inputs at `now` set `value`; a null decision passes [`Ramp::at`].
    pub const fn beaten(self, value: u128, now: u64) -> Self {
        Self { set: value, beat: now, ..self }
    }

    /// The ramp after `value` was set at `now` without fresh inputs: it neither jumps nor is held anew.
    pub const fn reset(self, value: u128, now: u64) -> Self {
        let start = now.saturating_sub(self.tau_s);
        Self { set: value, beat: if self.beat > start { self.beat } else { start }, ..self }
    }

    /// The ramp after a pause or revocation at `now`: the fade starts at once.
    ///
    /// A fade under way goes on as it was. Setting it to the present value without moving its start would fade it twice, and moving
    /// the start would let every pause prolong it.
    pub const fn stopped(self, now: u64) -> Self {
        let start = now.saturating_sub(self.tau_s);
        if self.beat <= start { self } else { Self { beat: start, ..self } }
    }

    /// Seconds of `tau_r_s` that the fade has left.
    const fn kept_s(&self, now: u64) -> u64 {
        let late = now.saturating_sub(self.fades_from());
        self.tau_r_s.saturating_sub(late)
    }
}

/// `distance · part / whole`, rounded down; 96 bits times 32 bits fit. A fade that takes no time leaves nothing.
const fn scale(distance: u128, part: u64, whole: u64) -> u128 {
    if part == 0 { 0 } else { distance * part as u128 / whole as u128 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::WAD;
    use proptest::prelude::*;

    fn ramp() -> impl Strategy<Value = Ramp> {
        (0u128..1 << 96, 0u128..1 << 96, 1u64 << 32..1 << 33, any::<u32>(), 1u32..).prop_map(
            |(set, anchor, beat, tau, tau_r)| Ramp {
                set,
                anchor,
                beat,
                tau_s: tau.into(),
                tau_r_s: tau_r.into(),
            },
        )
    }

    proptest! {
        #[test]
        fn k21_the_value_moves_only_towards_the_anchor(r in ramp(), wait in 0u64..1 << 34, later: u32) {
            let (a, b) = (r.at(r.beat + wait), r.at(r.beat + wait + u64::from(later)));
            let between = |v: u128| (v >= r.anchor) == (r.set >= r.anchor) || v == r.anchor;
            prop_assert!(between(a) && between(b));
            prop_assert!(b.abs_diff(r.anchor) <= a.abs_diff(r.anchor));
            prop_assert!(a.abs_diff(r.anchor) <= r.set.abs_diff(r.anchor));
        }

        #[test]
        fn k21_silence_of_tau_changes_nothing_and_of_both_leaves_the_fallback(r in ramp()) {
            prop_assert_eq!(r.at(r.fades_from()), r.set);
            prop_assert_eq!(r.at(r.faded_at() + 1), r.anchor);
            prop_assert!(r.tau_r_s == 0 || r.at(r.faded_at()) == r.anchor);
            prop_assert_eq!(r.at(u64::MAX), r.anchor);
        }

        #[test]
        fn a_null_beat_never_inflates(r in ramp(), wait in 0u64..1 << 34) {
            let now = r.beat + wait;
            let beaten = r.beaten(r.at(now), now);
            prop_assert_eq!(beaten.at(now), r.at(now));
            prop_assert!(beaten.at(now + r.tau_s).abs_diff(r.anchor) <= r.at(now).abs_diff(r.anchor));
        }

        #[test]
        fn a_value_set_without_inputs_stands_now_and_is_not_held_anew(r in ramp(), wait in 0u64..1 << 34, value in 0u128..1 << 96, later: u32) {
            let now = r.beat + wait;
            let reset = r.reset(value, now);
            prop_assert_eq!(reset.at(now), value);
            prop_assert!(reset.beat >= r.beat && reset.fades_from() <= r.fades_from().max(now));
            prop_assert!(reset.at(now + u64::from(later)).abs_diff(r.anchor) <= value.abs_diff(r.anchor));
        }

        #[test]
        fn stopping_leaves_the_present_and_hastens_the_future(r in ramp(), wait in 0u64..1 << 34, later: u32) {
            let now = r.beat + wait;
            let stopped = r.stopped(now);
            prop_assert_eq!(stopped.at(now), r.at(now));
            let then = now + u64::from(later);
            prop_assert!(stopped.at(then).abs_diff(r.anchor) <= r.at(then).abs_diff(r.anchor));
            prop_assert_eq!(stopped.stopped(then), stopped, "stopping again changes nothing");
        }
    }

    #[test]
    fn fades_linearly_after_tau() {
        let half = Ramp { set: WAD / 2, anchor: WAD, beat: 1_000, tau_s: 100, tau_r_s: 50 };
        assert_eq!(half.at(1_100), WAD / 2);
        assert_eq!(half.at(1_101), WAD - WAD / 100 * 49);
        assert_eq!(half.at(1_125), WAD - WAD / 4);
        assert_eq!(half.at(1_150), WAD);
        assert_eq!(half.stopped(1_010).at(1_035), WAD - WAD / 4);
    }
}
