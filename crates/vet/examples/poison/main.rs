//! What poisoned training rows can do on two credit sets, and what notices: the tables of `docs/poisoning.md`.
//!
//! Usage: `cargo run --release -p mandate-vet --example poison -- FOLDER`, where the folder holds `german_credit_uci_statlog.csv` and
//! `taiwan_credit_default.csv`. The program stops if an attack beats a certificate.

mod checks;
mod data;
mod defence;
mod run;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use mandate_train::certified::EDITS;

use checks::{Looked, SHOWN};
use data::{Set, read, sets};
use run::{Attack, Cell, Outcome, RATES, run};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Change of success, in percent of the rows under attack, that is called an effect.
const EFFECT: f64 = 5.0;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("name the folder of the credit sets")?;
    let mut out = std::io::stdout().lock();
    for set in sets() {
        let data = read(Path::new(&folder), &set)?;
        let mut all = Vec::new();
        for seed in 1..=set.splits {
            all.push(run(&set, &data, seed)?);
        }
        head(&mut out, &set, &all)?;
        let cells = joined(&all);
        attacks(&mut out, &set, &all, &cells)?;
        vetted(&mut out, &all)?;
        passes(&mut out, &set, &cells)?;
        few(&mut out, &set, &all)?;
    }
    Ok(())
}

fn names(set: &Set) -> [String; 3] {
    let [few, many] = set.bags.map(|bags| format!("{bags} bags"));
    ["plain".to_owned(), few, many]
}

fn head(out: &mut impl Write, set: &Set, all: &[Outcome]) -> Result<()> {
    let first = &all[0];
    writeln!(
        out,
        "### {}: {} rows to learn from, {} to measure on\n",
        set.name, first.train_rows, first.test_rows
    )?;
    let mean = |d: usize| all.iter().map(|o| o.clean[d]).sum::<f64>() / all.len() as f64;
    let clean = names(set)
        .iter()
        .enumerate()
        .map(|(d, name)| format!("{name} {:.4}", mean(d)))
        .collect::<Vec<_>>()
        .join(", ");
    writeln!(
        out,
        "Splits: {}. A decision turns at {}. AUC without poison: {clean}.\n",
        all.len(),
        set.threshold
    )?;
    let [ends, inner] = &first.triggers;
    writeln!(
        out,
        "On the first split the marks are {ends} (backdoor) and {inner} (inner backdoor)."
    )?;
    let [auc, log_loss, brier, agreement, marks] = first.limits[..] else {
        return Err("a gate has five limits".into());
    };
    writeln!(
        out,
        "Its gate lets the plain model lose {auc:.4} of AUC, {log_loss:.4} of log loss and {brier:.4} of Brier score, asks for the same decision on {:.1} % of the canary rows, and lets a mark pass {:.1} % more.\n",
        100.0 * agreement,
        100.0 * marks
    )?;
    Ok(())
}

