//! One contract without constructor or state, on an EVM in this process.

use alloy_primitives::{Address, Bytes, TxKind};
use alloy_sol_types::SolCall;
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext, MainnetEvm,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    primitives::hardfork::SpecId,
    state::AccountInfo,
};

type Db = CacheDB<EmptyDB>;
type Evm = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>>;

const PLACE: Address = Address::repeat_byte(0xc0);

/// A harness whose pure functions can be called.
pub(super) struct Harness(Evm);

impl Harness {
    pub(super) fn new(code: &Bytes) -> Self {
        let mut db = Db::new(EmptyDB::new());
        let code = Bytecode::new_raw(code.clone());
        db.insert_account_info(PLACE, AccountInfo::from_bytecode(code));
        let evm = Context::mainnet()
            .with_db(db)
            .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::CANCUN))
            .build_mainnet();
        Self(evm)
    }

    /// What the function returns, or the data of its revert.
    pub(super) fn ask<C: SolCall>(&mut self, call: &C) -> Result<C::Return, Bytes> {
        let tx = TxEnv::builder().kind(TxKind::Call(PLACE)).data(call.abi_encode().into());
        let tx = tx.gas_limit(1 << 40).build().expect("complete");
        match self.0.transact(tx).expect("a valid transaction").result {
            ExecutionResult::Success { output, .. } => {
                Ok(C::abi_decode_returns(output.data()).expect("what the ABI says"))
            }
            ExecutionResult::Revert { output, .. } => Err(output),
            halt => panic!("the harness halted: {halt:?}"),
        }
    }

    /// What the function returns; it must not revert.
    pub(super) fn tell<C: SolCall>(&mut self, call: &C) -> C::Return {
        self.ask(call).unwrap_or_else(|data| panic!("reverted with {data}"))
    }
}
