//! The answer, as text and as JSON.

use std::fmt::Write;
use std::path::PathBuf;

use mandate_explain::{Importance, changes_text, number, output_text, signed, value_text};
use mandate_model::unpack;
use serde::Serialize;

use super::{One, Work};
use crate::ui::Table;

/// What is said. `base` and `contributions` sum to `margin`, in the model's margin units; integers that may exceed what a
/// JSON number carries are texts.
#[derive(Serialize)]
pub(super) struct Answer {
    model: String,
    output: String,
    /// What contributions are measured against.
    against: Against,
    rows: usize,
    row: Option<Row>,
    /// Over all rows, the feature that counts most first; empty for one row without plots.
    importance: Vec<Mean>,
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Against {
    kind: &'static str,
    rows: Option<usize>,
    hash: Option<String>,
}

#[derive(Serialize)]
struct Mean {
    feature: String,
    mean_size: f64,
    mean: f64,
}

#[derive(Serialize)]
struct Row {
    row: usize,
    line: u64,
    reference: String,
    output_wad: String,
    output: String,
    adverse: Option<bool>,
    margin: String,
    base: String,
    contributions: Vec<Contribution>,
    reasons: Vec<Reason>,
    counterfactuals: Option<Changes>,
    notice: Option<String>,
    #[serde(skip)]
    unit: f64,
}

#[derive(Serialize)]
struct Contribution {
    feature: String,
    value: String,
    contribution: String,
}

#[derive(Serialize)]
struct Reason {
    feature: String,
    direction: &'static str,
    text: String,
    contribution: String,
}

#[derive(Serialize)]
struct Changes {
    complete: bool,
    tries: usize,
    found: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    text: String,
    output: String,
    output_wad: String,
    changes: Vec<Changed>,
}

#[derive(Serialize)]
struct Changed {
    feature: String,
    from: String,
    to: String,
    steps: u32,
}

impl Answer {
    pub(super) fn new(
        work: &Work<'_>,
        one: Option<&One>,
        ranking: &[Importance],
        files: Vec<PathBuf>,
    ) -> anyhow::Result<Self> {
        let mean = |one: &Importance| Mean {
            feature: work.name(one.feature),
            mean_size: one.mean_size,
            mean: one.mean,
        };
        Ok(Self {
            model: work.model.program().id().to_string(),
            output: work.model.schema().output.clone(),
            against: work.against(),
            rows: work.rows.lines.len(),
            row: one.map(|one| work.row(one)),
            importance: ranking.iter().map(mean).collect(),
            files,
        })
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        match &self.row {
            Some(row) => out += &row.text(&self.output),
            None => out += &self.ranking(),
        }
        let Against { kind, rows, hash } = &self.against;
        write!(out, "\nmeasured against {kind}").expect("a string takes all");
        if let (Some(rows), Some(hash)) = (rows, hash) {
            write!(out, ", {rows} rows, {hash}").expect("a string takes all");
        }
        for file in &self.files {
            write!(out, "\nwritten {}", file.display()).expect("a string takes all");
        }
        out
    }

    fn ranking(&self) -> String {
        let mut table = Table::default();
        table.row(["feature", "mean size", "mean"]);
        for Mean { feature, mean_size, mean } in &self.importance {
            table.row([feature.clone(), format!("{mean_size:.4}"), signed(*mean, 4)]);
        }
        format!("{}: what counts over {} rows\n{}", self.output, self.rows, table.render())
    }
}

impl Work<'_> {
    fn name(&self, feature: usize) -> String {
        self.model.schema().features()[feature].name.clone()
    }

    fn against(&self) -> Against {
        match &self.background {
            Some(background) => Against {
                kind: "a background",
                rows: Some(background.rows().len()),
                hash: Some(background.hash().to_string()),
            },
            None => Against { kind: "what the model file has", rows: None, hash: None },
        }
    }

    fn row(&self, one: &One) -> Row {
        let output_wad = self.rows.outputs[one.index];
        let head = self.model.program().head();
        Row {
            row: one.index + 1,
            line: self.rows.lines[one.index],
            reference: one.reference.clone(),
            output_wad: output_wad.to_string(),
            output: output_text(head.link, output_wad),
            adverse: self.decision.map(|decision| decision.is_adverse(output_wad)),
            margin: one.split.margin.to_string(),
            base: one.split.base.to_string(),
            contributions: self.contributions(one),
            reasons: self.reasons(one),
            counterfactuals: self.changes(one),
            notice: one.notice.as_ref().map(mandate_explain::Notice::text),
            unit: f64::from(head.shift).exp2(),
        }
    }

