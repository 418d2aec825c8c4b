//! The cards that a test runs on.

use flowswitch_driver::image::Image;
use flowswitch_sim::card::Card;
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_sim::software::SoftwareCard;

/// The three embodiments that must behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKind {
    /// The golden model with its own timing.
    Model,
    /// The Verilated card with one look-up engine for all ports.
    OneEngine,
    /// The Verilated card with a look-up engine for each port.
    EnginePerPort,
}

impl CardKind {
    /// A card with as many ports as the image, programmed with it, all links up.
    ///
    /// # Panics
    /// If the card cannot be made or programmed, which fails the test that wanted it.
    pub fn open(self, image: &Image) -> Box<dyn Card> {
        let ports = u8::try_from(image.ports.len()).expect("at most eight ports");
        let mut card: Box<dyn Card> = match self {
            Self::Model => Box::new(SoftwareCard::new(ports)),
            Self::OneEngine => Box::new(open_rtl(ports, 1, false)),
            Self::EnginePerPort => Box::new(open_rtl(ports, ports, false)),
        };
        card.program(image).expect("the card takes the image");
        card
    }
}

/// The Verilated card, not yet programmed; `monitoring`: with records of its verdicts and learning steps.
///
/// # Panics
/// If there is no such variant.
pub fn open_rtl(ports: u8, engines: u8, monitoring: bool) -> RtlCard {
    let options = RtlOptions {
        monitoring,
        ..RtlOptions::default()
    };
    RtlCard::new(ports, engines, options).expect("a Verilated card of this shape")
}

/// Makes `#[test]`s of functions that take a [`CardKind`], one for each kind, in a module named after it, so that the
/// name of a failed test names the card.
#[macro_export]
macro_rules! on_every_card {
    ($($test:ident),* $(,)?) => {
        mod model {
            $(#[test] fn $test() { super::$test($crate::cards::CardKind::Model) })*
        }
        mod one_engine {
            $(#[test] fn $test() { super::$test($crate::cards::CardKind::OneEngine) })*
        }
        mod engine_per_port {
            $(#[test] fn $test() { super::$test($crate::cards::CardKind::EnginePerPort) })*
        }
    };
}
