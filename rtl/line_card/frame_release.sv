`default_nettype none

// The far end of a line card: joins a frame's record, its verdict and its beats, rewrites the
// destination MAC, and hands the frame to the fabric.
//
// A frame starts when its record is there, its verdict too unless row 1 condemned it, and its first
// beat; all of its beats wait in the buffer by then, so they follow in consecutive clocks.
// `out_valid` comes one clock after the beat was taken. Space: each (ingress, egress) queue has
// QueueBeats credits here; a copy that finds fewer than the frame's beats is dropped whole, and the
// others go on. The counting outputs are valid one clock after `out_valid` of the first beat would
// be.
module frame_release
  import flowswitch_pkg::*;
#(
  parameter int unsigned Outputs = 9,       // the last one is the host
  parameter int unsigned QueueBeats = 512
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic               record_valid,
  output logic                    record_ready,
  input  wire drop_e              record_drop,    // row 1: the frame has no verdict
  input  wire logic [7:0]         record_beats,
  input  wire logic [15:0]        record_bytes,
  input  wire logic [31:0]        record_stamp,
  input  wire logic               verdict_valid,
  output logic                    verdict_ready,
  input  wire verdict_t           verdict,
  input  wire logic               beat_valid,
  output logic                    beat_ready,
  input  wire logic [511:0]       beat_data,
  input  wire logic [5:0]         beat_empty,
  output logic                    out_valid,
  output beat_t                   out_beat,
  output logic [Outputs-1:0]      out_mask,
  input  wire logic [Outputs-1:0] popped,         // a beat left the queue to this egress
  output logic                    drop_valid,
  output logic [4:0]              drop_reason,
  output logic [3:0]              drop_count,
  output logic                    host_full,      // the copy for the host found its queue full
  output logic [3:0]              copies,         // extra copies of a flooded frame, else 0
  output logic                    to_member_valid,
  output member_t                 to_member,
  output logic                    from_member_valid,
  output member_t                 from_member,
  output logic [15:0]             bytes
);

  localparam int unsigned CreditW = $clog2(QueueBeats + 1);

  logic               start;
  logic               condemned;
  logic [7:0]         left_q;             // beats of the frame still to come
  logic [Outputs-1:0] mask;
  logic [Outputs-1:0] accept;
  logic [Outputs-1:0] accept_q;
  logic [CreditW-1:0] credit_q [Outputs];

  assign condemned = record_drop != DropNone;
  assign start = left_q == '0 && record_valid && beat_valid && (condemned || verdict_valid);
  assign record_ready = start;
  assign verdict_ready = start && !condemned;
  assign beat_ready = start || left_q != '0;

  always_comb begin
    mask = condemned ? '0 : verdict.mask[Outputs-1:0];
    for (int e = 0; e < int'(Outputs); e++)
      accept[e] = mask[e] && credit_q[e] >= CreditW'(record_beats);
  end

  always_ff @(posedge clk) begin
    for (int e = 0; e < int'(Outputs); e++) begin
      if (rst) credit_q[e] <= CreditW'(QueueBeats);
      else
        credit_q[e] <= credit_q[e] + CreditW'(popped[e]) -
                       (start && accept[e] ? CreditW'(record_beats) : '0);
    end
    if (rst) left_q <= '0;
    else if (start) left_q <= record_beats - 8'd1;
    else if (left_q != '0 && beat_valid) left_q <= left_q - 8'd1;
  end

  always_ff @(posedge clk) begin
    out_valid <= !rst && (start ? |accept : left_q != '0 && beat_valid && |accept_q);
    if (start) begin
      accept_q <= accept;
      out_mask <= accept;
      out_beat.reason <= verdict.host;
      out_beat.stamp <= record_stamp;
    end
    out_beat.data <= beat_data;
    if (start && verdict.rewrite)
      for (int i = 0; i < 6; i++) out_beat.data[8*i+:8] <= verdict.mac[8*(5-i)+:8];
    out_beat.empty <= beat_empty;
    out_beat.last <= start ? record_beats == 8'd1 : left_q == 8'd1;
  end

  // A frame is whole in the buffer before its record comes.
  a_no_gap: assert property (@(posedge clk) disable iff (rst) left_q == '0 || beat_valid);

  // ------------------------------------------------------------------------------- what is counted
  logic               counted_q;
  logic               condemned_q;
  logic [Outputs-1:0] mask_q;
  logic [4:0]         record_drop_q, verdict_drop_q;
  logic               to_member_q, from_member_q;
  logic [Outputs-1:0] denied;
  logic [3:0]         denied_count, mask_count;

  always_ff @(posedge clk) begin
    counted_q <= start && !rst;
    condemned_q <= condemned;
    mask_q <= mask;
    record_drop_q <= record_drop;
    verdict_drop_q <= verdict.drop;
    to_member_q <= verdict.to_member;
    from_member_q <= verdict.from_member;
    to_member <= verdict.to_index;
    from_member <= verdict.from_index;
    bytes <= record_bytes;
  end

  always_comb begin
    denied = mask_q & ~accept_q;
    host_full = counted_q && denied[Outputs-1];
    denied[Outputs-1] = 1'b0;
    denied_count = '0;
    mask_count = '0;
    for (int e = 0; e < int'(Outputs); e++) begin
      denied_count += 4'(denied[e]);
      mask_count += 4'(mask_q[e]);
    end
    drop_valid = counted_q && (mask_q == '0 || denied != '0);
    drop_count = mask_q == '0 ? 4'd1 : denied_count;
    if (condemned_q) drop_reason = record_drop_q;
    else if (mask_q == '0) drop_reason = verdict_drop_q;
    else drop_reason = DropEgressFull;
    copies = counted_q && mask_q != '0 ? mask_count - 4'd1 : 4'd0;
    to_member_valid = counted_q && !condemned_q && to_member_q && |accept_q;
    from_member_valid = counted_q && !condemned_q && from_member_q;
  end

endmodule

`default_nettype wire
