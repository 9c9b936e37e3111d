//! The sections of the report: each opens with what was found, computed from the figures.

use super::charts::{self, Line};
use super::format::{counted, escape, grouped, interval_words, micro, money, percent, short_hash};
use super::parts::{Cell, card, figure, section, table, tile};
use crate::Interval;
use crate::summary::{Arm, Audit, Component, Outcome, Paired, Resume, Summary};

const CLASSES: [&str; 3] = ["s0", "s1", "s2"];

/// Title, promise and the figures that matter.
pub(super) fn head(s: &Summary) -> String {
    let tiles: String = tiles(s).concat();
    format!(
        "<header><p class=\"kicker\">Mandate · report of a demo · seed {}</p>\
         <h1>A lending token, steered by a default model, inside a mandate</h1>\
         <p class=\"lead\">{}</p><ul class=\"tiles\">{tiles}</ul></header>",
        s.setting.seed,
        escape(&format!(
            "{} people applied for credit over {} simulated months, in {}, on a real EVM. \
             The EVM itself ran the model; a kernel decided what the agent may change.",
            grouped(s.setting.borrowers),
            s.setting.months,
            counted(s.setting.seeds, "world")
        )),
    )
}

/// The figures at the top: what was shown, for better or worse.
fn tiles(s: &Summary) -> Vec<String> {
    let good = |yes| if yes { "good" } else { "bad" };
    let sums = |v: u64| format!("{} {}", money(v, s.setting.decimals), s.setting.asset);
    let mut tiles = Vec::new();
    if let Some(i) = &s.incident {
        let refused = !i.refused_by.is_empty();
        let text = format!("the update of 10 March 2026, by {}", i.refused_by);
        tiles.push(tile(good(refused), if refused { "refused" } else { "admitted" }, &text));
    }
    if let Some(k) = &s.stolen_key {
        let held = k.components.iter().all(|c| c.caused <= c.worst);
        if let Some(credit) = k.components.first() {
            let text =
                format!("lost to a stolen key in a day; check prints {}", sums(credit.worst));
            tiles.push(tile(good(held), &sums(credit.caused), &text));
        }
    }
    if let Some(a) = &s.audit {
        let figure = format!("{} mismatches", a.mismatches);
        let text = format!("in {} decisions recomputed bit for bit", grouped(a.decisions.into()));
        tiles.push(tile(good(a.mismatches == 0), &figure, &text));
    }
    if let Some(r) = &s.resume {
        let figure = format!("{} lost, {} doubled", r.lost, r.doubled);
        let text = format!("decisions, after {} SIGKILL and resume", r.kills);
        tiles.push(tile(good(r.lost + r.doubled == 0), &figure, &text));
    }
    if let Some(l) = &s.lying_attestor {
        let text = format!("is how far a lying attestor moved the price, in {} rounds", l.rounds);
        tiles.push(tile(
            good(l.worst_error_ppm == 0),
            &percent(l.worst_error_ppm as f64, 2),
            &text,
        ));
    }
    tiles
}

/// Losses and returns of the three arms.
pub(super) fn arms(s: &Summary) -> String {
    let body = [
        "<div class=\"pair\">".into(),
        figure(
            &[],
            &charts::arms(
                &s.arms,
                "bad debt per unit lent",
                "bad debt of each arm",
                Outcome::bad_debt_ppm,
                |a| a.bad_debt_ppm,
            ),
            "Losses.",
            "Bad debt per unit lent. A ring is one seed, the mark the mean, the band its 95 % interval. Further left is better.",
        ),
        figure(
            &[],
            &charts::arms(
                &s.arms,
                "suppliers' return per unit lent",
                "suppliers' return of each arm",
                Outcome::return_ppm,
                |a| a.return_ppm,
            ),
            "Suppliers' return.",
            "Interest less losses, per unit lent. Further right is better.",
        ),
        "</div>".into(),
        arms_table(s),
        paired_table(s),
    ]
    .concat();
    section("What each way of steering cost", &verdict(s), &body)
}

