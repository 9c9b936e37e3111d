//! What only the in-process ledger can do.

use alloy::primitives::{Address, U256};
use alloy::sol_types::{SolCall, SolError};
use mandate_chain::{At, Call, Config, Filter, Ledger, LedgerError, LedgerExt, Local};

use crate::probe::{self, Probe};

const ALICE: Address = Address::repeat_byte(0xa1);

fn local() -> Local {
    Local::new(Config::default()).with_errors(probe::errors())
}

/// A ledger with a probe, without signatures.
fn with_probe() -> (Local, Address) {
    let ledger = local();
    let acted = ledger.transact_as(&probe::creation(probe::LIMIT).from(ALICE)).unwrap();
    let probe = acted.receipt.contract.unwrap();
    (ledger, probe)
}

fn set(probe: Address, value: u64) -> Call {
    probe::set(probe, 1, value).from(ALICE)
}

async fn value(ledger: &Local, probe: Address) -> u64 {
    ledger.query(probe, &Probe::valuesCall { key: U256::from(1) }).await.unwrap().to()
}

#[tokio::test]
async fn acting_needs_no_key_and_no_money() {
    let (ledger, probe) = with_probe();
    let acted = ledger.transact_as(&set(probe, 5)).unwrap();
    assert!(acted.receipt.success);
    assert_eq!(acted.receipt.logs[0].decode::<Probe::ValueSet>().unwrap().by, ALICE);
    assert_eq!(ledger.balance(ALICE).await.unwrap(), U256::ZERO);
    // A contract may act too.
    let acted = ledger.transact_as(&set(probe, 6).from(probe)).unwrap();
    assert_eq!(acted.receipt.logs[0].decode::<Probe::ValueSet>().unwrap().by, probe);
    let refused = ledger.transact_as(&set(probe, 101)).unwrap();
    assert!(!refused.receipt.success);
    assert_eq!(
        refused.receipt.failure.unwrap().to_string(),
        "ValueTooLarge(given: 101, allowed: 100)"
    );
    assert_eq!(refused.output[..4], Probe::ValueTooLarge::SELECTOR);
    assert_eq!(value(&ledger, probe).await, 6);
}

#[tokio::test]
async fn execution_gas_leaves_out_the_intrinsic_part() {
    let (ledger, probe) = with_probe();
    let call = Call::of(probe, &Probe::LIMITCall {});
    let outcome = ledger.simulate(&call, At::Latest).unwrap();
    let nonzero = call.input.iter().filter(|byte| **byte != 0).count() as u64;
    let intrinsic = 21_000 + 16 * nonzero + 4 * (4 - nonzero);
    assert_eq!(outcome.execution_gas, outcome.gas_used - intrinsic);
    // Clearing a slot is refunded: execution gas is what was spent, gas used is what is paid for.
    ledger.transact_as(&set(probe, 5)).unwrap();
    let cleared = ledger.transact_as(&set(probe, 0)).unwrap();
    assert!(cleared.receipt.gas_used < 21_000 + cleared.execution_gas);
}

