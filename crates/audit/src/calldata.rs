//! What a transaction brought to the kernel: decisions with their reports, and the queued records it showed.

use alloy::primitives::{Address, B256, Bytes};
use alloy::sol_types::SolCall;
use mandate_contracts::i_kernel::IKernel::{
    ModelDecision, Record, batchCall, decideCall, executeCall, tightenCall,
};

use crate::history::Entry;

/// A decision that a transaction brought, and the waiting record it was shown against.
#[derive(Clone, Debug)]
pub(crate) struct Brought {
    pub(crate) decision: ModelDecision,
    /// Present in a `tighten`; its kind is zero when nothing was said to wait.
    pub(crate) queued: Option<Record>,
    taken: bool,
}

/// The transaction that wrote the records at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    hash: B256,
    /// Who called the kernel itself; `None` when another contract did.
    pub(crate) sender: Option<Address>,
    items: Vec<Brought>,
    /// The market and the record that an `execute` was shown.
    pub(crate) executed: Option<(Address, Record)>,
    /// Whether the calldata is the one encoding of what it says.
    pub(crate) is_canonical: bool,
    /// Whether it decodes at all.
    pub(crate) is_readable: bool,
}

impl Transaction {
    /// Whether this is the record's transaction.
    pub(crate) fn wrote(&self, record: &Entry) -> bool {
        self.hash == record.transaction
    }

    /// Reads the record's transaction.
    pub(crate) fn of(record: &Entry) -> Self {
        let (hash, yes) = (record.transaction, true);
        let mut read = Self { hash, is_canonical: yes, is_readable: yes, ..Self::default() };
        if let Some((sender, input)) = &record.call {
            read.sender = Some(*sender);
            read.read(input);
        }
        read
    }

    /// Reads the four calls that carry decisions; what else the kernel was called with says nothing of them.
    fn read(&mut self, input: &Bytes) {
        let Some(selector) = input.first_chunk::<4>() else { return };
        let read = match *selector {
            decideCall::SELECTOR => self.call(input, |read, call: decideCall| {
                read.bring(call.decision, None);
            }),
            tightenCall::SELECTOR => self.call(input, |read, call: tightenCall| {
                read.bring(call.decision, Some(call.queued));
            }),
            batchCall::SELECTOR => self.call(input, |read, call: batchCall| {
                call.items.into_iter().for_each(|decision| read.bring(decision, None));
            }),
            executeCall::SELECTOR => self.call(input, |read, call: executeCall| {
                read.executed = Some((call.market, call.queued));
            }),
            _ => true,
        };
        self.is_readable = read;
    }

    fn call<C: SolCall>(&mut self, input: &Bytes, keep: impl FnOnce(&mut Self, C)) -> bool {
        let Ok(call) = C::abi_decode(input) else { return false };
        self.is_canonical = call.abi_encode() == *input;
        keep(self, call);
        true
    }

    fn bring(&mut self, decision: ModelDecision, queued: Option<Record>) {
        self.items.push(Brought { decision, queued, taken: false });
    }

    /// Takes the next decision about a parameter; each is taken once, because each that was admitted has one record.
    pub(crate) fn take(&mut self, class: u8, subject: B256) -> Option<Brought> {
        let about = |b: &&mut Brought| {
            !b.taken && b.decision.class == class && b.decision.subject == subject
        };
        let found = self.items.iter_mut().find(about)?;
        found.taken = true;
        Some(found.clone())
    }
}
