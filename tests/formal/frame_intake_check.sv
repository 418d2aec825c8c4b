// Properties of frame_intake, whatever comes from the MAC and whenever resets come and links fall:
// a good frame is all of a frame that the MAC sent, and nothing else; a frame that meets neither
// reset nor a fall of its link is taken; as many beats go on as are told at the frame's end.
`default_nettype none

module frame_intake_check
  import frame_pkg::*;
(
    input wire       clk,
    input wire       rst,
    input wire       link_up,
    input wire       rx_valid,
    input wire       rx_last,
    input wire       rx_err,
    input wire [5:0] rx_empty
);
  logic beat_valid;
  logic done_valid;
  drop_e done_drop;
  logic [7:0] done_beats;
  logic [15:0] done_bytes;

  frame_intake #(
      .HasWindow(1'b0)
  ) u_intake (
      .clk,
      .rst,
      .clock_count('0),
      .link_up,
      .rx_valid,
      .rx_data('0),
      .rx_empty,
      .rx_last,
      .rx_err,
      .beat_valid,
      .beat_data(),
      .beat_empty(),
      .done_valid,
      .done_drop,
      .done_beats,
      .done_bytes,
      .done_stamp(),
      .window(),
      .window_tag0(),
      .window_tag1()
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) started || rst);

  // The MAC's frame: whether it is in one, how many beats of it were sent, whether one of them
  // met a reset, and whether the link fell since its first.
  logic in_frame = 1'b0;
  logic [9:0] sent;
  logic [9:0] sent_now;
  logic reset_met;
  logic reset_now;
  logic link_q;
  logic fell_met;
  logic fell_now;

  assign sent_now = !in_frame ? 10'd1 : (&sent ? sent : sent + 10'd1);
  assign reset_now = rst || (in_frame && reset_met);
  assign fell_now = (link_q && !link_up) || (in_frame && fell_met);

  always_ff @(posedge clk) begin
    link_q <= link_up;
    if (rx_valid) begin
      in_frame <= !rx_last;
      sent <= sent_now;
    end
    reset_met <= reset_now;
    fell_met <= fell_now;
  end

  // What went on since the last end that was told.
  logic [7:0] handed = 8'd0;
  logic [7:0] handed_now;
  logic ended;      // the frame that was sent last
  logic ended_good;
  logic ended_long;
  logic ended_untouched;
  logic [9:0] ended_sent;

  assign handed_now = (done_valid ? 8'd0 : handed) + 8'(beat_valid);

  always_ff @(posedge clk) begin
    handed <= rst ? 8'd0 : handed_now;
    ended <= rx_valid && rx_last && !rst;
    ended_good <= !rx_err && (in_frame || rx_empty <= 6'(64 - MinBytes));
    ended_long <= sent_now > 10'(MaxBeats);
    ended_untouched <= !reset_now && !fell_now;
    ended_sent <= sent_now;
  end

  logic good;
  assign good = done_valid && done_drop == DropNone;

  always_ff @(posedge clk) begin
    if (started && !rst) begin
      as_many_as_told: assert (!done_valid || done_beats == handed);
      good_is_whole: assert (!good || (ended && ended_good && !ended_long &&
                                       ended_sent == 10'(handed)));
      untouched_is_taken: assert (!(ended && ended_untouched) || done_valid);
      untouched_is_judged: assert (!(ended && ended_untouched) ||
                                   (done_drop == DropNone) == (ended_good && !ended_long));
    end
  end

  covered_good: cover property (@(posedge clk) good && done_beats == 8'd3);
  covered_cut: cover property (@(posedge clk) started && !rst && done_valid && !ended &&
                                              done_drop == DropBadFrame);
  covered_skipped: cover property (@(posedge clk) ended && !done_valid && ended_good);
endmodule

`default_nettype wire
