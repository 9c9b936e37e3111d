//! What the kernel will say, computed in Rust before anything is sent.

use std::fmt;

use alloy::primitives::{Address, B256, Bytes, I256};
use mandate_chain::{Ledger, LedgerExt};
use mandate_contracts::IActuator;
use mandate_contracts::i_kernel::IKernel::{self, Parameter};
use mandate_core::bounds::{BoundsError, Direction};
use mandate_core::mandate::{Class, Kind, Value};
use mandate_model::Program;

use crate::error::Result;

/// One decision, foreseen: what the model says of the features and what the bounds say of the move.
#[derive(Clone, Debug)]
pub struct Foresight {
    /// What the model reads, as the actuator gives it.
    pub features: Bytes,
    /// The model's output, computed here.
    pub output: i128,
    /// The value in force.
    pub from: Value,
    /// The value that the policy makes of the output.
    pub to: Value,
    /// Which way it goes, or by which bound it will be refused.
    pub verdict: Result<Direction, BoundsError>,
}

impl fmt::Display for Foresight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { features, output, from, to, verdict } = self;
        write!(f, "features {features}, output {output}, from {from:#x} to {to:#x}: ")?;
        match verdict {
            Ok(Direction::Null) => f.write_str("nothing moves"),
            Ok(Direction::Safer) => f.write_str("safer"),
            Ok(Direction::Riskier) => f.write_str("riskier"),
            Err(refusal) => write!(f, "will be refused, {refusal}"),
        }
    }
}

/// A parameter that is to be decided on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) kernel: Address,
    pub(super) market: Address,
    pub(super) class: &'a Class,
    pub(super) subject: B256,
    /// Time of the newest block.
    pub(super) time: u64,
}

/// Runs the model and the bounds; `None` where the economy does not answer, which the kernel will then say better.
pub(super) async fn foresee<L: Ledger>(
    ledger: &L,
    at: &Subject<'_>,
    program: &Program,
    reported: &Bytes,
    parameter: &Parameter,
) -> Option<Foresight> {
    let (market, class, subject) = (at.market, at.class.id, at.subject);
    let ask = IActuator::featuresCall { class, subject, reported: reported.clone() };
    let features = ledger.query(market, &ask).await.ok()?;
    let output = program.run(&features).ok()?;
    let ask = IActuator::proposeCall { class, subject, output: I256::try_from(output).ok()? };
    let changes = ledger.query(market, &ask).await.ok()?;
    let to = changes.iter().find(|c| c.class == class && c.subject == subject)?.value;
    let ask = IKernel::valueOfCall { market, class, subject };
    let from = ledger.query(at.kernel, &ask).await.ok()?;
    let anchor = if at.class.components.iter().any(|c| c.kind == Kind::TwoSided) {
        ledger.query(market, &IActuator::anchorCall { class, subject }).await.ok()?
    } else {
        Value::ZERO
    };
    let elapsed = at.time.saturating_sub(parameter.movedAt.to());
    let verdict = at.class.check(from, to, anchor, elapsed);
    Some(Foresight { features, output, from, to, verdict })
}
