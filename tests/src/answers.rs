//! How long the control plane takes to answer while frames come as fast as they can.

use crate::measure::{open, stream, to_server};
use flowswitch_driver::register_map::{REGISTERS, find};
use flowswitch_driver::tables::Table;
use flowswitch_sim::card::{Card, CardError};
use flowswitch_sim::rtl::RtlCard;

/// Clocks that any access to a register or a table may take, whatever passes through the card.
pub const MOST_CLOCKS: u64 = 1_000;
/// Frames of a port: for far longer than all the accesses may last, one after the other.
const FRAMES: u64 = 30_000;

/// An access, and how long it took.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was read.
    pub of: String,
    /// Core clocks from the request on the bus to the answer.
    pub clocks: u64,
}

/// A card of [`open`] on which 64-byte frames enter all ports as fast as its engines look them up.
///
/// # Errors
/// If the card fails.
pub fn at_line_rate(ports: u8, engines: u8) -> Result<RtlCard, CardError> {
    let mut card = open(ports, engines);
    let spacing = if engines == 1 { u64::from(ports) } else { 1 };
    for port in 0..ports {
        let frames =
            (0..(FRAMES / spacing) as u32).map(|number| to_server((port + 1) % ports, 1, number));
        card.offer(stream(&card, port, port.into(), spacing, frames));
    }
    card.run(100)?;
    Ok(card)
}

/// Reads the first entry of every table, every register that can be read, and a bucket, one after the other.
///
/// # Errors
/// What could not be read, or that the frames came to an end before.
pub fn answers(card: &mut RtlCard) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    let mut time = |card: &mut RtlCard,
                    of: String,
                    read: &mut dyn FnMut(&mut RtlCard) -> Result<(), String>| {
        let before = card.clock();
        read(card).map_err(|error| format!("{of}: {error}"))?;
        let clocks = card.clock() - before;
        answers.push(Answer { of, clocks });
        Ok::<(), String>(())
    };
    for table in Table::ALL {
        time(card, format!("{table:?}"), &mut |card| {
            let words = card.driver_mut().read_words(table, 0);
            words.map(drop).map_err(|error| error.to_string())
        })?;
    }
    for register in REGISTERS {
        let place = find(register.name).map_err(|error| error.to_string())?;
        if register.fields.iter().any(|field| field.access.readable()) {
            time(card, register.name.to_owned(), &mut |card| {
                let word = card.driver_mut().read_register(&place);
                word.map(drop).map_err(|error| error.to_string())
            })?;
        }
    }
    time(card, "a bucket".to_owned(), &mut |card| {
        let word = card.driver_mut().read_bucket_word(0);
        word.map(drop).map_err(|error| error.to_string())
    })?;
    if card.queued_beats(0) == 0 {
        return Err("the frames came to an end before the answers".to_owned());
    }
    Ok(answers)
}
