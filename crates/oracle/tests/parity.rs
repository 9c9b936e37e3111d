//! One rule in two languages: what Rust gathers the contracts take, and what the contracts refuse Rust refuses by the same
//! name. Digests, signer sets and signatures are random; the seed is fixed and printed by proptest when a case fails.

use alloy::primitives::{Address, B256, Bytes, TxKind, U256, aliases::U40, keccak256};
use alloy::sol_types::{ContractError, SolCall, SolConstructor, SolInterface};
use mandate_contracts::attestors::Attestors::{
    self, AttestorsErrors, InitialSet, observationDigestCall, reportDigestCall, verifyCall,
};
use mandate_contracts::price_oracle::PriceOracle;
use mandate_oracle::{
    Attestor, Domain, Observation, OracleError, Report, SignedReport, SignerSet, gather_report,
    gather_round, lower_middle,
};
use proptest::prelude::*;
use revm::context::result::{ExecutionResult, Output};
use revm::context::{BlockEnv, CfgEnv, Journal, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::{Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm};

type Db = CacheDB<EmptyDB>;
type Evm = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>>;

const CHAIN_ID: u64 = 31337;
const NOW: u64 = 1_800_000_000;

/// An EVM with the contract `Attestors` and one set of `n` members.
struct World {
    evm: Evm,
    nonce: u64,
    domain: Domain,
    set: SignerSet,
    members: Vec<Attestor>,
}

impl World {
    fn new(n: usize, quorum: usize, seed: u64) -> Self {
        let mut members: Vec<Attestor> = (0..n as u64)
            .map(|i| Attestor::from_bytes(&keccak256([seed, i].map(u64::to_be_bytes).concat())))
            .collect::<Result<_, _>>()
            .unwrap();
        members.sort_by_key(Attestor::address);
        let signers: Vec<Address> = members.iter().map(Attestor::address).collect();
        let set = SignerSet::new(7, 1, signers.clone(), quorum).unwrap();
        let evm = Context::mainnet()
            .with_db(CacheDB::new(EmptyDB::new()))
            .modify_cfg_chained(|c| {
                c.set_spec_and_mainnet_gas_params(SpecId::CANCUN);
                c.chain_id = CHAIN_ID;
            })
            .modify_block_chained(|b: &mut BlockEnv| {
                b.number = U256::from(1);
                b.timestamp = U256::from(NOW);
            })
            .build_mainnet();
        let domain = Domain { chain_id: CHAIN_ID, attestors: Address::ZERO };
        let mut world = Self { evm, nonce: 0, domain, set, members };
        let initial = InitialSet { id: 7, signers, quorum: quorum as u8 };
        world.domain.attestors = world.create(
            &Attestors::BYTECODE,
            &Attestors::constructorCall { kernel: Address::ZERO, initial: vec![initial] },
        );
        world
    }

    fn create<C: SolConstructor>(&mut self, bytecode: &[u8], arguments: &C) -> Address {
        let data = mandate_contracts::creation(bytecode, arguments).into();
        match self.transact(TxKind::Create, data) {
            ExecutionResult::Success { output: Output::Create(_, Some(address)), .. } => address,
            other => panic!("{other:?}"),
        }
    }

    fn transact(&mut self, kind: TxKind, data: Bytes) -> ExecutionResult {
        let tx = self.tx(kind, data);
        self.nonce += 1;
        self.evm.transact_commit(tx).unwrap()
    }

    fn tx(&self, kind: TxKind, data: Bytes) -> TxEnv {
        TxEnv::builder()
            .nonce(self.nonce)
            .kind(kind)
            .data(data)
            .gas_limit(30_000_000)
            .chain_id(Some(CHAIN_ID))
            .build()
            .unwrap()
    }

    fn call<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, Bytes> {
        let tx = self.tx(TxKind::Call(to), call.abi_encode().into());
        match self.evm.transact(tx).unwrap().result {
            ExecutionResult::Success { output, .. } => {
                Ok(C::abi_decode_returns(output.data()).unwrap())
            }
            ExecutionResult::Revert { output, .. } => Err(output),
            other => panic!("{other:?}"),
        }
    }

    /// The contract's verdict: nothing, or the name of its error.
    fn verdict(&mut self, signed: &SignedReport) -> Result<(), String> {
        let call = verifyCall {
            report: signed.report.clone(),
            signers: signed.signers,
            signatures: signed.signatures.clone(),
        };
        self.call(self.domain.attestors, &call).map(|_| ()).map_err(|data| name(&data))
    }
}

/// The name of a custom error, from its debug form.
fn name(data: &[u8]) -> String {
    let error = match ContractError::<AttestorsErrors>::abi_decode(data).unwrap() {
        ContractError::CustomError(error) => format!("{error:?}"),
        other => format!("{other:?}"),
    };
    // `Name(Name { … })`
    error.split(['(', ' ', '{']).next().unwrap().to_owned()
}

fn name_of(error: &OracleError) -> String {
    format!("{error:?}").split(['(', ' ', '{']).next().unwrap().to_owned()
}

fn report(seed: u64) -> Report {
    Report {
        subject: keccak256(seed.to_be_bytes()),
        sequence: seed as u32,
        signerSet: 7,
        signerVersion: 1,
        schemaHash: keccak256("schema"),
        market: Address::repeat_byte(0x33),
        issuedAt: U40::from(NOW - 1),
        expiresAt: U40::from(NOW + 1),
        payload: keccak256(seed.to_le_bytes())[..(seed % 33) as usize].to_vec().into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn digests_agree(
        subject: [u8; 32], sequence: u32, set: u32, version: u32, schema: [u8; 32], market: [u8; 20],
        issued in 0..1_u64 << 40, expires in 0..1_u64 << 40, payload: Vec<u8>, round: u64, price: [u8; 32],
    ) {
        let mut world = World::new(4, 3, 0);
        let report = Report {
            subject: subject.into(), sequence, signerSet: set, signerVersion: version, schemaHash: schema.into(),
            market: market.into(), issuedAt: U40::from(issued), expiresAt: U40::from(expires), payload: payload.into(),
        };
        let observation = Observation {
            oracle: market.into(), signerSet: set, signerVersion: version, round, observedAt: U40::from(issued),
            price: U256::from_be_bytes(price),
        };
        let attestors = world.domain.attestors;
        let ours = world.domain.report_digest(&report);
        prop_assert_eq!(world.call(attestors, &reportDigestCall { report }).unwrap(), ours);
        let ours = world.domain.observation_digest(&observation);
        prop_assert_eq!(world.call(attestors, &observationDigestCall { observation }).unwrap(), ours);
    }

    /// O-2, O-4: one flip anywhere in a signed report, and both languages refuse it by the same name, or both accept.
    #[test]
    fn verdicts_agree_on_every_flip(n in 1_usize..8, extra in 0_usize..3, seed: u64, place: usize, bit in 0..8_u8) {
        let least = (n + (n - 1) / 3) / 2 + 1;
        let mut world = World::new(n, (least + extra).min(n), seed);
        let report = report(seed);
        let domain = world.domain;
        let signatures: Vec<_> =
            world.members.iter_mut().map(|m| m.sign_report(&domain, &report).unwrap()).collect();
        let signed = gather_report(&domain, &world.set, report, &signatures).unwrap();
        prop_assert_eq!(world.set.verify(&domain, &signed), Ok(()));
        prop_assert_eq!(world.verdict(&signed), Ok(()));

        let mut flipped = signed;
        flip(&mut flipped, place, bit);
        let ours = world.set.verify(&domain, &flipped).map_err(|e| name_of(&e));
        prop_assert_eq!(world.verdict(&flipped), ours);
    }
}

/// Flips one bit of signatures, bitmap, set, version, sequence or payload; sometimes cuts the signatures short.
fn flip(signed: &mut SignedReport, place: usize, bit: u8) {
    let mut bytes = signed.signatures.to_vec();
    match place % 8 {
        0 => signed.signers ^= U256::from(1) << (place / 8 % 12),
        1 => signed.report.signerVersion ^= 1 << bit,
        2 => signed.report.sequence ^= 1 << bit,
        3 => bytes.truncate(place / 8 % bytes.len()),
        4 => bytes[64] ^= 1 << bit,
        _ => {
            let at = place / 8 % bytes.len();
            bytes[at] ^= 1 << bit;
        }
    }
    signed.signatures = bytes.into();
}

/// O-1, O-5: the contract closes what Rust gathers, at the price Rust computes.
#[test]
fn the_oracle_closes_what_was_gathered() {
    let mut world = World::new(5, 4, 9);
    let domain = world.domain;
    let feed = PriceOracle::Feed {
        signerSet: 7,
        greatestAge: 3600,
        greatestMove: 1000,
        leastPrice: U256::from(1),
        greatestPrice: U256::MAX,
    };
    let oracle = world.create(
        &PriceOracle::BYTECODE,
        &PriceOracle::constructorCall { attestors: domain.attestors, given: feed },
    );
    let prices: Vec<U256> = [5, 2, 9, 7, 1000].map(U256::from).to_vec();
    let observe = |price: &U256| Observation {
        oracle,
        signerSet: 7,
        signerVersion: 1,
        round: 1,
        observedAt: U40::from(NOW),
        price: *price,
    };
    let mut given: Vec<_> = world
        .members
        .iter_mut()
        .zip(&prices)
        .map(|(member, price)| {
            let observation = observe(price);
            let signature = member.sign_observation(&domain, &observation).unwrap();
            (observation, signature)
        })
        .collect();
    given.rotate_left(2);
    let round = gather_round(&domain, &world.set, 1, &given).unwrap();
    let close = PriceOracle::closeCall {
        id: 1,
        observations: round.observations.iter().map(copy).collect(),
        signers: round.signers,
        signatures: round.signatures,
    };
    let result = world.transact(TxKind::Call(oracle), close.abi_encode().into());
    assert!(result.is_success(), "{result:?}");
    world.evm.ctx.block.number += U256::from(1);
    let last = world.call(oracle, &PriceOracle::lastCall {}).unwrap();
    assert_eq!(Some(last.round.price), lower_middle(&prices));
    assert_eq!(lower_middle(&prices), Some(U256::from(7)));
}

fn copy(given: &Observation) -> PriceOracle::Observation {
    PriceOracle::Observation {
        oracle: given.oracle,
        signerSet: given.signerSet,
        signerVersion: given.signerVersion,
        round: given.round,
        observedAt: given.observedAt,
        price: given.price,
    }
}

#[test]
fn a_secret_never_shows() {
    let secret: B256 = keccak256("secret");
    let attestor = Attestor::from_bytes(&secret).unwrap();
    let shown = format!("{attestor:?} {:?}", Attestor::from_bytes(&B256::ZERO));
    assert!(!shown.to_lowercase().contains(&alloy::hex::encode(secret)), "{shown}");
    assert!(shown.contains("BadKey"), "{shown}");
}
