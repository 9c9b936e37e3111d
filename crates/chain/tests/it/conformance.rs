//! What every ledger does: each test runs in process and on `anvil`.

use alloy::primitives::{Address, Bytes, U256, keccak256};
use alloy::sol_types::SolCall;
use mandate_chain::{
    At, Call, Fees, Filter, Ledger, LedgerError, LedgerExt, Revert, Signed, Signer, Unsigned,
};

use crate::probe::{self, Probe};
use crate::world::{InProcess, Node, World};

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod in_process {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::InProcess::start().expect("always there")).await;
            })*
        }

        mod on_anvil {
            $(#[tokio::test]
            async fn $test() {
                if let Some(node) = super::Node::start().await {
                    super::$test(node).await;
                }
            })*
        }
    };
}

on_both!(
    a_deployment_a_call_and_a_transaction,
    every_refusal_is_named,
    a_refusal_can_be_read_as_a_type,
    a_mined_failure_is_a_receipt_with_its_reason,
    a_creation_that_fails_names_no_contract,
    nonces_count_what_waits,
    a_gap_in_nonces_waits_until_it_is_filled,
    the_same_bytes_may_be_sent_again,
    a_stale_nonce_is_refused,
    a_replacement_takes_the_place_of_what_waits,
    what_cannot_be_mined_is_refused_by_name,
    bytes_that_are_no_transaction_are_refused,
    logs_pass_filters,
    an_estimate_is_enough,
    blocks_are_linked_and_contracts_see_them,
    the_past_can_be_asked,
    several_transactions_in_a_block,
    a_contract_creates_a_contract,
    what_does_not_exist_is_none,
);

async fn a_deployment_a_call_and_a_transaction<W: World>(w: W) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let deployed = w.deploy().await;
    let probe = deployed.contract.expect("a contract");
    assert_eq!(probe, signer.address().create(0));
    assert!(!ledger.code(probe).await.unwrap().is_empty());
    assert_eq!(ledger.query(probe, &Probe::LIMITCall {}).await.unwrap(), probe::LIMIT);

    let before = ledger.balance(signer.address()).await.unwrap();
    let call = probe::set(probe, 7, 42);
    let receipt = ledger.transact(&signer, &call).await.unwrap();
    assert!(receipt.success && receipt.failure.is_none() && receipt.contract.is_none());
    assert_eq!((receipt.from, receipt.to), (signer.address(), Some(probe)));
    assert_eq!(receipt.block, deployed.block + 1);
    let paid = U256::from(receipt.gas_used) * U256::from(receipt.gas_price);
    assert_eq!(ledger.balance(signer.address()).await.unwrap(), before - paid);
    let value = ledger.query(probe, &Probe::valuesCall { key: U256::from(7) }).await.unwrap();
    assert_eq!(value, U256::from(42));

    let [log] = receipt.logs.as_slice() else { panic!("{:?}", receipt.logs) };
    let event: Probe::ValueSet = log.decode().expect("that event");
    assert_eq!(
        (event.by, event.key, event.value),
        (signer.address(), U256::from(7), U256::from(42))
    );
    assert_eq!((log.block, log.block_hash, log.index), (receipt.block, receipt.block_hash, 0));
    assert_eq!((log.transaction, log.inner.address), (receipt.transaction, probe));

    let sent = ledger.transaction(receipt.transaction).await.unwrap().expect("known");
    assert_eq!((sent.from, sent.to, sent.nonce), (signer.address(), Some(probe), 1));
    assert_eq!((sent.input, sent.block), (call.input, Some(receipt.block)));
}

async fn every_refusal_is_named<W: World>(w: W) {
    let probe = w.probe().await;
    for (call, expected) in probe::failures(probe, w.signer().address()) {
        let revert = refusal(w.ledger().call(&call, At::Latest).await.unwrap_err());
        assert_eq!(revert.to_string(), expected);
        let revert = refusal(w.ledger().estimate(&call).await.unwrap_err());
        assert_eq!(revert.to_string(), expected);
    }
    let creation = probe::creation(U256::ZERO).from(w.signer().address());
    let revert = refusal(w.ledger().estimate(&creation).await.unwrap_err());
    assert_eq!(revert.to_string(), "ValueTooLarge(given: 0, allowed: 0)");
}

async fn a_refusal_can_be_read_as_a_type<W: World>(w: W) {
    let call = probe::set(w.probe().await, 1, 101);
    let revert = refusal(w.ledger().call(&call, At::Pending).await.unwrap_err());
    let typed: Probe::ValueTooLarge = revert.decode().expect("that error");
    assert_eq!((typed.given, typed.allowed), (U256::from(101), probe::LIMIT));
    assert!(revert.decode::<Probe::Refused>().is_none());
    assert_eq!(revert.name(), Some("ValueTooLarge"));
    assert_eq!(revert.arg("given").unwrap().as_uint().unwrap().0, U256::from(101));
}

