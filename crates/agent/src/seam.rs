//! Where a crash can fall between two steps: nothing at all outside of this crate's tests.

use crate::journal::JournalError;

/// Passed between any two steps that leave a trace. In tests it ends the agent's life at a chosen one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seam {
    #[cfg(test)]
    pub(crate) crash: std::sync::Arc<crate::tests::Crash>,
}

impl Seam {
    /// The step before `_place` is done and the one after it is not begun.
    #[cfg_attr(
        not(test),
        allow(clippy::unused_self, clippy::missing_const_for_fn, clippy::unnecessary_wraps)
    )]
    pub(crate) fn pass(&self, _place: &'static str) -> Result<(), JournalError> {
        #[cfg(test)]
        self.crash.pass(_place)?;
        Ok(())
    }
}
