//! Attributions of many rows, and attributions against a background.
//!
//! What `docs/model-format.md` defines in its sections 10 and 14, bit for bit; only faster.

mod leaf;
mod pairs;
mod plan;
mod tables;

use alloc::{vec, vec::Vec};

use crate::explain::{features_read, settle};
use crate::network::{orders, steps};
use crate::shap::Sums;
use crate::{
    Background, Body, Explanation, Glm, Model, ModelError, Network, Trees, features::check_length,
    unpack,
};
use tables::Tables;

/// Features on a path: one a level.
const MOST_FACTORS: usize = 8;
/// Features that a group speaks of: six on its path and three inside it, or seven and one.
const MOST_LANES: usize = 9;
/// Rows that go through the trees together.
const BLOCK: usize = 64;

/// Splits margins of one model, with all prepared that rows share.
#[derive(Debug)]
pub struct Explainer<'a> {
    model: &'a Model,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// Row by row, as [`Model::explain`] does it.
    Plain,
    /// From tables: the base, and the features that slots name.
    Trees { tables: Tables, base: i128, read: Vec<usize> },
    /// Weighted sums: the base, and what each feature adds in all rows of the background together.
    Means { base: i128, sums: Vec<i128>, rows: i128 },
    /// Trees of any shape: the base, the rows of the background, and the features that slots name.
    Pairs { base: i128, rows: Vec<Vec<i32>>, read: Vec<usize> },
    /// Networks: the base, and the rows of the background.
    Orders { base: i128, rows: Vec<Vec<i32>> },
}

impl<'a> Explainer<'a> {
    /// The attributions of [`Model::explain`].
    pub fn new(model: &'a Model) -> Self {
        let way = match model.program().body() {
            Body::Trees(trees) => by_path(model, trees),
            Body::Glm(_) | Body::Network(_) | Body::Sparse(_) => Way::Plain,
        };
        Self { model, way }
    }

    /// Attributions against a background: what a row's values change, on average over the background's rows.
    pub fn against(model: &'a Model, background: &Background) -> Result<Self, ModelError> {
        let program = model.program();
        background.belongs_to(program)?;
        let margins = background.rows().map(|row| program.margin(row).map(i128::from));
        let sum = margins.sum::<Result<i128, _>>()?;
        let count = i128::try_from(background.rows().len()).expect("at most 2^15");
        let base = nearest(sum, count);
        let way = match program.body() {
            Body::Trees(trees) => Way::Trees {
                tables: Tables::by_background(trees, background.rows()),
                base,
                read: features_read(trees.slots()),
            },
            Body::Sparse(trees) => Way::Pairs {
                base,
                rows: background.rows().map(|r| unpack(r).collect()).collect(),
                read: features_read(trees.slots()),
            },
            Body::Glm(glm) => Way::Means { base, sums: means(glm, background), rows: count },
            Body::Network(_) => {
                Way::Orders { base, rows: background.rows().map(|r| unpack(r).collect()).collect() }
            }
        };
        Ok(Self { model, way })
    }

    /// Splits the margin of packed features among them.
    pub fn explain(&self, packed: &[u8]) -> Result<Explanation, ModelError> {
        check_length(packed, self.model.program().head().features)?;
        Ok(self.explain_all(packed)?.remove(0))
    }

    /// Splits the margins of many rows, whose packed features stand one behind the other.
    pub fn explain_all(&self, packed: &[u8]) -> Result<Vec<Explanation>, ModelError> {
        let features = self.model.program().head().features;
        let row_bytes = 3 * usize::from(features);
        let (given, allowed) = (packed.len(), packed.len() / row_bytes * row_bytes);
        if given != allowed {
            return Err(ModelError::FeaturesLength { given, allowed });
        }
        let rows: Vec<&[u8]> = packed.chunks_exact(row_bytes).collect();
        match &self.way {
            Way::Trees { tables, base, read } => {
                let mut out = Vec::with_capacity(rows.len());
                for rows in rows.chunks(BLOCK) {
                    self.block(tables, *base, read, rows, &mut out)?;
                }
                Ok(out)
            }
            Way::Plain => rows.iter().map(|row| self.model.explain(row)).collect(),
            Way::Means { .. } | Way::Pairs { .. } | Way::Orders { .. } => {
                rows.iter().map(|row| self.one(row)).collect()
            }
        }
    }

