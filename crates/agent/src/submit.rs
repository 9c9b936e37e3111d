//! Submitting: from an intent in the journal to a settled block, exactly once.
//!
//! Nothing is sent that was not journalled before, bytes and all. A second transaction is signed for a decision only with the
//! first one's nonce, or when that nonce is spent in a settled block. So whatever is lost in between (the process, the
//! answer, the ledger's last blocks), sending the journalled bytes again is always right.

use std::collections::BTreeMap;
use std::sync::Mutex;

use mandate_chain::{At, Block, Call, FeePolicy, Ledger, LedgerError, Receipt, Signer, Unsigned};

use crate::error::{AgentError, Result};
use crate::explain::explain;
use crate::journal::{Attempt, Decision, Journal, Offer, Place};
use crate::state::{AttemptState, State};

/// What the agent does when another transaction has taken a nonce of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// It stops: two agents with one key is a mistake.
    #[default]
    Stop,
    /// It signs the decision again, once the foreign transaction is settled.
    SignAgain,
}

/// How the agent submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Blocks on top of a transaction's block after which it counts as settled.
    pub finality: u64,
    /// What it offers.
    pub fees: FeePolicy,
    /// Most transactions that wait at a time.
    pub in_flight: u64,
    /// Seconds until a passing refusal is looked at again; doubled each time, up to 64-fold.
    pub again_after_s: u64,
    /// What a foreign transaction of the same key means.
    pub on_conflict: OnConflict,
}

impl Default for Submission {
    fn default() -> Self {
        Self {
            finality: 12,
            fees: FeePolicy::default(),
            in_flight: 8,
            again_after_s: 60,
            on_conflict: OnConflict::Stop,
        }
    }
}

/// Drives the decisions of a journal over a ledger.
#[derive(Debug)]
pub(crate) struct Submitter<L> {
    pub(crate) ledger: L,
    pub(crate) journal: Journal,
    signer: Signer,
    chain_id: u64,
    terms: Submission,
    /// Nonces that another transaction seems to have taken, and since which block.
    taken: Mutex<BTreeMap<u64, u64>>,
}

/// Head and nonce of the agent, read before anything that is judged by them.
#[derive(Clone, Debug)]
struct Now {
    nonce: u64,
    head: Block,
}

impl<L: Ledger> Submitter<L> {
    pub(crate) async fn new(
        ledger: L,
        journal: Journal,
        signer: Signer,
        terms: Submission,
    ) -> Result<Self> {
        let chain_id = ledger.chain_id().await?;
        Ok(Self { ledger, journal, signer, chain_id, terms, taken: Mutex::default() })
    }

    /// Brings the journal up to the chain, and the chain up to the journal.
    pub(crate) async fn settle(&self) -> Result<()> {
        let now = self.now().await?;
        self.check_next_nonce(&now).await?;
        let unsettled = self.journal.unsettled(now.nonce).await?;
        self.check_gap(&now, &unsettled)?;
        for group in unsettled.chunk_by(|a, b| a.nonce == b.nonce) {
            self.settle_nonce(&now, group).await?;
        }
        Ok(())
    }

    /// Signs and sends what is intended, after looking again at refusals that may have passed.
    pub(crate) async fn submit(&self) -> Result<()> {
        let now = self.now().await?;
        self.look_again(&now).await?;
        let waiting =
            self.journal.count(State::Signed).await? + self.journal.count(State::Sent).await?;
        let room = self.terms.in_flight.saturating_sub(waiting);
        let intended = self.journal.decisions(State::Intended).await?;
        for decision in intended.iter().take(usize::try_from(room).unwrap_or(usize::MAX)) {
            self.submit_one(&now, decision).await?;
        }
        Ok(())
    }

    async fn now(&self) -> Result<Now> {
        // The nonce first: a transaction that is mined after this line is found by its receipt, never taken for foreign.
        let nonce = self.ledger.nonce(self.signer.address(), At::Latest).await?;
        Ok(Now { nonce, head: self.ledger.head().await? })
    }

