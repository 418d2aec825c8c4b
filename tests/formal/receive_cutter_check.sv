// Properties of receive_cutter: a burst lies in the buffer that was posted for its frame, within one
// block of 4 KiB, and its beats were given before it; a frame is told of once.
`default_nettype none

module receive_cutter_check
  import host_pkg::*;
(
    input wire               clk,
    input wire               rst,
    input wire               run,
    input wire        [63:0] time_ns,
    input wire        [31:0] clock_count,
    input wire               beat_valid,
    input wire  punt_t       beat,
    input wire               descriptor_valid,
    input wire               descriptor_bad,
    input wire  line_t       descriptor_line,
    input wire        [ 7:0] descriptor_beats,
    input wire               data_ready,
    input wire               burst_ready,
    input wire               record_ready
);
  logic beat_ready, descriptor_ready, data_valid, burst_valid, burst_final, record_valid, off, cut;
  logic [511:0] data;
  logic [5:0] data_empty;
  burst_t burst;
  ring_record_t record;

  receive_cutter u_cutter (.*);

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) started || rst);
  // As descriptor_fetch checks them.
  good: assume property (@(posedge clk) descriptor_bad ||
                         (descriptor_beats != '0 &&
                          {1'b0, descriptor_line} + 59'(descriptor_beats) <= {1'b1, 58'd0}));
  stopped_in_reset: assume property (@(posedge clk) !rst || !run);

  // ------------------------------------------------------------------------------------ the buffer
  logic loaded;
  line_t base;
  logic [7:0] beats;
  logic [4:0] given;  // beats behind the last burst
  line_t from_base, last_from_base;

  always_ff @(posedge clk) begin
    if (descriptor_valid && descriptor_ready && !descriptor_bad) begin
      base <= descriptor_line;
      beats <= descriptor_beats;
      loaded <= 1'b1;
    end
    if (data_valid) given <= burst_valid ? '0 : given + 5'd1;
    if (!run) given <= '0;
    if (rst) begin
      loaded <= 1'b0;
      given <= '0;
    end
  end

  assign from_base = burst.line - base;
  assign last_from_base = from_base + line_t'(burst.more);

  in_buffer: assert property (@(posedge clk) disable iff (rst)
                           !burst_valid || (loaded && from_base < line_t'(beats) &&
                                            last_from_base < line_t'(beats)));
  one_block: assert property (@(posedge clk) disable iff (rst)
                          !burst_valid || 7'(burst.line[5:0]) + 7'(burst.more) < 7'd64);
  whole: assert property (@(posedge clk) disable iff (rst)
                          !burst_valid || (data_valid && given == 5'(burst.more)));

  // -------------------------------------------------------------------- what makes these inductive
  assert property (@(posedge clk) disable iff (rst) !u_cutter.loaded_q || loaded);
  assert property (@(posedge clk) disable iff (rst) !u_cutter.loaded_q || u_cutter.left_q <= beats);
  assert property (@(posedge clk) disable iff (rst)
                   !u_cutter.loaded_q ||
                   u_cutter.line_q == base + line_t'(beats) - line_t'(u_cutter.left_q));
  assert property (@(posedge clk) disable iff (rst)
                   !u_cutter.loaded_q || u_cutter.count_q == '0 ||
                   (u_cutter.start_q == u_cutter.line_q - line_t'(u_cutter.count_q) &&
                    8'(u_cutter.count_q) <= beats - u_cutter.left_q &&
                    u_cutter.line_q[5:0] >= 6'(u_cutter.count_q)));
  assert property (@(posedge clk) disable iff (rst)
                   !u_cutter.loaded_q || !run || given == 5'(u_cutter.count_q));
  assert property (@(posedge clk) disable iff (rst)
                   !u_cutter.loaded_q || u_cutter.left_q != '0 || u_cutter.count_q == '0);
  assert property (@(posedge clk) disable iff (rst) u_cutter.loaded_q || given == '0);
  assert property (@(posedge clk) disable iff (rst) run || given <= 5'(u_cutter.count_q));

  long_burst: cover property (@(posedge clk) !rst && burst_valid && burst.more == 4'd5 &&
                              !beat.last);
  truncated: cover property (@(posedge clk) !rst && record_valid && record.frame &&
                             record.status == StatusTruncated);
  at_the_top: cover property (@(posedge clk) !rst && burst_valid && burst.line == '1);
endmodule

`default_nettype wire
