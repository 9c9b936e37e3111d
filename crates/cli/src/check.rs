//! `mandate check`: is a token's design sound, and what can it lose?

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use alloy::primitives::{Address, U256};
use anyhow::Context;
use mandate_core::lending::worst::Harm;
use mandate_design::{
    Band, Design, Placed, Problem,
    quantity::{show_bps, show_decimal, show_duration, show_rate},
};
use serde::Serialize;

use crate::ui::{Table, Ui};

/// Check a token's design and print the most it can lose.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 the design is sound, 1 it has problems (all are listed), 2 wrong usage, 3 the file cannot be read.
Every field is explained in docs/parameters.md; examples/lending/token.toml is a design to start from.")]
pub(crate) struct Args {
    /// The design file.
    #[arg(default_value = "token.toml")]
    file: PathBuf,
}

/// An hour, a day and a week.
const HORIZONS_S: [u64; 3] = [3_600, 86_400, 604_800];

/// Largest design file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &Ui) -> anyhow::Result<ExitCode> {
    let file = args.file.display().to_string();
    let source = read(args).with_context(|| {
        format!(
            "cannot read {file}; give the path of a design, such as examples/lending/token.toml"
        )
    })?;
    match Design::read(&source) {
        Ok(design) => {
            let answer = Answer::new(&design);
            ui.answer(&answer.text(&design), &answer)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            refuse(ui, &source, &file, &problems)?;
            Ok(ExitCode::from(1))
        }
    }
}

fn read(args: &Args) -> anyhow::Result<String> {
    String::from_utf8(mandate_disk::read_at_most(&args.file, LARGEST)?).context("it is not UTF-8")
}

fn refuse(ui: &Ui, source: &str, file: &str, problems: &[Problem]) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Refusal {
        sound: bool,
        problems: Vec<Placed>,
    }
    if ui.is_json() {
        let problems = problems.iter().map(|problem| problem.placed(source)).collect();
        return ui.answer("", &Refusal { sound: false, problems });
    }
    for problem in problems {
        ui.talk(&(problem.render(source, file) + "\n"));
        ui.talk("");
    }
    let count = problems.len();
    let problems = if count == 1 { "problem" } else { "problems" };
    ui.talk(&format!("{file}: {count} {problems}; mend and run `mandate check {file}` again"));
    Ok(())
}

/// What `check` says of a sound design.
#[derive(Debug, Serialize)]
struct Answer {
    sound: bool,
    token: String,
    symbol: String,
    unit: Unit,
    deposits: String,
    assumptions: Assumptions,
    worst_case: Vec<Horizon>,
    bands: Vec<Line>,
    roles: Roles,
    models: Models,
}

/// Who acts; an address that is absent is given at deployment.
#[derive(Debug, Serialize)]
struct Roles {
    governor: Option<Address>,
    guardian: Option<Address>,
    agents: Vec<Agent>,
}

#[derive(Debug, Serialize)]
struct Agent {
    name: String,
    share_bps: u16,
    address: Option<Address>,
}

/// Program files by class.
#[derive(Debug, Serialize)]
struct Models {
    rate: String,
    terms: String,
}

/// Amounts are strings in the loan asset's smallest unit.
#[derive(Debug, Serialize)]
struct Unit {
    asset: String,
    decimals: u64,
}

#[derive(Debug, Serialize)]
struct Assumptions {
    shortfall_bps: u16,
    liquidation_time_s: u32,
    rate_bound_wad_per_second: String,
    reaction_s: u32,
    longest_term_s: u64,
    total_risk: String,
    rate_at_target_wad_per_second: String,
    growth_wad: String,
    recovery_wad: String,
}

#[derive(Debug, Serialize)]
struct Horizon {
    horizon_s: u64,
    baseline: Amount,
    credit_open: Amount,
    credit_seen: Amount,
    sup_rate: Amount,
    bor_rate: Amount,
    supplier_harm: Amount,
    borrower_harm: Amount,
    supplier_loss: Amount,
}

/// Picks a component of the bound.
type Component = fn(&Horizon) -> &Amount;

#[derive(Clone, Debug, Serialize)]
struct Amount {
    amount: String,
    share_of_deposits_bps: u64,
    #[serde(skip)]
    units: u128,
}

#[derive(Debug, Serialize)]
struct Line {
    up_to_ppm: u32,
    limit: String,
    charge: String,
    fits_at_once: u64,
}

impl Answer {
    fn new(design: &Design) -> Self {
        let (a, m) = (&design.assumptions, &design.market);
        let state = design.worst_state();
        let harm = |horizon_s| state.worst_case(horizon_s, a.reaction.value.into());
        Self {
            sound: true,
            token: design.token.name.value.clone(),
            symbol: design.token.symbol.value.clone(),
            unit: Unit {
                asset: design.loan.symbol.value.clone(),
                decimals: design.loan.decimals.value,
            },
            deposits: a.deposits.value.to_string(),
            assumptions: Assumptions {
                shortfall_bps: a.shortfall.value,
                liquidation_time_s: a.liquidation_time.value,
                rate_bound_wad_per_second: m.rate_bound.value.to_string(),
                reaction_s: a.reaction.value,
                longest_term_s: u64::from(m.max_tenor.value) + u64::from(m.grace.value),
                total_risk: a.total_risk.value.to_string(),
                rate_at_target_wad_per_second: a.rate_at_target.value.to_string(),
                growth_wad: design.growth().to_string(),
                recovery_wad: design.recovery().to_string(),
            },
            worst_case: HORIZONS_S.map(|s| Horizon::new(s, &harm(s), a.deposits.value)).into(),
            bands: lines(design),
            roles: Roles::new(design),
            models: Models {
                rate: design.models.rate.value.clone(),
                terms: design.models.terms.value.clone(),
            },
        }
    }

