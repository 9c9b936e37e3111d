//! The one place that sets up and runs the EVM.

use std::cell::RefCell;
use std::convert::Infallible;

use alloy::primitives::{Address, Bytes, Log, U256};
use revm::context::result::{
    EVMError, ExecutionResult, HaltReason, InvalidTransaction, ResultAndState, ResultGas,
};
use revm::context::{BlockEnv, CfgEnv, ContextTr, Journal, TxEnv};
use revm::context_interface::cfg::gas_params::GasParams;
use revm::primitives::hardfork::SpecId;
use revm::state::EvmState;
use revm::{Context, Database, ExecuteEvm, MainBuilder, MainContext, MainnetEvm};

use super::state::{Past, State};
use crate::LedgerError;

/// Gas rules and opcodes are those of this fork, as in Foundry and `anvil`.
const FORK: SpecId = SpecId::CANCUN;

type Evm<D> = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, D, Journal<D>, ()>>;

thread_local! {
    /// Setting up an EVM costs more than a small call, and it is not `Send`: so each thread keeps one, and lends it the
    /// state for the time of an execution.
    static EVM: RefCell<Evm<State>> = RefCell::new(evm(State::default()));
}

fn evm<D: Database>(db: D) -> Evm<D> {
    Context::mainnet()
        .with_db(db)
        .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(FORK))
        .build_mainnet()
}

/// Who pays for the execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payer {
    /// The sender, who must be a person: a signed transaction.
    Sender,
    /// Nobody: a call, or a transaction without a signature, which may come from a contract.
    Nobody,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Success { output: Bytes, contract: Option<Address>, logs: Vec<Log> },
    Revert(Bytes),
    OutOfGas,
    Halt(String),
}

/// What an execution did, before it is committed.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) end: End,
    pub(super) gas: ResultGas,
    /// Gas spent after the intrinsic part and before refunds.
    pub(super) execution_gas: u64,
    pub(super) changes: EvmState,
}

/// Runs a transaction in a block on the present state; nothing is committed.
pub(super) fn run(
    state: &mut State,
    block: BlockEnv,
    tx: TxEnv,
    payer: Payer,
) -> Result<Ran, LedgerError> {
    EVM.with_borrow_mut(|evm| {
        std::mem::swap(evm.ctx.db_mut(), state);
        let ran = run_on(evm, block, tx, payer);
        std::mem::swap(evm.ctx.db_mut(), state);
        ran
    })
}

/// The same on a past state.
pub(super) fn run_past(
    past: Past<'_>,
    block: BlockEnv,
    tx: TxEnv,
    payer: Payer,
) -> Result<Ran, LedgerError> {
    run_on(&mut evm(past), block, tx, payer)
}

fn run_on<D: Database<Error = Infallible>>(
    evm: &mut Evm<D>,
    block: BlockEnv,
    tx: TxEnv,
    payer: Payer,
) -> Result<Ran, LedgerError> {
    let intrinsic = intrinsic_gas(&tx);
    let cfg = &mut evm.ctx.cfg;
    cfg.chain_id = tx.chain_id.expect("every transaction here names its chain");
    cfg.disable_base_fee = payer == Payer::Nobody;
    cfg.disable_eip3607 = payer == Payer::Nobody;
    evm.set_block(block);
    // `transact` clears the journal on an error too, so nothing of this state can meet the next.
    let ResultAndState { result, state } = evm.transact(tx).map_err(|e| match e {
        EVMError::Transaction(e) => invalid(e),
        e => LedgerError::BadTransaction(e.to_string()),
    })?;
    let gas = *result.gas();
    let execution_gas = gas.total_gas_spent().saturating_sub(intrinsic);
    Ok(Ran { end: end(result), gas, execution_gas, changes: state })
}

/// Gas that a transaction costs before its first instruction.
pub(crate) fn intrinsic_gas(tx: &TxEnv) -> u64 {
    GasParams::new_spec(FORK).initial_tx_gas_for_tx(tx, None).initial_regular_gas
}

fn end(result: ExecutionResult) -> End {
    match result {
        ExecutionResult::Success { logs, output, .. } => {
            End::Success { contract: output.address().copied(), output: output.into_data(), logs }
        }
        // What was logged before a failure never happened.
        ExecutionResult::Revert { output, .. } => End::Revert(output),
        ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } => End::OutOfGas,
        ExecutionResult::Halt { reason, .. } => End::Halt(reason.to_string()),
    }
}

fn invalid(e: InvalidTransaction) -> LedgerError {
    match e {
        InvalidTransaction::NonceTooLow { tx, state } => {
            LedgerError::NonceTooLow { given: tx, expected: state }
        }
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
            LedgerError::InsufficientFunds { given: *balance, required: *fee }
        }
        InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            LedgerError::GasTooLow { given: gas_limit, required: initial_gas }
        }
        InvalidTransaction::OverflowPaymentInTransaction => {
            LedgerError::InsufficientFunds { given: U256::ZERO, required: U256::MAX }
        }
        e => LedgerError::BadTransaction(e.to_string()),
    }
}
