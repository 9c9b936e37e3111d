//! XGBoost's JSON and UBJSON, versions 1 to 3: one document, two encodings.
//!
//! Thresholds and leaves are `f32`; a value is rounded to `f32` and goes left if it is below the threshold. The base
//! score is kept as an output and becomes a margin by the objective's own inverse link.

mod document;
mod trees;
mod ubjson;

use crate::error::ImportError;
use crate::lightgbm::cut;
use crate::linear::Linear;
use crate::model::{Body, FloatModel, Format, Link, counted};
use document::{Booster, Document, Learner, Singles, Text};

/// Most columns without names: far more than a program reads, far fewer than would fill the memory.
const MOST_COLUMNS: usize = 1 << 16;

/// Where a linear booster keeps its weights.
const WEIGHTS: &str = "learner.gradient_booster.model.weights";

/// Reads a model from JSON.
pub(crate) fn from_json(bytes: &[u8]) -> Result<FloatModel, ImportError> {
    let document: Document<Text<'_>> = serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text);
        ImportError::malformed(place, reason)
    })?;
    convert(document, Format::XgboostJson)
}

/// Reads a model from UBJSON.
pub(crate) fn from_ubjson(bytes: &[u8]) -> Result<FloatModel, ImportError> {
    convert(ubjson::read::<Document<Vec<f32>>>(bytes)?, Format::XgboostUbjson)
}

fn convert<S: Singles>(document: Document<S>, format: Format) -> Result<FloatModel, ImportError> {
    let learner = document.learner;
    one_output(&learner)?;
    let columns = columns(&learner)?;
    let (link, base) = objective(&learner)?;
    let count = learner.learner_model_param.num_feature()?;
    let coded = asks_codes(&learner.gradient_booster).then(|| CODES.to_owned());
    let body = body(learner.gradient_booster, count, base)?;
    let notes = learner.attributes.get("best_iteration").map(|best| {
        let fewer = best.parse::<u32>().map_or_else(
            |_| "--trees takes fewer".to_owned(),
            |best| format!("XGBoost's scikit-learn classes predict with the best: --trees {}", best.saturating_add(1)),
        );
        format!("the file says best_iteration {:?}; all trees are read, as XGBoost's Booster does; {fewer}", cut(best))
    });
    Ok(FloatModel {
        format,
        objective: learner.objective.name,
        named: !learner.feature_names.is_empty(),
        columns,
        link,
        body,
        single_precision: true,
        notes: notes.into_iter().chain(coded).collect(),
    })
}

/// What a reader should know of categories without names: before version 3.1 XGBoost kept no pandas values.
const CODES: &str = "categories are asked by their codes, and the file does not say what these stand for: the data must give the codes that training had (pandas: column.cat.codes)";

/// Whether any tree splits on categories.
fn asks_codes<S>(booster: &Booster<S>) -> bool {
    let inner = booster.gbtree.as_ref().and_then(|inner| inner.model.as_ref());
    let models = booster.model.iter().chain(inner);
    let mut trees = models.filter_map(|model| model.trees.as_ref()).flatten();
    trees.any(|tree| !tree.categories_nodes.is_empty())
}

fn one_output<S>(learner: &Learner<S>) -> Result<(), ImportError> {
    let parameters = &learner.learner_model_param;
    let counts = [("num_class", &parameters.num_class), ("num_target", &parameters.num_target)];
    for (key, text) in counts {
        if !["0", "1", ""].contains(&text.as_str()) {
            return Err(ImportError::unsupported(
                format!("learner.learner_model_param.{key}"),
                format!("a model of {:?} outputs", cut(text)),
                "train one model an output, such as one class against the rest",
            ));
        }
    }
    Ok(())
}

fn columns<S>(learner: &Learner<S>) -> Result<Vec<String>, ImportError> {
    let count = learner.learner_model_param.num_feature()?;
    let names = &learner.feature_names;
    if names.is_empty() {
        ImportError::at_most(
            "learner.learner_model_param.num_feature",
            "columns",
            count,
            MOST_COLUMNS,
        )?;
        return Ok(counted(count));
    }
    if names.len() == count {
        return Ok(names.clone());
    }
    let reason = format!("{} names, num_feature is {count}", names.len());
    Err(ImportError::malformed("learner.feature_names", reason))
}

