//! From a float to the decimal fraction that a person would write for it.
//!
//! A data file says 0.29; the nearest float lies below it, and flooring its hundredfold gives 28. So a float is read back
//! as the shortest decimal that names it, which is the text it came from up to 15 digits, and rules on it are exact.

use mandate_model::Value;

/// Most decimal places kept; what is finer is cut off.
const PLACES: usize = 18;

/// The value of a float as numerator over a power of ten, read from its shortest text; none for NaN.
pub fn value(x: f64) -> Value {
    if x.is_nan() {
        return None;
    }
    if x.fract() == 0.0 {
        return Some((x as i128, 1));
    }
    let text = format!("{x}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = &fraction[..fraction.len().min(PLACES)];
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, 10u64.pow(fraction.len() as u32)))
}

/// A positive scale as a fraction of two `u32` in lowest terms, if it is one.
pub(crate) fn ratio(scale: f64) -> Option<(u32, u32)> {
    let (num, den) = value(scale)?;
    let (num, den) = (u64::try_from(num).ok()?, den);
    let common = gcd(num, den);
    let (num, den) = (u32::try_from(num / common).ok()?, u32::try_from(den / common).ok()?);
    (num > 0).then_some((num, den))
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_the_decimal_it_was_written_as() {
        assert_eq!(value(0.29), Some((29, 100)));
        assert_eq!(value(-0.5), Some((-5, 10)));
        assert_eq!(value(1e15), Some((1_000_000_000_000_000, 1)));
        assert_eq!(value(1e-30), Some((0, 10u64.pow(18))));
        assert_eq!(value(f64::NAN), None);
    }

    #[test]
    fn scales_are_small_fractions() {
        assert_eq!(ratio(100.0), Some((100, 1)));
        assert_eq!(ratio(0.001), Some((1, 1000)));
        assert_eq!(ratio(2.5), Some((5, 2)));
        assert_eq!(ratio(1e12), None);
        assert_eq!(ratio(0.0), None);
    }
}
