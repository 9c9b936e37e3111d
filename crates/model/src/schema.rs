//! The schema: what each feature means, and the integer rule from a value to a feature.

use alloc::{string::String, vec::Vec};

use alloy_primitives::{B256, keccak256};

use crate::{
    Limit, MAX_FEATURES, MAX_VALUE, MIN_VALUE, MISSING, ModelError,
    bytes::{Reader, put_i24},
};

/// A value in its own unit as numerator and denominator, or missing.
pub type Value = Option<(i128, u64)>;

/// What a missing value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It stays missing: the program knows what to do with it.
    Keep,
    /// It is refused: the feature is required.
    Refuse,
    /// It is replaced by this feature value.
    Replace(i32),
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Short name, unique in the schema.
    pub name: String,
    /// Unit of the value, before scaling.
    pub unit: String,
    /// Feature units for `scale_den` value units.
    pub scale_num: u32,
    /// Value units for `scale_num` feature units; not zero.
    pub scale_den: u32,
    /// Smallest feature value; what is below is raised to it.
    pub low: i32,
    /// Largest feature value; what is above is lowered to it.
    pub high: i32,
    /// What a missing value becomes.
    pub missing: Missing,
    /// What to tell a person when this feature counted most.
    pub reason: String,
}

impl Feature {
    /// The feature of the value `num / den`: `floor(num · scale_num / (den · scale_den))`, clamped to the range.
    ///
    /// `None` is a missing value. `den` must not be zero. A product beyond `i128` saturates, far outside any range.
    pub fn quantise(&self, value: Value) -> Option<i32> {
        let Some((num, den)) = value else {
            return match self.missing {
                Missing::Keep => Some(MISSING),
                Missing::Refuse => None,
                Missing::Replace(value) => Some(value),
            };
        };
        let num = num.saturating_mul(i128::from(self.scale_num));
        let den = i128::from(den) * i128::from(self.scale_den);
        let scaled = num.div_euclid(den.max(1));
        let clamped = scaled.clamp(i128::from(self.low), i128::from(self.high));
        Some(i32::try_from(clamped).expect("clamped into int24"))
    }

    fn check(&self) -> Result<(), &'static str> {
        let inside = |value: i32| (MIN_VALUE..=MAX_VALUE).contains(&value);
        if self.scale_num == 0 || self.scale_den == 0 {
            return Err("a scale of zero");
        }
        if gcd(self.scale_num, self.scale_den) != 1 {
            return Err("a scale that is not in lowest terms");
        }
        if !inside(self.low) || !inside(self.high) || self.low > self.high {
            return Err("a range that is empty or outside int24");
        }
        match self.missing {
            Missing::Replace(value) if !(self.low..=self.high).contains(&value) => {
                Err("a replacement outside the range")
            }
            _ if self.name.is_empty() => Err("no name"),
            _ => Ok(()),
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_text(out, &self.name);
        put_text(out, &self.unit);
        out.extend_from_slice(&self.scale_num.to_be_bytes());
        out.extend_from_slice(&self.scale_den.to_be_bytes());
        put_i24(out, self.low);
        put_i24(out, self.high);
        let (rule, replacement) = match self.missing {
            Missing::Keep => (0, 0),
            Missing::Refuse => (1, 0),
            Missing::Replace(value) => (2, value),
        };
        out.push(rule);
        put_i24(out, replacement);
        put_text(out, &self.reason);
    }

    fn decode(reader: &mut Reader<'_>, feature: usize) -> Result<Self, ModelError> {
        let invalid = |reason| ModelError::SchemaInvalid { feature, reason };
        let (name, unit) = (text(reader, feature)?, text(reader, feature)?);
        let (scale_num, scale_den) = (reader.u32()?, reader.u32()?);
        let (low, high) = (reader.i24()?, reader.i24()?);
        let missing = match (reader.u8()?, reader.i24()?) {
            (0, 0) => Missing::Keep,
            (1, 0) => Missing::Refuse,
            (2, value) => Missing::Replace(value),
            _ => return Err(invalid("an unknown rule for missing values")),
        };
        let reason = text(reader, feature)?;
        Ok(Self { name, unit, scale_num, scale_den, low, high, missing, reason })
    }
}

/// What the features of a program are, in order, and what its output is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// What the output says, in words.
    pub output: String,
    features: Vec<Feature>,
}

impl Schema {
    /// Checks and collects features.
    pub fn new(output: impl Into<String>, features: Vec<Feature>) -> Result<Self, ModelError> {
        Self::decode(&Self { output: output.into(), features }.encode())
    }

    /// The features, in the order in which a program reads them.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The range of each feature, as limits that a program can hold its inputs in.
    pub fn limits(&self) -> Vec<Limit> {
        self.features.iter().map(|f| Limit { low: f.low, high: f.high }).collect()
    }

    /// Keccak-256 of the encoding: what a program and a report commit to.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }

    /// Features of values, each a fraction or missing, in schema order.
    pub fn quantise(&self, values: &[Value]) -> Result<Vec<i32>, ModelError> {
        if values.len() != self.features.len() {
            let (given, allowed) = (values.len(), self.features.len());
            return Err(ModelError::SchemaLength { given, allowed });
        }
        let rules = self.features.iter().zip(values).enumerate();
        rules
            .map(|(feature, (rule, &value))| {
                rule.quantise(value).ok_or(ModelError::ValueRequired { feature })
            })
            .collect()
    }

    /// The one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_text(&mut out, &self.output);
        out.push(u8::try_from(self.features.len()).unwrap_or(u8::MAX));
        self.features.iter().for_each(|feature| feature.encode(&mut out));
        out
    }

    /// Reads the one encoding.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader::new(bytes);
        let output = text(&mut reader, 0)?;
        let count = reader.u8()?;
        if count == 0 || count > MAX_FEATURES {
            return Err(ModelError::FeatureCountOutOfRange { given: count, allowed: MAX_FEATURES });
        }
        let mut features: Vec<Feature> = Vec::new();
        for feature in 0..usize::from(count) {
            let invalid = |reason| ModelError::SchemaInvalid { feature, reason };
            let next = Feature::decode(&mut reader, feature)?;
            next.check().map_err(invalid)?;
            if features.iter().any(|known| known.name == next.name) {
                return Err(invalid("a name that another feature has"));
            }
            features.push(next);
        }
        let (given, left) = (bytes.len(), reader.left());
        if left > 0 {
            return Err(ModelError::SchemaTrailingBytes { given, allowed: given - left });
        }
        Ok(Self { output, features })
    }
}

/// Length in two bytes, then UTF-8. A longer text is cut at the last character that fits.
fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(u16::MAX.into())];
    out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn text(reader: &mut Reader<'_>, feature: usize) -> Result<String, ModelError> {
    let length = reader.u16()?;
    let bytes = reader.take(length.into())?;
    let text = core::str::from_utf8(bytes)
        .map_err(|_| ModelError::SchemaInvalid { feature, reason: "text that is not UTF-8" })?;
    Ok(text.into())
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
