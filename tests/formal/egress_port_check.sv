// Properties of egress_port with two ingresses, over its first 13 clocks with any traffic: out come
// whole frames, in order, without a pause, and each beat's credit comes back once.
`default_nettype none

module egress_port_check (
    input wire       clk,
    input wire       rst,
    input wire       link_up,
    input wire [1:0] in_valid,
    input wire [1:0] in_last,
    input wire       out_ready
);
  localparam int unsigned Inputs = 2;
  localparam int unsigned QueueBeats = 4;

  // Beats are numbered, by input.
  typedef struct packed {
    logic [3:0] number;
    logic [5:0] empty;
    logic       last;
  } beat_t;

  beat_t [Inputs-1:0] in_beat;
  logic [Inputs-1:0] popped;
  logic out_valid;
  beat_t out_beat;
  logic [3:0] out_source;
  logic sent_valid;
  logic [15:0] sent_bytes;
  logic [3:0] sent_source;
  logic discarded;
  logic [3:0] discarded_source;

  egress_port #(
      .Beat(beat_t),
      .Inputs(Inputs),
      .QueueBeats(QueueBeats)
  ) u_egress (
      .*
  );

  logic started = 1'b0;
  // Constant, and chosen by the solver: the link never goes down.
  logic always_up;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    always_up <= always_up;
  end
  first_clock_resets: assume property (@(posedge clk) rst == !started);
  link: assume property (@(posedge clk) !always_up || link_up);

  logic [Inputs-1:0][2:0] credits;
  logic [Inputs-1:0][3:0] number;
  logic [Inputs-1:0] in_frame;

  for (genvar i = 0; i < Inputs; i++) begin : gen_input
    assign in_beat[i] = '{number: number[i], empty: '0, last: in_last[i]};

    always_ff @(posedge clk) begin
      credits[i] <= credits[i] + 3'(popped[i]) - 3'(in_valid[i]);
      number[i] <= number[i] + 4'(in_valid[i]);
      if (in_valid[i]) in_frame[i] <= !in_last[i];
      if (rst) begin
        credits[i] <= 3'(QueueBeats);
        number[i] <= '0;
        in_frame[i] <= 1'b0;
      end
    end

    has_credit: assume property (@(posedge clk) !in_valid[i] || (credits[i] != 0 && !rst));
    no_gap: assume property (@(posedge clk) rst || !in_frame[i] || in_valid[i]);
    credit: assert property (@(posedge clk) disable iff (rst)
                             credits[i] <= QueueBeats && !(credits[i] == QueueBeats && popped[i]));
  end

  // What came out last: the frame that has begun, and the number that each input goes on with.
  logic out_frame;
  logic source;
  logic [Inputs-1:0][3:0] expected;
  logic [3:1] alone;

  assign source = out_source[0];

  logic began_as;

  always_ff @(posedge clk) begin
    if (out_valid && out_ready) begin
      out_frame <= !out_beat.last;
      began_as <= source;
      expected[source] <= out_beat.number + 1'b1;
    end
    alone <= {alone[2:1], in_valid != 0 && number == '0};
    if (rst) begin
      out_frame <= 1'b0;
      expected <= '0;
      alone <= '0;
    end
  end

  source_exists: assert property (@(posedge clk) disable iff (rst)
                                  !out_valid || out_source < Inputs);
  no_pause: assert property (@(posedge clk) disable iff (rst) !out_frame || out_valid);
  one_frame: assert property (@(posedge clk) disable iff (rst) !out_frame || source == began_as);
  order: assert property (@(posedge clk) disable iff (rst)
                          !out_valid || !(out_frame || always_up)
                          || out_beat.number == expected[source]);
  nothing_thrown: assert property (@(posedge clk) disable iff (rst) !always_up || !discarded);
  // The first beat of all finds an idle egress: visible 4 clocks later, not before.
  latency: assert property (@(posedge clk) disable iff (rst) alone == 0 || !out_valid);
  first_out: assert property (@(posedge clk) disable iff (rst)
                              !always_up || !$past(alone[3]) || $past(rst) || out_valid
                              || expected != '0);
  sent: assert property (@(posedge clk) disable iff (rst) !sent_valid || sent_source < Inputs);
  size: assert property (@(posedge clk) disable iff (rst)
                         !sent_valid || (sent_bytes[5:0] == 0 && sent_bytes != 0));
  two_frames: cover property (@(posedge clk) !rst && out_frame
                             && expected[0] > 2 && expected[1] > 2);
  thrown: cover property (@(posedge clk) !rst && discarded && discarded_source == 1);
endmodule

`default_nettype wire
