//! The driver against a card in memory.

mod check;
mod fig2;
mod flows;
mod programming;
mod random;
mod shadow;
mod up;
mod update;
mod verify;
