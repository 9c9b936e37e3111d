//! The journal's own refusals: each typed, and none loses what was committed.

use std::fs;

use alloy::primitives::Address;

use super::world::World;
use crate::journal::{Journal, JournalError};
use crate::state::State;

const CHAIN: u64 = 31_337;

async fn open(world: &World) -> Result<Journal, JournalError> {
    Journal::open(&world.journal_path(), CHAIN, world.signer.address()).await
}

#[tokio::test]
async fn a_1_two_agents_cannot_share_a_journal() {
    let world = World::new(0).await;
    let first = open(&world).await.unwrap();
    assert!(matches!(open(&world).await, Err(JournalError::Locked { .. })));
    assert!(Journal::read(&world.journal_path()).await.is_ok(), "but one may look");
    first.close().await;
    assert!(open(&world).await.is_ok());
}

#[tokio::test]
async fn a_journal_is_one_agents_on_one_chain() {
    let world = World::new(0).await;
    open(&world).await.unwrap().close().await;
    let path = world.journal_path();
    let other = Journal::open(&path, CHAIN, Address::ZERO).await.unwrap_err();
    assert!(matches!(other, JournalError::OtherOwner { allowed: Address::ZERO, .. }), "{other}");
    let other = Journal::open(&path, 1, world.signer.address()).await.unwrap_err();
    assert!(
        matches!(other, JournalError::OtherOwner { given_chain: CHAIN, allowed_chain: 1, .. }),
        "{other}"
    );
}

