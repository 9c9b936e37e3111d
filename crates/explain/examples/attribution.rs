//! Attributions of an imported model, timed on demand: `bench/explain.py` drives it beside its rivals.
//!
//! `attribution MODEL DATA.csv BACKGROUND_ROWS`, and on stdin one word a line: `path` or `background`. Each is answered with a line
//! of JSON: rows, seconds, and how long the tables took that were made before.

use std::fs::File;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::time::Instant;

use mandate_explain::PathDependent;
use mandate_import::{Body, Columns, FloatModel, Quantised, Sample, quantise, read};
use mandate_model::{Background, Explainer};
use mandate_train::pack_row;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, data, background] = args.as_slice() else { panic!("MODEL DATA.csv ROWS") };
    let float = read(&std::fs::read(model).expect("a model file")).expect("a model");
    let file = File::open(data).expect("a file of data");
    let sample = Sample::from_csv(file, Path::new(data), &float, &Columns::default());
    let sample = sample.expect("data");
    let quantised = quantise(&float, &sample).expect("a program");
    let packed = packed(&quantised, &sample);
    let row_bytes = 3 * usize::from(quantised.model.program().head().features);
    let count: usize = background.parse().expect("a number of rows");
    let rows = packed[..count * row_bytes].to_vec();
    let background = Background::new(quantised.model.program(), rows).expect("rows");
    let (path, path_s) = timed(|| Explainer::new(&quantised.model));
    let (against, against_s) = timed(|| Explainer::against(&quantised.model, &background));
    let against = against.expect("its own background");
    let apart = apart(&float, &quantised, &sample, &path, &packed);
    say(&format!(
        "{{\"path_s\": {path_s}, \"background_s\": {against_s}, \"apart\": {apart:e}, \"bound\": {:e}}}",
        quantised.bound
    ));
    for line in stdin().lock().lines() {
        let explainer = if line.expect("text") == "path" { &path } else { &against };
        let (splits, seconds) = timed(|| explainer.explain_all(&packed).expect("whole rows"));
        say(&format!("{{\"rows\": {}, \"seconds\": {seconds}}}", splits.len()));
    }
}

fn say(text: &str) {
    writeln!(stdout(), "{text}").expect("somebody reads");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

fn packed(quantised: &Quantised, sample: &Sample) -> Vec<u8> {
    let row = |i: usize| {
        let value = sample.value(i);
        let values = quantised.columns.iter().map(|&column| value(column));
        pack_row(quantised.model.schema(), values).expect("a row of the data")
    };
    (0..sample.rows()).flat_map(row).collect()
}

/// The largest difference between integer and float attributions of a hundred rows, in margin.
fn apart(
    float: &FloatModel,
    quantised: &Quantised,
    sample: &Sample,
    explainer: &Explainer<'_>,
    packed: &[u8],
) -> f64 {
    let Body::Trees(trees) = &float.body else { panic!("trees") };
    let floats = PathDependent::new(trees, float.columns.len()).expect("covers");
    let head = quantised.model.program().head();
    let (unit, row_bytes) = (f64::from(head.shift).exp2(), 3 * usize::from(head.features));
    let mut worst = 0.0_f64;
    for (i, row) in packed.chunks_exact(row_bytes).take(100).enumerate() {
        let (ours, theirs) =
            (explainer.explain(row).expect("a row"), floats.explain(sample.value(i)));
        for (&column, ours) in quantised.columns.iter().zip(ours.contributions) {
            worst = worst.max((ours as f64 / unit - theirs.contributions[column]).abs());
        }
    }
    worst
}
