//! The daemon on a card in memory: what it writes, when, and what is left of a change that was cut off.

mod adopt;
mod change;
mod crash;
mod desired;
mod health;
mod lost;
mod process;
mod rig;
mod simulated;
