//! Warm starts: a model that goes on from the integer program of one that is in use.
//!
//! The schema stays the incumbent's, since its thresholds and weights are in the schema's units. A regression adds weights to
//! the incumbent's, held small by `l2`; trees go on boosting from its margins, and all stand in one program.

use mandate_model::trees::Forest;
use mandate_model::{Body, Feature, Glm, Model, Trees};

use crate::config::{Calibrate, Family, TrainConfig};
use crate::dataset::Dataset;
use crate::error::TrainError;
use crate::family::FloatModel;
use crate::fit::{Step, Trained, enough, integers, settled};
use crate::glm::FloatGlm;
use crate::lesson::Lesson;
use crate::schema::pack_row;
use crate::split::Parts;
use crate::trees::{FloatTrees, Node, Tree};

/// As [`fit_parts`](crate::fit_parts), going on from `incumbent` instead of from nothing, without cross-validation.
///
/// # Errors
/// [`TrainError::Warm`] where `config` or `data` does not suit the incumbent, beside what training refuses.
pub fn fit_warm(
    data: &Dataset,
    parts: &Parts,
    config: &TrainConfig,
    incumbent: &Model,
    progress: &mut dyn FnMut(Step),
) -> Result<Trained, TrainError> {
    suits(data, config, incumbent)?;
    settled(&data.features, config)?;
    enough(data, &parts.train, config.loss, "training")?;
    enough(data, &parts.test, config.loss, "test")?;
    let lesson = Lesson::new(data, &parts.train, config);
    let float = match incumbent.program().body() {
        Body::Glm(glm) => {
            progress(Step::Train { done: 0, of: 1 });
            FloatModel::Glm(regression(glm, incumbent).go_on(&lesson, &config.glm)?)
        }
        Body::Trees(trees) => {
            let of = config.trees.trees;
            progress(Step::Train { done: 0, of });
            let told = &mut |done| progress(Step::Train { done, of });
            let margins = margins(incumbent, &lesson)?;
            let float = forest(trees, incumbent);
            FloatModel::Trees(float.go_on(&lesson, margins, &config.trees, config.seed, told)?)
        }
        Body::Network(_) | Body::Sparse(_) => unreachable!("refused above"),
    };
    let trained = integers(data, parts, config, float, incumbent.schema().clone(), progress)?;
    if trained.model.program().limits() == incumbent.program().limits() {
        return Ok(trained);
    }
    Err(TrainError::Warm {
        given: "the program would hold its features inside other limits than the incumbent".into(),
        allowed: "the incumbent's limits",
    })
}

fn suits(data: &Dataset, config: &TrainConfig, incumbent: &Model) -> Result<(), TrainError> {
    let refuse = |given: String, allowed| Err(TrainError::Warm { given, allowed });
    let family = match incumbent.program().body() {
        Body::Glm(_) => Family::Glm,
        Body::Trees(_) => Family::Trees,
        Body::Network(_) => {
            return refuse("the incumbent is a network".into(), "a glm or trees");
        }
        Body::Sparse(_) => {
            return refuse("the incumbent is a program of sparse trees".into(), "a glm or trees");
        }
    };
    if family != config.family {
        let given = format!("family is {:?} after {:?}", config.family.word(), family.word());
        return refuse(given, "the incumbent's family");
    }
    let link = incumbent.program().head().link;
    if link != config.loss.link() {
        let given = format!("loss is {:?} after a link {link:?}", config.loss.word());
        return refuse(given.to_lowercase(), "a loss with the incumbent's link");
    }
    if config.certified.is_some() {
        let allowed = "none, since a bag must not know what other rows taught an older model";
        return refuse("[certified] is given".into(), allowed);
    }
    if config.calibration != Calibrate::None {
        return refuse("calibration is set".into(), "calibration = \"none\"");
    }
    let told: Vec<&str> = data.features.iter().map(|f| f.name.as_str()).collect();
    let read: Vec<&str> = incumbent.schema().features().iter().map(|f| f.name.as_str()).collect();
    if told != read {
        let other = told.iter().zip(&read).find(|(told, read)| told != read);
        let given = other.map_or_else(
            || format!("{} features after {}", told.len(), read.len()),
            |(told, read)| format!("feature {told:?} after {read:?}"),
        );
        return refuse(given, "the incumbent's features in its order");
    }
    Ok(())
}

