//! `mandate deploy`: a design becomes a running market, in two stages with a wait between them.

mod answer;
mod wanted;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use alloy::primitives::Address;
use mandate_chain::{AnyLedger, Ledger, Signer};
use mandate_deploy::{
    DeployError, Deployer, Deployment, Done, Foundation, Plan, Stage, Wanted, Watch,
};
use mandate_design::quantity::show_duration;

use self::answer::Answer;
use crate::{
    help::{Help, told},
    ledger::{FeeArgs, KeyArgs, LedgerArgs, endow, wait},
    ui::Ui,
};

/// Deploy a design: contracts, models, and a mandate in force once it is ripe.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The key is the governor's. Every step is written to the deployment file before it is sent and again when it is done; running
the same command again goes on from there, also after the wait of kernel.min_delay between announcement and activation.
Exit codes: 0 in force, or announced and waiting until ripe, 2 wrong usage, 3 it could not be done.")]
pub(crate) struct Args {
    /// The design file.
    #[arg(default_value = "token.toml")]
    design: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    fees: FeeArgs,
    /// Where the deployment is written, and continued from.
    #[arg(long, value_name = "FILE", default_value = "deployment.json")]
    deployment: PathBuf,
    /// The guardian, unless the design names it.
    #[arg(long, value_name = "ADDRESS")]
    guardian: Option<Address>,
    /// The agents that the design leaves open, in its order.
    #[arg(long = "agent", value_name = "ADDRESS")]
    agents: Vec<Address>,
    /// Who signs credit reports, separated by commas.
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    credit_signers: Vec<Address>,
    /// Who signs prices, separated by commas.
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    price_signers: Vec<Address>,
    /// The token that is lent.
    #[arg(long, value_name = "ADDRESS", requires = "collateral")]
    loan: Option<Address>,
    /// The token that secures loans.
    #[arg(long, value_name = "ADDRESS", requires = "loan")]
    collateral: Option<Address>,
    /// Make both tokens, for tests: the governor mints them at will.
    #[arg(long, conflicts_with = "loan", required_unless_present = "loan")]
    test_tokens: bool,
}

/// What to do when the ledger does not answer.
const AGAIN: &str = "check the ledger and run the same command again";

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let design = wanted::design(&args.design)?;
    let signer = args.key.load()?;
    let wanted = wanted::wanted(args, design, &signer)?;
    let _lock = Deployment::lock(&args.deployment).map_err(told)?;
    let found = Deployment::find(&args.deployment).map_err(told)?;
    let deployment = wait(deploy(args, &wanted, &signer, found, ui))?;
    let answer = Answer::new(&deployment, &args.deployment);
    ui.answer(&answer.text(), &answer)?;
    Ok(ExitCode::SUCCESS)
}

async fn deploy(
    args: &Args,
    wanted: &Wanted,
    signer: &Signer,
    found: Option<Deployment>,
    ui: &Ui,
) -> anyhow::Result<Deployment> {
    let ledger = match &found {
        Some(found) => args.ledger.open(Some(found.chain_id)).await?,
        // Tokens that exist stand on a chain that does.
        None if args.loan.is_some() => args.ledger.open(None).await?,
        None => args.ledger.open_or_make().await?,
    };
    let (plan, mut deployment) = begin(&ledger, wanted, signer, found, &args.deployment).await?;
    endow(&ledger, signer.address()).await?;
    let fees = args.fees.policy();
    let deployer = Deployer { ledger: &ledger, signer, plan: &plan, fees };
    let mut keeper = Keeper { path: &args.deployment, ui };
    deployer.advance(&mut deployment, &mut keeper).await.map_err(told)?;
    if pass_the_wait(&ledger, &deployment, ui)? {
        deployer.advance(&mut deployment, &mut keeper).await.map_err(told)?;
    }
    if let (Stage::Waiting, Some(ripe_at)) = (deployment.stage, deployment.ripe_at) {
        let left = ripe_at.saturating_sub(ledger.head().await.help(AGAIN)?.time);
        let left = show_duration(left);
        ui.talk(&format!("stage two is ripe in {left}, at {ripe_at}: run the same command then"));
    }
    Ok(deployment)
}

/// The plan, and the deployment that was found if it is of this plan, or a new one.
async fn begin(
    ledger: &AnyLedger,
    wanted: &Wanted,
    signer: &Signer,
    found: Option<Deployment>,
    path: &Path,
) -> anyhow::Result<(Plan, Deployment)> {
    let Some(found) = found else {
        wanted.check_tokens(ledger).await.map_err(told)?;
        let on = Foundation::now(ledger, signer.address()).await.map_err(told)?;
        let plan = Plan::new(wanted, &on).map_err(told)?;
        let deployment = Deployment::new(&on, &plan);
        return Ok((plan, deployment));
    };
    let at = |error: DeployError| told(error).context(path.display().to_string());
    found.verify(ledger).await.map_err(at)?;
    let plan = Plan::new(wanted, &found.foundation()).map_err(told)?;
    found.continues(&plan, signer.address()).map_err(at)?;
    Ok((plan, found))
}

/// An in-process chain has no clock but its users: they wait by saying so. Whether that was done.
fn pass_the_wait(ledger: &AnyLedger, deployment: &Deployment, ui: &Ui) -> anyhow::Result<bool> {
    let (AnyLedger::Local(chain), Stage::Waiting) = (ledger, deployment.stage) else {
        return Ok(false);
    };
    let Some(ripe_at) = deployment.ripe_at else { return Ok(false) };
    chain.set_time(ripe_at).and_then(|()| chain.mine()).help(AGAIN)?;
    ui.talk(&format!("the in-process chain's time is now {ripe_at}"));
    Ok(true)
}

/// Writes the deployment file and tells what is done.
struct Keeper<'a> {
    path: &'a Path,
    ui: &'a Ui,
}

impl Watch for Keeper<'_> {
    fn keep(&mut self, deployment: &Deployment) -> Result<(), DeployError> {
        deployment.write(self.path)
    }

    fn done(&mut self, place: usize, of: usize, done: &Done) {
        let at = done.contract.map_or_else(String::new, |c| format!(" at {}", c.address));
        self.ui.talk(&format!("[{place}/{of}] {}{at}", done.name));
    }
}
