`default_nettype none

// How long ago a stamp was made, by a clock counter that comes round: `age` is right however long
// what bears the stamp has waited, and all ones for as many clocks or more.
//
// What waits stands in queues before the place where it is seen: something is there (`valid`), or
// was taken (`taken`). Queues that are taken from are emptied of what was in them after Places, and
// nothing is in them when nothing has come for Gap clocks. The counter's round is divided into four
// slices: when three of them have passed without that, and the fourth as well so far, what is seen
// may be older than the counter tells, and is taken for old. `age` is combinational in `now` and
// `stamp`.
module stamp_age #(
  parameter int unsigned StampBits = 32,
  parameter int unsigned AgeBits = 19,
  parameter int unsigned PlacesLog2 = 25,  // takes that go before any that waits, at most
  parameter int unsigned GapLog2 = 5       // clocks from queue to queue, fewer
) (
  input  wire logic                 clk,
  input  wire logic                 rst,  // of queues and counter too
  input  wire logic [StampBits-1:0] now,  // one more in each clock
  input  wire logic                 valid,
  input  wire logic                 taken,
  input  wire logic [StampBits-1:0] stamp,
  output logic [AgeBits-1:0]        age
);

  logic [1:0]           full_q;      // slices before this one in which the queues were not emptied
  logic                 emptied_q;   // .. in this one they were
  logic [PlacesLog2:0]  taken_q;     // in this slice
  logic [GapLog2:0]     gap_q;       // .. and clocks without anything
  logic                 emptied, slice_ends;
  logic [StampBits-1:0] since;

  assign emptied = taken_q[PlacesLog2] || (gap_q[GapLog2] && !valid);
  assign slice_ends = &now[StampBits-3:0];

  always_ff @(posedge clk) begin
    if (valid) gap_q <= '0;
    else if (!gap_q[GapLog2]) gap_q <= gap_q + 1'b1;
    if (taken && !taken_q[PlacesLog2]) taken_q <= taken_q + 1'b1;
    if (emptied) emptied_q <= 1'b1;
    if (slice_ends) begin
      if (emptied_q || emptied) full_q <= '0;
      else if (full_q != '1) full_q <= full_q + 2'd1;
      emptied_q <= 1'b0;
      taken_q <= '0;
      gap_q <= '0;
    end
    if (rst) begin
      full_q <= '0;
      emptied_q <= 1'b1;
      taken_q <= '0;
      gap_q <= '0;
    end
  end

  assign since = now - stamp;
  assign age = (full_q == '1 && !emptied_q) || |since[StampBits-1:AgeBits] ? '1
                                                                          : since[AgeBits-1:0];

endmodule

`default_nettype wire
