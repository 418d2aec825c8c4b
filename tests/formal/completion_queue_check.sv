// Properties of completion_queue: a completion lies in its ring, its phase is that of its index, and
// that of a frame never comes before the bus has answered for the frame.
`default_nettype none

module completion_queue_check
  import host_pkg::*;
(
    input wire                clk,
    input wire                rst,
    input wire                run,
    input wire                flush,
    input wire  line_t        base,
    input wire  [ 3:0]        size,
    input wire  [63:0]        time_ns,
    input wire                record_valid,
    input wire  ring_record_t record,
    input wire                answer_valid,
    input wire                answer_error,
    input wire                out_ready,
    input wire                written
);
  logic record_ready, out_valid, told_valid, told_lost, idle, empty;
  completion_t out;
  logic [15:0] issued;
  ring_status_e told_status;

  completion_queue #(
      .Depth(3),
      .Pending(2)
  ) u_queue (
      .*
  );

  logic started = 1'b0;
  line_t base_past;
  logic [3:0] size_past;

  always_ff @(posedge clk) begin
    started <= 1'b1;
    base_past <= base;
    size_past <= size;
  end

  first_clock_resets: assume property (@(posedge clk) started || rst);
  constant: assume property (@(posedge clk) !started || (base == base_past && size == size_past));
  sizes: assume property (@(posedge clk) size >= 4'd2 && size <= 4'(RingSizeMost));
  one_of_both: assume property (@(posedge clk) !(run && flush));

  // ------------------------------------------------------------------------------ frames and answers
  logic [3:0] frames;      // told of by records, not by completions
  logic [3:0] answers;     // not told of by completions
  logic [2:0] under_way;   // completions that were not answered
  logic told_frame;
  logic gone_frame;        // by a flush
  logic was_flushed;

  assign told_frame = u_queue.form && u_queue.head.frame;
  assign gone_frame = flush && u_queue.head_valid && u_queue.head.frame;
  answered_once: assume property (@(posedge clk) !answer_valid || answers <= frames);
  written_once: assume property (@(posedge clk) !written || under_way != '0);

  always_ff @(posedge clk) begin
    frames <= frames + 4'(record_valid && record_ready && record.frame) - 4'(told_frame || gone_frame);
    answers <= answers + 4'(answer_valid) - 4'(told_frame);
    under_way <= under_way + 3'(out_valid && out_ready) - 3'(written);
    was_flushed <= was_flushed || flush;
    if (rst) begin
      frames <= '0;
      answers <= '0;
      under_way <= '0;
      was_flushed <= 1'b0;
    end
  end
  // The bus has answered everything by then, and only a reset follows.
  drained: assume property (@(posedge clk) rst || !(flush || was_flushed) ||
                            (!run && !answer_valid));

  in_ring: assert property (@(posedge clk) disable iff (rst)
                            !out_valid || out.line - base < line_t'(1) << (size - 4'd2));
  after_the_answer: assert property (@(posedge clk) disable iff (rst)
                                     !told_frame || answers != '0);
  phase: assert property (@(posedge clk) disable iff (rst)
                          !out_valid || out.data[63] == !out.data[size]);
  place: assert property (@(posedge clk) disable iff (rst)
                          !out_valid || out.quarter == out.data[1:0]);
  idle_is_quiet: assert property (@(posedge clk) disable iff (rst)
                                  !idle || (!out_valid && under_way == '0));

  second_round: cover property (@(posedge clk) !rst && out_valid && out.data[15:0] == 16'd4 &&
                                !out.data[63] && size == 4'd2);
  bus_error: cover property (@(posedge clk) !rst && told_valid && told_status == StatusBus);
  lost: cover property (@(posedge clk) !rst && told_lost);
endmodule

`default_nettype wire
