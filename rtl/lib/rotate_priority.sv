// Rotating priority, combinational: the first request at or after the pointer, in cyclic order.
//
// `pointer` is one-hot; `grant` is one-hot, or zero if there is no request.
// Written as a carry look-ahead over groups of three, the pointer being the carry: three six-input
// LUT levels for up to 9 inputs.
`default_nettype none

module rotate_priority #(
    parameter int unsigned Inputs = 4
) (
    input  wire  [Inputs-1:0] request,
    input  wire  [Inputs-1:0] pointer,
    output logic [Inputs-1:0] grant
);
  localparam int unsigned GroupSize = 3;
  localparam int unsigned Groups = (Inputs + GroupSize - 1) / GroupSize;
  localparam int unsigned Padded = Groups * GroupSize;

  // The padding never requests, so the search passes over it.
  logic [Padded-1:0] padded_request;
  logic [Padded-1:0] padded_pointer;
  logic [Inputs-1:0] local_grant;
  logic [Inputs-1:0] first_request;
  logic [Groups-1:0] generated;
  logic [Groups-1:0] entered;


  always_comb begin
    padded_request = '0;
    padded_pointer = '0;
    padded_request[Inputs-1:0] = request;
    padded_pointer[Inputs-1:0] = pointer;

    for (int unsigned g = 0; g < Groups; g++) begin
      automatic logic search = 1'b0;
      automatic logic free = 1'b1;
      for (int unsigned i = g * GroupSize; i < (g + 1) * GroupSize; i++) begin
        search |= padded_pointer[i];
        if (i < Inputs) begin
          local_grant[i] = search && padded_request[i];
          first_request[i] = free && padded_request[i];
        end
        search &= !padded_request[i];
        free &= !padded_request[i];
      end
      generated[g] = search;
    end

    // The search enters a group if an earlier one, or the group itself around the circle, began it
    // and no group between has a request.
    for (int unsigned g = 0; g < Groups; g++) begin
      automatic logic clear = 1'b1;
      entered[g] = 1'b0;
      for (int unsigned distance = 1; distance <= Groups; distance++) begin
        automatic int unsigned from = (g + Groups - distance) % Groups;
        entered[g] |= clear && generated[from];
        clear &= padded_request[from*GroupSize+:GroupSize] == '0;
      end
    end

    for (int unsigned i = 0; i < Inputs; i++) begin
      grant[i] = local_grant[i] || (first_request[i] && entered[i/GroupSize]);
    end
  end
endmodule

`default_nettype wire
