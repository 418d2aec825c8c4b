// Properties of transmit_reader: the reads of a frame are those of the buffer that was posted, each
// beat once and in order, within blocks of 4 KiB; they begin only when the queue has room.
`default_nettype none

module transmit_reader_check
  import frame_pkg::*;
  import host_pkg::*;
(
    input wire               clk,
    input wire               rst,
    input wire               run,
    input wire        [ 1:0][15:0] room,
    input wire               left_valid,
    input wire  port_t       left_port,
    input wire               descriptor_valid,
    input wire               descriptor_bad,
    input wire  line_t       descriptor_line,
    input wire        [ 7:0] descriptor_beats,
    input wire        [ 5:0] descriptor_empty,
    input wire  port_t       descriptor_port,
    input wire               record_ready,
    input wire               frame_ready,
    input wire               ask_ready
);
  logic descriptor_ready, record_valid, frame_valid, ask_valid;
  ring_record_t record;
  logic [7:0] frame_beats;
  logic [5:0] frame_empty;
  port_t frame_port;
  burst_t ask;
  logic [1:0][15:0] committed;

  transmit_reader #(.Ports(2)) u_reader (.*);

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) started || rst);
  stopped_in_reset: assume property (@(posedge clk) !rst || !run);
  // As descriptor_fetch checks them.
  good: assume property (@(posedge clk) descriptor_bad ||
                         (descriptor_beats != '0 &&
                          {1'b0, descriptor_line} + 59'(descriptor_beats) <= {1'b1, 58'd0}));

  // ------------------------------------------------------------------------------------- the frame
  logic reading;      // a good descriptor was taken and not read in whole
  logic told;         // .. and its frame was told of
  line_t base;
  logic [7:0] beats;
  logic [8:0] asked;  // beats
  line_t from_base;
  logic last;

  assign from_base = ask.line - base;
  assign last = asked + 9'(ask.more) + 9'd1 == 9'(beats);

  always_ff @(posedge clk) begin
    if (ask_valid && ask_ready) begin
      asked <= asked + 9'(ask.more) + 9'd1;
      if (last) reading <= 1'b0;
    end
    if (frame_valid) told <= 1'b1;
    if (descriptor_valid && descriptor_ready) begin
      reading <= !descriptor_bad;
      told <= 1'b0;
      base <= descriptor_line;
      beats <= descriptor_beats;
      asked <= '0;
    end
    if (rst || !run) reading <= 1'b0;
  end

  // The comparison is two clocks older than the frame.
  logic [16:0] room_before, room_past;

  always_ff @(posedge clk) begin
    room_past <= {1'b0, room[0]};
    room_before <= room_past;
  end

  in_frame: assert property (@(posedge clk) disable iff (rst)
                             !ask_valid || (reading && from_base == line_t'(asked) &&
                                            asked + 9'(ask.more) < 9'(beats)));
  one_block: assert property (@(posedge clk) disable iff (rst)
                              !ask_valid || 7'(ask.line[5:0]) + 7'(ask.more) < 7'd64);
  told_first: assert property (@(posedge clk) disable iff (rst)
                               !ask_valid || told || frame_valid);
  told_once: assert property (@(posedge clk) disable iff (rst) !frame_valid || !told);
  one_after_the_other: assert property (@(posedge clk) disable iff (rst)
                                        !(descriptor_valid && descriptor_ready) || !reading ||
                                        (ask_valid && ask_ready && last));
  pushes: assert property (@(posedge clk) disable iff (rst)
                           (!record_valid || record_ready) && (!frame_valid || frame_ready));
  waits_for_room: assert property (@(posedge clk) disable iff (rst)
                                   !frame_valid || frame_port != 4'd0 ||
                                   beats > 8'(MaxBeats) || room_before >= 17'(beats));

  // -------------------------------------------------------------------- what makes these inductive
  assert property (@(posedge clk) disable iff (rst)
                   (u_reader.step_q != 2'd0) == reading || !run);
  assert property (@(posedge clk) disable iff (rst) u_reader.step_q == 2'd0 || reading);
  assert property (@(posedge clk) disable iff (rst)
                   !reading || (beats == u_reader.beats_q && told == u_reader.begun_q &&
                                u_reader.line_q == base + line_t'(asked) &&
                                9'(u_reader.left_q) + asked == 9'(beats) && asked < 9'(beats) &&
                                u_reader.left_q != '0));
  assert property (@(posedge clk) disable iff (rst)
                   !(u_reader.step_q == 2'd2 || u_reader.step_q == 2'd3) ||
                   (8'(u_reader.more_q) < u_reader.left_q &&
                    u_reader.last_q == (8'(u_reader.more_q) + 8'd1 == u_reader.left_q) &&
                    7'(u_reader.line_q[5:0]) + 7'(u_reader.more_q) < 7'd64));

  two_reads: cover property (@(posedge clk) !rst && ask_valid && ask_ready && last && asked > 9'd0);
  refused: cover property (@(posedge clk) !rst && record_valid && !record.frame);
  at_the_top: cover property (@(posedge clk) !rst && ask_valid && ask.line == '1);
endmodule

`default_nettype wire
