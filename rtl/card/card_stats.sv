`default_nettype none

// Counters of frames, by the port that they enter by.
//
// The counters run on `path_clk`, which may stand still when nothing moves: a read wakes them by
// `asked`, a clock later. It is one clock, its table and index stand; its answer is one clock of the
// ingress's `read_valid`. Reads of other tables are not answered.
module card_stats
  import frame_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter string MemberStyle = "block",
  localparam int unsigned Outputs = Ports + 1
) (
  input  wire logic                     clk,
  input  wire logic                     path_clk,
  input  wire logic                     rst,
  // By ingress.
  input  wire ingress_counts_t          counts [Outputs],
  input  wire logic [Ports-1:0]         learning_skipped,
  // By egress: frames that left, were thrown away for a link, were copied, and where from.
  input  wire logic [Outputs-1:0]       sent_valid,
  input  wire logic [Outputs-1:0][15:0] sent_bytes,
  input  wire logic [Outputs-1:0][3:0]  sent_source,
  input  wire logic [Outputs-1:0]       discarded,
  input  wire logic [Outputs-1:0][3:0]  discarded_source,
  input  wire logic [Outputs-1:0]       copied,
  input  wire logic [Outputs-1:0][3:0]  copied_source,
  // Reads.
  input  wire logic                     read,
  input  wire logic [7:0]               read_table,
  input  wire logic [15:0]              read_index,
  output logic [Outputs-1:0]            asked,
  output logic [Outputs-1:0]            read_valid,
  output logic [Outputs-1:0][255:0]     read_data
);

  port_t asked_port;

  always_comb begin
    unique case (read_table)
      TableMemberCounters: asked_port = read_index[15:12];
      TableDropCounters: asked_port = read_index[8:5];
      default: asked_port = read_index[3:0];
    endcase
  end

  for (genvar i = 0; i < Outputs; i++) begin : gen_ingress
    logic [Outputs-1:0] sent_from, discarded_from, copied_from;
    logic               skipped;

    for (genvar o = 0; o < Outputs; o++) begin : gen_from
      assign sent_from[o] = sent_valid[o] && sent_source[o] == port_t'(i);
      assign discarded_from[o] = discarded[o] && discarded_source[o] == port_t'(i);
      assign copied_from[o] = copied[o] && copied_source[o] == port_t'(i);
    end
    if (i < Ports) begin : gen_network
      assign skipped = learning_skipped[i];
    end else begin : gen_host
      assign skipped = 1'b0;
    end

    always_ff @(posedge clk)
      asked[i] <= read && asked_port == port_t'(i) && !rst &&
                  read_table >= TableMemberCounters && read_table <= TableTotals;

    line_card_stats #(
      .Outputs(Outputs), .GeneratedEnters(i == Ports), .MemberStyle(MemberStyle)
    ) u_stats (
      .clk(path_clk), .rst, .drop_valid(counts[i].drop_valid),
      .drop_reason(counts[i].drop_reason), .drop_count(counts[i].drop_count),
      .host_full(counts[i].host_full), .link_down(discarded_from), .sent(sent_from),
      .member_in_valid(counts[i].to_member_valid), .member_in_index(counts[i].to_member),
      .member_out_valid(counts[i].from_member_valid), .member_out_index(counts[i].from_member),
      .member_bytes(counts[i].member_bytes), .received_valid(counts[i].received_valid),
      .received_bytes(counts[i].received_bytes), .transmitted_valid(sent_valid[i]),
      .transmitted_bytes(sent_bytes[i]), .copies(counts[i].copies), .copied(copied_from),
      .generated_valid(counts[i].generated_valid), .learning_skipped(skipped),
      .read_request(asked[i]), .read_table, .read_index(read_index[11:0]),
      .read_valid(read_valid[i]), .read_data(read_data[i])
    );
  end

endmodule

`default_nettype wire
