`default_nettype none

// A bank of 32-bit counters, one for each server, that wrap.
//
// One event a clock: the counter of `index` goes up by one, or becomes 0 with `clear`; back to back
// also for the same one, none is lost. Two readers, one read a clock each, which take nobody's
// turn: the value follows by 2 clocks and counts every event that came 4 or more clocks before the
// read. Contents begin as zero and outlive a reset.
module flow_tally #(
  parameter int unsigned Depth = 1024,
  localparam int unsigned IndexW = $clog2(Depth)
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic              valid,
  input  wire logic              clear,
  input  wire logic [IndexW-1:0] index,
  input  wire logic [IndexW-1:0] read_index [2],
  output logic [31:0]            read_value [2]
);

  // Clock 0 the event, 2 the stored value, 3 the sum and its write, to 5 what later events need.
  logic [5:1]        valid_q;
  logic [2:1]        clear_q;
  logic [IndexW-1:0] index_q [1:5];
  logic [31:0]       stored, base, sum_q [3:5];

  // Which of the events before it, then in clocks 3 to 5, the event in clock 2 follows.
  logic [5:3] same_q;

  always_comb begin
    base = stored;
    for (int s = 5; s >= 3; s--) if (same_q[s]) base = sum_q[s];
  end

  initial valid_q = '0;
  always @(posedge clk) begin
    valid_q <= rst ? '0 : {valid_q[4:1], valid};
    clear_q <= {clear_q[1], clear};
    index_q[1] <= index;
    for (int s = 3; s <= 5; s++) same_q[s] <= valid_q[s-1] && index_q[s-1] == index_q[1];
    for (int s = 2; s <= 5; s++) index_q[s] <= index_q[s-1];
    sum_q[3] <= clear_q[2] ? '0 : base + 32'd1;
    for (int s = 4; s <= 5; s++) sum_q[s] <= sum_q[s-1];
  end

  ram_sdp #(.Width(32), .Depth(Depth), .ReadLatency(2)) u_events (
    .clk, .write_enable(valid_q[3]), .write_address(index_q[3]), .write_data(sum_q[3]),
    .read_enable(valid), .read_address(index), .read_data(stored)
  );

  for (genvar r = 0; r < 2; r++) begin : gen_reader
    ram_sdp #(.Width(32), .Depth(Depth), .ReadLatency(2)) u_values (
      .clk, .write_enable(valid_q[3]), .write_address(index_q[3]), .write_data(sum_q[3]),
      .read_enable(1'b1), .read_address(read_index[r]), .read_data(read_value[r])
    );
  end

endmodule

`default_nettype wire
