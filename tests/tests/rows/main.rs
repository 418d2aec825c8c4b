//! Directed tests: each row of the verdict table, each pair of rows that one frame can match at once, and what the
//! rows rest on (parsing, hashes, learning, links, counters). Frames in and out are written by hand.

mod counters;
mod frames;
mod hashes;
mod host_port;
mod learning;
mod links;
mod pairs;
mod parsing_ipv4;
mod parsing_ipv6;
mod row_01_to_03;
mod row_12;
mod row_14;
mod row_16_17;
mod row_18_19;
