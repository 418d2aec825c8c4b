`default_nettype none

// All counters of one ingress port: members, drops, the port's own; read as tables 7 to 10.
//
// Events: each input counts in every clock, without back-pressure, nothing is ever lost.
// `drop_count` copies are dropped for `drop_reason` (1 to 9, in `drop_valid`); copies that found
// the host's queue full come by `host_full` and those thrown away in the fabric by `link_down`,
// since all three can come in one clock. `copies` are the egresses of a frame beyond the first,
// `copied` the further copies begun at each egress. `generated_valid`: a frame that the card made
// was accepted; it enters beside what is received only with GeneratedEnters, which is the host's.
// `member_bytes` is the frame of `member_in_valid` and `member_out_valid`.
// Reads: `read_valid` with `read_data`, formatted as the tables are, follows `read_request` by 7
// clocks; one read at a time. A read counts what came 5 or more clocks before it; other tables
// read as zero.
module line_card_stats
  import frame_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Outputs = 9,
  parameter logic GeneratedEnters = 1'b0,
  parameter string MemberStyle = "block"
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic               drop_valid,
  input  wire logic [4:0]         drop_reason,
  input  wire logic [3:0]         drop_count,
  input  wire logic               host_full,
  input  wire logic [Outputs-1:0] link_down,
  input  wire logic [Outputs-1:0] sent,
  input  wire logic               member_in_valid,
  input  wire logic [10:0]        member_in_index,
  input  wire logic               member_out_valid,
  input  wire logic [10:0]        member_out_index,
  input  wire logic [15:0]        member_bytes,
  input  wire logic               received_valid,
  input  wire logic [15:0]        received_bytes,
  input  wire logic               transmitted_valid,
  input  wire logic [15:0]        transmitted_bytes,
  input  wire logic [3:0]         copies,
  input  wire logic [Outputs-1:0] copied,
  input  wire logic               learning_skipped,
  input  wire logic               generated_valid,
  input  wire logic               read_request,
  input  wire logic [7:0]         read_table,
  input  wire logic [11:0]        read_index,
  output logic                    read_valid,
  output logic [255:0]            read_data
);
  // The whole index space of a direction: servers from 0, routers from FirstRouter.
  localparam int unsigned Members = 1 << MemberW;

  logic [7:0] table_q;
  logic [11:0] index_q;
  logic read_q;

  // The request is kept, so that its table and index stay while the counters answer.
  always_ff @(posedge clk) begin
    read_q <= read_request && !rst;
    if (read_request) begin
      table_q <= read_table;
      index_q <= read_index;
    end
  end

  // Directions: in (0), out (1).
  logic [1:0] member_valid;
  member_t [1:0] member_index;
  logic [1:0] member_answer;
  logic [1:0][1:0][63:0] member_counts;

  assign member_valid = {member_out_valid, member_in_valid};
  assign member_index = {member_out_index, member_in_index};

  for (genvar d = 0; d < 2; d++) begin : gen_direction
    counter_ram #(
        .Depth(Members),
        .Adders(2),
        .ReadLatency(2),
        .Style(MemberStyle)
    ) u_members (
        .clk,
        .rst,
        .add_valid(member_valid[d]),
        .add_index(member_index[d]),
        .add_value({member_bytes, 16'd1}),
        .read_request(read_q),
        .read_index(index_q[MemberW-1:0]),
        .read_valid(member_answer[d]),
        .read_data(member_counts[d])
    );
  end

  // A clock of their own: how many are dropped, and why, is a sum over all egresses.
  logic drop_valid_q;
  logic [4:0] drop_reason_q;
  logic [3:0] drop_count_q;

  always_ff @(posedge clk) begin
    drop_valid_q <= drop_valid && !rst;
    drop_reason_q <= drop_reason;
    drop_count_q <= drop_valid && !rst ? drop_count : '0;
  end

  logic drop_answer;
  logic [0:0][63:0] drop_counts;

  counter_ram #(
      .Depth(32),
      .Adders(1),
      .ReadLatency(1),
      .Style("distributed")
  ) u_drops (
      .clk,
      .rst,
      .add_valid(drop_valid_q),
      .add_index(drop_reason_q),
      .add_value(16'(drop_count_q)),
      .read_request(read_q),
      .read_index(index_q[4:0]),
      .read_valid(drop_answer),
      .read_data(drop_counts)
  );

  logic [63:0] received_frames_total;
  logic [63:0] received_bytes_total;
  logic [63:0] transmitted_frames_total;
  logic [63:0] transmitted_bytes_total;
  logic [63:0] copies_total;
  logic [63:0] in_flight_total;
  logic [63:0] learning_skipped_total;
  logic [63:0] generated_total;
  logic [63:0] link_down_total;
  logic [63:0] host_full_total;

  port_stats #(
      .Outputs(Outputs),
      .GeneratedEnters(GeneratedEnters)
  ) u_port (
      .clk,
      .rst,
      .received_valid,
      .received_bytes,
      .transmitted_valid,
      .transmitted_bytes,
      .copies,
      .copied,
      .learning_skipped,
      .generated_valid,
      .sent,
      .link_down,
      .dropped(drop_count_q),
      .host_full,
      .received_frames_total,
      .received_bytes_total,
      .transmitted_frames_total,
      .transmitted_bytes_total,
      .copies_total,
      .in_flight_total,
      .learning_skipped_total,
      .generated_total,
      .link_down_total,
      .host_full_total
  );

  // Two reasons have a counter of their own besides the one in the bank.
  logic [63:0] drops_beside;
  logic [63:0] drops_q;

  always_comb begin
    case (drop_e'(index_q[4:0]))
      DropLinkDown: drops_beside = link_down_total;
      DropHostFull: drops_beside = host_full_total;
      default: drops_beside = '0;
    endcase
  end

  always_ff @(posedge clk) begin
    if (drop_answer) drops_q <= drop_counts[0] + drops_beside;
  end

  // The members answer last: everything else has settled by then.
  always_ff @(posedge clk) begin
    read_valid <= &member_answer && !rst;
    case (table_q)
      TableMemberCounters: read_data <= 256'(member_counts[index_q[MemberW]]);
      TableDropCounters: read_data <= 256'(drops_q);
      TablePortCounters: begin
        read_data <= {
          transmitted_bytes_total,
          transmitted_frames_total,
          received_bytes_total,
          received_frames_total
        };
      end
      TableTotals: begin
        read_data <= {generated_total, learning_skipped_total, in_flight_total, copies_total};
      end
      default: read_data <= '0;
    endcase
  end

endmodule

`default_nettype wire
