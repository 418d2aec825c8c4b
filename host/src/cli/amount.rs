//! Amounts as people read them.

/// How long ago, or for how long, by its largest unit: `42 s`, `12 min`, `5 h`, `12 d`. Begins in the future: `0 s`.
pub(super) fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A number with its thousands scaled: `999`, `1.2 k`, `35 M`.
pub(super) fn scaled(number: f64) -> String {
    const UNITS: [&str; 6] = ["", " k", " M", " G", " T", " P"];
    let mut number = number;
    let mut unit = 0;
    // Rounding must not show 1000 of a unit.
    while number >= 999.5 && unit + 1 < UNITS.len() {
        number /= 1_000.0;
        unit += 1;
    }
    if unit == 0 || number >= 9.95 {
        format!("{number:.0}{}", UNITS[unit])
    } else {
        format!("{number:.1}{}", UNITS[unit])
    }
}

/// So many of something: `1 difference`, `2 differences`.
pub(super) fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Counters in full up to seven digits, then scaled.
pub(super) fn count(number: u64) -> String {
    if number < 10_000_000 {
        number.to_string()
    } else {
        scaled(number as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::{count, counted, scaled, span};

    #[test]
    fn spans_by_their_largest_unit() {
        let spans = [
            (0, "0 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (1_080_000_000, "12 d"),
            (u64::MAX, "213503982334 d"),
        ];
        for (ms, text) in spans {
            assert_eq!(span(ms), text);
        }
    }

    #[test]
    fn one_and_many() {
        let texts = [0, 1, 2].map(|number| counted(number, "difference"));
        assert_eq!(texts, ["0 differences", "1 difference", "2 differences"]);
    }

    #[test]
    fn numbers_by_their_thousands() {
        let numbers = [
            (0.0, "0"),
            (999.4, "999"),
            (999.6, "1.0 k"),
            (9_960.0, "10 k"),
            (1.5e6, "1.5 M"),
            (999_600.0, "1.0 M"),
            (1e20, "100000 P"),
        ];
        for (number, text) in numbers {
            assert_eq!(scaled(number), text);
        }
        assert_eq!(count(9_999_999), "9999999");
        assert_eq!(count(u64::MAX), "18447 P");
    }
}
