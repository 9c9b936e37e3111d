//! `mandate model card`.

use std::path::{Path, PathBuf};

use mandate_card::{Card, CardError, Difference, Gas, Request, check, page};
use mandate_disk::read_at_most;
use mandate_model::Model;
use serde::Serialize;

use super::gas::measure;
use crate::ui::{Table, Ui};

/// Largest card read.
const LARGEST_CARD: u64 = 16 << 20;

/// Arguments of `mandate model card`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// The request: a TOML file with words, and the files that the numbers come from
    #[arg(required_unless_present = "check", conflicts_with = "check")]
    request: Option<PathBuf>,
    /// Compute a card again, JSON or the page beside it, and refuse it if a number differs
    #[arg(long, value_name = "CARD")]
    check: Option<PathBuf>,
    /// Where the paths on a card start from [default: the card's folder]
    #[arg(long, value_name = "FOLDER", requires = "check")]
    folder: Option<PathBuf>,
    /// Where the card goes [default: the request's folder]
    #[arg(long, value_name = "FOLDER", conflicts_with = "check")]
    out: Option<PathBuf>,
}

const EXAMPLE: &str = r#"A request, for example:

  title = "Default within a month"
  purpose = "Terms of small loans, by the chance of default"
  not_for = ["hiring", "persons under 18"]
  owner = "risk committee"
  model = "credit.model"
  threshold = 0.25                 # the output at which a decision turns

  [data]                           # rows that training has not seen say more
  file = "later.csv"
  target = "default"
  positive = "1"                   # left out: the target is a number

  [origin]                         # one of them, or neither
  imported = "lightgbm.txt"        # imported again: the same program must come out, whatever its words
  # data = "train.csv"             # what it was imported with, where it is not the card's data
  # depth = 4                      # and trees and limits, as it was imported with them
  # trained = "train.toml"         # trained again: the same bytes must come out
  # data = "train.csv"
  # seed = 1

  [fairness]                       # see `mandate model fairness --help`
  protected = ["sex", "age:26,60"]

  [robustness]                     # see `mandate model certify --help`
  prices = "prices.toml"
  budgets = [10, 50, 250]
  rows = 1000
"#;

#[derive(Serialize)]
struct Written<'a> {
    model: &'a str,
    card: &'a Path,
    page: &'a Path,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    match (&args.request, &args.check) {
        (_, Some(card)) => again(card, args.folder.as_deref(), ui),
        (Some(request), None) => write(request, args.out.as_deref(), ui),
        (None, None) => anyhow::bail!("nothing to do; name a request, or a card with --check"),
    }
}

fn write(path: &Path, out: Option<&Path>, ui: &Ui) -> anyhow::Result<()> {
    let request = Request::read(path).map_err(told)?;
    let folder = folder_of(path);
    let card = Card::compute(&request, &folder, gas).map_err(told)?;
    let out = out.map_or_else(|| folder.clone(), Path::to_path_buf);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".card").unwrap_or(&name);
    let (json, html) =
        (out.join(format!("{name}.card.json")), out.join(format!("{name}.card.html")));
    std::fs::create_dir_all(&out)
        .map_err(|e| anyhow::anyhow!("{}: {e}; name another folder with --out", out.display()))?;
    let mut bytes = serde_json::to_vec_pretty(&card)?;
    bytes.push(b'\n');
    for (file, bytes) in [(&json, bytes), (&html, page(&card).into_bytes())] {
        mandate_disk::replace(file, &bytes).map_err(|e| {
            anyhow::anyhow!("{}: {e}; name another folder with --out", file.display())
        })?;
    }
    let written = Written { model: &card.identity.model, card: &json, page: &html };
    ui.answer(&text(&card, &written), &written)
}

fn text(card: &Card, written: &Written<'_>) -> String {
    let mut table = Table::default();
    for figure in &card.quality.figures {
        let i = figure.interval;
        table.row([
            figure.name.clone(),
            format!("{:.4}", i.value),
            format!("{:.4} to {:.4}", i.low, i.high),
        ]);
    }
    for held in &card.robustness {
        let money = card.money.as_deref().unwrap_or("money");
        let share = format!("{} of {}", held.certified, held.rows);
        table.row([format!("certified at {} {money}", held.budget), share]);
    }
    format!(
        "model {}\n{}card  {}\npage  {}",
        written.model,
        table.render(),
        written.card.display(),
        written.page.display()
    )
}

#[derive(Serialize)]
struct Checked<'a> {
    model: &'a str,
    numbers_recomputed: bool,
    /// Whether there is a page beside the card, which then shows just these numbers.
    page: bool,
}

fn again(named: &Path, folder: Option<&Path>, ui: &Ui) -> anyhow::Result<()> {
    let is_page = named.extension().is_some_and(|end| end == "html");
    let path = &if is_page { named.with_extension("json") } else { named.to_path_buf() };
    let file = path.display();
    let advice = "give a card that `mandate model card` wrote";
    let bytes = read_at_most(path, LARGEST_CARD)
        .map_err(|e| anyhow::anyhow!("cannot read {file}: {e}; {advice}"))?;
    let said: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|e| anyhow::anyhow!("{file}: {e}; {advice}"))?;
    let request = said.get("request").cloned().unwrap_or_default();
    let request: Request = serde_json::from_value(request)
        .map_err(|e| anyhow::anyhow!("{file}: request: {e}; {advice}"))?;
    let folder = folder.map_or_else(|| folder_of(path), Path::to_path_buf);
    let computed = Card::compute(&request, &folder, gas).map_err(|error| match error {
        CardError::Io { .. } => anyhow::anyhow!(
            "{error}; check the path: a card's paths start from its folder, or from the one named with --folder"
        ),
        other => told(other),
    })?;
    let differences = check(&said, &computed);
    if !differences.is_empty() {
        let lines: Vec<String> = differences.iter().map(line).collect();
        anyhow::bail!(
            "{file} does not say what its files say:\n{}\n  = help: do not rely on it; write it anew with `mandate model card`",
            lines.join("\n")
        );
    }
    let page = has_its_page(path, &computed)?;
    let model = &computed.identity.model;
    let and = if page { ", and its page shows them" } else { "" };
    let checked = Checked { model, numbers_recomputed: true, page };
    ui.answer(&format!("{file}: every number recomputed, none differs{and}"), &checked)
}

/// Whether the page stands beside a card; refuses one that is not the card's.
fn has_its_page(card: &Path, computed: &Card) -> anyhow::Result<bool> {
    let path = card.with_extension("html");
    if !path.exists() {
        return Ok(false);
    }
    let file = path.display();
    let bytes = read_at_most(&path, LARGEST_CARD)
        .map_err(|e| anyhow::anyhow!("cannot read {file}: {e}; name the card's JSON file alone"))?;
    if bytes != page(computed).into_bytes() {
        anyhow::bail!(
            "{file} does not show what its files say, though {} says it\n  = help: do not rely on it; write it anew with `mandate model card`",
            card.display()
        );
    }
    Ok(true)
}

fn line(difference: &Difference) -> String {
    let Difference { place, says, computed } = difference;
    let short = |text: &str| text.chars().take(80).collect::<String>();
    format!("  {place}: says {}, computed {}", short(says), short(computed))
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn gas(model: &Model) -> Result<Gas, String> {
    let gas = measure(model).map_err(|error| format!("{error:#}"))?;
    Ok(Gas { run: gas.run, load: gas.load })
}

fn told(error: CardError) -> anyhow::Error {
    let hint = error.hint();
    anyhow::anyhow!("{error}; {hint}")
}
