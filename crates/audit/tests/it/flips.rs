//! Acceptance: one flipped byte in any record, model or report is found and named.

use std::collections::BTreeMap;

use alloy::primitives::{Address, Bytes};
use mandate_audit::{Audit, Finding, History, Place, audit, recompute};
use mandate_core::record::RecordKind;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::world::eventful;

/// Selectors whose calldata carries decisions: `decide`, `tighten`, `batch`, `execute`.
fn carries_decisions(input: &[u8]) -> bool {
    use alloy::sol_types::SolCall;
    use mandate_contracts::i_kernel::IKernel::{batchCall, decideCall, executeCall, tightenCall};
    let known =
        [decideCall::SELECTOR, tightenCall::SELECTOR, batchCall::SELECTOR, executeCall::SELECTOR];
    known.iter().any(|selector| input.starts_with(selector))
}

/// A thing whose bytes are flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Body(usize),
    Link(usize),
    Sequence(usize),
    Kind(usize),
    Time(usize),
    Calldata(usize),
    Code(usize),
    Signers(usize),
    Quorum(usize),
}

impl Thing {
    /// Name of the sort, for the table.
    fn sort(self, history: &History) -> String {
        let kind = |i: usize| RecordKind::from_number(history.records[i].kind).unwrap();
        match self {
            Self::Body(i) => format!("body of {:?}", kind(i)),
            Self::Calldata(i) => format!("calldata of {:?}", kind(i)),
            Self::Code(i) => {
                let code = history.codes.values().nth(i).unwrap();
                format!("code of {} bytes", code.len())
            }
            Self::Link(_) => "link".into(),
            Self::Sequence(_) => "sequence".into(),
            Self::Kind(_) => "kind".into(),
            Self::Time(_) => "time".into(),
            Self::Signers(_) => "signers".into(),
            Self::Quorum(_) => "quorum".into(),
        }
    }

    fn length(self, history: &History) -> usize {
        match self {
            Self::Body(i) => history.records[i].body.len(),
            Self::Calldata(i) => history.records[i].call.as_ref().unwrap().1.len(),
            Self::Code(i) => history.codes.values().nth(i).unwrap().len(),
            Self::Link(_) => 32,
            Self::Sequence(_) | Self::Time(_) => 5,
            Self::Signers(i) => 20 * history.sets.values().nth(i).unwrap().signers.len(),
            Self::Kind(_) | Self::Quorum(_) => 1,
        }
    }

    /// The history with one byte changed.
    fn flipped(self, history: &History, at: usize, mask: u8) -> History {
        let mut h = history.clone();
        let flip = |bytes: &Bytes| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= mask;
            Bytes::from(bytes)
        };
        match self {
            Self::Body(i) => h.records[i].body = flip(&h.records[i].body),
            Self::Link(i) => h.records[i].link.0[at] ^= mask,
            Self::Sequence(i) => h.records[i].sequence ^= u64::from(mask) << (8 * at),
            Self::Kind(i) => h.records[i].kind ^= mask,
            Self::Time(i) => h.records[i].time ^= u64::from(mask) << (8 * at),
            Self::Calldata(i) => {
                // Every record of the transaction sees the same calldata.
                let transaction = h.records[i].transaction;
                for record in h.records.iter_mut().filter(|r| r.transaction == transaction) {
                    let (_, input) = record.call.as_mut().unwrap();
                    *input = flip(input);
                }
            }
            Self::Code(i) => {
                let code = h.codes.values_mut().nth(i).unwrap();
                *code = flip(code);
            }
            Self::Signers(i) => {
                let members = h.sets.values_mut().nth(i).unwrap();
                members.signers[at / 20].0[at % 20] ^= mask;
            }
            Self::Quorum(i) => h.sets.values_mut().nth(i).unwrap().quorum ^= mask,
        }
        h
    }

    /// Whether a finding is about this thing.
    fn is_named_by(self, history: &History, finding: &Finding) -> bool {
        let name = finding.fault.name();
        let here = |i: usize| finding.place == place(history, i);
        match self {
            Self::Body(i) | Self::Link(i) | Self::Time(i) => here(i) && name == "BrokenLink",
            Self::Sequence(_) => name == "WrongSequence",
            Self::Kind(i) => here(i) && (name == "UnknownKind" || name == "BrokenLink"),
            Self::Calldata(i) => {
                let transaction = history.records[i].transaction;
                let records = history.records.iter().enumerate();
                let mut same = records.filter(|(_, r)| r.transaction == transaction);
                same.any(|(i, _)| here(i))
            }
            Self::Code(_) => {
                ["WrongCode", "BadCode", "WrongModel", "WrongMandate"].contains(&name.as_str())
            }
            Self::Signers(_) => name == "WrongSigners",
            Self::Quorum(_) => name == "BadReport" || name == "WrongQuorum",
        }
    }
}

