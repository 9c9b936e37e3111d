//! M-4: attributions of imported integer programs are those of the libraries, whatever shape the trees took on the way.

use mandate_import::{Sample, Take, import};
use mandate_train::pack_row;

use crate::floats::{Case, cases, matrix};

/// The largest difference in margin of base and contributions from what the library says, and what rounding explains.
fn apart(Case { model, told, rows, .. }: &Case) -> (f64, f64) {
    let column = |j: usize| rows.iter().map(|row| row[j]).collect();
    let columns = (0..model.columns.len()).map(column).collect();
    let sample = Sample::new(model.columns.clone(), columns, None);
    let imported = import(model, &sample, Take::default(), None).expect("a program");
    let (program, used) = (&imported.quantised.model, &imported.quantised.columns);
    let unit = f64::from(program.program().head().shift).exp2();
    let mut worst = 0.0_f64;
    for (row, told) in rows.iter().zip(matrix(&told["path_dependent"])) {
        let packed = pack_row(program.schema(), used.iter().map(|&j| row[j])).expect("a row");
        let ours = program.explain(&packed).expect("an explanation");
        let (base, told) = told.split_last().expect("the last one is the base");
        worst = worst.max((ours.base as f64 / unit - base).abs());
        for (&column, ours) in used.iter().zip(&ours.contributions) {
            worst = worst.max((*ours as f64 / unit - told[column]).abs());
        }
    }
    (worst, 2.0 * imported.bound.margin + imported.bound.library.unwrap_or(0.0))
}

/// M-4: where a search among several cuts copies what lies below, each copy counts for its share of the weight.
#[test]
fn m4_attributions_of_imported_programs_are_those_of_the_libraries() {
    for case in &cases() {
        let (worst, rounding) = apart(case);
        println!("{}: within {worst:.1e}, {rounding:.1e} by rounding", case.name);
        assert!(worst <= rounding + 1e-6, "{}: {worst:.1e}, {rounding:.1e}", case.name);
    }
}
