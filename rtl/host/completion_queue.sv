`default_nettype none

// Completions of one direction, in the order of its descriptors.
//
// `record` is valid/ready, one for each descriptor. An answer for each record with `frame` is
// always taken; it may come first. When both are there, `out` shows the completion: valid/ready,
// from registers, one a clock; it stays until taken. Up to Pending completions are not answered by
// the bus (`written`); then the next wait, and `record_ready` falls behind Depth + 1 of them.
// `issued` counts those that went to `out`. `told_*` are a clock long: a completion went to `out`,
// with this status.
// Without `run` no completion goes to `out`. With `flush` the records are forgotten, one a clock,
// `told_lost` for each with a frame. `idle`: all were answered; `empty`: no record is here.
module completion_queue
  import host_pkg::*;
#(
  parameter bit Transmit = 1'b0,           // else receive
  parameter int unsigned Depth = 63,
  parameter int unsigned Pending = 32
) (
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         run,
  input  wire logic         flush,
  input  wire line_t        base,
  input  wire logic [3:0]   size,
  input  wire logic [63:0]  time_ns,
  input  wire logic         record_valid,
  output logic              record_ready,
  input  wire ring_record_t record,
  input  wire logic         answer_valid,
  input  wire logic         answer_error,
  output logic              out_valid,
  input  wire logic         out_ready,
  output completion_t       out,
  input  wire logic         written,
  output logic [15:0]       issued,
  output logic              told_valid,
  output ring_status_e      told_status,
  output logic              told_lost,
  output logic              idle,
  output logic              empty
);

  localparam int unsigned PendingW = $clog2(Pending + 1);

  logic         head_valid, head_ready, answered, answer_ready, answer_in_ready, bus_error;
  ring_record_t head;
  logic         form;
  ring_status_e status;
  logic [15:0]  index_q;
  logic [15:0]  ring;                      // bit `size` alone
  logic [9:0]   place;
  logic [PendingW-1:0] pending_q;

  fifo_fwft #(.Data(ring_record_t), .Depth(Depth)) u_records (
    .clk, .rst, .in_valid(record_valid), .in_ready(record_ready), .in_data(record),
    .out_valid(head_valid), .out_ready(head_ready), .out_data(head), .count()
  );

  // A frame's answer comes before its record at most once.
  fifo_fwft #(.Data(logic), .Depth(Depth + 1)) u_answers (
    .clk, .rst, .in_valid(answer_valid), .in_ready(answer_in_ready), .in_data(answer_error),
    .out_valid(answered), .out_ready(answer_ready), .out_data(bus_error), .count()
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_answers: assert (!answer_valid || answer_in_ready);
`endif

  assign form = run && head_valid && (answered || !head.frame) && (!out_valid || out_ready) &&
                pending_q != PendingW'(Pending);
  assign head_ready = form || flush;
  assign answer_ready = form && head.frame;
  assign status = head.frame && bus_error ? StatusBus : head.status;
  assign ring = 16'd1 << size;
  assign place = index_q[11:2] & (ring[11:2] - 10'd1);

  always_ff @(posedge clk) begin
    if (form) begin
      index_q <= index_q + 16'd1;
      out.line <= base + line_t'(place);
      out.quarter <= index_q[1:0];
      out.data[31:0] <= {head.length, index_q};
      out.data[63:32] <= {(index_q & ring) == '0, head.waited, 2'b00, status, head.reason,
                          head.source};
      out.data[127:64] <= Transmit ? time_ns : head.first;
    end
    if (form || out_ready) out_valid <= form;
    if (form != written) pending_q <= form ? pending_q + 1'b1 : pending_q - 1'b1;
    told_valid <= form;
    told_status <= status;
    told_lost <= flush && head_valid && head.frame && !rst;
    if (rst) begin
      index_q <= '0;
      out_valid <= 1'b0;
      pending_q <= '0;
      told_valid <= 1'b0;
    end
  end

  assign issued = index_q;
  assign idle = pending_q == '0;
  assign empty = !head_valid;

endmodule

`default_nettype wire
