//! From a float model to the integer program.

use alloy_primitives::B256;
use mandate_model::{
    Body as IntegerBody, Coefficient, Explain, Glm, Head, MAX_SHIFT, MAX_VALUE, Missing, Model,
    Program, Schema, sparse, unpack,
};
use mandate_train::{FloatInput, FloatNetwork, FloatUnit, pack_row, quantise_network};

use crate::error::ImportError;
use crate::grid::{Absent, Axis, Need, schema};
use crate::linear::Linear;
use crate::model::{Body, FloatModel};
use crate::placed::{Layout, LeafValues, build};
use crate::sample::Sample;
use crate::tree::{Node, Tree, Trees};
use crate::whole_tree::{Places, WholeTree};

/// Most contracts that hold one program: a root and the fifteen chunks that it can name.
pub const MOST_CHUNKS: usize = 16;
/// Rows that covers are counted from where the file has none.
const COVER_ROWS: usize = 100_000;

/// An integer program with what it keeps of the float model.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// The program with its schema and explanations.
    pub model: Model,
    /// How far the margin can be from the float model's, for every row that reaches the same leaves.
    pub bound: f64,
    /// Whether all values of the data are whole numbers of feature steps.
    pub whole: bool,
    /// Rows of the data that reach another leaf in some tree.
    pub moved_rows: usize,
    /// (row, tree) pairs that do.
    pub moved_leaves: usize,
    /// Trees of the program.
    pub trees: usize,
    /// Columns that the program reads, by their index in the model.
    pub columns: Vec<usize>,
}

/// Quantises a model to the needs of some data.
pub fn quantise(float: &FloatModel, sample: &Sample) -> Result<Quantised, ImportError> {
    quantised(float, sample, false)
}

/// The same; with `limits` the program holds each feature inside the range of the data, which a network always does.
pub(crate) fn quantised(
    float: &FloatModel,
    sample: &Sample,
    limits: bool,
) -> Result<Quantised, ImportError> {
    match &float.body {
        Body::Trees(trees) => TreesQuantiser::new(float, trees, sample, limits)?.program(),
        Body::Linear(body) => linear(float, body, sample, limits),
        Body::Network(body) => network(float, body, sample),
    }
}

fn head(float: &FloatModel, features: usize, shift: u8, bias: i64) -> Head {
    // At most 128 features, checked with the schema; the two hashes are set when the file is joined.
    let (schema_hash, explain_hash) = (B256::ZERO, B256::ZERO);
    Head { link: float.link, features: features as u8, shift, bias, schema_hash, explain_hash }
}

/// The greatest shift with `largest · 2^shift ≤ limit`, rounding included.
fn finest(largest: f64, limit: f64) -> Option<u8> {
    (0..=MAX_SHIFT).rev().find(|&shift| (largest * f64::from(shift).exp2()).round() <= limit)
}

fn too_large(what: &str, given: f64) -> ImportError {
    ImportError::unsupported(
        "the model",
        format!("{what} of {given:e}"),
        "rescale what it predicts",
    )
}

/// The integer features of every row.
fn integers(schema: &Schema, axes: &[Axis], sample: &Sample) -> Result<Vec<Vec<i32>>, ImportError> {
    let row = |i: usize| -> Result<Vec<i32>, ImportError> {
        let value = sample.value(i);
        let packed = pack_row(schema, axes.iter().map(|axis| value(axis.column)))?;
        Ok(unpack(&packed).collect())
    };
    (0..sample.rows()).map(row).collect()
}

struct TreesQuantiser<'a> {
    float: &'a FloatModel,
    trees: &'a Trees,
    sample: &'a Sample,
    axes: Vec<Axis>,
    whole: Vec<WholeTree>,
    schema: Schema,
    rows: Vec<Vec<i32>>,
    limits: bool,
}

