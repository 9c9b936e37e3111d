//! The TOML file beside a CSV file: what the columns mean, how rows are split, what is trained.

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::config::{Family, GlmLimits, Split, TrainConfig, TreeLimits};
use crate::dataset::{Feature, Kind, Missing};
use crate::error::{Place, TrainError};

/// Largest description file read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;
/// Most features a model can have: a node names its feature in one byte.
pub const MOST_FEATURES: usize = 128;

/// A parsed and checked description.
#[derive(Clone, Debug)]
pub struct Description {
    /// Name of the model.
    pub name: String,
    /// The CSV file, resolved against the description's folder; the caller may name another.
    pub data: Option<PathBuf>,
    /// The column to be predicted.
    pub target: Target,
    /// The model's inputs, in order.
    pub features: Vec<Feature>,
    /// How to train.
    pub config: TrainConfig,
}

/// The column to be predicted and the text of its two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Column name.
    pub column: String,
    /// Text of the outcome whose probability is predicted.
    pub positive: String,
    /// Text of the other outcome.
    pub negative: String,
}

impl Description {
    /// Reads and checks a description file.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
            .map_err(|e| TrainError::io(path, e))?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(TrainError::Setting {
                place: Place::of(path, 1, 1),
                key: "size in bytes".to_owned(),
                given: format!("more than {LARGEST_FILE}"),
                allowed: format!("at most {LARGEST_FILE}"),
            });
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let before = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
            TrainError::NotUtf8 { place: Place::of(path, line, 1) }
        })?;
        Self::parse(&text, path)
    }

    /// Checks a description's text; `path` is for messages and for resolving `data`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, TrainError> {
        let at = At { text, path };
        let raw: RawDescription = toml::from_str(text).map_err(|e| TrainError::Toml {
            place: at.place(&e.span().unwrap_or(0..0)),
            message: e.message().replace('\n', ", "),
        })?;
        let features = at.features(&raw.features)?;
        let target = at.target(raw.target, &features)?;
        let config = TrainConfig {
            seed: raw.seed,
            split: at.split(&raw.split)?,
            family: raw.model.family,
            trees: at.trees(&raw.model)?,
            glm: at.glm(&raw.model)?,
        };
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let data = raw.data.map(|data| folder.join(data));
        Ok(Self { name: at.word("name", &raw.name)?, data, target, features, config })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDescription {
    name: Spanned<String>,
    data: Option<PathBuf>,
    #[serde(default)]
    seed: u64,
    target: RawTarget,
    split: RawSplit,
    model: RawModel,
    features: Spanned<Vec<RawFeature>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    column: Spanned<String>,
    positive: Option<String>,
    negative: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSplit {
    test_percent: Option<Spanned<u32>>,
    column: Option<Spanned<String>>,
    test: Option<Vec<String>>,
    from: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    family: Family,
    trees: Option<Spanned<u32>>,
    depth: Option<Spanned<u32>>,
    learning_rate: Option<Spanned<f64>>,
    columns: Option<Spanned<f64>>,
    rows: Option<Spanned<f64>>,
    l2: Option<Spanned<f64>>,
    min_leaf_weight: Option<Spanned<f64>>,
    bins: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFeature {
    name: Spanned<String>,
    unit: Spanned<String>,
    #[serde(rename = "type")]
    kind: Kind,
    scale: Option<Spanned<f64>>,
    min: Option<Spanned<f64>>,
    max: Option<Spanned<f64>>,
    missing: Option<Spanned<RawMissing>>,
    reason: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawMissing {
    Word(String),
    Value(f64),
}

/// The text under check: turns spans into places.
struct At<'a> {
    text: &'a str,
    path: &'a Path,
}

impl At<'_> {
    fn place(&self, span: &Range<usize>) -> Box<Place> {
        let start = span.start.min(self.text.len());
        let before = &self.text.as_bytes()[..start];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
        let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count() as u64;
        Place::of(self.path, line, column)
    }

    fn refuse(
        &self,
        span: &Range<usize>,
        key: &str,
        given: impl ToString,
        allowed: &str,
    ) -> TrainError {
        TrainError::Setting {
            place: self.place(span),
            key: key.to_owned(),
            given: given.to_string(),
            allowed: allowed.to_owned(),
        }
    }

    /// A text of 1 to 64 bytes without control characters.
    fn word(&self, key: &str, text: &Spanned<String>) -> Result<String, TrainError> {
        self.text_of(key, text, 1, 64)
    }

    fn text_of(
        &self,
        key: &str,
        text: &Spanned<String>,
        least: usize,
        most: usize,
    ) -> Result<String, TrainError> {
        let value = text.get_ref();
        let fits = (least..=most).contains(&value.len());
        if fits && !value.chars().any(char::is_control) {
            return Ok(value.clone());
        }
        let allowed = format!("{least} to {most} bytes without control characters");
        Err(self.refuse(&text.span(), key, format!("{value:?}"), &allowed))
    }

    fn number<T: Copy + PartialOrd + ToString>(
        &self,
        key: &str,
        given: &Option<Spanned<T>>,
        default: T,
        range: (T, T),
    ) -> Result<T, TrainError> {
        let Some(given) = given else { return Ok(default) };
        let value = *given.get_ref();
        if value >= range.0 && value <= range.1 {
            return Ok(value);
        }
        let allowed = format!("{} to {}", range.0.to_string(), range.1.to_string());
        Err(self.refuse(&given.span(), key, value.to_string(), &allowed))
    }

    fn features(&self, raw: &Spanned<Vec<RawFeature>>) -> Result<Vec<Feature>, TrainError> {
        let count = raw.get_ref().len();
        if count == 0 || count > MOST_FEATURES {
            let allowed = format!("1 to {MOST_FEATURES} features");
            return Err(self.refuse(&raw.span(), "features", count, &allowed));
        }
        let mut names = BTreeSet::new();
        for feature in raw.get_ref() {
            if !names.insert(feature.name.get_ref()) {
                let given = format!("{:?}", feature.name.get_ref());
                return Err(self.refuse(&feature.name.span(), "features.name", given, "one use"));
            }
        }
        raw.get_ref().iter().map(|f| self.feature(f)).collect()
    }

    fn feature(&self, raw: &RawFeature) -> Result<Feature, TrainError> {
        let scale = raw.scale.is_some();
        let scale = scale
            .then(|| self.number("features.scale", &raw.scale, 1.0, (1e-12, 1e12)))
            .transpose()?;
        Ok(Feature {
            name: self.word("features.name", &raw.name)?,
            unit: self.text_of("features.unit", &raw.unit, 0, 32)?,
            kind: raw.kind,
            scale,
            range: self.range(raw)?,
            missing: self.missing(raw)?,
            reason: self.text_of("features.reason", &raw.reason, 1, 200)?,
        })
    }

    fn range(&self, raw: &RawFeature) -> Result<Option<(f64, f64)>, TrainError> {
        match (&raw.min, &raw.max) {
            (None, None) => Ok(None),
            (Some(min), Some(max)) if min.get_ref() < max.get_ref() => {
                Ok(Some((*min.get_ref(), *max.get_ref())))
            }
            (Some(one), None) => {
                Err(self.refuse(&one.span(), "features.min", one.get_ref(), "min and max together"))
            }
            (_, Some(max)) => {
                let allowed = "min and max together, min below max";
                Err(self.refuse(&max.span(), "features.max", max.get_ref(), allowed))
            }
        }
    }

    fn missing(&self, raw: &RawFeature) -> Result<Missing, TrainError> {
        let Some(missing) = &raw.missing else { return Ok(Missing::Refuse) };
        match missing.get_ref() {
            RawMissing::Word(word) if word == "refuse" => Ok(Missing::Refuse),
            RawMissing::Word(word) if word == "allow" => Ok(Missing::Allow),
            RawMissing::Value(value) if value.is_finite() => Ok(Missing::Fill(*value)),
            RawMissing::Word(word) => self.bad_missing(missing, format!("{word:?}")),
            RawMissing::Value(value) => self.bad_missing(missing, value.to_string()),
        }
    }

    fn bad_missing(
        &self,
        missing: &Spanned<RawMissing>,
        given: String,
    ) -> Result<Missing, TrainError> {
        let allowed = "\"refuse\", \"allow\" or a number to fill in";
        Err(self.refuse(&missing.span(), "features.missing", given, allowed))
    }

    fn target(&self, raw: RawTarget, features: &[Feature]) -> Result<Target, TrainError> {
        let column = self.word("target.column", &raw.column)?;
        if features.iter().any(|f| f.name == column) {
            let given = format!("{column:?}");
            let allowed = "a column that is no feature";
            return Err(self.refuse(&raw.column.span(), "target.column", given, allowed));
        }
        let positive = raw.positive.unwrap_or_else(|| "1".to_owned());
        let negative =
            raw.negative.as_ref().map_or_else(|| "0".to_owned(), |n| n.get_ref().clone());
        if positive == negative {
            let span = raw.negative.map_or(0..0, |n| n.span());
            let allowed = "two different texts";
            return Err(self.refuse(&span, "target.negative", format!("{negative:?}"), allowed));
        }
        Ok(Target { column, positive, negative })
    }

    fn split(&self, raw: &RawSplit) -> Result<Split, TrainError> {
        let Some(column) = &raw.column else {
            if raw.test.is_some() || raw.from.is_some() {
                let given = "\"test\" or \"from\" without \"column\"";
                return Err(self.refuse(&(0..0), "split", given, "column = \"…\" beside it"));
            }
            let percent = self.number("split.test_percent", &raw.test_percent, 20, (1, 90))?;
            return Ok(Split::Seed { test_percent: percent });
        };
        let name = self.word("split.column", column)?;
        match (&raw.test, &raw.from, &raw.test_percent) {
            (Some(test), None, None) => Ok(Split::Column { name, test: test.clone() }),
            (None, Some(from), None) => Ok(Split::Time { name, from: from.clone() }),
            _ => {
                let allowed = "test = [\"…\"] or from = \"…\", one of the two and no test_percent";
                Err(self.refuse(&column.span(), "split.column", format!("{name:?}"), allowed))
            }
        }
    }

    fn trees(&self, raw: &RawModel) -> Result<TreeLimits, TrainError> {
        let d = TreeLimits::default();
        Ok(TreeLimits {
            trees: self.number("model.trees", &raw.trees, d.trees, (1, 1000))?,
            depth: self.number("model.depth", &raw.depth, d.depth, (1, 8))?,
            learning_rate: self.number(
                "model.learning_rate",
                &raw.learning_rate,
                d.learning_rate,
                (1e-4, 1.0),
            )?,
            columns: self.number("model.columns", &raw.columns, d.columns, (0.01, 1.0))?,
            rows: self.number("model.rows", &raw.rows, d.rows, (0.01, 1.0))?,
            l2: self.number("model.l2", &raw.l2, d.l2, (0.0, 1e6))?,
            min_leaf_weight: self.number(
                "model.min_leaf_weight",
                &raw.min_leaf_weight,
                d.min_leaf_weight,
                (0.0, 1e6),
            )?,
            bins: self.number("model.bins", &raw.bins, d.bins, (2, 4096))?,
        })
    }

    fn glm(&self, raw: &RawModel) -> Result<GlmLimits, TrainError> {
        let d = GlmLimits::default();
        Ok(GlmLimits { l2: self.number("model.l2", &raw.l2, d.l2, (0.0, 1e6))?, ..d })
    }
}
