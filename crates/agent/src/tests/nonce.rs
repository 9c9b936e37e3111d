//! nonces, rivals and replacements.

use alloy::primitives::U256;
use mandate_chain::{At, Call, Fees, Ledger, LedgerError, LedgerExt, Local};

use super::world::{LIMIT, World, signer, words};
use crate::error::AgentError;
use crate::state::{AttemptState, State};
use crate::submit::{OnConflict, Submitter};

/// Takes the intents and submits them once.
async fn submit(submitter: &Submitter<Local>, world: &World, keys: std::ops::Range<u64>) {
    for intent in world.intents(keys, 7) {
        submitter.journal.intend(&intent, 0).await.unwrap();
    }
    submitter.submit().await.unwrap();
}

/// Somebody else sends a transaction with the agent's key.
async fn rival(world: &World) {
    let call = Call::new(world.sink, world.intent(99, 1).input);
    assert!(world.local.transact(&world.signer, &call).await.unwrap().success);
}

#[tokio::test]
async fn a_1_a_forgotten_block_is_answered_with_the_same_bytes() {
    let world = World::new(2).await;
    let submitter = world.submitter().await;
    submit(&submitter, &world, 0..2).await;
    submitter.settle().await.unwrap();
    let before: Vec<_> = submitter.journal.attempts(1).await.unwrap();
    assert_eq!(before[0].state, AttemptState::Included);
    world.local.forget(2).unwrap();
    assert!(world.writes().await.is_empty());
    submitter.settle().await.unwrap();
    for _ in 0..3 {
        world.local.mine().unwrap();
        submitter.settle().await.unwrap();
    }
    let after = submitter.journal.attempts(1).await.unwrap();
    assert_eq!((after.len(), &after[0].raw), (1, &before[0].raw), "the same bytes");
    assert_eq!(submitter.journal.count(State::Final).await.unwrap(), 2);
    assert_eq!(world.writes().await.values().collect::<Vec<_>>(), [&1, &1]);
    let history = submitter.journal.history(1).await.unwrap();
    assert!(history.iter().any(|step| step.detail.contains("was forgotten")), "{history:?}");
}

#[tokio::test]
async fn a_1_a_rival_with_the_same_key_is_named() {
    let world = World::new(0).await;
    let submitter = world.submitter().await;
    submit(&submitter, &world, 0..1).await;
    rival(&world).await;
    let stopped = submitter.settle().await;
    assert!(
        matches!(&stopped, Err(AgentError::NonceConflict { agent, given: 2, allowed: 1 })
            if *agent == world.signer.address()),
        "{stopped:?}"
    );
    assert!(words(stopped).contains("somebody else uses this key"));
}

/// The rival is first at a nonce that the agent has signed for.
#[tokio::test]
async fn a_1_a_nonce_taken_by_a_rival_stops_the_agent_once_it_is_settled() {
    let world = World::new(2).await;
    let submitter = world.submitter().await;
    let before = world.local.snapshot();
    submit(&submitter, &world, 0..1).await;
    world.local.revert(&before).unwrap();
    rival(&world).await;
    submitter.settle().await.unwrap();
    world.local.mine().unwrap();
    submitter.settle().await.unwrap();
    world.local.mine().unwrap();
    let stopped = submitter.settle().await;
    assert!(
        matches!(stopped, Err(AgentError::NonceConflict { given: 1, allowed: 0, .. })),
        "{stopped:?}"
    );
    assert_eq!(submitter.journal.attempts(1).await.unwrap().len(), 1, "nothing signed anew");
}

#[tokio::test]
async fn a_1_a_taken_nonce_is_signed_for_again_only_when_it_is_spent_for_good() {
    let mut world = World::new(2).await;
    world.terms.on_conflict = OnConflict::SignAgain;
    let submitter = world.submitter().await;
    let before = world.local.snapshot();
    submit(&submitter, &world, 0..1).await;
    world.local.revert(&before).unwrap();
    rival(&world).await;
    for round in 0..8 {
        submitter.settle().await.unwrap();
        submitter.submit().await.unwrap();
        let signed = submitter.journal.attempts(1).await.unwrap().len();
        assert_eq!(signed, if round < 2 { 1 } else { 2 }, "round {round}");
        world.local.mine().unwrap();
    }
    assert_eq!(world.writes().await.get(&0), Some(&1));
    assert_eq!(submitter.journal.count(State::Final).await.unwrap(), 1);
}

