`default_nettype none

// The bits of an address that tell a client, as configured for either family: the first ones.
//
// `mask` selects them from an address of the family `ipv6` in the same clock; new settings act in
// the clock after. IPv4 addresses are zero above their 32 bits, so that what it says of these bits
// is of no matter.
module client_mask
  import flowswitch_pkg::*;
(
  input  wire logic       clk,
  input  wire settings_t  settings,
  input  wire logic       ipv6,
  output logic [127:0]    mask
);

  logic [31:0]  mask4_q;
  logic [127:0] mask6_q;

  always_ff @(posedge clk) begin
    for (int i = 0; i < 32; i++) mask4_q[31-i] <= settings.client_bits4 > 6'(unsigned'(i));
    for (int i = 0; i < 128; i++) mask6_q[127-i] <= settings.client_bits6 > 8'(unsigned'(i));
  end

  assign mask = {mask6_q[127:32], ipv6 ? mask6_q[31:0] : mask4_q};

endmodule

`default_nettype wire
