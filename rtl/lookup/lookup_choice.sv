`default_nettype none

// The look-up engine's second flat: which server or router takes a frame. Clocks 6 to 13.
//
// One key a clock. `bucket_6` is read in clocks 6 to 9, its members in clocks 9 to 11; clock 11
// says which of them are up, clock 12, with what the tables of flows and fragments answer, who has
// the frame: `choice_13`, in the order fragments that follow others, flows, services. In clock 12
// the flow table is told whom it may choose, in clock 13 the fragment table what to remember.
module lookup_choice
  import table_pkg::*;
  import flow_pkg::*;
  import verdict_pkg::*;
  import lookup_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter string BucketStyle = "ultra"
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic [Ports-1:0]       usable,
  // tables
  input  wire logic                   member_write,
  input  wire member_t                member_index,
  input  wire member_entry_t          member_entry,
  input  wire flow_load_write_t       flow_load,
  input  wire logic                   bucket_write_valid,
  input  wire logic [BucketsLog2-1:0] bucket_write_index,
  input  wire logic [31:0]            bucket_write_data,
  input  wire logic                   bucket_read_valid,
  output logic                        bucket_read_ready,
  input  wire logic [BucketsLog2-1:0] bucket_read_index,
  output logic                        bucket_read_rvalid,
  output logic [31:0]                 bucket_read_rdata,
  // the key
  input  wire logic [BucketsLog2-1:0] bucket_6,
  input  wire logic                   own_tag_11,
  input  wire plan_t                  plan_11,
  input  wire plan_t                  plan_12,
  input  wire part_t                  part_11,
  input  wire part_t                  part_12,
  output members_t                    members_11,
  output members_t                    members_13,
  output choice_t                     choice_13,
  // the flow table
  input  wire flow_answer_t           answer_12,
  output flow_choice_t                flow_choice_12,
  output logic                        commit_12,
  // the fragment table
  input  wire server_t                fragment_server_9,
  output logic                        fragment_up_11,
  output member_entry_t               fragment_entry_13,
  input  wire logic                   fragment_asked_12,
  input  wire logic                   fragment_hit_12,
  input  wire logic                   fragment_orphan_12,
  input  wire logic                   fragment_ready_12,
  output fragment_write_t             fragment_write_13
);

  localparam int unsigned ServerW = $clog2(Servers);

  // --------------------------------------------------------------- clocks 6 to 11: bucket, members
  logic [31:0]   word_9;
  bucket_t       bucket_9, bucket_10;
  member_entry_t fragment_entry_11, fragment_entry_12;
  logic          second_lighter_11;

  bucket_table #(.BucketsLog2(BucketsLog2), .Style(BucketStyle)) u_buckets (
    .clk, .rst, .read_index(bucket_6), .read_data(word_9),
    .host_write_valid(bucket_write_valid), .host_write_index(bucket_write_index),
    .host_write_data(bucket_write_data), .host_read_valid(bucket_read_valid),
    .host_read_ready(bucket_read_ready), .host_read_index(bucket_read_index),
    .host_read_rvalid(bucket_read_rvalid), .host_read_rdata(bucket_read_rdata)
  );

  assign bucket_9 = '{
    second_valid: word_9[31], second: word_9[16+:MemberW],
    first_valid: word_9[15], first: word_9[0+:MemberW]};

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(2 ** MemberW), .ReadLatency(2)) u_first (
    .clk, .write_enable(member_write), .write_address(member_index), .write_data(member_entry),
    .read_enable(1'b1), .read_address(bucket_9.first), .read_data(members_11.first)
  );

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(2 ** MemberW), .ReadLatency(2)) u_second (
    .clk, .write_enable(member_write), .write_address(member_index), .write_data(member_entry),
    .read_enable(1'b1), .read_address(bucket_9.second), .read_data(members_11.second)
  );

  // That of the server which the fragment table names.
  ram_sdp #(.Width($bits(member_entry_t)), .Depth(Servers), .ReadLatency(2)) u_fragment (
    .clk, .write_enable(member_write && member_index < FirstRouter),
    .write_address(member_index[ServerW-1:0]), .write_data(member_entry), .read_enable(1'b1),
    .read_address(fragment_server_9[ServerW-1:0]), .read_data(fragment_entry_11)
  );

  flow_load #(.Servers(Servers)) u_load (
    .clk, .load_write(flow_load), .first_9(server_t'(bucket_9.first)),
    .second_9(server_t'(bucket_9.second)), .second_lighter_11
  );

  // --------------------------------------------------------------------------- clock 11: who is up
  function automatic logic is_up(input member_entry_t entry, input logic own_tag);
    logic [7:0] ports;
    ports = 8'(usable);
    return entry.valid && entry.up && entry.own_tag == own_tag && port_of(ports, entry.port);
  endfunction

  logic     first_up_11, second_up_11;
  logic     first_up_12, second_up_12, second_may_lead_12, any_up_12, may_12;
  members_t members_12;

  assign first_up_11 = members_11.bucket.first_valid && is_up(members_11.first, own_tag_11);
  assign second_up_11 = members_11.bucket.second_valid && is_up(members_11.second, own_tag_11);
  assign fragment_up_11 = is_up(fragment_entry_11, own_tag_11);

  always_ff @(posedge clk) begin
    bucket_10 <= bucket_9;
    members_11.bucket <= bucket_10;
    members_12 <= members_11;
    members_13 <= members_12;
    fragment_entry_12 <= fragment_entry_11;
    fragment_entry_13 <= fragment_entry_12;
    first_up_12 <= first_up_11;
    second_up_12 <= second_up_11;
    any_up_12 <= first_up_11 || second_up_11;
    may_12 <= (first_up_11 || second_up_11) && plan_11.forward && plan_11.kind == PlanBalance;
    second_may_lead_12 <= part_11.least_load && plan_11.forward && second_lighter_11 &&
                          !members_11.first.draining && !members_11.second.draining;
  end

  // ------------------------------------------------------------------- clock 12: who has the frame
  logic    by_fragment;
  choice_t choice;

  always_comb begin
    flow_choice_12.may = may_12;
    flow_choice_12.second_again = second_up_12 && !(first_up_12 && (!members_12.first.draining ||
                                                                   members_12.second.draining));
    flow_choice_12.second_new = flow_choice_12.second_again ||
                                (second_may_lead_12 && first_up_12 && second_up_12);
  end

  always_comb begin
    by_fragment = plan_12.forward && fragment_hit_12 && fragment_ready_12 &&
                  (part_12.later || (part_12.first && fragment_orphan_12));
    // A fragment that follows others is not asked of the flow table.
    commit_12 = (plan_12.forward && !by_fragment) || plan_12.reverse;
  end

  always_comb begin
    choice.by_fragment = by_fragment;
    choice.lost = plan_12.forward && part_12.later && part_12.tcp && !by_fragment;
    choice.by_flow = plan_12.forward && !by_fragment && !choice.lost && answer_12.takes &&
                     !(answer_12.restart && may_12);
    choice.by_bucket = plan_12.kind == PlanBalance && !by_fragment && !choice.lost &&
                       !choice.by_flow;
    choice.any_up = any_up_12;
    choice.second = answer_12.chooses ? flow_choice_12.second_new : flow_choice_12.second_again;
    choice.found = answer_12.found && commit_12;
  end

  // A later fragment is remembered where it had to be chosen for; a first one wherever it goes. Of
  // a flow the server may be kept though it is not up.
  logic orphan;
  assign orphan = part_12.later && !part_12.tcp && may_12 && !answer_12.takes;

  always_ff @(posedge clk) begin
    choice_13 <= choice;
    fragment_write_13.valid <= fragment_asked_12 && plan_12.forward && !by_fragment && !rst &&
                               (orphan || (part_12.first && (answer_12.takes || may_12)));
    fragment_write_13.orphan <= part_12.later;
    fragment_write_13.up <= answer_12.up || !answer_12.takes || (answer_12.restart && may_12);
  end

endmodule

`default_nettype wire
