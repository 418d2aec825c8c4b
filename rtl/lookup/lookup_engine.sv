`default_nettype none

// One look-up engine (the CPLD and dual-port SRAM of Fig. 5E, the ASIC and look-up table of Fig.
// 5F).
//
// One key a clock, never held up; `verdict` comes EngineLatency clocks after `key`, in order, not
// registered: the line card's queue is its last register. All tables are the engine's own copies;
// writes are broadcast and act on keys of later clocks.
//
// clock 0  station, service, hashes; the source to the learner     8  members
//       1  routers' own addresses                                  10  which member is up
//       4  row (to 7), bucket number                               11  verdict
//       5  bucket pool; learned address (to 10)
// The flow table's place is beside the bucket pool: its hash is ready in clock 2, its answer is
// wanted in clock 8.
module lookup_engine
  import flowswitch_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11,
  parameter int unsigned RouterSetsLog2 = 7
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire settings_t              settings,
  input  wire logic [Ports-1:0]       link_up,
  input  wire logic [Ports-1:0]       usable,
  input  wire logic [15:0]            oldest,
  // the key
  input  wire logic                   key_valid,
  input  wire port_t                  key_port,
  input  wire key_t                   key,
  // table writes
  input  wire logic                   table_write,
  input  wire table_access_t          table_access,
  input  wire logic                   member_write,
  input  wire member_t                member_index,
  input  wire member_entry_t          member_entry,
  input  wire logic                   bucket_write_valid,
  input  wire logic [BucketsLog2-1:0] bucket_write_index,
  input  wire logic [31:0]            bucket_write_data,
  input  wire logic                   bucket_read_valid,
  output logic                        bucket_read_ready,
  input  wire logic [BucketsLog2-1:0] bucket_read_index,
  output logic                        bucket_read_rvalid,
  output logic [31:0]                 bucket_read_rdata,
  input  wire fdb_write_t             fdb_write,
  input  wire logic                   fdb_read_valid,
  output logic                        fdb_read_ready,
  input  wire logic [FdbSetsLog2+1:0] fdb_read_index,
  output logic                        fdb_read_rvalid,
  output fdb_entry_t                  fdb_read_entry,
  // the source address, and whether it may be learned: clock 5
  output logic                        learn_confirm,
  output learn_t                      learn_confirmed,
  // the verdict
  output logic                        verdict_valid,
  output port_t                       verdict_port,
  output verdict_t                    verdict
);

  localparam int unsigned ServiceIndexW = $clog2(Services);
  localparam int unsigned RouterW = $clog2(Routers);
  typedef logic [BucketsLog2-1:0] bucket_index_t;

  // The key in each clock.
  logic  [EngineLatency:0] valid;
  port_t port_q [1:EngineLatency];
  key_t  key_q [1:6];
  logic  [31:0] stamp_q [7:EngineLatency];

  assign valid[0] = key_valid;
  always_ff @(posedge clk) begin
    valid[EngineLatency:1] <= rst ? '0 : valid[EngineLatency-1:0];
    port_q[1] <= key_port;
    key_q[1] <= key;
    for (int i = 2; i <= int'(EngineLatency); i++) port_q[i] <= port_q[i-1];
    for (int i = 2; i <= 6; i++) key_q[i] <= key_q[i-1];
    stamp_q[7] <= key_q[6].stamp;
    for (int i = 8; i <= int'(EngineLatency); i++) stamp_q[i] <= stamp_q[i-1];
  end

  // ----------------------------------------------------------------------- clocks 0 to 4: stations
  logic     write_station;
  logic     destination_hit, source_hit;
  station_t destination, source, station_entry;

  assign write_station = table_write && table_access.number == TableStation;
  assign station_entry.port = table_access.data[32+20+:4];
  assign station_entry.kind = station_kind_e'(table_access.data[32+17+:2]);
  assign station_entry.index = table_access.data[64+:MemberW];

  exact_table #(.KeyW(48), .ValueW($bits(station_t)), .SetsLog2(StationSetsLog2)) u_destination (
    .clk, .write_valid(write_station), .write_index(table_access.index[StationSetsLog2+1:0]),
    .write_used(table_access.data[32+16]), .write_key(table_access.data[47:0]),
    .write_value(station_entry), .set0(key.destination_set0), .set1(key.destination_set1),
    .key(key.destination), .hit(destination_hit), .value(destination)
  );

  exact_table #(.KeyW(48), .ValueW($bits(station_t)), .SetsLog2(StationSetsLog2)) u_source (
    .clk, .write_valid(write_station), .write_index(table_access.index[StationSetsLog2+1:0]),
    .write_used(table_access.data[32+16]), .write_key(table_access.data[47:0]),
    .write_value(station_entry), .set0(key.source_set0), .set1(key.source_set1),
    .key(key.source), .hit(source_hit), .value(source)
  );

  // --------------------------------------------------------- clocks 1 to 5: routers' own addresses
  logic [RouterSetsLog2-1:0] router_set0_1, router_set1_1;
  logic                      router_address_hit;

  always_ff @(posedge clk) begin
    router_set0_1 <= RouterSetsLog2'(h3_ip(SeedRouter0, key.ipv6, key.destination_ip));
    router_set1_1 <= RouterSetsLog2'(h3_ip(SeedRouter1, key.ipv6, key.destination_ip));
  end

  exact_table #(.KeyW(129), .ValueW(1), .SetsLog2(RouterSetsLog2)) u_router_addresses (
    .clk, .write_valid(table_write && table_access.number == TableRouterAddress),
    .write_index(table_access.index[RouterSetsLog2+1:0]), .write_used(table_access.data[128]),
    .write_key({table_access.data[129], table_access.data[127:0]}), .write_value(1'b1),
    .set0(router_set0_1), .set1(router_set1_1),
    .key({key_q[1].ipv6, key_q[1].destination_ip}),
    .hit(router_address_hit), .value()
  );

  // ------------------------------------------------------------------------ clocks 0 to 4: service
  service_match_t  write_match;
  service_result_t write_result, service;
  logic            service_hit, address_hit, no_service_to_host;

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
    write_result.buckets.base = table_access.data[192+:17];
    write_result.buckets.log2 = table_access.data[192+20+:5];
  end

  service_match #(.Services(Services)) u_service_match (
    .clk, .rst, .write_valid(table_write && table_access.number == TableService),
    .write_index(table_access.index[ServiceIndexW-1:0]), .write_match, .write_result, .key,
    .hit(service_hit), .result(service), .address_hit, .no_service_to_host
  );

  // ------------------------------------------------------------------------- clocks 0 to 4: hashes
  bucket_index_t by_address_2, by_flow_2, by_address_3, by_flow_3, by_address_4, by_flow_4;

  flow_hash #(.Width(BucketsLog2)) u_flow_hash (
    .clk, .key, .by_address(by_address_2), .by_flow(by_flow_2)
  );

  always_ff @(posedge clk) begin
    by_address_3 <= by_address_2;
    by_flow_3 <= by_flow_2;
    by_address_4 <= by_address_3;
    by_flow_4 <= by_flow_3;
  end

  // ----------------------------------------- clock 4: bucket number, state of the router addressed
  function automatic bucket_index_t bucket_index(
      input bucket_range_t range, input bucket_index_t hash);
    bucket_index_t index;
    for (int b = 0; b < int'(BucketsLog2); b++)
      index[b] = range.base[b] || (hash[b] && range.log2 > 5'(b));
    return index;
  endfunction

  (* ram_style = "distributed" *) bucket_range_t pools [Routers];
  initial for (int i = 0; i < int'(Routers); i++) pools[i] = '0;
  always_ff @(posedge clk)
    if (table_write && table_access.number == TablePool)
      pools[table_access.index[RouterW-1:0]] <= '{
        base: table_access.data[16:0], log2: table_access.data[24:20]};

  bucket_index_t index_5;
  bucket_range_t pool_4;
  assign pool_4 = pools[destination.index[RouterW-1:0]];

  always_ff @(posedge clk)
    if (destination_hit && destination.kind == StationRouter)
      index_5 <= bucket_index(pool_4, by_flow_4);
    else
      index_5 <= bucket_index(service.buckets,
                              service.client_persistence ? by_address_4 : by_flow_4);

  typedef struct packed {
    logic  valid;
    logic  up;
    port_t port;
  } router_state_t;
  router_state_t router_5;

  ram_sdp #(
    .Width($bits(router_state_t)), .Depth(Routers), .ReadLatency(1), .Style("distributed")
  ) u_router_states (
    .clk, .write_enable(member_write && member_index >= FirstRouter),
    .write_address(member_index[RouterW-1:0]),
    .write_data({member_entry.valid, member_entry.up, member_entry.port}),
    .read_enable(1'b1), .read_address(destination.index[RouterW-1:0]), .read_data(router_5)
  );

  // ---------------------------------------------------------------------- clocks 4 to 7: which row
  plan_t plan_q [7:10];
  logic  may_learn;

  steering #(.Ports(Ports)) u_steering (
    .clk, .settings, .link_up, .usable, .key(key_q[4]), .port(port_q[4]), .destination_hit,
    .destination, .source_hit, .source, .service_hit, .address_hit, .no_service_to_host,
    .router_address_hit, .router_valid(router_5.valid), .router_up(router_5.up),
    .router_port(router_5.port), .may_learn, .plan(plan_q[7])
  );

  always_ff @(posedge clk)
    for (int i = 8; i <= 10; i++) plan_q[i] <= plan_q[i-1];

  assign learn_confirm = valid[5] && may_learn;
  assign learn_confirmed = '{mac: key_q[5].source, vlan: key_q[5].vlan, port: port_q[5]};

  // ------------------------------------------------------- clocks 5 to 8: bucket, 8 to 10: members
  logic [31:0] bucket_word_8;
  bucket_t     bucket_8, bucket_9, bucket_10, bucket_11;

  bucket_table #(.BucketsLog2(BucketsLog2)) u_buckets (
    .clk, .rst, .read_index(index_5), .read_data(bucket_word_8),
    .host_write_valid(bucket_write_valid), .host_write_index(bucket_write_index),
    .host_write_data(bucket_write_data), .host_read_valid(bucket_read_valid),
    .host_read_ready(bucket_read_ready), .host_read_index(bucket_read_index),
    .host_read_rvalid(bucket_read_rvalid), .host_read_rdata(bucket_read_rdata)
  );

  assign bucket_8 = '{
    second_valid: bucket_word_8[31], second: bucket_word_8[16+:MemberW],
    first_valid: bucket_word_8[15], first: bucket_word_8[0+:MemberW]};

  member_entry_t first_10, second_10, first_11, second_11;

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(2 ** MemberW), .ReadLatency(2)) u_first (
    .clk, .write_enable(member_write), .write_address(member_index), .write_data(member_entry),
    .read_enable(1'b1), .read_address(bucket_8.first), .read_data(first_10)
  );

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(2 ** MemberW), .ReadLatency(2)) u_second (
    .clk, .write_enable(member_write), .write_address(member_index), .write_data(member_entry),
    .read_enable(1'b1), .read_address(bucket_8.second), .read_data(second_10)
  );

  // ------------------------------------------------------------- clocks 6 to 11: learned addresses
  logic  learned_found_10;
  port_t learned_port_10;

  fdb_lookup #(.SetsLog2(FdbSetsLog2)) u_learned (
    .clk, .rst, .oldest, .write(fdb_write), .valid(valid[5]),
    .vlan(key_q[5].vlan), .mac(key_q[5].destination), .found(learned_found_10),
    .port(learned_port_10),
    .host_valid(fdb_read_valid), .host_ready(fdb_read_ready), .host_index(fdb_read_index),
    .host_rvalid(fdb_read_rvalid), .host_entry(fdb_read_entry)
  );

  // -------------------------------------------------------------- clock 10: who can take the frame
  function automatic logic link_of(input logic [Ports-1:0] links, input port_t p);
    logic link;
    link = 1'b0;
    for (int i = 0; i < int'(Ports); i++) if (p == port_t'(i)) link = links[i];
    return link;
  endfunction

  plan_t plan_10;
  logic  first_up, second_up, take_first, take_second, learned, learned_here;
  assign plan_10 = plan_q[10];

  always_comb begin
    first_up = bucket_10.first_valid && first_10.valid && first_10.up &&
               link_of(usable, first_10.port);
    second_up = bucket_10.second_valid && second_10.valid && second_10.up &&
                link_of(usable, second_10.port);
    take_first = first_up && (!first_10.draining || !(second_up && !second_10.draining));
    take_second = second_up && !(first_up && (!first_10.draining || second_10.draining));
    learned = plan_10.kind == PlanLearned && learned_found_10 && link_of(link_up, learned_port_10);
    learned_here = learned_port_10 == port_q[10];
  end

  // At most one of these names an egress.
  logic    balance_11, first_11_taken, second_11_taken, learned_11_taken;
  egress_t fixed_mask_11;
  drop_e   drop_11;
  plan_t   plan_11;
  port_t   learned_port_11;

  always_ff @(posedge clk) begin
    bucket_9 <= bucket_8;
    bucket_10 <= bucket_9;
    bucket_11 <= bucket_10;
    first_11 <= first_10;
    second_11 <= second_10;
    balance_11 <= plan_10.kind == PlanBalance;
    first_11_taken <= plan_10.kind == PlanBalance && take_first;
    second_11_taken <= plan_10.kind == PlanBalance && take_second;
    learned_11_taken <= learned && !learned_here;
    fixed_mask_11 <= plan_10.kind == PlanBalance || learned ? '0 : plan_10.mask;
    drop_11 <= learned ? DropFiltered : plan_10.drop;
    plan_11 <= plan_10;
    learned_port_11 <= learned_port_10;
  end

  // ------------------------------------------------------------------------- clock 11: the verdict
  always_comb begin
    verdict.mask = fixed_mask_11;
    for (int p = 0; p < int'(Ports); p++)
      verdict.mask[p] |= (first_11_taken && first_11.port == port_t'(p)) ||
                         (second_11_taken && second_11.port == port_t'(p)) ||
                         (learned_11_taken && learned_port_11 == port_t'(p));
    verdict.drop = drop_11;
    verdict.host = plan_11.host;
    verdict.rewrite = balance_11;
    verdict.mac = first_11_taken ? first_11.mac : second_11.mac;
    verdict.to_member = plan_11.to_member || balance_11;
    if (first_11_taken) verdict.to_index = bucket_11.first;
    else verdict.to_index = balance_11 ? bucket_11.second : plan_11.to_index;
    verdict.from_member = plan_11.from_member;
    verdict.from_index = plan_11.from_index;
    verdict.row = plan_11.row;
    verdict.stamp = stamp_q[EngineLatency];
  end

  assign verdict_valid = valid[EngineLatency];
  assign verdict_port = port_q[EngineLatency];

endmodule

`default_nettype wire
