//! Numbers as people read them.

use mandate_model::{Feature, Link, MISSING, WAD};

/// A feature's value in its own unit; none if it is missing.
pub fn value_of(feature: &Feature, x: i32) -> Option<f64> {
    (x != MISSING)
        .then(|| f64::from(x) * f64::from(feature.scale_den) / f64::from(feature.scale_num))
}

/// A feature's value with its unit, or that it is missing.
pub fn value_text(feature: &Feature, x: i32) -> String {
    value_of(feature, x)
        .map_or_else(|| "missing".to_owned(), |value| with_unit(value, &feature.unit))
}

/// A number with its unit.
pub(crate) fn with_unit(value: f64, unit: &str) -> String {
    let number = number(value);
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// An output: a share in percent for a chance, else a number.
pub fn output_text(link: Link, output_wad: i128) -> String {
    let output = output_wad as f64 / WAD as f64;
    match link {
        Link::Logistic => format!("{} %", number(round(output * 100.0, 1))),
        Link::Identity | Link::Log => number(output),
    }
}

/// Six digits that count, without zeros at the end.
pub fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{}", value + 0.0);
    }
    let before = value.abs().log10().floor() as i32 + 1;
    let places = (6 - before).clamp(0, 12);
    let text = format!("{value:.*}", places as usize);
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A number with its sign and so many places; zero has none but plus.
pub fn signed(value: f64, places: usize) -> String {
    let text = format!("{value:+.places$}");
    let zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if zero { text.replace('-', "+") } else { text }
}

/// What a person calls a feature: the schema's words for it, or its name where there are none.
pub fn words_of(feature: &Feature) -> &str {
    if feature.reason.is_empty() { &feature.name } else { &feature.reason }
}

fn round(value: f64, places: i32) -> f64 {
    let ten = 10f64.powi(places);
    (value * ten).round() / ten
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_noise() {
        for (value, text) in [
            (0.1 + 0.2, "0.3"),
            (-0.0, "0"),
            (1234.5, "1234.5"),
            (12_345_678.0, "12345678"),
            (-2.5e-7, "-0.00000025"),
            (3.0, "3"),
            (99.999_999_9, "100"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(signed(-0.0001, 3), "+0.000");
        assert_eq!(signed(-0.0006, 3), "-0.001");
        assert_eq!(output_text(Link::Logistic, WAD / 3), "33.3 %");
        assert_eq!(output_text(Link::Identity, 5 * WAD / 2), "2.5");
    }
}
