//! Attributions of many rows, and attributions against a background.
//!
//! What `docs/model-format.md` defines in its sections 10 and 14, bit for bit; only faster.

mod leaf;
mod pairs;
mod plan;
mod shape;
mod tables;

use alloc::{vec, vec::Vec};

use crate::explain::{features_read, settle};
use crate::network::{orders, steps};
use crate::{
    Background, Body, Explanation, Glm, Model, ModelError, Network, features::check_length, unpack,
};
use tables::Tables;

/// Rows that go through the trees together.
const BLOCK: usize = 64;
/// Rows that pay for tables; making them takes as long as some hundred rows do one by one.
const PAYS: usize = 1_024;

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
    /// From tables.
    Trees(Prepared),
    /// Weighted sums: the base, and what each feature adds in all rows of the background together.
    Means { base: i128, sums: Vec<i128>, rows: i128 },
    /// Networks: the base, and the rows of the background.
    Orders { base: i128, rows: Vec<Vec<i32>> },
}

/// Trees with their tables.
#[derive(Debug)]
struct Prepared {
    tables: Tables,
    base: i128,
    /// The features that slots name.
    read: Vec<usize>,
    /// Rows of a background, where what was cut off can decide a rounding against it.
    rows: Vec<Vec<i32>>,
}

impl<'a> Explainer<'a> {
    /// The attributions of [`Model::explain`].
    pub fn new(model: &'a Model) -> Self {
        let covers = model.explanation_data().covers();
        let way = match model.program().body() {
            Body::Trees(trees) => {
                Some(prepared(model, Tables::by_path(trees, covers), trees.slots()))
            }
            Body::Sparse(trees) => {
                Some(prepared(model, Tables::by_free_path(trees, covers), trees.slots()))
            }
            Body::Glm(_) | Body::Network(_) => None,
        };
        Self { model, way: way.map_or(Way::Plain, Way::Trees) }
    }

    /// The same for about so many rows: few are split one by one, since they do not pay for what many rows share.
    pub fn for_rows(model: &'a Model, rows: usize) -> Self {
        if rows < PAYS { Self { model, way: Way::Plain } } else { Self::new(model) }
    }

