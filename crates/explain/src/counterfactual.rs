//! What would have to be different: the smallest changes that turn a decision.
//!
//! Changes are made in steps, of features that a person can change, up to three of them at once. They are tried by their total
//! number of steps, so that the first ones found are the smallest there are; the program itself answers for each.

use mandate_model::{MISSING, Program, Schema, pack, unpack};

use crate::decision::Decision;
use crate::error::ExplainError;
use crate::figure::{number, value_of, value_text, words_of};
use crate::words::{Action, Direction, MOST_STEPS};

/// Most features changed at once.
const MOST_CHANGES: usize = 3;
/// Most answers found.
const MOST_FOUND: usize = 3;
/// Most inputs tried.
const MOST_TRIES: usize = 200_000;

/// One feature, changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Index of the action.
    pub action: usize,
    /// Number of steps.
    pub steps: u32,
    /// The value before, in feature units.
    pub from: i32,
    /// The value after.
    pub to: i32,
}

/// Changes that turn the decision, and what the model says then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterfactual {
    /// By the order of the actions.
    pub changes: Vec<Change>,
    /// The output, scaled by 1e18.
    pub output_wad: i128,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The smallest changes first; none of them contains another.
    pub found: Vec<Counterfactual>,
    /// Whether all that was allowed was tried, so that what was not found does not exist.
    pub complete: bool,
    /// Inputs tried.
    pub tries: usize,
}

/// Searches the smallest changes after which the decision is no longer adverse.
pub fn counterfactuals(
    program: &Program,
    actions: &[Action],
    packed: &[u8],
    decision: &Decision,
) -> Result<Search, ExplainError> {
    if actions.is_empty() {
        return Err(ExplainError::NothingActionable);
    }
    let values: Vec<i32> = unpack(packed).collect();
    let moves =
        actions.iter().enumerate().flat_map(|(i, action)| moves(i, action, &values)).collect();
    let mut searcher =
        Searcher { program, actions, values, decision, moves, out: Search::default() };
    searcher.run()?;
    Ok(searcher.out)
}

impl Default for Search {
    fn default() -> Self {
        Self { found: Vec::new(), complete: true, tries: 0 }
    }
}

/// One way to move one feature.
#[derive(Clone, Copy, Debug)]
struct Move {
    action: usize,
    /// Feature units of a step, with its sign.
    step: i32,
    /// Most steps.
    most: u32,
}

fn moves(action: usize, rule: &Action, values: &[i32]) -> Vec<Move> {
    let x = values[rule.feature];
    let ways: &[i32] = match rule.direction {
        Direction::Up => &[1],
        Direction::Down => &[-1],
        Direction::Both => &[-1, 1],
    };
    let room = |sign: i32| if sign > 0 { rule.most - x } else { x - rule.least };
    let ways = ways.iter().filter(|_| x != MISSING).map(|&sign| {
        let most = u32::try_from(room(sign) / rule.step).unwrap_or(0).min(MOST_STEPS);
        Move { action, step: sign * rule.step, most }
    });
    ways.filter(|way| way.most > 0).collect()
}

struct Searcher<'a> {
    program: &'a Program,
    actions: &'a [Action],
    values: Vec<i32>,
    decision: &'a Decision,
    moves: Vec<Move>,
    out: Search,
}

impl Searcher<'_> {
    fn run(&mut self) -> Result<(), ExplainError> {
        let mut most: Vec<u32> = self.moves.iter().map(|way| way.most).collect();
        most.sort_unstable();
        let longest: u32 = most.iter().rev().take(MOST_CHANGES).sum();
        for total in 1..=longest {
            self.spend(total, 0, &mut Vec::new())?;
            if self.done() {
                break;
            }
        }
        Ok(())
    }

    const fn done(&self) -> bool {
        self.out.found.len() >= MOST_FOUND || !self.out.complete
    }

    /// Tries all ways to spend exactly `left` more steps on the moves from `first` on.
    fn spend(
        &mut self,
        left: u32,
        first: usize,
        way: &mut Vec<(usize, u32)>,
    ) -> Result<(), ExplainError> {
        if left == 0 {
            return self.attempt(way);
        }
        if way.len() == MOST_CHANGES {
            return Ok(());
        }
        for next in first..self.moves.len() {
            let taken =
                |(other, _): &(usize, u32)| self.moves[*other].action == self.moves[next].action;
            if way.iter().any(taken) {
                continue;
            }
            for steps in (1..=left.min(self.moves[next].most)).rev() {
                // The last feature must take all that is left.
                if way.len() + 1 == MOST_CHANGES && steps < left {
                    continue;
                }
                way.push((next, steps));
                self.spend(left - steps, next + 1, way)?;
                way.pop();
                if self.done() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn attempt(&mut self, way: &[(usize, u32)]) -> Result<(), ExplainError> {
        if self.out.tries == MOST_TRIES {
            self.out.complete = false;
            return Ok(());
        }
        self.out.tries += 1;
        let changes: Vec<Change> =
            way.iter().map(|&(next, steps)| self.change(next, steps)).collect();
        if self.out.found.iter().any(|known| contains(&changes, &known.changes)) {
            return Ok(());
        }
        let mut values = self.values.clone();
        for change in &changes {
            values[self.actions[change.action].feature] = change.to;
        }
        let output_wad = self.program.run(&pack(&values)?)?;
        if !self.decision.is_adverse(output_wad) {
            self.out.found.push(Counterfactual { changes, output_wad });
        }
        Ok(())
    }

    fn change(&self, next: usize, steps: u32) -> Change {
        let Move { action, step, .. } = self.moves[next];
        let from = self.values[self.actions[action].feature];
        Change { action, steps, from, to: from + step * steps as i32 }
    }
}

/// Whether `larger` has all changes of `smaller`, with as many steps or more, the same way.
fn contains(larger: &[Change], smaller: &[Change]) -> bool {
    smaller.iter().all(|small| {
        larger.iter().any(|large| {
            let same_way = (large.to > large.from) == (small.to > small.from);
            large.action == small.action && same_way && large.steps >= small.steps
        })
    })
}

/// The changes in words: "with two fewer late payments and with debt of 3 kEUR in place of 5 kEUR".
pub fn changes_text(schema: &Schema, actions: &[Action], changes: &[Change]) -> String {
    let one = |change: &Change| change_text(schema, &actions[change.action], change);
    let parts: Vec<String> = changes.iter().map(one).collect();
    match parts.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn change_text(schema: &Schema, action: &Action, change: &Change) -> String {
    let rule = &schema.features()[action.feature];
    let Some((one, many)) = &action.counted else {
        let (from, to) = (value_text(rule, change.from), value_text(rule, change.to));
        return format!("with {} of {to} in place of {from}", words_of(rule));
    };
    let word = if change.to > change.from { "more" } else { "fewer" };
    let [from, to] = [change.from, change.to].map(|x| value_of(rule, x).unwrap_or_default());
    let count = counted((to - from).abs());
    let noun = if count == "one" { one } else { many };
    format!("with {count} {word} {noun} ({} in place of {})", number(to), number(from))
}

/// A number, in words if it is whole and at most twelve.
fn counted(count: f64) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let word = WORDS.iter().zip(0..).find(|(_, n)| f64::from(*n) == count);
    word.map_or_else(|| number(count), |(word, _)| (*word).to_owned())
}
