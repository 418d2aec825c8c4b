//! Directed tests: each row of the verdict table, each pair of rows that one frame can match at once, and what the
//! rows rest on (parsing, hashes, learning, links, logical ports, counters). Frames in and out are written by hand.

mod announcer;
mod asks;
mod counters;
mod frames;
mod hashes;
mod host_port;
mod learning;
mod links;
mod logical_ports;
mod own_addresses;
mod pairs;
mod pairs_04_to_10;
mod parsing_ipv4;
mod parsing_ipv6;
mod row_01_hidden_discovery;
mod row_01_to_03;
mod row_04;
mod row_05_06;
mod row_07_08;
mod row_09;
mod row_10;
mod row_11;
mod row_12;
mod row_13_errors;
mod row_13_fragments;
mod row_14;
mod row_15;
mod row_16_17;
mod row_18_19;
mod talk;
mod validity;
mod vlans;