    /// Attributions against a background: what a row's values change, on average over the background's rows.
    pub fn against(model: &'a Model, background: &Background) -> Result<Self, ModelError> {
        let program = model.program();
        background.belongs_to(program)?;
        let background = &background.held(program);
        let margins = background.rows().map(|row| program.margin(row).map(i128::from));
        let sum = margins.sum::<Result<i128, _>>()?;
        let count = i128::try_from(background.rows().len()).expect("at most 2^15");
        let base = nearest(sum, count);
        let way = match program.body() {
            Body::Trees(trees) => Way::Trees(Prepared {
                tables: Tables::by_background(trees, background.rows()),
                base,
                read: features_read(trees.slots()),
                rows: Vec::new(),
            }),
            Body::Sparse(trees) => Way::Trees(Prepared {
                tables: Tables::by_free_background(trees, background.rows()),
                base,
                read: features_read(trees.slots()),
                rows: unpacked(background),
            }),
            Body::Glm(glm) => Way::Means { base, sums: means(glm, background), rows: count },
            Body::Network(_) => Way::Orders { base, rows: unpacked(background) },
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
        // Attributions are those of what the body reads.
        let held: Vec<_> =
            packed.chunks_exact(row_bytes).map(|row| self.model.program().held(row)).collect();
        let rows: Vec<&[u8]> = held.iter().map(AsRef::as_ref).collect();
        match &self.way {
            Way::Trees(prepared) => {
                let mut out = Vec::with_capacity(rows.len());
                for rows in rows.chunks(BLOCK) {
                    self.block(prepared, rows, &mut out)?;
                }
                Ok(out)
            }
            Way::Plain => rows.iter().map(|row| self.model.explain(row)).collect(),
            Way::Means { .. } | Way::Orders { .. } => {
                rows.iter().map(|row| self.one(row)).collect()
            }
        }
    }

    fn block(
        &self,
        prepared: &Prepared,
        rows: &[&[u8]],
        out: &mut Vec<Explanation>,
    ) -> Result<(), ModelError> {
        let Prepared { tables, base, read, .. } = prepared;
        let cells: Vec<_> = rows.iter().map(|row| tables.cells(row)).collect();
        let mut sums = vec![[0; 128]; rows.len()];
        tables.add(&cells, &mut sums);
        let features = usize::from(self.model.program().head().features);
        for (row, sums) in rows.iter().zip(&sums) {
            let rounded = sums[..features].iter().map(|sum| tables.rounded(*sum));
            out.push(match rounded.collect::<Option<Vec<i128>>>() {
                Some(contributions) => self.settled(row, *base, contributions, read)?,
                None => self.slowly(prepared, row)?,
            });
        }
        Ok(())
    }

    /// What was cut off decides a rounding, once in many thousand rows: as it is defined.
    fn slowly(&self, prepared: &Prepared, row: &[u8]) -> Result<Explanation, ModelError> {
        match self.model.program().body() {
            Body::Sparse(trees) if !prepared.rows.is_empty() => {
                let values: Vec<i32> = unpack(row).collect();
                let contributions = pairs::apart(trees, &values, &prepared.rows);
                self.settled(row, prepared.base, contributions, &prepared.read)
            }
            _ => self.model.explain(row),
        }
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

/// Path-dependent attributions from tables. The base does not depend on the row.
fn prepared(model: &Model, tables: Tables, slots: &[u8]) -> Prepared {
    let zeros = vec![0; 3 * usize::from(model.program().head().features)];
    let base = model.explain(&zeros).expect("as many bytes as features take").base;
    Prepared { tables, base, read: features_read(slots), rows: Vec::new() }
}

fn unpacked(background: &Background) -> Vec<Vec<i32>> {
    background.rows().map(|row| unpack(row).collect()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Branch, Feature, Head, Link, MAX_VALUE, MIN_VALUE, Missing, Schema, SparseBuilder,
        ValueSet, pack,
    };

    /// The next of some numbers without order.
    fn next(state: &mut u32) -> i32 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 16) as i32
    }

    /// A question about one of the first `features`, sometimes for a set.
    fn question(features: u8, state: &mut u32) -> Branch {
        let feature = (next(state) % i32::from(features)) as u8;
        if next(state) % 5 == 0 {
            let mut set = ValueSet::default();
            (0..20).for_each(|_| set.insert(next(state) as u8));
            return Branch::Set { feature, set };
        }
        let threshold = next(state) % 256;
        Branch::Split { feature, threshold, missing_left: feature.is_multiple_of(2) }
    }

    fn leaf(state: &mut u32) -> Branch {
        Branch::Leaf { value: next(state) - 30_000, cover: (next(state) % 50) as u32 }
    }

    /// A tree of at most `levels` levels over five features.
    fn bush(levels: u8, state: &mut u32, out: &mut Vec<Branch>) {
        if levels == 0 || (levels < 5 && next(state) % 4 == 0) {
            return out.push(leaf(state));
        }
        out.push(question(5, state));
        bush(levels - 1, state, out);
        bush(levels - 1, state, out);
    }

    /// A tree with one long path, which asks for most of forty features: more than tables are made for.
    fn vine(levels: u8, state: &mut u32, out: &mut Vec<Branch>) {
        if levels == 0 {
            return out.push(leaf(state));
        }
        out.push(question(FEATURES, state));
        bush(levels % 3, state, out);
        vine(levels - 1, state, out);
    }

    const FEATURES: u8 = 40;

    fn model(mut grow: impl FnMut(&mut Vec<Branch>)) -> Model {
        let mut builder = SparseBuilder::new();
        for _ in 0..3 {
            let mut branches = Vec::new();
            grow(&mut branches);
            builder.push(branches).unwrap();
        }
        let (schema_hash, explain_hash) = Default::default();
        let (link, features, shift, bias) = (Link::Identity, FEATURES, 0, 0);
        let head = Head { link, features, shift, bias, schema_hash, explain_hash };
        let (program, explain) = builder.build(head).unwrap();
        let feature = |i: u8| Feature {
            name: alloc::format!("f{i}"),
            unit: Default::default(),
            scale_num: 1,
            scale_den: 1,
            low: MIN_VALUE,
            high: MAX_VALUE,
            missing: Missing::Keep,
            reason: Default::default(),
        };
        let schema = Schema::new("test", (0..FEATURES).map(feature).collect()).unwrap();
        Model::new(program, schema, explain).unwrap()
    }

    fn row(state: &mut u32) -> Vec<u8> {
        let value =
            |state: &mut u32| if next(state) % 9 == 0 { crate::MISSING } else { next(state) % 256 };
        pack(&[(); FEATURES as usize].map(|()| value(state))).unwrap()
    }

    fn models(state: &mut u32) -> Vec<Model> {
        let bushes = [1, 4, 7, 9].map(|levels| model(|out| bush(levels, state, out)));
        let vines = [12, 20, 60].map(|levels| model(|out| vine(levels, state, out)));
        bushes.into_iter().chain(vines).collect()
    }

    /// M-4: against a background, trees of any shape give what two rows at a time give, to the bit.
    #[test]
    fn m4_sparse_tables_against_a_background_say_what_pairs_say() {
        let mut state = 7;
        for model in models(&mut state) {
            let Body::Sparse(trees) = model.program().body() else { panic!("sparse trees") };
            let others: Vec<u8> = (0..5).flat_map(|_| row(&mut state)).collect();
            let background = Background::new(model.program(), others).unwrap();
            let fast = Explainer::against(&model, &background).unwrap();
            let Way::Trees(prepared) = &fast.way else { panic!("from tables") };
            let packed: Vec<u8> = (0..40).flat_map(|_| row(&mut state)).collect();
            let told = fast.explain_all(&packed).unwrap();
            for (row, told) in packed.chunks_exact(3 * usize::from(FEATURES)).zip(told) {
                let values: Vec<i32> = unpack(row).collect();
                let pairs = pairs::apart(trees, &values, &prepared.rows);
                let slow = fast.settled(row, prepared.base, pairs, &prepared.read).unwrap();
                assert_eq!(told, slow);
            }
        }
    }

    /// M-4: path-dependent attributions from tables are those of the definition, to the bit.
    #[test]
    fn m4_sparse_tables_by_path_say_what_the_definition_says() {
        let mut state = 8;
        for model in models(&mut state) {
            let packed: Vec<u8> = (0..40).flat_map(|_| row(&mut state)).collect();
            let told = Explainer::new(&model).explain_all(&packed).unwrap();
            for (row, told) in packed.chunks_exact(3 * usize::from(FEATURES)).zip(told) {
                assert_eq!(told, model.explain(row).unwrap());
            }
        }
    }
}
