//! When a check asks, and how often it must pass or fail to count.

use super::section::Section;

const MILLISECOND_NS: u64 = 1_000_000;
const SECOND_NS: u64 = 1_000 * MILLISECOND_NS;
const DAY_NS: u64 = 86_400 * SECOND_NS;
const MOST_JITTER: u8 = 50;

/// Times in ns, and counts.
pub(super) struct Timing {
    pub interval_ns: u64,
    pub fast_interval_ns: u64,
    pub timeout_ns: u64,
    pub jitter_percent: u8,
    pub rise: u8,
    pub fall: u8,
}

pub(super) fn read(section: &Section<'_>) -> Timing {
    let written = section.duration("interval", MILLISECOND_NS, DAY_NS);
    let interval_ns = written.as_ref().map_or(2 * SECOND_NS, |time| time.value);
    // What is not written must not be what is wrong, so it follows what is.
    let mut timing = Timing {
        interval_ns,
        fast_interval_ns: interval_ns,
        timeout_ns: interval_ns.min(SECOND_NS),
        jitter_percent: read_jitter(section).unwrap_or(10),
        rise: count(section, "rise").unwrap_or(2),
        fall: count(section, "fall").unwrap_or(3),
    };
    let within = |key: &str, help: &str| {
        let time = section.duration(key, MILLISECOND_NS, DAY_NS)?;
        if time.value > interval_ns {
            match &written {
                Some(interval) => section.problems.add_pair(
                    &time.span,
                    &interval.span,
                    format!("`{key}` is longer than `interval`"),
                    help,
                ),
                None => section.problems.add(
                    &time.span,
                    format!("`{key}` is longer than `interval`, which is 2 s if it is not written"),
                    "too long",
                    help,
                ),
            }
        }
        Some(time.value)
    };
    if let Some(time) = within("timeout", "let a probe end before the next begins") {
        timing.timeout_ns = time;
    }
    let help = "it is the interval while the state is changing: make it the shorter one";
    if let Some(time) = within("fast_interval", help) {
        timing.fast_interval_ns = time;
    }
    timing
}

fn count(section: &Section<'_>, key: &str) -> Option<u8> {
    let count = section.integer(key, 1..256)?;
    u8::try_from(count.value).ok()
}

/// Per cent, as a number or as in "10%".
fn read_jitter(section: &Section<'_>) -> Option<u8> {
    let (item, span) = section.item("jitter")?;
    let percent = match (item.as_integer(), item.as_str()) {
        (Some(number), _) => u8::try_from(number).ok(),
        (_, Some(text)) => text.strip_suffix('%').and_then(|number| {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| number.parse().ok()).flatten()
        }),
        _ => None,
    };
    let percent = percent.filter(|percent| *percent <= MOST_JITTER);
    if percent.is_none() {
        let help = format!("write per cent of the interval, from \"0%\" to \"{MOST_JITTER}%\"");
        let message = "`jitter` is no such share".to_owned();
        section.problems.add(&span, message, "not a share", &help);
    }
    percent
}
