//! Refusals in words: what was given, what was allowed, and why the rule is there.

use std::collections::BTreeMap;
use std::fmt;

use alloy::dyn_abi::DynSolValue;
use mandate_chain::Revert;

use crate::summary::Refusal;
use crate::world::YEAR;

/// How an error's two figures are read.
#[derive(Clone, Copy)]
enum Unit {
    /// Smallest units of the loan asset.
    Money,
    /// Fixed point with 18 decimals.
    Wad,
    /// Seconds.
    Seconds,
    /// Basis points.
    Bps,
    /// A number.
    Plain,
}

/// Name, its two arguments, their unit, and why the rule is there.
type Rule = (&'static str, &'static str, &'static str, Unit, &'static str);

const RULES: &[Rule] = &[
    (
        "SequenceUsed",
        "given",
        "used",
        Unit::Plain,
        "A report counts once: its sequence must be above the last one used.",
    ),
    (
        "ReportStale",
        "age",
        "greatest",
        Unit::Seconds,
        "Old truths are not present truths: a report may only be so old when it is used.",
    ),
    (
        "QuorumMissing",
        "given",
        "allowed",
        Unit::Plain,
        "Four of five attestors must have signed, so that any two quorums share an honest one.",
    ),
    (
        "NotTightening",
        "",
        "",
        Unit::Plain,
        "Somebody without standing may only make things strictly safer.",
    ),
    (
        "WrongEpoch",
        "given",
        "present",
        Unit::Plain,
        "Market-wide decisions are made once an epoch, on averages of the one before.",
    ),
    (
        "NotAnnounced",
        "",
        "",
        Unit::Plain,
        "Whatever enlarges what is admissible waits in public, whoever does it.",
    ),
    (
        "StepExceeded",
        "moved",
        "limit",
        Unit::Wad,
        "A riskier move is at most one step, for people as for agents.",
    ),
    (
        "TooSoon",
        "elapsed",
        "delay",
        Unit::Seconds,
        "Between two riskier moves of a parameter some time must pass.",
    ),
    (
        "DriftExceeded",
        "level",
        "limit",
        Unit::Money,
        "What takes effect is charged to a leaky allowance: this is what bounds the worst case.",
    ),
    (
        "SubDriftExceeded",
        "level",
        "limit",
        Unit::Money,
        "Each agent has its own share of the allowance: this is what bounds the worst case.",
    ),
    (
        "DebtAboveLimit",
        "debt",
        "limit",
        Unit::Money,
        "A draw must stay within the line: min(L, c·x + U).",
    ),
    (
        "SpreadAboveAccepted",
        "spreadBps",
        "acceptedBps",
        Unit::Bps,
        "A borrower names the greatest spread they accept, so that no decision can slip a dearer one under a draw.",
    ),
    (
        "CashShort",
        "asked",
        "cash",
        Unit::Money,
        "The market lends what suppliers have left in it, and nothing else.",
    ),
    (
        "BorrowCapExceeded",
        "total",
        "cap",
        Unit::Money,
        "Debt and realised losses together stay under the cap, or defaults would keep making room.",
    ),
    (
        "ScoreTooOld",
        "age",
        "allowed",
        Unit::Seconds,
        "A draw rests on a recent score, so that nobody draws on a past self.",
    ),
    (
        "ExitReserveTouched",
        "left",
        "reserve",
        Unit::Money,
        "While a riskier change waits, draws leave suppliers a way out.",
    ),
    (
        "QuoteFailed",
        "",
        "",
        Unit::Plain,
        "The actuator prices no risk on a price that jumped by more than a round may, until the next round confirms it.",
    ),
    (
        "PriceUnusable",
        "",
        "",
        Unit::Plain,
        "Without a fresh price that agrees with the one before, nothing riskier happens; everything else stays open.",
    ),
    (
        "PredicateViolated",
        "violation",
        "allowed",
        Unit::Wad,
        "The state after a change must satisfy the relations, whoever brings it.",
    ),
    ("UnknownAgent", "", "", Unit::Plain, "Only agents of the mandate bring riskier decisions."),
];

