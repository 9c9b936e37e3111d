//! One decision: from the base to the margin, feature by feature.

use mandate_model::{Explanation, Model, unpack};

use super::svg::{Anchor, DOWN, GRID, INK, NEUTRAL, Svg, UP, cut};
use super::{Axis, grid};
use crate::figure::{signed, value_text, words_of};

/// Features that have a bar of their own.
const MOST_BARS: usize = 12;
const WIDTH: f64 = 900.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 830.0;
const TOP: f64 = 56.0;
const ROW: f64 = 30.0;

/// A bar: what it is, and what it adds.
struct Bar {
    label: String,
    adds: f64,
}

/// The waterfall of one row, titled `title`; margins are in the model's own scale, without its shift.
pub fn waterfall(model: &Model, packed: &[u8], split: &Explanation, title: &str) -> String {
    let unit = f64::from(model.program().head().shift).exp2();
    let bars = bars(model, packed, split, unit);
    let (base, margin) = (split.base as f64 / unit, split.margin as f64 / unit);
    let height = TOP + ROW * (bars.len() + 2) as f64 + 60.0;
    let mut svg = Svg::new(WIDTH, height, title);
    let axis = Axis::over(ends(base, &bars), LEFT, RIGHT);
    let bottom = TOP + ROW * (bars.len() + 2) as f64;
    grid(&mut svg, &axis, TOP, bottom);
    total(&mut svg, &axis, 0, "base", base);
    let mut at = base;
    for (row, bar) in (1..).zip(&bars) {
        step(&mut svg, &axis, row, bar, at);
        at += bar.adds;
    }
    total(&mut svg, &axis, bars.len() + 1, "margin", margin);
    svg.text(LEFT, bottom + 40.0, Anchor::Start, NEUTRAL, "margin before the link");
    let first = bars.first().map_or_else(String::new, |bar| {
        format!(", most by {} ({})", bar.label, signed(bar.adds, 3))
    });
    svg.finish(&format!("{title}: from {base:.3} to {margin:.3}{first}"))
}

/// All sums on the way.
fn ends(base: f64, bars: &[Bar]) -> Vec<f64> {
    let mut sums = vec![base];
    bars.iter().for_each(|bar| sums.push(sums.last().expect("the base") + bar.adds));
    sums
}

/// The largest contributions first, the small ones together at the end.
fn bars(model: &Model, packed: &[u8], split: &Explanation, unit: f64) -> Vec<Bar> {
    let features = model.schema().features();
    let mut order: Vec<usize> =
        (0..features.len()).filter(|i| split.contributions[*i] != 0).collect();
    order.sort_by_key(|i| -split.contributions[*i].abs());
    let values: Vec<i32> = unpack(packed).collect();
    let rest = if order.len() > MOST_BARS { order.split_off(MOST_BARS - 1) } else { Vec::new() };
    let mut bars: Vec<Bar> = order
        .iter()
        .map(|&i| Bar {
            label: format!("{}: {}", words_of(&features[i]), value_text(&features[i], values[i])),
            adds: split.contributions[i] as f64 / unit,
        })
        .collect();
    if !rest.is_empty() {
        let sum: i128 = rest.iter().map(|i| split.contributions[*i]).sum();
        bars.push(Bar { label: format!("{} more features", rest.len()), adds: sum as f64 / unit });
    }
    bars
}

fn middle(row: usize) -> f64 {
    TOP + ROW * (row as f64 + 0.5)
}

fn label(svg: &mut Svg, row: usize, words: &str) {
    svg.text(LEFT - 14.0, middle(row) + 4.5, Anchor::End, INK, &cut(words, 42));
}

/// The base or the margin: a mark across the row.
fn total(svg: &mut Svg, axis: &Axis, row: usize, words: &str, value: f64) {
    label(svg, row, words);
    let (x, y) = (axis.place(value), middle(row));
    svg.rect(x - 2.0, y - 10.0, 4.0, 20.0, NEUTRAL);
    svg.text(x + 9.0, y + 4.5, Anchor::Start, INK, &format!("{value:.3}"));
}

fn step(svg: &mut Svg, axis: &Axis, row: usize, bar: &Bar, at: f64) {
    label(svg, row, &bar.label);
    let (from, to, y) = (axis.place(at), axis.place(at + bar.adds), middle(row));
    svg.line((from, y - ROW + 10.0), (from, y - 10.0), GRID);
    let fill = if bar.adds > 0.0 { UP } else { DOWN };
    svg.rect(from.min(to), y - 10.0, (to - from).abs().max(1.0), 20.0, fill);
    // Beside the bar, on the side it points to, unless that is outside the drawing.
    let (x, anchor) = if bar.adds > 0.0 {
        (to.max(from) + 7.0, Anchor::Start)
    } else {
        (to.min(from) - 7.0, Anchor::End)
    };
    svg.text(x, y + 4.5, anchor, fill, &signed(bar.adds, 3));
}
