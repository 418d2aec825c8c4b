//! The three interrupt vectors, fired by the card's own test register.

use std::time::Duration;

use flowswitch_driver::rings::Vectors;
use flowswitch_driver::{Card, Device, Error};

use super::Report;

/// How long an interrupt may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long is waited for one that must not come.
const QUIET: Duration = Duration::from_millis(2);

/// Fires each vector and sees that it arrives, alone.
pub(super) fn test<D: Device>(report: &mut Report<'_>, card: &mut Card<D>) -> Result<(), Error> {
    card.device_mut().enable_interrupts(3)?;
    let all = Vectors::all();
    // What was under way before belongs to nobody.
    card.device_mut().wait_interrupt(all.bits(), QUIET)?;
    for (vector, name) in [
        (Vectors::RECEIVE, "receive"),
        (Vectors::TRANSMIT, "transmit"),
        (Vectors::EVENTS, "events"),
    ] {
        card.test_interrupts(vector)?;
        let seen = card.device_mut().wait_interrupt(vector.bits(), PATIENCE)?;
        let stray = card.device_mut().wait_interrupt(all.bits(), QUIET)?;
        if seen & vector.bits() == 0 {
            report.fail(
                "interrupts",
                format!("the vector {name} was fired and did not arrive"),
                "see that MSI-X is enabled (lspci -vv) and that the machine remaps interrupts (dmesg); capture works \
                 without, by polling",
            );
            return Ok(());
        }
        if (seen | stray) & !vector.bits() != 0 {
            report.fail(
                "interrupts",
                format!(
                    "the vector {name} was fired, and {:#05b} arrived",
                    seen | stray
                ),
                "reset the card (`flowswitch device reset`); no other program may drive it",
            );
            return Ok(());
        }
    }
    report.pass(
        "interrupts",
        "receive, transmit and events arrived, each once and alone".to_owned(),
    );
    Ok(())
}
