`default_nettype none

// Round robin over queues, a whole frame at a time.
//
// Combinational from `request`, `allow` and a registered pointer to `pop`: the first request at or
// after the pointer is the winner and is popped if it is allowed. The pointer stays with the winner
// until the beat marked `last` is popped, then moves past it: since a queue with a frame begun
// always has the next beat, no other can come in between. Single-beat frames take a clock each.
module frame_arbiter #(
  parameter int unsigned Inputs = 9
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic [Inputs-1:0] request,
  input  wire logic [Inputs-1:0] allow,
  input  wire logic [Inputs-1:0] last,
  output logic [Inputs-1:0]      pop
);
  // The winner of the frame under way and those behind it, or those behind the last one's.
  logic [Inputs-1:0] from_q;
  logic [Inputs-1:0] grant;
  logic [Inputs-1:0] passed;

  rotate_priority #(
      .Inputs(Inputs)
  ) u_priority (
      .request,
      .from(from_q),
      .grant,
      .passed
  );

  assign pop = grant & allow;

  always_ff @(posedge clk) begin
    if (request != '0) from_q <= passed | (grant & ~(allow & last));
    if (rst) from_q <= '0;
  end

endmodule

`default_nettype wire
