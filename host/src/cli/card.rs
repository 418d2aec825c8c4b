//! Which card a command runs on.

use std::path::PathBuf;

use clap::ValueEnum;
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Card, CardError};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_sim::software::{SoftwareCard, SoftwareOptions};

/// Seed of a simulated card if none is named.
pub(super) const SEED: u64 = 1;

/// Kinds of simulated cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CardKind {
    /// The Verilated RTL.
    Rtl,
    /// The golden model.
    Model,
}

/// Look-up engines of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engines {
    /// One for all ports.
    #[value(name = "1")]
    One,
    /// One for each port.
    Ports,
}

/// A waveform of the first clocks with traffic.
pub(super) struct Wave {
    /// FST file to write.
    pub(super) file: PathBuf,
    /// Number of clocks.
    pub(super) clocks: u64,
}

impl CardKind {
    /// As the report names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rtl => "rtl",
            Self::Model => "model",
        }
    }

    /// Makes a card that holds an image.
    pub(super) fn create(
        self,
        image: &Image,
        engines: Engines,
        clock_hz: u64,
        seed: u64,
        wave: Option<Wave>,
    ) -> Result<Box<dyn Card>, CardError> {
        let ports = image.ports.len() as u8;
        let engines = if engines == Engines::One { 1 } else { ports };
        match self {
            Self::Model => {
                let options = SoftwareOptions {
                    clock_hz,
                    seed,
                    engines,
                };
                let mut card = SoftwareCard::with_options(ports, &options);
                card.program(image)?;
                Ok(Box::new(card))
            }
            Self::Rtl => {
                let options = RtlOptions {
                    clock_hz,
                    seed,
                    ..RtlOptions::default()
                };
                let mut card = RtlCard::new(ports, engines, options)?;
                card.program(image)?;
                if let Some(wave) = wave {
                    card.trace(&wave.file, wave.clocks);
                }
                Ok(Box::new(card))
            }
        }
    }
}

/// Reads a frequency in MHz as hertz.
pub(super) fn clock_hz(text: &str) -> Result<u64, String> {
    let mhz: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1.0..=1_000.0).contains(&mhz) {
        Ok((mhz * 1e6).round() as u64)
    } else {
        Err("use a number of MHz from 1 to 1000".to_owned())
    }
}
