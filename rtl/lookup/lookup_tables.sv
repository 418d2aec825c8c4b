`default_nettype none

// The look-up engine's first flat: what the tables say of a key by its addresses. Clocks 0 to 6.
//
// One key a clock; `tables_4` in clock 4, with the keyed hashes of its flow and its datagram, and
// in clock 6 the number of the bucket to read. Writes are broadcast and act on keys of later
// clocks.
module lookup_tables
  import frame_pkg::*;
  import hash_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import lookup_pkg::*;
#(
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Routers = 64
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire settings_t         settings,
  input  wire logic              table_write,
  input  wire table_access_t     table_access,
  input  wire logic              seed_write,
  input  wire logic [127:0]      seed,
  output logic                   seed_ready,
  // clocks 0, 3
  input  wire logic              key_valid,
  input  wire key_t              key,
  input  wire discovery_e        discovery_3,
  input  wire check_t            check_3,
  // clock 4
  output tables_t                tables_4,
  output flow_key_t              forward_key_4,
  output flow_key_t              reverse_key_4,
  output flow_key_t              forward_client_key_4,
  output flow_key_t              reverse_client_key_4,
  output flow_key_t              fragment_key_4,
  // later
  output logic                   router_address_5,  // a router's address is asked for
  output logic [BucketsLog2-1:0] bucket_6
);

  localparam int unsigned ServiceIndexW = index_width(Services);
  localparam int unsigned RouterW = index_width(Routers);
  typedef logic [BucketsLog2-1:0] bucket_index_t;

  // -------------------------------------------------------------------------------------- stations
  logic     write_station;
  station_t station_entry;

  assign write_station = table_write && table_access.number == TableStation;
  assign station_entry.port = table_access.data[32+20+:4];
  assign station_entry.kind = station_kind_e'(table_access.data[32+17+:2]);
  assign station_entry.index = table_access.data[64+:MemberW];
  assign station_entry.logical = table_access.data[64+16+:6];
  assign station_entry.own_tag = table_access.data[64+24];

  exact_table #(.KeyW(48), .ValueW($bits(station_t)), .SetsLog2(StationSetsLog2)) u_destination (
    .clk, .write_valid(write_station), .write_index(table_access.index[StationSetsLog2+1:0]),
    .valid(key_valid),
    .write_used(table_access.data[32+16]), .write_key(table_access.data[47:0]),
    .write_value(station_entry), .set0(key.destination_set0), .set1(key.destination_set1),
    .key(key.destination), .hit(tables_4.destination_hit), .value(tables_4.destination)
  );

  exact_table #(.KeyW(48), .ValueW($bits(station_t)), .SetsLog2(StationSetsLog2)) u_source (
    .clk, .write_valid(write_station), .write_index(table_access.index[StationSetsLog2+1:0]),
    .valid(key_valid),
    .write_used(table_access.data[32+16]), .write_key(table_access.data[47:0]),
    .write_value(station_entry), .set0(key.source_set0), .set1(key.source_set1),
    .key(key.source), .hit(tables_4.source_hit), .value(tables_4.source)
  );

  // ------------------------------------------------------------------------------- known addresses
  logic                       write_address;
  known_t                     address_entry;
  packed_known_t              asked_packed, claimed_packed;
  logic [AddressSetsLog2+1:0] address_index;
  logic [128:0]               address_key;

  assign write_address = table_write && table_access.number == TableAddress;
  assign address_index = table_access.index[AddressSetsLog2+1:0];
  assign address_key = {table_access.data[129], table_access.data[127:0]};
  assign address_entry = '{
    server: table_access.data[150+:10], cluster: table_access.data[144+:6],
    persistent: table_access.data[142], kind: known_kind_e'(table_access.data[130+:2]),
    index: table_access.data[136+:6]};

  exact_table #(.KeyW(129), .ValueW($bits(packed_known_t)), .SetsLog2(AddressSetsLog2)) u_asked (
    .clk, .write_valid(write_address), .write_index(address_index), .valid(key_valid),
    .write_used(table_access.data[128]), .write_key(address_key),
    .write_value(pack_known(address_entry)),
    .set0(key.asked_set0), .set1(key.asked_set1),
    .key({key.ipv6, key.discovery == DiscoverySolicitation ? key.target : key.destination_ip}),
    .hit(tables_4.asked_hit), .value(asked_packed)
  );

  exact_table #(.KeyW(129), .ValueW($bits(packed_known_t)), .SetsLog2(AddressSetsLog2)) u_claimed (
    .clk, .write_valid(write_address), .write_index(address_index), .valid(key_valid),
    .write_used(table_access.data[128]), .write_key(address_key),
    .write_value(pack_known(address_entry)),
    .set0(key.claimed_set0), .set1(key.claimed_set1),
    .key({key.ipv6, key.discovery == DiscoveryAdvertisement ? key.target : key.source_ip}),
    .hit(tables_4.claimed_hit), .value(claimed_packed)
  );

  assign tables_4.asked = unpack_known(asked_packed);
  assign tables_4.claimed = unpack_known(claimed_packed);

  logic asked_router;
  assign asked_router = tables_4.asked_hit && tables_4.asked.kind == KnownRouter;
  always_ff @(posedge clk) router_address_5 <= asked_router;

  // 0.0.0.0 or ::, as the sender of a request.
  logic [7:0] zero_1;
  logic       zero_2, zero_3;
  always_ff @(posedge clk) begin
    zero_1 <= 'x;
    if (key_valid)
      for (int i = 0; i < 8; i++) zero_1[i] <= key.source_ip[16*i+:16] == '0;
    zero_2 <= &zero_1;
    zero_3 <= zero_2;
    tables_4.zero <= zero_3;
  end

  // --------------------------------------------------------------------------------------- service
  service_match_t  write_match;
  service_result_t write_result;

  always_comb begin
    write_match.valid = table_access.data[128];
    write_match.ipv6 = table_access.data[129];
    write_match.address = table_access.data[127:0];
    write_match.any_protocol = table_access.data[130];
    write_match.protocol = table_access.data[128+8+:8];
    write_match.any_port = table_access.data[131];
    write_match.port_low = table_access.data[160+:16];
    write_match.port_high = table_access.data[176+:16];
    write_match.any_vlan = table_access.data[132];
    write_match.vlan = table_access.data[128+16+:12];
    write_result.client_persistence = table_access.data[133];
    write_result.no_service_to_host = table_access.data[134];
    write_result.source_virtual = table_access.data[224+16];
    write_result.least_load = table_access.data[128+7];
    write_result.cluster = table_access.data[224+:6];
    write_result.buckets.base = table_access.data[192+:17];
    write_result.buckets.log2 = table_access.data[192+20+:5];
  end

  service_match #(.Services(Services)) u_service_match (
    .clk, .rst, .write_valid(table_write && table_access.number == TableService),
    .write_index(table_access.index[ServiceIndexW-1:0]), .write_match, .write_result,
    .valid(key_valid), .key, .hit(tables_4.service_hit), .result(tables_4.service),
    .address_hit(tables_4.address_hit), .no_service_to_host(tables_4.no_service_to_host)
  );

  // ---------------------------------------------------------------------------------------- hashes
  bucket_index_t by_client_2, by_flow_2, by_client_3, by_flow_3, by_client_4, by_flow_4;

  flow_hash #(.Width(BucketsLog2)) u_flow_hash (
    .clk, .settings, .valid(key_valid), .key, .by_client(by_client_2), .by_flow(by_flow_2)
  );

  flow_key u_flow_key (
    .clk, .rst, .valid(key_valid), .key, .settings, .seed_write, .seed, .ready(seed_ready),
    .forward(forward_key_4), .reverse(reverse_key_4), .forward_client(forward_client_key_4),
    .reverse_client(reverse_client_key_4), .fragment(fragment_key_4)
  );

  // ---------------------------------------------------------------- neighbour discovery's validity
  logic request_4;         // a request or a solicitation that is answered
  always_ff @(posedge clk) begin
    by_client_3 <= by_client_2;
    by_flow_3 <= by_flow_2;
    by_client_4 <= by_client_3;
    by_flow_4 <= by_flow_3;
    tables_4.check <= check_3;
    tables_4.discovery <= discovery_3 != DiscoveryNone;
    request_4 <= discovery_3 == DiscoveryArpRequest ||
                 (discovery_3 == DiscoverySolicitation && check_3.checked);
  end

  // -------------------------------------------------------------------- clock 4: the bucket number
  // Which bits of a bucket number the hash decides.
  function automatic bucket_index_t hash_bits(input logic [4:0] log2);
    bucket_index_t bits;
    for (int b = 0; b < int'(BucketsLog2); b++) bits[b] = log2 > 5'(b);
    return bits;
  endfunction

  typedef struct packed {
    bucket_index_t base;
    bucket_index_t hashed;
  } range_t;

  // A router's buckets: for flows, by the router that a frame goes to; and for servers that ask for
  // it, by the router's address.
  (* ram_style = "distributed" *) range_t pools [Routers];
  (* ram_style = "distributed" *) range_t assignments [Routers];
  initial for (int i = 0; i < int'(Routers); i++) begin
    pools[i] = '0;
    assignments[i] = '0;
  end
  always @(posedge clk)
    if (table_write && table_access.number == TablePool) begin
      pools[table_access.index[RouterW-1:0]] <= '{
        base: bucket_index_t'(table_access.data[16:0]),
        hashed: hash_bits(table_access.data[24:20])};
      assignments[table_access.index[RouterW-1:0]] <= '{
        base: bucket_index_t'(table_access.data[32+:17]),
        hashed: hash_bits(table_access.data[52+:5])};
    end

  bucket_index_t bucket_5, service_hash;
  range_t        pool, assignment;
  logic          asks_router;
  assign pool = pools[tables_4.destination.index[RouterW-1:0]];
  assign assignment = assignments[tables_4.asked.index[RouterW-1:0]];
  assign asks_router = asked_router && request_4 && tables_4.source_hit &&
                       tables_4.source.kind == StationServer;
  assign service_hash = tables_4.service.client_persistence ? by_client_4 : by_flow_4;

  always_ff @(posedge clk) begin
    if (asks_router)
      bucket_5 <= assignment.base | (bucket_index_t'(tables_4.source.index) & assignment.hashed);
    else if (tables_4.destination_hit && tables_4.destination.kind == StationRouter)
      bucket_5 <= pool.base | (by_flow_4 & pool.hashed);
    else
      bucket_5 <= bucket_index_t'(tables_4.service.buckets.base) |
                  (service_hash & hash_bits(tables_4.service.buckets.log2));
    bucket_6 <= bucket_5;
  end

endmodule

`default_nettype wire
