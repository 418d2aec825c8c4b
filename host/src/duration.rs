//! Spans of time as people write them: `60s`, `500ms`, `1.5us`.

/// Units and their length in ns.
const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
];

/// Remedy to show with a text that [`parse_ns`] refuses.
pub const REMEDY: &str =
    "write a number and a unit (ns, us, ms, s, m or h), as in \"60s\" or \"1.5ms\"";

/// Reads a span of time in ns; fractions of a ns are cut off. `None` if it is not one, or longer than 584 years.
pub fn parse_ns(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 18 || fraction.contains('.') {
        return None;
    }
    let parts = fraction.parse::<u128>().ok()? * u128::from(*scale);
    let parts = parts / 10u128.pow(u32::try_from(fraction.len()).ok()?);
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(*scale)?
        .checked_add(u64::try_from(parts).ok()?)
}

/// Writes a span of time in ns with the largest unit that needs no more than three decimals.
pub fn format_ns(ns: u64) -> String {
    let (unit, scale) = *UNITS[..4]
        .iter()
        .rev()
        .find(|(_, scale)| ns >= *scale)
        .unwrap_or(&UNITS[0]);
    let text = format!("{:.3}", ns as f64 / scale as f64);
    format!(
        "{} {unit}",
        text.trim_end_matches('0').trim_end_matches('.')
    )
}

#[cfg(test)]
mod tests {
    use super::{format_ns, parse_ns};

    #[test]
    fn units_and_fractions() {
        assert_eq!(parse_ns("60s"), Some(60_000_000_000));
        assert_eq!(parse_ns("500ms"), Some(500_000_000));
        assert_eq!(parse_ns("1.5us"), Some(1_500));
        assert_eq!(parse_ns("0.0019us"), Some(1));
        assert_eq!(parse_ns("2h"), Some(7_200_000_000_000));
    }

    #[test]
    fn what_is_no_span_of_time() {
        for text in [
            "",
            "s",
            "60",
            "60 s",
            "-1s",
            "1.s",
            ".5s",
            "1.2.3s",
            "1sec",
            "9999999999h",
            "٣s",
        ] {
            assert_eq!(parse_ns(text), None, "{text}");
        }
    }

    #[test]
    fn readable() {
        assert_eq!(format_ns(0), "0 ns");
        assert_eq!(format_ns(1_500), "1.5 us");
        assert_eq!(format_ns(3_600_000_000_000), "3600 s");
    }
}