    fn block(
        &self,
        tables: &Tables,
        base: i128,
        read: &[usize],
        rows: &[&[u8]],
        out: &mut Vec<Explanation>,
    ) -> Result<(), ModelError> {
        let cells: Vec<_> = rows.iter().map(|row| tables.cells(row)).collect();
        let mut sums = vec![[0; 128]; rows.len()];
        tables.add(&cells, &mut sums);
        let features = usize::from(self.model.program().head().features);
        for (row, sums) in rows.iter().zip(&sums) {
            let rounded = sums[..features].iter().map(|sum| tables.rounded(*sum));
            // What was cut off decides a rounding: of path-dependent attributions only, and once in many thousand rows.
            let Some(contributions) = rounded.collect::<Option<Vec<i128>>>() else {
                out.push(self.model.explain(row)?);
                continue;
            };
            out.push(self.settled(row, base, contributions, read)?);
        }
        Ok(())
    }

    fn one(&self, row: &[u8]) -> Result<Explanation, ModelError> {
        let values: Vec<i32> = unpack(row).collect();
        let all: Vec<usize> = (0..values.len()).collect();
        let (base, contributions) = match (&self.way, self.model.program().body()) {
            (Way::Means { base, sums, rows }, Body::Glm(glm)) => {
                (*base, apart(glm, &values, sums, *rows))
            }
            (Way::Orders { base, rows }, Body::Network(network)) => {
                (*base, steps_apart(network, &values, rows))
            }
            (Way::Pairs { base, rows, read }, Body::Sparse(trees)) => {
                let contributions = pairs::apart(trees, &values, rows);
                return self.settled(row, *base, contributions, read);
            }
            _ => return self.model.explain(row),
        };
        self.settled(row, base, contributions, &all)
    }

    /// Gives what rounding left of the margin to the largest contribution.
    fn settled(
        &self,
        row: &[u8],
        base: i128,
        mut contributions: Vec<i128>,
        features: &[usize],
    ) -> Result<Explanation, ModelError> {
        let margin = self.model.program().margin(row)?;
        settle(base, &mut contributions, features, margin.into());
        Ok(Explanation { base, contributions, margin })
    }
}

fn by_path(model: &Model, trees: &Trees) -> Way {
    let covers = model.explanation_data().covers();
    let features = usize::from(model.program().head().features);
    // The base does not depend on the row.
    let (base, _) = Sums::of(trees, covers, &vec![0; features]).rounded();
    let base = base + i128::from(model.program().head().bias);
    Way::Trees { tables: Tables::by_path(trees, covers), base, read: features_read(trees.slots()) }
}

/// `sum / count`, to the nearest, halves up.
pub(super) const fn nearest(sum: i128, count: i128) -> i128 {
    (2 * sum + count).div_euclid(2 * count)
}

/// What each feature adds in all rows together.
fn means(glm: &Glm, background: &Background) -> Vec<i128> {
    let mut sums = vec![0; glm.coefficients().len()];
    for row in background.rows() {
        let terms = glm.coefficients().iter().zip(unpack(row)).map(|(c, x)| c.contribution(x));
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }
    sums
}

/// What each feature of a weighted sum adds beyond its mean.
fn apart(glm: &Glm, values: &[i32], sums: &[i128], rows: i128) -> Vec<i128> {
    let terms = glm.coefficients().iter().zip(values).map(|(c, x)| c.contribution(*x));
    terms.zip(sums).map(|(term, sum)| nearest(term * rows - sum, rows)).collect()
}

/// Each feature's steps from each row of the background, averaged over orders and rows.
fn steps_apart(network: &Network, values: &[i32], rows: &[Vec<i32>]) -> Vec<i128> {
    let mut sums = vec![0; values.len()];
    for from in rows {
        let (_, steps) = steps(network, from, values);
        sums.iter_mut().zip(steps).for_each(|(sum, step)| *sum += step);
    }
    let count = orders(values.len()) * i128::try_from(rows.len()).expect("at most 2^15");
    sums.into_iter().map(|sum| nearest(sum, count)).collect()
}
