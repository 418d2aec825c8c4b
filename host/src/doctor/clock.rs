//! The core's clock, measured against the card's time and against the host's.

use std::time::Instant;

use flowswitch_driver::{Card, Device, Error};

use super::{Options, Report};

/// How far a clock may run faster than it should, in parts of a thousand: more than any oscillator, and than the time
/// that it takes to read one clock behind the other.
const TOLERANCE: f64 = 0.01;

/// Clocks and times read at once.
struct Reading {
    clocks: u32,
    time_ns: u64,
    at: Instant,
}

fn read<D: Device>(card: &mut Card<D>) -> Result<Reading, Error> {
    Ok(Reading {
        clocks: card.clock_count()?,
        time_ns: card.time_ns()?,
        at: Instant::now(),
    })
}

/// Measures the clock. A card that runs slower than it was built for is no fault: simulated ones do.
pub(super) fn clock<D: Device>(
    report: &mut Report<'_>,
    card: &mut Card<D>,
    options: &Options,
) -> Result<(), Error> {
    let nominal = f64::from(card.core_clock_khz()?) / 1e3;
    let before = read(card)?;
    card.device_mut().wait(options.watch)?;
    let after = read(card)?;
    let clocks = f64::from(after.clocks.wrapping_sub(before.clocks));
    let card_us = after.time_ns.saturating_sub(before.time_ns) as f64 / 1e3;
    let host_us = after.at.duration_since(before.at).as_secs_f64() * 1e6;
    if clocks == 0.0 {
        report.fail(
            "clock",
            format!("stands still; {nominal:.3} MHz expected"),
            "see that the card's reference clock runs and its PLL has locked, then load the bitstream anew",
        );
        return Ok(());
    }
    if card_us == 0.0 {
        report.fail(
            "clock",
            "the card's time stands still".to_owned(),
            "see that the board's time counter runs: time_ns is an input of the core",
        );
        return Ok(());
    }
    let by_card = clocks / card_us;
    let mut detail = format!("{by_card:.3} MHz by the card's time");
    let mut fastest = by_card;
    if options.real_time {
        let by_host = clocks / host_us;
        detail += &format!(", {by_host:.3} MHz by the host's");
        fastest = fastest.max(by_host);
    }
    detail += &format!("; built for {nominal:.3} MHz");
    if fastest > nominal * (1.0 + TOLERANCE) {
        report.fail(
            "clock",
            detail,
            "the card runs faster than its timing was closed for: load the bitstream of this board",
        );
        return Ok(());
    }
    if by_card < nominal * (1.0 - TOLERANCE) {
        detail += " (slower: a simulated card)";
    }
    report.pass("clock", detail);
    Ok(())
}