/// What the incumbent says of the lesson's rows, in floats.
fn margins(incumbent: &Model, lesson: &Lesson<'_>) -> Result<Vec<f64>, TrainError> {
    let unit = unit(incumbent);
    let margin = |&i: &usize| -> Result<f64, TrainError> {
        let packed = pack_row(incumbent.schema(), lesson.data.row(i))?;
        Ok(incumbent.program().margin(&packed)? as f64 * unit)
    };
    lesson.rows.iter().map(margin).collect()
}

/// One unit of the incumbent's margin.
fn unit(incumbent: &Model) -> f64 {
    (-f64::from(incumbent.program().head().shift)).exp2()
}

/// Feature units a unit of the value.
fn scale(rule: &Feature) -> f64 {
    f64::from(rule.scale_num) / f64::from(rule.scale_den)
}

/// The regression of an integer program.
fn regression(glm: &Glm, incumbent: &Model) -> FloatGlm {
    let unit = unit(incumbent);
    let rules = || glm.coefficients().iter().zip(incumbent.schema().features());
    FloatGlm {
        base: incumbent.program().head().bias as f64 * unit,
        weights: rules().map(|(c, rule)| c.weight as f64 * unit * scale(rule)).collect(),
        fills: rules()
            .map(|(c, rule)| match c.weight {
                0 => f64::from(c.baseline) / scale(rule),
                weight => c.missing as f64 / weight as f64 / scale(rule),
            })
            .collect(),
        ranges: rules()
            .map(|(_, rule)| {
                (f64::from(rule.low) / scale(rule), f64::from(rule.high) / scale(rule))
            })
            .collect(),
    }
}

/// The trees of an integer program.
fn forest(trees: &Trees, incumbent: &Model) -> FloatTrees {
    let unit = unit(incumbent);
    let (slots, rules) = (trees.slots(), incumbent.schema().features());
    let all =
        trees.forests().iter().flat_map(|forest| (0..forest.trees()).map(move |t| (forest, t)));
    let tree = |(forest, tree): (&Forest, usize)| {
        let mut grown = Grown { forest, tree, slots, rules, unit, nodes: Vec::new() };
        grown.grow(0, 0);
        Tree { nodes: grown.nodes }
    };
    let base = incumbent.program().head().bias as f64 * unit;
    FloatTrees { base, trees: all.map(tree).collect() }
}

/// One tree on its way out of integers.
struct Grown<'a> {
    forest: &'a Forest,
    tree: usize,
    slots: &'a [u8],
    rules: &'a [Feature],
    unit: f64,
    nodes: Vec<Node>,
}

impl Grown<'_> {
    /// Adds what stands at a place of the tree, and says under which number.
    fn grow(&mut self, level: u8, path: usize) -> usize {
        let at = self.nodes.len();
        let depth = self.forest.depth();
        let split = (level < depth).then(|| self.forest.split(self.tree, level, path)).flatten();
        let Some((slot, threshold)) = split else {
            let leaf = self.forest.leaves(self.tree)[path << (depth - level)];
            self.nodes.push(Node::Leaf(f64::from(leaf) * self.unit));
            return at;
        };
        self.nodes.push(Node::Leaf(0.0));
        let left = self.grow(level + 1, 2 * path + 1);
        let right = self.grow(level + 1, 2 * path);
        let feature = usize::from(self.slots[slot] & 0x7f);
        let threshold = value_at(&self.rules[feature], threshold);
        let missing_left = self.slots[slot] & 0x80 == 0;
        self.nodes[at] = Node::Split { feature, threshold, missing_left, left, right };
        at
    }
}

