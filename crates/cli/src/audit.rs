//! `mandate audit`: every decision of a market recomputed from the ledger.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use alloy::primitives::Address;
use indicatif::{ProgressBar, ProgressStyle};
use mandate_audit::{Audit, FetchError, Finding, History, Source, audit};
use mandate_deploy::Deployment;
use serde::Serialize;

use crate::{
    help::{fail, told},
    ledger::{LedgerArgs, wait},
    ui::{Table, Ui},
};

/// Recompute every decision of a market and name what does not agree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads events, the calldata of their transactions, contract code and the kernel's present state; no archive node is needed.
Exit codes: 0 everything agrees, 1 something does not (each disagreement is named), 2 wrong usage, 3 the ledger cannot be read.")]
pub(crate) struct Args {
    /// What `mandate deploy` wrote; or else --kernel, --market and --from-block.
    #[arg(long, value_name = "FILE", required_unless_present = "kernel", conflicts_with_all = ["kernel", "market", "from_block"])]
    deployment: Option<PathBuf>,
    /// The kernel.
    #[arg(long, value_name = "ADDRESS", requires = "market")]
    kernel: Option<Address>,
    /// The market: its actuator's address.
    #[arg(long, value_name = "ADDRESS", requires = "kernel")]
    market: Option<Address>,
    /// The block of the deployment, or any before it.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    from_block: u64,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let bar = progress();
    let history = wait(fetch(args, &bar));
    bar.finish_and_clear();
    let audit = audit(&history?);
    let answer = Answer::new(&audit);
    ui.answer(&answer.text(), &answer)?;
    Ok(if audit.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_bar} {pos}/{len} {msg}");
    let bar = ProgressBar::new(1).with_style(style.expect("a constant template"));
    bar.set_message("records read");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

async fn fetch(args: &Args, bar: &ProgressBar) -> anyhow::Result<History> {
    let (ledger, source) = match (&args.deployment, args.kernel, args.market) {
        (Some(path), ..) => {
            let deployment = Deployment::read(path).map_err(told)?;
            let ledger = args.ledger.open(Some(deployment.chain_id)).await?;
            deployment.verify(&ledger).await.map_err(told)?;
            let (kernel, market) = (deployment.at.kernel, deployment.at.actuator);
            (ledger, Source { kernel, market, from_block: deployment.block })
        }
        (None, Some(kernel), Some(market)) => {
            let source = Source { kernel, market, from_block: args.from_block };
            (args.ledger.open(None).await?, source)
        }
        _ => return Err(fail("no market is named", "give --deployment, or --kernel and --market")),
    };
    let mut tell = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    History::fetch_with(&ledger, &source, &mut tell).await.map_err(unread)
}

fn unread(error: FetchError) -> anyhow::Error {
    let help = match &error {
        FetchError::NoCode { .. } | FetchError::NoContract { .. } => {
            "check the addresses, and that the ledger is the one that the market was deployed on"
        }
        FetchError::NoRecords { .. } => {
            "check the market's address (its actuator's) and give --from-block the deployment's block or an earlier one"
        }
        FetchError::Ledger(_) => {
            "check that the node still answers and keeps logs and transactions from the deployment's block on"
        }
    };
    fail(error, help)
}

/// What was recomputed.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    clean: bool,
    records: u64,
    kinds: Vec<Kind>,
    decisions: u64,
    outputs: u64,
    reports: u64,
    signatures: u64,
    parameters: u64,
    mismatches: Vec<Named>,
    remarks: Vec<Named>,
    taken_as_recorded: &'a [String],
}

#[derive(Debug, Serialize)]
struct Kind {
    kind: String,
    records: u64,
}

/// A finding in words.
#[derive(Debug, Serialize)]
struct Named {
    place: String,
    name: String,
    what: String,
}

impl From<&Finding> for Named {
    fn from(finding: &Finding) -> Self {
        Self {
            place: finding.place.to_string(),
            name: finding.fault.name(),
            what: finding.fault.to_string(),
        }
    }
}

impl<'a> Answer<'a> {
    fn new(audit: &'a Audit) -> Self {
        let kind = |(kind, &records): (&mandate_core::record::RecordKind, &u64)| Kind {
            kind: format!("{kind:?}").to_lowercase(),
            records,
        };
        Self {
            clean: audit.is_clean(),
            records: audit.records,
            kinds: audit.kinds.iter().map(kind).collect(),
            decisions: audit.decisions,
            outputs: audit.outputs,
            reports: audit.reports,
            signatures: audit.signatures,
            parameters: audit.parameters,
            mismatches: audit.findings.iter().map(Named::from).collect(),
            remarks: audit.remarks.iter().map(Named::from).collect(),
            taken_as_recorded: &audit.taken,
        }
    }

    fn text(&self) -> String {
        let verdict = match self.mismatches.len() {
            0 => "every decision is what it should be".to_owned(),
            count => format!("{count} mismatches"),
        };
        let mut table = Table::default();
        let mut row = |name: &str, count: u64| table.row([name.to_owned(), count.to_string()]);
        row("records", self.records);
        self.kinds.iter().for_each(|k| row(&format!("  {}", k.kind), k.records));
        row("decisions recomputed", self.decisions);
        row("outputs recomputed", self.outputs);
        row("reports verified", self.reports);
        row("signatures recovered", self.signatures);
        row("parameters compared", self.parameters);
        row("mismatches", self.mismatches.len() as u64);
        let mut out = format!("{verdict}\n\n{}", table.render());
        list(&mut out, "does not agree", &self.mismatches);
        list(&mut out, "odd, but no decision depends on it", &self.remarks);
        if !self.taken_as_recorded.is_empty() {
            out += "\ntaken as recorded:\n";
        }
        for taken in self.taken_as_recorded {
            out += &format!("  {taken}\n");
        }
        out
    }
}

fn list(out: &mut String, title: &str, all: &[Named]) {
    if all.is_empty() {
        return;
    }
    *out += &format!("\n{title}:\n");
    for Named { place, name, what } in all {
        *out += &format!("  {place}: {name}: {what}\n");
    }
}
