//! Figures as people read them.

use crate::Interval;

/// Text that is safe between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// An integer with thin spaces between thousands.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

/// A sum in whole units, cents only where it is small.
pub fn money(units: u64, decimals: u8) -> String {
    let one = 10u64.pow(u32::from(decimals));
    let whole = (units + one / 2) / one;
    if whole >= 100 || units.is_multiple_of(one) {
        return grouped(whole);
    }
    let cents = (units % one) * 100 / one;
    format!("{}.{cents:02}", grouped(units / one))
}

/// A signed sum.
pub fn signed_money(units: i64, decimals: u8) -> String {
    let sign = if units < 0 { "−" } else { "" };
    format!("{sign}{}", money(units.unsigned_abs(), decimals))
}

/// Millionths as a percentage with `digits` decimals.
pub fn percent(ppm: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", (ppm / 1e4).abs());
    let zero = text.bytes().all(|b| b == b'0' || b == b'.');
    format!("{}{text} %", if ppm < 0.0 && !zero { "−" } else { "" })
}

/// Millionths as a decimal number.
pub fn micro(value: u64, digits: usize) -> String {
    let text = format!("{:.digits$}", value as f64 / 1e6);
    match text.split_once('.') {
        Some((whole, part)) if whole.len() > 4 => {
            format!("{}.{part}", grouped(whole.parse().unwrap_or(0)))
        }
        _ => text,
    }
}

/// A hash, its middle left out.
pub(super) fn short_hash(hash: &str) -> String {
    match hash.len() > 18 && hash.is_ascii() {
        true => format!("{}…{}", &hash[..10], &hash[hash.len() - 6..]),
        false => hash.to_owned(),
    }
}

/// A mean with its interval; one value has none.
pub fn interval_words(i: &Interval) -> String {
    match i.n {
        0 | 1 => percent(i.mean, 2),
        _ => format!("{} ({} to {})", percent(i.mean, 2), percent(i.low, 2), percent(i.high, 2)),
    }
}

/// So many of something.
pub fn counted(n: u32, thing: &str) -> String {
    match n {
        1 => format!("one {thing}"),
        _ => format!("{n} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(money(1_500_000, 6), "1.50");
        assert_eq!(money(123_456_789_012, 6), "123\u{202f}457");
        assert_eq!(signed_money(-2_000_000, 6), "−2");
        assert_eq!(percent(-12_345.0, 2), "−1.23 %");
        assert_eq!(percent(-1.0, 1), "0.0 %");
        assert_eq!(escape("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
    }
}