/// One sentence, for better or worse.
fn verdict(s: &Summary) -> String {
    let against = |i: &Interval| match (i.excludes_zero(), i.mean < 0.0) {
        (false, _) => "not clearly different".to_owned(),
        (true, true) => format!("lower by {}", percent(i.mean.abs(), 2)),
        (true, false) => format!("higher by {}", percent(i.mean.abs(), 2)),
    };
    let said = |p: &Paired| {
        format!(
            "With {}, bad debt is {} and suppliers' return {} than with {}.",
            p.arm,
            against(&p.bad_debt_ppm),
            against(&p.return_ppm),
            p.against
        )
    };
    let pairs: Vec<String> = s.paired.iter().map(said).collect();
    format!(
        "The same people, prices and wishes met three ways of steering, in {}. {} Shares are of the sum lent; differences are \
         taken seed by seed.",
        counted(s.setting.seeds, "world"),
        pairs.join(" ")
    )
}

fn arms_table(s: &Summary) -> String {
    let columns = [
        ("Arm", Cell::Head),
        ("Rates and terms", Cell::Long),
        ("Applied", Cell::Number),
        ("Drew", Cell::Number),
        ("Defaulted", Cell::Number),
        ("Lent", Cell::Number),
        ("Bad debt", Cell::Number),
    ];
    let sum = |a: &Arm, f: fn(&Outcome) -> u64| a.seeds.iter().map(f).sum::<u64>();
    let rows: Vec<Vec<String>> = s
        .arms
        .iter()
        .map(|a| {
            vec![
                a.name.clone(),
                a.about.clone(),
                grouped(sum(a, |o| o.applied.into())),
                grouped(sum(a, |o| o.drawn.into())),
                grouped(sum(a, |o| o.defaulted.into())),
                money(sum(a, |o| o.lent), s.setting.decimals),
                money(sum(a, |o| o.bad_debt), s.setting.decimals),
            ]
        })
        .collect();
    table(&columns, &rows)
}

fn paired_table(s: &Summary) -> String {
    let columns = [
        ("Seed by seed", Cell::Head),
        ("Bad debt per unit lent", Cell::Number),
        ("Suppliers' return per unit lent", Cell::Number),
    ];
    let rows: Vec<Vec<String>> = s
        .paired
        .iter()
        .map(|p| {
            vec![
                format!("{} less {}", p.arm, p.against),
                interval_words(&p.bad_debt_ppm),
                interval_words(&p.return_ppm),
            ]
        })
        .collect();
    table(&columns, &rows)
}

/// Rates, multiplier, utilisation and losses over the days of the first seed.
pub(super) fn steering(s: &Summary) -> String {
    let Some(steered) = s.arms.last() else { return String::new() };
    let rate = |v: f64| percent(v, 1);
    let share = |v: f64| percent(v, 0);
    let times = |v: f64| format!("{:.2}×", v / 1e6);
    let decimals = s.setting.decimals;
    let sums = move |v: f64| money(v.max(0.0) as u64, decimals);
    let each = |column: charts::Column| -> Vec<Line<'_>> {
        let arms = s.arms.iter().zip(CLASSES);
        arms.map(|(a, class)| Line { series: &a.series, column, class }).collect()
    };
    let one = |column: charts::Column, class| Line { series: &steered.series, column, class };
    let names: Vec<(&str, &str)> =
        s.arms.iter().zip(CLASSES).map(|(a, c)| (c, a.name.as_str())).collect();
    let rates = [one(|x| &x.fallback_ppm, "s0"), one(|x| &x.rate_ppm, "s2")];
    let body = [
        "<div class=\"pair\">".into(),
        figure(
            &[("s0", "fallback alone"), ("s2", "charged")],
            &charts::over_time("borrow rate a year", "borrow rate over time", &rates, Some(0.0), &rate),
            "Rates.",
            "The fallback curve keeps running by itself; the agent only multiplies it.",
        ),
        figure(
            &[("s2", "multiplier in force")],
            &charts::over_time(
                "multiplier on the fallback",
                "multiplier over time",
                &[one(|x| &x.multiplier_ppm, "s2")],
                None,
                &times,
            ),
            "Multiplier.",
            "At 1× the fallback is in charge. It moves by bounded steps, and fades back to 1× when the agent falls silent.",
        ),
        figure(
            &names,
            &charts::over_time("utilisation", "utilisation over time", &each(|x| &x.utilisation_ppm), Some(0.0), &share),
            "Utilisation.",
            "Borrowed share of deposits in each arm.",
        ),
        figure(
            &names,
            &charts::over_time(
                &format!("losses realised, {}", s.setting.asset),
                "losses over time",
                &each(|x| &x.bad_debt),
                Some(0.0),
                &sums,
            ),
            "Losses as they came.",
            "Bad debt realised so far. Loans fall due a month after the draw, so losses trail the applications.",
        ),
        "</div>".into(),
    ]
    .concat();
    let lead = format!(
        "Seed {}, day by day. The agent moves the multiplier {}; every move is a record on the chain.",
        s.setting.seed,
        match steered.series.multiplier_ppm.iter().minmax() {
            Some((low, high)) =>
                format!("between {} and {}", times(low as f64), times(high as f64)),
            None => "nowhere".into(),
        }
    );
    section("How the rates were steered", &lead, &body)
}

