//! The market's records, read from the ledger's events: to end what is queued one must show its record.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, FixedBytes, aliases::U40};
use mandate_chain::{Filter, Ledger};
use mandate_contracts::i_kernel::IKernel::{Linked, Record};
use mandate_core::record::body::Decision;
use mandate_core::record::{RecordKind, head_digest, trail_digest};

use crate::error::Result;

/// Most blocks that one question covers.
const SPAN: u64 = 5_000;

/// One link of a market's chain.
#[derive(Clone, Debug)]
struct Link {
    kind: u8,
    link: B256,
    block: u64,
    block_hash: B256,
    /// Kept for QUEUE records only.
    body: Bytes,
}

/// A market's records as far as they were read.
#[derive(Debug)]
pub(super) struct Records {
    kernel: Address,
    market: Address,
    next: u64,
    links: BTreeMap<u64, Link>,
}

/// A decision that may still wait, with its record.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) record: Record,
    pub(super) body: Decision,
    /// As its parameters keep it.
    pub(super) digest: FixedBytes<22>,
}

impl Records {
    pub(super) const fn new(kernel: Address, market: Address, from_block: u64) -> Self {
        Self { kernel, market, next: from_block, links: BTreeMap::new() }
    }

    /// Reads on to the head; begins anew behind whatever the chain has forgotten.
    pub(super) async fn read<L: Ledger>(&mut self, ledger: &L) -> Result<()> {
        while let Some((&sequence, last)) = self.links.last_key_value() {
            let block = ledger.block(last.block).await?;
            if block.is_some_and(|block| block.hash == last.block_hash) {
                break;
            }
            self.next = self.next.min(last.block);
            self.links.remove(&sequence);
        }
        let head = ledger.head().await?.number;
        self.next = self.next.min(head + 1);
        while self.next <= head {
            let last = head.min(self.next + SPAN - 1);
            let filter = Filter::blocks(self.next..=last)
                .address(self.kernel)
                .event::<Linked>()
                .topic(1, self.market.into_word());
            for log in ledger.logs(&filter).await? {
                if let Some(event) = log.decode::<Linked>() {
                    self.keep(&event, log.block, log.block_hash);
                }
            }
            self.next = last + 1;
        }
        Ok(())
    }

    fn keep(&mut self, event: &Linked, block: u64, block_hash: B256) {
        let is_queue = event.kind == RecordKind::Queue as u8;
        let body = if is_queue { event.body.clone() } else { Bytes::new() };
        let link = Link { kind: event.kind, link: event.link, block, block_hash, body };
        self.links.insert(event.sequence.to(), link);
    }

    /// The QUEUE records, newest first; whether one still waits, its parameters say.
    pub(super) async fn queued<L: Ledger>(&self, ledger: &L) -> Result<Vec<Waiting>> {
        let mut all = Vec::new();
        for (&sequence, link) in self.links.iter().rev() {
            if link.kind != RecordKind::Queue as u8 {
                continue;
            }
            let Ok(body) = Decision::decode(&link.body) else { continue };
            let Some(block) = ledger.block(link.block).await? else { continue };
            let before = self.links.get(&(sequence - 1)).map(|link| head_digest(link.link));
            let record = Record {
                previous: before.unwrap_or_default(),
                sequence: U40::from(sequence),
                kind: link.kind,
                time: U40::from(block.time),
                body: link.body.clone(),
            };
            all.push(Waiting { record, body, digest: trail_digest(link.link) });
        }
        Ok(all)
    }

    /// Forgets the body of a QUEUE record that has ended.
    pub(super) fn end(&mut self, sequence: u64) {
        if let Some(link) = self.links.get_mut(&sequence) {
            link.kind = 0;
            link.body = Bytes::new();
        }
    }
}
