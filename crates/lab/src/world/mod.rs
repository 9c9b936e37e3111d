//! Worlds: who applies, what they want, what the collateral costs, who pays back.
//!
//! A world is data. It is made once from (scenario, applicants, seed) and every arm of an experiment runs on the same one, so a difference
//! between arms is the arm's doing. Nothing here knows a rule of the kernel or the market: what is granted, refused, charged or liquidated
//! is decided by the contracts alone.

mod applicants;
mod csv_lines;
mod prices;

pub use applicants::{Applicant, Pool};
pub use prices::{PriceModel, PricePath};

use crate::{LabError, Stream};
use serde::{Deserialize, Serialize};

/// Seconds in an hour.
pub const HOUR: u64 = 3_600;
/// Seconds in a day.
pub const DAY: u64 = 24 * HOUR;
/// Seconds in a month of the lab: 30 days.
pub const MONTH: u64 = 30 * DAY;
/// Seconds in a year: 365 days.
pub const YEAR: u64 = 365 * DAY;

/// What a world is made from. Money is in whole units of the loan asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Months during which people apply; loans then run out.
    pub months: u64,
    /// How many people apply over those months.
    pub borrowers: u64,
    /// Deposits at the start, which never leave.
    pub deposits: u64,
    /// Smallest and largest amount a person wants.
    pub wants: (u64, u64),
    /// Smallest and largest collateral a person brings, in basis points of the amount wanted, at the price of the day of application.
    pub collateral_bps: (u64, u64),
    /// Utilisation at which suppliers rest, in basis points.
    pub rest_bps: u64,
    /// Yearly supply rate that suppliers find elsewhere, in basis points: above it they leave up to a fifth more free, below it less.
    pub elsewhere_bps: u64,
    /// How much of the way to where they want to be suppliers go in a day, in basis points.
    pub flow_bps: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            months: 4,
            borrowers: 160,
            deposits: 60_000,
            wants: (2_000, 12_000),
            collateral_bps: (5_000, 12_000),
            rest_bps: 8_800,
            elsewhere_bps: 400,
            flow_bps: 2_000,
        }
    }
}

impl Scenario {
    /// Checks the settings a person can choose.
    pub fn check(&self) -> Result<(), LabError> {
        let within = |name, given, min, max| {
            if (min..=max).contains(&given) {
                Ok(())
            } else {
                Err(LabError::Setting { name, given, min, max })
            }
        };
        within("months", self.months, 1, 36)?;
        within("borrowers", self.borrowers, 10, 5_000)
    }

    /// Seconds from genesis until the last application.
    pub fn applications_s(&self) -> u64 {
        self.months * MONTH
    }
}

/// One person: who they are in the data, and what they wish, whatever an arm grants them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borrower {
    /// Position in the world, from 0; applications come in this order.
    pub index: u32,
    /// The row of the applicant data.
    pub row: u32,
    /// Features as the model takes them: `int24`, in schema order.
    pub features: Vec<i32>,
    /// When they apply, in seconds from genesis.
    pub applies_s: u64,
    /// The amount they want, in whole units of the loan asset.
    pub wants: u64,
    /// The collateral they bring, in basis points of the amount wanted.
    pub collateral_bps: u64,
    /// The greatest spread they accept, in basis points a year.
    pub accepts_bps: u64,
    /// Seconds between the application and their draw.
    pub hesitates_s: u64,
    /// Seconds before the due date at which they pay, if they pay.
    pub early_s: u64,
    /// Whether the data say that they default.
    pub defaults: bool,
}

/// A population with its wishes, and a price path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The seed it was made from.
    pub seed: u64,
    /// What it was made from.
    pub scenario: Scenario,
    /// In order of application.
    pub borrowers: Vec<Borrower>,
    /// Price of the collateral from genesis on.
    pub prices: PricePath,
}

impl World {
    /// Makes the world of a seed: draws people from the pool without replacement while it lasts.
    pub fn generate(
        scenario: &Scenario,
        pool: &Pool,
        prices: PricePath,
        seed: u64,
    ) -> Result<Self, LabError> {
        scenario.check()?;
        let times = application_times(scenario, seed);
        let borrowers = pool
            .draw(scenario.borrowers as usize, seed)?
            .into_iter()
            .zip(times)
            .enumerate()
            .map(|(index, (applicant, applies_s))| {
                wish(scenario, seed, index as u32, applicant, applies_s)
            })
            .collect();
        Ok(Self { seed, scenario: scenario.clone(), borrowers, prices })
    }
}

impl World {
    /// Days until the last loan has ended.
    pub fn days(&self) -> u64 {
        self.scenario.applications_s() / DAY + RUN_OUT
    }
}

/// Days after the last application until the last loan has ended: tenor, grace, and some.
pub const RUN_OUT: u64 = 45;

/// When people apply: uniform over the months, on whole hours, ascending.
fn application_times(scenario: &Scenario, seed: u64) -> Vec<u64> {
    let mut stream = Stream::new(seed, "applies", 0);
    let hours = scenario.applications_s() / HOUR;
    let mut times: Vec<u64> =
        (0..scenario.borrowers).map(|_| (1 + stream.below(hours)) * HOUR).collect();
    times.sort_unstable();
    times
}

/// What one person wishes: independent of the features and of the outcome, so that nothing but the data tells good from bad.
fn wish(
    scenario: &Scenario,
    seed: u64,
    index: u32,
    applicant: &Applicant,
    applies_s: u64,
) -> Borrower {
    let mut stream = Stream::new(seed, "wish", u64::from(index));
    let (low, high) = scenario.wants;
    Borrower {
        index,
        row: applicant.row,
        features: applicant.features.clone(),
        applies_s,
        wants: stream.between(low / 100, high / 100) * 100,
        collateral_bps: stream.between(scenario.collateral_bps.0, scenario.collateral_bps.1),
        accepts_bps: stream.between(1_000, 6_000),
        hesitates_s: stream.between(1, 24) * HOUR,
        early_s: stream.between(1, 48) * HOUR,
        defaults: applicant.defaults,
    }
}