trait MinMax {
    fn minmax(self) -> Option<(u64, u64)>;
}

impl<'a, I: Iterator<Item = &'a u64>> MinMax for I {
    fn minmax(self) -> Option<(u64, u64)> {
        self.fold(None, |seen, v| match seen {
            None => Some((*v, *v)),
            Some((low, high)) => Some((low.min(*v), high.max(*v))),
        })
    }
}

/// The default model: metrics and calibration.
pub(super) fn model(s: &Summary) -> String {
    let columns = [
        ("Predictor", Cell::Head),
        ("AUC", Cell::Number),
        ("Log loss", Cell::Number),
        ("Brier", Cell::Number),
    ];
    let rows: Vec<Vec<String>> = s
        .model
        .metrics
        .iter()
        .map(|m| {
            vec![
                m.name.clone(),
                format!("{:.4}", m.auc),
                format!("{:.4}", m.log_loss),
                format!("{:.4}", m.brier),
            ]
        })
        .collect();
    let drawn = s.arms.last().map_or(&[][..], |a| &a.calibration);
    let loans: u32 = drawn.iter().map(|b| b.loans).sum();
    let lead = format!(
        "{}, {} bytes on chain, trained on {} rows and tested on {} others. \
         The EVM runs exactly the integers that the table's first row judges.",
        s.model.family,
        grouped(s.model.bytes.into()),
        grouped(s.model.rows.0.into()),
        grouped(s.model.rows.1.into())
    );
    let body = [
        "<div class=\"pair\">".into(),
        figure(
            &[],
            &charts::calibration(drawn, "predicted against realised default"),
            "Calibration on drawn loans.",
            &format!(
                "{} loans of the steered arm, grouped by predicted default. On the dashed line, what was predicted came true; bars are 95 % intervals.",
                grouped(loans.into())
            ),
        ),
        "<div>".into(),
        table(&columns, &rows),
        format!("<p class=\"muted\">Program <code>{}</code></p></div></div>", escape(&short_hash(&s.model.id))),
    ]
    .concat();
    section("Does the model know anything?", &lead, &body)
}

/// Each refusal with its reason.
pub(super) fn refusals(s: &Summary) -> String {
    let columns = [
        ("What was tried", Cell::Head),
        ("Refused by", Cell::Code),
        ("Given", Cell::Words),
        ("Allowed", Cell::Words),
        ("Times", Cell::Number),
        ("Why the rule is there", Cell::Long),
    ];
    let rows: Vec<Vec<String>> = s
        .refusals
        .iter()
        .map(|r| {
            vec![
                format!("{}: {}", r.scene, r.tried),
                r.error.clone(),
                r.given.clone(),
                r.allowed.clone(),
                grouped(r.times.into()),
                r.why.clone(),
            ]
        })
        .collect();
    let lead = "A refusal is a named error that carries what was given and what was allowed. The same names stand in Solidity, in Rust and here.";
    section("What was refused, and why", lead, &table(&columns, &rows))
}

