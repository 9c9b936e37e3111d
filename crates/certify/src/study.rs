//! Many rows at several budgets.

use std::sync::atomic::{AtomicUsize, Ordering};

use mandate_model::{Model, ModelError, pack};

use crate::attack::attack;
use crate::price::Prices;
use crate::search::{Goal, Limits, Side, Verdict, search};
use crate::share::{Decision, Standing, standing};
use crate::space::Space;

/// What is asked about every row.
#[derive(Clone, Debug)]
pub struct Study<'a> {
    /// The model.
    pub model: &'a Model,
    /// What its features cost to move.
    pub prices: &'a Prices,
    /// In billionths of the money, ascending.
    pub budgets: &'a [u64],
    /// The decision that must hold; without one, how far the output moves.
    pub decision: Option<Decision>,
    /// Of each search.
    pub limits: Limits,
    /// How often the attacker climbs where a search leaves something open.
    pub tries: usize,
    /// Whether the attacker climbs everywhere: a check of the bounds by something that shares nothing with them.
    pub everywhere: bool,
}

/// What has been shown about one row at one budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Whether the decision can be turned.
    Decision(Standing),
    /// How low and how high the margin can be made.
    Moves {
        /// Downwards.
        lowest: Verdict,
        /// Upwards.
        highest: Verdict,
    },
}

impl Finding {
    /// The searches that were made.
    pub fn verdicts(&self) -> Vec<&Verdict> {
        match self {
            Self::Decision(standing) => vec![standing.verdict()],
            Self::Moves { lowest, highest } => vec![lowest, highest],
        }
    }
}

impl Study<'_> {
    /// A finding for each row and budget, in their order; `seen` is told how many rows are done. Rows are shared among as
    /// many threads as the machine has cores; the answer does not depend on how many those are.
    pub fn run(
        &self,
        rows: &[Vec<i32>],
        seen: impl Fn(usize) + Sync,
    ) -> Result<Vec<Vec<Finding>>, ModelError> {
        let threads =
            std::thread::available_parallelism().map_or(1, usize::from).min(rows.len().max(1));
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let mut found = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(row) = rows.get(index) else { return Ok(found) };
                found.push((index, self.row(row)?));
                seen(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        let parts = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let joined =
                handles.into_iter().map(|handle| handle.join().expect("searches do not panic"));
            joined.collect::<Result<Vec<_>, ModelError>>()
        })?;
        let mut all: Vec<_> = parts.into_iter().flatten().collect();
        all.sort_by_key(|(index, _)| *index);
        Ok(all.into_iter().map(|(_, findings)| findings).collect())
    }

    fn row(&self, row: &[i32]) -> Result<Vec<Finding>, ModelError> {
        let space = |budget| Space::new(self.model.schema(), self.prices, row, budget);
        let Some(decision) = self.decision else {
            return self.budgets.iter().map(|&budget| self.moves(&space(budget))).collect();
        };
        // What holds at the largest budget holds at the others, and what falls at one falls at those above it.
        let Some((&largest, others)) = self.budgets.split_last() else { return Ok(Vec::new()) };
        let last = self.decided(&space(largest), decision)?;
        if matches!(last, Standing::Certified(_)) {
            return Ok(vec![Finding::Decision(last); self.budgets.len()]);
        }
        let mut findings = Vec::with_capacity(self.budgets.len());
        let mut fallen: Option<Standing> = None;
        for &budget in others {
            let found = match &fallen {
                Some(standing) => standing.clone(),
                None => self.decided(&space(budget), decision)?,
            };
            if matches!(found, Standing::Broken(_)) {
                fallen = Some(found.clone());
            }
            findings.push(Finding::Decision(found));
        }
        findings.push(Finding::Decision(fallen.unwrap_or(last)));
        Ok(findings)
    }

    fn decided(&self, space: &Space, decision: Decision) -> Result<Standing, ModelError> {
        let program = self.model.program();
        let found = standing(program, space, decision, self.limits)?;
        let above = program.margin(&pack(space.row())?)? >= decision.margin;
        let side = if above { Side::Lowest } else { Side::Highest };
        if self.everywhere {
            self.climb(space, side, &mut found.verdict().clone())?;
        }
        let Standing::Open(mut verdict) = found else { return Ok(found) };
        self.climb(space, side, &mut verdict)?;
        let turned = (verdict.found >= decision.margin) != above;
        Ok(if turned { Standing::Broken(verdict) } else { Standing::Open(verdict) })
    }

    fn moves(&self, space: &Space) -> Result<Finding, ModelError> {
        let one = |side| {
            let mut verdict =
                search(self.model.program(), space, side, Goal::Extreme, self.limits)?;
            self.climb(space, side, &mut verdict)?;
            Ok::<_, ModelError>(verdict)
        };
        Ok(Finding::Moves { lowest: one(Side::Lowest)?, highest: one(Side::Highest)? })
    }

    /// Lets an attacker try for what a search has not settled.
    ///
    /// # Panics
    ///
    /// When an attack gets beyond the bound: then the bound is wrong, and nothing that rests on it may be believed.
    fn climb(&self, space: &Space, side: Side, verdict: &mut Verdict) -> Result<(), ModelError> {
        if self.tries == 0 || (verdict.is_exact() && !self.everywhere) {
            return Ok(());
        }
        let (margin, row) = attack(self.model.program(), space, side, self.tries, 0)?;
        let further = |than: i64| match side {
            Side::Lowest => margin < than,
            Side::Highest => margin > than,
        };
        assert!(
            !further(verdict.bound),
            "an attack reaches {margin}, beyond the bound of {verdict:?}"
        );
        if further(verdict.found) {
            verdict.cost = space.cost(&row).unwrap_or_default();
            (verdict.found, verdict.row) = (margin, row);
        }
        Ok(())
    }
}
