//! Transactions that wait for a block.

use alloy::primitives::{Address, B256};

use crate::tx::Tx;
use crate::{LedgerError, Result};

/// Waiting transactions, in order of arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool(Vec<Tx>);

impl Pool {
    pub(super) fn find(&self, hash: &B256) -> Option<&Tx> {
        self.0.iter().find(|tx| tx.hash == *hash)
    }

    /// Adds a transaction; one with the same sender and nonce gives way only to a tenth more in both fees.
    pub(super) fn add(&mut self, tx: Tx) -> Result<()> {
        let same = |old: &Tx| old.from == tx.from && old.nonce == tx.nonce;
        let Some(place) = self.0.iter().position(same) else {
            self.0.push(tx);
            return Ok(());
        };
        let old = &self.0[place];
        outbid(old.max_fee, tx.max_fee)?;
        outbid(tip(old), tip(&tx))?;
        self.0[place] = tx;
        Ok(())
    }

    /// The nonce after those that wait without a gap from `next` on.
    pub(super) fn nonce(&self, who: Address, next: u64) -> u64 {
        let waits = |nonce: &u64| self.0.iter().any(|tx| tx.from == who && tx.nonce == *nonce);
        (next..).find(|nonce| !waits(nonce)).unwrap_or(next)
    }

    /// Takes out all that can be mined, each sender's in order of nonce; `next` tells a sender's next nonce.
    pub(super) fn take_ready(&mut self, next: impl Fn(Address) -> u64) -> Vec<Tx> {
        let mut ready: Vec<Tx> = Vec::new();
        while let Some(place) = self.0.iter().position(|tx| {
            let before = ready.iter().filter(|r| r.from == tx.from).count() as u64;
            tx.nonce == next(tx.from) + before
        }) {
            ready.push(self.0.remove(place));
        }
        ready
    }

    /// Puts back what found no room, before the others.
    pub(super) fn put_back(&mut self, txs: Vec<Tx>) {
        self.0.splice(0..0, txs);
    }

    /// Drops what can never be mined again.
    pub(super) fn drop_stale(&mut self, next: impl Fn(Address) -> u64) {
        self.0.retain(|tx| tx.nonce >= next(tx.from));
    }
}

fn tip(tx: &Tx) -> u128 {
    tx.priority_fee.unwrap_or(tx.max_fee)
}

/// A tenth more, rounded up, as nodes demand it.
fn outbid(old: u128, new: u128) -> Result<()> {
    let required = old.saturating_add(old.div_ceil(10)).max(1);
    if new < required {
        return Err(LedgerError::ReplacementUnderpriced { given: new, required: Some(required) });
    }
    Ok(())
}
