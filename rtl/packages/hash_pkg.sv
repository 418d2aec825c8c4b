`default_nettype none

// The hash family of docs/src/card/verdicts.md, and the sets of tables that it chooses.
package hash_pkg;

  // The station table's sets.
  localparam int unsigned StationSetsLog2 = 10;

  typedef logic [StationSetsLog2-1:0] station_set_t;

  // The address table's sets.
  localparam int unsigned AddressSetsLog2 = 9;

  typedef logic [AddressSetsLog2-1:0] address_set_t;

  // The hash family of docs/src/card/verdicts.md: an exclusive or of rows of a 32-bit xorshift
  // sequence, row 8k+b for bit b of byte k. Each bit of a hash is the parity of what a column of
  // that matrix selects. Arguments hold byte 0 highest, as integers do.
  function automatic logic [31:0] xorshift(input logic [31:0] x);
    logic [31:0] y;
    y = x ^ (x << 13);
    y = y ^ (y >> 17);
    return y ^ (y << 5);
  endfunction

  localparam logic [31:0] SeedAddress = 32'h9e37_79b9;
  localparam logic [31:0] SeedL4 = 32'h85eb_ca6b;
  localparam logic [31:0] SeedStation0 = 32'hc2b2_ae35;
  localparam logic [31:0] SeedStation1 = 32'h27d4_eb2f;
  localparam logic [31:0] SeedKnown0 = 32'h7feb_352d;
  localparam logic [31:0] SeedKnown1 = 32'h846c_a68b;
  localparam logic [31:0] SeedFdb = 32'h1656_67b1;

  // The bits of the longest argument: family and two addresses.
  localparam int unsigned HashBytes = 33;

  typedef logic [8*HashBytes-1:0] hash_column_t;

  // What bit `index` of the hash of `bytes` bytes is the parity of.
  function automatic hash_column_t hash_column(
      input logic [31:0] seed, input int bytes, input logic [4:0] index);
    logic [31:0] row;
    row = xorshift(seed);
    hash_column = '0;
    for (int k = 0; k < int'(HashBytes); k++)
      for (int b = 0; b < 8; b++)
        if (k < bytes) begin
          hash_column[8*(bytes-1-k)+b] = row[index];
          row = xorshift(row);
        end
  endfunction

  // Of a hash as many bits as are asked for: sets of tables, bucket numbers.
  localparam int unsigned FlowHashW = 17;

  typedef logic [FlowHashW-1:0] flow_hash_t;
  typedef logic [StationSetsLog2-1:0][47:0] station_matrix_t;
  typedef logic [AddressSetsLog2-1:0][128:0] known_matrix_t;
  typedef logic [31:0][63:0] fdb_matrix_t;
  typedef logic [FlowHashW-1:0][256:0] address_matrix_t;
  typedef logic [FlowHashW-1:0][39:0] l4_matrix_t;

  function automatic station_matrix_t station_matrix(input logic [31:0] seed);
    for (int i = 0; i < int'(StationSetsLog2); i++)
      station_matrix[i] = 48'(hash_column(seed, 6, 5'(unsigned'(i))));
  endfunction

  function automatic known_matrix_t known_matrix(input logic [31:0] seed);
    for (int i = 0; i < int'(AddressSetsLog2); i++)
      known_matrix[i] = 129'(hash_column(seed, 17, 5'(unsigned'(i))));
  endfunction

  function automatic fdb_matrix_t fdb_matrix();
    for (int i = 0; i < 32; i++) fdb_matrix[i] = 64'(hash_column(SeedFdb, 8, 5'(unsigned'(i))));
  endfunction

  function automatic address_matrix_t address_matrix();
    for (int i = 0; i < int'(FlowHashW); i++)
      address_matrix[i] = 257'(hash_column(SeedAddress, 33, 5'(unsigned'(i))));
  endfunction

  function automatic l4_matrix_t l4_matrix();
    for (int i = 0; i < int'(FlowHashW); i++)
      l4_matrix[i] = 40'(hash_column(SeedL4, 5, 5'(unsigned'(i))));
  endfunction

  localparam station_matrix_t StationMatrix0 = station_matrix(SeedStation0);
  localparam station_matrix_t StationMatrix1 = station_matrix(SeedStation1);
  localparam known_matrix_t KnownMatrix0 = known_matrix(SeedKnown0);
  localparam known_matrix_t KnownMatrix1 = known_matrix(SeedKnown1);
  localparam fdb_matrix_t FdbMatrix = fdb_matrix();
  localparam address_matrix_t AddressMatrix = address_matrix();
  localparam l4_matrix_t L4Matrix = l4_matrix();

  function automatic station_set_t station_set0(input logic [47:0] mac);
    for (int i = 0; i < int'(StationSetsLog2); i++) station_set0[i] = ^(mac & StationMatrix0[i]);
  endfunction

  function automatic station_set_t station_set1(input logic [47:0] mac);
    for (int i = 0; i < int'(StationSetsLog2); i++) station_set1[i] = ^(mac & StationMatrix1[i]);
  endfunction

  // `family_address`: 1 for IPv6, then the address.
  function automatic address_set_t address_set0(input logic [128:0] family_address);
    for (int i = 0; i < int'(AddressSetsLog2); i++)
      address_set0[i] = ^(family_address & KnownMatrix0[i]);
  endfunction

  function automatic address_set_t address_set1(input logic [128:0] family_address);
    for (int i = 0; i < int'(AddressSetsLog2); i++)
      address_set1[i] = ^(family_address & KnownMatrix1[i]);
  endfunction

  function automatic logic [31:0] fdb_hash(input logic [12:0] domain, input logic [47:0] mac);
    for (int i = 0; i < 32; i++) fdb_hash[i] = ^({3'b0, domain, mac} & FdbMatrix[i]);
  endfunction

  // The share of the family and the source in `h_address`, and that of the destination: their
  // exclusive or is the hash, so that each can have a clock of its own.
  function automatic flow_hash_t source_hash(input logic ipv6, input logic [127:0] source);
    for (int i = 0; i < int'(FlowHashW); i++)
      source_hash[i] = ^({ipv6, source} & AddressMatrix[i][256:128]);
  endfunction

  function automatic flow_hash_t destination_hash(input logic [127:0] destination);
    for (int i = 0; i < int'(FlowHashW); i++)
      destination_hash[i] = ^(destination & AddressMatrix[i][127:0]);
  endfunction

  function automatic flow_hash_t l4_hash(input logic [7:0] protocol, input logic [31:0] l4);
    for (int i = 0; i < int'(FlowHashW); i++) l4_hash[i] = ^({protocol, l4} & L4Matrix[i]);
  endfunction

endpackage

`default_nettype wire
