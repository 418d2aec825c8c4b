`default_nettype none

// What becomes of a frame as far as neither members nor flows nor learned addresses decide it: the
// row of the verdict table. Clocks 4 to 9, one key a clock.
//
// Clock 5 tells the learner whether the source may be learned; clock 7 tells flood_set who must
// not get a copy; `course_9` is the plan.
module lookup_plan
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
  import lookup_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64
) (
  input  wire logic             clk,
  input  wire settings_t        settings,
  input  wire logic [Ports-1:0] link_up,
  input  wire logic [Ports-1:0] usable,
  // tables
  input  wire logic             table_write,
  input  wire table_access_t    table_access,
  input  wire logic             member_write,
  input  wire member_t          member_index,
  input  wire member_entry_t    member_entry,
  // the key
  input  wire key_t             key_4,
  input  wire port_t            port_4,
  input  wire tables_t          tables_4,
  input  wire logic             forward_4,  // of a flow, see flow_question
  input  wire logic             reverse_4,
  input  wire logic             tracked_4,
  input  wire logic             router_address_5,
  input  wire path_t            path_8,
  output logic                  may_learn_5,
  output logic                  use_live_7,
  output logical_set_t          live_7,
  output logic                  exclude_7,
  output logical_set_t          excluded_7,
  output logic                  exclude_servers_7,
  output course_t               course_9
);

  localparam int unsigned RouterW = index_width(Routers);

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
    .read_enable(1'b1), .read_address(tables_4.destination.index[RouterW-1:0]),
    .read_data(router_5)
  );

  // ---------------------------------------------------------------------- clocks 4 to 7: which row
  plan_t plan_7, plan_8, plan_d8;
  logic  eligible_5, claimed_own_7, claimed_own_8;

  steering #(.Ports(Ports)) u_steering (
    .clk, .settings, .link_up, .usable, .key(key_4), .port(port_4),
    .destination_hit(tables_4.destination_hit), .destination(tables_4.destination),
    .source_hit(tables_4.source_hit), .source(tables_4.source),
    .service_hit(tables_4.service_hit), .address_hit(tables_4.address_hit),
    .no_service_to_host(tables_4.no_service_to_host),
    .source_virtual(tables_4.service.source_virtual), .discovery(tables_4.discovery),
    .forward(forward_4), .reverse(reverse_4), .flow_tracked(tracked_4),
    .router_address_hit(router_address_5), .router_valid(router_5.valid), .router_up(router_5.up),
    .router_port(router_5.port), .may_learn(may_learn_5), .eligible(eligible_5), .plan(plan_7)
  );

  // ------------------------------------------------------- clocks 4 to 8: ARP, neighbour discovery
  ruling_t ruling_8;

  discovery_rules #(
    .Ports(Ports), .Servers(Servers), .Routers(Routers)
  ) u_discovery (
    .clk, .table_write, .table_access, .member_write, .member_index, .member_entry, .link_up,
    .discovery(key_4.discovery), .check(tables_4.check), .own_tag(key_4.own_tag),
    .logical(key_4.logical), .sender_zero(tables_4.zero),
    .group(key_4.destination[40]), .asked_hit(tables_4.asked_hit),
    .asked(tables_4.asked), .claimed_hit(tables_4.claimed_hit), .claimed(tables_4.claimed),
    .source_hit(tables_4.source_hit), .source(tables_4.source),
    .destination_hit(tables_4.destination_hit), .destination(tables_4.destination),
    .eligible(eligible_5), .claimed_own(claimed_own_7), .use_live(use_live_7), .live(live_7),
    .exclude(exclude_7), .excluded(excluded_7), .exclude_servers(exclude_servers_7),
    .ruling(ruling_8)
  );

  // ------------------------------------------------ clock 8: rows 4 to 10 before those behind them
  always_comb begin
    plan_d8 = plan_8;
    unique case (ruling_8.act)
      RulingDrop: begin
        plan_d8.kind = PlanFixed;
        plan_d8.mask = '0;
        plan_d8.drop = ruling_8.drop;
      end
      RulingAnswer: begin
        plan_d8.kind = PlanFixed;
        plan_d8.mask = one_port(path_8.port);
        plan_d8.build = BuildAnswer;
      end
      RulingAnswerRouter: begin
        plan_d8.kind = PlanBalance;
        plan_d8.mask = one_port(path_8.port);
        plan_d8.drop = ruling_8.drop;
        plan_d8.build = BuildAnswer;
        plan_d8.router = 1'b1;
      end
      RulingFlood, RulingEveryServer: begin
        plan_d8.kind = PlanFlood;
        plan_d8.drop = ruling_8.drop;
        plan_d8.rewrite = ruling_8.act == RulingEveryServer;
      end
      RulingRequest: plan_d8.build = BuildRequest;
      default: ;
    endcase
    plan_d8.reverse = plan_8.reverse && claimed_own_8;
    if (ruling_8.act != RulingNone) begin
      plan_d8.forward = 1'b0;
      plan_d8.reverse = 1'b0;
      plan_d8.row = ruling_8.row;
      plan_d8.host = HostNone;
      plan_d8.source_virtual = 1'b0;
      if (ruling_8.act != RulingRequest) plan_d8.to_member = 1'b0;
      if (ruling_8.act != RulingRequest) plan_d8.logical = path_8.logical;
    end
  end

  always_ff @(posedge clk) begin
    plan_8 <= plan_7;
    claimed_own_8 <= claimed_own_7;
    // Of a request that row 10 forwards; else nothing is excluded.
    course_9 <= '{
      plan: plan_d8, mac: ruling_8.mac,
      excluded: ruling_8.act == RulingRequest ? ruling_8.excluded : '0};
  end

endmodule

`default_nettype wire