async fn a_mined_failure_is_a_receipt_with_its_reason<W: World>(w: W) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let probe = w.probe().await;
    for (call, expected) in probe::failures(probe, signer.address()) {
        let nonce = ledger.nonce(signer.address(), At::Latest).await.unwrap();
        let receipt = ledger.transact(&signer, &call.gas_limit(200_000)).await.unwrap();
        assert!(!receipt.success, "{expected}");
        assert_eq!(receipt.failure.expect("a reason").to_string(), expected);
        assert!(receipt.logs.is_empty());
        assert_eq!(receipt.gas_used == 200_000, expected == "out of gas", "{expected}");
        assert_eq!(ledger.nonce(signer.address(), At::Latest).await.unwrap(), nonce + 1);
    }
}

async fn a_creation_that_fails_names_no_contract<W: World>(w: W) {
    let creation = probe::creation(U256::ZERO).gas_limit(1_000_000);
    let receipt = w.ledger().transact(&w.signer(), &creation).await.unwrap();
    assert!(!receipt.success);
    assert_eq!((receipt.contract, receipt.to), (None, None));
    assert_eq!(receipt.failure.unwrap().to_string(), "ValueTooLarge(given: 0, allowed: 0)");
}

async fn nonces_count_what_waits<W: World>(w: W) {
    let (ledger, me) = (w.ledger(), w.signer().address());
    let probe = w.probe().await;
    w.automine(false).await;
    let signed = ledger.prepare(&w.signer(), &probe::set(probe, 1, 1)).await.unwrap();
    let hash = ledger.send_raw(&signed.raw).await.unwrap();
    assert_eq!(ledger.nonce(me, At::Latest).await.unwrap(), 1);
    assert_eq!(ledger.nonce(me, At::Pending).await.unwrap(), 2);
    assert_eq!(ledger.receipt(hash).await.unwrap(), None);
    assert_eq!(ledger.transaction(hash).await.unwrap().expect("it waits").block, None);
    w.mine().await;
    assert_eq!(ledger.nonce(me, At::Latest).await.unwrap(), 2);
    let mined = ledger.receipt(hash).await.unwrap().expect("mined").block;
    assert_eq!(ledger.transaction(hash).await.unwrap().expect("mined").block, Some(mined));
}

async fn a_gap_in_nonces_waits_until_it_is_filled<W: World>(w: W) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let probe = w.probe().await;
    let first = sign(&w, 1, probe::set(probe, 1, 1)).await;
    let second = sign(&w, 2, probe::set(probe, 1, 2)).await;
    ledger.send_raw(&second.raw).await.unwrap();
    assert_eq!(ledger.receipt(second.hash).await.unwrap(), None);
    assert_eq!(ledger.nonce(signer.address(), At::Pending).await.unwrap(), 1);
    ledger.send_raw(&first.raw).await.unwrap();
    let first = ledger.confirm(first.hash, crate::world::LIMIT).await.unwrap();
    let second = ledger.confirm(second.hash, crate::world::LIMIT).await.unwrap();
    assert!((first.block, first.index) < (second.block, second.index));
}

async fn the_same_bytes_may_be_sent_again<W: World>(w: W) {
    let ledger = w.ledger();
    let probe = w.probe().await;
    w.automine(false).await;
    let signed = ledger.prepare(&w.signer(), &probe::set(probe, 1, 1)).await.unwrap();
    assert_eq!(signed.hash, keccak256(&signed.raw));
    for _ in 0..2 {
        assert_eq!(ledger.send_raw(&signed.raw).await.unwrap(), signed.hash);
    }
    w.mine().await;
    assert_eq!(ledger.send_raw(&signed.raw).await.unwrap(), signed.hash);
    w.mine().await;
    assert_eq!(ledger.nonce(w.signer().address(), At::Pending).await.unwrap(), 2);
    let again = ledger.prepare(&w.signer(), &probe::set(probe, 1, 1)).await.unwrap();
    assert_ne!(again.hash, signed.hash, "another nonce");
}

async fn a_stale_nonce_is_refused<W: World>(w: W) {
    let probe = w.probe().await;
    let stale = sign(&w, 0, probe::set(probe, 1, 1)).await;
    let refused = w.ledger().send_raw(&stale.raw).await.unwrap_err();
    assert_eq!(refused, LedgerError::NonceTooLow { given: 0, expected: 1 });
}

