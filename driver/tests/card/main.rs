//! The driver against a card in memory.

mod check;
mod dump;
mod fig2;
mod flows;
mod programming;
mod random;
mod reconcile;
mod resets;
mod shadow;
mod up;
mod update;
mod verify;
mod watch;
