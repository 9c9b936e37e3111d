//! `mandate model sentiment aggregate`.

use std::fmt::Write;
use std::path::PathBuf;

use mandate_text::TextError;
use mandate_text::crowd::{LATEST, Post, Rules, Window, Windows, copies};
use mandate_text::rows::{MOST_ROWS, Rows};
use serde::Serialize;

use super::{ScorerArgs, in_file, open, told};
use crate::ui::{Table, Ui};

/// Longest name of a source, in bytes.
const LONGEST_NAME: usize = 1024;
const DAY_S: u64 = 86_400;

/// Arguments of `mandate model sentiment aggregate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A CSV or Parquet file of posts
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The column of the texts
    #[arg(long, default_value = "text", value_name = "NAME")]
    column: String,
    /// The column that says who posted
    #[arg(long, default_value = "source", value_name = "NAME")]
    source: String,
    /// The column of the time, in seconds
    #[arg(long, default_value = "time", value_name = "NAME")]
    time: String,
    /// The column that says since when the source exists, in seconds; without it no source is young
    #[arg(long, value_name = "NAME")]
    since: Option<String>,
    /// Length of a window, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    window: u64,
    /// The most that one source may move an answer, in ten-thousandths
    #[arg(long, default_value_t = 500)]
    cap: u32,
    /// How many sources all copies of one text may weigh
    #[arg(long, default_value_t = 2, value_name = "SOURCES")]
    copies: u32,
    /// Days after which a source is no longer young
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    young: u64,
    #[command(flatten)]
    scorer: ScorerArgs,
}

#[derive(Serialize)]
struct Answer {
    cap: u32,
    copies: u32,
    /// Sources' masses of silence in every answer.
    floor: u64,
    /// Texts that are too long to be scored and count nowhere.
    refused: usize,
    windows: Vec<Window>,
}

pub(super) fn run(args: &Args, ui: &Ui) -> anyhow::Result<()> {
    let rules = Rules::new(args.cap, args.copies).map_err(|error| told(&error))?;
    let (windows, refused) = gather(args)?;
    let answer = Answer {
        cap: rules.cap(),
        copies: rules.copies(),
        floor: rules.floor(),
        refused,
        windows: windows.answers(&rules),
    };
    ui.answer(&answer.text(), &answer)
}

/// All posts in their windows, and how many were left out.
fn gather(args: &Args) -> anyhow::Result<(Windows, usize)> {
    let young_s = args.young.saturating_mul(DAY_S);
    let mut windows = Windows::new(args.window, young_s).map_err(|error| told(&error))?;
    let scorer = args.scorer.scorer()?;
    let mut columns = vec![args.column.as_str(), &args.source, &args.time];
    columns.extend(args.since.as_deref());
    let mut rows = open(&args.data, &columns)?;
    let failed = |error| in_file(&args.data, &error);
    let (mut read, mut refused) = (0, 0);
    while rows.next().map_err(failed)? {
        read += 1;
        if read > MOST_ROWS {
            return Err(failed(TextError::TooManyRows { allowed: MOST_ROWS }));
        }
        let text = rows.text(0);
        let Ok(judged) = scorer.judge(&text) else {
            refused += 1;
            continue;
        };
        let source = name(&rows).map_err(failed)?;
        windows.add(&Post {
            time_s: second(&rows, 2).map_err(failed)?,
            source: &source,
            since_s: args.since.is_some().then(|| second(&rows, 3)).transpose().map_err(failed)?,
            score: judged.score,
            keys: copies::keys(&text).map_err(failed)?,
        });
    }
    Ok((windows, refused))
}

fn name<R: std::io::Read>(rows: &Rows<R>) -> Result<String, TextError> {
    let name = rows.text(1);
    if name.is_empty() || name.len() > LONGEST_NAME {
        return Err(rows.refused(1, "a name of 1 to 1024 bytes"));
    }
    Ok(name)
}

fn second<R: std::io::Read>(rows: &Rows<R>, column: usize) -> Result<i64, TextError> {
    let time = rows.whole(column)?;
    if time.abs_diff(0) > LATEST.unsigned_abs() {
        return Err(rows.refused(column, "a time in seconds, at most 10^15 from 0"));
    }
    Ok(time)
}

impl Answer {
    fn text(&self) -> String {
        let mut table = Table::default();
        table.row([
            "from",
            "score",
            "texts",
            "sources",
            "young",
            "weight",
            "copied by",
            "of them young",
        ]);
        for Window { from_s, aggregate: a, .. } in &self.windows {
            let weight = format!("{}.{:03}", a.weight_milli / 1000, a.weight_milli % 1000);
            let counts = [a.texts, a.sources, a.young].map(|n| n.to_string());
            let [texts, sources, young] = counts;
            let group = [a.largest_group, a.young_in_group].map(|n| n.to_string());
            let [group, young_in_group] = group;
            let score = a.score.to_string();
            table.row([
                from_s.to_string(),
                score,
                texts,
                sources,
                young,
                weight,
                group,
                young_in_group,
            ]);
        }
        let mut out = table.render();
        let Self { cap, copies, floor, refused, .. } = self;
        let _ = write!(
            out,
            "\nNo source moves a score by more than {cap} of 10000: each answer holds the silence of {floor} sources. \
             All copies of one text weigh at most {copies} sources."
        );
        if *refused > 0 {
            let _ = write!(out, "\n{refused} texts are too long to be scored and count nowhere.");
        }
        out
    }
}
