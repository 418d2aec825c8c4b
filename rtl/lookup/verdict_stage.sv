`default_nettype none

// The look-up engine's third flat: the verdict. Clocks 11 to 14, one key a clock; `verdict_14` and
// what belongs to it are registers.
//
// Clock 11: where a learned address and a planned egress lie; clock 12: whether they may be used;
// clock 13: the one of member, flow's server, learned address, flood set or plan that the frame
// goes by.
module verdict_stage
  import frame_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import verdict_pkg::*;
  import lookup_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire settings_t        settings,
  input  wire logic [Ports-1:0] link_up,
  input  wire logical_set_t     tagged_ports,
  // clock 11
  input  wire course_t          course_11,
  input  wire path_t            path_11,
  input  wire flood_t           flood_11,
  input  wire logic             learned_found_11,
  input  wire port_t            learned_port_11,
  input  wire logical_t         learned_logical_11,
  // clock 13
  input  wire logic             valid_13,
  input  wire path_t            path_13,
  input  wire course_t          course_13,
  input  wire part_t            part_13,
  input  wire members_t         members_13,
  input  wire choice_t          choice_13,
  input  wire server_t          flow_server_13,  // of an entry that takes the frame
  input  wire member_entry_t    flow_entry_13,
  input  wire server_t          fragment_server_13,
  input  wire member_entry_t    fragment_entry_13,
  input  wire flow_event_e      flow_event_13,
  input  wire logic             orphan_13,
  // clock 14
  output logic                  valid_14,
  output port_t                 port_14,
  output verdict_t              verdict_14,
  output logic [3:0]            flow_14,         // what became of its flow
  output logic                  orphan_14,
  output fragment_server_t      taken_14         // the server that has the frame
);

  // ---------------------------------------------------------------------- clock 11: where they lie
  logic [7:0] links;
  learned_t   learned_12;
  flood_t     flood_12;
  plan_t      plan_12;
  assign links = 8'(link_up);

  always_ff @(posedge clk) begin
    learned_12 <= '{
      usable: learned_found_11 && port_of(links, learned_port_11) &&
              course_11.plan.kind == PlanLearned,
      port: learned_port_11, logical: learned_logical_11,
      here: learned_logical_11 == path_11.logical,
      isolated: course_11.excluded[learned_logical_11],
      other_kind: tagged_ports[learned_logical_11] != path_11.own_tag,
      fixed_isolated: course_11.plan.kind == PlanFixed &&
                      course_11.plan.drop != DropVlanFiltered &&
                      course_11.excluded[course_11.plan.logical]};
    flood_12 <= flood_11;
    flood_12.egress <= flood_11.egress & links;
    plan_12 <= course_11.plan;
  end

  // ------------------------------------------------------------ clock 12: whether they may be used
  logic     learned_passes_13, floods_13;
  drop_e    drop_13;          // of the plan, or of what was learned
  logical_t logical_13;
  egress_t  learned_mask_13, plan_mask_13;
  flood_t   flood_13;

  always_ff @(posedge clk) begin
    learned_passes_13 <= learned_12.usable && !learned_12.here && !learned_12.isolated &&
                         !learned_12.other_kind;
    learned_mask_13 <= one_port(learned_12.port);
    logical_13 <= learned_12.usable ? learned_12.logical : plan_12.logical;
    floods_13 <= plan_12.kind == PlanFlood ||
                 (plan_12.kind == PlanLearned && !learned_12.usable && !settings.drop_unknown);
    flood_13 <= flood_12;
    plan_mask_13 <= learned_12.fixed_isolated ? '0 : plan_12.mask;
    drop_13 <= plan_12.drop;
    if (learned_12.usable) drop_13 <= DropFiltered;
    if (learned_12.fixed_isolated || (learned_12.usable && learned_12.isolated))
      drop_13 <= DropIsolated;
    if (learned_12.usable && learned_12.other_kind) drop_13 <= DropVlanFiltered;
  end

  // ------------------------------------------------------------------------- clock 13: the verdict
  plan_t         plan;
  logic          answers, balances, taken_any, by_plan;
  member_entry_t taken;
  member_t       taken_index;
  verdict_t      verdict;

  always_comb begin
    plan = 'x;
    answers = 'x;
    balances = 'x;
    taken_any = 'x;
    taken = 'x;
    taken_index = 'x;
    by_plan = 'x;
    verdict = 'x;
    if (valid_13) begin
      plan = course_13.plan;
      // Of the bucket's members an answer takes the MAC only.
      answers = plan.kind == PlanBalance && plan.build == BuildAnswer;
      balances = (choice_13.by_bucket && !answers) || choice_13.by_flow || choice_13.by_fragment;
      taken_any = (choice_13.by_bucket && !answers && choice_13.any_up) || choice_13.by_flow ||
                  choice_13.by_fragment;
      taken = choice_13.second ? members_13.second : members_13.first;
      taken_index = choice_13.second ? members_13.bucket.second : members_13.bucket.first;
      if (choice_13.by_fragment) begin
        taken = fragment_entry_13;
        taken_index = member_t'(fragment_server_13);
      end else if (choice_13.by_flow) begin
        taken = flow_entry_13;
        taken_index = member_t'(flow_server_13);
      end
      by_plan = (plan.kind == PlanFixed && !choice_13.by_flow && !choice_13.by_fragment &&
                 !choice_13.lost) || (answers && choice_13.any_up);

      verdict.mask = by_plan ? plan_mask_13 : '0;
      verdict.exits = '0;
      for (int p = 0; p < int'(Ports); p++) begin
        verdict.mask[p] |= (taken_any && taken.port == port_t'(p)) ||
                           (learned_passes_13 && learned_mask_13[p]) ||
                           (floods_13 && flood_13.egress[p]);
        verdict.exits[p] = '{
          retag: path_13.own_tag, many: floods_13 && flood_13.many[p],
          logical: floods_13 ? flood_13.first[p] : balances ? taken.logical : logical_13};
      end
      verdict.copies = flood_13.copies;
      verdict.drop = choice_13.lost ? DropFragment : drop_13;
      verdict.host = choice_13.by_flow || choice_13.by_fragment || choice_13.lost ? HostNone
                                                                                  : plan.host;
      verdict.rewrite = balances || plan.rewrite;
      verdict.source_virtual = plan.source_virtual;
      verdict.mac = balances || answers ? taken.mac : course_13.mac;
      verdict.discovery = path_13.discovery;
      verdict.build = plan.build;
      verdict.router = plan.router;
      verdict.to_member = plan.to_member || balances;
      verdict.to_index = balances ? taken_index : plan.to_index;
      verdict.from_member = plan.from_member;
      verdict.from_index = plan.from_index;
      verdict.row = plan.row;
      if (choice_13.by_flow) verdict.row = part_13.tracked ? 5'd11 : 5'd13;
      if (choice_13.by_fragment || choice_13.lost) verdict.row = 5'd13;
      verdict.stamp = path_13.stamp;
    end
  end

  always_ff @(posedge clk) begin
    valid_14 <= valid_13 && !rst;
    port_14 <= path_13.port;
    verdict_14 <= verdict;
    orphan_14 <= orphan_13 && !rst;
    flow_14 <= 4'(flow_event_13);
    if (orphan_13) flow_14 <= 4'd8;
    if (choice_13.by_fragment) flow_14 <= 4'd7;
    taken_14 <= '{server: server_t'(taken_index), entry: taken};
  end

endmodule

`default_nettype wire