/// The link, and the base score as a margin.
fn objective<S>(learner: &Learner<S>) -> Result<(Link, f64), ImportError> {
    let name = learner.objective.name.as_str();
    let base = learner.learner_model_param.base_score()?;
    let refuse =
        |what: String, help| Err(ImportError::unsupported("learner.objective.name", what, help));
    match name {
        "binary:logistic" | "reg:logistic" => {
            let margin = -(1.0 / base - 1.0).ln();
            finite(margin, "between 0 and 1").map(|margin| (Link::Logistic, margin))
        }
        "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => {
            finite(base.ln(), "above 0").map(|margin| (Link::Log, margin))
        }
        "binary:logitraw"
        | "reg:squarederror"
        | "reg:linear"
        | "reg:squaredlogerror"
        | "reg:pseudohubererror"
        | "reg:absoluteerror"
        | "reg:quantileerror"
        | "rank:pairwise"
        | "rank:ndcg"
        | "rank:map" => Ok((Link::Identity, f64::from(base))),
        "binary:hinge" => {
            refuse("a step as link (binary:hinge)".to_owned(), "train with binary:logistic")
        }
        other => refuse(
            format!("the objective {:?}", cut(other)),
            "known are the binary, reg, count, survival and rank objectives of one output",
        ),
    }
}

fn finite(margin: f32, allowed: &str) -> Result<f64, ImportError> {
    if margin.is_finite() {
        return Ok(f64::from(margin));
    }
    let reason = format!("no base score of this objective, {allowed} needed");
    Err(ImportError::malformed("learner.learner_model_param.base_score", reason))
}

fn body<S: Singles>(booster: Booster<S>, columns: usize, base: f64) -> Result<Body, ImportError> {
    let place = "learner.gradient_booster";
    match booster.name.as_str() {
        "gbtree" => {
            let model = booster.model.ok_or_else(|| ImportError::malformed(place, "no model"))?;
            trees::read(model, place, columns, base, None).map(Body::Trees)
        }
        "dart" => {
            let lost = |what| ImportError::malformed(place, format!("no {what}"));
            let inner = booster.gbtree.ok_or_else(|| lost("gbtree"))?;
            let model = inner.model.ok_or_else(|| lost("gbtree.model"))?;
            let weights = booster.weight_drop.ok_or_else(|| lost("weight_drop"))?;
            let weights = weights.singles("learner.gradient_booster.weight_drop")?;
            let place = "learner.gradient_booster.gbtree";
            trees::read(model, place, columns, base, Some(&weights)).map(Body::Trees)
        }
        "gblinear" => {
            let model = booster.model.ok_or_else(|| ImportError::malformed(place, "no model"))?;
            let weights = model.weights.map(|weights| weights.singles(WEIGHTS)).transpose()?;
            linear(&weights.unwrap_or_default(), columns, base).map(Body::Linear)
        }
        other => Err(ImportError::unsupported(
            format!("{place}.name"),
            format!("the booster {:?}", cut(other)),
            "known are gbtree, dart and gblinear",
        )),
    }
}

/// A weight a column, then the bias. XGBoost leaves a missing value out of the sum.
fn linear(weights: &[f32], columns: usize, base: f64) -> Result<Linear, ImportError> {
    let place = WEIGHTS;
    let [weights @ .., bias] = weights else {
        return Err(ImportError::malformed(place, "no weights"));
    };
    if weights.len() != columns {
        let reason = format!("{} weights and a bias, {columns} needed", weights.len());
        return Err(ImportError::malformed(place, reason));
    }
    let all = weights.iter().chain([bias]);
    if let Some(wrong) = all.into_iter().find(|weight| !weight.is_finite()) {
        return Err(ImportError::malformed(place, format!("a weight is {wrong}")));
    }
    Ok(Linear {
        base: base + f64::from(*bias),
        weights: weights.iter().map(|&weight| f64::from(weight)).collect(),
        fills: vec![Some(0.0); columns],
        offsets: vec![0.0; columns],
    })
}
