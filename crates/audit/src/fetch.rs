//! Reading a history from a ledger: events in ranges, transactions by hash, code by address, and a few views. No archive state.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall;
use mandate_chain::{At, Block, Call, Filter, Ledger, LedgerError, LedgerExt};
use mandate_contracts::IKernel;
use mandate_contracts::attestors::Attestors::{SignerSetChanged, signerSetCall, signersAtCall};
use mandate_contracts::lending_actuator::LendingActuator::{bandsCall, marketCall, steeringCall};
use mandate_contracts::lending_market::LendingMarket::{configCall, recoveryCall};
use mandate_core::lending::terms::TermsLimits;
use mandate_core::record::HeadDigest;
use mandate_oracle::Domain;

use crate::body::{self, Body};
use crate::code;
use crate::history::{Entry, History, Members, Present};
use crate::policy::Policy;

/// Most blocks that one question for logs covers.
const SPAN: u64 = 5_000;

/// Which market is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The kernel.
    pub kernel: Address,
    /// The market: its actuator's address.
    pub market: Address,
    /// The block of the kernel's and the attestors' deployment, or any block before it.
    pub from_block: u64,
}

/// Why a history cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The ledger did not answer, or refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// There is no contract.
    #[error("there is no contract at the {name}'s address {address}")]
    NoCode {
        /// What should stand there.
        name: &'static str,
        /// The address.
        address: Address,
    },
    /// Something else stands there.
    #[error("what stands at {address} is no {name}")]
    NoContract {
        /// What should stand there.
        name: &'static str,
        /// The address.
        address: Address,
    },
    /// The kernel has no record of the market from that block on.
    #[error("kernel {kernel} has no record of market {market} from block {from_block} on")]
    NoRecords {
        /// The kernel.
        kernel: Address,
        /// The market.
        market: Address,
        /// First block that was searched.
        from_block: u64,
    },
}

type Result<T, E = FetchError> = std::result::Result<T, E>;

/// What is being read: records done and records in all.
pub type Progress<'a> = &'a mut (dyn FnMut(usize, usize) + Send);

impl History {
    /// Reads a market's whole history.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch<L: Ledger>(ledger: &L, source: &Source) -> Result<Self> {
        Self::fetch_with(ledger, source, &mut |_, _| {}).await
    }

    /// The same, and tells how far it is.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch_with<L: Ledger>(
        ledger: &L,
        source: &Source,
        progress: Progress<'_>,
    ) -> Result<Self> {
        let reader = Reader { ledger, source, head: ledger.head().await? };
        reader.require_code("kernel", source.kernel).await?;
        reader.require_code("market", source.market).await?;
        let config = ledger.query(source.kernel, &IKernel::configCall {}).await;
        let config = config.map_err(|e| other(e, "kernel", source.kernel))?;
        let records = reader.records(progress).await?;
        let codes = reader.codes(&records).await?;
        let sets = reader.sets(config.attestors).await?;
        let mut present = reader.present(&records).await?;
        present.quorums = reader.quorums(config.attestors, &sets).await?;
        Ok(Self {
            domain: Domain { chain_id: ledger.chain_id().await?, attestors: config.attestors },
            kernel: source.kernel,
            store: config.store,
            governor: config.governor,
            min_delay_s: config.minDelay.to(),
            pause_max_s: config.pauseMax.to(),
            market: source.market,
            codes,
            sets,
            policy: reader.policy().await?,
            present,
            records,
        })
    }
}

/// A refusal, or an answer of another shape, to a question that every such contract answers.
fn other(error: LedgerError, name: &'static str, address: Address) -> FetchError {
    match error {
        LedgerError::Reverted(_) | LedgerError::BadAnswer(_) => {
            FetchError::NoContract { name, address }
        }
        error => error.into(),
    }
}

struct Reader<'a, L> {
    ledger: &'a L,
    source: &'a Source,
    head: Block,
}

