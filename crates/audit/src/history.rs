//! Everything an audit needs, read from a ledger once.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy::sol_types::{SolEvent, SolValue};
use mandate_chain::{Filter, Ledger, LedgerError, LedgerExt};
use mandate_contracts::attestors::Attestors::{signerSetCall, signersAtCall};
use mandate_contracts::i_kernel::IKernel::{Linked, configCall, headCall};
use mandate_contracts::lending_actuator::LendingActuator::{bandsCall, marketCall, steeringCall};
use mandate_contracts::lending_market::LendingMarket::{
    configCall as marketConfigCall, recoveryCall,
};
use mandate_core::record::RecordKind;
use mandate_oracle::Domain;

use crate::policy::Policy;
use crate::records::{MandateActivation, ModelActivation};

/// One record as the ledger shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number in the market's chain.
    pub sequence: u64,
    /// What the act was, as a number.
    pub kind: u8,
    /// The link that the event carries.
    pub link: B256,
    /// ABI-encoded body.
    pub body: Bytes,
    /// Time of the block, seconds.
    pub time: u64,
    /// The transaction that wrote it.
    pub transaction: B256,
    /// The transaction's calldata when it called the kernel itself.
    pub input: Option<Bytes>,
}

/// A signer set at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Signers by index.
    pub signers: Vec<Address>,
    /// Signatures needed.
    pub quorum: usize,
}

/// Everything an audit needs.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Chain and `Attestors`, under which reports are signed.
    pub domain: Domain,
    /// The kernel.
    pub kernel: Address,
    /// D_m, seconds: mandates are validated against it.
    pub min_delay_s: u64,
    /// The market: its actuator's address.
    pub market: Address,
    /// Head digest that the kernel holds.
    pub head: FixedBytes<27>,
    /// All records of the market, oldest first.
    pub records: Vec<Entry>,
    /// Bytes of each mandate that was activated, by the code's address.
    pub mandates: BTreeMap<Address, Bytes>,
    /// Bytes of each program that was activated, by its root.
    pub programs: BTreeMap<Address, Bytes>,
    /// Signer sets by id and version.
    pub sets: BTreeMap<(u32, u32), Members>,
    /// The policy's constants.
    pub policy: Policy,
}

impl History {
    /// Reads a market's whole history; `from` is the block of the kernel's deployment or any block before it.
    pub async fn fetch<L: Ledger>(
        ledger: &L,
        kernel: Address,
        market: Address,
        from: u64,
    ) -> Result<Self, LedgerError> {
        let config = ledger.query(kernel, &configCall {}).await?;
        let domain = Domain { chain_id: ledger.chain_id().await?, attestors: config.attestors };
        let head = ledger.query(kernel, &headCall { market }).await?.digest;
        let records = records(ledger, kernel, market, from).await?;
        let mut history = Self {
            domain,
            kernel,
            min_delay_s: config.minDelay.to(),
            market,
            head,
            records,
            mandates: BTreeMap::new(),
            programs: BTreeMap::new(),
            sets: BTreeMap::new(),
            policy: policy(ledger, market).await?,
        };
        history.fetch_code(ledger).await?;
        history.fetch_sets(ledger).await?;
        Ok(history)
    }

    async fn fetch_code<L: Ledger>(&mut self, ledger: &L) -> Result<(), LedgerError> {
        for record in &self.records {
            if record.kind == RecordKind::Mandate as u8 {
                let Ok(body) = MandateActivation::abi_decode(&record.body) else { continue };
                let code = ledger.code(body.code).await?;
                self.mandates.insert(body.code, code.slice(1.min(code.len())..));
            } else if record.kind == RecordKind::Model as u8 {
                let Ok(body) = ModelActivation::abi_decode(&record.body) else { continue };
                self.programs.insert(body.root, program(ledger, body.root).await?);
            }
        }
        Ok(())
    }