/// The cells of all splits together.
fn joined(all: &[Outcome]) -> Vec<Vec<[Cell; 3]>> {
    let mut cells = vec![vec![[Cell::default(); 3]; RATES.len()]; Attack::ALL.len()];
    for outcome in all {
        for (sums, of) in cells.iter_mut().flatten().zip(outcome.cells.iter().flatten()) {
            sums.iter_mut().zip(of).for_each(|(sum, cell)| sum.add(cell));
        }
    }
    cells
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

fn attacks(
    out: &mut impl Write,
    set: &Set,
    all: &[Outcome],
    cells: &[Vec<[Cell; 3]>],
) -> Result<()> {
    writeln!(
        out,
        "| attack | rate | rows | defence | AUC | success | without | clean rows | marks | checks | certified | verdict |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(12))?;
    for (attack, of_attack) in Attack::ALL.iter().zip(cells) {
        for (rate, cells) in RATES.iter().zip(of_attack) {
            let count = all[0].train_rows * rate / 100;
            for (name, cell) in names(set).iter().zip(cells) {
                let certified = if name == "plain" {
                    "–".to_owned()
                } else {
                    format!("{:.1} %", percent(cell.certified, cell.rows))
                };
                writeln!(
                    out,
                    "| {} | {rate} % | {count} | {name} | {:.4} | {:.1} % | {:.1} % | {} of {} | {} | {} | {certified} | {} |",
                    attack.words(),
                    cell.auc / cell.tried as f64,
                    percent(cell.turned, cell.rows),
                    percent(cell.before, cell.rows),
                    cell.by_rows,
                    cell.tried,
                    cell.by_marks,
                    cell.by_checks,
                    verdict(cell)
                )?;
            }
        }
    }
    Ok(writeln!(out)?)
}

/// What the checks of `[vet]` say of the rows of each attack, whatever is trained on them.
fn vetted(out: &mut impl Write, all: &[Outcome]) -> Result<()> {
    let raised = &all[0].checks.raised;
    let raised: Vec<String> =
        raised.iter().map(|(figure, line)| format!("`{}` {line:.4}", figure.word())).collect();
    let raised = if raised.is_empty() { "none".to_owned() } else { raised.join(", ") };
    let joined = |of: fn(&Outcome) -> &Looked| {
        all.iter().map(of).fold(Looked::default(), |mut sum, looked| {
            sum.add(looked);
            sum
        })
    };
    let (clean, honest) = (joined(|o| &o.checks.clean), joined(|o| &o.checks.honest));
    writeln!(
        out,
        "Lines of the checks that clean rows and honest samples raised, on the first split: {raised}. Of {} other honest samples {} are refused, {} in one file.\n",
        honest.asked, honest.refused, honest.in_one_file
    )?;
    let names: Vec<String> = SHOWN.iter().map(|figure| format!("`{}`", figure.word())).collect();
    writeln!(out, "| attack | rate | refused | by | in one file | {} |", names.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(5 + SHOWN.len()))?;
    looked(out, "none", "–", &clean)?;
    for (a, attack) in Attack::ALL.iter().enumerate() {
        for (r, rate) in RATES.iter().enumerate() {
            let mut sum = Looked::default();
            all.iter().for_each(|outcome| sum.add(&outcome.looked[a][r]));
            looked(out, attack.words(), &format!("{rate} %"), &sum)?;
        }
    }
    Ok(writeln!(out)?)
}

fn looked(out: &mut impl Write, attack: &str, rate: &str, sum: &Looked) -> Result<()> {
    let by: Vec<String> =
        sum.by.iter().map(|(figure, count)| format!("`{}` {count}", figure.word())).collect();
    let by = if by.is_empty() { "–".to_owned() } else { by.join(", ") };
    let worst: Vec<String> =
        sum.worst.iter().map(|worst| format!("{:.3}", worst / sum.asked as f64)).collect();
    let Looked { asked, refused, in_one_file, .. } = sum;
    Ok(writeln!(
        out,
        "| {attack} | {rate} | {refused} of {asked} | {by} | {in_one_file} of {asked} | {} |",
        worst.join(" | ")
    )?)
}

fn effect(cell: &Cell) -> f64 {
    percent(cell.turned, cell.rows) - percent(cell.before, cell.rows)
}

fn verdict(cell: &Cell) -> &'static str {
    match cell {
        _ if cell.caught == cell.tried => "caught",
        _ if cell.certified == cell.rows => "certified",
        _ if cell.caught_apart == cell.tried => "caught if the test part is clean",
        _ if effect(cell) < EFFECT => "not caught, little effect",
        _ if cell.caught_apart > 0 => "**caught at times**",
        _ => "**not caught**",
    }
}

/// Everything that has an effect and that neither gate nor checks nor certificate stop on every split.
fn passes(out: &mut impl Write, set: &Set, cells: &[Vec<[Cell; 3]>]) -> Result<()> {
    let mut through = Vec::new();
    for (attack, of_attack) in Attack::ALL.iter().zip(cells) {
        for (d, name) in names(set).iter().enumerate() {
            let rates = RATES
                .iter()
                .zip(of_attack)
                .filter(|(_, cells)| verdict(&cells[d]).starts_with("**"));
            let rates: Vec<String> = rates.map(|(rate, _)| rate.to_string()).collect();
            if !rates.is_empty() {
                through.push(format!("{} at {} % ({name})", attack.words(), rates.join(", ")));
            }
        }
    }
    let through = if through.is_empty() { "nothing".to_owned() } else { through.join("; ") };
    Ok(writeln!(out, "Gets through with an effect, on some split at least: {through}.\n")?)
}

fn few(out: &mut impl Write, set: &Set, all: &[Outcome]) -> Result<()> {
    let [_, a, b] = names(set);
    writeln!(out, "| edits | {a}: certified | victims turned | {b}: certified | victims turned |")?;
    writeln!(out, "|{}", " --- |".repeat(5))?;
    let rows: usize = all.iter().map(|o| o.test_rows).sum();
    let victims: usize = all.iter().map(|o| o.victims).sum();
    for (at, edits) in EDITS.iter().enumerate() {
        write!(out, "| {edits} |")?;
        for d in 0..2 {
            let sum = |of: fn(&(usize, usize)) -> usize| {
                all.iter().map(|o| of(&o.few[d][at])).sum::<usize>()
            };
            write!(out, " {:.1} % | {} of {victims} |", percent(sum(|f| f.0), rows), sum(|f| f.1))?;
        }
        writeln!(out)?;
    }
    let held: usize = all.iter().map(|o| o.held).sum();
    Ok(writeln!(
        out,
        "\n{held} answers were covered by a certificate while an attack of at most so many edits was on; none changed its side.\n"
    )?)
}
