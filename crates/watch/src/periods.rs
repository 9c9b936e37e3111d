//! When rows came, and how they are cut into periods.

use std::cmp::Ordering;
use std::str::FromStr;

use mandate_train::in_time;

use crate::error::WatchError;

/// How long a period is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Every {
    /// All rows are one period.
    #[default]
    All,
    /// So many rows.
    Rows(usize),
    /// A week of ISO 8601, from Monday on.
    Week,
    /// A month of the calendar.
    Month,
    /// Each value of the column of time is a period.
    Value,
}

impl FromStr for Every {
    type Err = WatchError;

    fn from_str(text: &str) -> Result<Self, WatchError> {
        match text {
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            "value" => Ok(Self::Value),
            _ => text.parse().ok().filter(|&n| n > 0).map(Self::Rows).ok_or_else(|| {
                WatchError::Setting {
                    key: "every",
                    given: text.to_owned(),
                    allowed: "week, month, value, or a number of rows",
                }
            }),
        }
    }
}

/// Rows of one stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The month, the week, the value, or the number of the period.
    pub name: String,
    /// The rows, in the order of time.
    pub rows: Vec<usize>,
}

/// The order of `rows` rows in time; in the file's order where no times are given, and within one moment.
pub fn in_order(times: Option<&[String]>, rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if let Some(times) = times {
        order.sort_by(|&a, &b| in_time(&times[a], &times[b]));
    }
    order
}

/// Cuts rows into periods.
///
/// # Errors
/// [`WatchError::Setting`] for weeks, months or values without a column of time, [`WatchError::Time`] for a text that is no day.
pub fn periods(
    times: Option<&[String]>,
    rows: usize,
    every: Every,
) -> Result<Vec<Period>, WatchError> {
    let order = in_order(times, rows);
    let numbered = |length: usize| {
        let cut = order.chunks(length.max(1)).zip(1..);
        Ok(cut.map(|(rows, n)| Period { name: n.to_string(), rows: rows.to_vec() }).collect())
    };
    let name: fn(&str) -> Option<String> = match every {
        Every::All => return numbered(rows),
        Every::Rows(length) => return numbered(length),
        Every::Week => |text| day(text).map(week),
        Every::Month => |text| day(text).map(month),
        Every::Value => |text| Some(text.to_owned()),
    };
    let Some(times) = times else {
        let (key, given) = ("every", "weeks, months or values without a column of time".to_owned());
        return Err(WatchError::Setting {
            key,
            given,
            allowed: "a number of rows, or name the column",
        });
    };
    named(times, &order, name)
}

fn named(
    times: &[String],
    order: &[usize],
    name: fn(&str) -> Option<String>,
) -> Result<Vec<Period>, WatchError> {
    let mut periods: Vec<Period> = Vec::new();
    for &row in order {
        let name =
            name(&times[row]).ok_or_else(|| WatchError::Time { given: times[row].clone() })?;
        match periods.last_mut() {
            Some(last) if last.name == name => last.rows.push(row),
            _ => periods.push(Period { name, rows: vec![row] }),
        }
    }
    Ok(periods)
}

/// Days since 1970 of a text that begins with `YYYY-MM-DD`, or is a number of seconds since 1970.
pub fn day(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return (100_000_000..100_000_000_000)
            .contains(&seconds)
            .then(|| seconds.div_euclid(86_400));
    }
    let mut parts = text.get(..10)?.splitn(3, '-');
    let mut part = |digits: usize| {
        let part = parts.next()?;
        let digits = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let ends = text[10..].chars().next().is_none_or(|next| !next.is_ascii_digit());
    let days = days(year, month, day);
    (ends && (1..=12).contains(&month) && date(days) == (year, month, day)).then_some(days)
}

/// Days since 1970 of a date, by years that begin in March (Hinnant's rule).
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = years + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * march + 2) / 5 + 1)
}

fn month(days: i64) -> String {
    let (year, month, _) = date(days);
    format!("{year:04}-{month:02}")
}

/// The week of the year to which its Thursday belongs.
fn week(days: i64) -> String {
    let thursday = days - (days + 3).rem_euclid(7) + 3;
    let (year, _, _) = date(thursday);
    let first = self::days(year, 1, 1);
    format!("{year:04}-W{:02}", (thursday - first) / 7 + 1)
}

/// Whether two texts are one moment.
pub(crate) fn same_moment(a: &str, b: &str) -> bool {
    in_time(a, b) == Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_weeks_and_months_are_those_of_the_calendar() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-02-29T12:00:00Z"), Some(11_016));
        assert_eq!(day("1000000000"), day("2001-09-09"));
        for text in [
            "2001-02-29",
            "2001-13-01",
            "2001-1-01",
            "20010101",
            "yesterday",
            "2001-01-011",
            "7",
            "",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
        let of = |text: &str, name: fn(i64) -> String| name(day(text).unwrap());
        assert_eq!(of("2005-09-30", month), "2005-09");
        // Known corners of ISO 8601: the year's turn belongs to either year.
        assert_eq!(of("2005-01-01", week), "2004-W53");
        assert_eq!(of("2008-12-29", week), "2009-W01");
        assert_eq!(of("2026-11-26", week), "2026-W48");
        for days in (-200_000..200_000).step_by(37) {
            let (y, m, d) = date(days);
            assert_eq!(self::days(y, m, d), days);
        }
    }

    #[test]
    fn rows_are_cut_in_the_order_of_time() {
        let times: Vec<String> =
            ["2005-03-01", "2005-01-05", "2005-02-01", "2005-01-04"].map(Into::into).into();
        let cut = periods(Some(&times), 4, Every::Month).unwrap();
        let names: Vec<_> = cut.iter().map(|p| (p.name.as_str(), p.rows.clone())).collect();
        assert_eq!(names, [("2005-01", vec![3, 1]), ("2005-02", vec![2]), ("2005-03", vec![0])]);
        let by_two = periods(Some(&times), 4, Every::Rows(3)).unwrap();
        assert_eq!(by_two[1].rows, [0]);
        assert!(
            periods(None, 4, Every::Week).unwrap_err().to_string().contains("without a column")
        );
        let bad = ["soon".to_owned()];
        assert!(periods(Some(&bad), 1, Every::Week).unwrap_err().to_string().contains("\"soon\""));
    }
}
