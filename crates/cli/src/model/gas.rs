//! What a model costs on chain, measured on the in-process EVM with the contracts that would be deployed.

use alloy::primitives::{Address, Bytes};
use alloy::sol_types::SolCall;
use anyhow::{Context, bail, ensure};
use mandate_chain::{Acted, At, Call, Config, Local};
use mandate_contracts::{Interpreter, ModelStore};
use mandate_import::MOST_CHUNKS;
use mandate_model::{MISSING, Missing, Model, pack};
use serde::Serialize;

/// Execution gas: without a transaction's intrinsic part, before refunds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Gas {
    /// The costliest of four inputs: every feature lowest, in the middle, highest, or missing where it may be.
    pub(super) run: u64,
    /// All transactions that store and register the program.
    pub(super) load: u64,
}

/// Deploys store and interpreter, loads the model and runs it.
pub(super) fn measure(model: &Model) -> anyhow::Result<Gas> {
    let chain = Local::new(Config::default());
    let store = deploy(&chain, &ModelStore::BYTECODE)?;
    let interpreter = deploy(&chain, &Interpreter::BYTECODE)?;
    let (root, load) = load(&chain, store, model)?;
    let mut run = 0;
    for features in inputs(model)? {
        let call = Interpreter::runCall { root, features: features.clone().into() };
        let outcome = chain.simulate(&Call::of(interpreter, &call), At::Latest)?;
        let output = Interpreter::runCall::abi_decode_returns(&outcome.output)?;
        let ours = model.program().run(&features)?;
        ensure!(output.to_string() == ours.to_string(), "the EVM says {output}, Rust {ours}");
        run = run.max(outcome.execution_gas);
    }
    Ok(Gas { run, load })
}

fn deploy(chain: &Local, code: &Bytes) -> anyhow::Result<Address> {
    let acted = chain.transact_as(&Call::create(code.clone()))?;
    acted.receipt.contract.context("the contract was not created")
}

fn load(chain: &Local, store: Address, model: &Model) -> anyhow::Result<(Address, u64)> {
    let chunks = model.program().chunks();
    let given = chunks.len();
    ensure!(
        given <= MOST_CHUNKS,
        "the program has {} bytes and takes {given} contracts, at most {MOST_CHUNKS} allowed; train fewer or shallower trees",
        model.program().encode().len()
    );
    let mut chunks = chunks.into_iter();
    let first = chunks.next().context("a program has a first chunk")?;
    let mut gas = 0;
    let mut addresses = Vec::new();
    for forests in chunks {
        let acted = change(chain, store, &ModelStore::storeCall { forests: forests.into() })?;
        gas += acted.execution_gas;
        addresses.push(ModelStore::storeCall::abi_decode_returns(&acted.output)?);
    }
    let call = ModelStore::registerCall { first: first.into(), chunks: addresses };
    let acted = change(chain, store, &call)?;
    let registered = ModelStore::registerCall::abi_decode_returns(&acted.output)?;
    ensure!(registered.modelId == model.program().id(), "the store computed another identity");
    Ok((registered.root, gas + acted.execution_gas))
}

/// A transaction that must not be refused: Rust has accepted the program, and the store has the same rules.
fn change<C: SolCall>(chain: &Local, store: Address, call: &C) -> anyhow::Result<Acted> {
    let acted = chain.transact_as(&Call::of(store, call))?;
    match &acted.receipt.failure {
        Some(reason) => bail!("the store refused the program: {reason}"),
        None => Ok(acted),
    }
}

/// Packed features at the corners and in the middle of the schema.
fn inputs(model: &Model) -> anyhow::Result<Vec<Vec<u8>>> {
    type Pick = fn(&mandate_model::Feature) -> i32;
    let picks: [Pick; 4] = [
        |f| f.low,
        |f| i32::midpoint(f.low, f.high),
        |f| f.high,
        |f| if f.missing == Missing::Keep { MISSING } else { f.low },
    ];
    let features = model.schema().features();
    let pack_with = |pick: Pick| pack(&features.iter().map(pick).collect::<Vec<_>>());
    Ok(picks.into_iter().map(pack_with).collect::<Result<_, _>>()?)
}