impl<L: Ledger> Reader<'_, L> {
    async fn require_code(&self, name: &'static str, address: Address) -> Result<()> {
        match self.ledger.code(address).await?.is_empty() {
            true => Err(FetchError::NoCode { name, address }),
            false => Ok(()),
        }
    }

    /// A view as of the head that the history ends with.
    async fn ask<C: SolCall + Sync>(&self, to: Address, call: &C) -> Result<C::Return> {
        let at = At::Block(self.head.number);
        let answer = self.ledger.call(&Call::of(to, call), at).await?;
        let answer = C::abi_decode_returns(&answer);
        Ok(answer.map_err(|e| LedgerError::BadAnswer(e.to_string()))?)
    }

    /// Logs in ranges, each with what `keep` makes of it.
    async fn logs(&self, filter: impl Fn(Filter) -> Filter) -> Result<Vec<mandate_chain::Log>> {
        let mut logs = Vec::new();
        let mut next = self.source.from_block;
        while next <= self.head.number {
            let last = self.head.number.min(next.saturating_add(SPAN - 1));
            logs.extend(self.ledger.logs(&filter(Filter::blocks(next..=last))).await?);
            next = last + 1;
        }
        Ok(logs)
    }

    /// The records of the market and of the kernel itself, oldest first.
    async fn records(&self, progress: Progress<'_>) -> Result<Vec<Entry>> {
        let Source { kernel, market, from_block } = *self.source;
        let logs = self
            .logs(|filter| {
                let filter = filter.address(kernel).event::<IKernel::Linked>();
                filter.topic(1, market.into_word()).topic(1, B256::ZERO)
            })
            .await?;
        let mut times = BTreeMap::new();
        let mut calls = BTreeMap::new();
        let mut entries = Vec::with_capacity(logs.len());
        for (done, log) in logs.iter().enumerate() {
            progress(done, logs.len());
            let Some(event) = log.decode::<IKernel::Linked>() else { continue };
            if let Slot::Vacant(free) = times.entry(log.block) {
                free.insert(self.ledger.block(log.block).await?.map_or(0, |b| b.time));
            }
            if let Slot::Vacant(free) = calls.entry(log.transaction) {
                free.insert(self.call_of(log.transaction).await?);
            }
            entries.push(Entry {
                market: event.market,
                when: (log.block, log.index),
                sequence: event.sequence.to(),
                kind: event.kind,
                link: event.link,
                body: event.body,
                time: times[&log.block],
                transaction: log.transaction,
                call: calls[&log.transaction].clone(),
            });
        }
        progress(logs.len(), logs.len());
        if !entries.iter().any(|e| e.market == market) {
            return Err(FetchError::NoRecords { kernel, market, from_block });
        }
        Ok(entries)
    }

    async fn call_of(&self, transaction: B256) -> Result<Option<(Address, Bytes)>> {
        let sent = self.ledger.transaction(transaction).await?;
        let direct = sent.filter(|t| t.to == Some(self.source.kernel));
        Ok(direct.map(|t| (t.from, t.input)))
    }

    /// The code of every mandate and program that a record names.
    async fn codes(&self, records: &[Entry]) -> Result<BTreeMap<Address, Bytes>> {
        let mut codes = BTreeMap::new();
        for record in records {
            match body::decode(record.kind, &record.body) {
                Some(Body::Mandate(body)) => {
                    codes.insert(body.code, self.ledger.code(body.code).await?);
                }
                Some(Body::Model(body)) => {
                    let root = self.ledger.code(body.root).await?;
                    for chunk in code::chunks(&root) {
                        codes.insert(chunk, self.ledger.code(chunk).await?);
                    }
                    codes.insert(body.root, root);
                }
                _ => {}
            }
        }
        Ok(codes)
    }

    /// Every version of every signer set.
    async fn sets(&self, attestors: Address) -> Result<BTreeMap<(u32, u32), Members>> {
        let mut sets = BTreeMap::new();
        for log in self.logs(|f| f.address(attestors).event::<SignerSetChanged>()).await? {
            let Some(event) = log.decode::<SignerSetChanged>() else { continue };
            let (id, version) = (event.id, event.version);
            let stored = self.ask(attestors, &signersAtCall { id, version }).await?;
            let since = (log.block, log.index);
            let members = Members { since, signers: event.signers, quorum: event.quorum, stored };
            sets.insert((id, version), members);
        }
        Ok(sets)
    }

    /// Version and quorum of every set as the contract holds them now.
    async fn quorums(
        &self,
        attestors: Address,
        sets: &BTreeMap<(u32, u32), Members>,
    ) -> Result<BTreeMap<u32, (u32, u8)>> {
        let mut quorums = BTreeMap::new();
        for &(id, _) in sets.keys() {
            if let Slot::Vacant(free) = quorums.entry(id) {
                let held = self.ask(attestors, &signerSetCall { id }).await?;
                free.insert((held.version, held.quorum));
            }
        }
        Ok(quorums)
    }

    async fn policy(&self) -> Result<Policy> {
        let actuator = self.source.market;
        let market = self.ask(actuator, &marketCall {}).await?;
        let config = self.ask(market, &configCall {}).await?;
        let steering = self.ask(actuator, &steeringCall {}).await?;
        let narrow = |x: U256| u128::try_from(x).unwrap_or(u128::MAX);
        Ok(Policy {
            bands: self.ask(actuator, &bandsCall {}).await?,
            rate_step: narrow(steering.step),
            undo_time_s: steering.undoTime,
            min_multiplier: narrow(config.minMultiplier),
            max_multiplier: narrow(config.maxMultiplier),
            flow: config.borrowCap.saturating_mul(config.rateCap),
            quantum: narrow(config.quantum),
            recovery: narrow(self.ask(market, &recoveryCall {}).await?),
            limits: TermsLimits {
                lambda_bps: config.maxLambdaBps,
                spread_bps: config.maxSpreadBps,
                tenor_hours: config.maxTenorHours,
            },
        })
    }

    /// What the kernel holds at the head.
    async fn present(&self, records: &[Entry]) -> Result<Present> {
        let Source { kernel, market, .. } = *self.source;
        let mut parameters = BTreeMap::new();
        let bodies = records.iter().filter_map(|r| body::decode(r.kind, &r.body));
        for (class, subject) in bodies.flat_map(|body| body.parameters()) {
            if let Slot::Vacant(free) = parameters.entry((class, subject)) {
                let call = IKernel::parameterCall { market, class, subject };
                free.insert(self.ask(kernel, &call).await?);
            }
        }
        Ok(Present {
            time: self.head.time,
            head: self.chain_head(market).await?,
            kernel_head: self.chain_head(Address::ZERO).await?,
            parameters,
            standing: self.ask(kernel, &IKernel::standingCall { market }).await?,
            allowance: self.ask(kernel, &IKernel::allowanceCall { market }).await?,
            quorums: BTreeMap::new(),
        })
    }

    async fn chain_head(&self, market: Address) -> Result<(HeadDigest, u64)> {
        let head = self.ask(self.source.kernel, &IKernel::headCall { market }).await?;
        Ok((head.digest, head.sequence.to()))
    }
}
