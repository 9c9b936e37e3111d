//! CSV files read line by line, with the place of every mistake.

use crate::LabError;
use std::path::Path;

/// A CSV file with a head line, held as text.
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    pub(super) fn read(path: &Path) -> Result<Self, LabError> {
        let file = std::fs::File::open(path).map_err(LabError::io(path))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let place = |e: csv::Error| LabError::Line {
            path: path.into(),
            line: e.position().map_or(1, csv::Position::line),
            column: field(&e),
            what: what(&e),
        };
        let head = reader.headers().map_err(place)?.iter().map(str::to_lowercase).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(place)?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record));
        }
        Ok(Self { head, rows })
    }

    /// The position of the first of `names` among the columns.
    pub(super) fn column(&self, path: &Path, names: &[&str]) -> Result<usize, LabError> {
        self.head.iter().position(|h| names.contains(&h.as_str())).ok_or_else(|| LabError::Line {
            path: path.into(),
            line: 1,
            column: 1,
            what: format!("no column {}; it has {}", names.join(" or "), self.head.join(", ")),
        })
    }
}

/// The first field that is wrong.
fn field(e: &csv::Error) -> u64 {
    match e.kind() {
        csv::ErrorKind::Utf8 { err, .. } => err.field() as u64 + 1,
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => expected_len.min(len) + 1,
        _ => 1,
    }
}

fn what(e: &csv::Error) -> String {
    match e.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".into(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields, the header has {expected_len}")
        }
        _ => e.to_string(),
    }
}

/// A decimal number in millionths, exactly; further digits are cut off.
pub(super) fn millionths(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) {
        return None;
    }
    let part = format!("{part:0<6}");
    let value = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    let value = value.checked_add(part[..6].parse().ok()?)?;
    Some(if negative { -value } else { value })
}

/// The last second of the year 9999: what is later counts something else than seconds.
const LATEST: i64 = 253_402_300_799;

/// A time as seconds since 1970: a number, or `YYYY-MM-DD` with an optional `HH:MM:SS`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    if let Ok(unix) = text.parse() {
        return (0..=LATEST).contains(&unix).then_some(unix);
    }
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let fields = |s: &str, by: char| -> Option<[i64; 3]> {
        let parts: Vec<i64> = s.split(by).map(|p| p.parse().ok()).collect::<Option<_>>()?;
        parts.try_into().ok()
    };
    let [year, month, day] = fields(date, '-')?;
    let [hour, minute, second] = fields(clock.trim_end_matches('Z'), ':')?;
    let inside = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (1900..3000).contains(&year);
    inside.then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day is last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(millionths("3723.04"), Some(3_723_040_000));
        assert_eq!(millionths("-0.0000019"), Some(-1));
        assert_eq!(millionths("1e3"), None);
        assert_eq!(millionths(""), None);
        assert_eq!(millionths("9999999999999999"), None);
    }

    #[test]
    fn times_are_read_in_both_forms() {
        assert_eq!(seconds("1640995200"), Some(1_640_995_200));
        assert_eq!(seconds("2022-01-01 00:00:00"), Some(1_640_995_200));
        assert_eq!(seconds("2024-02-29"), Some(1_709_164_800));
        assert_eq!(seconds("1640995200000"), None, "milliseconds");
        assert_eq!(seconds("-1"), None);
        assert_eq!(seconds("2024-13-01"), None);
        assert_eq!(seconds("yesterday"), None);
    }
}
