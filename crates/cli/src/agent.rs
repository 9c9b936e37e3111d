//! `mandate agent run`: the production loop, until it is told to stop.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use alloy::primitives::{Address, B256};
use mandate_agent::journal::{Journal, JournalError};
use mandate_agent::{Agent, AgentError, Folder, KernelDesk, Submission, Summary};
use mandate_chain::{AnyLedger, Ledger, LedgerError, LedgerExt};
use mandate_contracts::ModelStore;
use mandate_deploy::Deployment;
use mandate_model::Program;
use serde::Serialize;

use crate::{
    help::{Help, fail, told},
    ledger::{FeeArgs, KeyArgs, LedgerArgs, endow, wait},
    ui::{Table, Ui},
};

/// Steer a deployed market.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Run(RunArgs),
}

/// Bring reports and epochs to the kernel until interrupted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reports come as <name>.json files, written elsewhere and renamed into the folder. SIGINT and SIGTERM end the loop between two
turns; whatever ends it, the next run goes on from the journal.
Exit codes: 0 stopped, 2 wrong usage, 3 it could not go on.")]
struct RunArgs {
    /// What `mandate deploy` wrote.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// The agent's journal, made if it is missing.
    #[arg(long, value_name = "FILE", default_value = "agent.db")]
    journal: PathBuf,
    /// Folder of incoming reports, made if it is missing.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    fees: FeeArgs,
    /// Take one turn and stop.
    #[arg(long)]
    once: bool,
    /// Seconds between two turns.
    #[arg(long, value_name = "SECONDS", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,
    /// Blocks on top of a transaction's block after which it counts as settled.
    #[arg(long, value_name = "BLOCKS", default_value_t = 12)]
    finality: u64,
}

type Steward = Agent<AnyLedger, Folder, KernelDesk>;

const AGAIN: &str =
    "the journal holds all that was decided: mend the cause and run the same command again";

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let Command::Run(args) = &args.command;
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).try_init();
    if let Err(error) = log {
        ui.talk(&format!("no log: {error}"));
    }
    let summary = wait(steer(args, ui))?;
    let answer = Answer::from(summary);
    ui.answer(&answer.text(), &answer)?;
    Ok(ExitCode::SUCCESS)
}

async fn steer(args: &RunArgs, ui: &Ui) -> anyhow::Result<Summary> {
    let deployment = Deployment::read(&args.deployment).map_err(told)?;
    let signer = args.key.load()?;
    let ledger = args.ledger.open(Some(deployment.chain_id)).await?;
    deployment.verify_active(&ledger).await.map_err(told)?;
    let who = signer.address();
    let programs = vec![
        program(&ledger, &deployment, deployment.models.rate).await?,
        program(&ledger, &deployment, deployment.models.terms).await?,
    ];
    let (kernel, market) = (deployment.at.kernel, deployment.at.actuator);
    let desk = KernelDesk::new(kernel, market, who, programs, deployment.block);
    let (inbox, journal) = opened(args, deployment.chain_id, who).await.map_err(stopped)?;
    endow(&ledger, who).await?;
    let (finality, fees) = (args.finality, args.fees.policy());
    let terms = Submission { finality, fees, ..Submission::default() };
    let agent = Agent::with_journal(ledger, journal, signer, inbox, desk, terms).await;
    let mut agent = agent.map_err(stopped)?;
    ui.talk(&format!("{who} steers {market}"));
    let summary = turns(&mut agent, args, ui).await;
    agent.close().await;
    summary
}

/// Folder and journal, or neither: a journal that cannot be used leaves no new folder behind.
async fn opened(
    args: &RunArgs,
    chain_id: u64,
    who: Address,
) -> Result<(Folder, Journal), AgentError> {
    let is_new = !args.reports.exists();
    let inbox = Folder::new(&args.reports)?;
    let journal = Journal::open(&args.journal, chain_id, who).await;
    if journal.is_err() && is_new {
        // It is empty; if it is not any more, it stays.
        let _ = std::fs::remove_dir(&args.reports);
    }
    Ok((inbox, journal?))
}

/// Turn after turn; a signal takes effect between two of them.
async fn turns(agent: &mut Steward, args: &RunArgs, ui: &Ui) -> anyhow::Result<Summary> {
    use tokio::signal::unix::{SignalKind, signal};
    let help = "run the same command again";
    let mut interrupt = signal(SignalKind::interrupt()).help(help)?;
    let mut terminate = signal(SignalKind::terminate()).help(help)?;
    let mut before = None;
    loop {
        let summary = agent.step().await.map_err(stopped)?;
        if before != Some(summary) {
            ui.talk(&said(&summary));
            before = Some(summary);
        }
        if args.once {
            return Ok(summary);
        }
        tokio::select! {
            _ = interrupt.recv() => return Ok(summary),
            _ = terminate.recv() => return Ok(summary),
            () = tokio::time::sleep(Duration::from_secs(args.every)) => {}
        }
    }
}

