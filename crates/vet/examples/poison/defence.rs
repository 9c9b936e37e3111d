//! The models under attack, what they say, and the gate that they must pass.

use mandate_model::{Model, WAD};
use mandate_train::certified::{Certificate, Certificates, Certified};
use mandate_train::split::Parts;
use mandate_train::{Dataset, TrainConfig, certified_model, fit_parts, pack_row};
use mandate_vet::canary::{Figure, Gate, Rules, Seen, Verdict, judge, worst_mark};
use mandate_vet::fairness::Favourable;

use crate::Result;
use crate::checks::fewer;
use crate::data::{Set, Thirds};

/// Honest retrainings that the gate's limits are set by.
const HONEST: u64 = 10;

/// A way to train.
#[derive(Clone)]
pub(crate) struct Defence {
    config: TrainConfig,
}

pub(crate) fn defences(set: &Set) -> [Defence; 3] {
    let plain = TrainConfig { trees: set.trees, ..TrainConfig::default() };
    let certified = |bags: u32| Defence {
        config: TrainConfig {
            certified: Some(Certified::new(bags, set.threshold)),
            ..plain.clone()
        },
    };
    let [few, many] = set.bags.map(certified);
    [Defence { config: plain }, few, many]
}

impl Defence {
    /// The model of these rows.
    pub(crate) fn train(&self, data: &Dataset, train: &[usize], test: &[usize]) -> Result<Model> {
        if self.config.certified.is_some() {
            return Ok(certified_model(data, train, &self.config)?);
        }
        let parts = Parts { train: train.to_vec(), test: test.to_vec() };
        Ok(fit_parts(data, &parts, &self.config, &mut |_| {})?.model)
    }

    /// The certificates of rows, where there are any.
    pub(crate) fn certificates(
        &self,
        model: &Model,
        rows: &[Vec<u8>],
    ) -> Result<Option<Vec<Certificate>>> {
        let Some(settings) = &self.config.certified else { return Ok(None) };
        let all = Certificates::new(model, settings, self.config.loss)?;
        Ok(Some(rows.iter().map(|row| all.of(row)).collect::<std::result::Result<_, _>>()?))
    }
}

/// What a model says of packed rows.
pub(crate) fn says(model: &Model, rows: &[Vec<u8>]) -> Result<Vec<f64>> {
    let says = |row: &Vec<u8>| Ok(model.program().run(row)? as f64 / WAD as f64);
    rows.iter().map(says).collect()
}

/// Rows of data as a model reads them. Scales and ranges are stated, so every model of a set reads them alike.
pub(crate) fn packed(model: &Model, data: &Dataset, rows: &[usize]) -> Result<Vec<Vec<u8>>> {
    rows.iter().map(|&row| Ok(pack_row(model.schema(), data.row(row))?)).collect()
}

/// A canary gate: clean rows, what the incumbent says of them, and limits.
pub(crate) struct Canary {
    pub(crate) rules: Rules,
    rows: Vec<Vec<u8>>,
    outcomes: Vec<bool>,
    incumbent: Vec<f64>,
    model: Model,
    /// Test rows that change side from one honest training to the next, on average.
    pub(crate) unrest: usize,
}

impl Canary {
    /// Limits that every one of ten honest retrainings keeps: each learns from four fifths of the clean rows.
    pub(crate) fn of(
        defence: &Defence,
        set: &Set,
        data: &Dataset,
        thirds: &Thirds,
        incumbent: &Model,
    ) -> Result<Self> {
        let gates = [
            Figure::AucLoss,
            Figure::LogLossRise,
            Figure::BrierRise,
            Figure::Agreement,
            Figure::MarkRise,
        ];
        let rows = packed(incumbent, data, &thirds.canary)?;
        let mut canary = Self {
            rules: Rules {
                data: "canary.csv".into(),
                incumbent: Some("incumbent.model".into()),
                threshold: Some(set.threshold),
                favourable: Favourable::Below,
                gates: gates.map(|figure| Gate { figure, limit: 0.0 }).into(),
            },
            outcomes: data.outcomes(&thirds.canary),
            incumbent: says(incumbent, &rows)?,
            model: incumbent.clone(),
            unrest: 0,
            rows,
        };
        let mut worst: Vec<f64> =
            gates.iter().map(|f| if *f == Figure::Agreement { 1.0 } else { 0.0 }).collect();
        let test = packed(incumbent, data, &thirds.test)?;
        let sides = |model: &Model| -> Result<Vec<bool>> {
            Ok(says(model, &test)?.iter().map(|said| *said >= set.threshold).collect())
        };
        let (before, mut turned) = (sides(incumbent)?, 0);
        for seed in 0..HONEST {
            let train = fewer(&thirds.train, 1_000 + seed);
            let model = defence.train(data, &train, &thirds.test)?;
            turned += before.iter().zip(sides(&model)?).filter(|(a, b)| **a != *b).count();
            for (worst, verdict) in worst.iter_mut().zip(canary.verdicts(&model)?) {
                let keeps = verdict.gate.figure.keeps(verdict.value, *worst);
                *worst = if keeps { *worst } else { verdict.value };
            }
        }
        canary.unrest = turned / HONEST as usize;
        canary.rules.gates.iter_mut().zip(worst).for_each(|(gate, limit)| gate.limit = limit);
        Ok(canary)
    }

    fn verdicts(&self, model: &Model) -> Result<Vec<Verdict>> {
        let said = says(model, &self.rows)?;
        let seen = |model| Seen { model, rows: &self.rows };
        let threshold = self.rules.threshold.unwrap_or(0.5);
        let mark = worst_mark(seen(model), seen(&self.model), threshold, self.rules.favourable)?;
        let before = Some(&self.incumbent[..]);
        Ok(judge(&self.rules, &self.outcomes, &said, before, Some(&mark))?.verdicts)
    }

    /// Whether clean rows refuse a candidate, and whether the search for marks does.
    pub(crate) fn catches(&self, model: &Model) -> Result<(bool, bool)> {
        let failed: Vec<Verdict> =
            self.verdicts(model)?.into_iter().filter(|verdict| !verdict.passed).collect();
        let marks = failed.iter().filter(|v| v.gate.figure == Figure::MarkRise).count();
        Ok((failed.len() > marks, marks > 0))
    }
}
