`default_nettype none

// Remembers where a datagram's fragments go (docs/src/card/flows.md section 5): 512 sets of 4.
//
// One key a clock, in the look-up engine's clocks: `ask` with `key` in clock 5, what it finds in
// clock 12, `write_13` for the same key in clock 13, without which nothing changes, and the server
// that was written in clock 14. A key finds what all keys before it wrote, as if they had come one
// at a time. `server_9`, from a register, is what was known in clock 9: time to read the server's
// member entry, of which `up_11` says whether it can have the frame. With `late_13` the server was
// written since, and its entry is `late_entry_13`. All but the hits mean something only with them.
// Where the ways are taken one is overwritten, and `overwritten` pulses 2 clocks later.
//
// An entry lives in the tick of its writing and in the next. In clocks without a question a
// scrubber walks the sets and clears old entries, every set within 512 of them, long before a
// stamp of 16 bits could be mistaken. With `enabled` low nothing is found or written, and the
// scrubber clears everything.
module fragment_table
  import table_pkg::*;
  import flow_pkg::*;
(
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             enabled,
  input  wire logic [15:0]      tick,
  input  wire logic             ask,
  input  wire flow_key_t        key,
  input  wire logic             own_tag,   // the kind of logical port the frame came from
  output server_t               server_9,
  input  wire logic             up_11,
  output logic                  asked_12,  // without a question nothing may be written
  output logic                  hit_12,
  output logic                  orphan_12,
  output logic                  up_12,     // the server can have the frame
  input  wire fragment_write_t  write_13,
  output server_t               server_13,
  output logic                  late_13,
  output member_entry_t         late_entry_13,
  input  wire fragment_server_t server_14,
  output logic                  overwritten
);

  localparam int unsigned SetsLog2 = 9;
  localparam int unsigned Ways = 4;

  typedef logic [SetsLog2-1:0] set_t;
  typedef logic [Ways-1:0] ways_t;

  typedef struct packed {
    logic         used;
    logic         orphan;
    server_t      server;
    logic [15:0]  stamp;
    fingerprint_t fingerprint;
  } entry_t;

  // What is worked on: a question, or with none a set to scrub.
  typedef struct packed {
    logic         asked;
    logic         own_tag;
    logic [1:0]   victim;
    set_t         set;
    fingerprint_t fingerprint;
  } step_t;

  // What is known of its set. Up to clock 8 only what keys before it wrote after its read.
  typedef struct packed {
    ways_t live;      // taken by an entry that lives
    ways_t hit;       // .. of this key, one at most
    ways_t stale;     // taken by one that does not
    logic  orphan;    // of the entry that is hit
    logic  up;        // .. its server can have the frame
    logic  late;      // .. written too late for reading the server's member entry
  } known_t;

  // A write, as keys on their way hear it.
  typedef struct packed {
    logic  valid;
    ways_t way;
    logic  orphan;
    logic  up;
    logic  own_tag;   // .. for frames of this kind
  } told_t;

  // ----------------------------------------------------------------------------- what is worked on
  step_t step_5;
  step_t step_q [6:14];
  set_t  scrub_q;

  always_comb begin
    step_5.asked = ask && enabled;
    step_5.own_tag = own_tag;
    step_5.victim = key[SetsLog2+:2];
    step_5.set = step_5.asked ? key[SetsLog2-1:0] : scrub_q;
    step_5.fingerprint = key[FlowHashBits-1-:$bits(fingerprint_t)];
  end

  always_ff @(posedge clk) begin
    if (!step_5.asked) scrub_q <= scrub_q + set_t'(1'b1);
    step_q[6] <= step_5;
    for (int i = 7; i <= 14; i++) step_q[i] <= step_q[i-1];
    if (rst) begin
      scrub_q <= '0;
      for (int i = 6; i <= 14; i++) step_q[i].asked <= 1'b0;
    end
  end

  // Whether a step has the set, or the key, of the one that is in clock 13 when it is in clock i:
  // the one 13 - i before it. Compared when it comes, then handed on until that clock. What it
  // misses in clock 5, because that is written then or later, it hears in clock 6.
  logic [12:4] same_set_5, same_key_5;
  logic [12:4] same_set_q [6:12];
  logic [12:4] same_key_q [6:12];

  always_comb
    for (int i = 4; i <= 12; i++) begin
      // Now that one stands 13 - i clocks further on.
      same_set_5[i] = step_5.set == step_q[18-i].set;
      same_key_5[i] = same_set_5[i] && step_5.fingerprint == step_q[18-i].fingerprint;
    end

  always_ff @(posedge clk) begin
    same_set_q[6] <= same_set_5;
    same_key_q[6] <= same_key_5;
    for (int i = 7; i <= 12; i++) begin
      same_set_q[i] <= same_set_q[i-1];
      same_key_q[i] <= same_key_q[i-1];
    end
  end

  // ---------------------------------------------------------------------------------- what is told
  told_t told_13, told_14, told_15;
  ways_t way_13;

  assign told_13 = '{
    valid: write_13.valid, way: way_13, orphan: write_13.orphan,
    up: write_13.up, own_tag: step_q[13].own_tag};

  always_ff @(posedge clk) begin
    told_14 <= told_13;
    told_15 <= told_14;
    if (rst) begin
      told_14.valid <= 1'b0;
      told_15.valid <= 1'b0;
    end
  end

  // What becomes of what is known by a write. `reading`: the member entry of what was known before
  // is on its way.
  function automatic known_t hear(
      input known_t was, input told_t told, input logic set, input logic own, input logic own_kind,
      input logic reading);
    hear = was;
    if (told.valid && set) begin
      hear.live = was.live | told.way;
      hear.stale = was.stale & ~told.way;
      hear.hit = own ? told.way : was.hit & ~told.way;
      if (own) begin
        hear.orphan = told.orphan;
        hear.up = told.up && told.own_tag == own_kind;
        hear.late = reading;
      end
    end
  endfunction

  known_t known_q [7:12];
  known_t known_d [6:12];

  always_comb begin
    known_d[6] = hear('0, told_15, same_set_q[6][4], same_key_q[6][4], step_q[6].own_tag, 1'b0);
    known_d[6] = hear(known_d[6], told_14, same_set_q[6][5], same_key_q[6][5], step_q[6].own_tag,
                      1'b0);
    known_d[6] = hear(known_d[6], told_13, same_set_q[6][6], same_key_q[6][6], step_q[6].own_tag,
                      1'b0);
    for (int i = 7; i <= 12; i++)
      known_d[i] = hear(known_q[i], told_13, same_set_q[i][i], same_key_q[i][i],
                        step_q[i].own_tag, i >= 8);
  end

  // -------------------------------------------------------------------- clocks 5 to 8: read, judge
  entry_t [Ways-1:0] entries_7;
  entry_t            write_entry;
  ways_t             write_ways;
  logic [15:0]       tick_q, tick_before_q;

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    ram_sdp #(.Width($bits(entry_t)), .Depth(2 ** SetsLog2), .ReadLatency(2)) u_entries (
      .clk, .write_enable(write_ways[w]), .write_address(step_q[14].set),
      .write_data(write_entry), .read_enable(1'b1), .read_address(step_5.set),
      .read_data(entries_7[w])
    );
  end

  ways_t              used_8, live_8, equal_8, orphan_8, read_8;
  server_t [Ways-1:0] servers_8;
  server_t            server_d8;

  // What was read counts for ways that no key wrote since.
  assign read_8 = live_8 & equal_8 & ~known_d[8].live;
  always_comb begin
    server_d8 = '0;
    for (int w = 0; w < int'(Ways); w++) if (live_8[w] && equal_8[w]) server_d8 |= servers_8[w];
  end

  always_ff @(posedge clk) begin
    tick_q <= tick;
    tick_before_q <= tick - 16'd1;
    for (int w = 0; w < int'(Ways); w++) begin
      used_8[w] <= entries_7[w].used;
      live_8[w] <= entries_7[w].used && (entries_7[w].stamp == tick_q ||
                                         entries_7[w].stamp == tick_before_q);
      equal_8[w] <= entries_7[w].fingerprint == step_q[7].fingerprint;
      orphan_8[w] <= entries_7[w].orphan;
      servers_8[w] <= entries_7[w].server;
    end
    for (int i = 7; i <= 12; i++) known_q[i] <= known_d[i-1];
    known_q[9].live <= known_d[8].live | live_8;
    known_q[9].hit <= known_d[8].hit | read_8;
    known_q[9].stale <= used_8 & ~known_d[8].live & ~(live_8 & {Ways{enabled}});
    if (known_d[8].hit == '0) known_q[9].orphan <= |(live_8 & equal_8 & orphan_8);
    if (!known_d[11].late) known_q[12].up <= up_11;
  end

  // ------------------------------------------------- clocks 6 to 13: which server has been written
  // It is told a clock later than the rest.
  logic             own_q [7:13];      // a write of this key was told in the clock before
  server_t          server_q [8:13];
  server_t          server_d [7:13];
  member_entry_t    entry_q [10:13];
  member_entry_t    entry_d [9:13];
  server_t          server_15, server_16;
  logic             own_14_7;          // .. or the clock before that

  always_comb begin
    server_d[7] = own_14_7 ? server_15 : server_16;
    if (own_q[7]) server_d[7] = server_14.server;
    for (int i = 8; i <= 13; i++) server_d[i] = own_q[i] ? server_14.server : server_q[i];
    entry_d[9] = server_14.entry;
    for (int i = 10; i <= 13; i++) entry_d[i] = own_q[i] ? server_14.entry : entry_q[i];
  end

  logic late_q13;
  always_ff @(posedge clk) begin
    server_15 <= server_14.server;
    server_16 <= server_15;
    own_14_7 <= told_14.valid && same_key_q[6][5];
    for (int i = 7; i <= 13; i++) own_q[i] <= told_13.valid && same_key_q[i-1][i-1];
    for (int i = 8; i <= 13; i++) server_q[i] <= server_d[i-1];
    if (read_8 != '0) server_q[9] <= server_d8;
    for (int i = 10; i <= 13; i++) entry_q[i] <= entry_d[i-1];
    late_q13 <= known_d[12].late;
  end

  // ----------------------------------------------------------------- clocks 9 to 13: what is found
  assign server_9 = server_q[9];
  assign asked_12 = step_q[12].asked;
  assign hit_12 = step_q[12].asked && |known_d[12].hit;
  assign orphan_12 = known_d[12].orphan;
  assign up_12 = known_d[12].up;
  assign server_13 = server_d[13];
  assign late_13 = late_q13;
  assign late_entry_13 = entry_d[13];

  // --------------------------------------------------------------------- clock 14: what is written
  ways_t free_12, clear_13, clear_14;
  logic  displaces_13;

  assign free_12 = ~known_d[12].live;

  always_ff @(posedge clk) begin
    if (|known_d[12].hit) way_13 <= known_d[12].hit;
    else if (|free_12) way_13 <= free_12 & (~free_12 + ways_t'(1'b1));
    else way_13 <= ways_t'(1'b1) << step_q[12].victim;
    displaces_13 <= known_d[12].hit == '0 && free_12 == '0;
    clear_13 <= step_q[12].asked || rst ? '0 : known_d[12].stale;
    clear_14 <= rst ? '0 : clear_13;
    overwritten <= told_13.valid && displaces_13 && !rst;
  end

  always_comb begin
    write_ways = clear_14 | (told_14.valid ? told_14.way : '0);
    write_entry = '{used: 1'b1, orphan: told_14.orphan, server: server_14.server, stamp: tick_q,
                    fingerprint: step_q[14].fingerprint};
    if (!step_q[14].asked) write_entry = '0;
  end

endmodule

`default_nettype wire
