//! Drop reasons by name and number.

use flowswitch_sim::counters::{Counters, DROP_REASONS};

/// The number of a drop reason.
///
/// # Panics
/// If there is none of that name.
pub fn reason_number(name: &str) -> usize {
    1 + DROP_REASONS
        .iter()
        .position(|reason| *reason == name)
        .expect("the name of a drop reason")
}

/// Drops by reason name, those that are not zero.
pub fn named_drops(counters: &Counters) -> Vec<(String, u64)> {
    let name = |number: usize| match number
        .checked_sub(1)
        .and_then(|index| DROP_REASONS.get(index))
    {
        Some(name) => (*name).to_owned(),
        None => format!("reason {number}"),
    };
    let drops = counters
        .drops
        .iter()
        .enumerate()
        .filter(|(_, count)| **count != 0);
    drops
        .map(|(number, count)| (name(number), *count))
        .collect()
}
