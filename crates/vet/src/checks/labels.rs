//! Outcomes that models of the other rows do not believe: confident learning (Northcutt, Jiang and Chuang 2021).
//!
//! Every row is asked of a model that has not seen it. A class's threshold is its mean chance among the rows labelled with it. A row whose
//! chance of a class reaches that class's threshold counts as one of that class with confidence (of the likelier one if both do). The counts,
//! by label and confident class, scaled to the rows of each label, are the confident joint; what lies off its diagonal is the share of wrong labels.

use mandate_train::{Step, TrainConfig, TrainError, blind_outputs};
use serde::Serialize;

use super::figure::{Figure, Measured};
use super::subject::Subject;

/// Most rows that a report names.
const NAMED: usize = 1_000;

/// What the models of the other rows say of the labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Labels {
    /// Rows that were asked; of a split by time not those of the first stretch.
    pub rows: usize,
    /// Folds, and so models.
    pub folds: u32,
    /// Mean chance of each class, negative first, among the rows labelled with it.
    pub thresholds: [f64; 2],
    /// Estimated share of rows by label and true class, negative first.
    pub joint: [[f64; 2]; 2],
    /// How many rows are doubted.
    pub doubted: usize,
    /// The rows doubted, most doubtful first, at most a thousand of them.
    pub suspects: Vec<Suspect>,
}

/// A row whose label is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Suspect {
    /// Its place below the header, from one.
    pub row: u32,
    /// Whether its label is the positive one.
    pub positive: bool,
    /// The chance of the positive class, by a model that has not seen it.
    pub chance: f64,
}

impl Suspect {
    /// By how much the other class is likelier than the label.
    pub fn doubt(&self) -> f64 {
        if self.positive { 1.0 - 2.0 * self.chance } else { 2.0 * self.chance - 1.0 }
    }
}

impl Labels {
    /// Judges labels by chances of the positive class, each by a model that has not seen the row.
    pub fn of(rows: &[Suspect], folds: u32) -> Self {
        let thresholds = [false, true].map(|class| threshold(rows, class));
        let mut counts = [[0u64; 2]; 2];
        let mut suspects = Vec::new();
        for row in rows {
            let Some(class) = confident(row.chance, thresholds) else { continue };
            counts[usize::from(row.positive)][usize::from(class)] += 1;
            if class != row.positive {
                suspects.push(*row);
            }
        }
        suspects.sort_by(|a, b| b.doubt().total_cmp(&a.doubt()).then(a.row.cmp(&b.row)));
        let doubted = suspects.len();
        suspects.truncate(NAMED);
        Self { rows: rows.len(), folds, thresholds, joint: joint(rows, counts), doubted, suspects }
    }

    /// Estimated share of wrong labels.
    pub fn share(&self) -> f64 {
        self.joint[0][1] + self.joint[1][0]
    }
}

/// Mean chance of `class` among the rows labelled so; above every chance where there are none.
fn threshold(rows: &[Suspect], class: bool) -> f64 {
    let of = |row: &&Suspect| row.positive == class;
    let chance = |row: &Suspect| if class { row.chance } else { 1.0 - row.chance };
    let (count, sum) =
        (rows.iter().filter(of).count(), rows.iter().filter(of).map(chance).sum::<f64>());
    if count == 0 { f64::INFINITY } else { sum / count as f64 }
}

/// The class that a chance is confident of, if any.
fn confident(chance: f64, thresholds: [f64; 2]) -> Option<bool> {
    match (1.0 - chance >= thresholds[0], chance >= thresholds[1]) {
        (true, true) => Some(chance > 0.5),
        (false, true) => Some(true),
        (true, false) => Some(false),
        (false, false) => None,
    }
}

/// The counts of each label, scaled to its rows, as shares of all rows.
fn joint(rows: &[Suspect], counts: [[u64; 2]; 2]) -> [[f64; 2]; 2] {
    let all = rows.len().max(1) as f64;
    [false, true].map(|label| {
        let labelled = rows.iter().filter(|row| row.positive == label).count() as f64 / all;
        let [a, b] = counts[usize::from(label)].map(|count| count as f64);
        if a + b == 0.0 {
            // Nobody is confident of any of them: nothing is doubted.
            return if label { [0.0, labelled] } else { [labelled, 0.0] };
        }
        [a, b].map(|count| labelled * count / (a + b))
    })
}

/// Trains on folds of all rows and judges the labels; of counts and amounts there is nothing to judge.
pub(super) fn labels(
    subject: &Subject<'_>,
    folds: u32,
    progress: &mut dyn FnMut(Step),
) -> Result<Labels, TrainError> {
    let config: &TrainConfig = &subject.description.config;
    let rows: Vec<usize> = (0..subject.data.rows()).collect();
    let said = blind_outputs(subject.data, &rows, config, folds, progress)?;
    let row = |(row, chance): (usize, f64)| Suspect {
        row: subject.number(row),
        positive: subject.data.positive(row),
        chance,
    };
    Ok(Labels::of(&said.into_iter().map(row).collect::<Vec<_>>(), folds))
}

/// The figure of the labels.
pub(super) fn figure(subject: &Subject<'_>, labels: &Labels) -> Measured {
    let (doubted, rows) = (labels.doubted, labels.rows);
    let says = format!(
        "about {:.1} % of labels look wrong; {doubted} of {rows} rows are doubted",
        100.0 * labels.share()
    );
    let target = &subject.description.target.column;
    let first = labels.suspects.iter().take(20).map(|suspect| suspect.row).collect();
    Measured { rows: first, ..Measured::new(Figure::LabelErrors, target, labels.share(), says) }
}
