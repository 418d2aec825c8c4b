// Properties of frame_release: every beat that is to go on goes on, stored and built ones in their
// order, without a pause inside a frame; no queue gets more than it has room for; what a built
// frame replaces is taken away whole.
`default_nettype none

module frame_release_check
  import frame_pkg::*;
  import verdict_pkg::*;
(
    input wire       clk,
    input wire       rst,
    input wire       record_valid,
    input wire       record_condemned,
    input wire       record_stored,
    input wire [1:0] record_beats,
    input wire       verdict_valid,
    input wire [1:0] verdict_mask,
    input wire       verdict_built,
    input wire       beat_valid,
    input wire       beat_bit,
    input wire       built_valid,
    input wire       built_bit,
    input wire       built_last,
    input wire [1:0] popped
);
  localparam int unsigned Outputs = 2;
  localparam int unsigned QueueBeats = 4;

  verdict_t verdict;
  logic record_ready;
  logic verdict_ready;
  logic beat_ready;
  logic built_ready;
  logic out_valid;
  beat_t out_beat;
  logic [Outputs-1:0] out_mask;
  logic generated_valid;

  always_comb begin
    verdict = '0;
    verdict.mask = egress_t'(verdict_mask);
    verdict.build = verdict_built ? BuildAnswer : BuildNone;
  end

  frame_release #(
      .Outputs(Outputs),
      .QueueBeats(QueueBeats),
      .BuiltCopies(1)
  ) u_release (
      .clk,
      .rst,
      .record_valid,
      .record_ready,
      .record_condemned,
      .record_drop(DropRunt),
      .record_stored,
      .record_more({6'd0, record_beats - 2'd1}),
      .record_bytes('0),
      .record_stamp('0),
      .verdict_valid,
      .verdict_ready,
      .verdict,
      .verdict_built,
      .beat_valid,
      .beat_ready,
      .beat_data({448'd0, beat_bit, 63'd0}),
      .beat_empty('0),
      .built_valid,
      .built_ready,
      .built_data({448'd0, built_bit, 63'd0}),
      .built_empty('0),
      .built_last,
      .out_valid,
      .out_beat,
      .out_mask,
      .out_exit(),
      .popped,
      .drop_valid(),
      .drop_reason(),
      .drop_count(),
      .host_full(),
      .copies(),
      .to_member_valid(),
      .to_member(),
      .from_member_valid(),
      .from_member(),
      .generated_valid,
      .bytes()
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) rst == !started);

  // What the queues before it promise: a frame is whole when its record comes, the two beats of a
  // built one follow each other, and it is not longer than what it replaces.
  logic [1:0] stored_left;
  logic built_more;
  logic begins;
  logic replaces;
  assign begins = record_valid && record_ready;
  assign replaces = begins && !record_condemned && verdict_built;

  sizes: assume property (@(posedge clk) record_beats != 0);
  whole: assume property (@(posedge clk) stored_left == 0 || beat_valid);
  pairs: assume property (@(posedge clk) !built_more || (built_valid && built_last));
  not_longer: assume property (@(posedge clk)
                               !verdict_built || built_last || built_more || !record_stored
                               || record_beats != 1);
  alone: assume property (@(posedge clk)
                          record_stored || (!record_condemned && verdict_built));

  always_ff @(posedge clk) begin
    if (begins && record_stored) stored_left <= record_beats - 2'd1;
    else if (stored_left != 0) stored_left <= stored_left - 2'd1;
    built_more <= built_valid && built_ready && !built_last;
    if (rst) begin
      stored_left <= '0;
      built_more <= 1'b0;
    end
  end

  // Each queue's beats.
  logic [Outputs-1:0][2:0] queued;
  for (genvar o = 0; o < Outputs; o++) begin : gen_output
    always_ff @(posedge clk) begin
      queued[o] <= queued[o] + 3'(out_valid && out_mask[o]) - 3'(popped[o]);
      if (rst) queued[o] <= '0;
    end
    not_empty: assume property (@(posedge clk) !popped[o] || (queued[o] != 0 && !rst));
    room: assert property (@(posedge clk) disable iff (rst) queued[o] <= QueueBeats);
  end

  // The beat that went on a clock ago, if its frame was taken by any queue.
  logic took_stored;
  logic took_built;
  logic expected_bit;
  logic open_frame;
  logic replaced;
  logic first;

  always_ff @(posedge clk) begin
    took_stored <= beat_valid && beat_ready && !rst;
    took_built <= built_valid && built_ready && !rst;
    expected_bit <= built_valid && built_ready ? built_bit : beat_bit;
    first <= begins && !rst;
    // The rest of a frame that something is built for is not seen.
    if (begins) replaced <= replaces;
    if (rst) replaced <= 1'b0;
    open_frame <= !rst && out_valid && !out_beat.last;
  end

  only_taken: assert property (@(posedge clk) disable iff (rst)
                               !out_valid || (took_built || (took_stored && !replaced)));
  same: assert property (@(posedge clk) disable iff (rst)
                         !out_valid || out_beat.data[63] == expected_bit);
  no_pause: assert property (@(posedge clk) disable iff (rst) !open_frame || (out_valid && !first));
  none_lost: assert property (@(posedge clk) disable iff (rst)
                              !(took_built && !first) || out_valid || out_mask == 0);
  whole_frame: assert property (@(posedge clk) disable iff (rst)
                                !(took_stored && !first && !replaced) || out_valid
                                || out_mask == 0);
  begun: assert property (@(posedge clk) disable iff (rst) !out_valid || first || open_frame);
  taken_away: assert property (@(posedge clk) disable iff (rst)
                               stored_left == 0 || (beat_ready && !record_ready));
  built_last_ends: assert property (@(posedge clk) disable iff (rst)
                                    !(out_valid && took_built) || out_beat.last == !built_more);
  verdict_used: assert property (@(posedge clk) disable iff (rst)
                                 verdict_ready == (record_ready && !record_condemned));
  built_used: assert property (@(posedge clk) disable iff (rst)
                               !built_ready || built_valid);
  generated: assert property (@(posedge clk) disable iff (rst)
                              !generated_valid || (out_valid && took_built));

  answered: cover property (@(posedge clk) !rst && generated_valid && out_mask == 2'b11
                            && !out_beat.last && stored_left == 2);
  full: cover property (@(posedge clk) !rst && first && !out_valid && took_built
                        && queued[0] == QueueBeats);
endmodule

`default_nettype wire
