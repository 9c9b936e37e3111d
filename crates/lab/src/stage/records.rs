//! The market's records, as anybody reads them from the events.

use alloy::primitives::{Address, B256, FixedBytes};
use mandate_chain::{Acted, Filter, Ledger, Revert};
use mandate_contracts::IKernel;
use mandate_contracts::i_kernel::IKernel::Record;

use super::Stage;
use crate::LabError;

/// Kind of a record that waits.
const QUEUE: u8 = 2;

impl Stage {
    /// Every record of the market, oldest first, with the link that each one made.
    pub async fn records(&self) -> Result<Vec<(Record, B256)>, LabError> {
        let head = self.chain.head().await?.number;
        let market = self.at().actuator.into_word();
        let filter = Filter::blocks(0..=head)
            .address(self.at().kernel)
            .event::<IKernel::Linked>()
            .topic(1, market);
        let mut previous = FixedBytes::<27>::ZERO;
        let mut records = Vec::new();
        for log in self.chain.logs(&filter).await? {
            let Some(linked) = log.decode::<IKernel::Linked>() else { continue };
            let time = self.chain.block(log.block).await?.map_or(0, |b| b.time);
            let record = Record {
                previous,
                sequence: linked.sequence,
                kind: linked.kind,
                time: time.try_into().expect("a time of this age"),
                body: linked.body,
            };
            previous = FixedBytes::from_slice(&linked.link[..27]);
            records.push((record, linked.link));
        }
        Ok(records)
    }

    /// Brings every waiting decision to its end, if it is ripe; the number that took effect, and the refusals.
    pub async fn execute_all(&mut self, who: Address) -> Result<(u32, Vec<Revert>), LabError> {
        let (mut done, mut refused) = (0, Vec::new());
        for queued in std::mem::take(&mut self.waiting) {
            match self.execute(who, queued.clone())? {
                Ok(_) => done += 1,
                Err(refusal) => match refusal.name() {
                    Some("NotPending") => {}
                    Some("TooEarly") => self.waiting.push(queued),
                    _ => {
                        self.waiting.push(queued);
                        refused.push(refusal);
                    }
                },
            }
        }
        Ok((done, refused))
    }

    /// Remembers what a decision left waiting; `previous` is the head before it.
    pub(super) async fn watch(
        &mut self,
        acted: &Acted,
        mut previous: FixedBytes<27>,
    ) -> Result<(), LabError> {
        let time = self.chain.head().await?.time.try_into().expect("a time of this age");
        for linked in acted.receipt.logs.iter().filter_map(|l| l.decode::<IKernel::Linked>()) {
            if linked.kind == QUEUE {
                let (sequence, kind, body) = (linked.sequence, linked.kind, linked.body);
                self.waiting.push(Record { previous, sequence, kind, time, body });
            }
            previous = FixedBytes::from_slice(&linked.link[..27]);
        }
        Ok(())
    }

    /// Ends one queued decision.
    pub fn execute(
        &mut self,
        who: Address,
        queued: Record,
    ) -> Result<Result<Acted, Revert>, LabError> {
        let market = self.at().actuator;
        self.act(who, self.at().kernel, &IKernel::executeCall { market, queued })
    }
}