    async fn fetch_sets<L: Ledger>(&mut self, ledger: &L) -> Result<(), LedgerError> {
        let attestors = self.domain.attestors;
        for record in &self.records {
            for decision in crate::judge::decisions(record.input.as_ref()) {
                let (id, version) = (decision.report.signerSet, decision.report.signerVersion);
                if id == 0 || self.sets.contains_key(&(id, version)) {
                    continue;
                }
                let call = signersAtCall { id, version };
                let signers = ledger.query(attestors, &call).await?;
                let present = ledger.query(attestors, &signerSetCall { id }).await?;
                let n = signers.len();
                // An older version's quorum is not kept; the least that its size allows still binds.
                let least = (n + n.saturating_sub(1) / 3) / 2 + 1;
                let quorum =
                    if present.version == version { present.quorum.into() } else { least };
                self.sets.insert((id, version), Members { signers, quorum });
            }
        }
        Ok(())
    }
}

/// The market's records, oldest first.
async fn records<L: Ledger>(
    ledger: &L,
    kernel: Address,
    market: Address,
    from: u64,
) -> Result<Vec<Entry>, LedgerError> {
    let head = ledger.head().await?.number;
    let filter = Filter::blocks(from..=head)
        .address(kernel)
        .event::<Linked>()
        .topic(1, B256::left_padding_from(market.as_slice()));
    let mut times = BTreeMap::new();
    let mut inputs: BTreeMap<B256, Option<Bytes>> = BTreeMap::new();
    let mut entries = Vec::new();
    for log in ledger.logs(&filter).await? {
        let Ok(event) = Linked::decode_log(&log.inner) else { continue };
        if !times.contains_key(&log.block) {
            let block = ledger.block(log.block).await?;
            times.insert(log.block, block.map_or(0, |b| b.time));
        }
        if !inputs.contains_key(&log.transaction) {
            let transaction = ledger.transaction(log.transaction).await?;
            let direct = transaction.filter(|t| t.to == Some(kernel)).map(|t| t.input);
            inputs.insert(log.transaction, direct);
        }
        entries.push(Entry {
            sequence: event.sequence.to(),
            kind: event.kind,
            link: event.link,
            body: event.data.body,
            time: times[&log.block],
            transaction: log.transaction,
            input: inputs[&log.transaction].clone(),
        });
    }
    Ok(entries)
}

/// A program from its root: the code starts with the number and the addresses of the other chunks.
async fn program<L: Ledger>(ledger: &L, root: Address) -> Result<Bytes, LedgerError> {
    let code = ledger.code(root).await?;
    let count = code.get(..2).map_or(0, |c| usize::from(u16::from_be_bytes([c[0], c[1]])));
    let Some(first) = code.get(2 + 20 * count..) else { return Ok(Bytes::new()) };
    let mut bytes = first.to_vec();
    for i in 0..count {
        let chunk = Address::from_slice(&code[2 + 20 * i..22 + 20 * i]);
        let code = ledger.code(chunk).await?;
        bytes.extend_from_slice(code.get(1..).unwrap_or_default());
    }
    Ok(bytes.into())
}

async fn policy<L: Ledger>(ledger: &L, actuator: Address) -> Result<Policy, LedgerError> {
    let market = ledger.query(actuator, &marketCall {}).await?;
    let config = ledger.query(market, &marketConfigCall {}).await?;
    let steering = ledger.query(actuator, &steeringCall {}).await?;
    let narrow = |x: U256| u128::try_from(x).unwrap_or(u128::MAX);
    Ok(Policy {
        bands: ledger.query(actuator, &bandsCall {}).await?,
        rate_step: narrow(steering.step),
        undo_time_s: steering.undoTime,
        min_multiplier: narrow(config.minMultiplier),
        max_multiplier: narrow(config.maxMultiplier),
        flow: config.borrowCap.saturating_mul(config.rateCap),
        quantum: narrow(config.quantum),
        recovery: narrow(ledger.query(market, &recoveryCall {}).await?),
    })
}