    fn contributions(&self, one: &One) -> Vec<Contribution> {
        let features = self.model.schema().features().iter();
        let values = unpack(self.rows.packed(one.index));
        let parts = features.zip(values).zip(&one.split.contributions);
        let part =
            |((rule, x), contribution): ((&mandate_model::Feature, i32), &i128)| Contribution {
                feature: rule.name.clone(),
                value: value_text(rule, x),
                contribution: contribution.to_string(),
            };
        parts.map(part).collect()
    }

    /// Of what speaks for the side the decision fell on; without a decision, of what raised the output.
    fn reasons(&self, one: &One) -> Vec<Reason> {
        let output = self.rows.outputs[one.index];
        let up = self.decision.is_none_or(|d| d.up_is_adverse() == d.is_adverse(output));
        let reasons = one.split.reasons(self.model.schema(), up, usize::from(self.args.reasons));
        let reason = |reason: &mandate_model::Reason<'_>| Reason {
            feature: self.name(reason.feature),
            direction: if up { "raised" } else { "lowered" },
            text: reason.text.to_owned(),
            contribution: reason.contribution.to_string(),
        };
        reasons.iter().map(reason).collect()
    }

    fn changes(&self, one: &One) -> Option<Changes> {
        let search = one.search.as_ref()?;
        let (schema, actions) = (self.model.schema(), &self.words.actions);
        let changed = |change: &mandate_explain::Change| {
            let rule = &schema.features()[actions[change.action].feature];
            let (from, to) = (value_text(rule, change.from), value_text(rule, change.to));
            Changed { feature: rule.name.clone(), from, to, steps: change.steps }
        };
        let found = |found: &mandate_explain::Counterfactual| Found {
            text: changes_text(schema, actions, &found.changes),
            output: output_text(self.model.program().head().link, found.output_wad),
            output_wad: found.output_wad.to_string(),
            changes: found.changes.iter().map(changed).collect(),
        };
        Some(Changes {
            complete: search.complete,
            tries: search.tries,
            found: search.found.iter().map(found).collect(),
        })
    }
}

impl Row {
    fn text(&self, output: &str) -> String {
        let mut out = format!("{output}: {} (row {}, line {})\n", self.output, self.row, self.line);
        out += &self.sum();
        if !self.reasons.is_empty() {
            let direction = self.reasons[0].direction;
            writeln!(out, "\nreasons, each {direction} it, the most important first")
                .expect("a string takes all");
        }
        for (n, reason) in (1..).zip(&self.reasons) {
            let words = if reason.text.is_empty() { &reason.feature } else { &reason.text };
            writeln!(out, "  {n}. {words}").expect("a string takes all");
        }
        if let Some(changes) = &self.counterfactuals {
            out += &changes.text(output);
        }
        if let Some(notice) = &self.notice {
            write!(out, "\n{notice}").expect("a string takes all");
        }
        out
    }

    /// The sum, the largest parts first.
    fn sum(&self) -> String {
        let scaled = |units: &str| units.parse::<f64>().unwrap_or(f64::NAN) / self.unit;
        let mut parts: Vec<&Contribution> =
            self.contributions.iter().filter(|part| part.contribution != "0").collect();
        parts.sort_by(|a, b| {
            scaled(&b.contribution).abs().total_cmp(&scaled(&a.contribution).abs())
        });
        let mut table = Table::default();
        table.row(["base", "", &number(round(scaled(&self.base)))]);
        for part in parts {
            table.row([&part.feature, &part.value, &signed(scaled(&part.contribution), 3)]);
        }
        table.row(["margin", "", &number(round(scaled(&self.margin)))]);
        table.render()
    }
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

impl Changes {
    fn text(&self, output: &str) -> String {
        let mut out = "\nwhat would turn the decision\n".to_owned();
        for found in &self.found {
            writeln!(out, "  {}, {output} would be {}", found.text, found.output)
                .expect("a string takes all");
        }
        if self.found.is_empty() {
            let words = if self.complete {
                "nothing that a person can change"
            } else {
                "nothing among what was tried"
            };
            writeln!(out, "  {words} ({} inputs)", self.tries).expect("a string takes all");
        }
        out
    }
}