/// A program as the store holds it, checked against its identity.
async fn program(ledger: &AnyLedger, deployment: &Deployment, id: B256) -> anyhow::Result<Program> {
    let help = "give the ledger that the deployment was made on";
    let call = ModelStore::rootOfCall { modelId: id };
    let root = match ledger.query(deployment.at.model_store, &call).await {
        Err(LedgerError::Reverted(_)) => {
            let what = format!("the deployment's model {id} was never loaded");
            return Err(fail(what, "restore the deployment file"));
        }
        root => root.help(help)?,
    };
    let root = ledger.code(root).await.help(help)?;
    let cut = || fail(format!("model {id} on chain is cut short"), help);
    let count = root.get(..2).map(|c| usize::from(u16::from_be_bytes([c[0], c[1]])));
    let count = count.ok_or_else(cut)?;
    let mut bytes = root.get(2 + 20 * count..).ok_or_else(cut)?.to_vec();
    for place in 0..count {
        let chunk = Address::from_slice(&root[2 + 20 * place..22 + 20 * place]);
        let code = ledger.code(chunk).await.help(help)?;
        bytes.extend_from_slice(code.get(1..).ok_or_else(cut)?);
    }
    let program = Program::decode(&bytes).map_err(|e| fail(format!("model {id}: {e}"), help))?;
    if program.id() == id {
        return Ok(program);
    }
    Err(fail(format!("model {id} on chain is {}", program.id()), help))
}

fn stopped(error: AgentError) -> anyhow::Error {
    let help = match &error {
        AgentError::NonceConflict { .. } => {
            "give this agent a key of its own, or the journal that belongs to the key"
        }
        AgentError::NonceGap { .. } => {
            "give the journal that belongs to the key, or wait until the chain knows its transactions again"
        }
        AgentError::FeeCapReached { .. } => {
            "wait until fees fall, or raise --max-fee, and run the same command again: nothing is lost"
        }
        AgentError::Journal(journal) => in_journal(journal),
        AgentError::Inbox { .. } => "make the folder of reports readable and writable",
        AgentError::Ledger(LedgerError::InsufficientFunds { .. }) => {
            "send ether to the agent's address and run the same command again"
        }
        AgentError::Ledger(_) => AGAIN,
    };
    fail(error, help)
}

const fn in_journal(error: &JournalError) -> &'static str {
    match error {
        JournalError::Locked { .. } => "end the other process, or give another --journal",
        JournalError::OtherOwner { .. } => {
            "give the --journal that belongs to this key and chain, or a path where there is none yet"
        }
        JournalError::Corrupt { .. } => {
            "restore the file from a copy, or move it away: a new journal begins at the chain's nonce, and reports must be brought again"
        }
        JournalError::Foreign { .. } => "give another --journal",
        JournalError::NewerSchema { .. } => "run the version of this program that wrote it",
        JournalError::ReadOnly { .. } | JournalError::Io { .. } => {
            "make the journal's folder writable, or give another --journal"
        }
        JournalError::Full { .. } => "free some space and run the same command again",
        JournalError::Transition { .. } => "report this: it is a mistake in this program",
    }
}

fn said(s: &Summary) -> String {
    format!(
        "{} intended, {} waiting, {} included, {} settled, {} refused",
        s.intended, s.waiting, s.included, s.settled, s.refused
    )
}

/// How many decisions stand where.
#[derive(Debug, Serialize)]
struct Answer {
    intended: u64,
    waiting: u64,
    included: u64,
    settled: u64,
    refused: u64,
}

impl From<Summary> for Answer {
    fn from(s: Summary) -> Self {
        let Summary { intended, waiting, included, settled, refused } = s;
        Self { intended, waiting, included, settled, refused }
    }
}

impl Answer {
    fn text(&self) -> String {
        let mut table = Table::default();
        for (name, count) in [
            ("to be signed", self.intended),
            ("waiting for a block", self.waiting),
            ("in a block", self.included),
            ("settled", self.settled),
            ("refused", self.refused),
        ] {
            table.row([name.to_owned(), count.to_string()]);
        }
        table.render()
    }
}
