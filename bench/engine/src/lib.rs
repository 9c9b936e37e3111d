//! The engine behind a C interface, and two loops that time single rows without a word of Python between them.

use std::ffi::{c_int, c_void};
use std::time::Instant;

use mandate_import::{FloatModel, Sample, Take, import, read};
use mandate_model::{Engine, Family, MAX_VALUE, MIN_VALUE, MISSING, Missing};

/// A model, ready to run.
pub struct Loaded {
    engine: Engine,
    /// From values to features; columns of whole numbers only, for which doubles scale exactly.
    rules: Rules,
    /// Doubles in a row.
    width: usize,
    unit: f64,
    bound: f64,
}

/// One for each feature.
#[derive(Default)]
struct Rules {
    column: Vec<usize>,
    scale: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    missing: Vec<f64>,
}

/// Added to a double below 2^31, it leaves the nearest whole number in the lowest bits.
const WHOLE: f64 = 6_755_399_441_055_744.0;

impl Loaded {
    /// The features of a row, in loops that the compiler can widen.
    fn features(&self, row: &[f64], out: &mut [i32]) {
        let rules = &self.rules;
        let mut values = [0.0; 128];
        let values = &mut values[..out.len()];
        for (value, &column) in values.iter_mut().zip(&rules.column) {
            *value = row[column];
        }
        for (i, out) in out.iter_mut().enumerate() {
            let scaled = values[i] * rules.scale[i];
            let inside = scaled.max(rules.low[i]).min(rules.high[i]);
            let near = (inside + WHOLE) - WHOLE;
            let floor = if near > inside { near - 1.0 } else { near };
            let feature = if scaled.is_nan() { rules.missing[i] } else { floor };
            *out = (feature + WHOLE).to_bits() as i32;
        }
    }

    fn row(&self, row: &[f64]) -> f64 {
        let mut values = [0; 128];
        let values = &mut values[..self.rules.column.len()];
        self.features(row, values);
        self.engine.margin_of(values).expect("features in range") as f64 * self.unit
    }
}

/// Imports a model of another library, quantised for some rows; null if that is refused, or if its trees are not complete ones.
///
/// # Safety
/// `bytes` points to `length` bytes, `rows` to `count` rows of `width` doubles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_import(
    bytes: *const u8,
    length: usize,
    rows: *const f64,
    width: usize,
    count: usize,
) -> *mut Loaded {
    // SAFETY: as the caller promises.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, length) };
    // SAFETY: as the caller promises.
    let rows = unsafe { std::slice::from_raw_parts(rows, width * count) };
    let loaded = read(bytes).ok().and_then(|float| load(&float, rows, width));
    loaded.map_or(std::ptr::null_mut(), |loaded| Box::into_raw(Box::new(loaded)))
}

fn load(float: &FloatModel, rows: &[f64], width: usize) -> Option<Loaded> {
    let column = |j: usize| rows.chunks_exact(width).map(|row| row[j]).collect();
    let sample = Sample::new(float.columns.clone(), (0..width).map(column).collect(), None);
    let imported = import(float, &sample, Take::default(), None).ok()?;
    let (quantised, bound) = (imported.quantised, imported.bound.margin);
    let program = quantised.model.program();
    let mut rules = Rules { column: quantised.columns, ..Rules::default() };
    for feature in quantised.model.schema().features() {
        rules.scale.push(f64::from(feature.scale_num) / f64::from(feature.scale_den));
        rules.low.push(f64::from(feature.low.max(MIN_VALUE)));
        rules.high.push(f64::from(feature.high.min(MAX_VALUE)));
        rules.missing.push(f64::from(match feature.missing {
            Missing::Replace(value) => value,
            Missing::Keep | Missing::Refuse => MISSING,
        }));
    }
    (program.family() == Family::Trees && quantised.moved_leaves == 0).then(|| Loaded {
        rules,
        width,
        unit: (-f64::from(program.head().shift)).exp2(),
        bound,
        engine: Engine::new(program),
    })
}

/// How far a margin can be from the original's.
///
/// # Safety
/// `model` comes from `engine_import`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_bound(model: *const Loaded) -> f64 {
    // SAFETY: as the caller promises.
    unsafe { &*model }.bound
}

/// The margin of one row of doubles.
///
/// # Safety
/// `model` comes from `engine_import`; `row` points to one row.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_row(model: *const Loaded, row: *const f64) -> f64 {
    // SAFETY: as the caller promises.
    let model = unsafe { &*model };
    // SAFETY: as the caller promises.
    model.row(unsafe { std::slice::from_raw_parts(row, model.width) })
}

/// The margins of many rows of doubles.
///
/// # Safety
/// `model` comes from `engine_import`; `rows` points to `count` rows, `out` to as many doubles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_rows(
    model: *const Loaded,
    rows: *const f64,
    count: usize,
    out: *mut f64,
) {
    // SAFETY: as the caller promises.
    let model = unsafe { &*model };
    let width = model.width;
    // SAFETY: as the caller promises.
    let rows = unsafe { std::slice::from_raw_parts(rows, count * width) };
    // SAFETY: as the caller promises.
    let out = unsafe { std::slice::from_raw_parts_mut(out, count) };
    let features = model.rules.column.len();
    let mut values = vec![0; features * count];
    for (row, values) in rows.chunks_exact(width).zip(values.chunks_exact_mut(features)) {
        model.features(row, values);
    }
    let margins = model.engine.margins_of(&values).expect("features in range");
    for (out, margin) in out.iter_mut().zip(margins) {
        *out = margin as f64 * model.unit;
    }
}

/// Nanoseconds for each of `count` rows, one call a row.
///
/// # Safety
/// As for `engine_rows`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_time_single(
    model: *const Loaded,
    rows: *const f64,
    count: usize,
    out: *mut f64,
) -> f64 {
    // SAFETY: as the caller promises.
    let width = unsafe { &*model }.width;
    let start = Instant::now();
    for i in 0..count {
        // SAFETY: the row and its output are inside.
        unsafe { *out.add(i) = engine_row(std::hint::black_box(model), rows.add(i * width)) };
    }
    start.elapsed().as_nanos() as f64 / count as f64
}

/// `LGBM_BoosterPredictForMatSingleRowFast`.
type LightGbm = unsafe extern "C" fn(*mut c_void, *const c_void, *mut i64, *mut f64) -> c_int;

/// The same loop over LightGBM's own function for single rows.
///
/// # Safety
/// `predict` is that function and `config` what its initialiser made; `rows` points to `count` rows of `width` doubles, `out` to as
/// many doubles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lightgbm_time_single(
    predict: LightGbm,
    config: *mut c_void,
    rows: *const f64,
    width: usize,
    count: usize,
    out: *mut f64,
) -> f64 {
    let (start, mut length) = (Instant::now(), 0);
    for i in 0..count {
        // SAFETY: the row and its output are inside; the rest is the caller's promise.
        let failed =
            unsafe { predict(config, rows.add(i * width).cast(), &raw mut length, out.add(i)) };
        assert_eq!(failed, 0, "LightGBM refuses");
    }
    start.elapsed().as_nanos() as f64 / count as f64
}
