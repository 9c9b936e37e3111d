//! The demo's one-screen summary.

use std::path::Path;

use mandate_lab::report::{counted, interval_words, money, percent};
use mandate_lab::summary::{Flip, Outcome, Summary};

use crate::ui::Table;

/// What a person reads at the end.
pub(super) fn text(s: &Summary, report: &Path) -> String {
    let mut out = format!(
        "{} people applied over {} months, in {}; applicants: {}; prices: {}\n\n",
        s.setting.borrowers,
        s.setting.months,
        counted(s.setting.seeds, "world"),
        s.setting.applicants,
        s.setting.prices
    );
    out += &model(s);
    out += &arms(s);
    out += &acts(s);
    out += &format!("\nreport  {}\n", report.display());
    out
}

fn model(s: &Summary) -> String {
    let mut table = Table::default();
    table.row(["default model", "AUC", "log loss", "Brier"]);
    for m in &s.model.metrics {
        let [auc, loss, brier] = [m.auc, m.log_loss, m.brier].map(|v| format!("{v:.4}"));
        table.row([m.name.clone(), auc, loss, brier]);
    }
    table.render() + "\n"
}

fn arms(s: &Summary) -> String {
    let mut table = Table::default();
    table.row(["arm", "drew", "defaults", "lent", "bad debt", "bad debt / lent", "return / lent"]);
    for a in &s.arms {
        let sum = |f: fn(&Outcome) -> u64| a.seeds.iter().map(f).sum::<u64>();
        table.row([
            a.name.clone(),
            sum(|o| o.drawn.into()).to_string(),
            sum(|o| o.defaulted.into()).to_string(),
            money(sum(|o| o.lent), s.setting.decimals),
            money(sum(|o| o.bad_debt), s.setting.decimals),
            interval_words(&a.bad_debt_ppm),
            interval_words(&a.return_ppm),
        ]);
    }
    table.render() + "\n"
}

fn flip(f: &Flip) -> String {
    // Place and name of the first finding; the words after them are in the report.
    let named: Vec<&str> = f.named.splitn(3, ": ").take(2).collect();
    if f.findings == 0 {
        format!("{}: not found", f.what)
    } else {
        format!("{}: {}", f.what, named.join(" "))
    }
}

fn acts(s: &Summary) -> String {
    let sums = |v| format!("{} {}", money(v, s.setting.decimals), s.setting.asset);
    let mut out = String::new();
    let mut row = |what: &str, told: &str| out += &format!("  {what:20}{told}\n");
    if let Some(i) = &s.incident {
        row(
            "10 March 2026",
            &format!("range-only rule: {} of {} liquidated", i.liquidatable, i.accounts),
        );
        row("", &format!("kernel: refused by {} ({})", i.refused_by, i.error));
    }
    if let Some(k) = &s.stolen_key {
        for c in &k.components {
            let told =
                format!("{}: {}; mandate check prints {}", c.about, sums(c.caused), sums(c.worst));
            row("stolen key, a day", &told);
        }
    }
    if let Some(l) = &s.lying_attestor {
        let off = percent(l.worst_error_ppm as f64, 2);
        row(
            "lying attestor",
            &format!("moved the price by {off} beyond the honest ones, {} rounds", l.rounds),
        );
    }
    if let Some(r) = &s.resume {
        row(
            "SIGKILL, resume",
            &format!(
                "{} kills, {} decisions due, {} lost, {} doubled, {}",
                r.kills,
                r.due,
                r.lost,
                r.doubled,
                if r.head == r.head_undisturbed { "same chain head" } else { "another chain head" }
            ),
        );
    }
    if let Some(a) = &s.audit {
        row("audit", &format!("{} decisions recomputed, {} mismatches", a.decisions, a.mismatches));
        let found: Vec<String> = a.flips.iter().map(flip).collect();
        row("one bit flipped", &found.join(", "));
    }
    let kinds: std::collections::BTreeSet<&str> =
        s.refusals.iter().map(|r| r.error.as_str()).collect();
    row(
        "refused",
        &format!("{} kinds: {}", kinds.len(), kinds.into_iter().collect::<Vec<_>>().join(", ")),
    );
    out
}
