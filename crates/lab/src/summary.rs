//! What a demo has shown, as data: `out/demo/summary.json`.
//!
//! Money is in the loan asset's smallest unit, shares and multipliers in millionths (`_ppm`), rates in millionths a year, times in seconds of
//! the simulated chain. Nothing here depends on the machine or its clock: same commit, scenario and seed, same bytes. A field may be added under the same [`SCHEMA`]; a changed
//! or removed one makes a new version.

use crate::Interval;
use serde::{Deserialize, Serialize};

/// Name and version of the layout.
pub const SCHEMA: &str = "mandate.demo/1";

/// Everything a demo has shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// What was run.
    pub setting: Setting,
    /// The model that steers.
    pub model: ModelNote,
    /// The three arms, in order.
    pub arms: Vec<Arm>,
    /// Each later arm less the first, seed by seed.
    pub paired: Vec<Paired>,
    /// Every distinct refusal that was met, with what was given and what was allowed.
    pub refusals: Vec<Refusal>,
    /// The incident of March 2026, replayed.
    pub incident: Option<Incident>,
    /// A day with a stolen key.
    pub stolen_key: Option<StolenKey>,
    /// A price attestor that lies.
    pub lying_attestor: Option<LyingAttestor>,
    /// A process killed and resumed.
    pub resume: Option<Resume>,
    /// Every decision recomputed.
    pub audit: Option<Audit>,
}

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// First seed; the arms run on this and the following ones.
    pub seed: u64,
    /// Number of seeds.
    pub seeds: u32,
    /// Months during which people apply.
    pub months: u64,
    /// People who apply, in each world.
    pub borrowers: u64,
    /// Deposits at the start.
    pub deposits: u64,
    /// Where the applicants come from.
    pub applicants: String,
    /// Where the prices come from.
    pub prices: String,
    /// Symbol of the loan asset.
    pub asset: String,
    /// Its decimals.
    pub decimals: u8,
    /// Symbol of the collateral.
    pub collateral: String,
}

/// The model that steers, and how well it predicts people it was not trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelNote {
    /// Its identity: hash of the program.
    pub id: String,
    /// Its family and size, in words.
    pub family: String,
    /// Bytes of the program on chain.
    pub bytes: u32,
    /// Rows trained on and rows tested on.
    pub rows: (u32, u32),
    /// Metrics of the integer program, the float model and the mean.
    pub metrics: Vec<Metrics>,
}

/// How well one predictor does on the test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Which predictor.
    pub name: String,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
}

/// One way of running the economy, over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Short name.
    pub name: String,
    /// What steers rates and what sets terms.
    pub about: String,
    /// One entry a seed.
    pub seeds: Vec<Outcome>,
    /// Bad debt per unit lent, in millionths, over the seeds.
    pub bad_debt_ppm: Interval,
    /// Suppliers' return per unit lent, in millionths, over the seeds.
    pub return_ppm: Interval,
    /// The first seed, day by day.
    pub series: Series,
    /// Predicted against realised default on the loans that were drawn, over all seeds.
    pub calibration: Vec<Bin>,
}

/// What became of one arm in one world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The world's seed.
    pub seed: u64,
    /// People who applied.
    pub applied: u32,
    /// People who were given terms that allow a draw.
    pub granted: u32,
    /// People who drew.
    pub drawn: u32,
    /// Loans that ended in default.
    pub defaulted: u32,
    /// Loans liquidated because their collateral fell.
    pub liquidated: u32,
    /// Sum of all draws.
    pub lent: u64,
    /// Losses realised by suppliers.
    pub bad_debt: u64,
    /// Gain of suppliers, losses deducted.
    pub gain: i64,
    /// Decisions that took effect.
    pub decisions: u32,
    /// Gas of all transactions.
    pub gas: u64,
}

impl Outcome {
    /// Bad debt per unit lent, in millionths.
    pub fn bad_debt_ppm(&self) -> f64 {
        self.bad_debt as f64 * 1e6 / (self.lent as f64).max(1.0)
    }

    /// Suppliers' return per unit lent, in millionths.
    pub fn return_ppm(&self) -> f64 {
        self.gain as f64 * 1e6 / (self.lent as f64).max(1.0)
    }
}

/// One arm's state over time; all columns have one length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Days from genesis.
    pub day: Vec<u32>,
    /// Borrowed share of deposits.
    pub utilisation_ppm: Vec<u64>,
    /// Borrow rate that the fallback alone would charge, a year.
    pub fallback_ppm: Vec<u64>,
    /// Borrow rate charged, a year.
    pub rate_ppm: Vec<u64>,
    /// Multiplier in force.
    pub multiplier_ppm: Vec<u64>,
    /// Debt outstanding.
    pub debt: Vec<u64>,
    /// Losses realised so far.
    pub bad_debt: Vec<u64>,
    /// Price of one collateral, in millionths of the loan asset.
    pub price_micro: Vec<u64>,
}

