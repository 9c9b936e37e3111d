//! What certified training must not read from more rows than one, and refuses.

use super::{BAGS, BOUND, Certified, DEPTH};
use crate::config::{Calibrate, Family, Split, TrainConfig};
use crate::dataset::Feature;

/// A setting that would let one row move every bag, or one out of range.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) key: String,
    pub(crate) given: String,
    pub(crate) allowed: String,
}

fn refused(key: &str, given: impl ToString, allowed: impl ToString) -> Option<Refusal> {
    let (given, allowed) = (given.to_string(), allowed.to_string());
    Some(Refusal { key: key.to_owned(), given, allowed })
}

/// The first setting that does not go with `[certified]`, where there is one.
pub(crate) fn refusal(features: &[Feature], config: &TrainConfig) -> Option<Refusal> {
    let certified = config.certified.as_ref()?;
    numbers(certified, config).or_else(|| model(config)).or_else(|| {
        features.iter().find_map(|feature| {
            open(feature, "scale", feature.scale.is_none())
                .or_else(|| open(feature, "min", feature.range.is_none()))
        })
    })
}

fn open(feature: &Feature, key: &str, is_open: bool) -> Option<Refusal> {
    let allowed = "given with [certified], where none may come from the data";
    is_open
        .then(|| refused(&format!("features.{key}"), format!("open for {}", feature.name), allowed))
        .flatten()
}

fn model(config: &TrainConfig) -> Option<Refusal> {
    let word = config.family.word();
    if config.family != Family::Trees {
        return refused("model.family", format!("{word:?}"), "\"trees\" with [certified]");
    }
    if config.calibration != Calibrate::None {
        let allowed = "\"none\" with [certified], since a calibration reads all rows";
        return refused("model.calibration", "a map", allowed);
    }
    if let Some(folds) = config.folds {
        let allowed = "no folds with [certified], whose figures they would not be";
        return refused("cross_validation.folds", folds, allowed);
    }
    if let Split::Group { name, .. } = &config.split {
        let allowed = "test_percent, or a column with test or from, with [certified]: groups are drawn from all rows";
        return refused("split.group", format!("{name:?}"), allowed);
    }
    None
}

fn numbers(c: &Certified, config: &TrainConfig) -> Option<Refusal> {
    let between = |(low, high): (f64, f64)| format!("{low} to {high}");
    if !(BAGS.0..=BAGS.1).contains(&c.bags) {
        return refused("certified.bags", c.bags, format!("{} to {}", BAGS.0, BAGS.1));
    }
    if !(DEPTH.0..=DEPTH.1).contains(&c.depth) {
        return refused("certified.depth", c.depth, format!("{} to {}", DEPTH.0, DEPTH.1));
    }
    if !(c.bound >= BOUND.0 && c.bound <= BOUND.1) {
        return refused("certified.bound", c.bound, between(BOUND));
    }
    let most = if config.loss.is_chance() { 1.0 } else { 1e9 };
    if !(c.threshold > 0.0 && c.threshold < most) {
        return refused("certified.threshold", c.threshold, format!("above 0, below {most}"));
    }
    let penalties = [("certified.l2", c.l2), ("certified.min_leaf_weight", c.min_leaf_weight)];
    penalties
        .into_iter()
        .find(|(_, x)| !(0.0..=1e6).contains(x))
        .and_then(|(key, x)| refused(key, x, between((0.0, 1e6))))
}