/// The incident against two stewards.
pub(super) fn incident(s: &Summary) -> String {
    let Some(i) = &s.incident else { return String::new() };
    let token = |milli: u64, name| format!("{} {name}", grouped(milli / 1000));
    let versus = [
        card(
            "bad",
            "A range-only rule",
            &format!("{} of {} liquidated", i.liquidatable, i.accounts),
            &format!(
                "Each field moved inside its own range, so the update went through. {} were seized and their owners lost {}.",
                token(i.seized_milli, "wstETH"),
                token(i.lost_milli, "ETH")
            ),
        ),
        card(
            "good",
            "The kernel",
            &format!("refused: {}", i.refused_by),
            &format!("{}. {} of {} accounts could be liquidated.", i.error, i.liquidatable_kernel, i.accounts),
        ),
    ]
    .concat();
    let drawing = figure(
        &[],
        &charts::incident(i, "the cap that was set lies below the market price"),
        "The cap that was set binds the price.",
        &format!("Every position valued at the cap looks poorer than it is. {}", i.reconstructed),
    );
    let lead = "An automated steward paired a snapshot ratio with the wrong snapshot time. Each field was in range; together they were wrong. \
         The kernel looks at the state after the change.";
    let body = format!("<div class=\"pair\">{drawing}<div class=\"stacked\">{versus}</div></div>");
    section("The incident of 10 March 2026", lead, &body)
}

/// A day with a stolen key.
pub(super) fn stolen_key(s: &Summary) -> String {
    let Some(k) = &s.stolen_key else { return String::new() };
    let decimals = s.setting.decimals;
    let share = |c: &Component| percent(c.caused as f64 * 1e6 / c.worst.max(1) as f64, 0);
    let columns = [
        ("Component", Cell::Head),
        ("Check", Cell::Number),
        ("Live", Cell::Number),
        ("Caused", Cell::Number),
        ("Share", Cell::Number),
    ];
    let rows: Vec<Vec<String>> = k
        .components
        .iter()
        .map(|c| {
            let sums = [c.worst, c.live, c.caused].map(|v| money(v, decimals));
            [vec![c.about.clone()], sums.to_vec(), vec![share(c)]].concat()
        })
        .collect();
    let assumed: String = k.assumptions.iter().map(|a| format!("<li>{}</li>", escape(a))).collect();
    let body = format!(
        "<div class=\"pair\">{}<div>{}</div></div><h3>What the bound assumes</h3><ul class=\"plain\">{assumed}</ul>",
        figure(
            &[],
            &charts::against_worst(&k.components, decimals, "harm beside the worst case"),
            "Harm beside the bound.",
            &format!(
                "Red: what the thief caused, in {}. The whole bar: what mandate check prints for this design.",
                s.setting.asset
            ),
        ),
        table(&columns, &rows)
    );
    let lead = format!(
        "Somebody holds the agent's key for {} hours and does the worst the kernel lets through: {} attempts, {} took effect. \
         What mandate check prints is computed from the design alone, what the contract says from the live market when the theft begins.",
        k.horizon_s / 3600,
        grouped(k.tried.into()),
        grouped(k.applied.into())
    );
    section("A day with a stolen key", &lead, &body)
}