#[tokio::test]
async fn several_calls_share_a_block() {
    let (ledger, probe) = with_probe();
    let acted = ledger.transact_all_as(&[set(probe, 1), set(probe, 101), set(probe, 3)]).unwrap();
    let head = ledger.head().await.unwrap();
    assert!(acted.iter().all(|a| a.receipt.block == head.number));
    assert_eq!(acted.iter().map(|a| a.receipt.success).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(acted[2].receipt.logs[0].index, 1);
}

#[tokio::test]
async fn time_is_what_it_is_set_to() {
    let ledger = local();
    let start = ledger.head().await.unwrap().time;
    ledger.warp(86_400);
    assert_eq!(ledger.mine().unwrap().time, start + 86_400);
    assert_eq!(ledger.mine().unwrap().time, start + 86_401, "the usual step again");
    ledger.set_time(start + 86_401).unwrap();
    assert_eq!(ledger.mine().unwrap().time, start + 86_401, "may stand still");
    let backwards = ledger.set_time(start).unwrap_err();
    assert_eq!(backwards, LedgerError::TimeBackwards { given: start, head: start + 86_401 });
}

#[tokio::test]
async fn a_snapshot_can_be_returned_to_often() {
    let (ledger, probe) = with_probe();
    ledger.transact_as(&set(probe, 1)).unwrap();
    let (head, snapshot) = (ledger.head().await.unwrap(), ledger.snapshot());
    for _ in 0..2 {
        ledger.fund(ALICE, U256::from(9)).unwrap();
        let gone = ledger.transact_as(&set(probe, 2)).unwrap().receipt;
        ledger.transact_as(&probe::creation(probe::LIMIT).from(ALICE)).unwrap();
        assert_eq!(value(&ledger, probe).await, 2);
        ledger.revert(&snapshot).unwrap();
        assert_eq!(value(&ledger, probe).await, 1);
        assert_eq!(ledger.head().await.unwrap(), head);
        assert_eq!(ledger.receipt(gone.transaction).await.unwrap(), None);
        assert_eq!(ledger.balance(ALICE).await.unwrap(), U256::ZERO);
        assert_eq!(ledger.logs(&Filter::blocks(0..=100)).await.unwrap().len(), 1);
    }
    let other = ledger.snapshot();
    ledger.forget(1).unwrap();
    assert_eq!(ledger.revert(&other), Err(LedgerError::UnknownSnapshot));
    ledger.transact_as(&set(probe, 7)).unwrap();
    assert_eq!(
        ledger.revert(&other),
        Err(LedgerError::UnknownSnapshot),
        "as high, but another history"
    );
}

#[tokio::test]
async fn forgotten_blocks_are_gone_and_the_same_acts_give_the_same_bytes() {
    let (ledger, probe) = with_probe();
    let mut heads = vec![ledger.head().await.unwrap()];
    for i in 1..=5 {
        ledger.transact_as(&set(probe, i)).unwrap();
        heads.push(ledger.head().await.unwrap());
    }
    ledger.forget(3).unwrap();
    assert_eq!(ledger.head().await.unwrap(), heads[2]);
    assert_eq!(value(&ledger, probe).await, 2);
    assert_eq!(ledger.nonce(ALICE, At::Latest).await.unwrap(), 3);
    for i in 3..=5 {
        ledger.transact_as(&set(probe, i)).unwrap();
        assert_eq!(ledger.head().await.unwrap(), heads[i as usize]);
    }
    let too_many = ledger.forget(100).unwrap_err();
    assert_eq!(too_many, LedgerError::UnknownBlock { given: 100, head: 6 });
}

#[tokio::test]
async fn history_is_kept_as_long_as_configured() {
    let ledger = Local::new(Config { history: 3, ..Config::default() });
    for _ in 0..5 {
        ledger.mine().unwrap();
    }
    let call = Call::new(ALICE, []);
    assert!(ledger.call(&call, At::Block(2)).await.is_ok());
    let gone = LedgerError::StateGone { given: 1, oldest: 2 };
    assert_eq!(ledger.call(&call, At::Block(1)).await, Err(gone.clone()));
    assert_eq!(ledger.forget(4), Err(gone));
    assert_eq!(ledger.forget(3), Ok(()));
    let beyond = ledger.call(&call, At::Block(9)).await;
    assert_eq!(beyond, Err(LedgerError::UnknownBlock { given: 9, head: 2 }));
}

#[tokio::test]
async fn same_acts_same_hashes_other_acts_other_hashes() {
    let run = |value| {
        let (ledger, probe) = with_probe();
        ledger.transact_as(&set(probe, value)).unwrap().receipt.block_hash
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
    let other = Local::new(Config { chain_id: 5, ..Config::default() });
    assert_ne!(other.head().await.unwrap().hash, local().head().await.unwrap().hash);
}

#[tokio::test]
async fn an_estimate_suffices_and_is_within_a_64th_of_the_smallest() {
    let (ledger, probe) = with_probe();
    let create = Call::of(probe, &Probe::createCall { limit: probe::LIMIT }).from(ALICE);
    for call in [set(probe, 5), create] {
        let gas = ledger.estimate(&call).await.unwrap();
        assert!(ledger.call(&call.clone().gas_limit(gas), At::Pending).await.is_ok());
        let less = gas - gas / 64 - 2;
        assert!(ledger.call(&call.clone().gas_limit(less), At::Pending).await.is_err(), "{less}");
    }
}

#[tokio::test]
async fn a_full_block_leaves_the_rest_waiting() {
    let ledger = Local::new(Config { gas_limit: 500_000, ..Config::default() });
    let signer = mandate_chain::Signer::from_bytes(&alloy::primitives::keccak256("x")).unwrap();
    ledger.fund(signer.address(), crate::world::rich()).unwrap();
    ledger.automine(false);
    for _ in 0..3 {
        let call = Call::new(ALICE, []).gas_limit(200_000);
        let signed = ledger.prepare(&signer, &call).await.unwrap();
        ledger.send_raw(&signed.raw).await.unwrap();
    }
    // The limit is reserved, the gas used is counted.
    assert_eq!(ledger.mine().unwrap().transactions.len(), 3);
    let burn = |nonce| (nonce, 400_000);
    for (_, gas) in [burn(0), burn(1)] {
        let call = Call::create([0x5b, 0x5f, 0x56]).gas_limit(gas);
        let signed = ledger.prepare(&signer, &call).await.unwrap();
        ledger.send_raw(&signed.raw).await.unwrap();
    }
    assert_eq!(ledger.mine().unwrap().transactions.len(), 1);
    assert_eq!(ledger.nonce(signer.address(), At::Pending).await.unwrap(), 5);
    assert_eq!(ledger.mine().unwrap().transactions.len(), 1);
}

#[tokio::test]
async fn a_replacement_must_bid_a_tenth_more_in_both_fees() {
    use mandate_chain::{Fees, Signer, Unsigned};
    let ledger = local();
    let signer = Signer::from_bytes(&alloy::primitives::keccak256("x")).unwrap();
    ledger.fund(signer.address(), crate::world::rich()).unwrap();
    ledger.automine(false);
    let offer = |max_fee, priority_fee| {
        let fees = Fees { max_fee, priority_fee };
        let call = Call::new(ALICE, []);
        signer.sign(&Unsigned { chain_id: 31_337, nonce: 0, gas_limit: 21_000, fees, call }).raw
    };
    let underpriced = |given, required| {
        Err(LedgerError::ReplacementUnderpriced { given, required: Some(required) })
    };
    ledger.send_raw(&offer(2_000_000_000, 15)).await.unwrap();
    assert_eq!(
        ledger.send_raw(&offer(2_199_999_999, 17)).await,
        underpriced(2_199_999_999, 2_200_000_000)
    );
    assert_eq!(ledger.send_raw(&offer(2_200_000_000, 16)).await, underpriced(16, 17));
    assert!(ledger.send_raw(&offer(2_200_000_000, 17)).await.is_ok());
    assert_eq!(ledger.mine().unwrap().transactions.len(), 1);
}

#[tokio::test]
async fn clones_share_one_ledger() {
    let (ledger, probe) = with_probe();
    ledger.clone().transact_as(&set(probe, 5)).unwrap();
    assert_eq!(value(&ledger, probe).await, 5);
    let call = Call::new(probe, Probe::LIMITCall {}.abi_encode());
    let asked = tokio::spawn(async move { ledger.call(&call, At::Latest).await });
    assert!(asked.await.unwrap().is_ok(), "futures are Send");
}

/// An execution leaves nothing behind that the next ledger on the same thread could see, a refused one neither.
#[tokio::test]
async fn ledgers_on_one_thread_do_not_mix() {
    let (a, b) = (local(), local());
    a.fund(ALICE, U256::from(5)).unwrap();
    let gift = Call::new(Address::ZERO, []).from(ALICE).value(U256::from(9));
    let refused = a.transact_as(&gift).unwrap_err();
    assert_eq!(
        refused,
        LedgerError::InsufficientFunds { given: U256::from(5), required: U256::from(9) }
    );
    b.fund(ALICE, U256::from(9)).unwrap();
    assert!(b.transact_as(&gift).unwrap().receipt.success);
    assert_eq!(a.balance(ALICE).await.unwrap(), U256::from(5));
    assert_eq!(a.head().await.unwrap().number, 0, "a refused act makes no block");
    assert_eq!(b.balance(ALICE).await.unwrap(), U256::ZERO);
    assert_eq!(b.nonce(ALICE, At::Latest).await.unwrap(), 1);
    assert_eq!(a.nonce(ALICE, At::Latest).await.unwrap(), 0);
}
