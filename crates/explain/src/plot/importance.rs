//! Which features count, over many rows.

use mandate_model::Model;

use super::svg::{Anchor, DOWN, INK, NEUTRAL, Svg, cut};
use super::{Axis, grid};
use crate::summary::Importance;

/// Features that have a bar.
const MOST_BARS: usize = 20;
const WIDTH: f64 = 900.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 800.0;
const TOP: f64 = 56.0;
const ROW: f64 = 28.0;

/// Mean size of each feature's contribution, the largest first.
pub fn importance(model: &Model, importance: &[Importance], title: &str) -> String {
    let shown = &importance[..importance.len().min(MOST_BARS)];
    let bottom = TOP + ROW * shown.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 60.0, title);
    let largest = shown.iter().map(|one| one.mean_size).fold(0.0, f64::max);
    let axis = Axis::over([0.0, largest], LEFT, RIGHT);
    grid(&mut svg, &axis, TOP, bottom);
    for (row, one) in shown.iter().enumerate() {
        let name = &model.schema().features()[one.feature].name;
        let y = TOP + ROW * (row as f64 + 0.5);
        svg.text(LEFT - 14.0, y + 4.5, Anchor::End, INK, &cut(name, 32));
        let (from, to) = (axis.place(0.0), axis.place(one.mean_size));
        svg.rect(from, y - 9.0, (to - from).max(1.0), 18.0, DOWN);
        svg.text(to + 7.0, y + 4.5, Anchor::Start, NEUTRAL, &format!("{:.4}", one.mean_size));
    }
    let words = "mean size of the contribution to the margin";
    svg.text(axis.place(0.0), bottom + 40.0, Anchor::Start, NEUTRAL, words);
    let first = shown.first().map_or("", |one| &model.schema().features()[one.feature].name);
    svg.finish(&format!("{title}: {words}, most of all {first}"))
}
