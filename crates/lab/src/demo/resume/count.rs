//! Decisions of two chains compared.

use std::collections::BTreeMap;
use std::path::Path;

use alloy::primitives::{Address, Bytes};
use mandate_agent::State;
use mandate_agent::journal::Journal;
use mandate_chain::Ledger;

use super::prepared::{self, Prepared};
use crate::LabError;
use crate::stage::Stage;
use crate::summary::Resume;

/// What stands at the end of a run.
struct End {
    /// Calldata of the agent's successful transactions, and how often each is on the chain.
    decisions: BTreeMap<Bytes, u32>,
    /// Decisions that the journal holds to be settled.
    settled: u64,
    /// Hash of the newest block.
    head: String,
}

/// What the killed run lost or doubled, beside the undisturbed one.
pub(super) async fn compare(calm: &Path, killed: &Path, kills: u32) -> Result<Resume, LabError> {
    let (calm, killed) = (end(calm).await?, end(killed).await?);
    if killed.settled != killed.decisions.values().map(|n| u64::from(*n)).sum::<u64>() {
        let why = "journal and chain of the killed run tell of different numbers of decisions";
        return Err(LabError::Failed { why: why.into() });
    }
    Ok(differences(&calm, &killed, kills))
}

fn differences(calm: &End, killed: &End, kills: u32) -> Resume {
    let there = |d: &Bytes| killed.decisions.get(d).copied().unwrap_or(0);
    let due: u32 = calm.decisions.values().sum();
    let lost: u32 = calm.decisions.iter().map(|(d, n)| n.saturating_sub(there(d))).sum();
    let doubled = killed
        .decisions
        .iter()
        .map(|(d, n)| n.saturating_sub(calm.decisions.get(d).copied().unwrap_or(0)))
        .sum();
    Resume {
        kills,
        due,
        found: due - lost,
        lost,
        doubled,
        head: killed.head.clone(),
        head_undisturbed: calm.head.clone(),
    }
}

async fn end(folder: &Path) -> Result<End, LabError> {
    let stage = Prepared::read(folder)?.stage(folder)?;
    let journal = Journal::read(&prepared::journal(folder)).await?;
    Ok(End {
        decisions: decisions(&stage, stage.agent.address()).await?,
        settled: journal.count(State::Final).await?,
        head: stage.chain.head().await?.hash.to_string(),
    })
}

async fn decisions(stage: &Stage, agent: Address) -> Result<BTreeMap<Bytes, u32>, LabError> {
    let chain = &stage.chain;
    let mut found = BTreeMap::new();
    for number in 0..=chain.head().await?.number {
        let Some(block) = chain.block(number).await? else { continue };
        for hash in block.transactions {
            let Some(tx) = chain.transaction(hash).await?.filter(|tx| tx.from == agent) else {
                continue;
            };
            if chain.receipt(hash).await?.is_some_and(|r| r.success) {
                *found.entry(tx.input).or_default() += 1;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(decisions: &[(u8, u32)]) -> End {
        let decisions = decisions.iter().map(|(d, n)| (Bytes::from(vec![*d]), *n)).collect();
        End { decisions, settled: 0, head: String::new() }
    }

    /// what is missing and what is there twice is counted, each by itself.
    #[test]
    fn lost_and_doubled_decisions_are_told_apart() {
        let calm = end(&[(1, 1), (2, 1), (3, 1)]);
        let r = differences(&calm, &end(&[(1, 2), (3, 1), (4, 1)]), 1);
        assert_eq!((r.due, r.found, r.lost, r.doubled), (3, 2, 1, 2));
        let r = differences(&calm, &end(&[(1, 1), (2, 1), (3, 1)]), 1);
        assert_eq!((r.due, r.found, r.lost, r.doubled), (3, 3, 0, 0));
    }
}