    fn text(&self, design: &Design) -> String {
        let mut out = format!("{} ({}): the design is sound\n\n", self.token, self.symbol);
        let _ = writeln!(
            out,
            "The most a fully malicious agent can cost, in {}, and as a share of deposits:\n",
            self.unit.asset
        );
        out += &self.worst_table(design);
        let _ = writeln!(out, "\nassuming that\n");
        out += &assumptions_text(design);
        let _ = writeln!(out, "\nA new line is charged its potential:\n");
        out += &self.lines_table(design);
        out
    }

    fn worst_table(&self, design: &Design) -> String {
        let reaction = show_duration(design.assumptions.reaction.value.into());
        let rows: [(String, Component); 7] = [
            ("new credit, nobody reacts".into(), |h| &h.credit_open),
            (format!("new credit, guardian reacts in {reaction}"), |h| &h.credit_seen),
            ("suppliers under-paid by rates".into(), |h| &h.sup_rate),
            ("borrowers over-charged by rates".into(), |h| &h.bor_rate),
            ("agent against suppliers".into(), |h| &h.supplier_harm),
            ("today's lines without any agent".into(), |h| &h.baseline),
            ("suppliers in all".into(), |h| &h.supplier_loss),
        ];
        let mut table = Table::default();
        let heads = self.worst_case.iter().map(|h| show_duration(h.horizon_s));
        table.row([String::new()].into_iter().chain(heads));
        for (name, pick) in rows {
            let cells = self.worst_case.iter().map(|h| {
                let amount = pick(h);
                let share = show_bps(amount.share_of_deposits_bps.into());
                format!("{} ({share})", whole(design, amount.units))
            });
            table.row([name].into_iter().chain(cells));
        }
        table.render()
    }

    fn lines_table(&self, design: &Design) -> String {
        let mut table = Table::default();
        table.row(["forecast up to", "limit", "charge", "such lines at once"]);
        let potentials = design.potentials();
        for ((line, band), potential) in self.bands.iter().zip(&design.bands).zip(potentials) {
            let up_to = show_decimal(band.up_to.value.into(), 4) + "%";
            let fits = if potential == 0 { "any".into() } else { line.fits_at_once.to_string() };
            table.row([up_to, whole(design, band.limit.value), whole(design, potential), fits]);
        }
        table.render()
    }
}

impl Roles {
    fn new(design: &Design) -> Self {
        let agent = |agent: &mandate_design::Agent| Agent {
            name: agent.name.value.clone(),
            share_bps: agent.share.value,
            address: agent.address,
        };
        Self {
            governor: design.kernel.governor,
            guardian: design.kernel.guardian,
            agents: design.agents.iter().map(agent).collect(),
        }
    }
}

impl Horizon {
    fn new(horizon_s: u64, h: &Harm, deposits: u128) -> Self {
        let amount = |units| Amount::new(units, deposits);
        Self {
            horizon_s,
            baseline: amount(h.baseline),
            credit_open: amount(h.credit_open),
            credit_seen: amount(h.credit_seen),
            sup_rate: amount(h.sup_rate),
            bor_rate: amount(h.bor_rate),
            supplier_harm: amount(h.supplier_harm()),
            borrower_harm: amount(h.borrower_harm()),
            supplier_loss: amount(h.supplier_loss()),
        }
    }
}

impl Amount {
    /// Share rounded up, as every bound is.
    fn new(units: U256, deposits: u128) -> Self {
        let bps = units.saturating_mul(U256::from(10_000)).div_ceil(U256::from(deposits));
        Self {
            amount: units.to_string(),
            share_of_deposits_bps: bps.saturating_to(),
            units: units.saturating_to(),
        }
    }
}

/// An amount in whole units of the loan asset, rounded up.
fn whole(design: &Design, units: u128) -> String {
    show_decimal(units.div_ceil(10u128.pow(design.loan.decimals.value as u32)), 0)
}

fn lines(design: &Design) -> Vec<Line> {
    let (drift, instant) = design.allowances();
    let at_once = instant.capacity.min(drift.capacity);
    let line = |(band, potential): (&Band, u128)| Line {
        up_to_ppm: band.up_to.value,
        limit: band.limit.value.to_string(),
        charge: potential.to_string(),
        fits_at_once: at_once
            .checked_div(potential)
            .unwrap_or(u128::MAX)
            .try_into()
            .unwrap_or(u64::MAX),
    };
    design.bands.iter().zip(design.potentials()).map(line).collect()
}

fn assumptions_text(design: &Design) -> String {
    let (a, m) = (&design.assumptions, &design.market);
    let term = u64::from(m.max_tenor.value) + u64::from(m.grace.value);
    let outage = show_duration(a.liquidation_time.value.into());
    let lines = [
        format!("σ = {}: liquidations lose at most that much against the oracle's last healthy value", show_bps(a.shortfall.value.into())),
        format!("T_liq = {outage}: they take at most so long; a price outage beyond it is σ = 100%"),
        format!("r̄ = {} a year: the contracts' hard cap of rate and spread together", show_rate(m.rate_bound.value)),
        format!("R = {}: the guardian reacts within it", show_duration(a.reaction.value.into())),
        format!("T_term = {}: longest tenor and grace, so that a debt grows by at most G = {}", show_duration(term), show_decimal(design.growth().div_ceil(100_000_000_000_000), 4)),
        format!("S = {} {}: the potential of all lines today", whole(design, a.total_risk.value), *design.loan.symbol),
        format!("rate at target {} a year when it begins, everything lent, empty buckets", show_rate(a.rate_at_target.value)),
        "signer quorums are honest; borrowers, liquidators, block order and the agent's keys are not".into(),
    ];
    lines.map(|line| format!("  {line}\n")).concat()
}
