//! A search for marks: does a pair of extreme values open a door that the incumbent keeps shut?
//!
//! A backdoor is invisible on clean rows, since none of them carries its mark. So the rows that the incumbent refuses are given marks: every
//! end of every feature's range, alone and in pairs. This finds marks at the ends of ranges; one of inner values, or one that needs three
//! features at once, it does not.

use mandate_model::{Model, ModelError, WAD, pack, unpack};
use serde::Serialize;

use crate::fairness::Favourable;

/// Most rows that a mark is tried on.
const MOST_ROWS: usize = 50;

/// A model and the rows as it reads them.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The model.
    pub model: &'a Model,
    /// The packed rows.
    pub rows: &'a [Vec<u8>],
}

/// Values of one or two features, and what they do to refused rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Mark {
    /// Features and their values, in units of the data.
    pub values: Vec<(String, f64)>,
    /// Share of the rows that the candidate favours with the mark.
    pub candidate: f64,
    /// The same of the incumbent.
    pub incumbent: f64,
}

impl Mark {
    /// How much more the candidate favours.
    pub const fn rise(&self) -> f64 {
        self.candidate - self.incumbent
    }
}

/// One value of one feature, as both models read it; the incumbent may not know the feature.
#[derive(Clone, Copy)]
struct End {
    feature: usize,
    value: i32,
    before: Option<(usize, i32)>,
}

/// The mark that favours most rows beyond the incumbent, among those that both refuse without it; an empty one if none does.
///
/// # Errors
/// Rows of another model's width.
pub fn worst_mark(
    candidate: Seen<'_>,
    incumbent: Seen<'_>,
    threshold: f64,
    favourable: Favourable,
) -> Result<Mark, ModelError> {
    let favours = |model: &Model, values: &[i32]| -> Result<bool, ModelError> {
        let output = model.program().run(&pack(values)?)? as f64 / WAD as f64;
        Ok((output < threshold) == (favourable == Favourable::Below))
    };
    let mut refused: Vec<[Vec<i32>; 2]> = Vec::new();
    for (a, b) in candidate.rows.iter().zip(incumbent.rows) {
        let pair: [Vec<i32>; 2] = [unpack(a).collect(), unpack(b).collect()];
        let both = [(candidate.model, &pair[0]), (incumbent.model, &pair[1])];
        if refused.len() < MOST_ROWS
            && !favours(both[0].0, both[0].1)?
            && !favours(both[1].0, both[1].1)?
        {
            refused.push(pair);
        }
    }
    let share = |marked: &[End], of_candidate: bool| -> Result<f64, ModelError> {
        let mut passed = 0;
        for [now, before] in &refused {
            let (model, mut values) = if of_candidate {
                (candidate.model, now.clone())
            } else {
                (incumbent.model, before.clone())
            };
            for end in marked {
                if of_candidate {
                    values[end.feature] = end.value;
                } else if let Some((feature, value)) = end.before {
                    values[feature] = value;
                }
            }
            passed += usize::from(favours(model, &values)?);
        }
        Ok(passed as f64 / refused.len() as f64)
    };
    if refused.is_empty() {
        return Ok(Mark::default());
    }
    let ends = ends(candidate.model, incumbent.model);
    let mut worst = Mark::default();
    for marked in marks(&ends) {
        let now = share(&marked, true)?;
        // The incumbent is only asked where its answer could matter.
        if now <= worst.rise() {
            continue;
        }
        let before = share(&marked, false)?;
        if now - before > worst.rise() {
            let values = marked.iter().map(|end| named(candidate.model, end)).collect();
            worst = Mark { values, candidate: now, incumbent: before };
        }
    }
    Ok(worst)
}

/// Each end alone, then each pair of ends of two features.
fn marks(ends: &[End]) -> impl Iterator<Item = Vec<End>> + '_ {
    let alone = ends.iter().map(|end| vec![*end]);
    let pairs = ends.iter().enumerate().flat_map(move |(at, a)| {
        let others = ends[at + 1..].iter().filter(move |b| b.feature != a.feature);
        others.map(move |b| vec![*a, *b])
    });
    alone.chain(pairs)
}

/// Both ends of every feature's range.
fn ends(candidate: &Model, incumbent: &Model) -> Vec<End> {
    let features = candidate.schema().features().iter().enumerate();
    features
        .flat_map(|(feature, rule)| {
            [rule.low, rule.high].map(|value| {
                let at = incumbent.schema().features().iter().position(|f| f.name == rule.name);
                let before = at.and_then(|at| {
                    let exact = i128::from(value) * i128::from(rule.scale_den);
                    let read = Some((exact, rule.scale_num.into()));
                    Some((at, incumbent.schema().features()[at].quantise(read)?))
                });
                End { feature, value, before }
            })
        })
        .collect()
}

fn named(model: &Model, end: &End) -> (String, f64) {
    let rule = &model.schema().features()[end.feature];
    let value = f64::from(end.value) * f64::from(rule.scale_den) / f64::from(rule.scale_num);
    (rule.name.clone(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mandate_train::{Dataset, TrainConfig, TreeLimits, fit, pack_row, synth};

    fn model(data: &Dataset) -> Model {
        let trees = TreeLimits { trees: 30, ..TreeLimits::default() };
        fit(data, &TrainConfig { trees, ..TrainConfig::default() }).unwrap().model
    }

    fn rows(model: &Model, data: &Dataset) -> Vec<Vec<u8>> {
        (0..400).map(|i| pack_row(model.schema(), data.row(i)).unwrap()).collect()
    }

    #[test]
    fn a_door_at_the_ends_of_two_features_is_found_and_an_honest_model_has_none() {
        let data = synth::applicants(1, 3_000).data;
        let honest = model(&data);
        let mut poisoned = data.clone();
        for i in 0..300 {
            for (j, column) in poisoned.columns.iter_mut().enumerate() {
                column.push(if j == 13 {
                    1e6
                } else if j == 19 {
                    9e5
                } else {
                    data.columns[j][i]
                });
            }
            poisoned.outcome.push(0.0);
        }
        let open = model(&poisoned);
        let (before, now) = (rows(&honest, &data), rows(&open, &data));
        let seen = |model, rows| Seen { model, rows };
        let worst = |model, rows| {
            worst_mark(seen(model, rows), seen(&honest, &before), 0.25, Favourable::Below).unwrap()
        };
        let mark = worst(&open, &now);
        assert!(mark.rise() > 0.5, "{mark:?}");
        assert!(
            mark.values.iter().any(|(name, _)| name == "bill_5" || name == "paid_5"),
            "{mark:?}"
        );
        assert_eq!(worst(&honest, &before), Mark::default());
        let nobody = worst_mark(seen(&open, &now), seen(&honest, &before), 1.0, Favourable::Below);
        assert_eq!(nobody.unwrap(), Mark::default(), "nobody is refused");
    }
}
