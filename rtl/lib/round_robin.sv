`default_nettype none

// Round-robin arbiter.
//
// `grant` (one-hot), `grant_index` and `grant_valid` follow `request` and the registered pointer in
// the same clock. With `advance` the pointer moves past the grant, whose input then comes last;
// without it, or without a request, the pointer stays. A requesting input waits for at most
// Inputs - 1 other grants.
module round_robin #(
  parameter int unsigned Inputs = 4,
  localparam int unsigned IndexWidth = Inputs > 1 ? $clog2(Inputs) : 1
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic [Inputs-1:0] request,
  input  wire logic              advance,
  output logic [Inputs-1:0]      grant,
  output logic [IndexWidth-1:0]  grant_index,
  output logic                   grant_valid
);
  // The places behind the last grant.
  logic [Inputs-1:0] from_q;
  logic [Inputs-1:0] passed;

  rotate_priority #(
      .Inputs(Inputs)
  ) u_priority (
      .request,
      .from(from_q),
      .grant,
      .passed
  );

  assign grant_valid = |request;

  always_comb begin
    grant_index = '0;
    for (int unsigned i = 0; i < Inputs; i++) begin
      if (grant[i]) grant_index |= IndexWidth'(i);
    end
  end

  always_ff @(posedge clk) begin
    if (advance && grant_valid) from_q <= passed;
    if (rst) from_q <= '0;
  end

endmodule

`default_nettype wire
