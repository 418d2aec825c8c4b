`default_nettype none

// Remembers where a datagram's fragments go (docs/src/card/flows.md section 5): 512 sets of 4.
//
// One key a clock, in the look-up engine's clocks: `ask` with `key` in clock 5, what it finds in
// clock 11, `write_12` for the same key in clock 12, without which nothing changes. A key finds
// what all keys before it wrote, as if they had come one at a time. `hit_9` and what belongs to it,
// from registers, is what was known in clock 9: time to read the server's member entry. With
// `late_11` the server was written since, and its entry is `late_entry_11`. All but the hits mean
// something only with them. Where the ways are taken one is overwritten, and `overwritten` pulses a
// clock later.
//
// An entry lives in the tick of its writing and in the next. In clocks without a question a
// scrubber walks the sets and clears old entries, every set within 512 of them, long before a
// stamp of 16 bits could be mistaken. With `enabled` low nothing is found or written, and the
// scrubber clears everything.
module fragment_table
  import flowswitch_pkg::*;
(
  input  wire logic            clk,
  input  wire logic            rst,
  input  wire logic            enabled,
  input  wire logic [15:0]     tick,
  input  wire logic            ask,
  input  wire flow_key_t       key,
  output logic                 hit_9,
  output logic                 orphan_9,
  output server_t              server_9,
  output logic                 hit_11,
  output logic                 orphan_11,
  output server_t              server_11,
  output logic                 late_11,
  output member_entry_t        late_entry_11,
  input  wire fragment_write_t write_12,
  output logic                 overwritten
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
    logic [1:0]   victim;
    set_t         set;
    fingerprint_t fingerprint;
  } step_t;

  // What is known of its set. Up to clock 7 only what keys before it wrote after its read.
  typedef struct packed {
    ways_t         live;      // taken by an entry that lives
    ways_t         hit;       // .. of this key, one at most
    ways_t         stale;     // taken by one that does not
    logic          orphan;    // of the entry that is hit
    server_t       server;
    logic          late;      // written in clock 9 or later, with the server's member entry
    member_entry_t entry;
  } known_t;

  // ----------------------------------------------------------------------------- what is worked on
  step_t step_5;
  step_t step_q [6:12];
  set_t  scrub_q;

  always_comb begin
    step_5.asked = ask && enabled;
    step_5.victim = key[SetsLog2+:2];
    step_5.set = step_5.asked ? key[SetsLog2-1:0] : scrub_q;
    step_5.fingerprint = key[FlowHashBits-1-:$bits(fingerprint_t)];
  end

  always_ff @(posedge clk) begin
    if (!step_5.asked) scrub_q <= scrub_q + set_t'(1'b1);
    step_q[6] <= step_5;
    for (int i = 7; i <= 12; i++) step_q[i] <= step_q[i-1];
    if (rst) begin
      scrub_q <= '0;
      for (int i = 6; i <= 12; i++) step_q[i].asked <= 1'b0;
    end
  end

  // Whether a step has the set, or the key, of the one that is in clock 12 when it is in clock i:
  // the one 12 - i before it. Compared when it comes, then handed on until that clock.
  logic [11:5] same_set_5, same_key_5;
  logic [11:6] same_set_q [6:11];
  logic [11:6] same_key_q [6:11];
  logic [11:5] same_set, same_key;

  always_comb begin
    for (int i = 5; i <= 11; i++) begin
      // Now that one stands 12 - i clocks further on.
      same_set_5[i] = step_5.set == step_q[17-i].set;
      same_key_5[i] = same_set_5[i] && step_5.fingerprint == step_q[17-i].fingerprint;
    end
    same_set[5] = same_set_5[5];
    same_key[5] = same_key_5[5];
    for (int i = 6; i <= 11; i++) begin
      same_set[i] = same_set_q[i][i];
      same_key[i] = same_key_q[i][i];
    end
  end

  always_ff @(posedge clk) begin
    same_set_q[6] <= same_set_5[11:6];
    same_key_q[6] <= same_key_5[11:6];
    for (int i = 7; i <= 11; i++) begin
      same_set_q[i] <= same_set_q[i-1];
      same_key_q[i] <= same_key_q[i-1];
    end
  end

  // -------------------------------------------------------------------------------- the write's bus
  logic  writes_12;
  ways_t way_12;

  assign writes_12 = step_q[12].asked && write_12.valid;

  // What becomes of what is known by the write in this clock. `reading`: the member entry of what
  // was known before is on its way.
  function automatic known_t told(input known_t was, input logic set, input logic own,
                                  input logic reading);
    told = was;
    if (set) begin
      told.live = was.live | way_12;
      told.stale = was.stale & ~way_12;
      told.hit = own ? way_12 : was.hit & ~way_12;
      if (own) begin
        told.orphan = write_12.orphan;
        told.server = write_12.server;
        told.late = reading;
        told.entry = write_12.entry;
      end
    end
  endfunction

  known_t known_q [6:11];
  known_t known_d [5:11];

  always_comb begin
    for (int i = 5; i <= 11; i++)
      known_d[i] = told(i == 5 ? '0 : known_q[i > 5 ? i : 6], writes_12 && same_set[i],
                        same_key[i], i >= 9);
  end

  // -------------------------------------------------------------------- clocks 5 to 7: read, judge
  entry_t [Ways-1:0] entries_7;
  entry_t            write_entry;
  ways_t             write_ways;
  logic [15:0]       tick_q, tick_before_q;
  ways_t             equal_7, live_7;

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    ram_sdp #(.Width($bits(entry_t)), .Depth(2 ** SetsLog2), .ReadLatency(2)) u_entries (
      .clk, .write_enable(write_ways[w]), .write_address(step_q[12].set),
      .write_data(write_entry), .read_enable(1'b1), .read_address(step_5.set),
      .read_data(entries_7[w])
    );
    assign equal_7[w] = entries_7[w].fingerprint == step_q[7].fingerprint;
    assign live_7[w] = entries_7[w].used &&
                       (entries_7[w].stamp == tick_q || entries_7[w].stamp == tick_before_q);
  end

  // What was read counts for ways that no key wrote since.
  ways_t              read_ways_q;      // clock 8: what is hit was read
  logic    [Ways-1:0] read_orphan_q;
  server_t [Ways-1:0] read_server_q;
  server_t            read_server;

  always_comb begin
    read_server = '0;
    for (int w = 0; w < int'(Ways); w++) if (read_ways_q[w]) read_server |= read_server_q[w];
  end

  always_ff @(posedge clk) begin
    tick_q <= tick;
    tick_before_q <= tick - 16'd1;
    for (int i = 6; i <= 11; i++) known_q[i] <= known_d[i-1];
    known_q[8].live <= known_d[7].live | live_7;
    known_q[8].hit <= known_d[7].hit | (live_7 & equal_7 & ~known_d[7].live);
    for (int w = 0; w < int'(Ways); w++) begin
      known_q[8].stale[w] <= entries_7[w].used && !known_d[7].live[w] && (!live_7[w] || !enabled);
      read_orphan_q[w] <= entries_7[w].orphan;
      read_server_q[w] <= entries_7[w].server;
    end
    read_ways_q <= live_7 & equal_7 & ~known_d[7].live;
    // ------------------------------------------------------------------------ clock 8: whose it is
    if (!(writes_12 && same_set[8] && same_key[8]) && |read_ways_q) begin
      known_q[9].orphan <= |(read_ways_q & read_orphan_q);
      known_q[9].server <= read_server;
    end
  end

  // ------------------------------------------------------------------- clocks 9, 11: what is found
  assign hit_9 = step_q[9].asked && |known_q[9].hit;
  assign orphan_9 = known_q[9].orphan;
  assign server_9 = known_q[9].server;

  assign hit_11 = step_q[11].asked && |known_d[11].hit;
  assign orphan_11 = known_d[11].orphan;
  assign server_11 = known_d[11].server;
  assign late_11 = known_d[11].late;
  assign late_entry_11 = known_d[11].entry;

  // ------------------------------------------------------------------------ clock 12: what is written
  ways_t free_11, clear_12;
  logic  displaces_12;

  assign free_11 = ~known_d[11].live;

  always_ff @(posedge clk) begin
    if (|known_d[11].hit) way_12 <= known_d[11].hit;
    else if (|free_11) way_12 <= free_11 & (~free_11 + ways_t'(1'b1));
    else way_12 <= ways_t'(1'b1) << step_q[11].victim;
    displaces_12 <= known_d[11].hit == '0 && free_11 == '0;
    clear_12 <= step_q[11].asked || rst ? '0 : known_d[11].stale;
    overwritten <= writes_12 && displaces_12 && !rst;
  end

  always_comb begin
    write_ways = clear_12 | (writes_12 ? way_12 : '0);
    write_entry = '{used: 1'b1, orphan: write_12.orphan, server: write_12.server, stamp: tick_q,
                    fingerprint: step_q[12].fingerprint};
    if (!step_q[12].asked) write_entry = '0;
  end

endmodule

`default_nettype wire
