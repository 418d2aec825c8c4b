//! The commands as a user meets them.

mod card;
mod check;
mod command;
mod daemon_change;
mod daemon_look;
mod daemon_trouble;
mod demo;
mod manual;
mod mock;
mod one_armed;
mod sample;
mod simulate;
mod simulate_large;
mod trace;
