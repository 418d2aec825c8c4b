//! The configuration: every word of Fig. 2's file, every error with its line and remedy, and no text that makes the
//! reader fail otherwise.

mod checks;
mod errors;
mod file;
mod plan;
mod ports;
mod text;
