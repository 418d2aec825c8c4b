`default_nettype none

// One look-up engine (the CPLD and dual-port SRAM of Fig. 5E, the ASIC and look-up table of Fig.
// 5F).
//
// One key a clock, never held up; `verdict`, a register, comes EngineLatency clocks after `key`, in
// order. All tables are the engine's own copies; writes are broadcast and act on keys of later
// clocks.
//
// clock 0  station, known addresses, service, hashes (to 4); the source to the learner
//       3  who may get a copy (to 11)
//       4  row (to 9), what to ask the flow table
//       5  flow and fragment table (to 12); learned address (to 10)
//       6  bucket pool (to 9), its members (to 11)
//      11  which of them are up
//      12  which server takes the frame, and what becomes of the flow
//      13  the verdict, a register in clock 14
//
// What a frame does to its flow leaves as `flow_mine`, and comes back, at once or ordered with
// others', as `flow_heard`.
module lookup_engine
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import verdict_pkg::*;
  import lookup_pkg::*;
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
  output logic                        fdb_read_hold,  // it wants a clock without a key
  input  wire logic [FdbSetsLog2+1:0] fdb_read_index,
  output logic                        fdb_read_rvalid,
  output fdb_entry_t                  fdb_read_entry,
  // the source address, and whether it may be learned: clock 5
  output logic                        learn_confirm,
  output learn_t                      learn_confirmed,
  // flows and fragments
  input  wire logic                   seed_write,
  input  wire logic [127:0]           seed,
  output logic                        seed_ready,     // the seed is in force
  input  wire logic                   flow_enabled,   // .. and the flow table clear
  input  wire logic                   flow_pressure,
  input  wire flow_load_write_t       flow_load,
  output flow_heard_t                 flow_mine,      // what frames, or the keeper, write
  output flow_request_t               flow_request,   // clock 13: what it takes to decide anew
  input  wire flow_heard_t            flow_heard,
  input  wire flow_op_t               flow_next,      // the keeper's
  input  wire logic                   flow_next_ready,
  output logic                        flow_take,
  input  wire logic [1:0]             flow_read,
  input  wire flow_row_t              flow_read_row [2],
  output logic [1:0]                  flow_read_ready,
  output flow_word_t [7:0]            flow_read_words [2],
  output logic                        orphan,         // clock 14: a fragment without its first
  output logic                        fragment_overwritten,
  // the verdict
  output logic                        verdict_valid,
  output port_t                       verdict_port,
  output verdict_t                    verdict,
  output logic [3:0]                  verdict_flow    // what became of its flow
);

  // ------------------------------------------------------------------------- the key in each clock
  logic [EngineLatency-1:0] valid;
  port_t       port_q [1:6];
  key_t        key_q [1:6];
  path_t       path_q [7:13];
  course_t     course_q [9:13];
  part_t       part_q [5:13];

  assign valid[0] = key_valid;
  always_ff @(posedge clk) begin
    valid[EngineLatency-1:1] <= rst ? '0 : valid[EngineLatency-2:0];
    port_q[1] <= key_port;
    key_q[1] <= key;
    for (int i = 2; i <= 6; i++) begin
      port_q[i] <= port_q[i-1];
      key_q[i] <= key_q[i-1];
    end
    path_q[7] <= '{
      port: port_q[6],
      discovery: key_q[6].discovery == DiscoveryArpRequest ||
                 key_q[6].discovery == DiscoverySolicitation,
      own_tag: key_q[6].own_tag, logical: key_q[6].logical, stamp: key_q[6].stamp};
    for (int i = 8; i <= 13; i++) path_q[i] <= path_q[i-1];
    for (int i = 10; i <= 13; i++) course_q[i] <= course_q[i-1];
    for (int i = 6; i <= 13; i++) part_q[i] <= part_q[i-1];
  end

  // ------------------------------------------------------------------- clocks 0 to 6: first tables
  tables_t   tables_4;
  flow_key_t forward_key_4, reverse_key_4, forward_client_key_4, reverse_client_key_4;
  flow_key_t fragment_key_4, fragment_key_5;
  logic      router_address_5;
  logic [BucketsLog2-1:0] bucket_6;

  assign check_port = port_q[3];
  assign check_pop = valid[3] && key_q[3].discovery >= DiscoverySolicitation;

  lookup_tables #(
    .Services(Services), .BucketsLog2(BucketsLog2), .Routers(Routers)
  ) u_tables (
    .clk, .rst, .settings, .table_write, .table_access, .seed_write, .seed, .seed_ready,
    .key_valid, .key, .discovery_3(key_q[3].discovery), .check_3(check), .tables_4,
    .forward_key_4, .reverse_key_4, .forward_client_key_4, .reverse_client_key_4,
    .fragment_key_4, .router_address_5, .bucket_6
  );

  // ---------------------------------------------------------- clock 4: flow and datagram asked for
  flow_ask_t ask_5;
  logic      forward_4, reverse_4, tracked_4, in_parts_4, fragment_ask_5;

  flow_question u_question (
    .clk, .rst, .valid(valid[4]), .key(key_q[4]), .neighbour(tables_4.discovery),
    .destination_hit(tables_4.destination_hit), .destination(tables_4.destination),
    .source_hit(tables_4.source_hit), .source(tables_4.source), .asked_hit(tables_4.asked_hit),
    .asked(tables_4.asked), .claimed_hit(tables_4.claimed_hit), .claimed(tables_4.claimed),
    .cluster(tables_4.service.cluster), .forward_key(forward_key_4),
    .reverse_key(reverse_key_4), .forward_client_key(forward_client_key_4),
    .reverse_client_key(reverse_client_key_4), .forward(forward_4), .reverse(reverse_4),
    .tracked(tracked_4), .in_parts(in_parts_4), .ask(ask_5), .fragment_ask(fragment_ask_5)
  );

  always_ff @(posedge clk) begin
    fragment_key_5 <= fragment_key_4;
    part_q[5] <= '{
      tracked: tracked_4,
      least_load: tables_4.service.least_load && tracked_4 &&
                  (key_q[4].segment == SegmentDatagram || key_q[4].segment == SegmentStart),
      first: in_parts_4 && key_q[4].fragment.first, later: in_parts_4 && key_q[4].fragment.later,
      tcp: key_q[4].fragment.tcp};
  end

  // ----------------------------------------------------------------------- clocks 4 to 9: the plan
  logic         may_learn_5, use_live_7, exclude_7, exclude_servers_7;
  logical_set_t live_7, excluded_7, tagged_ports;

  lookup_plan #(.Ports(Ports), .Servers(Servers), .Routers(Routers)) u_plan (
    .clk, .settings, .link_up, .usable, .table_write, .table_access, .member_write,
    .member_index, .member_entry, .key_4(key_q[4]), .port_4(port_q[4]), .tables_4, .forward_4,
    .reverse_4, .tracked_4, .router_address_5, .path_8(path_q[8]), .may_learn_5, .use_live_7,
    .live_7, .exclude_7, .excluded_7, .exclude_servers_7, .course_9(course_q[9])
  );

  assign learn_confirm = valid[5] && may_learn_5;
  assign learn_confirmed = '{
    mac: key_q[5].source, domain: key_q[5].domain, port: port_q[5], logical: key_q[5].logical};

  // -------------------------------------------- clocks 3 to 11: who gets a copy; learned addresses
  flood_t               flood_11;
  logic [Ports-1:0]     flood_egress_11, flood_many_11;
  logical_t [Ports-1:0] flood_first_11;
  logic                 learned_found_10, learned_found_11;
  port_t                learned_port_10, learned_port_11;
  logical_t             learned_logical_10, learned_logical_11;

  flood_set #(.Ports(Ports)) u_flood_set (
    .clk, .rst, .link_up, .logical_write, .valid(valid[3]), .held(key_q[3].held),
    .logical(key_q[3].logical), .own_tag(key_q[3].own_tag), .numbered(key_q[3].numbered),
    .vlan(key_q[3].vlan), .live(live_7), .use_live(use_live_7), .excluded(excluded_7),
    .exclude(exclude_7), .exclude_servers(exclude_servers_7), .copies(flood_11.copies),
    .egress(flood_egress_11), .many(flood_many_11), .first(flood_first_11), .tagged_ports
  );
  assign flood_11.egress = 8'(flood_egress_11);
  assign flood_11.many = 8'(flood_many_11);
  assign flood_11.first = (8 * $bits(logical_t))'(flood_first_11);

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

  // ----------------------------------------------------------- clocks 6 to 13: who takes the frame
  members_t         members_11, members_13;
  choice_t          choice_13;
  flow_answer_t     answer_12;
  flow_choice_t     flow_choice_12;
  logic             commit_12, fragment_up_11, fragment_asked_12, fragment_hit_12;
  logic             fragment_orphan_12, fragment_ready_12, fragment_late_13;
  server_t          fragment_server_9, fragment_server_13;
  member_entry_t    fragment_entry_13, fragment_late_entry_13;
  fragment_write_t  fragment_write_13;
  fragment_server_t taken_14;

  lookup_choice #(
    .Ports(Ports), .BucketsLog2(BucketsLog2), .Servers(Servers), .BucketStyle(BucketStyle)
  ) u_choice (
    .clk, .rst, .usable, .member_write, .member_index, .member_entry, .flow_load,
    .bucket_write_valid, .bucket_write_index, .bucket_write_data, .bucket_read_valid,
    .bucket_read_ready, .bucket_read_index, .bucket_read_rvalid, .bucket_read_rdata, .bucket_6,
    .own_tag_11(path_q[11].own_tag), .plan_11(course_q[11].plan),
    .plan_12(course_q[12].plan), .part_11(part_q[11]), .part_12(part_q[12]), .members_11,
    .members_13, .choice_13, .answer_12, .flow_choice_12, .commit_12, .fragment_server_9,
    .fragment_up_11, .fragment_entry_13, .fragment_asked_12, .fragment_hit_12,
    .fragment_orphan_12, .fragment_ready_12, .fragment_write_13
  );

  fragment_table u_fragments (
    .clk, .rst, .enabled(flow_enabled), .tick, .ask(fragment_ask_5), .key(fragment_key_5),
    .own_tag(key_q[5].own_tag), .server_9(fragment_server_9), .up_11(fragment_up_11),
    .asked_12(fragment_asked_12), .hit_12(fragment_hit_12), .orphan_12(fragment_orphan_12),
    .up_12(fragment_ready_12),
    .write_13(fragment_write_13), .server_13(fragment_server_13), .late_13(fragment_late_13),
    .late_entry_13(fragment_late_entry_13), .server_14(taken_14),
    .overwritten(fragment_overwritten)
  );

  flow_table #(
    .Ports(Ports), .Servers(Servers), .FlowsLog2(FlowsLog2), .Style(FlowStyle)
  ) u_flows (
    .clk, .rst, .enabled(flow_enabled), .tick(tick[12:0]), .pressure(flow_pressure),
    .member_write, .member_index, .member_entry, .table_write, .table_access, .usable,
    .ask(ask_5), .first_server_11(server_t'(members_11.bucket.first)),
    .first_entry_11(members_11.first), .second_server_11(server_t'(members_11.bucket.second)),
    .second_entry_11(members_11.second), .own_tag_12(path_q[12].own_tag), .commit_12,
    .choice_12(flow_choice_12), .answer(answer_12), .mine(flow_mine), .heard(flow_heard),
    .next(flow_next), .next_ready(flow_next_ready), .take(flow_take), .read(flow_read),
    .read_row(flow_read_row), .read_ready(flow_read_ready), .read_words(flow_read_words)
  );

  // ------------------------------------------------------------- clock 13: what became of the flow
  flow_op_t    told;
  flow_event_e flow_event_13;
  logic        may_13;

  assign told = flow_mine.told;
  always_ff @(posedge clk) may_13 <= flow_choice_12.may;

  always_comb begin
    flow_event_13 = choice_13.found ? FlowEventFound : FlowEventNone;
    if (told.valid && !told.keeper) begin
      if (told.inserted) flow_event_13 = FlowEventInserted;
      if (told.refused) flow_event_13 = FlowEventRefused;
      if (told.restarted) flow_event_13 = FlowEventRestarted;
      if (told.reassigned) flow_event_13 = FlowEventReassigned;
      if (told.conflict) flow_event_13 = FlowEventConflict;
    end
  end

  // To the one writer of several engines' tables goes what it takes to decide.
  flow_ask_t ask_q [6:13];
  always_ff @(posedge clk) begin
    ask_q[6] <= ask_5;
    for (int i = 7; i <= 13; i++) ask_q[i] <= ask_q[i-1];
  end
  assign flow_request = '{
    valid: told.valid && !told.keeper, inserts: told.inserted, ask: ask_q[13],
    own_tag: path_q[13].own_tag, choose_valid: may_13,
    choose_server: server_t'(choice_13.second ? members_13.bucket.second
                                              : members_13.bucket.first),
    choose_entry: choice_13.second ? members_13.second : members_13.first};

  // ------------------------------------------------------------------ clocks 11 to 14: the verdict
  verdict_stage #(.Ports(Ports)) u_verdict (
    .clk, .rst, .settings, .link_up, .tagged_ports, .course_11(course_q[11]),
    .path_11(path_q[11]), .flood_11, .learned_found_11, .learned_port_11, .learned_logical_11,
    .valid_13(valid[13]), .path_13(path_q[13]), .course_13(course_q[13]), .part_13(part_q[13]),
    .members_13, .choice_13, .flow_server_13(told.word.server), .flow_entry_13(told.entry),
    .fragment_server_13,
    .fragment_entry_13(fragment_late_13 ? fragment_late_entry_13 : fragment_entry_13),
    .flow_event_13, .orphan_13(fragment_write_13.valid && fragment_write_13.orphan),
    .valid_14(verdict_valid), .port_14(verdict_port), .verdict_14(verdict),
    .flow_14(verdict_flow), .orphan_14(orphan), .taken_14
  );

endmodule

`default_nettype wire
