//! The daemon's side: what its clients ask, handed to the thread that owns the card.

pub mod messages;
