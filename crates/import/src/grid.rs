//! The schema: for each column that the model asks, the coarsest decimal scale on which the data stay apart.

use integer::{MAX_VALUE, MIN_VALUE, Schema};
use mandate_model as integer;
use mandate_train::decimal_value;

use crate::error::ImportError;
use crate::sample::Sample;

/// Finest scale: a billionth, the largest power of ten that a schema carries.
const FINEST: i32 = 9;
/// Coarsest scale: values up to 1e15 fit then.
const COARSEST: i32 = -9;
/// Largest feature value; one below the type's, so that a threshold above every value exists.
const HIGH: i32 = MAX_VALUE - 1;

/// What a column needs of its integers.
pub(crate) struct Need<'a> {
    /// Index of the column in the sample.
    pub(crate) column: usize,
    /// Numbers it is compared with.
    pub(crate) cuts: &'a [f64],
    /// What a missing value becomes.
    pub(crate) missing: Absent,
}

/// What a missing value becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Absent {
    /// The program knows what to do with it.
    Keep,
    /// It is refused.
    Refuse,
}

/// A column's integers.
pub(crate) struct Axis {
    /// Index of the column in the sample.
    pub(crate) column: usize,
    /// The rule.
    pub(crate) rule: integer::Feature,
    /// Whether every value of the data is a whole number of steps.
    pub(crate) whole: bool,
    /// Known values, ascending.
    sorted: Vec<f64>,
}

impl Axis {
    /// Chooses scale and range.
    pub(crate) fn new(need: &Need<'_>, sample: &Sample) -> Self {
        let mut sorted: Vec<f64> =
            sample.columns[need.column].iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let cuts: Vec<f64> = need.cuts.iter().copied().filter(|cut| cut.is_finite()).collect();
        let largest = |values: &[f64]| values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let places = places(&sorted);
        let data = largest(&sorted);
        let power = power(places.min(FINEST), data, data.max(largest(&cuts)));
        let ten = 10u32.pow(power.unsigned_abs());
        let (scale_num, scale_den) = if power >= 0 { (ten, 1) } else { (1, ten) };
        let name = sample.names[need.column].clone();
        let mut rule = integer::Feature {
            reason: name.clone(),
            name,
            unit: String::new(),
            scale_num,
            scale_den,
            low: MIN_VALUE,
            high: HIGH,
            missing: integer::Missing::Keep,
        };
        rule.missing = match need.missing {
            Absent::Keep => integer::Missing::Keep,
            Absent::Refuse => integer::Missing::Refuse,
        };
        Self { column: need.column, rule, whole: places <= power, sorted }
    }

    /// Feature units a unit of the value.
    pub(crate) fn scale(&self) -> f64 {
        f64::from(self.rule.scale_num) / f64::from(self.rule.scale_den)
    }

    /// The value of a feature, rounded once.
    fn value(&self, steps: f64) -> f64 {
        steps * f64::from(self.rule.scale_den) / f64::from(self.rule.scale_num)
    }

    /// The integer threshold of a cut: the first step that is not below it.
    ///
    /// For whole steps the integer comparison is then the float's own. Between steps it cannot be for all values; the
    /// threshold is taken that sends more of the data the float's way.
    pub(crate) fn threshold(&self, cut: f64) -> i32 {
        let (low, high) = (f64::from(MIN_VALUE), f64::from(MAX_VALUE));
        if cut <= self.value(low) {
            return MIN_VALUE; // no value is below it
        }
        if cut > self.value(high) {
            return MAX_VALUE; // every value is
        }
        let mut first = (cut * self.scale()).clamp(low, high).ceil();
        while self.value(first - 1.0) >= cut {
            first -= 1.0;
        }
        while self.value(first) < cut {
            first += 1.0;
        }
        let below = |x: f64| self.sorted.partition_point(|&value| value < x);
        let (start, middle, end) =
            (below(self.value(first - 1.0)), below(cut), below(self.value(first)));
        if !self.whole && end - middle > middle - start {
            first -= 1.0;
        }
        first as i32
    }

    /// Narrows the range to the data and the thresholds; what lies beyond both changes nothing.
    pub(crate) fn narrow(&mut self, thresholds: &[i32]) {
        let bound = |x: f64| self.rule.quantise(decimal_value(x)).unwrap_or(0);
        let data = self.sorted.first().into_iter().chain(self.sorted.last()).map(|&x| bound(x));
        let around = thresholds.iter().flat_map(|&t| [t - 1, t]);
        let all = || data.clone().chain(around.clone()).map(|x| x.clamp(MIN_VALUE, HIGH));
        let (low, high) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
        (self.rule.low, self.rule.high) = (low, high);
    }

    /// Narrows the range to the data alone, since the program will hold every value inside it.
    pub(crate) fn hold(&mut self) -> Result<(), ImportError> {
        if self.sorted.is_empty() {
            let place = format!("the data: column {:?}", self.rule.name);
            let help = "give data that has values there, or leave the column out of the model";
            return Err(ImportError::unsupported(place, "a limit drawn from no value", help));
        }
        self.narrow(&[]);
        Ok(())
    }
}

/// The schema of some axes.
pub(crate) fn schema(axes: &[Axis], output: &str) -> Result<Schema, ImportError> {
    let most = usize::from(integer::MAX_FEATURES);
    ImportError::at_most("the model", "columns are asked", axes.len(), most)?;
    Ok(Schema::new(output, axes.iter().map(|axis| axis.rule.clone()).collect())?)
}

/// The places the data need if they fit, else as many as fit.
fn power(places: i32, data: f64, all: f64) -> i32 {
    let fits = |power: i32, largest: f64| largest * 10f64.powi(power) < f64::from(HIGH);
    if fits(places, all) || fits(places, data) {
        return places;
    }
    (COARSEST..places).rev().find(|&power| fits(power, data)).unwrap_or(COARSEST)
}

/// Most decimal places that any of the values has.
fn places(values: &[f64]) -> i32 {
    let of = |&x: &f64| decimal_value(x).map_or(0, |(_, den)| den.ilog10() as i32);
    values.iter().map(of).max().unwrap_or(0)
}
