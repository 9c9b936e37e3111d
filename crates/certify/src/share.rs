//! Which decisions an attacker can turn.

use mandate_model::{ModelError, Program, pack};
use serde::Serialize;

use crate::search::{Goal, Limits, Side, Verdict, search};
use crate::space::Space;

/// A decision: the output is at least a threshold, or it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The least margin on the upper side.
    pub margin: i64,
}

/// What has been shown about one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No input that can be paid for turns the decision.
    Certified(Verdict),
    /// This one does.
    Broken(Verdict),
    /// Neither was found within the limits.
    Open(Verdict),
}

impl Standing {
    /// What the search has shown.
    pub const fn verdict(&self) -> &Verdict {
        match self {
            Self::Certified(verdict) | Self::Broken(verdict) | Self::Open(verdict) => verdict,
        }
    }
}

/// How many rows stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Proven to hold.
    pub certified: usize,
    /// Turned by an attack.
    pub broken: usize,
    /// Not settled.
    pub open: usize,
}

impl Tally {
    /// Counts one row.
    pub const fn add(&mut self, standing: &Standing) {
        match standing {
            Standing::Certified(_) => self.certified += 1,
            Standing::Broken(_) => self.broken += 1,
            Standing::Open(_) => self.open += 1,
        }
    }

    /// Rows counted.
    pub const fn rows(&self) -> usize {
        self.certified + self.broken + self.open
    }
}

/// The least margin whose output is at least `threshold` (scaled by `1e18`); none if no margin has one.
pub fn least_margin(program: &Program, threshold: i128) -> Option<i64> {
    let head = program.head();
    head.link.least_margin(threshold, head.shift)
}

/// Whether the decision about the space's row can be turned.
pub fn standing(
    program: &Program,
    space: &Space,
    decision: Decision,
    limits: Limits,
) -> Result<Standing, ModelError> {
    let now = program.margin(&pack(space.row())?)?;
    let above = |margin: i64| margin >= decision.margin;
    let (side, goal) = if above(now) {
        (Side::Lowest, decision.margin.saturating_sub(1))
    } else {
        (Side::Highest, decision.margin)
    };
    let verdict = search(program, space, side, Goal::Reach(goal), limits)?;
    Ok(if above(verdict.found) != above(now) {
        Standing::Broken(verdict)
    } else if above(verdict.bound) == above(now) {
        Standing::Certified(verdict)
    } else {
        Standing::Open(verdict)
    })
}
