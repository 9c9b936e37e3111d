//! `mandate audit`: every decision of a market recomputed from the chain.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use alloy::primitives::Address;
use mandate_audit::{Audit, History, audit};
use serde::Serialize;

use crate::{
    deploy::file::Deployment,
    help::{Help, fail},
    ledger::{LedgerArgs, wait},
    ui::{Table, Ui},
};

/// Recompute every decision of a market and name what does not agree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 everything agrees, 1 something does not (each disagreement is named), 2 wrong usage, 3 the ledger cannot be read.")]
pub(crate) struct Args {
    /// What `mandate deploy` wrote; or else --kernel, --market and --from-block.
    #[arg(long, value_name = "FILE", required_unless_present = "kernel", conflicts_with_all = ["kernel", "market", "from_block"])]
    deployment: Option<PathBuf>,
    /// The kernel.
    #[arg(long, value_name = "ADDRESS", requires = "market")]
    kernel: Option<Address>,
    /// The market's actuator.
    #[arg(long, value_name = "ADDRESS", requires = "kernel")]
    market: Option<Address>,
    /// The block of the kernel's creation, or any before it.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    from_block: u64,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let history = wait(fetch(args, ui))?;
    let start = Instant::now();
    let audit = audit(&history);
    let answer = Answer::new(&audit, start.elapsed().as_secs_f64());
    ui.answer(&answer.text(), &answer)?;
    Ok(if audit.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn fetch(args: &Args, ui: &Ui) -> anyhow::Result<History> {
    let (ledger, kernel, market, from) = match (&args.deployment, args.kernel, args.market) {
        (Some(path), ..) => {
            let deployment = Deployment::read(path)?;
            let ledger = args.ledger.open(Some(deployment.chain_id)).await?;
            deployment.verify(&ledger, path).await?;
            (ledger, deployment.at.kernel, deployment.at.actuator, deployment.block)
        }
        (None, Some(kernel), Some(market)) => {
            (args.ledger.open(None).await?, kernel, market, args.from_block)
        }
        _ => return Err(fail("no market is named", "give --deployment, or --kernel and --market")),
    };
    ui.talk(&format!("reading the records of {market} from block {from} on"));
    let help = "check the addresses, and that the node keeps logs from the first block on";
    History::fetch(&ledger, kernel, market, from).await.help(help)
}

/// What was recomputed.
#[derive(Debug, Serialize)]
struct Answer {
    clean: bool,
    records: usize,
    decisions: usize,
    outputs: usize,
    reports: usize,
    findings: Vec<Finding>,
    taken_as_recorded: Vec<String>,
    decisions_per_second: f64,
}

#[derive(Debug, Serialize)]
struct Finding {
    record: u64,
    fault: String,
}

impl Answer {
    fn new(audit: &Audit, seconds: f64) -> Self {
        let finding = |f: &mandate_audit::Finding| Finding {
            record: f.sequence,
            fault: f.fault.to_string(),
        };
        Self {
            clean: audit.is_clean(),
            records: audit.records,
            decisions: audit.decisions,
            outputs: audit.outputs,
            reports: audit.reports,
            findings: audit.findings.iter().map(finding).collect(),
            taken_as_recorded: audit.taken.clone(),
            decisions_per_second: audit.decisions as f64 / seconds.max(1e-9),
        }
    }

    fn text(&self) -> String {
        let verdict = if self.clean { "everything agrees" } else { "something does not agree" };
        let mut table = Table::default();
        table.row(["records".to_owned(), self.records.to_string()]);
        table.row(["decisions".to_owned(), self.decisions.to_string()]);
        table.row(["outputs recomputed".to_owned(), self.outputs.to_string()]);
        table.row(["reports verified".to_owned(), self.reports.to_string()]);
        table.row(["mismatches".to_owned(), self.findings.len().to_string()]);
        let rate = format!("{:.0}", self.decisions_per_second);
        table.row(["decisions per second".to_owned(), rate]);
        let mut out = format!("{verdict}\n\n{}", table.render());
        for finding in &self.findings {
            out += &format!("\nrecord {}: {}", finding.record, finding.fault);
        }
        if !self.taken_as_recorded.is_empty() {
            out += "\ntaken as recorded:\n";
        }
        for taken in &self.taken_as_recorded {
            out += &format!("  {taken}\n");
        }
        out
    }
}