async fn a_replacement_takes_the_place_of_what_waits<W: World>(w: W) {
    let ledger = w.ledger();
    let probe = w.probe().await;
    w.automine(false).await;
    let old = sign(&w, 1, probe::set(probe, 1, 1)).await;
    let bid = |fees: Fees| Fees { max_fee: fees.max_fee * 2, priority_fee: fees.priority_fee * 2 };
    let new = sign_with(&w, 1, probe::set(probe, 1, 2), bid).await;
    ledger.send_raw(&old.raw).await.unwrap();
    ledger.send_raw(&new.raw).await.unwrap();
    w.mine().await;
    assert!(ledger.receipt(new.hash).await.unwrap().expect("mined").success);
    assert_eq!(ledger.receipt(old.hash).await.unwrap(), None);
    let late = ledger.send_raw(&old.raw).await.unwrap_err();
    assert_eq!(late, LedgerError::NonceTooLow { given: 1, expected: 2 });
}

async fn what_cannot_be_mined_is_refused_by_name<W: World>(w: W) {
    let ledger = w.ledger();
    let probe = w.probe().await;
    let call = probe::set(probe, 1, 1);

    let poor = Signer::from_bytes(&keccak256("poor")).unwrap();
    let fees = ledger.fees().await.unwrap();
    let unsigned =
        Unsigned { chain_id: 31_337, nonce: 0, gas_limit: 100_000, fees, call: call.clone() };
    let refused = ledger.send_raw(&poor.sign(&unsigned).raw).await.unwrap_err();
    let required = U256::from(fees.max_fee) * U256::from(100_000);
    assert_eq!(refused, LedgerError::InsufficientFunds { given: U256::ZERO, required });

    let sign = |edit: fn(Unsigned) -> Unsigned| {
        w.signer().sign(&edit(Unsigned { nonce: 1, ..unsigned.clone() }))
    };
    let little = sign(|tx| Unsigned { gas_limit: 20_999, ..tx });
    let refused = ledger.send_raw(&little.raw).await.unwrap_err();
    assert!(
        matches!(refused, LedgerError::GasTooLow { given: 20_999, required: 21_160.. }),
        "{refused}"
    );

    let huge = sign(|tx| Unsigned {
        gas_limit: 1 << 40,
        fees: Fees { max_fee: 1 << 31, ..tx.fees },
        ..tx
    });
    let refused = ledger.send_raw(&huge.raw).await.unwrap_err();
    assert!(
        matches!(refused, LedgerError::GasTooHigh { .. } | LedgerError::InsufficientFunds { .. }),
        "{refused}"
    );
    assert_eq!(ledger.nonce(w.signer().address(), At::Pending).await.unwrap(), 1);

    // A node may also take it and let it wait.
    let cheap = sign(|tx| Unsigned { fees: Fees { max_fee: 1, priority_fee: 1 }, ..tx });
    match ledger.send_raw(&cheap.raw).await {
        Ok(hash) => assert_eq!(ledger.receipt(hash).await.unwrap(), None),
        Err(refused) => {
            assert!(matches!(refused, LedgerError::FeeTooLow { given: 1, .. }), "{refused}");
        }
    }
}

async fn bytes_that_are_no_transaction_are_refused<W: World>(w: W) {
    let probe = w.probe().await;
    let good = sign(&w, 1, probe::set(probe, 1, 1)).await.raw;
    let mut long = good.to_vec();
    long.push(0);
    let mut unsigned = good.to_vec();
    let end = unsigned.len();
    unsigned[end - 64..].fill(0xff);
    for bad in [&[][..], &[0x02], &[0xc0], &[0x7f, 1, 2], &good[..good.len() - 1], &long, &unsigned]
    {
        let refused = w.ledger().send_raw(bad).await.unwrap_err();
        assert!(
            matches!(refused, LedgerError::BadTransaction(_)),
            "{refused} for {}",
            Bytes::copy_from_slice(bad)
        );
    }
    let unsigned = Unsigned {
        chain_id: 1,
        nonce: 1,
        gas_limit: 100_000,
        fees: w.ledger().fees().await.unwrap(),
        call: probe::set(probe, 1, 1),
    };
    let refused = w.ledger().send_raw(&w.signer().sign(&unsigned).raw).await.unwrap_err();
    assert_eq!(refused, LedgerError::WrongChain { given: 1, expected: 31_337 });
}