    async fn submit_one(&self, now: &Now, decision: &Decision) -> Result<()> {
        let intent = &decision.intent;
        let call = Call::new(intent.target, intent.input.clone()).from(self.signer.address());
        let offer = match self.dry_run(&call).await {
            Ok(offer) => offer,
            Err(AgentError::Ledger(LedgerError::Reverted(revert))) => {
                let (reason, passes) = explain(&revert);
                return self.refuse(now, decision, &reason, passes).await;
            }
            Err(other) => return Err(other),
        };
        let least = match self.journal.next_nonce().await? {
            Some(_) => now.nonce,
            // The first one ever: whatever waits already was sent before this journal began.
            None => self.ledger.nonce(self.signer.address(), At::Pending).await?,
        };
        let attempt = self
            .journal
            .sign(decision, least, offer, now.head.time, |nonce| self.sign(&call, nonce, offer))
            .await?;
        self.send(now, &attempt).await
    }

    /// What the kernel would say in the next block, and what to offer if it agrees.
    async fn dry_run(&self, call: &Call) -> Result<Offer> {
        self.ledger.call(call, At::Pending).await?;
        let estimate = self.ledger.estimate(call).await?;
        let fees = self.terms.fees.first(self.ledger.fees().await?);
        Ok(Offer { fees, gas_limit: estimate.saturating_add(estimate / 4) })
    }

    fn sign(&self, call: &Call, nonce: u64, offer: Offer) -> mandate_chain::Signed {
        self.signer.sign(&Unsigned {
            chain_id: self.chain_id,
            nonce,
            gas_limit: offer.gas_limit,
            fees: offer.fees,
            call: call.clone(),
        })
    }

    async fn refuse(
        &self,
        now: &Now,
        decision: &Decision,
        reason: &str,
        passes: bool,
    ) -> Result<()> {
        let wait = self.terms.again_after_s << decision.tries.min(6);
        let again_at = passes.then(|| now.head.time.saturating_add(wait));
        tracing::info!(decision = %decision.intent.key, reason, "refused");
        Ok(self.journal.refuse(decision.id, reason, again_at, now.head.time).await?)
    }

    async fn look_again(&self, now: &Now) -> Result<()> {
        for decision in self.journal.due(now.head.time).await? {
            self.journal.reopen(decision, "looked at again", now.head.time).await?;
        }
        Ok(())
    }

