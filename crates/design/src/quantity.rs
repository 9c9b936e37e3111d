//! How a design writes durations, shares and amounts, and how they are printed back. Decimals are read exactly, never as floats.

use mandate_core::units::{WAD, YEAR_S};

/// Seconds of a duration such as `90s`, `30m`, `6h`, `1d 12h`.
pub fn duration(text: &str) -> Result<u64, String> {
    const FORM: &str = "write a duration as whole numbers with s, m, h or d, such as \"1d 12h\"";
    let mut total: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(FORM.into());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(FORM)?;
        let count: u64 = rest[..digits].parse().map_err(|_| FORM)?;
        let unit = rest[digits..].chars().next().ok_or(FORM)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(FORM.into()),
        };
        let part = count.checked_mul(seconds).ok_or("the duration is too long")?;
        total = total.checked_add(part).ok_or("the duration is too long")?;
        rest = rest[digits + 1..].trim_start();
    }
    Ok(total)
}

/// A decimal number scaled by `10^places`, exactly.
pub fn decimal(text: &str, places: u32) -> Result<u128, String> {
    let plain: String = text.trim().chars().filter(|c| *c != '_').collect();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || plain.ends_with('.') {
        return Err("write a plain decimal number, such as 1_000 or 0.25".into());
    }
    let part = part.trim_end_matches('0');
    if part.len() > places as usize {
        return Err(format!("at most {places} decimal places can be kept here"));
    }
    let too_large = || "the number is too large".to_string();
    let padded = format!("{whole}{part:0<width$}", width = places as usize);
    padded.parse().map_err(|_| too_large())
}

/// A share such as `12.5%`, scaled so that 100 % is `10^places`.
pub fn share(text: &str, places: u32) -> Result<u128, String> {
    let number = text
        .trim()
        .strip_suffix('%')
        .ok_or("write a share with a percent sign, such as \"12.5%\"")?;
    decimal(number, places - 2)
}

/// A yearly rate such as `60%` in WAD per second, rounded down.
pub fn rate(text: &str) -> Result<u128, String> {
    Ok(share(text, 18)? / u128::from(YEAR_S))
}

/// A duration in its largest whole units.
pub fn show_duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}

/// A number scaled by `10^places`, without trailing zeros, thousands apart.
pub fn show_decimal(scaled: u128, places: u32) -> String {
    let one = 10u128.pow(places);
    let part = format!("{:0width$}", scaled % one, width = places as usize);
    let part = part.trim_end_matches('0');
    let whole = thousands(scaled / one);
    if places == 0 || part.is_empty() { whole } else { format!("{whole}.{part}") }
}

/// Thousands apart by an underscore, as a design writes them.
fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// Basis points as a percentage.
pub fn show_bps(bps: u128) -> String {
    format!("{}%", show_decimal(bps, 2))
}

/// A rate in WAD per second as a yearly percentage, to two places, rounded.
pub fn show_rate(per_second: u128) -> String {
    let bps = (per_second * u128::from(YEAR_S) * 10_000 + WAD / 2) / WAD;
    show_bps(bps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, seconds) in [("90s", 90), ("1d 12h", 129_600), ("2h30m", 9_000), ("0s", 0)] {
            assert_eq!(duration(text), Ok(seconds));
            assert_eq!(duration(&show_duration(seconds)), Ok(seconds));
        }
        for bad in
            ["", "5", "5y", "h", "1.5h", "-1h", "99999999999999999999s", "300000000000000000d"]
        {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("1_000.25", 6), Ok(1_000_250_000));
        assert_eq!(decimal("0.10", 1), Ok(1));
        assert_eq!(decimal("7", 0), Ok(7));
        for bad in ["", ".5", "5.", "-1", "1e3", "1.2.3", "0.0000001", "x"] {
            assert!(decimal(bad, 6).is_err(), "{bad}");
        }
        assert!(decimal("999999999999999999999999999999999999999999", 6).is_err());
        assert_eq!(show_decimal(1_234_500_000, 6), "1_234.5");
        assert_eq!(show_decimal(0, 6), "0");
    }

    #[test]
    fn shares_and_rates() {
        assert_eq!(share("12.5%", 4), Ok(1_250));
        assert_eq!(share("100%", 6), Ok(1_000_000));
        assert!(share("12.5", 4).is_err());
        assert!(share("0.001%", 4).is_err());
        assert_eq!(rate("100%"), Ok(WAD / u128::from(YEAR_S)));
        assert_eq!(show_rate(rate("60%").unwrap()), "60%");
        assert_eq!(show_bps(50), "0.5%");
    }
}
