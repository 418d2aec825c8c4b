//! How a card is simulated.

use std::path::PathBuf;

/// A window of the simulation to record.
#[derive(Clone, Debug)]
pub struct TraceWindow {
    /// The FST file.
    pub path: PathBuf,
    /// Clock since reset to begin in. Programming takes clocks too: see `RtlCard::trace`.
    pub from_clock: u64,
    /// Clocks to record; 150 times slower than simulating them.
    pub clocks: u64,
}

/// How a card is simulated.
#[derive(Clone, Debug)]
pub struct RtlOptions {
    /// Core clock in hertz.
    pub clock_hz: u64,
    /// Register clock in hertz; unrelated to the core clock.
    pub csr_hz: u64,
    /// Seed of what the registers hold before reset, of stalls, gaps and clock phases, and of the flow table's hash.
    pub seed: u64,
    /// Probability, in 65,536ths, of a clock left out before a beat that enters.
    pub gap: u16,
    /// Probability, in 65,536ths, of a beat refused, by port (the host's last); ports not named refuse none.
    pub stalls: Vec<u16>,
    /// The corner (of `flowswitch_verilated::CORNERS`) to take in the place of a variant by its numbers.
    pub corner: Option<&'static str>,
    /// Whether verdicts and learning steps are recorded for `RtlCard::take_verdicts` and `RtlCard::take_learns`.
    pub monitoring: bool,
    /// What to record.
    pub trace: Option<TraceWindow>,
    /// Whether the host's frames pass through rings in its memory. Then `Card::inject` is not possible, frames to the host
    /// are no departures, and simulated time does not stand still during register accesses.
    pub rings: bool,
}

impl Default for RtlOptions {
    /// The clocks of a 100G card, no gaps, no stalls, nothing recorded.
    fn default() -> Self {
        Self {
            clock_hz: 322_265_625,
            csr_hz: 125_000_000,
            seed: 1,
            gap: 0,
            stalls: Vec::new(),
            corner: None,
            monitoring: false,
            trace: None,
            rings: false,
        }
    }
}