/// The least value that the rule carries to `threshold`: below it goes left, in floats and in integers alike.
fn value_at(rule: &Feature, threshold: i32) -> f64 {
    let wide = Feature { low: i32::MIN, high: i32::MAX, ..rule.clone() };
    let mut value = f64::from(threshold) / scale(rule);
    while wide.quantise(crate::decimal::value(value)).is_some_and(|int| int < threshold) {
        value = value.next_up();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth;
    use crate::{TreeLimits, fit, fit_parts};

    fn config(family: Family) -> TrainConfig {
        let trees = TreeLimits { trees: 15, depth: 3, ..TreeLimits::default() };
        TrainConfig { family, trees, ..TrainConfig::default() }
    }

    fn halves(rows: usize) -> Parts {
        Parts { train: (0..rows / 2).collect(), test: (rows / 2..rows).collect() }
    }

    #[test]
    fn the_floats_of_a_program_say_what_the_program_says() {
        let data = synth::applicants(5, 3_000).data;
        for family in [Family::Glm, Family::Trees] {
            let model = fit(&data, &config(family)).unwrap().model;
            let float = match model.program().body() {
                Body::Glm(glm) => FloatModel::Glm(regression(glm, &model)),
                Body::Trees(trees) => FloatModel::Trees(forest(trees, &model)),
                _ => panic!("{family:?}"),
            };
            let lesson_rows: Vec<usize> = (0..data.rows()).collect();
            let config = config(family);
            let lesson = Lesson::new(&data, &lesson_rows, &config);
            let said = margins(&model, &lesson).unwrap();
            let largest = (0..data.rows())
                .map(|i| (float.margin(&data, i) - said[i]).abs())
                .fold(0.0, f64::max);
            assert!(largest < 1e-6, "{family:?}: {largest}");
        }
    }

    #[test]
    fn thresholds_of_odd_scales_come_back_exactly() {
        let rule = Feature {
            name: "x".into(),
            unit: String::new(),
            scale_num: 333,
            scale_den: 1000,
            low: -100,
            high: 100,
            missing: mandate_model::Missing::Refuse,
            reason: "x".into(),
        };
        for threshold in -50..50 {
            let value = value_at(&rule, threshold);
            let int = |x: f64| rule.quantise(crate::decimal::value(x)).unwrap();
            assert_eq!((int(value), int(value - 1e-9)), (threshold, threshold - 1));
        }
    }

    /// Rows from a law that has moved: whoever goes on from the old model must come closer than it.
    #[test]
    fn going_on_learns_what_has_changed_and_keeps_what_has_not() {
        let old = synth::applicants(6, 6_000).data;
        let mut new = synth::applicants(7, 6_000).data;
        let late = new.columns[2].clone();
        for (y, late) in new.outcome.iter_mut().zip(late) {
            *y = if late > 0.0 { 1.0 - *y } else { *y };
        }
        for family in [Family::Glm, Family::Trees] {
            let config = config(family);
            let incumbent = fit_parts(&old, &halves(6_000), &config, &mut |_| {}).unwrap().model;
            let parts = halves(6_000);
            let went_on = fit_warm(&new, &parts, &config, &incumbent, &mut |_| {}).unwrap();
            let loss = |model: &Model| {
                let (_, ints) =
                    crate::fit::outputs(&new, &went_on.float, model, config.loss).unwrap();
                let side = crate::fit::side(&new, &parts.test, config.loss, |i| ints[i]);
                side.chance().unwrap().log_loss
            };
            let (before, after) = (loss(&incumbent), loss(&went_on.model));
            assert!(after < before - 0.01, "{family:?}: {before} to {after}");
            assert_eq!(went_on.model.schema(), incumbent.schema());
            assert!(went_on.report.largest_difference < 1e-3, "{family:?}: {:?}", went_on.report);
        }
    }

    #[test]
    fn what_does_not_suit_is_refused_by_name() {
        let data = synth::applicants(8, 1_000).data;
        let incumbent = fit(&data, &config(Family::Glm)).unwrap().model;
        let parts = halves(1_000);
        let said = |data: &Dataset, config: &TrainConfig| {
            fit_warm(data, &parts, config, &incumbent, &mut |_| {}).unwrap_err().to_string()
        };
        assert_eq!(
            said(&data, &config(Family::Trees)),
            "no warm start: family is \"trees\" after \"glm\", allowed: the incumbent's family"
        );
        let poisson = TrainConfig { loss: crate::Loss::Poisson, ..config(Family::Glm) };
        assert!(said(&data, &poisson).contains("loss is \"poisson\" after a link logistic"));
        let shifted = TrainConfig { calibration: Calibrate::Shift, ..config(Family::Glm) };
        assert!(said(&data, &shifted).contains("calibration = \"none\""));
        let mut renamed = data;
        renamed.features.swap(2, 3);
        assert!(
            said(&renamed, &config(Family::Glm)).contains("feature \"late_1\" after \"late_0\"")
        );
    }
}
