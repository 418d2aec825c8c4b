//! The cards that a test runs on.

use crate::layout::Layout;
use crate::rig::Rig;
use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Card, CardError};
use flowswitch_sim::counters::Counters;
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
pub trait TestCard: Card + Send {
    /// Forgets all flows. Time that passes does too, but takes the card many clocks.
    ///
    /// # Errors
    /// If the card fails.
    fn forget_flows(&mut self) -> Result<(), CardError>;
}

impl TestCard for RtlCard {
    fn forget_flows(&mut self) -> Result<(), CardError> {
        let driver = self.driver_mut();
        if driver.flow_status()?.ready && driver.flow_counters()?.live() == 0 {
            return Ok(());
        }
        Ok(driver.set_flow_seed(FlowSeed::from_number(1))?)
    }
}

impl TestCard for SoftwareCard {
    /// Nothing: the golden model sees every age.
    fn forget_flows(&mut self) -> Result<(), CardError> {
        Ok(())
    }
}

/// A card of any kind.
pub type AnyCard = Box<dyn TestCard>;

/// A card that no test uses now. To program a card for the first time takes far longer than most tests, and so does
/// the reading of its counters.
struct Idle {
    kind: CardKind,
    card: AnyCard,
    counters: Counters,
}

/// All cards that no test uses now.
static IDLE: Mutex<Vec<Idle>> = Mutex::new(Vec::new());

/// After so many ticks of 2^30 ns everything learned is forgotten by the ages that tests set.
const OBLIVION_TICKS: u64 = 16_384;

impl CardKind {
    /// A card with as many ports as the image, programmed with it, all links up, nothing learned. Its clock may have run
    /// before, and so may its counters, which come with it; a member not among them has none that are not 0.
    ///
    /// # Panics
    /// If the card cannot be made or programmed, which fails the test that wanted it.
    pub fn open(self, image: &Image) -> (AnyCard, Counters) {
        let ports = u8::try_from(image.ports.len()).expect("at most eight ports");
        let (mut card, counters) = self.take_idle(ports).unwrap_or_else(|| {
            let mut card = self.make(ports);
            let counters = card.counters().expect("the counters are readable");
            (card, counters)
        });
        for port in 0..ports {
            card.set_link(port, true).expect("the link comes up");
        }
        // Without flows time passes sooner.
        card.forget_flows().expect("the card forgets");
        let later = card.now_ns() + (OBLIVION_TICKS << 30);
        card.jump_to(later).expect("time passes");
        card.program(image).expect("the card takes the image");
        (card, counters)
    }

    /// Hands a card on to other tests with its counters. Only one that is idle and has not failed.
    pub fn hand_on(self, card: AnyCard, counters: Counters) {
        idle().push(Idle {
            kind: self,
            card,
            counters,
        });
    }

    fn take_idle(self, ports: u8) -> Option<(AnyCard, Counters)> {
        let mut idle = idle();
        let found = idle
            .iter()
            .position(|idle| (idle.kind, idle.card.ports()) == (self, ports))?;
        let Idle { card, counters, .. } = idle.swap_remove(found);
        Some((card, counters))
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
fn idle() -> MutexGuard<'static, Vec<Idle>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The Verilated card, not yet programmed; `monitoring`: with records of its verdicts and learning steps.
///
/// # Panics
/// If there is no such variant.
pub fn open_rtl(ports: u8, engines: u8, monitoring: bool) -> RtlCard {
    open_with(ports, engines, monitoring, None)
}

/// The corner of that name, which has so many ports, with records of its verdicts.
///
/// # Panics
/// If there is none, or it was not built.
pub fn open_corner(name: &'static str, ports: u8) -> RtlCard {
    open_with(ports, 1, true, Some(name))
}

fn open_with(ports: u8, engines: u8, monitoring: bool, corner: Option<&'static str>) -> RtlCard {
    let options = RtlOptions {
        corner,
        // Most clocks of most tests pass while registers are read: a register clock hardly slower than the core's takes
        // half as many of them as that of a board.
        csr_hz: 320_000_000,
        monitoring,
        ..RtlOptions::default()
    };
    RtlCard::new(ports, engines, options).expect("a Verilated card of this shape")
}

/// A kind of card and a layout: what a test of a row runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bed {
    /// The card.
    pub kind: CardKind,
    /// Where the places are.
    pub layout: Layout,
}

impl Bed {
    /// A card programmed with an image whose logical ports are places.
    ///
    /// # Panics
    /// As [`CardKind::open`].
    pub fn rig(self, image: &Image) -> Rig {
        Rig::cabled(self, image)
    }
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

/// As [`on_every_card!`] for functions that take a [`Bed`](crate::cards::Bed): one test for each kind of card and each
/// layout, but an engine per port in one layout only.
#[macro_export]
macro_rules! on_every_layout {
    ($($test:ident),* $(,)?) => {
        mod port_each {
            $crate::on_every_layout!(@card model Model PortEach [$($test)*]);
            $crate::on_every_layout!(@card one_engine OneEngine PortEach [$($test)*]);
            // The engines are the same however many there are: once is enough.
            $crate::on_every_layout!(@card engine_per_port EnginePerPort PortEach [$($test)*]);
        }
        mod port_by_role {
            $crate::on_every_layout!(@card model Model PortByRole [$($test)*]);
            $crate::on_every_layout!(@card one_engine OneEngine PortByRole [$($test)*]);
        }
        mod one_port {
            $crate::on_every_layout!(@card model Model OnePort [$($test)*]);
            $crate::on_every_layout!(@card one_engine OneEngine OnePort [$($test)*]);
        }
    };
    (@card $module:ident $kind:ident $layout:ident [$($test:ident)*]) => {
        mod $module {
            $(#[test] fn $test() {
                super::super::$test($crate::cards::Bed {
                    kind: $crate::cards::CardKind::$kind,
                    layout: $crate::layout::Layout::$layout,
                });
            })*
        }
    };
}
