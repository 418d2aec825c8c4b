// Properties of descriptor_fetch: it reads lines of the ring alone, and of them only what is posted.
`default_nettype none

module descriptor_fetch_check
  import host_pkg::*;
(
    input wire          clk,
    input wire          rst,
    input wire          run,
    input wire  line_t  base,
    input wire  [ 3:0]  size,
    input wire  [15:0]  tail,
    input wire  [15:0]  issued,
    input wire          ask_ready,
    input wire          answer_valid,
    input wire  [511:0] answer_data,
    input wire          answer_error,
    input wire          out_ready
);
  logic ask_valid, out_valid, out_bad, bad_doorbell, unreadable, idle;
  line_t ask_line, out_line;
  logic [7:0] out_beats;
  logic [5:0] out_empty;
  logic [3:0] out_port;

  descriptor_fetch #(
      .Lines(2)
  ) u_fetch (
      .*
  );

  logic started = 1'b0;
  line_t base_past;
  logic [3:0] size_past;
  logic [15:0] tail_past;

  always_ff @(posedge clk) begin
    started <= 1'b1;
    base_past <= base;
    size_past <= size;
    tail_past <= rst ? '0 : tail;
  end

  logic [1:0] asked;    // lines, not answered
  logic [15:0] taken;   // descriptors

  // As ring_control checks them.
  first_clock_resets: assume property (@(posedge clk) started || rst);
  stopped_in_reset: assume property (@(posedge clk) !rst || (!run && tail == '0));
  constant: assume property (@(posedge clk) !started || (base == base_past && size == size_past));
  sizes: assume property (@(posedge clk) size >= 4'd2 && size <= 4'(RingSizeMost));
  below_the_top: assume property (@(posedge clk)
                                  {1'b0, base} + (59'd1 << (size - 4'd2)) <= {1'b1, 58'd0});
  // The host posts; the memory answers what it was asked.
  posts: assume property (@(posedge clk) rst || tail - tail_past <= 16'd4096);
  completions: assume property (@(posedge clk) rst || tail - issued <= 16'd1 << size);
  answers: assume property (@(posedge clk) !answer_valid || asked != '0);

  always_ff @(posedge clk) begin
    asked <= asked + 2'(ask_valid && ask_ready) - 2'(answer_valid);
    taken <= taken + 16'(out_valid && out_ready);
    if (rst) begin
      asked <= '0;
      taken <= '0;
    end
  end

  in_ring: assert property (@(posedge clk) disable iff (rst)
                            !ask_valid || ask_line - base < line_t'(1) << (size - 4'd2));
  posted: assert property (@(posedge clk) disable iff (rst)
                           !(out_valid && started) || taken - tail >= 16'd4096);
  idle_is_quiet: assert property (@(posedge clk) disable iff (rst)
                                  !idle || (!ask_valid && asked == '0));

  line_of_two: cover property (@(posedge clk) !rst && taken == 16'd2 && tail == 16'd2);
  refused: cover property (@(posedge clk) !rst && out_valid && out_bad);
  accepted: cover property (@(posedge clk) !rst && out_valid && !out_bad);
endmodule

`default_nettype wire