async fn logs_pass_filters<W: World>(w: W) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let (a, b) = (w.probe().await, w.probe().await);
    let mut blocks = Vec::new();
    for (probe, key) in [(a, 1), (a, 2), (b, 1)] {
        blocks.push(ledger.transact(&signer, &probe::set(probe, key, 5)).await.unwrap().block);
    }
    ledger
        .transact(&signer, &Call::of(a, &Probe::createCall { limit: probe::LIMIT }))
        .await
        .unwrap();
    let head = ledger.head().await.unwrap().number;
    let all = || Filter::blocks(0..=head);
    let count = async |filter: Filter| ledger.logs(&filter).await.unwrap().len();

    assert_eq!(count(all()).await, 4);
    assert_eq!(count(all().event::<Probe::ValueSet>()).await, 3);
    assert_eq!(count(all().event::<Probe::ValueSet>().event::<Probe::ChildCreated>()).await, 4);
    assert_eq!(count(all().address(a)).await, 3);
    assert_eq!(count(all().address(a).address(b)).await, 4);
    assert_eq!(count(all().topic(2, U256::from(1).into())).await, 2);
    assert_eq!(count(all().address(b).topic(1, signer.address().into_word())).await, 1);
    assert_eq!(count(all().address(Address::ZERO)).await, 0);
    assert_eq!(count(Filter::blocks(blocks[0]..=blocks[1])).await, 2);
    assert_eq!(count(Filter::blocks(blocks[1] + 1..=blocks[1])).await, 0, "an empty range");

    let logs = ledger.logs(&all().event::<Probe::ValueSet>()).await.unwrap();
    let places: Vec<_> = logs.iter().map(|log| log.block).collect();
    assert_eq!(places, blocks);
}

async fn an_estimate_is_enough<W: World>(w: W) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let probe = w.probe().await;
    let create = Call::of(probe, &Probe::createCall { limit: probe::LIMIT });
    for call in
        [probe::set(probe, 1, 5), probe::set(probe, 1, 0), create, Call::new(signer.address(), [])]
    {
        let call = call.from(signer.address());
        let gas = ledger.estimate(&call).await.unwrap();
        let receipt = ledger.transact(&signer, &call.gas_limit(gas)).await.unwrap();
        assert!(receipt.success && receipt.gas_used <= gas);
    }
}

async fn blocks_are_linked_and_contracts_see_them<W: World>(w: W) {
    let ledger = w.ledger();
    let probe = w.probe().await;
    for i in 0..3 {
        ledger.transact(&w.signer(), &probe::set(probe, i, i)).await.unwrap();
    }
    let head = ledger.head().await.unwrap();
    assert_eq!(ledger.block(head.number).await.unwrap().as_ref(), Some(&head));
    for number in 1..=head.number {
        let block = ledger.block(number).await.unwrap().expect("below the head");
        let parent = ledger.block(number - 1).await.unwrap().expect("below the head");
        assert_eq!((block.number, block.parent_hash), (number, parent.hash));
        assert!(block.time >= parent.time, "a test node mines several blocks a second");
        assert_eq!(block.transactions.len(), 1);
        assert!(block.gas_used > 0 && block.gas_used <= block.gas_limit);
    }
    let parent = head.parent_hash;
    let number = U256::from(head.number - 1);
    assert_eq!(ledger.query(probe, &Probe::blockHashCall { number }).await.unwrap(), parent);
    let clock = ledger.query(probe, &Probe::clockCall {}).await.unwrap();
    assert_eq!((clock.number, clock.time), (U256::from(head.number), U256::from(head.time)));
    assert_eq!(clock.chain, U256::from(31_337));
    let next = ledger.call(&Call::of(probe, &Probe::clockCall {}), At::Pending).await.unwrap();
    let next = Probe::clockCall::abi_decode_returns(&next).unwrap();
    assert_eq!(next.number, U256::from(head.number + 1));
    assert!(next.time >= clock.time);
}

async fn the_past_can_be_asked<W: World>(w: W) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let deployed = w.deploy().await;
    let probe = deployed.contract.unwrap();
    for value in 1..=4 {
        ledger.transact(&signer, &probe::set(probe, 9, value)).await.unwrap();
    }
    let call = Call::of(probe, &Probe::valuesCall { key: U256::from(9) });
    for past in 0..=4 {
        let answer = ledger.call(&call, At::Block(deployed.block + past)).await.unwrap();
        assert_eq!(U256::from_be_slice(&answer), U256::from(past));
        let nonce = ledger.nonce(signer.address(), At::Block(deployed.block + past)).await.unwrap();
        assert_eq!(nonce, past + 1);
    }
    let before = ledger.call(&call, At::Block(deployed.block - 1)).await.unwrap();
    assert!(before.is_empty(), "there was no contract");
}

