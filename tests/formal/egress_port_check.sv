// Properties of egress_port with two ingresses, over its first 16 clocks with any traffic: out come
// whole frames, in order, without a pause, each as often as it has logical ports here and with
// their VLANs, and each beat's credit comes back once. With the link down no frame begins, and what
// is thrown away is told once.
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

  import frame_pkg::exit_t;
  import frame_pkg::logical_t;
  import frame_pkg::logical_set_t;

  // Beats are numbered, by input; bytes 14 and 15 are ones.
  typedef struct packed {
    logic [127:0] data;
    logic [5:0]   empty;
    logic         last;
    logical_set_t copies;
  } beat_t;

  // The logical ports that are written before anything passes, and one that never is.
  localparam logical_t First = 6'd5;
  localparam logical_t Second = 6'd9;
  localparam logical_t Foreign = 6'd33;

  beat_t in_beat[Inputs];
  logic [Inputs-1:0] popped;
  logic out_valid;
  beat_t out_beat;
  logic [3:0] out_source;
  logic sent_valid;
  logic [15:0] sent_bytes;
  logic [3:0] sent_source;
  logic discarded;
  logic [3:0] discarded_source;
  logic copied;
  logic [3:0] copied_source;
  exit_t [Inputs-1:0] in_exit;
  logic table_write;
  logical_t table_index;
  logic [11:0] table_vlan;
  logic table_own;

  egress_port #(
      .Beat(beat_t),
      .Inputs(Inputs),
      .QueueBeats(QueueBeats),
      .Settle(1)
  ) u_egress (
      .*
  );

  logic started = 1'b0;
  logic [4:0] clocks;
  // Constant, and chosen by the solver: the link never goes down.
  logic always_up;
  // So are the way of each input's frames, and the table: `Second` belongs to this egress or not.
  logic [Inputs-1:0] many;
  logic [Inputs-1:0] retag;
  logic [Inputs-1:0] second;
  logic [11:0] first_vlan;
  logic [11:0] second_vlan;
  logic second_own;
  logic [2:0] written;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    always_up <= always_up;
    many <= many;
    retag <= retag;
    second <= second;
    first_vlan <= first_vlan;
    second_vlan <= second_vlan;
    second_own <= second_own;
    if (written != '1) written <= written + 1'b1;
    if (rst) written <= '0;
  end

  assign table_write = !rst && (written == 3'd0 || written == 3'd3);
  assign table_index = written[0] ? Second : First;
  assign table_vlan = written[0] ? second_vlan : first_vlan;
  assign table_own = written[0] ? second_own : 1'b1;
  first_clock_resets: assume property (@(posedge clk) rst == !started);
  // The table is what it is when frames come: of others pass_sequence's proof tells.
  late: assume property (@(posedge clk) rst || clocks >= 5'd12 || in_valid == '0);
  link: assume property (@(posedge clk) !always_up || link_up);

  logic [Inputs-1:0][2:0] credits;
  logic [Inputs-1:0][3:0] number;
  logic [Inputs-1:0] in_frame;

  for (genvar i = 0; i < Inputs; i++) begin : gen_input
    assign in_exit[i] = '{retag: retag[i], many: many[i], logical: First};
    assign in_beat[i] = '{data: {16'hffff, 108'b0, number[i]}, empty: '0, last: in_last[i],
                          copies: logical_set_t'(1) << First | logical_set_t'(second[i]) << Second
                                  | logical_set_t'(1) << Foreign};

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

  // What came out last: the frame that has begun, and the number that each input goes on with, in
  // which pass, and the number of that pass's first beat.
  logic out_frame;
  logic source;
  logic [Inputs-1:0][3:0] expected;
  logic [Inputs-1:0][3:0] frame;
  logic [Inputs-1:0] pass;
  logic [3:0] out_number;
  logic twice;
  logic [15:0] tag;
  logic [3:1] alone;

  assign source = out_source[0];
  assign out_number = out_beat.data[3:0];
  assign twice = many[source] && second[source] && second_own;

  // Bytes 15 and 14 of a first beat with the VLAN in their low 12 bits.
  always_comb begin
    tag = 16'hffff;
    if (!out_frame && retag[source]) begin
      tag[15:8] = pass[source] ? second_vlan[7:0] : first_vlan[7:0];
      tag[3:0] = pass[source] ? second_vlan[11:8] : first_vlan[11:8];
    end
  end

  logic began_as;

  always_ff @(posedge clk) begin
    if (out_valid && out_ready) begin
      out_frame <= !out_beat.last;
      began_as <= source;
      expected[source] <= out_number + 1'b1;
      if (!out_frame) frame[source] <= out_number;
      if (out_beat.last) begin
        pass[source] <= twice && !pass[source];
        if (twice && !pass[source]) expected[source] <= out_frame ? frame[source] : out_number;
      end
    end
    alone <= {alone[2:1], in_valid != 0 && number == '0};
    if (rst) begin
      out_frame <= 1'b0;
      expected <= '0;
      pass <= '0;
      alone <= '0;
    end
  end

  // The first beat of a frame is at the output, and was not in the clock before.
  logic begins;
  logic offered;

  assign begins = out_valid && !out_frame && !offered;

  always_ff @(posedge clk) begin
    offered <= out_valid && !out_ready;
    if (rst) offered <= 1'b0;
  end

  // Frames and further passes of input 1 that are neither sent nor thrown away: what is told of is
  // there, and is told once. Of the first 12 clocks with traffic: sums are dear to prove.
  logic [3:0] due;
  logic comes;
  logic further;
  logic goes;
  logic thrown_one;

  assign comes = in_valid[1] && in_last[1];
  assign further = copied && copied_source == 1;
  assign goes = out_valid && out_ready && out_beat.last && source;
  assign thrown_one = discarded && discarded_source == 1;

  always_ff @(posedge clk) begin
    due <= due + 4'(comes) + 4'(further) - 4'(goes) - 4'(thrown_one);
    if (clocks != '1) clocks <= clocks + 1'b1;
    if (rst) begin
      due <= '0;
      clocks <= 5'd1;
    end
  end

  told_once: assert property (@(posedge clk) disable iff (rst)
                              clocks >= 5'd24 || due >= 4'(goes) + 4'(thrown_one));

  // The first frame of input 0 passed the arbiter when the link had not been down yet.
  logic up_so_far;
  logic passed;

  always_ff @(posedge clk) begin
    up_so_far <= up_so_far && link_up;
    if (popped[0] && !many[0] && up_so_far) passed <= 1'b1;
    if (rst) begin
      up_so_far <= 1'b1;
      passed <= 1'b0;
    end
  end

  no_begin: assert property (@(posedge clk) disable iff (rst) !begins || $past(link_up));
  source_exists: assert property (@(posedge clk) disable iff (rst)
                                  !out_valid || out_source < Inputs);
  no_pause: assert property (@(posedge clk) disable iff (rst) !out_frame || out_valid);
  one_frame: assert property (@(posedge clk) disable iff (rst) !out_frame || source == began_as);
  order: assert property (@(posedge clk) disable iff (rst)
                          !out_valid || !(out_frame || always_up)
                          || out_number == expected[source]);
  vlan: assert property (@(posedge clk) disable iff (rst)
                         !out_valid || !always_up || out_beat.data[127:112] == tag);
  nothing_thrown: assert property (@(posedge clk) disable iff (rst) !always_up || !discarded);
  copies_end: assert property (@(posedge clk) disable iff (rst)
                               !out_valid || out_beat.copies == '0);
  copied_if: assert property (@(posedge clk) disable iff (rst)
                              !copied || (copied_source < Inputs && many[copied_source[0]]
                                          && second[copied_source[0]] && second_own));
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
  second_pass: cover property (@(posedge clk) !rst && always_up && out_frame && pass[source]
                               && retag[source] && expected[!source] != 0);
  thrown_between: cover property (@(posedge clk) !rst && discarded && pass[1]
                                  && discarded_source == 1);
  thrown_at_output: cover property (@(posedge clk) !rst && discarded && discarded_source == 0
                                    && passed && number[0] == 1);
  thrown: cover property (@(posedge clk) !rst && discarded && discarded_source == 1);
endmodule

`default_nettype wire
