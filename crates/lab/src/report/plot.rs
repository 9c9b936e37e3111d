//! A small SVG drawing board: scales, axes, lines, marks.
//!
//! Drawings are 440 units wide, so that text keeps a readable size on a phone (one column) and on a laptop (two columns). Colours come from
//! the page's style sheet by class, so light and dark need no second drawing.

use super::format::escape;
use std::fmt::Write;

/// A linear map from values to a span of the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    pub(super) fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }
}

/// Round values that cover `low..=high`: a step of 1, 2 or 5 times a power of ten.
pub(super) fn ticks(low: f64, high: f64, about: u32) -> Vec<f64> {
    let span = if high > low { high - low } else { 1.0 };
    let rough = span / f64::from(about);
    let mut step = 1e-9;
    'found: loop {
        for factor in [1.0, 2.0, 5.0] {
            if step * factor >= rough * 0.999 {
                step *= factor;
                break 'found;
            }
        }
        step *= 10.0;
    }
    let first = (low / step).floor() as i64;
    let last = ((low + span) / step).ceil() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// How an axis is cut and labelled.
pub(super) struct Axis<'a> {
    pub(super) name: &'a str,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) about: u32,
    pub(super) label: &'a dyn Fn(f64) -> String,
}

/// A drawing in progress.
pub(super) struct Plot {
    svg: String,
    height: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

pub(super) const WIDTH: f64 = 440.0;
const TOP: f64 = 26.0;
const RIGHT: f64 = 14.0;

impl Plot {
    /// A drawing with both axes; `left` leaves room for the labels of `y`.
    pub(super) fn framed(height: f64, left: f64, x: &Axis<'_>, y: &Axis<'_>) -> Self {
        let (xs, ys) = (ticks(x.low, x.high, x.about), ticks(y.low, y.high, y.about));
        let bottom = height - 38.0;
        let mut plot = Self {
            svg: String::new(),
            height,
            x: Scale { low: x.low, high: x.high, from: left, to: WIDTH - RIGHT },
            y: Scale { low: ys[0], high: ys[ys.len() - 1], from: bottom, to: TOP },
        };
        for v in &ys {
            let at = plot.y.at(*v);
            plot.segment((left, at), (WIDTH - RIGHT, at), "grid");
            plot.text((left - 7.0, at + 4.0), "end", "tick", &(y.label)(*v));
        }
        let inside = |v: &&f64| **v >= x.low - 1e-9 && **v <= x.high + 1e-9;
        for v in xs.iter().filter(inside) {
            let at = plot.x.at(*v);
            plot.segment((at, bottom), (at, bottom + 4.0), "axis");
            plot.text((at, bottom + 17.0), "middle", "tick", &(x.label)(*v));
        }
        plot.segment((left, bottom), (WIDTH - RIGHT, bottom), "axis");
        plot.text((0.0, 13.0), "start", "name", y.name);
        plot.text((WIDTH - RIGHT, height - 4.0), "end", "name", x.name);
        plot
    }

    /// A drawing with a horizontal axis only: rows are placed by hand.
    pub(super) fn rows(height: f64, left: f64, x: &Axis<'_>) -> Self {
        let xs = ticks(x.low, x.high, x.about);
        let bottom = height - 38.0;
        let mut plot = Self {
            svg: String::new(),
            height,
            x: Scale { low: xs[0], high: xs[xs.len() - 1], from: left, to: WIDTH - RIGHT - 8.0 },
            y: Scale { low: 0.0, high: 1.0, from: bottom, to: 8.0 },
        };
        for v in &xs {
            let at = plot.x.at(*v);
            plot.segment((at, 8.0), (at, bottom), if *v == 0.0 { "axis" } else { "grid" });
            plot.text((at, bottom + 16.0), "middle", "tick", &(x.label)(*v));
        }
        plot.text((WIDTH - RIGHT, height - 4.0), "end", "name", x.name);
        plot
    }

    pub(super) fn segment(&mut self, a: (f64, f64), b: (f64, f64), class: &str) {
        let _ = write!(
            self.svg,
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" class="{class}"/>"#,
            a.0, a.1, b.0, b.1
        );
    }

    pub(super) fn text(&mut self, at: (f64, f64), anchor: &str, class: &str, text: &str) {
        let _ = write!(
            self.svg,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="{anchor}" class="{class}">{}</text>"#,
            at.0,
            at.1,
            escape(text)
        );
    }

    /// A line through values, in the plot's own units.
    pub(super) fn line(&mut self, points: impl Iterator<Item = (f64, f64)>, class: &str) {
        let mut path = String::new();
        for (i, (x, y)) in points.enumerate() {
            let lead = if i == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{lead}{:.1} {:.1}", self.x.at(x), self.y.at(y));
        }
        let _ = write!(self.svg, r#"<path d="{path}" class="line {class}"/>"#);
    }

    pub(super) fn dot(&mut self, at: (f64, f64), radius: f64, class: &str, tip: &str) {
        let _ = write!(
            self.svg,
            r#"<circle cx="{:.1}" cy="{:.1}" r="{radius:.1}" class="{class}"><title>{}</title></circle>"#,
            at.0,
            at.1,
            escape(tip)
        );
    }

    pub(super) fn bar(&mut self, at: (f64, f64), size: (f64, f64), class: &str, tip: &str) {
        let _ = write!(
            self.svg,
            r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="2" class="{class}"><title>{}</title></rect>"#,
            at.0,
            at.1,
            size.0.max(0.0),
            size.1,
            escape(tip)
        );
    }

    /// The finished drawing; `said` is what a person who cannot see it is told.
    pub(super) fn finish(self, said: &str) -> String {
        format!(
            r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">{}</svg>"#,
            self.height,
            escape(said),
            self.svg
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        assert_eq!(ticks(0.0, 100.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let t = ticks(-3.0, 7.0, 4);
        assert!(t[0] <= -3.0 && t[t.len() - 1] >= 7.0, "{t:?}");
        assert_eq!(ticks(2.0, 2.0, 4).len(), ticks(2.0, 3.0, 4).len());
    }
}
