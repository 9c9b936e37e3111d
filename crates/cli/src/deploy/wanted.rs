//! What is to be deployed: the design's file and its models, and what arguments add to it.

use std::{fs, path::Path};

use alloy::primitives::Address;
use mandate_chain::Signer;
use mandate_deploy::Wanted;
use mandate_design::{CREDIT_SET, Design, PRICE_SET, Signers};
use mandate_model::Model;
use mandate_oracle::SignerSet;

use super::Args;
use crate::help::{Help, fail};

/// Largest design or model file that is read, in bytes.
const LARGEST: u64 = 1 << 24;

/// The design in `path`.
pub(super) fn design(path: &Path) -> anyhow::Result<Design> {
    let bytes =
        read(path).help("give the path of a design, such as examples/lending/token.toml")?;
    let see = format!("`mandate check {}` shows every problem and its place", path.display());
    let what = |why: &str| format!("{} is no sound design: {why}", path.display());
    let source = String::from_utf8(bytes).map_err(|_| fail(what("it is not text"), &*see))?;
    Design::read(&source).map_err(|problems| {
        let count = problems.len();
        let problems = if count == 1 { "problem" } else { "problems" };
        fail(what(&format!("{count} {problems}")), &*see)
    })
}

/// What the arguments make of it.
pub(super) fn wanted(args: &Args, design: Design, signer: &Signer) -> anyhow::Result<Wanted> {
    if let Some(governor) = design.kernel.governor.filter(|g| *g != signer.address()) {
        let what = format!("the design's governor is {governor}, the key is {signer}'s");
        return Err(fail(what, "use the governor's key, or mend kernel.governor"));
    }
    Ok(Wanted {
        guardian: guardian(args, &design)?,
        agents: agents(&args.agents, &design)?,
        signers: [
            set(CREDIT_SET, &args.credit_signers, &design.credit_signers, "credit")?,
            set(PRICE_SET, &args.price_signers, &design.price_signers, "price")?,
        ],
        tokens: args.loan.zip(args.collateral),
        rate: model(&args.design, &design.models.rate)?,
        terms: model(&args.design, &design.models.terms)?,
        design,
    })
}

fn guardian(args: &Args, design: &Design) -> anyhow::Result<Address> {
    match (args.guardian, design.kernel.guardian) {
        (Some(given), Some(named)) if given != named => {
            let what = format!("--guardian is {given}, the design's guardian is {named}");
            Err(fail(what, "leave --guardian out, or mend kernel.guardian"))
        }
        (given, named) => given
            .or(named)
            .ok_or_else(|| fail("there is no guardian", "give --guardian or kernel.guardian")),
    }
}

fn agents(given: &[Address], design: &Design) -> anyhow::Result<Vec<Address>> {
    let open = design.agents.iter().filter(|agent| agent.address.is_none()).count();
    if given.len() != open {
        let what = format!("{} --agent given, the design leaves {open} open", given.len());
        return Err(fail(what, "give --agent once for each agent without an address"));
    }
    let mut given = given.iter().copied();
    let of = |agent: &mandate_design::Agent| agent.address.or_else(|| given.next());
    let agents: Vec<Address> = design.agents.iter().filter_map(of).collect();
    let twin = agents.iter().enumerate().find(|(at, agent)| agents[..*at].contains(agent));
    match twin {
        Some((_, agent)) => {
            Err(fail(format!("{agent} is two agents"), "give each agent an address of its own"))
        }
        None => Ok(agents),
    }
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

/// The model in a file that the design names, relative to the design.
fn model(design: &Path, file: &str) -> anyhow::Result<Model> {
    let path = design.parent().unwrap_or(Path::new("")).join(file);
    let help = "train it with `mandate model train`, or mend [models] in the design";
    let bytes = read(&path).help(help)?;
    Model::decode(&bytes).map_err(|e| fail(format!("{}: {e}", path.display()), help))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let cannot = |e: std::io::Error| anyhow::anyhow!("cannot read {name}: {e}");
    let size = fs::metadata(path).map_err(cannot)?.len();
    anyhow::ensure!(size <= LARGEST, "{name} has {size} bytes, at most {LARGEST} are read");
    fs::read(path).map_err(cannot)
}
