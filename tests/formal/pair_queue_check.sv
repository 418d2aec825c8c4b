// Properties of pair_queue under credits: order and latency of the read, what is known of the head,
// a frame is thrown away whole and only if the link was down when its first beat was popped.
`default_nettype none

module pair_queue_check (
    input wire       clk,
    input wire       rst,
    input wire       link_up,
    input wire       write,
    input wire       in_last,
    input wire [1:0] in_data,
    input wire       pop_wish,
    input wire       mark
);
  localparam int unsigned QueueBeats = 3;

  typedef struct packed {
    logic [1:0] data;
    logic       last;
  } beat_t;

  beat_t write_beat;
  beat_t read_beat;
  logic head_valid;
  logic head_last;
  logic head_drop;
  logic pop;

  assign write_beat = '{data: in_data, last: in_last};
  assign pop = pop_wish && head_valid;

  pair_queue #(
      .Beat(beat_t),
      .QueueBeats(QueueBeats)
  ) u_queue (
      .*
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) rst == !started);

  logic [1:0] beats;
  logic in_frame;
  logic marked;
  beat_t marked_beat;
  logic [1:0] ahead;
  logic [2:1] leaving;
  // The frame at the head has lost beats by pops, and whether they were thrown away.
  logic begun;
  logic thrown;

  logic arrived;
  assign arrived = marked && ahead == 0 && leaving == 0;

  always_ff @(posedge clk) begin
    beats <= beats + 2'(write) - 2'(pop);
    in_frame <= write ? !in_last : in_frame;
    leaving <= {leaving[1], arrived && pop};
    if (pop) begin
      begun <= !head_last;
      thrown <= head_drop;
    end
    if (!marked && mark && write) begin
      marked <= 1'b1;
      marked_beat <= write_beat;
      ahead <= beats - 2'(pop);
    end else if (marked && pop && ahead != 0) begin
      ahead <= ahead - 1'b1;
    end else if (leaving[2]) begin
      marked <= 1'b0;
    end
    if (rst) begin
      beats <= '0;
      in_frame <= 1'b0;
      marked <= 1'b0;
      leaving <= '0;
      begun <= 1'b0;
    end
  end

  // What the sender promises: a credit for each beat, a frame's beats in consecutive clocks.
  credits: assume property (@(posedge clk) !write || beats < QueueBeats);
  no_gap: assume property (@(posedge clk) rst || !in_frame || write);

  head_known: assert property (@(posedge clk) disable iff (rst) head_valid == (beats != 0));
  whole_frame: assert property (@(posedge clk) disable iff (rst) !begun || head_drop == thrown);
  by_link: assert property (@(posedge clk) disable iff (rst) begun || head_drop == !link_up);
  read: assert property (@(posedge clk) disable iff (rst) !leaving[2] || read_beat == marked_beat);
  full: cover property (@(posedge clk) !rst && beats == QueueBeats && marked && ahead == 2);
  thrown_away: cover property (@(posedge clk) !rst && begun && thrown && link_up);
endmodule

`default_nettype wire
