`default_nettype none

// The bits of an address that tell a client, as configured for either family: the first ones.
//
// `mask` selects them from an address of the family `ipv6` in the same clock; new settings act in
// the clock after. IPv4 addresses are zero above their 32 bits, so that what it says of these bits
// is of no matter.
module client_mask
  import table_pkg::*;
(
  input  wire logic      clk,
  input  wire settings_t settings,
  input  wire logic      ipv6,
  output logic [127:0]   mask
);

  logic [31:0]  mask4_q;
  logic [127:0] mask6_q;

  // Octet `o` of the mask of the first `bits` bits, counted from the highest.
  function automatic logic [7:0] octet(input logic [7:0] bits, input logic [4:0] o);
    if (bits[7:3] != o) return bits[7:3] > o ? 8'hff : 8'h00;
    return ~(8'hff >> bits[2:0]);
  endfunction

  always_ff @(posedge clk) begin
    for (int unsigned o = 0; o < 4; o++)
      mask4_q[31-8*o-:8] <= octet({2'd0, settings.client_bits4}, 5'(o));
    for (int unsigned o = 0; o < 16; o++)
      mask6_q[127-8*o-:8] <= octet(settings.client_bits6, 5'(o));
  end

  assign mask = {mask6_q[127:32], ipv6 ? mask6_q[31:0] : mask4_q};

endmodule

`default_nettype wire
