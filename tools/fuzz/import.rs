//! Bytes that a coverage-guided fuzzer makes up, read as models; what is read is quantised.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mandate_import::{FloatModel, Sample, Take, import, read};

/// A few rows with whole numbers, fractions and missing values.
fn sample(model: &FloatModel) -> Sample {
    let value = |i: usize, j: usize| match (i * 7 + j * 5) % 11 {
        10 => f64::NAN,
        step => step as f64 / 4.0 - 1.0,
    };
    let column = |j| (0..8).map(|i| value(i, j)).collect();
    let columns = (0..model.columns.len()).map(column).collect();
    Sample::new(model.columns.clone(), columns, None)
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = read(bytes) else { return };
    if model.columns.len() <= 64 {
        let whole = import(&model, &sample(&model), Take::default(), None);
        let shallow = Take { trees: Some(2), depth: Some(2), limits: true };
        let cut = import(&model, &sample(&model), shallow, None);
        std::hint::black_box((whole.is_ok(), cut.is_ok()));
    }
});