fn place(history: &History, i: usize) -> Place {
    let record = &history.records[i];
    if record.market == Address::ZERO {
        Place::KernelRecord(record.sequence)
    } else {
        Place::Record(record.sequence)
    }
}

fn things(history: &History) -> Vec<Thing> {
    let mut things = Vec::new();
    let mut seen = Vec::new();
    for (i, record) in history.records.iter().enumerate() {
        let of =
            [Thing::Body(i), Thing::Link(i), Thing::Sequence(i), Thing::Kind(i), Thing::Time(i)];
        things.extend(of);
        let carries = record.call.as_ref().is_some_and(|(_, input)| carries_decisions(input));
        if carries && !seen.contains(&record.transaction) {
            seen.push(record.transaction);
            things.push(Thing::Calldata(i));
        }
    }
    things.extend((0..history.codes.len()).map(Thing::Code));
    for (i, _) in history.sets.iter().enumerate() {
        things.extend([Thing::Signers(i), Thing::Quorum(i)]);
    }
    things
}

/// The audit of a changed history; signatures only where nothing else was found.
fn audited(history: &History) -> Audit {
    let recomputed = recompute(history);
    let found = !recomputed.so_far().is_clean() || !recomputed.so_far().remarks.is_empty();
    if found { recomputed.so_far().clone() } else { audit(history) }
}

/// Positions to flip: some of each thing's bytes, and each of the words that a small thing has.
fn positions(history: &History, rng: &mut ChaCha8Rng) -> Vec<(Thing, usize)> {
    let mut all = Vec::new();
    for thing in things(history) {
        let length = thing.length(history);
        let every = match thing {
            Thing::Body(_) | Thing::Calldata(_) => 32,
            Thing::Code(_) => (length / 40).max(1),
            Thing::Link(_) => 16,
            Thing::Signers(_) => 10,
            _ => 1,
        };
        for start in (0..length).step_by(every) {
            let end = length.min(start + every);
            all.push((thing, rng.random_range(start..end)));
        }
    }
    all.shuffle(rng);
    all
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "the figures are the point")]
async fn k10_one_flipped_byte_is_found_and_named() {
    const SEED: u64 = 0x000a_0d17;
    let (_, history) = eventful().await;
    assert!(audit(&history).is_clean());
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let positions = positions(&history, &mut rng);
    let mut table: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    for &(thing, at) in &positions {
        let mask = 1 << rng.random_range(0..8);
        let changed = thing.flipped(&history, at, mask);
        let audit = audited(&changed);
        let mut all = audit.findings.iter().chain(&audit.remarks);
        let named = all.find(|f| thing.is_named_by(&changed, f) || thing.is_named_by(&history, f));
        let Some(named) = named else {
            panic!("seed {SEED}: {thing:?} byte {at} mask {mask:#x}: {:?}", audit.findings);
        };
        let row = table.entry(thing.sort(&history)).or_default();
        row.0 += 1;
        *row.1.entry(named.fault.name()).or_default() += 1;
    }
    eprintln!(
        "seed {SEED}: {} bytes flipped in {} things",
        positions.len(),
        things(&history).len()
    );
    for (sort, (flips, names)) in table {
        eprintln!("{sort}: {flips}, {names:?}");
    }
    assert!(positions.len() >= 2_000, "{}", positions.len());
}
