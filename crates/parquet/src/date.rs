//! Days and moments since 1970 in the calendar's words (ISO 8601, UTC).

/// Days of four centuries, of a century, of four years and of a year.
const DAYS: [i64; 4] = [146_097, 36_524, 1_461, 365];
/// Days from the first of March of year 0 to 1970.
const EPOCH: i64 = 719_468;
/// Days of the months from March on, each as days before it.
const BEFORE: [i64; 12] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/// A day as `year-month-day`.
pub(crate) fn day(since_1970: i64) -> String {
    // Years begin in March here, so that a leap day is the last one.
    let days = since_1970 + EPOCH;
    let (mut year, mut left) = (400 * days.div_euclid(DAYS[0]), days.rem_euclid(DAYS[0]));
    for (length, years, most) in [(DAYS[1], 100, 3), (DAYS[2], 4, 24), (DAYS[3], 1, 3)] {
        let whole = (left / length).min(most);
        year += years * whole;
        left -= length * whole;
    }
    let month = BEFORE.iter().rposition(|&before| before <= left).unwrap_or(0);
    let day = left - BEFORE[month] + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    format!("{year:04}-{month:02}-{day:02}")
}

/// A moment of so many parts of a second as `year-month-dayThour:minute:second.parts`.
pub(crate) fn moment(since_1970: i64, parts: i64) -> String {
    let (seconds, part) = (since_1970.div_euclid(parts), since_1970.rem_euclid(parts));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let width = parts.ilog10() as usize;
    format!("{}T{hour:02}:{minute:02}:{second:02}.{part:0width$}", day(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_one_another_through_leap_years() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(-1), "1969-12-31");
        assert_eq!(day(11_016), "2000-02-29");
        assert_eq!(day(11_017), "2000-03-01");
        assert_eq!(day(47_540), "2100-02-28");
        assert_eq!(day(47_541), "2100-03-01");
        assert_eq!(day(20_783), "2026-11-26");
        let mut before = day(-800_000);
        for since in -799_999..800_000 {
            let now = day(since);
            let plain = |text: &str| text.starts_with('-');
            assert!(plain(&before) || before < now, "{before} and {now}");
            before = now;
        }
    }

    #[test]
    fn moments_have_their_parts() {
        assert_eq!(moment(-1, 1_000), "1969-12-31T23:59:59.999");
        assert_eq!(moment(86_399_000_001, 1_000_000), "1970-01-01T23:59:59.000001");
        assert!(moment(i64::MAX, 1_000).contains('T') && moment(i64::MIN, 1_000_000).contains('T'));
    }
}
