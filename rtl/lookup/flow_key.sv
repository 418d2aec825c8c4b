`default_nettype none

// The keyed hashes by which flows and datagrams are known (docs/src/card/flows.md section 6).
//
// One key a clock in clock 0; the hashes stand registered in clock 4: of the key as that of a
// forward frame and of a reverse one, each by flow and by client (addresses alone, the client's
// masked), and of the datagram of which it is a fragment. The layer-4 word counts if it is known.
// `seed_write` fills the tables anew; `ready` is low from the clock after it on, and until there is
// a seed, until the hashes are good: those of the clock in which it rises are.
//
// What is read in the same clock stands in a table of its own: addresses of source and destination,
// whole and masked, the halves of layer-4 word and identification, two protocols.
module flow_key
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
(
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire settings_t    settings,
  input  wire logic         seed_write,
  input  wire logic [127:0] seed,   // word 0 lowest
  output logic              ready,
  input  wire logic         valid,  // of the key
  input  wire key_t         key,
  output flow_key_t         forward,
  output flow_key_t         reverse,
  output flow_key_t         forward_client,
  output flow_key_t         reverse_client,
  output flow_key_t         fragment
);

  localparam int unsigned AddressTables = 22;
  localparam int unsigned HalfTables = 3;
  localparam int unsigned ProtocolTables = 2;
  localparam int unsigned Tables = AddressTables + HalfTables + ProtocolTables;

  function automatic flow_key_t rotate(input flow_key_t x, input int by);
    return x << by | x >> (int'(FlowHashBits) - by);
  endfunction

  // ------------------------------------------------------------------------------------ the tables
  logic [Tables-1:0] write;
  logic [5:0]        write_index;
  flow_key_t         write_word;

  seed_fill #(.Tables(Tables), .Width(FlowHashBits)) u_fill (
    .clk, .rst, .seed_write, .seed, .write, .write_index, .write_word, .ready
  );

  // --------------------------------------------------------------- clock 0: arguments, side by side
  typedef logic [6*AddressTables-1:0] address_t;
  typedef logic [6*HalfTables-1:0] half_t;
  typedef logic [6*ProtocolTables-1:0] protocol_t;

  localparam int unsigned Source = 0;
  localparam int unsigned Destination = 1;
  localparam int unsigned SourceMasked = 2;
  localparam int unsigned DestinationMasked = 3;
  localparam int unsigned IdHigh = 2;
  localparam int unsigned IdLow = 3;
  localparam int unsigned OfFlow = 0;
  localparam int unsigned OfDatagram = 1;

  logic [127:0]    mask;
  address_t [3:0]  address_1;
  half_t [3:0]     half_1;
  protocol_t [1:0] protocol_1;
  logic [3:1]      l4_known;

  client_mask u_mask (.clk, .settings, .ipv6(key.ipv6), .mask);

  logic [3:1] valid_q;
  always_ff @(posedge clk) valid_q <= rst ? '0 : {valid_q[2:1], valid};

  always_ff @(posedge clk) begin
    address_1 <= 'x;
    if (valid) begin
      address_1[Source] <= address_t'({key.ipv6, key.source_ip});
      address_1[Destination] <= address_t'({key.ipv6, key.destination_ip});
      address_1[SourceMasked] <= address_t'({key.ipv6, key.source_ip & mask});
      address_1[DestinationMasked] <= address_t'({key.ipv6, key.destination_ip & mask});
      half_1[Source] <= half_t'(key.l4[31:16]);
      half_1[Destination] <= half_t'(key.l4[15:0]);
      half_1[IdHigh] <= half_t'(key.fragment.id[31:16]);
      half_1[IdLow] <= half_t'(key.fragment.id[15:0]);
      protocol_1[OfFlow] <= protocol_t'(key.protocol);
      protocol_1[OfDatagram] <= key.ipv6 ? '0 : protocol_t'(key.protocol);
    end
    l4_known <= {l4_known[2:1], key.l4_known};
  end

  // ------------------------------------------------------------------- clocks 1 to 3: the functions
  flow_key_t [3:0] address_3, half_3;
  flow_key_t [1:0] protocol_3;

  for (genvar i = 0; i < 4; i++) begin : gen_address
    tabulation #(.Tables(AddressTables), .Width(FlowHashBits)) u_address (
      .clk, .write(write[AddressTables-1:0]), .write_index, .write_word, .valid(valid_q[1]),
      .argument(address_1[i]),
      .hash(address_3[i])
    );
  end

  for (genvar i = 0; i < 4; i++) begin : gen_half
    tabulation #(.Tables(HalfTables), .Width(FlowHashBits)) u_half (
      .clk, .write(write[AddressTables+:HalfTables]), .write_index, .write_word,
      .valid(valid_q[1]), .argument(half_1[i]), .hash(half_3[i])
    );
  end

  for (genvar i = 0; i < 2; i++) begin : gen_protocol
    tabulation #(.Tables(ProtocolTables), .Width(FlowHashBits)) u_protocol (
      .clk, .write(write[Tables-1-:ProtocolTables]), .write_index, .write_word,
      .valid(valid_q[1]), .argument(protocol_1[i]), .hash(protocol_3[i])
    );
  end

  // --------------------------------------------------------------------------- clock 3: the hashes
  always_ff @(posedge clk) begin
    forward <= 'x;
    reverse <= 'x;
    forward_client <= 'x;
    reverse_client <= 'x;
    fragment <= 'x;
    if (valid_q[3]) begin
      forward <= address_3[Source] ^ rotate(address_3[Destination], 20) ^ protocol_3[OfFlow] ^
                 (l4_known[3] ? half_3[Source] ^ rotate(half_3[Destination], 20) : '0);
      reverse <= address_3[Destination] ^ rotate(address_3[Source], 20) ^ protocol_3[OfFlow] ^
                 (l4_known[3] ? half_3[Destination] ^ rotate(half_3[Source], 20) : '0);
      forward_client <= address_3[SourceMasked] ^ rotate(address_3[Destination], 20);
      reverse_client <= address_3[DestinationMasked] ^ rotate(address_3[Source], 20);
      fragment <= address_3[Source] ^ rotate(address_3[Destination], 20) ^ half_3[IdHigh] ^
                  rotate(half_3[IdLow], 20) ^ rotate(protocol_3[OfDatagram], 40);
    end
  end

endmodule

`default_nettype wire
