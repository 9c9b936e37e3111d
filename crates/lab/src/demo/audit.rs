//! An audit: every decision of a market recomputed, and then one byte flipped at a time, to be found and named.

use alloy::primitives::Bytes;
use alloy::sol_types::SolCall;
use mandate_audit::{Entry, History, Source, audit};
use mandate_contracts::i_kernel::IKernel::decideCall;
use mandate_core::record::RecordKind;

use super::Progress;
use crate::stage::Stage;
use crate::summary::{Audit, Flip};
use crate::{LabError, Stream};

/// Flips one bit of one byte of a history, and answers which byte; `None` if there is nothing to flip.
type Flipper = fn(&mut History, &mut Stream) -> Option<u64>;

/// What a byte is flipped in.
const FLIPS: [(&str, Flipper); 3] =
    [("a record", record), ("the default model's program", program), ("a report", report)];

/// Reads the market's history as anybody can, recomputes it, and again with each flip.
pub(super) async fn audited(
    stage: &Stage,
    seed: u64,
    progress: &mut dyn Progress,
) -> Result<Audit, LabError> {
    progress.begin("audit", 1 + FLIPS.len() as u64);
    let deployment = &stage.deployment;
    let source = Source {
        kernel: deployment.at.kernel,
        market: deployment.at.actuator,
        from_block: deployment.block,
    };
    let history = History::fetch(&stage.chain, &source).await?;
    let found = audit(&history);
    progress.at(1);
    let mut flips = Vec::new();
    for (n, (what, flip)) in (0..).zip(FLIPS) {
        flips.extend(flipped(&history, what, flip, &mut Stream::new(seed, "flip", n)));
        progress.at(2 + n);
    }
    Ok(Audit {
        records: found.records as u32,
        decisions: found.decisions as u32,
        outputs: found.outputs as u32,
        signatures: found.signatures as u32,
        mismatches: found.findings.len() as u32,
        first_mismatch: found.findings.first().map(ToString::to_string),
        head: history.present.head.0.to_string(),
        flips,
    })
}

/// One flip, and what the audit then says first.
fn flipped(honest: &History, what: &str, flip: Flipper, stream: &mut Stream) -> Option<Flip> {
    let mut history = honest.clone();
    let byte = flip(&mut history, stream)?;
    let found = audit(&history);
    Some(Flip {
        what: what.into(),
        byte: byte as u32,
        findings: found.findings.len() as u32,
        named: found.findings.first().map(ToString::to_string).unwrap_or_default(),
    })
}

fn flip_in(bytes: &mut Bytes, stream: &mut Stream) -> Option<u64> {
    let mut changed = bytes.to_vec();
    let at = (!changed.is_empty()).then(|| stream.below(changed.len() as u64))?;
    changed[at as usize] ^= 1 << stream.below(8);
    *bytes = changed.into();
    Some(at)
}

/// In the body of a decision.
fn record(history: &mut History, stream: &mut Stream) -> Option<u64> {
    let market = history.market;
    let is_decision = |r: &&mut Entry| {
        r.market == market && [RecordKind::Apply as u8, RecordKind::Queue as u8].contains(&r.kind)
    };
    let decisions = history.records.iter_mut().filter(is_decision).collect();
    flip_in(&mut chosen(decisions, stream)?.body, stream)
}

/// In the largest code that records name: a program of trees is far larger than a mandate.
fn program(history: &mut History, stream: &mut Stream) -> Option<u64> {
    flip_in(history.codes.values_mut().max_by_key(|code| code.len())?, stream)
}

/// In the features that a report brought about a person.
fn report(history: &mut History, stream: &mut Stream) -> Option<u64> {
    let calls =
        history.records.iter_mut().filter_map(|r| r.call.as_mut()).filter_map(|(_, input)| {
            let call = decideCall::abi_decode(input).ok()?;
            (!call.decision.report.payload.is_empty()).then_some((input, call))
        });
    let (input, mut call) = chosen(calls.collect(), stream)?;
    let at = flip_in(&mut call.decision.report.payload, stream)?;
    *input = call.abi_encode().into();
    Some(at)
}

fn chosen<T>(mut items: Vec<T>, stream: &mut Stream) -> Option<T> {
    let at = (!items.is_empty()).then(|| stream.below(items.len() as u64))?;
    Some(items.swap_remove(at as usize))
}
