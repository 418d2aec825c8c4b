`default_nettype none

// Rotating priority, combinational: the first request at or after a place, in cyclic order.
//
// `from` has ones at that place and at all above it; without any, the place is the lowest. `grant`
// is one-hot, or zero if there is no request; `passed` has ones at all places above the grant.
// Groups of three share what comes below them: three six-input LUT levels for up to 9 inputs.
module rotate_priority #(
  parameter int unsigned Inputs = 4
) (
  input  wire logic [Inputs-1:0] request,
  input  wire logic [Inputs-1:0] from,
  output logic [Inputs-1:0]      grant,
  output logic [Inputs-1:0]      passed
);
  localparam int unsigned GroupSize = 3;
  localparam int unsigned Groups = (Inputs + GroupSize - 1) / GroupSize;

  // Requests at or after the place, and all of them: whether one stands below in the group, one in
  // the group, one in a group below.
  logic [Inputs-1:0] ahead;
  logic [Inputs-1:0] ahead_below;
  logic [Inputs-1:0] any_below;
  logic [Groups-1:0] ahead_group;
  logic [Groups-1:0] any_group;
  logic [Groups-1:0] ahead_lower;
  logic [Groups-1:0] any_lower;
  logic around;

  assign ahead = request & from;

  always_comb begin
    for (int unsigned g = 0; g < Groups; g++) begin
      ahead_group[g] = 1'b0;
      any_group[g] = 1'b0;
      for (int unsigned i = g * GroupSize; i < (g + 1) * GroupSize && i < Inputs; i++) begin
        ahead_below[i] = ahead_group[g];
        any_below[i] = any_group[g];
        ahead_group[g] |= ahead[i];
        any_group[g] |= request[i];
      end
    end
    around = ahead_group == '0;
    for (int unsigned g = 0; g < Groups; g++) begin
      ahead_lower[g] = 1'b0;
      any_lower[g] = 1'b0;
      for (int unsigned lower = 0; lower < g; lower++) begin
        ahead_lower[g] |= ahead_group[lower];
        any_lower[g] |= any_group[lower];
      end
      // Whichever search it is.
      any_lower[g] = around ? any_lower[g] : ahead_lower[g];
    end
    for (int unsigned i = 0; i < Inputs; i++) begin
      passed[i] = any_lower[i/GroupSize] || (around ? any_below[i] : ahead_below[i]);
      grant[i] = !passed[i] && (around ? request[i] : ahead[i]);
    end
  end

endmodule

`default_nettype wire
