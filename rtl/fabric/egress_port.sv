`default_nettype none

// One egress of the fabric: a queue for each ingress, a frame-wise round robin, the output stage.
//
// In: `in_valid` writes a beat into the ingress's queue; no ready, the sender holds a credit for
// each of QueueBeats beats and gets it back by `popped`: one pulse, in the clock after the beat
// left.
// Out: valid/ready; `out_valid` stays from a frame's first beat to its last; everything but the
// output FIFO is independent of `out_ready`. `out_valid` is a register's but for one gate: see below.
// Latency: 4 clocks from `in_valid` to `out_valid` when idle: RAM write, arbitration and RAM read,
// RAM output register, multiplexer and output register. Cut-through. One beat a clock, also for
// single-beat frames from different queues.
// A frame whose first beat's turn comes with the link down is thrown away at a beat a clock, also
// while the output is stalled between frames: one pulse of `discarded` with `discarded_source`. The
// same becomes of frames behind the arbiter whose first beat is not yet at the output: from 2 clocks
// after `link_up` fell on `out_valid` begins no frame; one that it has begun is finished.
// `in_exit` is constant over a frame. With `many` the frame leaves once for `logical` and each of
// this egress's logical ports above it in the beats' `copies`; the passes take turns with the other
// queues, see pair_queue. The frame's last beat left the queue 5 clocks before the first beat of
// the next pass can: one pulse of `copied` with `copied_source`. Passes still to come when the link
// is down go with the one that is thrown away.
// `retag`: the VLAN of the copy's logical port, in the table that `table_*` write, is put into the
// low 12 bits of bytes 14 and 15. If that has become another VLAN since the frame was queued, or
// fewer than Settle clocks before, the copy is thrown away at the output, as with the link down.
// `sent_valid`: a copy's last beat was handed over 2 clocks ago; `sent_bytes` its size.
// `Beat` ends with `copies`; they come out as zero.
module egress_port
  import frame_pkg::*;
#(
  parameter type Beat = beat_t,
  parameter int unsigned Inputs = 9,
  parameter int unsigned QueueBeats = 512,
  // Ingresses that have a queue here; the others never send.
  parameter logic [Inputs-1:0] Present = '1,
  parameter int unsigned Settle = 64
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic               link_up,
  input  wire logic [Inputs-1:0]  in_valid,
  input  wire Beat                in_beat [Inputs],
  input  wire exit_t [Inputs-1:0] in_exit,
  input  wire logic               table_write,
  input  wire logical_t           table_index,
  input  wire logic [11:0]        table_vlan,
  input  wire logic               table_own,  // it is a logical port of this egress
  output logic [Inputs-1:0]       popped,
  output logic                    out_valid,
  input  wire logic               out_ready,
  output Beat                     out_beat,
  output logic [3:0]              out_source,
  output logic                    sent_valid,
  output logic [15:0]             sent_bytes,
  output logic [3:0]              sent_source,
  output logic                    discarded,
  output logic [3:0]              discarded_source,
  output logic                    copied,
  output logic [3:0]              copied_source
);

  localparam int unsigned Width = $bits(Beat);
  // A beat without `copies`.
  localparam int unsigned OutWidth = Width - LogicalPorts;
  localparam int unsigned SliceWidth = 128;
  localparam int unsigned Slices = (Width + SliceWidth - 1) / SliceWidth;
  localparam int unsigned OutputBeats = 16;
  localparam int unsigned CreditWidth = $clog2(OutputBeats + 1);
  // Beats popped but not yet taken off the credits when `allow_q` is computed, and one for now.
  localparam logic [CreditWidth-1:0] Reserve = CreditWidth'(2'd3);

  function automatic logic [3:0] encode(input logic [Inputs-1:0] one_hot);
    encode = '0;
    for (int unsigned i = 0; i < Inputs; i++) if (one_hot[i]) encode |= 4'(i);
  endfunction

  logic link_up_q;
  logic allow_q;
  logic [Inputs-1:0] head_valid;
  logic [Inputs-1:0] head_last;
  logic [Inputs-1:0] head_drop;
  logic [Inputs-1:0] pop;
  logic [Inputs-1:0] left_retag;
  logic [Inputs-1:0] left_ends;
  logical_t [Inputs-1:0] left_logical;
  epoch_t [Inputs-1:0] left_epoch;
  epoch_t epoch;
  logic [Inputs-1:0] again;
  logical_t next_logical;
  logic [Width-1:0] read_word[Inputs];

  always_ff @(posedge clk) link_up_q <= link_up;

  for (genvar i = 0; i < Inputs; i++) begin : gen_queue
    if (Present[i]) begin : gen_present
      pair_queue #(
          .Beat(Beat),
          .QueueBeats(QueueBeats)
      ) u_queue (
          .clk,
          .rst,
          .link_up(link_up_q),
          .write(in_valid[i]),
          .write_beat(in_beat[i]),
          .write_exit(in_exit[i]),
          .write_epoch(epoch),
          .popped(popped[i]),
          .head_valid(head_valid[i]),
          .head_last(head_last[i]),
          .head_drop(head_drop[i]),
          .pop(pop[i]),
          .left_retag(left_retag[i]),
          .left_ends(left_ends[i]),
          .left_logical(left_logical[i]),
          .left_epoch(left_epoch[i]),
          .again(again[i]),
          .next_logical,
          .read_beat(read_word[i])
      );
    end else begin : gen_absent
      assign popped[i] = 1'b0;
      assign head_valid[i] = 1'b0;
      assign head_last[i] = 1'b0;
      assign head_drop[i] = 1'b0;
      assign left_retag[i] = 1'b0;
      assign left_ends[i] = 1'b0;
      assign left_logical[i] = '0;
      assign left_epoch[i] = '0;
      assign read_word[i] = '0;
    end
  end

  frame_arbiter #(
      .Inputs(Inputs)
  ) u_arbiter (
      .clk,
      .rst,
      .request(head_valid),
      .allow(head_drop | {Inputs{allow_q}}),
      .last(head_last),
      .pop
  );

  // The clocks of the RAM's read: what was popped, then what to put out.
  logic [Inputs-1:0] taken_q;
  logic [Inputs-1:0] thrown_q;
  logic taken;
  logic thrown;
  logic [3:0] thrown_source;
  logic valid_q;
  logic [3:0] source_q;
  (* keep = "true", dont_touch = "true" *) logic [Slices-1:0][Inputs-1:0] select_q;

  assign taken = |taken_q;

  always_ff @(posedge clk) begin
    taken_q <= pop & ~head_drop;
    thrown_q <= pop & head_drop & head_last;
    valid_q <= taken;
    thrown <= |thrown_q;
    if (rst) begin
      taken_q <= '0;
      thrown_q <= '0;
      valid_q <= 1'b0;
      thrown <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    source_q <= encode(taken_q);
    for (int unsigned s = 0; s < Slices; s++) select_q[s] <= taken_q;
    thrown_source <= encode(thrown_q);
  end

  // The logical port of the pass that the popped beat belongs to, and the one after it.
  logical_t logical;
  epoch_t queued;
  logic [11:0] vlan;
  logic stale;
  logic retag_q;
  Beat selected_beat;

  always_comb begin
    logical = 'x;
    queued = 'x;
    if (taken) begin
      logical = '0;
      queued = '0;
      for (int unsigned i = 0; i < Inputs; i++) begin
        logical |= left_logical[i] & {6{taken_q[i]}};
        queued |= left_epoch[i] & {6{taken_q[i]}};
      end
    end
  end

  pass_sequence #(
      .Inputs(Inputs),
      .Settle(Settle)
  ) u_passes (
      .clk,
      .rst,
      .table_write,
      .table_index,
      .table_vlan,
      .table_own,
      .logical,
      .ended(taken_q & left_ends),
      .copies(selected_beat.copies),
      .queued,
      .epoch,
      .vlan,
      .stale,
      .again,
      .next_logical
  );

  always_ff @(posedge clk) begin
    retag_q <= |(taken_q & left_retag);
    copied <= |again && !rst;
    copied_source <= encode(again);
  end

  logic [Width-1:0] selected;

  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    localparam int unsigned Low = s * SliceWidth;
    localparam int unsigned Bits = (Width - Low < SliceWidth) ? Width - Low : SliceWidth;

    always_comb begin
      selected[Low+:Bits] = 'x;
      if (valid_q) begin
        selected[Low+:Bits] = '0;
        for (int unsigned i = 0; i < Inputs; i++) begin
          selected[Low+:Bits] |= read_word[i][Low+:Bits] & {Bits{select_q[s][i]}};
        end
      end
    end
  end

  // The beat as it leaves: VLANs are 12 bits, byte 14's low ones highest.
  Beat leaving;

  assign selected_beat = Beat'(selected);

  always_comb begin
    leaving = 'x;
    if (valid_q) begin
      leaving = selected_beat;
      if (retag_q) begin
        leaving.data[8*14+:4] = vlan[11:8];
        leaving.data[8*15+:8] = vlan[7:0];
      end
    end
  end

  logic [OutWidth-1:0] leaving_word;

  assign leaving_word = OutWidth'(leaving >> LogicalPorts);

  // The output FIFO has a place for every beat under way: a beat is popped against a credit.
  logic [OutWidth+4:0] out_word;
  logic output_ready;
  logic [$clog2(OutputBeats + 1)-1:0] output_beats;
  logic [CreditWidth-1:0] credits_q;
  logic stored;
  logic take;
  logic left_q;

  fifo_fwft #(
      .Data(logic [OutWidth+4:0]),
      .Depth(OutputBeats - 1)
  ) u_output (
      .clk,
      .rst,
      .in_valid(valid_q),
      .in_ready(output_ready),
      .in_data({retag_q && stale, source_q, leaving_word}),
      .out_valid(stored),
      .out_ready(take),
      .out_data(out_word),
      .count(output_beats)
  );

  assign out_source = out_word[OutWidth+:4];
  assign out_beat = Beat'({out_word[OutWidth-1:0], {LogicalPorts{1'b0}}});

  // The frame at the output: `out_valid` has shown it; it is being thrown away. Its end waits for a
  // clock in which none ends that the arbiter threw away.
  logic shown_q;
  logic throwing_q;
  logic begins;
  logic throws;
  logic thrown_here;

  // Of a frame's first beat: it may leave.
  assign begins = link_up_q && !out_word[OutWidth+4];
  assign out_valid = stored && !throwing_q && (shown_q || begins);
  assign throws = stored && (throwing_q || !(shown_q || begins));
  assign thrown_here = throws && out_beat.last && !thrown;
  assign take = throws ? !(out_beat.last && thrown) : out_ready;

  always_ff @(posedge clk) begin
    if (out_valid) shown_q <= !(out_ready && out_beat.last);
    if (stored) throwing_q <= throws && !thrown_here;
    left_q <= stored && take;
    discarded <= thrown || thrown_here;
    discarded_source <= thrown ? thrown_source : out_source;
    if (rst) begin
      shown_q <= 1'b0;
      throwing_q <= 1'b0;
      left_q <= 1'b0;
      discarded <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (taken != left_q) credits_q <= taken ? credits_q - 1'b1 : credits_q + 1'b1;
    allow_q <= credits_q >= Reserve;
    if (rst) begin
      credits_q <= CreditWidth'(OutputBeats);
      allow_q <= 1'b0;
    end
  end

  egress_meter u_meter (
      .clk,
      .rst,
      .beat_valid(out_valid && out_ready),
      .beat_last(out_beat.last),
      .beat_empty(out_beat.empty),
      .source(out_source),
      .sent_valid,
      .sent_bytes,
      .sent_source
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) output_overflow: assert (!valid_q || output_ready);
  always_ff @(posedge clk)
    if (!rst) output_account: assert (output_beats <= CreditWidth'(OutputBeats) - credits_q);
  always_ff @(posedge clk) if (!rst) one_pop: assert ($onehot0(pop));
  always_ff @(posedge clk) if (!rst) no_gap: assert (!(shown_q || throwing_q) || stored);
  always_ff @(posedge clk) if (!rst) no_queue: assert ((in_valid & ~Present) == '0);
`endif

endmodule

`default_nettype wire
