`default_nettype none

// What passes between the rooms of the flow table's keeper. Rows are as wide as the largest
// table's; the bits above those of this table are zero.
package keeper_pkg;

  import table_pkg::*;
  import flow_pkg::*;

  localparam int unsigned Hands = 2;          // jobs under way at once

  typedef enum logic [1:0] {
    JobScrub = 2'd0,      // what has expired in two rows goes
    JobInsert = 2'd1,     // an insertion that waits in the store
    JobDelete = 2'd2,     // an entry that the host names
    JobList = 2'd3        // two rows are read to the host
  } job_e;

  // A job, as a hand takes it up.
  typedef struct packed {
    job_e            job;
    flow_row_t [1:0] row;          // of each bank
    logic [3:0]      place;        // insertion: its place in the store
    logic            expired;      // .. and it goes: it has expired
    logic            tried;        // .. and no room was found for it before
    logic [3:0]      from;         // deletion: the slot; list: the first one
    fingerprint_t    fingerprint;  // deletion
  } task_t;

  // A slot that was written.
  typedef struct packed {
    logic       valid;
    logic       bank;
    flow_row_t  row;
    logic [2:0] slot;
  } written_t;

  // A row of one bank that a hand wants to see: one of its own, or another row of the entry that
  // stands in `slot` of its own row in the other bank.
  typedef struct packed {
    logic       valid;
    logic       own;
    logic [2:0] slot;
    flow_row_t  row;
  } request_t;

  // .. and what is in it.
  typedef struct packed {
    logic          valid;
    logic          own;
    logic          hand;
    logic [2:0]    slot;
    flow_row_t     row;
    logic          written;      // since it was read
    logic [7:0]    empty;
    logic [7:0]    expired;
    server_t [7:0] servers;
  } found_t;

  // What a hand wants to have written. An insertion's word is in the store until then.
  typedef struct packed {
    logic       valid;
    logic       doubt;           // it was spoiled in the clock in which it was handed over
    logic       clear;
    logic       stored;          // it is the insertion's at `place`
    logic       gives_up;        // .. which goes, and nothing is written
    logic       refused;
    logic       deletes;         // for the host
    logic       slot_write;
    logic       copy;            // the insertion follows, over what is copied
    logic       bank;
    flow_row_t  row;
    logic [2:0] slot;
    flow_row_t  from_row;
    logic [2:0] from_slot;
    logic [3:0] place;
    flow_row_t  row0;            // not of an insertion
    flow_word_t word;            // .. nor this
    logic       removed;
    server_t    removed_server;
  } change_t;

  function automatic logic hits_row(input written_t by, input logic bank, input flow_row_t row);
    return by.valid && by.bank == bank && by.row == row;
  endfunction

  // The insertion in a place of the store is made, or changed by a frame.
  function automatic logic touches(input flow_op_t by, input logic [3:0] place);
    return by.valid && by.store_write && by.place == place;
  endfunction

  // The row of the other bank in which an entry may stand.
  function automatic flow_row_t other_row(
      input flow_row_t row, input fingerprint_t fingerprint, input flow_row_t mask);
    return (row ^ flow_turn(fingerprint)) & mask;
  endfunction

endpackage

`default_nettype wire