async fn several_transactions_in_a_block<W: World>(w: W) {
    let ledger = w.ledger();
    let probe = w.probe().await;
    w.automine(false).await;
    let mut hashes = Vec::new();
    for nonce in 1..=3 {
        let signed = sign(&w, nonce, probe::set(probe, nonce, nonce)).await;
        hashes.push(ledger.send_raw(&signed.raw).await.unwrap());
    }
    w.mine().await;
    let head = ledger.head().await.unwrap();
    assert_eq!(head.transactions, hashes);
    for (i, hash) in hashes.iter().enumerate() {
        let receipt = ledger.receipt(*hash).await.unwrap().expect("mined");
        assert_eq!((receipt.block, receipt.index), (head.number, i as u64));
        assert_eq!(receipt.logs[0].index, i as u64);
    }
}

async fn a_contract_creates_a_contract<W: World>(w: W) {
    let ledger = w.ledger();
    let call = Call::of(w.probe().await, &Probe::createCall { limit: U256::from(3) });
    let receipt = ledger.transact(&w.signer(), &call).await.unwrap();
    let child = receipt.logs[0].decode::<Probe::ChildCreated>().expect("that event").child;
    assert_eq!(ledger.query(child, &Probe::LIMITCall {}).await.unwrap(), U256::from(3));
    assert_eq!(receipt.contract, None);
}

async fn what_does_not_exist_is_none<W: World>(w: W) {
    let ledger = w.ledger();
    let nowhere = keccak256("nowhere");
    assert_eq!(ledger.receipt(nowhere).await.unwrap(), None);
    assert_eq!(ledger.transaction(nowhere).await.unwrap(), None);
    assert_eq!(ledger.block(1_000_000).await.unwrap(), None);
    let nobody = Address::repeat_byte(0x55);
    assert_eq!(ledger.balance(nobody).await.unwrap(), U256::ZERO);
    assert!(ledger.code(nobody).await.unwrap().is_empty());
    assert!(ledger.call(&Call::new(nobody, [1, 2, 3]), At::Latest).await.unwrap().is_empty());
    let answer = ledger.query(nobody, &Probe::LIMITCall {}).await.unwrap_err();
    assert!(matches!(answer, LedgerError::BadAnswer(_)), "{answer}");
}

/// Both ledgers run one EVM: every receipt costs the same gas. A node's estimate may be up to a tenth above the smallest
/// sufficient limit, the in-process ledger's up to a 64th.
#[tokio::test]
async fn gas_is_the_same_on_both() {
    let Some(node) = Node::start().await else { return };
    let local = InProcess::start().expect("always there");
    let (here, there) = (gas(&local).await, gas(&node).await);
    assert_eq!(here.0, there.0, "gas used");
    for (ours, nodes) in here.1.into_iter().zip(there.1) {
        let near = ours <= nodes + nodes / 64 + 1 && nodes <= ours + ours / 10 + 1;
        assert!(near, "{ours} here, {nodes} there");
    }
}

/// Gas used and gas estimated, for transactions of each kind.
async fn gas<W: World>(w: &W) -> (Vec<u64>, Vec<u64>) {
    let (ledger, signer) = (w.ledger(), w.signer());
    let deployed = w.deploy().await;
    let probe = deployed.contract.unwrap();
    let (mut used, mut estimated) = (vec![deployed.gas_used], Vec::new());
    let create = Call::of(probe, &Probe::createCall { limit: probe::LIMIT });
    for call in [probe::set(probe, 1, 5), probe::set(probe, 1, 6), probe::set(probe, 1, 0), create]
    {
        estimated.push(ledger.estimate(&call.clone().from(signer.address())).await.unwrap());
        used.push(ledger.transact(&signer, &call).await.unwrap().gas_used);
    }
    for (call, _) in probe::failures(probe, signer.address()) {
        used.push(ledger.transact(&signer, &call.gas_limit(150_000)).await.unwrap().gas_used);
    }
    (used, estimated)
}

fn refusal(e: LedgerError) -> Revert {
    match e {
        LedgerError::Reverted(revert) => revert,
        e => panic!("not a refusal: {e}"),
    }
}

async fn sign<W: World>(w: &W, nonce: u64, call: Call) -> Signed {
    sign_with(w, nonce, call, |fees| fees).await
}

async fn sign_with<W: World>(w: &W, nonce: u64, call: Call, bid: impl Fn(Fees) -> Fees) -> Signed {
    let fees = bid(w.ledger().fees().await.unwrap());
    w.signer().sign(&Unsigned { chain_id: 31_337, nonce, gas_limit: 200_000, fees, call })
}