/// A lying price attestor.
pub(super) fn lying_attestor(s: &Summary) -> String {
    let Some(l) = &s.lying_attestor else { return String::new() };
    let drawing = figure(
        &[],
        &charts::round(l, "one price round with a lying attestor"),
        "One round.",
        &format!(
            "The answer is the median of what was signed: {} {}. The lie moves it no further than to the next honest price.",
            micro(l.answer_micro, 2),
            s.setting.asset
        ),
    );
    let lead = format!(
        "{} attestors sign the price and {} may lie. Over {} rounds with a liar, the answer never left the range of the honest ones by more than {}.",
        l.attestors,
        l.tolerated,
        l.rounds,
        percent(l.worst_error_ppm as f64, 2)
    );
    let columns = [("Attestor", Cell::Head), ("Signed", Cell::Number), ("Honest", Cell::Number)];
    let rows: Vec<Vec<String>> = l
        .observations
        .iter()
        .map(|(who, price, lies)| {
            vec![who.clone(), micro(*price, 2), if *lies { "no" } else { "yes" }.into()]
        })
        .collect();
    let body = format!("<div class=\"pair\">{drawing}<div>{}</div></div>", table(&columns, &rows));
    section("A price attestor lies", &lead, &body)
}

/// Kill, resume and audit.
pub(super) fn resume_and_audit(s: &Summary) -> String {
    let cards = [s.resume.as_ref().map(resume), s.audit.as_ref().map(audit)];
    let cards: String = cards.into_iter().flatten().collect();
    if cards.is_empty() {
        return cards;
    }
    let lead = "A crash at any instruction loses no decision and submits none twice. Anybody can recompute everything afterwards.";
    let flips = s.audit.as_ref().map_or_else(String::new, flips);
    let body = format!("<div class=\"versus\">{cards}</div>{flips}");
    section("Killed, resumed, audited", lead, &body)
}

fn resume(r: &Resume) -> String {
    let same = r.head == r.head_undisturbed;
    let text = format!(
        "The agent's process was killed {} in the middle of its work and started again over the same chain and journal. \
         {} lost, {} doubled; the chain's head is {} that of a run nobody disturbed ({}).",
        match r.kills {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        },
        r.lost,
        r.doubled,
        if same { "the same as" } else { "not" },
        short_hash(&r.head)
    );
    let class = if r.lost + r.doubled == 0 && same { "good" } else { "bad" };
    card(class, "SIGKILL and resume", &format!("{} due, {} found", r.due, r.found), &text)
}

fn audit(a: &Audit) -> String {
    let text = format!(
        "From events, calldata and code alone: {} outputs recomputed, {} signatures recovered, and {} links of the hash chain up to {}.{}",
        grouped(a.outputs.into()),
        grouped(a.signatures.into()),
        grouped(a.records.into()),
        short_hash(&a.head),
        a.first_mismatch.as_ref().map_or_else(String::new, |m| format!(" First mismatch: {m}"))
    );
    let class = if a.mismatches == 0 { "good" } else { "bad" };
    let figure = format!("{} decisions, {} mismatches", grouped(a.decisions.into()), a.mismatches);
    card(class, "Audit", &figure, &text)
}

/// What the audit said of each flipped byte.
fn flips(a: &Audit) -> String {
    let columns = [
        ("One bit flipped in", Cell::Head),
        ("Byte", Cell::Number),
        ("Findings", Cell::Number),
        ("The first of them", Cell::Long),
    ];
    let rows: Vec<Vec<String>> = a
        .flips
        .iter()
        .map(|f| {
            let (byte, findings) = (grouped(f.byte.into()), grouped(f.findings.into()));
            vec![f.what.clone(), byte, findings, f.named.clone()]
        })
        .collect();
    if rows.is_empty() { String::new() } else { table(&columns, &rows) }
}

/// What was run and how to run it again.
pub(super) fn setting(s: &Summary) -> String {
    let t = &s.setting;
    format!(
        "<footer><p>Applicants: {}. Prices: {}. Deposits at the start: {} {}. Collateral: {}. \
         Run it again: <code>mandate demo --seed {} --seeds {} --months {} --borrowers {}</code> on the same files writes the same bytes. \
         The figures are in summary.json beside this page ({}); mandate {}.</p></footer>",
        escape(&t.applicants),
        escape(&t.prices),
        money(t.deposits, t.decimals),
        escape(&t.asset),
        escape(&t.collateral),
        t.seed,
        t.seeds,
        t.months,
        t.borrowers,
        escape(&s.schema),
        escape(&s.version)
    )
}
