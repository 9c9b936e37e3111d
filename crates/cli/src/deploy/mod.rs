//! `mandate deploy`: a design becomes a running market, in two stages with a wait between them.

mod advance;
pub(crate) mod file;
mod plan;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use alloy::primitives::Address;
use mandate_chain::{AnyLedger, At, Ledger, LedgerExt, Signer};
use mandate_contracts::LabToken;
use mandate_model::Model;
use mandate_oracle::SignerSet;
use serde::Serialize;

use self::{
    advance::Worker,
    file::{Deployment, Foundation, Stage},
    plan::{CREDIT_SET, PRICE_SET, Plan, Wanted},
};
use crate::{
    design::{Design, Signers, quantity::show_duration},
    help::{Help, fail},
    ledger::{KeyArgs, LedgerArgs, endow, wait},
    ui::{Table, Ui},
};

/// Deploy a design: contracts, models, and a mandate in force once it is ripe.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The key is the governor's. Every step is written to the deployment file before and after it is sent; running the same command
again goes on from there, also after the wait of kernel.min_delay between announcement and activation.
Exit codes: 0 done or waiting until ripe, 2 wrong usage, 3 it could not be done.")]
pub(crate) struct Args {
    /// The design file.
    #[arg(default_value = "token.toml")]
    design: PathBuf,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    key: KeyArgs,
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
    /// Advance the time of a development node past the wait; an in-process chain's time is always advanced.
    #[arg(long)]
    warp: bool,
}

/// What to do when file and chain have parted.
const RESTORE: &str = "restore the deployment file, or deploy again into another one";

/// Largest design or model file that is read, in bytes.
const LARGEST: u64 = 1 << 24;

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let design = read_design(&args.design)?;
    let signer = args.key.load()?;
    let wanted = args.wanted(design, &signer)?;
    let found = Deployment::find(&args.deployment)?;
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
    let ledger = args.ledger.open(found.as_ref().map(|d| d.chain_id)).await?;
    let on = match &found {
        Some(found) => found.foundation(),
        None => foundation(&ledger, signer).await?,
    };
    let plan = Plan::new(wanted, &on)?;
    let mut deployment = match found {
        Some(found) => {
            found.verify(&ledger, &args.deployment).await?;
            same_plan(&found, &plan, signer, &args.deployment)?;
            found
        }
        None => {
            check_tokens(&ledger, wanted).await?;
            Deployment::new(&on, &plan)
        }
    };
    endow(&ledger, signer.address()).await?;
    let warp = args.warp || matches!(ledger, AnyLedger::Local(_));
    let min_delay_s = wanted.design.kernel.min_delay.value.into();
    let (ledger, path) = (&ledger, args.deployment.as_path());
    let worker = Worker { ledger, signer, plan: &plan, min_delay_s, warp, path, ui };
    worker.run(&mut deployment).await?;
    if let (Stage::Waiting, Some(ripe_at)) = (deployment.stage, deployment.ripe_at) {
        let head = ledger.head().await.help("run the same command again")?.time;
        let left = show_duration(ripe_at.saturating_sub(head));
        ui.talk(&format!("stage two is ripe in {left}, at {ripe_at}: run the same command then"));
    }
    Ok(deployment)
}

async fn foundation(ledger: &AnyLedger, signer: &Signer) -> anyhow::Result<Foundation> {
    let help = "check the ledger and run the same command again";
    let head = ledger.head().await.help(help)?;
    Ok(Foundation {
        chain_id: ledger.chain_id().await.help(help)?,
        block: head.number,
        start: head.time,
        governor: signer.address(),
        nonce: ledger.nonce(signer.address(), At::Pending).await.help(help)?,
    })
}

fn same_plan(found: &Deployment, plan: &Plan, by: &Signer, path: &Path) -> anyhow::Result<()> {
    let name = path.display();
    if found.governor != by.address() {
        let what = format!("{name} was begun by {}, the key is {by}'s", found.governor);
        return Err(fail(what, "use the governor's key, or another --deployment file"));
    }
    let same = found.plan == plan.id()
        && found.at == plan.at
        && found.assets == plan.assets
        && found.models == plan.models
        && found.mandate_id == plan.mandate_id
        && found.steps.iter().zip(&plan.steps).all(|(done, step)| done.name == step.name)
        && found.steps.len() <= plan.steps.len();
    if same {
        return Ok(());
    }
    let what = format!("{name} belongs to another design, models or roles");
    Err(fail(what, "give what it was begun with, or another --deployment file"))
}

/// Tokens must be what the design says of them.
async fn check_tokens(ledger: &AnyLedger, wanted: &Wanted) -> anyhow::Result<()> {
    let Some((loan, collateral)) = wanted.tokens else { return Ok(()) };
    let design = &wanted.design;
    for (token, asset) in [(loan, &design.loan), (collateral, &design.collateral)] {
        let given = ledger
            .query(token, &LabToken::decimalsCall {})
            .await
            .help(format!("give the address of {}, an ERC-20 token", asset.symbol.value))?;
        if u64::from(given) != asset.decimals.value {
            let what = format!(
                "{} at {token} has {given} decimals, the design says {}",
                asset.symbol.value, asset.decimals.value
            );
            return Err(fail(what, "mend the address or the design"));
        }
    }
    Ok(())
}

