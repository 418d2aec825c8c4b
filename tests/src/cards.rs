//! The cards that a test runs on.

use flowswitch_driver::image::Image;
use flowswitch_sim::card::Card;
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_sim::software::SoftwareCard;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// A card that tests can hand on to each other.
pub type AnyCard = Box<dyn Card + Send>;

/// Cards that no test uses now, with their kind and number of ports. To program a card for the first time takes far
/// longer than most tests.
static IDLE: Mutex<Vec<(CardKind, u8, AnyCard)>> = Mutex::new(Vec::new());

/// After so many ticks of 2^30 ns everything learned is forgotten by the ages that tests set.
const OBLIVION_TICKS: u64 = 16_384;

impl CardKind {
    /// A card with as many ports as the image, programmed with it, all links up, nothing learned. Its clock and its
    /// counters may have run before.
    ///
    /// # Panics
    /// If the card cannot be made or programmed, which fails the test that wanted it.
    pub fn open(self, image: &Image) -> AnyCard {
        let ports = u8::try_from(image.ports.len()).expect("at most eight ports");
        let mut card = self.take_idle(ports).unwrap_or_else(|| self.make(ports));
        for port in 0..ports {
            card.set_link(port, true).expect("the link comes up");
        }
        let later = card.now_ns() + (OBLIVION_TICKS << 30);
        card.jump_to(later).expect("time passes");
        card.program(image).expect("the card takes the image");
        card
    }

    /// Hands a card on to other tests. Only one that is idle and has not failed.
    pub fn hand_on(self, card: AnyCard) {
        let ports = card.ports();
        idle().push((self, ports, card));
    }

    fn take_idle(self, ports: u8) -> Option<AnyCard> {
        let mut idle = idle();
        let found = idle
            .iter()
            .position(|(kind, has, _)| (*kind, *has) == (self, ports))?;
        Some(idle.swap_remove(found).2)
    }

    fn make(self, ports: u8) -> AnyCard {
        match self {
            Self::Model => Box::new(SoftwareCard::new(ports)),
            Self::OneEngine => Box::new(open_rtl(ports, 1, false)),
            Self::EnginePerPort => Box::new(open_rtl(ports, ports, false)),
        }
    }
}

/// A test that panicked while it held the lock has changed nothing halfway.
fn idle() -> MutexGuard<'static, Vec<(CardKind, u8, AnyCard)>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
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
