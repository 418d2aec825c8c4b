//! The commands as a user meets them.

mod card;
mod check;
mod command;
mod demo;
mod one_armed;
mod simulate;
