//! What a feature's values do, row by row.

use mandate_model::{Explanation, Model, unpack};

use super::svg::{Anchor, DOWN, GRID, NEUTRAL, Svg, UP, cut};
use super::{Axis, grid};
use crate::figure::{number, value_of};

/// Rows that have a dot; of more, evenly spread ones.
const MOST_DOTS: usize = 3_000;
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 780.0;
/// Where the missing values stand.
const MISSING: f64 = 840.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 392.0;

/// A feature's contributions over its values; `packed` has the rows of `splits`, one behind the other.
pub fn dependence(
    model: &Model,
    feature: usize,
    packed: &[u8],
    splits: &[Explanation],
    title: &str,
) -> String {
    let rule = &model.schema().features()[feature];
    let unit = f64::from(model.program().head().shift).exp2();
    let every = splits.len().div_ceil(MOST_DOTS).max(1);
    let row_bytes = 3 * model.schema().features().len();
    let dots: Vec<(Option<f64>, f64)> = packed
        .chunks_exact(row_bytes)
        .zip(splits)
        .step_by(every)
        .map(|(row, split)| {
            let x = unpack(row).nth(feature).expect("a row has all features");
            (value_of(rule, x), split.contributions[feature] as f64 / unit)
        })
        .collect();
    let mut svg = Svg::new(WIDTH, HEIGHT, title);
    let across = Axis::over(dots.iter().filter_map(|dot| dot.0), LEFT, RIGHT);
    let up = Axis::over(dots.iter().map(|dot| dot.1).chain([0.0]), BOTTOM, TOP);
    grid(&mut svg, &across, TOP, BOTTOM);
    levels(&mut svg, &up);
    draw(&mut svg, &across, &up, &dots);
    let words = format!("{}{}", rule.name, bracketed(&rule.unit));
    svg.text(f64::midpoint(LEFT, RIGHT), BOTTOM + 44.0, Anchor::Middle, NEUTRAL, &cut(&words, 80));
    svg.finish(&format!("{title}: contribution to the margin over {words}, {} rows", dots.len()))
}

fn bracketed(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" ({unit})") }
}

fn levels(svg: &mut Svg, up: &Axis) {
    for tick in up.ticks() {
        let y = up.place(tick);
        let stroke = if tick == 0.0 { NEUTRAL } else { GRID };
        svg.line((LEFT, y), (MISSING + 20.0, y), stroke);
        svg.text(LEFT - 10.0, y + 4.5, Anchor::End, NEUTRAL, &number(tick));
    }
}

fn draw(svg: &mut Svg, across: &Axis, up: &Axis, dots: &[(Option<f64>, f64)]) {
    if dots.iter().any(|dot| dot.0.is_none()) {
        svg.text(MISSING, BOTTOM + 18.0, Anchor::Middle, NEUTRAL, "missing");
    }
    for (value, adds) in dots {
        let fill = if *adds > 0.0 { UP } else { DOWN };
        svg.dot(value.map_or(MISSING, |value| across.place(value)), up.place(*adds), fill);
    }
}