#[tokio::test]
async fn a_1_a_key_is_intended_once() {
    let world = World::new(0).await;
    let journal = open(&world).await.unwrap();
    let intent = world.intent(1, 5);
    assert!(journal.intend(&intent, 7).await.unwrap());
    let mut again = world.intent(1, 6);
    again.key = intent.key.clone();
    assert!(!journal.intend(&again, 8).await.unwrap());
    let known = journal.find(&intent.key).await.unwrap().unwrap();
    assert_eq!((known.intent, known.state), (intent, State::Intended), "the first stays");
    assert_eq!(journal.history(known.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wrong_transition_is_refused() {
    let world = World::new(0).await;
    let journal = open(&world).await.unwrap();
    journal.intend(&world.intent(1, 5), 7).await.unwrap();
    let wrong = journal.settle(1, 8).await.unwrap_err();
    let expected = (State::Intended, State::Final);
    assert!(
        matches!(wrong, JournalError::Transition { decision: 1, from, to } if (from, to) == expected),
        "{wrong}"
    );
    assert_eq!(journal.decision(1).await.unwrap().unwrap().state, State::Intended);
}

/// SQLite's own limit on the file's size stands in for a full disk: the same error code, at the same place.
#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let world = World::new(0).await;
    let journal = open(&world).await.unwrap();
    journal.intend(&world.intent(0, 5), 7).await.unwrap();
    journal.limit_pages(24).await;
    let mut kept = 1;
    let full = loop {
        let mut intent = world.intent(kept, 5);
        intent.note = "x".repeat(3000);
        match journal.intend(&intent, 7).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "never full");
    };
    assert!(matches!(full, JournalError::Full { .. }), "{full}");
    journal.close().await;
    let journal = open(&world).await.unwrap();
    assert_eq!(journal.count(State::Intended).await.unwrap(), kept);
    assert!(journal.intend(&world.intent(kept, 5), 7).await.unwrap(), "and it goes on with room");
}

#[tokio::test]
async fn a_read_only_journal_is_named() {
    let world = World::new(0).await;
    open(&world).await.unwrap().close().await;
    let journal = Journal::read(&world.journal_path()).await.unwrap();
    let refused = journal.intend(&world.intent(0, 5), 7).await.unwrap_err();
    assert!(matches!(refused, JournalError::ReadOnly { .. }), "{refused}");
}

#[tokio::test]
async fn a_corrupt_journal_is_named_and_left_alone() {
    let world = World::new(0).await;
    let submitter = world.submitter().await;
    for intent in world.intents(0..20, 7) {
        submitter.journal.intend(&intent, 0).await.unwrap();
    }
    submitter.submit().await.unwrap();
    submitter.journal.close().await;
    let path = world.journal_path();
    let good = fs::read(&path).unwrap();

    let raw = good.windows(4).position(|w| w == [0x02, 0xf8, 0xb0, 0x82]);
    let raw = raw.or_else(|| good.windows(3).position(|w| w == [0x82, 0x7a, 0x69])).unwrap();
    let mut cases = vec![
        ("no journal at all", b"this is not a database, but it is long enough".repeat(30)),
        ("cut in the middle of a page", good[..good.len() * 2 / 3 + 100].to_vec()),
    ];
    let mut flipped = good.clone();
    flipped[raw + 8] ^= 1;
    cases.push(("one bit of a signed transaction", flipped));
    let mut torn = good.clone();
    torn[4096..4096 + 64].fill(0xee);
    cases.push(("the head of a page", torn));
    for (case, bytes) in cases {
        fs::write(&path, &bytes).unwrap();
        let refused = open(&world).await.map(drop).unwrap_err();
        assert!(matches!(refused, JournalError::Corrupt { .. }), "{case}: {refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{case}: left as it was");
    }
    fs::write(&path, &good).unwrap();
    assert!(open(&world).await.is_ok());
}

#[tokio::test]
async fn a_journal_of_a_later_program_is_named() {
    let world = World::new(0).await;
    let journal = open(&world).await.unwrap();
    journal.mark_version(3).await;
    journal.close().await;
    let newer = open(&world).await.unwrap_err();
    assert!(matches!(newer, JournalError::NewerSchema { given: 3, allowed: 2, .. }), "{newer}");
}

/// What stands refused for good is never read again; what may pass is found by when it does, without a look at the others.
#[tokio::test]
async fn only_refusals_that_are_due_are_read() {
    let world = World::new(0).await;
    let journal = open(&world).await.unwrap();
    for (key, again_at) in [(1, None), (2, Some(100)), (3, Some(200)), (4, None)] {
        journal.intend(&world.intent(key, 5), 7).await.unwrap();
        journal.refuse(key as i64, "no", again_at, 8).await.unwrap();
    }
    assert_eq!(journal.due(99).await.unwrap(), [] as [i64; 0]);
    assert_eq!(journal.due(100).await.unwrap(), [2]);
    assert_eq!(journal.due(200).await.unwrap(), [2, 3]);
    journal.reopen(2, "looked at again", 100).await.unwrap();
    assert_eq!(journal.due(200).await.unwrap(), [3]);
    let plan = journal.plan_of_due().await;
    assert!(plan.contains("decision_by_again_at"), "{plan}");
}

/// A journal of the first version is brought to the present one, with all that is in it.
#[tokio::test]
async fn an_older_journal_is_brought_forward() {
    let world = World::new(0).await;
    let journal = open(&world).await.unwrap();
    journal.intend(&world.intent(1, 5), 7).await.unwrap();
    journal.pragma("drop index decision_by_again_at".into()).await;
    journal.mark_version(1).await;
    journal.close().await;
    let journal = open(&world).await.unwrap();
    assert_eq!(journal.count(State::Intended).await.unwrap(), 1);
    assert!(journal.plan_of_due().await.contains("decision_by_again_at"));
}

#[tokio::test]
async fn a_journal_in_a_missing_folder_is_named() {
    let path = std::path::Path::new("/nowhere/agent.db");
    let refused = Journal::open(path, CHAIN, Address::ZERO).await.unwrap_err();
    assert!(matches!(refused, JournalError::Io { .. }), "{refused}");
}

impl Journal {
    async fn limit_pages(&self, pages: u32) {
        self.pragma(format!("pragma max_page_count = {pages}")).await;
    }

    /// How SQLite finds the refusals that are due.
    async fn plan_of_due(&self) -> String {
        self.explain(
            "select id from decision where again_at is not null and again_at <= 1 order by id",
        )
        .await
    }

    async fn mark_version(&self, version: u32) {
        self.pragma(format!("pragma user_version = {version}")).await;
    }
}
