`default_nettype none

// Deals the register block's table accesses out to the tables, and gathers what they answer.
//
// `bus_ready` is always high: a write goes out as one clock of `write` with `access`; a read as one
// clock of `read`, and ends with `bus_rvalid` when the table has answered. One read at a time. A
// forwarding-database read waits for a clock in which nothing is looked up, which it gets before
// long (fdb_lookup).
module table_bus
  import frame_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Sources = 4     // tables that answer by valid and data alone
) (
  input  wire logic                      clk,
  input  wire logic                      rst,
  input  wire logic                      bus_valid,
  output logic                           bus_ready,
  input  wire logic                      bus_write,
  input  wire table_access_t             bus_access,
  output logic                           bus_rvalid,
  output logic [255:0]                   bus_rdata,
  output logic                           write,
  output logic                           read,
  output table_access_t                  access,
  input  wire logic [Sources-1:0]        source_valid,
  input  wire logic [Sources-1:0][255:0] source_data,
  output logic                           fdb_valid,
  input  wire logic                      fdb_ready,
  input  wire logic                      fdb_rvalid,
  input  wire fdb_entry_t                fdb_entry,
  input  wire logic                      member_rvalid,
  input  wire member_entry_t             member_entry
);

  assign bus_ready = 1'b1;

  always_ff @(posedge clk) begin
    write <= bus_valid && bus_write && !rst;
    read <= bus_valid && !bus_write && !rst;
    access <= bus_access;
    if (rst) fdb_valid <= 1'b0;
    else if (bus_valid && !bus_write && bus_access.number == TableFdb) fdb_valid <= 1'b1;
    else if (fdb_ready) fdb_valid <= 1'b0;
  end

  logic [255:0] answer, fdb_words, member_words;

  always_comb begin
    fdb_words = '0;
    fdb_words[47:0] = fdb_entry.mac;
    fdb_words[32+16+:13] = fdb_entry.domain;
    fdb_words[32+29] = fdb_entry.valid;
    fdb_words[64+:PortW] = fdb_entry.port;
    fdb_words[64+4+:6] = fdb_entry.logical;
    fdb_words[64+16+:16] = fdb_entry.stamp;
    member_words = '0;
    member_words[47:0] = member_entry.mac;
    member_words[32+16+:PortW] = member_entry.port;
    member_words[32+20] = member_entry.valid;
    member_words[32+21] = member_entry.up;
    member_words[32+22] = member_entry.draining;
    member_words[32+23] = member_entry.up_on_link;
    member_words[32+24+:8] = member_entry.weight;
    member_words[64+:6] = member_entry.logical;
    member_words[64+8] = member_entry.own_tag;
    answer = '0;
    if (|source_valid)
      for (int s = 0; s < int'(Sources); s++) if (source_valid[s]) answer |= source_data[s];
    if (fdb_rvalid) answer |= fdb_words;
    if (member_rvalid) answer |= member_words;
  end

  always_ff @(posedge clk) begin
    bus_rvalid <= !rst && (|source_valid || fdb_rvalid || member_rvalid);
    bus_rdata <= answer;
  end

endmodule

`default_nettype wire
