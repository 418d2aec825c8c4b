`default_nettype none

// The hashes by which a flow finds its bucket: of everything that names the flow, and of the
// addresses with only those first bits of the source that tell a client.
//
// One key a clock in clock 0, the hashes in clock 2. The hash is linear, so its parts are made side
// by side. A key that counts as a later fragment has no layer-4 word: its flow's hash is that of
// the addresses.
module flow_hash
  import hash_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Width = 17
) (
  input  wire logic        clk,
  input  wire settings_t   settings,
  input  wire logic        valid,  // of the key
  input  wire key_t        key,
  output logic [Width-1:0] by_flow,
  output logic [Width-1:0] by_client
);

  logic [127:0]     mask;
  logic [Width-1:0] source_1, client_1, destination_1, l4_1;

  client_mask u_mask (.clk, .settings, .ipv6(key.ipv6), .mask);

  always_ff @(posedge clk) begin
    source_1 <= 'x;
    client_1 <= 'x;
    destination_1 <= 'x;
    l4_1 <= 'x;
    if (valid) begin
      source_1 <= Width'(source_hash(key.ipv6, key.source_ip));
      client_1 <= Width'(source_hash(key.ipv6, key.source_ip & mask));
      destination_1 <= Width'(destination_hash(key.destination_ip));
      l4_1 <= key.l4_known ? Width'(l4_hash(key.protocol, key.l4)) : '0;
    end
    by_flow <= source_1 ^ destination_1 ^ l4_1;
    by_client <= client_1 ^ destination_1;
  end

endmodule

`default_nettype wire
