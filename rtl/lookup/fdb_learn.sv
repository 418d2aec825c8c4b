`default_nettype none

// The one writer of the forwarding database: reads a set, decides which way a source address
// belongs in, and broadcasts the write to every copy.
//
// One request a clock: `request` in clock 0, `confirm` for it in clock 5 (without it nothing is
// written), `write` in clock 5. A request sees what all earlier ones wrote: the four that are still
// on their way are forwarded. In clocks without a request a scrubber walks the sets and clears
// expired entries, so that no stamp lives long enough to wrap; if there was none in
// 2^PatienceLog2 clocks it asks for one by `hold`, a clock long, so that it is round in 2^SetsLog2
// times as many. While `flush` is high it has all
// clocks, nothing is learned, and it clears every entry: after as many clocks as there are sets, and
// 8 more, none is left. `moved`: a clock ago an entry was written with another logical port.
module fdb_learn
  import hash_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned SetsLog2 = 11,
  parameter int unsigned PatienceLog2 = 20
) (
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic [15:0] tick,
  input  wire logic [15:0] oldest,  // tick less age: a stamp up to here is expired
  input  wire logic        request_valid,
  input  wire learn_t      request,
  input  wire logic        confirm,
  input  wire logic        flush,
  output fdb_write_t       write,
  output logic             moved,
  output logic             hold
);

  localparam int unsigned Forwarded = 4;
  typedef logic [SetsLog2-1:0] set_t;

  typedef struct packed {
    logic       valid;
    logic       scrub;
    logic       flush;       // .. whatever it finds
    set_t       set;
    logic [1:0] victim;
    learn_t     learn;
  } step_t;

  function automatic logic expired(input logic [15:0] stamp, input logic [15:0] oldest_stamp);
    logic [15:0] difference;
    difference = oldest_stamp - stamp;
    return !difference[15];
  endfunction

  // ----------------------------------------------------------------------------- what is worked on
  step_t       step_0;
  set_t        scrub_q;
  logic        scrubs;
  logic [31:0] hash;
  always_comb begin
    hash = 'x;
    if (request_valid) hash = fdb_hash(request.domain, request.mac);
  end

  assign scrubs = !request_valid || flush;

  logic [PatienceLog2-1:0] waited_q;
  always_ff @(posedge clk) begin
    waited_q <= rst || scrubs ? '0 : waited_q + 1'b1;
    hold <= waited_q == '1 && !rst;
  end

  always_ff @(posedge clk) begin
    if (rst) scrub_q <= '0;
    else if (scrubs) scrub_q <= scrub_q + set_t'(1);
    step_0.valid <= !rst;
    step_0.scrub <= scrubs;
    step_0.flush <= flush;
    step_0.set <= scrubs ? scrub_q : set_t'(hash);
    step_0.victim <= hash[31:30];
    step_0.learn <= request;
  end

  // Stages: 0 the address is at the RAM, 2 its word is there, 3 the ways are judged, 4 the way is
  // chosen, 5 to 6 past.
  step_t step_q [1:6];
  always_ff @(posedge clk) begin
    step_q[1] <= step_0;
    for (int i = 2; i <= 6; i++) step_q[i] <= step_q[i-1];
    if (rst) for (int i = 1; i <= 6; i++) step_q[i].valid <= 1'b0;
  end

  // Whether a step concerns the same set, and the same address, as the one k before it.
  logic [Forwarded:1] same_set_2, same_address_2, same_set_3, same_address_3;
  logic [Forwarded:1] same_logical_2, same_logical_3;
  always_ff @(posedge clk) begin
    for (int k = 1; k <= int'(Forwarded); k++) begin
      same_set_2[k] <= step_q[1].set == step_q[1+k].set && step_q[1+k].valid && !step_q[1+k].scrub;
      same_address_2[k] <= step_q[1].learn.mac == step_q[1+k].learn.mac &&
                           step_q[1].learn.domain == step_q[1+k].learn.domain;
      same_logical_2[k] <= step_q[1].learn.logical == step_q[1+k].learn.logical;
    end
    same_set_3 <= same_set_2;
    same_address_3 <= same_address_2;
    same_logical_3 <= same_logical_2;
  end

  // -------------------------------------------------------------------------------- clock 2: judge
  logic [3:0] ways_4, ways_5, ways_6;    // the way written by the step in that stage, if it was
  logic [3:0] written_4;
  logic [3:0] equal_3, free_3, clear_3, forwarded_3, forwarded_equal_3;
  logic [3:0] other_3, forwarded_other_3, moved_4;   // its logical port is another one

  for (genvar w = 0; w < 4; w++) begin : gen_way
    fdb_entry_t entry_2;
    logic       expired_2;
    ram_sdp #(.Width($bits(fdb_entry_t)), .Depth(2 ** SetsLog2), .ReadLatency(2)) u_set (
      .clk, .write_enable(write.ways[w]), .write_address(set_t'(write.set)),
      .write_data(write.entry), .read_enable(1'b1), .read_address(step_0.set), .read_data(entry_2)
    );
    assign expired_2 = expired(entry_2.stamp, oldest);
    always_ff @(posedge clk) begin
      equal_3[w] <= entry_2.valid && !expired_2 && entry_2.mac == step_q[2].learn.mac &&
                    entry_2.domain == step_q[2].learn.domain;
      free_3[w] <= !entry_2.valid || expired_2;
      clear_3[w] <= entry_2.valid && (expired_2 || step_q[2].flush);
      other_3[w] <= entry_2.logical != step_q[2].learn.logical;
      // The youngest of the steps 2 to 4 before this one that wrote the way decides.
      forwarded_3[w] <= (same_set_2[2] && written_4[w]) || (same_set_2[3] && ways_5[w]) ||
                        (same_set_2[4] && ways_6[w]);
      if (same_set_2[2] && written_4[w]) begin
        forwarded_equal_3[w] <= same_address_2[2];
        forwarded_other_3[w] <= !same_logical_2[2];
      end else if (same_set_2[3] && ways_5[w]) begin
        forwarded_equal_3[w] <= same_address_2[3];
        forwarded_other_3[w] <= !same_logical_2[3];
      end else begin
        forwarded_equal_3[w] <= same_address_2[4];
        forwarded_other_3[w] <= !same_logical_2[4];
      end
    end
  end

  // ------------------------------------------------------------------------------- clock 3: choose
  // The confirmation of the step before comes late: it chooses between two that are ready by then.
  typedef struct packed {
    logic [3:0] ways;
    logic [3:0] moved;
    logic [3:0] clear;
  } choice_t;

  choice_t    confirmed, refused, choice;
  logic [3:0] clear_4;

  // With the ways that the step before this one wrote.
  function automatic choice_t choose(input logic [3:0] written);
    logic [3:0] equal, free, other, first_free;
    for (int w = 0; w < 4; w++) begin
      if (same_set_3[1] && written[w]) begin
        equal[w] = same_address_3[1];
        other[w] = !same_logical_3[1];
        free[w] = 1'b0;
      end else if (forwarded_3[w]) begin
        equal[w] = forwarded_equal_3[w];
        other[w] = forwarded_other_3[w];
        free[w] = 1'b0;
      end else begin
        equal[w] = equal_3[w];
        other[w] = other_3[w];
        free[w] = free_3[w];
      end
    end
    first_free = {free[3] && !(|free[2:0]), free[2] && !(|free[1:0]), free[1] && !free[0], free[0]};
    if (|equal) choose.ways = equal;
    else if (|free) choose.ways = first_free;
    else choose.ways = 4'd1 << step_q[3].victim;
    choose.moved = equal & other;
    // A way that a step before wrote is no longer what was read.
    choose.clear = clear_3 & ~forwarded_3 & ~(same_set_3[1] ? written : 4'd0);
  endfunction

  always_comb begin
    confirmed = choose(ways_4);
    refused = choose(4'd0);
    choice = confirm ? confirmed : refused;
  end

  always_ff @(posedge clk) begin
    ways_4 <= step_q[3].valid && !step_q[3].scrub ? choice.ways : '0;
    moved_4 <= choice.moved;
    clear_4 <= step_q[3].valid && step_q[3].scrub ? choice.clear : '0;
    ways_5 <= rst ? '0 : written_4;
    ways_6 <= rst ? '0 : ways_5;
  end

  // -------------------------------------------------------------------------------- clock 4: write
  assign written_4 = confirm ? ways_4 : '0;

  always_ff @(posedge clk) moved <= |(written_4 & moved_4) && !rst;

  always_comb begin
    write.ways = step_q[4].scrub ? clear_4 : written_4;
    write.set = 32'(step_q[4].set);
    write.entry.valid = !step_q[4].scrub;
    write.entry.mac = step_q[4].learn.mac;
    write.entry.domain = step_q[4].learn.domain;
    write.entry.port = step_q[4].learn.port;
    write.entry.logical = step_q[4].learn.logical;
    write.entry.stamp = tick;
  end

endmodule

`default_nettype wire
