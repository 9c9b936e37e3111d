//! Plots as SVG: the features that count, one feature's part, one decision's sum.

mod axis;
mod dependence;
mod importance;
mod svg;
mod waterfall;

pub use dependence::dependence;
pub use importance::importance;
pub(crate) use svg::escaped;
pub use waterfall::waterfall;

use axis::Axis;
use svg::{Anchor, GRID, NEUTRAL, Svg};

use crate::figure::number;

/// Upright lines at round numbers, and the numbers below them.
fn grid(svg: &mut Svg, axis: &Axis, top: f64, bottom: f64) {
    for tick in axis.ticks() {
        let x = axis.place(tick);
        svg.line((x, top), (x, bottom), GRID);
        svg.text(x, bottom + 18.0, Anchor::Middle, NEUTRAL, &number(tick));
    }
}