impl<'a> TreesQuantiser<'a> {
    fn new(
        float: &'a FloatModel,
        trees: &'a Trees,
        sample: &'a Sample,
        limits: bool,
    ) -> Result<Self, ImportError> {
        let cuts = cuts(trees, float.columns.len());
        let mut axes: Vec<Axis> = cuts
            .iter()
            .enumerate()
            .filter_map(|(column, cuts)| Some((column, cuts.as_ref()?)))
            .map(|(column, cuts)| Axis::new(&Need { column, cuts, missing: Absent::Keep }, sample))
            .collect();
        if axes.is_empty() {
            let help = "a program needs a question to ask";
            return Err(ImportError::unsupported("the model", "a constant", help));
        }
        fit_slots(&mut axes, trees, sample)?;
        let places: Places = axes.iter().enumerate().map(|(i, axis)| (axis.column, i)).collect();
        let whole: Vec<WholeTree> = trees
            .trees
            .iter()
            .map(|tree| WholeTree::new(tree, &axes, &places))
            .collect::<Result<_, _>>()?;
        for (i, axis) in axes.iter_mut().enumerate() {
            if limits {
                axis.hold()?;
            } else {
                let thresholds = whole.iter().flat_map(|tree| tree.thresholds(i));
                axis.narrow(&thresholds.collect::<Vec<_>>());
            }
        }
        let schema = schema(&axes, &float.objective)?;
        let rows = integers(&schema, &axes, sample)?;
        Ok(Self { float, trees, sample, axes, whole, schema, rows, limits })
    }

    fn program(self) -> Result<Quantised, ImportError> {
        let centres: Vec<f64> = self.trees.trees.iter().map(centre).collect();
        let largest =
            self.trees.trees.iter().zip(&centres).map(|(tree, centre)| reach(tree, *centre));
        let layout = Layout::of(&self.whole, &self.rows);
        let shift = finest(largest.fold(0.0, f64::max), layout.largest_leaf());
        let shift = shift.ok_or_else(|| too_large("a leaf", self.trees.magnitude()))?;
        let unit = f64::from(shift).exp2();
        let bias = (self.trees.base + centres.iter().sum::<f64>()) * unit;
        if bias.abs() >= 2f64.powi(62) {
            return Err(too_large("a base", self.trees.base));
        }
        let leaves: Vec<Leaves> = (self.trees.trees.iter().zip(&centres).zip(&self.whole))
            .map(|((tree, centre), whole)| {
                Leaves::new(tree, whole, *centre, unit, || self.count(whole))
            })
            .collect();
        // Doubles round too, in the sums that the program is compared with.
        let doubles = f64::EPSILON * (self.trees.trees.len() + 1) as f64 * self.trees.magnitude();
        let bound = 0.5 / unit + leaves.iter().map(|leaves| leaves.error).sum::<f64>() + doubles;
        let head = head(self.float, self.axes.len(), shift, bias.round() as i64);
        let (mut program, explain) = self.laid_out(layout, &leaves, head)?;
        if self.limits {
            program = program.with_limits(self.schema.limits())?;
        }
        let model = Model::new(program, self.schema.clone(), explain)?;
        self.check(&model, &leaves)?;
        let (moved_rows, moved_leaves) = self.moved();
        Ok(Quantised {
            model,
            bound,
            whole: self.axes.iter().all(|axis| axis.whole),
            moved_rows,
            moved_leaves,
            trees: self.whole.len(),
            columns: self.axes.iter().map(|axis| axis.column).collect(),
        })
    }

    /// The program, if a root can name the contracts that hold it.
    fn laid_out(
        &self,
        layout: Layout,
        leaves: &[Leaves],
        head: Head,
    ) -> Result<(Program, Explain), ImportError> {
        let help = "take fewer trees with --trees or cut them with --depth";
        for (tree, float) in self.whole.iter().zip(&self.trees.trees) {
            let (given, most) = (tree.depth(), sparse::MAX_LEVELS);
            if given > usize::from(most) {
                let what = format!("a path of {given} comparisons (at most {most})");
                return Err(ImportError::unsupported(float.place(), what, help));
            }
        }
        let values: Vec<_> =
            leaves.iter().map(|l| (|id| l.value(id), |id, share| l.cover(id, share))).collect();
        let values = values.iter().map(|(value, cover)| LeafValues { value, cover });
        let (program, explain) = build(layout, self.whole.iter().zip(values), head)?;
        let chunks = program.chunks().len();
        if chunks > MOST_CHUNKS {
            let bytes = program.encode().len();
            let what =
                format!("a program of {bytes} bytes in {chunks} contracts (at most {MOST_CHUNKS})");
            return Err(ImportError::unsupported("the trees together", what, help));
        }
        Ok((program, explain))
    }

