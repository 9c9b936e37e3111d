//! A drawing in SVG: shapes and texts, all texts escaped.

use std::fmt::Write;

/// Raises the margin.
pub(super) const UP: &str = "#c2410c";
/// Lowers it.
pub(super) const DOWN: &str = "#0369a1";
/// Neither.
pub(super) const NEUTRAL: &str = "#475569";
/// Lines behind everything.
pub(super) const GRID: &str = "#e2e8f0";
/// Texts.
pub(super) const INK: &str = "#0f172a";

/// Where a text begins, or ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A drawing that grows.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    /// An empty drawing with its title.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self { width, height, body: String::new() };
        svg.rect(0.0, 0.0, width, height, "#ffffff");
        let words = cut(title, 78);
        svg.write(&format!(
            "<text x=\"24\" y=\"34\" font-size=\"17\" font-weight=\"600\" fill=\"{INK}\">{}</text>",
            escaped(&words)
        ));
        svg
    }

    fn write(&mut self, shape: &str) {
        writeln!(self.body, "{shape}").expect("a string takes all");
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        self.write(&format!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.write(&format!(
            "<line x1=\"{x1:.2}\" y1=\"{y1:.2}\" x2=\"{x2:.2}\" y2=\"{y2:.2}\" stroke=\"{stroke}\"/>"
        ));
    }

    pub(super) fn dot(&mut self, x: f64, y: f64, fill: &str) {
        self.write(&format!(
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"3\" fill=\"{fill}\" fill-opacity=\"0.45\"/>"
        ));
    }

    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, fill: &str, words: &str) {
        self.write(&format!(
            "<text x=\"{x:.2}\" y=\"{y:.2}\" text-anchor=\"{}\" fill=\"{fill}\">{}</text>",
            anchor.word(),
            escaped(words)
        ));
    }

    /// The file's text; `words` tell those who do not see it what it shows.
    pub(super) fn finish(self, words: &str) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" font-size=\"13\">\n\
             <title>{}</title>\n{body}</svg>\n",
            escaped(words)
        )
    }
}

/// Text as it may stand in SVG and HTML; control characters become spaces.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no control characters, and no halves of surrogates or non-characters either.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The first characters of a text, with a sign that there are more.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place() {
        assert_eq!(
            escaped("<script>\"a\" & 'b'</script>\u{0}\u{1b}"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;  "
        );
        let mut svg = Svg::new(10.0, 10.0, "</text><script>");
        svg.text(1.0, 1.0, Anchor::Start, INK, "]]><x/>");
        let svg = svg.finish("<y>");
        assert!(!svg.contains("<script") && !svg.contains("<x") && !svg.contains("<y"), "{svg}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("größe", 5), "größe");
        assert_eq!(cut("größer", 5), "größ…");
    }
}