#[tokio::test]
async fn a_1_a_waiting_transaction_is_replaced_with_its_own_nonce() {
    let world = World::new(0).await;
    world.local.automine(false);
    let submitter = world.submitter().await;
    submit(&submitter, &world, 0..1).await;
    let attempts = || async { submitter.journal.attempts(1).await.unwrap() };
    let first = attempts().await.remove(0);
    for _ in 0..3 {
        submitter.settle().await.unwrap();
        skip_a_block(&world);
    }
    submitter.settle().await.unwrap();
    let [_, second] = attempts().await.try_into().unwrap();
    assert_eq!(second.nonce, first.nonce);
    assert!(second.fees.max_fee * 8 >= first.fees.max_fee * 9, "{first:?} {second:?}");
    assert!(second.fees.priority_fee * 8 >= first.fees.priority_fee * 9);
    world.local.mine().unwrap();
    submitter.settle().await.unwrap();
    let states: Vec<_> = attempts().await.iter().map(|a| a.state).collect();
    assert_eq!(states, [AttemptState::Replaced, AttemptState::Included]);
    assert_eq!(world.writes().await.get(&0), Some(&1));
}

/// Mines a block of somebody else's, although a transaction of the agent's waits.
fn skip_a_block(world: &World) {
    world.local.transact_as(&Call::new(signer("somebody").address(), Vec::new())).unwrap();
}

#[tokio::test]
async fn a_1_the_first_nonce_is_the_chains_even_if_the_key_was_used_before() {
    let mut world = World::new(0).await;
    rival(&world).await;
    let submitter = world.submitter().await;
    submit(&submitter, &world, 0..2).await;
    submitter.settle().await.unwrap();
    assert_eq!(submitter.journal.count(State::Final).await.unwrap(), 2);
    assert_eq!(submitter.journal.next_nonce().await.unwrap(), Some(3));

    // The chain forgets the older transaction, which no journal holds.
    world.local.forget(3).unwrap();
    let stopped = submitter.settle().await;
    assert!(
        matches!(stopped, Err(AgentError::NonceGap { given: 0, allowed: 1, .. })),
        "{stopped:?}"
    );
    world.forget_journal();
}

#[tokio::test]
async fn a_refusal_is_explained_and_costs_no_nonce() {
    let world = World::new(0).await;
    let submitter = world.submitter().await;
    submitter.journal.intend(&world.intent(5, LIMIT + 1), 0).await.unwrap();
    submitter.submit().await.unwrap();
    let [refused] = submitter.journal.decisions(State::Refused).await.unwrap().try_into().unwrap();
    let reason = refused.reason.unwrap();
    assert!(reason.starts_with("ValueTooLarge("), "{reason}");
    assert!(reason.contains("1001") && reason.contains("1000"), "{reason}");
    assert_eq!(submitter.journal.next_nonce().await.unwrap(), None);
    let nonce = world.local.nonce(world.signer.address(), At::Pending).await.unwrap();
    assert_eq!(nonce, 0);
}

#[tokio::test]
async fn an_agent_without_funds_keeps_its_decision() {
    let world = World::new(0).await;
    let submitter = world.submitter().await;
    world.local.fund(world.signer.address(), U256::ZERO).unwrap();
    submitter.journal.intend(&world.intent(5, 1), 0).await.unwrap();
    let stopped = submitter.submit().await;
    assert!(
        matches!(stopped, Err(AgentError::Ledger(LedgerError::InsufficientFunds { .. }))),
        "{stopped:?}"
    );
    world.local.fund(world.signer.address(), U256::MAX >> 8).unwrap();
    for _ in 0..3 {
        submitter.settle().await.unwrap();
        submitter.submit().await.unwrap();
    }
    assert_eq!(submitter.journal.count(State::Final).await.unwrap(), 1);
    assert_eq!(world.writes().await.get(&5), Some(&1));
}

#[tokio::test]
async fn a_fee_cap_is_named() {
    let mut world = World::new(0).await;
    world.terms.fees.greatest_max_fee = 1;
    let submitter = world.submitter().await;
    submitter.journal.intend(&world.intent(5, 1), 0).await.unwrap();
    let stopped = submitter.submit().await;
    assert!(
        matches!(&stopped, Err(AgentError::FeeCapReached { nonce: 0, cap }) if cap.allowed == 1),
        "{stopped:?}"
    );
    let Fees { max_fee, .. } = world.local.fees().await.unwrap();
    assert!(max_fee > 1);
}
