//! `mandate model manifest`.

use mandate_vet::manifest::Rows;
use serde::Serialize;

use super::told;
use super::training::{Training, Which};
use crate::ui::Ui;

/// Arguments of `mandate model manifest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// Prove that this row, counted from one below the header, is among the data
    #[arg(long, value_name = "NUMBER")]
    row: Option<usize>,
}

#[derive(Serialize)]
struct Shown {
    /// From one, below the header.
    row: usize,
    rows: usize,
    leaf: String,
    /// The neighbours on the way up, lowest first.
    path: Vec<String>,
    root: String,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let training = Training::read(&args.which)?;
    let Some(row) = args.row else {
        let manifest = training.manifest(&training.dataset()?)?;
        let text =
            format!("{}\n\nhash {}", serde_json::to_string_pretty(&manifest)?, manifest.hash());
        return ui.answer(&text, &manifest);
    };
    let rows = Rows::of(&training.source).map_err(told)?;
    let place = row.checked_sub(1).and_then(|place| Some((rows.leaves.get(place)?, place)));
    let Some((leaf, place)) = place else {
        anyhow::bail!(
            "--row is {row}, allowed: 1 to {}; count below the header",
            rows.leaves.len()
        );
    };
    let proof = rows.proof(place).expect("the row is there");
    let shown = Shown {
        row,
        rows: proof.rows,
        leaf: leaf.to_string(),
        path: proof.path.iter().map(ToString::to_string).collect(),
        root: rows.root().to_string(),
    };
    ui.answer(&shown.text(), &shown)
}

impl Shown {
    fn text(&self) -> String {
        let path: String = self.path.iter().map(|hash| format!("\npath {hash}")).collect();
        format!("row  {} of {}\nleaf {}{path}\nroot {}", self.row, self.rows, self.leaf, self.root)
    }
}
