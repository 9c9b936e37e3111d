//! What happens in the stretch, and the life of a process in it.
//!
//! Everything but the agent's turns is one block at a time of its own, so that the time of the chain's head tells where a killed
//! process was. The agent's own turn may be begun any number of times: its journal knows what was done.

use std::path::Path;

use mandate_agent::journal::Journal;
use mandate_agent::{Agent, Folder, KernelDesk, Submission};
use mandate_chain::{Ledger, Local};
use mandate_model::Model;

use super::prepared::{self, Prepared};
use crate::LabError;
use crate::stage::{Stage, address_of};
use crate::steward::{desk, submission};
use crate::world::{DAY, HOUR};

/// How long the stretch is.
const HOURS: u64 = 5 * 24;
/// How many people apply: three between any two turns of the agent in the first three days.
pub(super) const PEOPLE: usize = 72;
/// How many of them apply between two turns.
const EACH: usize = 3;
/// What each of them draws without collateral, in whole units: whoever has a line.
const DRAWS: u64 = 300;
/// Draws follow the application by a day, when what had to wait has waited.
const LATER: usize = DAY as usize / (3 * HOUR as usize);

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// A price round is closed; its number.
    Price(u64),
    /// The agent looks, for the n-th time; reports of those who applied lie in its inbox.
    Turn(usize),
    /// The n-th person draws.
    Draw(usize),
}

/// What happens, with seconds from the start of the market's first day.
fn acts() -> Vec<(u64, Act)> {
    let mut acts = Vec::new();
    for hour in 0..HOURS {
        let time = DAY + hour * HOUR;
        if hour % 8 == 0 {
            acts.push((time, Act::Price(hour / 8 + 1)));
        }
        if hour % 3 != 1 {
            continue;
        }
        let turn = hour as usize / 3;
        let first = turn.checked_sub(LATER).map_or(0..0, |t| t * EACH..(t + 1) * EACH);
        for (second, person) in (60..).zip(first.filter(|p| *p < PEOPLE)) {
            acts.push((time + second, Act::Draw(person)));
        }
        acts.push((time + 120, Act::Turn(turn)));
    }
    acts
}

/// Numbers of the acts that are turns of the agent.
pub(super) fn turns() -> Vec<usize> {
    let acts = acts();
    (0..acts.len()).filter(|i| matches!(acts[*i].1, Act::Turn(_))).collect()
}

/// Lives in a prepared folder from where the chain stands to the end of the stretch; `tell` hears the number of each act before
/// it is begun.
pub async fn live(folder: &Path, tell: &mut dyn FnMut(usize)) -> Result<(), LabError> {
    let prepared = Prepared::read(folder)?;
    let mut life = Life::begin(folder, prepared).await?;
    let acts = acts();
    let now = life.stage.chain.head().await?.time - life.stage.genesis;
    let begun = acts.partition_point(|(time, _)| *time <= now);
    // What was begun last may be a turn that was interrupted; anything else is one block, there or not.
    let last = begun.checked_sub(1).filter(|last| matches!(acts[*last].1, Act::Turn(_)));
    for (i, (time, act)) in acts.into_iter().enumerate().skip(last.unwrap_or(begun)) {
        tell(i);
        life.act(time, act).await?;
    }
    Ok(())
}

struct Life {
    stage: Stage,
    prepared: Prepared,
    model: Model,
    agent: Agent<Local, Folder, KernelDesk>,
    inbox: std::path::PathBuf,
}

impl Life {
    async fn begin(folder: &Path, prepared: Prepared) -> Result<Self, LabError> {
        let stage = prepared.stage(folder)?;
        let models = prepared.models()?;
        let programs = models.iter().map(|m| m.program().clone()).collect();
        let [_, model] = models;
        let ledger = stage.chain.clone();
        let signer = stage.agent.clone();
        let inbox = prepared::inbox(folder);
        let journal = prepared::journal(folder);
        let journal = Journal::open(&journal, ledger.chain_id().await?, signer.address()).await?;
        // A turn sends all that it intends, so that an interrupted one ends like any other.
        let terms = Submission { in_flight: PEOPLE as u64, ..submission() };
        let desk = desk(&stage, programs);
        let reports = Folder::new(&inbox)?;
        let agent = Agent::with_journal(ledger, journal, signer, reports, desk, terms).await?;
        Ok(Self { stage, prepared, model, agent, inbox })
    }

    async fn act(&mut self, time: u64, act: Act) -> Result<(), LabError> {
        let now = self.stage.genesis + time;
        let is_begun = self.stage.chain.head().await?.time >= now;
        if !is_begun {
            self.stage.chain.set_time(now)?;
        }
        match act {
            Act::Price(round) => {
                let price = self.prepared.prices.at(time);
                self.stage.signers.go_on_after(round - 1);
                let _ = self.stage.price(price, now, None)?;
            }
            Act::Draw(person) => {
                let who = address_of(&self.prepared.people[person]);
                let _ = self.stage.draw_as(who, self.stage.assets().loan(DRAWS))?;
            }
            Act::Turn(turn) => {
                if !is_begun {
                    self.stage.chain.mine()?;
                }
                for person in turn * EACH..((turn + 1) * EACH).min(PEOPLE) {
                    self.report(person, now)?;
                }
                self.agent.step().await?;
            }
        }
        Ok(())
    }

    /// Attestors put a person's report into the inbox; one that was there before has the same name and the same bytes.
    fn report(&mut self, person: usize, now: u64) -> Result<(), LabError> {
        let who = self.prepared.people[person].clone();
        let signed = self.stage.application(&who, self.model.schema().hash(), now)?;
        let path = self.inbox.join(format!("{person:04}.json"));
        let draft = path.with_extension("draft");
        std::fs::write(&draft, signed.to_json()).map_err(LabError::io(&draft))?;
        std::fs::rename(&draft, &path).map_err(LabError::io(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_follow_one_another_with_room_for_the_agents_blocks() {
        let acts = acts();
        for pair in acts.windows(2) {
            let room = match pair[0].1 {
                Act::Turn(_) => 60,
                _ => 1,
            };
            assert!(pair[0].0 + room <= pair[1].0, "{pair:?}");
        }
        let drawn = acts.iter().filter(|(_, a)| matches!(a, Act::Draw(_))).count();
        assert_eq!(drawn, PEOPLE, "everybody has a day for it");
        assert!(turns().len() * EACH >= PEOPLE, "everybody applies");
    }
}
