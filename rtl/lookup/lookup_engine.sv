`default_nettype none

// One look-up engine (the CPLD and dual-port SRAM of Fig. 5E, the ASIC and look-up table of Fig.
// 5F).
//
// One key a clock, never held up; `verdict` comes EngineLatency clocks after `key`, in order, not
// registered: the line card's queue is its last register. All tables are the engine's own copies;
// writes are broadcast and act on keys of later clocks.
//
// clock 0  station, known addresses, service, hashes; the source to the learner
//       3  who may get a copy (to 11)                9  members; rows 4 to 10 known
//       4  row (to 7), what to ask the flow table   11  which member takes the frame, and what
//       5  flow and fragment table (to 11); learned     becomes of the flow
//          address (to 10)                          12  verdict
//       6  bucket pool (to 9)
//
// What a frame does to its flow leaves as `flow_op` in clock 12 and comes back, at once or ordered
// with others', as `flow_bus`.
module lookup_engine
  import flowswitch_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11,
  parameter int unsigned FlowsLog2 = 16,
  parameter string BucketStyle = "ultra",
  parameter string FlowStyle = "ultra"
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire settings_t              settings,
  input  wire logic [Ports-1:0]       link_up,
  input  wire logic [Ports-1:0]       usable,
  input  wire logic [15:0]            oldest,
  input  wire logic [15:0]            tick,
  // the key
  input  wire logic                   key_valid,
  input  wire port_t                  key_port,
  input  wire key_t                   key,
  // in clock 3: whether that key's neighbour discovery is valid; taken with `check_pop`
  output port_t                       check_port,
  input  wire check_t                 check,
  output logic                        check_pop,
  // table writes
  input  wire logical_write_t         logical_write,
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
  output logic                        fdb_read_hold,    // it wants a clock without a key
  input  wire logic [FdbSetsLog2+1:0] fdb_read_index,
  output logic                        fdb_read_rvalid,
  output fdb_entry_t                  fdb_read_entry,
  // the source address, and whether it may be learned: clock 5
  output logic                        learn_confirm,
  output learn_t                      learn_confirmed,
  // flows and fragments
  input  wire logic                   seed_write,
  input  wire logic [127:0]           seed,
  output logic                        seed_ready,       // the seed is in force
  input  wire logic                   flow_enabled,     // .. and the flow table clear
  input  wire logic                   flow_own,         // constant: `flow_op` goes to the bus
  input  wire logic                   flow_pressure,
  input  wire flow_load_write_t       flow_load,
  output flow_op_t                    flow_op,          // clock 12: what the frame asks for
  output flow_request_t               flow_request,     // .. and what it takes to decide it anew
  input  wire flow_op_t               flow_next,
  input  wire flow_op_t               flow_bus,
  input  wire logic [1:0]             flow_read,
  input  wire flow_row_t              flow_read_row [2],
  output logic [1:0]                  flow_read_ready,
  output flow_word_t [7:0]            flow_read_words [2],
  output logic                        orphan,           // clock 12: a fragment without its first
  output logic                        fragment_overwritten,
  // the verdict
  output logic                        verdict_valid,
  output port_t                       verdict_port,
  output verdict_t                    verdict,
  output logic [3:0]                  verdict_flow      // what became of its flow
);

  localparam int unsigned ServiceIndexW = index_width(Services);
  localparam int unsigned RouterW = index_width(Routers);
  typedef logic [BucketsLog2-1:0] bucket_index_t;

  // The key in each clock.
  logic  [EngineLatency:0] valid;
  port_t port_q [1:EngineLatency];
  key_t  key_q [1:6];
  logic  [31:0] stamp_q [7:EngineLatency];

  // What of the key is asked to the end.
  typedef struct packed {
    logic     discovery;       // the line card has a job for it
    logic     own_tag;
    logical_t logical;
  } path_t;
  path_t path_q [7:EngineLatency];

  assign valid[0] = key_valid;
  always_ff @(posedge clk) begin
    valid[EngineLatency:1] <= rst ? '0 : valid[EngineLatency-1:0];
    port_q[1] <= key_port;
    key_q[1] <= key;
    for (int i = 2; i <= int'(EngineLatency); i++) port_q[i] <= port_q[i-1];
    for (int i = 2; i <= 6; i++) key_q[i] <= key_q[i-1];
    path_q[7] <= '{
      discovery: key_q[6].discovery == DiscoveryArpRequest ||
                 key_q[6].discovery == DiscoverySolicitation,
      own_tag: key_q[6].own_tag, logical: key_q[6].logical};
    for (int i = 8; i <= int'(EngineLatency); i++) path_q[i] <= path_q[i-1];
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
  assign station_entry.logical = table_access.data[64+16+:6];
  assign station_entry.own_tag = table_access.data[64+24];

  exact_table #(.KeyW(48), .ValueW($bits(station_t)), .SetsLog2(StationSetsLog2)) u_destination (
    .clk, .write_valid(write_station), .write_index(table_access.index[StationSetsLog2+1:0]),
    .valid(key_valid),
    .write_used(table_access.data[32+16]), .write_key(table_access.data[47:0]),
    .write_value(station_entry), .set0(key.destination_set0), .set1(key.destination_set1),
    .key(key.destination), .hit(destination_hit), .value(destination)
  );

  exact_table #(.KeyW(48), .ValueW($bits(station_t)), .SetsLog2(StationSetsLog2)) u_source (
    .clk, .write_valid(write_station), .write_index(table_access.index[StationSetsLog2+1:0]),
    .valid(key_valid),
    .write_used(table_access.data[32+16]), .write_key(table_access.data[47:0]),
    .write_value(station_entry), .set0(key.source_set0), .set1(key.source_set1),
    .key(key.source), .hit(source_hit), .value(source)
  );

  // --------------------------------------------------------- clocks 0 to 4: known addresses
  logic                       write_address, asked_hit, claimed_hit;
  known_t                     address_entry, asked, claimed;
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
    .hit(asked_hit), .value(asked_packed)
  );

  exact_table #(.KeyW(129), .ValueW($bits(packed_known_t)), .SetsLog2(AddressSetsLog2)) u_claimed (
    .clk, .write_valid(write_address), .write_index(address_index), .valid(key_valid),
    .write_used(table_access.data[128]), .write_key(address_key),
    .write_value(pack_known(address_entry)),
    .set0(key.claimed_set0), .set1(key.claimed_set1),
    .key({key.ipv6, key.discovery == DiscoveryAdvertisement ? key.target : key.source_ip}),
    .hit(claimed_hit), .value(claimed_packed)
  );

  assign asked = unpack_known(asked_packed);
  assign claimed = unpack_known(claimed_packed);

  logic router_address_5;
  always_ff @(posedge clk) router_address_5 <= asked_hit && asked.kind == KnownRouter;

  // 0.0.0.0 or ::, as the sender of a request.
  logic [7:0] zero_1;
  logic       zero_2, zero_3, zero_4;
  always_ff @(posedge clk) begin
    for (int i = 0; i < 8; i++) zero_1[i] <= key.source_ip[16*i+:16] == '0;
    zero_2 <= &zero_1;
    zero_3 <= zero_2;
    zero_4 <= zero_3;
  end

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
    write_result.source_virtual = table_access.data[224+16];
    write_result.least_load = table_access.data[128+7];
    write_result.cluster = table_access.data[224+:6];
    write_result.buckets.base = table_access.data[192+:17];
    write_result.buckets.log2 = table_access.data[192+20+:5];
  end

  service_match #(.Services(Services)) u_service_match (
    .clk, .rst, .write_valid(table_write && table_access.number == TableService),
    .write_index(table_access.index[ServiceIndexW-1:0]), .write_match, .write_result,
    .valid(key_valid), .key,
    .hit(service_hit), .result(service), .address_hit, .no_service_to_host
  );

  // ------------------------------------------------------------------------- clocks 0 to 4: hashes
  bucket_index_t by_client_2, by_flow_2, by_client_3, by_flow_3, by_client_4, by_flow_4;
  flow_key_t     forward_key_4, reverse_key_4, forward_client_key_4, reverse_client_key_4;
  flow_key_t     fragment_key_4, fragment_key_5;

  flow_hash #(.Width(BucketsLog2)) u_flow_hash (
    .clk, .settings, .valid(key_valid), .key, .by_client(by_client_2), .by_flow(by_flow_2)
  );

  flow_key u_flow_key (
    .clk, .rst, .valid(key_valid), .key, .settings, .seed_write, .seed, .ready(seed_ready),
    .forward(forward_key_4), .reverse(reverse_key_4), .forward_client(forward_client_key_4),
    .reverse_client(reverse_client_key_4), .fragment(fragment_key_4)
  );

  always_ff @(posedge clk) begin
    by_client_3 <= by_client_2;
    by_flow_3 <= by_flow_2;
    by_client_4 <= by_client_3;
    by_flow_4 <= by_flow_3;
    fragment_key_5 <= fragment_key_4;
  end

  // ------------------------------------------------------- clock 3: neighbour discovery's validity
  check_t check_4;
  logic   request_4;       // a request or a solicitation that is answered
  logic   discovery_4;     // ARP, or neighbour discovery by its header

  assign check_port = port_q[3];
  assign check_pop = valid[3] && key_q[3].discovery >= DiscoverySolicitation;

  always_ff @(posedge clk) begin
    check_4 <= check;
    request_4 <= key_q[3].discovery == DiscoveryArpRequest ||
                 (key_q[3].discovery == DiscoverySolicitation && check.checked);
    discovery_4 <= key_q[3].discovery != DiscoveryNone;
  end

  // ----------------------------------------- clock 4: bucket number, state of the router addressed
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

  bucket_index_t index_5, index_6, service_hash_4;
  range_t        pool_4, assignment_4;
  logic          asks_router_4;
  assign pool_4 = pools[destination.index[RouterW-1:0]];
  assign assignment_4 = assignments[asked.index[RouterW-1:0]];
  assign asks_router_4 = asked_hit && asked.kind == KnownRouter && request_4 &&
                         source_hit && source.kind == StationServer;
  assign service_hash_4 = service.client_persistence ? by_client_4 : by_flow_4;

  always_ff @(posedge clk)
    if (asks_router_4)
      index_5 <= assignment_4.base | (bucket_index_t'(source.index) & assignment_4.hashed);
    else if (destination_hit && destination.kind == StationRouter)
      index_5 <= pool_4.base | (by_flow_4 & pool_4.hashed);
    else
      index_5 <= bucket_index_t'(service.buckets.base) |
                 (service_hash_4 & hash_bits(service.buckets.log2));

  always_ff @(posedge clk) index_6 <= index_5;

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
  plan_t  plan_q [7:11];
  plan_t  plan_d;
  logic   may_learn, eligible;
  logic   forward_4, reverse_4, tracked_4, in_parts_4, claimed_own_7, claimed_own_8;
  steering #(.Ports(Ports)) u_steering (
    .clk, .settings, .link_up, .usable, .key(key_q[4]), .port(port_q[4]), .destination_hit,
    .destination, .source_hit, .source, .service_hit, .address_hit, .no_service_to_host,
    .source_virtual(service.source_virtual), .discovery(discovery_4), .forward(forward_4),
    .reverse(reverse_4), .flow_tracked(tracked_4),
    .router_address_hit(router_address_5), .router_valid(router_5.valid), .router_up(router_5.up),
    .router_port(router_5.port), .may_learn, .eligible, .plan(plan_q[7])
  );

  assign learn_confirm = valid[5] && may_learn;
  assign learn_confirmed = '{
    mac: key_q[5].source, domain: key_q[5].domain, port: port_q[5], logical: key_q[5].logical};

  // ------------------------------------------------------- clocks 4 to 8: ARP, neighbour discovery
  logic         use_live, exclude, exclude_servers;
  logical_set_t live, excluded;
  ruling_t      ruling;

  discovery_rules #(
    .Ports(Ports), .Servers(Servers), .Routers(Routers)
  ) u_discovery (
    .clk, .table_write, .table_access, .member_write, .member_index, .member_entry, .link_up,
    .discovery(key_q[4].discovery), .check(check_4), .own_tag(key_q[4].own_tag),
    .logical(key_q[4].logical), .sender_zero(zero_4),
    .group(key_q[4].destination[40]), .asked_hit, .asked, .claimed_hit,
    .claimed, .source_hit, .source, .destination_hit, .destination, .eligible,
    .claimed_own(claimed_own_7), .use_live, .live,
    .exclude, .excluded, .exclude_servers, .ruling
  );

  // -------------------------------------------------------------- clocks 3 to 11: who gets a copy
  logical_set_t         copies_11, copies_12, tagged_ports;
  logic [Ports-1:0]     flood_egress_11, flood_many_11, flood_egress_12, flood_many_12;
  logical_t [Ports-1:0] flood_logical_11, flood_logical_12;

  always_ff @(posedge clk) begin
    copies_12 <= copies_11;
    flood_egress_12 <= flood_egress_11 & link_up;
    flood_many_12 <= flood_many_11;
    flood_logical_12 <= flood_logical_11;
  end

  flood_set #(.Ports(Ports)) u_flood_set (
    .clk, .rst, .link_up, .logical_write, .valid(valid[3]), .held(key_q[3].held),
    .logical(key_q[3].logical), .own_tag(key_q[3].own_tag), .numbered(key_q[3].numbered),
    .vlan(key_q[3].vlan), .live, .use_live, .excluded, .exclude, .exclude_servers,
    .copies(copies_11), .egress(flood_egress_11), .many(flood_many_11),
    .first(flood_logical_11), .tagged_ports
  );

  // ----------------------------------------------- clock 8: rows 4 to 10 before those behind them
  logical_set_t excluded_9, excluded_10, excluded_11;
  logic [47:0]  mac_9, mac_10, mac_11, mac_12;

  always_comb begin
    plan_d = plan_q[8];
    unique case (ruling.act)
      RulingDrop: begin
        plan_d.kind = PlanFixed;
        plan_d.mask = '0;
        plan_d.drop = ruling.drop;
      end
      RulingAnswer: begin
        plan_d.kind = PlanFixed;
        plan_d.mask = one_port(port_q[8]);
        plan_d.build = BuildAnswer;
      end
      RulingAnswerRouter: begin
        plan_d.kind = PlanBalance;
        plan_d.mask = one_port(port_q[8]);
        plan_d.drop = ruling.drop;
        plan_d.build = BuildAnswer;
        plan_d.router = 1'b1;
      end
      RulingFlood, RulingEveryServer: begin
        plan_d.kind = PlanFlood;
        plan_d.drop = ruling.drop;
        plan_d.rewrite = ruling.act == RulingEveryServer;
      end
      RulingRequest: plan_d.build = BuildRequest;
      default: ;
    endcase
    plan_d.reverse = plan_q[8].reverse && claimed_own_8;
    if (ruling.act != RulingNone) begin
      plan_d.forward = 1'b0;
      plan_d.reverse = 1'b0;
      plan_d.row = ruling.row;
      plan_d.host = HostNone;
      plan_d.source_virtual = 1'b0;
      if (ruling.act != RulingRequest) plan_d.to_member = 1'b0;
      if (ruling.act != RulingRequest) plan_d.logical = path_q[8].logical;
    end
  end

  always_ff @(posedge clk) begin
    plan_q[8] <= plan_q[7];
    plan_q[9] <= plan_d;
    plan_q[10] <= plan_q[9];
    plan_q[11] <= plan_q[10];
    claimed_own_8 <= claimed_own_7;
    mac_9 <= ruling.mac;
    mac_10 <= mac_9;
    mac_11 <= mac_10;
    mac_12 <= mac_11;
    // Of a request that row 10 forwards; else nothing is excluded.
    excluded_9 <= ruling.act == RulingRequest ? ruling.excluded : '0;
    excluded_10 <= excluded_9;
    excluded_11 <= excluded_10;
  end

  // ------------------------------------------------------- clocks 6 to 9: bucket, 9 to 11: members
  logic [31:0] bucket_word_9;
  bucket_t     bucket_9, bucket_10, bucket_11, bucket_12;

  bucket_table #(.BucketsLog2(BucketsLog2), .Style(BucketStyle)) u_buckets (
    .clk, .rst, .read_index(index_6), .read_data(bucket_word_9),
    .host_write_valid(bucket_write_valid), .host_write_index(bucket_write_index),
    .host_write_data(bucket_write_data), .host_read_valid(bucket_read_valid),
    .host_read_ready(bucket_read_ready), .host_read_index(bucket_read_index),
    .host_read_rvalid(bucket_read_rvalid), .host_read_rdata(bucket_read_rdata)
  );

  assign bucket_9 = '{
    second_valid: bucket_word_9[31], second: bucket_word_9[16+:MemberW],
    first_valid: bucket_word_9[15], first: bucket_word_9[0+:MemberW]};

  member_entry_t first_11, second_11, first_12, second_12;

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(2 ** MemberW), .ReadLatency(2)) u_first (
    .clk, .write_enable(member_write), .write_address(member_index), .write_data(member_entry),
    .read_enable(1'b1), .read_address(bucket_9.first), .read_data(first_11)
  );

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(2 ** MemberW), .ReadLatency(2)) u_second (
    .clk, .write_enable(member_write), .write_address(member_index), .write_data(member_entry),
    .read_enable(1'b1), .read_address(bucket_9.second), .read_data(second_11)
  );

  // ------------------------------------------------------------- clocks 5 to 11: learned addresses
  logic     learned_found_10, learned_found_11;
  port_t    learned_port_10, learned_port_11;
  logical_t learned_logical_10, learned_logical_11;

  fdb_lookup #(.SetsLog2(FdbSetsLog2)) u_learned (
    .clk, .rst, .oldest, .write(fdb_write), .valid(valid[5]),
    .domain(key_q[5].domain), .mac(key_q[5].destination), .found(learned_found_10),
    .port(learned_port_10), .logical(learned_logical_10),
    .host_valid(fdb_read_valid), .host_ready(fdb_read_ready), .hold(fdb_read_hold),
    .host_index(fdb_read_index),
    .host_rvalid(fdb_read_rvalid), .host_entry(fdb_read_entry)
  );

  always_ff @(posedge clk) begin
    learned_found_11 <= learned_found_10;
    learned_port_11 <= learned_port_10;
    learned_logical_11 <= learned_logical_10;
  end

  // --------------------------------------------------------- clocks 4 to 12: flows and fragments
  // What of the key is asked when the member is chosen.
  typedef struct packed {
    logic tracked;
    logic least_load;      // a flow's first frame, and the service wants it
    logic first;           // the first fragment of a datagram
    logic later;
    logic tcp;
  } part_t;
  part_t part_q [5:11];

  flow_ask_t     ask_5;
  flow_answer_t  answer;
  logic          fragment_ask_5;
  logic          fragment_hit_11, fragment_orphan_11, fragment_late_11;
  server_t       fragment_server_9, fragment_server_11;
  member_entry_t fragment_late_entry_11, fragment_entry_11;
  fragment_write_t fragment_write_11, fragment_write_12;
  logic          commit_11, choose_valid_11;
  member_t       choose_11;
  member_entry_t choose_entry_11;
  logic          second_lighter_11, orphan_11, by_fragment_12;
  flow_event_e   flow_event_12;

  flow_question u_question (
    .clk, .rst, .valid(valid[4]), .key(key_q[4]), .neighbour(discovery_4), .destination_hit,
    .destination, .source_hit, .source, .asked_hit, .asked, .claimed_hit, .claimed,
    .cluster(service.cluster), .forward_key(forward_key_4), .reverse_key(reverse_key_4),
    .forward_client_key(forward_client_key_4), .reverse_client_key(reverse_client_key_4),
    .forward(forward_4), .reverse(reverse_4), .tracked(tracked_4), .in_parts(in_parts_4),
    .ask(ask_5), .fragment_ask(fragment_ask_5)
  );

  always_ff @(posedge clk) begin
    part_q[5] <= '{
      tracked: tracked_4,
      least_load: service.least_load && tracked_4 &&
                  (key_q[4].segment == SegmentDatagram || key_q[4].segment == SegmentStart),
      first: in_parts_4 && key_q[4].fragment.first, later: in_parts_4 && key_q[4].fragment.later,
      tcp: key_q[4].fragment.tcp};
    for (int i = 6; i <= 11; i++) part_q[i] <= part_q[i-1];
    fragment_write_12 <= fragment_write_11;
    if (rst) fragment_write_12.valid <= 1'b0;
    orphan <= orphan_11 && !rst;
  end

  fragment_table u_fragments (
    .clk, .rst, .enabled(flow_enabled), .tick, .ask(fragment_ask_5), .key(fragment_key_5),
    .hit_9(), .orphan_9(), .server_9(fragment_server_9),
    .hit_11(fragment_hit_11), .orphan_11(fragment_orphan_11), .server_11(fragment_server_11),
    .late_11(fragment_late_11), .late_entry_11(fragment_late_entry_11),
    .write_12(fragment_write_12), .overwritten(fragment_overwritten)
  );

  flow_table #(
    .Ports(Ports), .Servers(Servers), .FlowsLog2(FlowsLog2), .Style(FlowStyle)
  ) u_flows (
    .clk, .rst, .enabled(flow_enabled), .own(flow_own), .tick(tick[12:0]),
    .pressure(flow_pressure), .member_write, .member_index, .member_entry, .table_write,
    .table_access, .usable, .ask(ask_5), .instead_server_9(fragment_server_9),
    .own_tag_11(path_q[11].own_tag), .answer, .commit_11, .choose_valid_11,
    .choose_server_11(server_t'(choose_11)), .choose_entry_11, .op(flow_op),
    .event_12(flow_event_12), .next(flow_next), .bus(flow_bus), .read(flow_read),
    .read_row(flow_read_row), .read_ready(flow_read_ready), .read_words(flow_read_words)
  );

  // What is asked for goes to the bus at once, or to the one writer with what it takes to decide.
  flow_ask_t ask_q [6:12];
  always_ff @(posedge clk) begin
    ask_q[6] <= ask_5;
    for (int i = 7; i <= 12; i++) ask_q[i] <= ask_q[i-1];
    flow_request.own_tag <= path_q[11].own_tag;
    flow_request.choose_valid <= choose_valid_11;
    flow_request.choose_server <= server_t'(choose_11);
    flow_request.choose_entry <= choose_entry_11;
  end
  assign flow_request.ask = ask_q[12];
  assign flow_request.valid = flow_op.valid;
  assign flow_request.inserts = flow_op.inserted;

  flow_load #(.Servers(Servers)) u_load (
    .clk, .load_write(flow_load), .first_9(server_t'(bucket_9.first)),
    .second_9(server_t'(bucket_9.second)), .second_lighter_11
  );

  // ---------------------------------------------------- clock 11: who can and shall take the frame
  function automatic logic link_of(input logic [Ports-1:0] links, input port_t p);
    logic link;
    link = 1'b0;
    for (int i = 0; i < int'(Ports); i++) if (p == port_t'(i)) link = links[i];
    return link;
  endfunction

  plan_t plan_11;
  path_t path_11;
  part_t part_11;
  logic  first_up, second_up, prefer_second, take_first, take_second, any_up;
  logic  learned, learned_here, learned_isolated, learned_other_kind, build_answer;
  logic  fragment_up, by_fragment, fragment_lost, by_flow, by_bucket;
  assign plan_11 = plan_q[11];
  assign path_11 = path_q[11];
  assign part_11 = part_q[11];

  always_comb begin
    first_up = bucket_11.first_valid && first_11.valid && first_11.up &&
               first_11.own_tag == path_11.own_tag && link_of(usable, first_11.port);
    second_up = bucket_11.second_valid && second_11.valid && second_11.up &&
                second_11.own_tag == path_11.own_tag && link_of(usable, second_11.port);
    any_up = first_up || second_up;

    // Fragments that follow others go before flows, flows before services.
    fragment_entry_11 = fragment_late_11 ? fragment_late_entry_11 : answer.instead;
    fragment_up = fragment_entry_11.valid && fragment_entry_11.up &&
                  fragment_entry_11.own_tag == path_11.own_tag &&
                  link_of(usable, fragment_entry_11.port);
    by_fragment = plan_11.forward && fragment_hit_11 && fragment_up &&
                  (part_11.later || (part_11.first && fragment_orphan_11));
    fragment_lost = plan_11.forward && part_11.later && part_11.tcp && !by_fragment;
    by_flow = plan_11.forward && !by_fragment && !fragment_lost && answer.takes &&
              !(answer.restart && plan_11.kind == PlanBalance && any_up);
    by_bucket = plan_11.kind == PlanBalance && !by_fragment && !fragment_lost && !by_flow;

    prefer_second = part_11.least_load && plan_11.forward && answer.fresh && answer.room &&
                    first_up && second_up && !first_11.draining && !second_11.draining &&
                    second_lighter_11;
    take_first = first_up && !prefer_second &&
                 (!first_11.draining || !(second_up && !second_11.draining));
    take_second = second_up &&
                  (prefer_second || !(first_up && (!first_11.draining || second_11.draining)));

    // What the tables of flows and fragments are told.
    commit_11 = (plan_11.forward && !by_fragment && !fragment_lost) || plan_11.reverse;
    choose_valid_11 = plan_11.forward && plan_11.kind == PlanBalance && any_up;
    choose_11 = take_first ? bucket_11.first : bucket_11.second;
    choose_entry_11 = take_first ? first_11 : second_11;
    orphan_11 = valid[11] && plan_11.forward && part_11.later && by_bucket && any_up;
    fragment_write_11.valid = orphan_11 || (valid[11] && plan_11.forward && part_11.first &&
                                            !by_fragment && (by_flow || (by_bucket && any_up)));
    fragment_write_11.orphan = part_11.later;
    fragment_write_11.server = by_flow ? answer.server : server_t'(choose_11);
    fragment_write_11.entry = by_flow ? answer.entry : choose_entry_11;

    learned = plan_11.kind == PlanLearned && learned_found_11 && link_of(link_up, learned_port_11);
    learned_here = learned_logical_11 == path_11.logical;
    learned_isolated = excluded_11[learned_logical_11];
    learned_other_kind = tagged_ports[learned_logical_11] != path_11.own_tag;
    build_answer = plan_11.build == BuildAnswer;
  end

  // At most one of these names an egress.
  logic     balance_12, first_12_taken, second_12_taken, flow_12_taken, learned_12;
  logic     learned_here_12, flood_12, answer_12, fixed_isolated_12, learned_isolated_12;
  logic     learned_other_kind_12;
  egress_t  fixed_mask_12;
  drop_e    drop_12;
  plan_t    plan_12;
  port_t    learned_port_12;
  logical_t learned_logical_12;
  logic [4:0] row_12;
  host_reason_e host_12;
  // The server that flow or fragment table name.
  member_entry_t flow_entry_12;
  server_t       flow_server_12;

  always_ff @(posedge clk) begin
    bucket_10 <= bucket_9;
    bucket_11 <= bucket_10;
    bucket_12 <= bucket_11;
    first_12 <= first_11;
    second_12 <= second_11;
    flow_entry_12 <= by_fragment ? fragment_entry_11 : answer.entry;
    flow_server_12 <= by_fragment ? fragment_server_11 : answer.server;
    balance_12 <= (by_bucket && !build_answer) || by_flow || by_fragment;
    first_12_taken <= by_bucket && take_first;
    second_12_taken <= by_bucket && take_second;
    flow_12_taken <= by_flow || by_fragment;
    by_fragment_12 <= by_fragment;
    answer_12 <= plan_11.kind == PlanBalance && build_answer;
    learned_12 <= learned;
    learned_here_12 <= learned_here;
    learned_isolated_12 <= learned_isolated;
    learned_other_kind_12 <= learned_other_kind;
    fixed_isolated_12 <= plan_11.kind == PlanFixed && plan_11.drop != DropVlanFiltered &&
                         excluded_11[plan_11.logical];
    flood_12 <= plan_11.kind == PlanFlood ||
                (plan_11.kind == PlanLearned && !learned && !settings.drop_unknown);
    fixed_mask_12 <= (plan_11.kind == PlanFixed && !by_flow && !by_fragment && !fragment_lost) ||
                     (plan_11.kind == PlanBalance && build_answer && (take_first || take_second))
                     ? plan_11.mask : '0;
    drop_12 <= fragment_lost ? DropFragment : plan_11.drop;
    row_12 <= plan_11.row;
    if (by_flow) row_12 <= part_11.tracked ? 5'd11 : 5'd13;
    if (by_fragment || fragment_lost) row_12 <= 5'd13;
    host_12 <= by_flow || by_fragment || fragment_lost ? HostNone : plan_11.host;
    plan_12 <= plan_11;
    learned_port_12 <= learned_port_11;
    learned_logical_12 <= learned_logical_11;
  end

  // ------------------------------------------------------------------------- clock 12: the verdict
  logic          learned_pass, fixed_pass;
  logical_t      logical;
  member_entry_t taken;
  member_t       taken_index;

  always_comb begin
    learned_pass = learned_12 && !learned_here_12 && !learned_isolated_12 && !learned_other_kind_12;
    fixed_pass = !fixed_isolated_12;
    taken = second_12;
    taken_index = bucket_12.second;
    if (first_12_taken) begin
      taken = first_12;
      taken_index = bucket_12.first;
    end
    if (flow_12_taken) begin
      taken = flow_entry_12;
      taken_index = member_t'(flow_server_12);
    end
    if (balance_12) logical = taken.logical;
    else logical = learned_12 ? learned_logical_12 : plan_12.logical;
    verdict.exits = '0;
    for (int e = 0; e < int'(MaxEgress); e++)
      verdict.mask[e] = fixed_mask_12[e] && fixed_pass;
    for (int p = 0; p < int'(Ports); p++) begin
      verdict.mask[p] |= (balance_12 && (first_12_taken || second_12_taken || flow_12_taken) &&
                          taken.port == port_t'(p)) ||
                         (learned_pass && learned_port_12 == port_t'(p)) ||
                         (flood_12 && flood_egress_12[p]);
      verdict.exits[p] = '{
        retag: path_q[EngineLatency].own_tag, many: flood_12 && flood_many_12[p],
        logical: flood_12 ? flood_logical_12[p] : logical};
    end
    verdict.copies = copies_12;
    verdict.drop = drop_12;
    if (learned_12) verdict.drop = DropFiltered;
    if (fixed_isolated_12 || (learned_12 && learned_isolated_12)) verdict.drop = DropIsolated;
    if (learned_12 && learned_other_kind_12) verdict.drop = DropVlanFiltered;
    verdict.host = host_12;
    verdict.rewrite = balance_12 || plan_12.rewrite;
    verdict.source_virtual = plan_12.source_virtual;
    verdict.mac = balance_12 || answer_12 ? taken.mac : mac_12;
    verdict.discovery = path_q[EngineLatency].discovery;
    verdict.build = plan_12.build;
    verdict.router = plan_12.router;
    verdict.to_member = plan_12.to_member || balance_12;
    verdict.to_index = balance_12 ? taken_index : plan_12.to_index;
    verdict.from_member = plan_12.from_member;
    verdict.from_index = plan_12.from_index;
    verdict.row = row_12;
    verdict.stamp = stamp_q[EngineLatency];
  end

  assign verdict_valid = valid[EngineLatency];
  assign verdict_port = port_q[EngineLatency];

  always_comb begin
    verdict_flow = 4'(flow_event_12);
    if (orphan) verdict_flow = 4'd8;
    if (by_fragment_12) verdict_flow = 4'd7;
  end

endmodule

`default_nettype wire
