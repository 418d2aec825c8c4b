`default_nettype none

// One look-up engine (the CPLD and dual-port SRAM of Fig. 5E, the ASIC and look-up table of Fig.
// 5F).
//
// One key a clock, never held up; `verdict` comes EngineLatency clocks after `key`, in order, not
// registered: the line card's queue is its last register. All tables are the engine's own copies;
// writes are broadcast and act on keys of later clocks.
//
// clock 0  station, known addresses, service, hashes; the source to the learner
//       3  who may get a copy (to 11)              8  members; rows 4 to 10 known
//       4  row (to 7), bucket number              10  which member is up
//       5  bucket pool; learned address (to 10)   11  verdict
// The flow table's place is beside the bucket pool: its hash is ready in clock 2, its answer is
// wanted in clock 8.
module lookup_engine
  import flowswitch_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11
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

  // --------------------------------------------------------- clocks 0 to 4: known addresses
  logic                       write_address, asked_hit, claimed_hit;
  known_t                     address_entry, asked, claimed;
  logic [AddressSetsLog2+1:0] address_index;
  logic [128:0]               address_key;

  assign write_address = table_write && table_access.number == TableAddress;
  assign address_index = table_access.index[AddressSetsLog2+1:0];
  assign address_key = {table_access.data[129], table_access.data[127:0]};
  assign address_entry = '{
    kind: known_kind_e'(table_access.data[130+:2]), index: table_access.data[136+:6]};

  exact_table #(.KeyW(129), .ValueW($bits(known_t)), .SetsLog2(AddressSetsLog2)) u_asked (
    .clk, .write_valid(write_address), .write_index(address_index),
    .write_used(table_access.data[128]), .write_key(address_key), .write_value(address_entry),
    .set0(key.asked_set0), .set1(key.asked_set1),
    .key({key.ipv6, key.discovery == DiscoverySolicitation ? key.target : key.destination_ip}),
    .hit(asked_hit), .value(asked)
  );

  exact_table #(.KeyW(129), .ValueW($bits(known_t)), .SetsLog2(AddressSetsLog2)) u_claimed (
    .clk, .write_valid(write_address), .write_index(address_index),
    .write_used(table_access.data[128]), .write_key(address_key), .write_value(address_entry),
    .set0(key.claimed_set0), .set1(key.claimed_set1),
    .key({key.ipv6, key.discovery == DiscoveryAdvertisement ? key.target : key.source_ip}),
    .hit(claimed_hit), .value(claimed)
  );

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
  always_ff @(posedge clk)
    if (table_write && table_access.number == TablePool) begin
      pools[table_access.index[RouterW-1:0]] <= '{
        base: bucket_index_t'(table_access.data[16:0]),
        hashed: hash_bits(table_access.data[24:20])};
      assignments[table_access.index[RouterW-1:0]] <= '{
        base: bucket_index_t'(table_access.data[32+:17]),
        hashed: hash_bits(table_access.data[52+:5])};
    end

  bucket_index_t index_5, service_hash_4;
  range_t        pool_4, assignment_4;
  logic          asks_router_4;
  assign pool_4 = pools[destination.index[RouterW-1:0]];
  assign assignment_4 = assignments[asked.index[RouterW-1:0]];
  assign asks_router_4 = asked_hit && asked.kind == KnownRouter && request_4 &&
                         source_hit && source.kind == StationServer;
  assign service_hash_4 = service.client_persistence ? by_address_4 : by_flow_4;

  always_ff @(posedge clk)
    if (asks_router_4)
      index_5 <= assignment_4.base | (bucket_index_t'(source.index) & assignment_4.hashed);
    else if (destination_hit && destination.kind == StationRouter)
      index_5 <= pool_4.base | (by_flow_4 & pool_4.hashed);
    else
      index_5 <= bucket_index_t'(service.buckets.base) |
                 (service_hash_4 & hash_bits(service.buckets.log2));

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
  plan_t  plan_q [7:10];
  plan_t  plan_d;
  logic   may_learn, eligible;
  steering #(.Ports(Ports)) u_steering (
    .clk, .settings, .link_up, .usable, .key(key_q[4]), .port(port_q[4]), .destination_hit,
    .destination, .source_hit, .source, .service_hit, .address_hit, .no_service_to_host,
    .source_virtual(service.source_virtual), .discovery(discovery_4),
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

  discovery_rules #(.Servers(Servers), .Routers(Routers)) u_discovery (
    .clk, .table_write, .table_access, .discovery(key_q[4].discovery), .check(check_4),
    .sender_zero(zero_4), .group(key_q[4].destination[40]), .asked_hit, .asked, .claimed_hit,
    .claimed, .source_hit, .source, .destination_hit, .destination, .eligible, .use_live, .live,
    .exclude, .excluded, .exclude_servers, .ruling
  );

  // -------------------------------------------------------------- clocks 3 to 11: who gets a copy
  logical_set_t         copies_11, tagged_ports;
  logic [Ports-1:0]     flood_egress_11, flood_many_11;
  logical_t [Ports-1:0] flood_logical_11;

  flood_set #(.Ports(Ports)) u_flood_set (
    .clk, .rst, .link_up, .logical_write, .held(key_q[3].held), .logical(key_q[3].logical),
    .own_tag(key_q[3].own_tag), .numbered(key_q[3].numbered), .vlan(key_q[3].vlan), .live,
    .use_live, .excluded, .exclude, .exclude_servers, .copies(copies_11),
    .egress(flood_egress_11), .many(flood_many_11), .first(flood_logical_11), .tagged_ports
  );

  // ----------------------------------------------- clock 8: rows 4 to 10 before those behind them
  logical_set_t excluded_9, excluded_10;
  logic [47:0]  mac_9, mac_10, mac_11;

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
    if (ruling.act != RulingNone) begin
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
    mac_9 <= ruling.mac;
    mac_10 <= mac_9;
    mac_11 <= mac_10;
    // Of a request that row 10 forwards; else nothing is excluded.
    excluded_9 <= ruling.act == RulingRequest ? ruling.excluded : '0;
    excluded_10 <= excluded_9;
  end

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
  logical_t learned_logical_10;

  fdb_lookup #(.SetsLog2(FdbSetsLog2)) u_learned (
    .clk, .rst, .oldest, .write(fdb_write), .valid(valid[5]),
    .domain(key_q[5].domain), .mac(key_q[5].destination), .found(learned_found_10),
    .port(learned_port_10), .logical(learned_logical_10),
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
  path_t path_10;
  logic  first_up, second_up, take_first, take_second, learned, learned_here, answer;
  logic  learned_isolated, learned_other_kind;
  assign plan_10 = plan_q[10];
  assign path_10 = path_q[10];

  always_comb begin
    first_up = bucket_10.first_valid && first_10.valid && first_10.up &&
               first_10.own_tag == path_10.own_tag && link_of(usable, first_10.port);
    second_up = bucket_10.second_valid && second_10.valid && second_10.up &&
                second_10.own_tag == path_10.own_tag && link_of(usable, second_10.port);
    take_first = first_up && (!first_10.draining || !(second_up && !second_10.draining));
    take_second = second_up && !(first_up && (!first_10.draining || second_10.draining));
    learned = plan_10.kind == PlanLearned && learned_found_10 && link_of(link_up, learned_port_10);
    learned_here = learned_logical_10 == path_10.logical;
    learned_isolated = excluded_10[learned_logical_10];
    learned_other_kind = tagged_ports[learned_logical_10] != path_10.own_tag;
    answer = plan_10.build == BuildAnswer;
  end

  // At most one of these names an egress.
  logic     balance_11, first_11_taken, second_11_taken, learned_11, learned_here_11;
  logic     flood_11, answer_11, fixed_isolated_11, learned_isolated_11, learned_other_kind_11;
  egress_t  fixed_mask_11;
  drop_e    drop_11;
  plan_t    plan_11;
  port_t    learned_port_11;
  logical_t learned_logical_11;

  always_ff @(posedge clk) begin
    bucket_9 <= bucket_8;
    bucket_10 <= bucket_9;
    bucket_11 <= bucket_10;
    first_11 <= first_10;
    second_11 <= second_10;
    balance_11 <= plan_10.kind == PlanBalance && !answer;
    first_11_taken <= plan_10.kind == PlanBalance && take_first;
    second_11_taken <= plan_10.kind == PlanBalance && take_second;
    answer_11 <= plan_10.kind == PlanBalance && answer;
    learned_11 <= learned;
    learned_here_11 <= learned_here;
    learned_isolated_11 <= learned_isolated;
    learned_other_kind_11 <= learned_other_kind;
    fixed_isolated_11 <= plan_10.kind == PlanFixed && plan_10.drop != DropVlanFiltered &&
                         excluded_10[plan_10.logical];
    flood_11 <= plan_10.kind == PlanFlood ||
                (plan_10.kind == PlanLearned && !learned && !settings.drop_unknown);
    fixed_mask_11 <= plan_10.kind == PlanFixed ||
                     (plan_10.kind == PlanBalance && answer && (take_first || take_second))
                     ? plan_10.mask : '0;
    drop_11 <= plan_10.drop;
    plan_11 <= plan_10;
    learned_port_11 <= learned_port_10;
    learned_logical_11 <= learned_logical_10;
  end

  // ------------------------------------------------------------------------- clock 11: the verdict
  logic     learned_pass, fixed_pass;
  logical_t logical;

  always_comb begin
    learned_pass = learned_11 && !learned_here_11 && !learned_isolated_11 && !learned_other_kind_11;
    fixed_pass = !fixed_isolated_11;
    if (first_11_taken && balance_11) logical = first_11.logical;
    else if (balance_11) logical = second_11.logical;
    else logical = learned_11 ? learned_logical_11 : plan_11.logical;
    verdict.exits = '0;
    for (int e = 0; e < int'(MaxEgress); e++)
      verdict.mask[e] = fixed_mask_11[e] && fixed_pass;
    for (int p = 0; p < int'(Ports); p++) begin
      verdict.mask[p] |= (balance_11 && first_11_taken && first_11.port == port_t'(p)) ||
                         (balance_11 && second_11_taken && second_11.port == port_t'(p)) ||
                         (learned_pass && learned_port_11 == port_t'(p)) ||
                         (flood_11 && flood_egress_11[p]);
      verdict.exits[p] = '{
        retag: path_q[EngineLatency].own_tag, many: flood_11 && flood_many_11[p],
        logical: flood_11 ? flood_logical_11[p] : logical};
    end
    verdict.copies = copies_11;
    verdict.drop = drop_11;
    if (learned_11) verdict.drop = DropFiltered;
    if (fixed_isolated_11 || (learned_11 && learned_isolated_11)) verdict.drop = DropIsolated;
    if (learned_11 && learned_other_kind_11) verdict.drop = DropVlanFiltered;
    verdict.host = plan_11.host;
    verdict.rewrite = balance_11 || plan_11.rewrite;
    verdict.source_virtual = plan_11.source_virtual;
    if (first_11_taken) verdict.mac = first_11.mac;
    else verdict.mac = balance_11 || answer_11 ? second_11.mac : mac_11;
    verdict.discovery = path_q[EngineLatency].discovery;
    verdict.build = plan_11.build;
    verdict.router = plan_11.router;
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
