// Round robin over queues, a whole frame at a time.
//
// Combinational from `request`, `allow` and a registered pointer to `pop`: the first request at or
// after the pointer is the winner and is popped if it is allowed. The pointer stays with the winner
// until the beat marked `last` is popped, then moves past it: since a queue with a frame begun
// always has the next beat, no other can come in between. Single-beat frames take a clock each.
`default_nettype none

module frame_arbiter #(
    parameter int unsigned Inputs = 9
) (
    input  wire               clk,
    input  wire               rst,
    input  wire  [Inputs-1:0] request,
    input  wire  [Inputs-1:0] allow,
    input  wire  [Inputs-1:0] last,
    output logic [Inputs-1:0] pop
);
  logic [Inputs-1:0] pointer_q;
  logic [Inputs-1:0] grant;
  logic [Inputs-1:0] finish;

  rotate_priority #(
      .Inputs(Inputs)
  ) u_priority (
      .request,
      .pointer(pointer_q),
      .grant
  );

  assign pop = grant & allow;
  assign finish = allow & last;

  always_ff @(posedge clk) begin
    for (int unsigned i = 0; i < Inputs; i++) begin
      if (request != '0) begin
        pointer_q[i] <= (grant[i] && !finish[i])
            || (grant[(i+Inputs-1)%Inputs] && finish[(i+Inputs-1)%Inputs]);
      end
    end
    if (rst) pointer_q <= Inputs'(1);
  end
endmodule

`default_nettype wire