    /// Sends journalled bytes, which may have been sent before.
    async fn send(&self, now: &Now, attempt: &Attempt) -> Result<()> {
        match self.ledger.send_raw(&attempt.raw).await {
            Ok(_) => Ok(self.journal.sent(attempt, now.head.number, now.head.time).await?),
            // Spent, by this very transaction or by another one: the next look at the chain tells which.
            Err(LedgerError::NonceTooLow { .. }) => Ok(()),
            Err(LedgerError::FeeTooLow { .. } | LedgerError::ReplacementUnderpriced { .. }) => {
                self.replace(now, attempt).await
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Signs the same call with the same nonce at a better price, and sends that.
    async fn replace(&self, now: &Now, last: &Attempt) -> Result<()> {
        let going = self.ledger.fees().await?;
        let fees = self
            .terms
            .fees
            .replacement(last.fees, going)
            .map_err(|cap| AgentError::FeeCapReached { nonce: last.nonce, cap })?;
        let offer = Offer { fees, gas_limit: last.gas_limit };
        let Some(decision) = self.journal.decision(last.decision).await? else { return Ok(()) };
        let call = Call::new(decision.intent.target, decision.intent.input);
        let signed = self.sign(&call, last.nonce, offer);
        let attempt = self.journal.replace(last, offer, now.head.time, signed).await?;
        self.ledger.send_raw(&attempt.raw).await?;
        Ok(self.journal.sent(&attempt, now.head.number, now.head.time).await?)
    }

    /// What has become of one nonce: `group` holds all transactions that were signed with it.
    async fn settle_nonce(&self, now: &Now, group: &[Attempt]) -> Result<()> {
        for attempt in group {
            if let Some(receipt) = self.ledger.receipt(attempt.hash).await? {
                return self.landed(now, attempt, &receipt).await;
            }
        }
        let Some(live) = group.iter().rev().find(|a| a.state != AttemptState::Replaced) else {
            return Ok(());
        };
        if live.state == AttemptState::Included {
            tracing::warn!(transaction = %live.hash, "the chain has forgotten its block");
            self.journal.forgotten(live, now.head.time).await?;
        }
        if live.nonce < now.nonce {
            return self.taken(now, live).await;
        }
        self.wait(now, live).await
    }

    async fn landed(&self, now: &Now, attempt: &Attempt, receipt: &Receipt) -> Result<()> {
        let place = Place::from(receipt);
        let Some(decision) = self.journal.decision(attempt.decision).await? else { return Ok(()) };
        let known = attempt.place == Some(place) && decision.state != State::Sent;
        if !known {
            if matches!(decision.state, State::Final | State::Refused) {
                self.journal.forgotten(attempt, now.head.time).await?;
            }
            self.journal.included(attempt, place, now.head.time).await?;
        } else if !decision.state.is_open() {
            return Ok(());
        }
        if now.head.number < place.block.saturating_add(self.terms.finality) {
            return Ok(());
        }
        if place.success {
            return Ok(self.journal.settle(attempt.decision, now.head.time).await?);
        }
        let (reason, passes) = receipt.failure.as_ref().map_or_else(
            || ("it failed in its block, for a reason the node does not tell".into(), false),
            explain,
        );
        self.refuse(now, &decision, &reason, passes).await
    }

    /// A nonce of the agent's is spent, but not by a transaction of the journal.
    async fn taken(&self, now: &Now, live: &Attempt) -> Result<()> {
        let since = {
            let mut taken = self.taken.lock().expect("no panic while it is held");
            *taken.entry(live.nonce).or_insert(now.head.number)
        };
        if now.head.number < since.saturating_add(self.terms.finality) {
            return Ok(());
        }
        match self.terms.on_conflict {
            OnConflict::Stop => Err(self.conflict(now, live.nonce)),
            OnConflict::SignAgain => {
                let why = format!("another transaction took nonce {}", live.nonce);
                Ok(self.journal.reopen(live.decision, &why, now.head.time).await?)
            }
        }
    }

    /// A transaction waits: it is sent if the ledger does not have it, and offers more when it has waited too long.
    async fn wait(&self, now: &Now, live: &Attempt) -> Result<()> {
        self.taken.lock().expect("no panic while it is held").remove(&live.nonce);
        if live.state == AttemptState::Signed || self.ledger.transaction(live.hash).await?.is_none()
        {
            return self.send(now, live).await;
        }
        let until = live.sent_in.unwrap_or(now.head.number) + self.terms.fees.patience;
        if now.head.number < until { Ok(()) } else { self.replace(now, live).await }
    }

    async fn check_next_nonce(&self, now: &Now) -> Result<()> {
        match self.journal.next_nonce().await? {
            Some(next) if now.nonce > next && self.terms.on_conflict == OnConflict::Stop => {
                Err(self.conflict(now, next))
            }
            _ => Ok(()),
        }
    }

    fn check_gap(&self, now: &Now, unsettled: &[Attempt]) -> Result<()> {
        let oldest = unsettled.iter().map(|a| a.nonce).find(|&nonce| nonce >= now.nonce);
        match oldest {
            Some(allowed) if allowed > now.nonce => {
                let agent = self.signer.address();
                Err(AgentError::NonceGap { agent, given: now.nonce, allowed })
            }
            _ => Ok(()),
        }
    }

    const fn conflict(&self, now: &Now, allowed: u64) -> AgentError {
        AgentError::NonceConflict { agent: self.signer.address(), given: now.nonce, allowed }
    }
}
