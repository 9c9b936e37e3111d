//! Who steers a market, as a world sees it: reports are brought, and it looks at the market from time to time.

use std::future::Future;

use mandate_agent::journal::{Decision, Journal, Kind};
use mandate_agent::{Agent, Channel, KernelDesk, State, Submission};
use mandate_chain::{Ledger, Local};
use mandate_model::Program;
use mandate_oracle::SignedReport;
use tokio::sync::mpsc::{Sender, channel};

use crate::LabError;
use crate::stage::Stage;
use crate::world::HOUR;

/// Whoever brings decisions to a market.
pub trait Steward {
    /// A report has been signed.
    fn bring(
        &mut self,
        stage: &mut Stage,
        report: SignedReport,
    ) -> impl Future<Output = Result<(), LabError>>;

    /// Some time has passed.
    fn look(&mut self, stage: &mut Stage) -> impl Future<Output = Result<(), LabError>>;

    /// What it has to tell when the world ends.
    fn close(self) -> impl Future<Output = Result<Account, LabError>>;
}

/// What a steward did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Decisions that landed on the chain.
    pub decisions: u32,
    /// Decisions that were refused in the end: what was tried, and the reason.
    pub refused: Vec<(&'static str, String)>,
}

/// Reports that may wait for the agent at once.
const ROOM: usize = 16;

/// The production agent with its own key and nonces, over the ledger of a stage.
///
/// Its journal is in memory, the agent's setting for simulations that are never resumed; the `resume` act has one on disk.
#[derive(Debug)]
pub struct Operator {
    agent: Agent<Local, Channel, KernelDesk>,
    reports: Sender<SignedReport>,
}

impl Operator {
    /// The agent of `stage`, with its programs at hand; without `steers` it leaves rates to the fallback.
    pub async fn open(
        stage: &Stage,
        programs: Vec<Program>,
        steers: bool,
    ) -> Result<Self, LabError> {
        let ledger = stage.chain.clone();
        let chain_id = ledger.chain_id().await?;
        let signer = stage.agent.clone();
        let journal = Journal::in_memory(chain_id, signer.address()).await?;
        let (reports, inbox) = channel(ROOM);
        let desk = desk(stage, programs);
        let desk = if steers { desk } else { desk.without_steering() };
        let inbox = Channel::new(inbox);
        let agent = Agent::with_journal(ledger, journal, signer, inbox, desk, submission()).await?;
        Ok(Self { agent, reports })
    }
}

/// The desk of a stage's agent.
pub(crate) fn desk(stage: &Stage, programs: Vec<Program>) -> KernelDesk {
    let (at, agent) = (stage.at(), stage.agent.address());
    KernelDesk::new(at.kernel, at.actuator, agent, programs, stage.deployment.block)
}

/// A chain in this process forgets no block, so that each one settles at once.
pub(crate) fn submission() -> Submission {
    Submission { finality: 0, again_after_s: HOUR, ..Submission::default() }
}

impl Steward for Operator {
    async fn bring(&mut self, _: &mut Stage, report: SignedReport) -> Result<(), LabError> {
        self.reports.send(report).await.expect("the agent holds the other end");
        self.agent.step().await?;
        Ok(())
    }

    async fn look(&mut self, _: &mut Stage) -> Result<(), LabError> {
        self.agent.step().await?;
        Ok(())
    }

    async fn close(self) -> Result<Account, LabError> {
        let journal = self.agent.journal();
        let landed = journal.decisions(State::Final).await?;
        let decisions = landed.iter().filter(|d| d.intent.key.kind != Kind::Execute).count();
        let refused = journal.decisions(State::Refused).await?;
        Ok(Account {
            decisions: decisions as u32,
            refused: refused.into_iter().filter_map(told).collect(),
        })
    }
}

fn told(decision: Decision) -> Option<(&'static str, String)> {
    let tried = match decision.intent.key.kind {
        Kind::Report => "the agent brings a report",
        Kind::Epoch => "the agent moves the multiplier",
        Kind::Execute => "the agent applies what waited",
    };
    Some((tried, decision.reason?))
}