impl Args {
    fn wanted(&self, design: Design, signer: &Signer) -> anyhow::Result<Wanted> {
        if let Some(governor) = design.kernel.governor.filter(|g| *g != signer.address()) {
            let what = format!("the design's governor is {governor}, the key is {signer}'s");
            return Err(fail(what, "use the governor's key, or mend kernel.governor"));
        }
        let guardian = self.guardian.or(design.kernel.guardian);
        let guardian = guardian
            .ok_or_else(|| fail("there is no guardian", "give --guardian or kernel.guardian"))?;
        Ok(Wanted {
            guardian,
            agents: self.agents(&design)?,
            signers: [
                set(CREDIT_SET, &self.credit_signers, &design.credit_signers, "credit")?,
                set(PRICE_SET, &self.price_signers, &design.price_signers, "price")?,
            ],
            tokens: self.loan.zip(self.collateral),
            rate: self.model(&design.models.rate)?,
            terms: self.model(&design.models.terms)?,
            design,
        })
    }

    fn agents(&self, design: &Design) -> anyhow::Result<Vec<Address>> {
        let open = design.agents.iter().filter(|agent| agent.address.is_none()).count();
        if self.agents.len() != open {
            let what =
                format!("{} --agent given, the design leaves {open} open", self.agents.len());
            return Err(fail(what, "give --agent once for each agent without an address"));
        }
        let mut given = self.agents.iter().copied();
        Ok(design
            .agents
            .iter()
            .filter_map(|agent| agent.address.or_else(|| given.next()))
            .collect())
    }

    /// The model in a file that the design names, relative to the design.
    fn model(&self, file: &str) -> anyhow::Result<Model> {
        let path = self.design.parent().unwrap_or(Path::new("")).join(file);
        let help = "train it with `mandate model train`, or mend [models] in the design";
        let bytes = read(&path).help(help)?;
        Model::decode(&bytes).map_err(|e| fail(format!("{}: {e}", path.display()), help))
    }
}

fn read_design(path: &Path) -> anyhow::Result<Design> {
    let bytes =
        read(path).help("give the path of a design, such as examples/lending/token.toml")?;
    let see = format!("`mandate check {}` shows every problem and its place", path.display());
    let what = |why: &str| format!("{} is no sound design{why}", path.display());
    let source =
        String::from_utf8(bytes).map_err(|_| fail(what(": it is not text"), see.as_str()))?;
    Design::read(&source)
        .map_err(|problems| fail(what(&format!(": {} problems", problems.len())), see.as_str()))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let cannot = |e: std::io::Error| anyhow::anyhow!("cannot read {name}: {e}");
    let size = fs::metadata(path).map_err(cannot)?.len();
    anyhow::ensure!(size <= LARGEST, "{name} has {size} bytes, at most {LARGEST} are read");
    fs::read(path).map_err(cannot)
}

fn set(id: u32, given: &[Address], wanted: &Signers, name: &str) -> anyhow::Result<SignerSet> {
    let help = format!("give --{name}-signers as the design's [signers.{name}] says");
    if given.len() as u64 != wanted.members.value {
        let (given, allowed) = (given.len(), wanted.members.value);
        return Err(fail(format!("{given} {name} signers given, the design has {allowed}"), help));
    }
    let mut signers = given.to_vec();
    signers.sort_unstable();
    let quorum = wanted.quorum.value as usize;
    SignerSet::new(id, 1, signers, quorum).map_err(|e| fail(format!("{name} signers: {e}"), help))
}

/// What stands.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: String,
    #[serde(flatten)]
    deployment: Facts<'a>,
}

#[derive(Debug, Serialize)]
struct Facts<'a> {
    stage: Stage,
    chain_id: u64,
    block: u64,
    ripe_at: Option<u64>,
    contracts: &'a mandate_lab::deploy::Addresses,
    assets: &'a mandate_lab::deploy::Assets,
    mandate_id: String,
    transactions: usize,
    gas: u64,
}

impl<'a> Answer<'a> {
    fn new(d: &'a Deployment, path: &Path) -> Self {
        let deployment = Facts {
            stage: d.stage,
            chain_id: d.chain_id,
            block: d.block,
            ripe_at: d.ripe_at,
            contracts: &d.at,
            assets: &d.assets,
            mandate_id: d.mandate_id.to_string(),
            transactions: d.steps.len(),
            gas: d.steps.iter().map(|step| step.gas).sum(),
        };
        Self { file: path.display().to_string(), deployment }
    }

    fn text(&self) -> String {
        let d = &self.deployment;
        let mut table = Table::default();
        table.row(["kernel".to_owned(), d.contracts.kernel.to_string()]);
        table.row(["market".to_owned(), d.contracts.market.to_string()]);
        table.row(["actuator".to_owned(), d.contracts.actuator.to_string()]);
        table.row(["price oracle".to_owned(), d.contracts.price_oracle.to_string()]);
        table.row(["loan asset".to_owned(), d.assets.loan.to_string()]);
        table.row(["collateral".to_owned(), d.assets.collateral.to_string()]);
        table.row(["mandate".to_owned(), d.mandate_id.clone()]);
        let state = match (d.stage, d.ripe_at) {
            (Stage::Active, _) => "the mandate is in force".to_owned(),
            (Stage::Waiting, Some(time)) => {
                format!("announced; may be put in force from {time} on")
            }
            _ => "not finished".to_owned(),
        };
        format!(
            "{}: {state}\n\n{}\n{} transactions, {} gas",
            self.file,
            table.render(),
            d.transactions,
            d.gas
        )
    }
}
