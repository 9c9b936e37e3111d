//! The rows to explain, and the rows to compare with.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use mandate_disk::read_at_most;
use mandate_model::{Background, MOST_BACKGROUND_ROWS, Model};
use mandate_train::Scores;
use mandate_vet::Source;

use crate::model::told;

/// Most rows explained in one go.
const MOST_ROWS: usize = 200_000;
/// Rows between two words about how far it is.
const BLOCK: usize = 1_024;
/// First bytes of a background file.
const STORED: &[u8] = b"mandateb";

/// Rows as the model reads them.
pub(super) struct Rows {
    /// Lines of the file on which they start.
    pub(super) lines: Vec<u64>,
    /// Their outputs, scaled by 1e18.
    pub(super) outputs: Vec<i128>,
    packed: Vec<u8>,
    row_bytes: usize,
}

impl Rows {
    /// The packed features of one row.
    pub(super) fn packed(&self, row: usize) -> &[u8] {
        &self.packed[row * self.row_bytes..(row + 1) * self.row_bytes]
    }

    /// The packed features of all rows.
    pub(super) fn all(&self) -> &[u8] {
        &self.packed
    }

    /// The packed features of some rows after others.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[u8]> {
        self.packed.chunks(BLOCK * self.row_bytes)
    }
}

/// Reads a CSV or Parquet file; `flag` is what named it.
pub(super) fn read(path: &Path, model: &Model, flag: &str) -> anyhow::Result<Rows> {
    let file = path.display();
    let source = Source::stream(path)
        .map_err(|error| anyhow::anyhow!("{error}; name a CSV or Parquet file with {flag}"))?;
    let mut scores = Scores::open(source, path, model).map_err(told)?;
    let row_bytes = 3 * model.schema().features().len();
    let mut rows = Rows { lines: Vec::new(), outputs: Vec::new(), packed: Vec::new(), row_bytes };
    while let Some(score) = scores.next().map_err(told)? {
        if rows.lines.len() == MOST_ROWS {
            anyhow::bail!("{file} has more than {MOST_ROWS} rows; bring a sample of them");
        }
        rows.lines.push(score.line);
        rows.outputs.push(score.output);
        rows.packed.extend(score.packed);
    }
    anyhow::ensure!(
        !rows.lines.is_empty(),
        "{file} has 0 rows; give at least one below the header"
    );
    Ok(rows)
}

/// A stored background, or one made of the rows of a CSV or Parquet file.
pub(super) fn background(path: &Path, model: &Model) -> anyhow::Result<Background> {
    let file = path.display();
    let hint =
        "name a CSV or Parquet file of the model's columns, or a file that --keep-background wrote";
    let bad = |e| anyhow::anyhow!("{file}: {e}; {hint}");
    let mut first = Vec::new();
    File::open(path)
        .and_then(|file| file.take(STORED.len() as u64).read_to_end(&mut first))
        .with_context(|| format!("cannot read {file}; {hint}"))?;
    if first == STORED {
        let most = (MOST_BACKGROUND_ROWS * 3 * 128 + 64) as u64;
        let bytes =
            read_at_most(path, most).with_context(|| format!("cannot read {file}; {hint}"))?;
        return Background::decode(&bytes, model.program()).map_err(bad);
    }
    let rows = read(path, model, "--background")?;
    Background::new(model.program(), rows.packed).map_err(bad)
}

/// How far it is, for work that takes long.
pub(super) fn progress(rows: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{elapsed:>4} {bar:32} {pos}/{len} rows explained");
    let bar = ProgressBar::new(rows as u64).with_style(style.expect("a constant template"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
