`default_nettype none

// The hashes by which a flow finds its bucket: of the addresses alone, and of everything that names
// the flow.
//
// One key a clock in clock 0, the hashes in clock 2. The hash is linear, so its parts are made side
// by side.
module flow_hash
  import flowswitch_pkg::*;
#(
  parameter int unsigned Width = 17
) (
  input  wire logic        clk,
  input  wire key_t        key,
  output logic [Width-1:0] by_address,
  output logic [Width-1:0] by_flow
);

  logic [Width-1:0] source_1, destination_1, l4_1;

  always_ff @(posedge clk) begin
    source_1 <= Width'(source_hash(key.ipv6, key.source_ip));
    destination_1 <= Width'(destination_hash(key.destination_ip));
    l4_1 <= key.l4_known ? Width'(l4_hash(key.protocol, key.l4)) : '0;
    by_address <= source_1 ^ destination_1;
    by_flow <= source_1 ^ destination_1 ^ l4_1;
  end

endmodule

`default_nettype wire