/// Loans of similar predicted default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// Mean predicted probability of default.
    pub predicted_ppm: u64,
    /// Loans.
    pub loans: u32,
    /// Loans that defaulted.
    pub defaulted: u32,
}

/// One arm less the first on the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// The arm.
    pub arm: String,
    /// The arm it is compared with.
    pub against: String,
    /// Difference in bad debt per unit lent, in millionths.
    pub bad_debt_ppm: Interval,
    /// Difference in suppliers' return per unit lent, in millionths.
    pub return_ppm: Interval,
}

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// In which scene.
    pub scene: String,
    /// What was tried.
    pub tried: String,
    /// The error's name, in Solidity and in Rust.
    pub error: String,
    /// What was given, with its unit.
    pub given: String,
    /// What was allowed, with its unit.
    pub allowed: String,
    /// Why the rule is there.
    pub why: String,
    /// How often it was met.
    pub times: u32,
}

/// The incident of 10 March 2026 against two stewards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The cap that was right, in millionths.
    pub right_cap_micro: u64,
    /// The cap that was set, in millionths.
    pub wrong_cap_micro: u64,
    /// Market price of the collateral, in millionths.
    pub price_micro: u64,
    /// Figures that our sources lack and that were reconstructed.
    pub reconstructed: String,
    /// Positions in the replay.
    pub accounts: u32,
    /// Positions that could be liquidated under the range-only rule.
    pub liquidatable: u32,
    /// Collateral seized under the range-only rule, in thousandths of a token.
    pub seized_milli: u64,
    /// What the owners lost under the range-only rule, in thousandths of an ETH.
    pub lost_milli: u64,
    /// Name of the check that refused it in the kernel.
    pub refused_by: String,
    /// The error with its figures.
    pub error: String,
    /// Positions that could be liquidated under the kernel.
    pub liquidatable_kernel: u32,
}

/// A day with a stolen key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StolenKey {
    /// How long nobody reacts, in seconds.
    pub horizon_s: u64,
    /// Decisions tried and decisions that took effect.
    pub tried: u32,
    /// Decisions that took effect.
    pub applied: u32,
    /// Harm by component, beside the worst case computed before.
    pub components: Vec<Component>,
    /// What the worst case assumes.
    pub assumptions: Vec<String>,
}

/// One component of the worst case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name in the contract.
    pub name: String,
    /// In words.
    pub about: String,
    /// What `mandate check` prints for the design.
    pub worst: u64,
    /// What the contract said of the live market when it began.
    pub live: u64,
    /// What was caused.
    pub caused: u64,
}

/// Price attestors, some of whom lie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LyingAttestor {
    /// Rounds in which somebody lied.
    pub rounds: u32,
    /// Attestors, and those that may lie without effect.
    pub attestors: u32,
    /// How many may lie.
    pub tolerated: u32,
    /// One round: (attestor, price in millionths, whether it lied).
    pub observations: Vec<(String, u64, bool)>,
    /// The answer of that round.
    pub answer_micro: u64,
    /// Largest distance of an answer from the honest range, in millionths of the price.
    pub worst_error_ppm: u64,
}

/// A process killed in the middle and resumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Kills.
    pub kills: u32,
    /// Decisions due.
    pub due: u32,
    /// Decisions found on the chain after the last resume.
    pub found: u32,
    /// Decisions lost.
    pub lost: u32,
    /// Decisions doubled.
    pub doubled: u32,
    /// Chain head of the killed run.
    pub head: String,
    /// Chain head of the same run without a kill.
    pub head_undisturbed: String,
}

/// Every decision recomputed from events and calldata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Records of any kind.
    pub records: u32,
    /// Decisions recomputed.
    pub decisions: u32,
    /// Mismatches.
    pub mismatches: u32,
    /// Link of the last record.
    pub head: String,
    /// Decisions whose model output was recomputed.
    pub outputs: u32,
    /// Signatures recovered in their reports.
    pub signatures: u32,
    /// The first mismatch in words, if there is one.
    pub first_mismatch: Option<String>,
    /// Bytes that were flipped afterwards, one at a time.
    pub flips: Vec<Flip>,
}

/// One flipped byte, and what the audit said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    /// What it was flipped in.
    pub what: String,
    /// Which byte of it.
    pub byte: u32,
    /// How many findings.
    pub findings: u32,
    /// The first of them in words.
    pub named: String,
}

impl Summary {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain data serialises");
        text.push('\n');
        text
    }
}