    /// Rows of the data that end in each leaf, by the library's number.
    fn count(&self, tree: &WholeTree) -> Vec<(u32, u32)> {
        let mut counts = std::collections::BTreeMap::new();
        for row in self.rows.iter().take(COVER_ROWS) {
            *counts.entry(tree.leaf(|feature| row[feature])).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    /// The program says for every row what its leaves add up to.
    fn check(&self, model: &Model, leaves: &[Leaves]) -> Result<(), ImportError> {
        let bias = model.program().head().bias;
        let constant: i64 = (self.whole.iter().zip(leaves))
            .filter(|(tree, _)| tree.steps.len() == 1)
            .map(|(tree, leaves)| i64::from(leaves.value(tree.leaf(|_| 0))))
            .sum();
        for row in &self.rows {
            let sum: i64 = (self.whole.iter().zip(leaves))
                .map(|(tree, leaves)| i64::from(leaves.value(tree.leaf(|feature| row[feature]))))
                .sum();
            let margin = model.program().margin(&mandate_model::pack(row)?)?;
            assert_eq!(margin, bias - constant + sum, "the program is its trees");
        }
        Ok(())
    }

    fn moved(&self) -> (usize, usize) {
        let moved = |(i, row): (usize, &Vec<i32>)| {
            let value = self.sample.value(i);
            let trees = self.trees.trees.iter().zip(&self.whole);
            trees.filter(|(float, whole)| float.leaf(value).0 != whole.leaf(|j| row[j])).count()
        };
        let each: Vec<usize> = self.rows.iter().enumerate().map(moved).collect();
        (each.iter().filter(|&&leaves| leaves > 0).count(), each.iter().sum())
    }
}

/// All cuts of each column.
fn cuts(trees: &Trees, columns: usize) -> Vec<Option<Vec<f64>>> {
    let mut all: Vec<Option<Vec<f64>>> = vec![None; columns];
    for node in trees.trees.iter().flat_map(Tree::nodes) {
        if let Node::Split { column, cuts, missing_left, .. } = node
            && (!cuts.all().is_empty() || !missing_left)
        {
            all[*column].get_or_insert_default().extend_from_slice(cuts.all());
        }
    }
    all
}

/// A program tells 63 (feature, missing side) pairs apart, whatever its layout. Where the trees need more, columns without a
/// missing value in the data refuse one from now on.
fn fit_slots(axes: &mut [Axis], trees: &Trees, sample: &Sample) -> Result<(), ImportError> {
    let mut sides = vec![[false; 2]; sample.columns.len()];
    for node in trees.trees.iter().flat_map(Tree::nodes) {
        if let Node::Split { column, missing_left, cuts, .. } = node {
            sides[*column][usize::from(*missing_left)] = true;
            // A search among several cuts may need both.
            sides[*column][0] |= cuts.all().len() > 1;
        }
    }
    let slots = |axis: &Axis| match axis.rule.missing {
        Missing::Keep => sides[axis.column].iter().filter(|side| **side).count(),
        Missing::Refuse | Missing::Replace(_) => 1,
    };
    let most = usize::from(sparse::MAX_SLOTS);
    let mut all: usize = axes.iter().map(slots).sum();
    for axis in axes {
        let known = sample.columns[axis.column].iter().all(|x| !x.is_nan());
        if all > most && known {
            all -= slots(axis) - 1;
            axis.rule.missing = Missing::Refuse;
        }
    }
    ImportError::at_most("the trees", "(column, missing side) pairs", all, most)
}

/// The middle of a tree's leaves: taken out into the bias, so that what is left has the finest unit.
fn centre(tree: &Tree) -> f64 {
    let (low, high) = tree.range();
    f64::midpoint(low, high)
}

fn reach(tree: &Tree, centre: f64) -> f64 {
    let (low, high) = tree.range();
    (high - centre).max(centre - low)
}

/// The leaves of a tree in margin units, by the library's number.
struct Leaves {
    /// Number, value, training weight; by number.
    all: Vec<(u32, i32, f64)>,
    /// Units of cover a unit of training weight.
    step: f64,
    /// The largest rounding error, in margin.
    error: f64,
}

/// The most that a tree's covers add up to where they are not counts, so that parts of them are told apart.
const FINE_COVERS: f64 = (1u64 << 31) as f64;

impl Leaves {
    fn new(
        tree: &Tree,
        whole: &WholeTree,
        centre: f64,
        unit: f64,
        count: impl FnOnce() -> Vec<(u32, u32)>,
    ) -> Self {
        let mut all: Vec<(u32, i32, f64)> = Vec::new();
        let mut error = 0.0_f64;
        for node in tree.nodes() {
            let Node::Leaf { value, id, cover } = *node else { continue };
            let value = value - centre;
            let rounded = (value * unit).round();
            error = error.max((rounded / unit - value).abs());
            all.push((id, rounded as i32, cover.unwrap_or(0.0)));
        }
        all.sort_unstable_by_key(|leaf| leaf.0);
        let total = |all: &[(u32, i32, f64)]| all.iter().map(|leaf| leaf.2).sum::<f64>();
        if total(&all) <= 0.0 {
            let counted = count();
            for leaf in &mut all {
                let place = counted.binary_search_by_key(&leaf.0, |(id, _)| *id);
                leaf.2 = place.map_or(0.0, |place| counted[place].1.into());
            }
        }
        let counts = all.iter().all(|leaf| leaf.2.fract() == 0.0) && !whole.has_copies();
        let step = if counts { 1.0 } else { FINE_COVERS / total(&all) };
        Self { all, step, error }
    }

    fn find(&self, id: u32) -> (u32, i32, f64) {
        let place = self.all.binary_search_by_key(&id, |leaf| leaf.0);
        self.all[place.expect("a leaf of this tree")]
    }

    fn value(&self, id: u32) -> i32 {
        self.find(id).1
    }

    fn cover(&self, id: u32, share: f64) -> u32 {
        (self.find(id).2 * share * self.step).round() as u32
    }
}

fn linear(
    float: &FloatModel,
    body: &Linear,
    sample: &Sample,
    limits: bool,
) -> Result<Quantised, ImportError> {
    let used: Vec<usize> = (0..body.weights.len()).filter(|&j| body.weights[j] != 0.0).collect();
    if used.is_empty() {
        let help = "a program needs a column to weigh";
        return Err(ImportError::unsupported("the model", "a constant", help));
    }
    let axis = |&column: &usize| {
        let missing = if body.fills[column].is_some() { Absent::Keep } else { Absent::Refuse };
        Axis::new(&Need { column, cuts: &[], missing }, sample)
    };
    let mut axes: Vec<Axis> = used.iter().map(axis).collect();
    if limits {
        axes.iter_mut().try_for_each(Axis::hold)?;
    }
    let schema = schema(&axes, &float.objective)?;
    let rows = integers(&schema, &axes, sample)?;
    let step = |axis: &Axis| body.weights[axis.column] / axis.scale();
    let lacking = |axis: &Axis| body.weights[axis.column] * body.fills[axis.column].unwrap_or(0.0);
    let largest = |axis: &Axis| match limits {
        true => f64::from(axis.rule.low.abs().max(axis.rule.high.abs())),
        false => f64::from(MAX_VALUE),
    };
    let reach = |axis: &Axis| step(axis).abs() * largest(axis) + lacking(axis).abs() + 1.0;
    let largest = axes.iter().map(reach).sum::<f64>() + body.base.abs();
    let shift = finest(largest, 2f64.powi(61)).ok_or_else(|| too_large("a margin", largest))?;
    let unit = f64::from(shift).exp2();
    // What flooring takes away, half a step at a time, goes back into the bias.
    let floored: f64 = axes.iter().filter(|axis| !axis.whole).map(|axis| step(axis) / 2.0).sum();
    let coefficient = |axis: &Axis| Coefficient {
        weight: (step(axis) * unit).round() as i64,
        missing: ((lacking(axis) - if axis.whole { 0.0 } else { step(axis) / 2.0 }) * unit).round()
            as i64,
        baseline: baseline(axis, &rows, &axes),
    };
    let glm = Glm::new(axes.iter().map(coefficient).collect());
    let bias = ((body.base + floored) * unit).round() as i64;
    let (head, glm) = (head(float, axes.len(), shift, bias), IntegerBody::Glm(glm));
    let program = match limits {
        true => Program::limited(head, schema.limits(), glm)?,
        false => Program::new(head, glm)?,
    };
    let model = Model::new(program, schema, Explain::default())?;
    Ok(Quantised {
        model,
        bound: linear_bound(&axes, &rows, unit, body.base, step),
        whole: axes.iter().all(|axis| axis.whole),
        moved_rows: 0,
        moved_leaves: 0,
        trees: 0,
        columns: used,
    })
}

/// Units in a word of the program: the fewest, and so the most exact.
const LANES: u8 = 4;

fn network(
    float: &FloatModel,
    body: &FloatNetwork,
    sample: &Sample,
) -> Result<Quantised, ImportError> {
    let first = body.hidden.first().map_or(&[][..], Vec::as_slice);
    let asked = |j: &usize| first.iter().any(|unit| unit.weights[*j] != 0.0);
    let used: Vec<usize> = (0..body.inputs.len()).filter(asked).collect();
    if used.is_empty() {
        let help = "a program needs a column to weigh";
        return Err(ImportError::unsupported("the model", "a constant", help));
    }
    let mut body = body.clone();
    body.inputs = used.iter().map(|&j| body.inputs[j]).collect();
    for unit in &mut body.hidden[0] {
        unit.weights = used.iter().map(|&j| unit.weights[j]).collect();
    }
    let mut axes: Vec<Axis> = Vec::new();
    for (&column, input) in used.iter().zip(&body.inputs) {
        let missing = if input.fill.is_nan() { Absent::Refuse } else { Absent::Keep };
        let mut axis = Axis::new(&Need { column, cuts: &[], missing }, sample);
        axis.hold()?;
        axes.push(axis);
    }
    let schema = schema(&axes, &float.objective)?;
    let quantised = quantise_network(&body, &schema, float.link, LANES)?;
    let model = Model::new(quantised.program, schema, quantised.explain)?;
    Ok(Quantised {
        model,
        bound: quantised.bound + between_steps(&body, &axes),
        whole: axes.iter().all(|axis| axis.whole),
        moved_rows: 0,
        moved_leaves: 0,
        trees: 0,
        columns: used,
    })
}

/// How far the margin moves when values and fills lie up to a step above what the schema carries.
fn between_steps(body: &FloatNetwork, axes: &[Axis]) -> f64 {
    let step = |(axis, input): (&Axis, &FloatInput)| {
        let fill = !input.fill.is_nan() && (input.fill * axis.scale()).fract() != 0.0;
        if axis.whole && !fill { 0.0 } else { input.factor.abs() / axis.scale() }
    };
    let moved = axes.iter().zip(&body.inputs).map(step).collect();
    let sum = |unit: &FloatUnit, moved: &[f64]| {
        unit.weights.iter().zip(moved).map(|(w, x)| w.abs() * x).sum::<f64>()
    };
    let last = body
        .hidden
        .iter()
        .fold(moved, |moved: Vec<f64>, layer| layer.iter().map(|unit| sum(unit, &moved)).collect());
    sum(&body.output, &last)
}

/// The mean of a feature: what attributions are measured against.
fn baseline(axis: &Axis, rows: &[Vec<i32>], axes: &[Axis]) -> i32 {
    let place = axes.iter().position(|other| other.column == axis.column).unwrap_or(0);
    let known = || rows.iter().map(|row| row[place]).filter(|&x| x != mandate_model::MISSING);
    let count = known().count().max(1) as i64;
    (known().map(i64::from).sum::<i64>() / count) as i32
}

/// Half a unit for the bias and each missing value, half a unit a step of each feature, and half a step where values lie between.
fn linear_bound(
    axes: &[Axis],
    rows: &[Vec<i32>],
    unit: f64,
    base: f64,
    step: impl Fn(&Axis) -> f64,
) -> f64 {
    let mut bound = 0.5 / unit;
    let mut magnitude = base.abs();
    for (place, axis) in axes.iter().enumerate() {
        let known = rows.iter().map(|row| row[place]).filter(|&x| x != mandate_model::MISSING);
        let largest = f64::from(known.map(i32::unsigned_abs).max().unwrap_or(0).max(1));
        bound += 0.5 / unit * largest;
        bound += if axis.whole { 0.0 } else { step(axis).abs() / 2.0 };
        magnitude += step(axis).abs() * largest;
    }
    // Doubles round too, in the sums that the program is compared with.
    bound + f64::EPSILON * (axes.len() + 2) as f64 * magnitude
}