/// A refusal: as a ledger answered it, or as an agent journalled it.
#[derive(Clone, Debug)]
enum Refused {
    Answered(Revert),
    Journalled(String),
}

impl Refused {
    /// One of its figures.
    fn figure(&self, name: &str) -> Option<u128> {
        match self {
            Self::Answered(revert) => match revert.arg(name) {
                Some(DynSolValue::Uint(value, _)) => u128::try_from(*value).ok(),
                _ => None,
            },
            Self::Journalled(reason) => {
                let (_, args) = reason.split_once('(')?;
                let mut args = args.trim_end_matches(')').split(", ");
                args.find_map(|arg| arg.strip_prefix(name)?.strip_prefix(": ")?.parse().ok())
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(revert) => revert.fmt(f),
            Self::Journalled(reason) => f.write_str(reason),
        }
    }
}

/// The error's name in a journalled reason: `meaning: Name(arguments)`.
fn name_in(reason: &str) -> &str {
    let before = reason.split('(').next().unwrap_or(reason);
    before.rsplit(": ").next().unwrap_or(before)
}

/// Refusals by scene, attempt and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Met(BTreeMap<(&'static str, &'static str, String), (Refused, u32)>);

impl Met {
    /// Notes a refusal; of several of one kind the first is shown.
    pub(super) fn note(&mut self, scene: &'static str, tried: &'static str, refused: &Revert) {
        let name = refused.name().unwrap_or("Revert").to_owned();
        self.add(scene, tried, name, || Refused::Answered(refused.clone()));
    }

    /// Notes a refusal that an agent has journalled.
    pub(super) fn note_reason(&mut self, scene: &'static str, tried: &'static str, reason: &str) {
        let name = name_in(reason).to_owned();
        self.add(scene, tried, name, || Refused::Journalled(reason.to_owned()));
    }

    fn add(
        &mut self,
        scene: &'static str,
        tried: &'static str,
        name: String,
        first: impl FnOnce() -> Refused,
    ) {
        self.0.entry((scene, tried, name)).or_insert_with(|| (first(), 0)).1 += 1;
    }

    /// As the report shows them.
    pub(super) fn told(self, asset: &str, decimals: u8) -> Vec<Refusal> {
        self.0
            .into_iter()
            .map(|((scene, tried, error), (refused, times))| {
                let rule = RULES.iter().find(|r| r.0 == error);
                let figure = |pick: fn(&Rule) -> &'static str| {
                    rule.and_then(|r| Some(shown(refused.figure(pick(r))?, r.3, asset, decimals)))
                        .unwrap_or_else(|| "–".into())
                };
                Refusal {
                    scene: scene.into(),
                    tried: tried.into(),
                    given: figure(|r| r.1),
                    allowed: figure(|r| r.2),
                    why: rule.map_or_else(|| refused.to_string(), |r| r.4.into()),
                    error,
                    times,
                }
            })
            .collect()
    }
}

fn shown(value: u128, unit: Unit, asset: &str, decimals: u8) -> String {
    match unit {
        Unit::Money => {
            format!("{} {asset}", crate::report::money(value.min(u64::MAX.into()) as u64, decimals))
        }
        Unit::Wad => format!("{:.4}", value as f64 / 1e18),
        // A score of the year 1970 is none.
        Unit::Seconds if value > 10 * u128::from(YEAR) => "never".into(),
        Unit::Seconds => format!("{} h", value / 3600),
        Unit::Bps => format!("{}.{:02} %", value / 100, value % 100),
        Unit::Plain => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journalled_reason_gives_its_name_and_figures() {
        let reason = "the allowance is used up; it leaks back: DriftExceeded(level: 5000000, limit: 4000000)";
        let mut met = Met::default();
        met.note_reason("arms", "a report", reason);
        met.note_reason("arms", "a report", reason);
        let told = met.told("USDC", 6);
        let [one] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((one.error.as_str(), one.times), ("DriftExceeded", 2));
        assert_eq!((one.given.as_str(), one.allowed.as_str()), ("5 USDC", "4 USDC"));
    }
}
