//! The store and the interpreter on an EVM in this process.

use alloy_primitives::{Address, B256, Bytes, I256, TxKind, U256};
use alloy_sol_types::{SolCall, SolInterface};
use mandate_contracts::{Interpreter, ModelStore, interpreter, model_store};
use mandate_model::Program;
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm,
    context::{BlockEnv, CfgEnv, Journal, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    primitives::hardfork::SpecId,
};

type Db = CacheDB<EmptyDB>;
type Evm = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>>;

/// A chain with the two contracts deployed.
pub(crate) struct Chain {
    evm: Evm,
    store: Address,
    interpreter: Address,
    nonce: u64,
}

impl Chain {
    pub(crate) fn new() -> Self {
        let evm = Context::mainnet()
            .with_db(Db::new(EmptyDB::new()))
            .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::CANCUN))
            .build_mainnet();
        let mut chain = Self { evm, store: Address::ZERO, interpreter: Address::ZERO, nonce: 0 };
        chain.store = chain.deploy(ModelStore::BYTECODE.clone());
        chain.interpreter = chain.deploy(Interpreter::BYTECODE.clone());
        chain
    }

    fn deploy(&mut self, code: Bytes) -> Address {
        match self.commit(TxKind::Create, code) {
            ExecutionResult::Success { output, .. } => *output.address().expect("a creation"),
            other => panic!("deployment failed: {other:?}"),
        }
    }

    fn commit(&mut self, kind: TxKind, data: Bytes) -> ExecutionResult {
        let tx = TxEnv::builder().kind(kind).data(data).nonce(self.nonce).gas_limit(1 << 30);
        self.nonce += 1;
        self.evm.transact_commit(tx.build().expect("complete")).expect("a valid transaction")
    }

    /// Bytes that a call returned, and its gas beyond the transaction's own.
    fn call(&mut self, data: Bytes) -> Result<Bytes, Bytes> {
        let tx = TxEnv::builder().kind(TxKind::Call(self.interpreter)).data(data);
        let tx = tx.nonce(self.nonce).gas_limit(30_000_000).build().expect("complete");
        match self.evm.transact(tx).expect("a valid transaction").result {
            ExecutionResult::Success { output, .. } => Ok(output.into_data()),
            ExecutionResult::Revert { output, .. } => Err(output),
            halt => panic!("the interpreter halted: {halt:?}"),
        }
    }

    fn change<C: SolCall>(&mut self, call: &C) -> Result<C::Return, String> {
        match self.commit(TxKind::Call(self.store), call.abi_encode().into()) {
            ExecutionResult::Success { output, .. } => {
                Ok(C::abi_decode_returns(output.data()).expect("what the ABI says"))
            }
            ExecutionResult::Revert { output, .. } => Err(error_name(&output)),
            halt => panic!("the store halted: {halt:?}"),
        }
    }

    /// Stores one chunk; a refusal by its name.
    pub(crate) fn store(&mut self, forests: Vec<u8>) -> Result<Address, String> {
        self.change(&ModelStore::storeCall { forests: forests.into() })
    }

    /// Registers a program in chunks; a refusal by its name.
    pub(crate) fn register(
        &mut self,
        first: Vec<u8>,
        chunks: Vec<Address>,
    ) -> Result<(B256, Address), String> {
        let done = self.change(&ModelStore::registerCall { first: first.into(), chunks })?;
        Ok((done.modelId, done.root))
    }

    /// Stores and registers a program as its chunks say.
    pub(crate) fn load(&mut self, program: &Program) -> Address {
        let mut chunks = program.chunks().into_iter();
        let first = chunks.next().expect("a program has a first chunk");
        let chunks = chunks.map(|chunk| self.store(chunk).expect("accepted in Rust")).collect();
        let (id, root) = self.register(first, chunks).expect("accepted in Rust");
        assert_eq!(id, program.id());
        root
    }

    /// The program's output, or the refusal's name.
    pub(crate) fn run(&mut self, root: Address, features: &[u8]) -> Result<I256, String> {
        let call = Interpreter::runCall { root, features: features.to_vec().into() };
        let output = self.call(call.abi_encode().into()).map_err(|data| run_error_name(&data))?;
        Ok(I256::from_raw(U256::from_be_slice(&output)))
    }

    /// The program's margin.
    pub(crate) fn margin(&mut self, root: Address, features: &[u8]) -> I256 {
        let call = Interpreter::marginCall { root, features: features.to_vec().into() };
        I256::from_raw(U256::from_be_slice(&self.call(call.abi_encode().into()).expect("total")))
    }

    /// Base and contributions of a GLM.
    pub(crate) fn attribution(
        &mut self,
        root: Address,
        features: &[u8],
    ) -> Result<(I256, Vec<I256>), String> {
        let call = Interpreter::attributionCall { root, features: features.to_vec().into() };
        let output = self.call(call.abi_encode().into()).map_err(|data| run_error_name(&data))?;
        let split = Interpreter::attributionCall::abi_decode_returns(&output).expect("the ABI");
        Ok((split.base, split.contributions))
    }
}

/// `ModelTruncated` of `ModelTruncated(ModelTruncated { .. })`.
fn first_word(debug: &str) -> String {
    debug.split(['(', ' ']).next().unwrap_or_default().into()
}

fn error_name(data: &[u8]) -> String {
    match model_store::ModelStore::ModelStoreErrors::abi_decode(data) {
        Ok(error) => first_word(&format!("{error:?}")),
        Err(_) => format!("undeclared {}", alloy_primitives::hex::encode(data)),
    }
}

fn run_error_name(data: &[u8]) -> String {
    match interpreter::Interpreter::InterpreterErrors::abi_decode(data) {
        Ok(error) => first_word(&format!("{error:?}")),
        Err(_) => format!("undeclared {}", alloy_primitives::hex::encode(data)),
    }
}
