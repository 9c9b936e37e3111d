//! `mandate model certify-training`.

use std::path::PathBuf;

use mandate_model::WAD;
use mandate_train::certified::{Certificate, Certificates, Certified, Share, shares};
use mandate_train::{Description, Scores};
use mandate_vet::Source;
use serde::Serialize;

use super::{read_model, told};
use crate::ui::{Table, Ui};

/// Rows whose certificates are kept.
const MOST_ROWS: usize = 1_000_000;

/// Arguments of `mandate model certify-training`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model file
    file: PathBuf,
    /// The description that it was trained by, with its certified section
    #[arg(long, value_name = "TOML")]
    description: PathBuf,
    /// The CSV or Parquet file with the rows to certify
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// How many rows, from the first
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
}

#[derive(Serialize)]
struct Answer {
    model: String,
    settings: Certified,
    /// Edits that half of the rows withstand.
    median_edits: u32,
    shares: Vec<Share>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    line: u64,
    output: f64,
    #[serde(flatten)]
    certificate: Certificate,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let model = read_model(&args.file)?;
    let description = Description::read(&args.description).map_err(told)?;
    let Some(settings) = description.config.certified else {
        let shown = args.description.display();
        anyhow::bail!("{shown} has no [certified] section; docs/training.md shows one");
    };
    let certificates =
        Certificates::new(&model, &settings, description.config.loss).map_err(told)?;
    let source = Source::stream(&args.data).map_err(told)?;
    let mut scores = Scores::open(source, &args.data, &model).map_err(told)?;
    let most = args.rows.map_or(MOST_ROWS, |rows| rows as usize);
    let mut rows = Vec::new();
    while rows.len() < most {
        let Some(score) = scores.next().map_err(told)? else { break };
        let (line, output) = (score.line, score.output as f64 / WAD as f64);
        rows.push(Row { line, output, certificate: certificates.of(&score.packed)? });
    }
    if rows.is_empty() {
        anyhow::bail!("{}: no rows; give at least one below the header", args.data.display());
    }
    let model = model.program().id().to_string();
    let answer = answer(model, settings, rows);
    ui.answer(&answer.text(), &answer)
}

fn answer(model: String, settings: Certified, rows: Vec<Row>) -> Answer {
    let all: Vec<Certificate> = rows.iter().map(|row| row.certificate).collect();
    let mut edits: Vec<u32> = all.iter().map(|certificate| certificate.edits).collect();
    edits.sort_unstable_by(|a, b| b.cmp(a));
    let median_edits = edits[(edits.len() - 1) / 2];
    Answer { model, settings, median_edits, shares: shares(&all, settings.bags), rows }
}

impl Answer {
    fn text(&self) -> String {
        let Certified { bags, threshold, bound, vote, .. } = &self.settings;
        let vote = vote.word();
        let mut table = Table::default();
        table.row(["edits", "rows", "certified"]);
        for Share { edits, rows, share } in &self.shares {
            table.row([edits.to_string(), rows.to_string(), format!("{:.1} %", 100.0 * share)]);
        }
        let median = self.median_edits;
        format!(
            "model {}, {} rows\n{vote} of {bags} bags, each within {bound} of the margin of {threshold}\n\n{}\nhalf of the rows withstand {median} edits of the training data: a row added, taken out, or given another outcome,\n\
             exposure or weight is one, a row with other features two. This holds for a model that the description trained.\n",
            self.model,
            self.rows.len(),
            table.render(),
        )
    }
}
