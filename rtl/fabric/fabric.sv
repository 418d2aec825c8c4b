`default_nettype none

// Crossbar with a queue for each (ingress, egress) pair: a blocked egress delays no frame to
// another.
//
// In: a beat goes to every egress of its `in_mask` in the clock of `in_valid`, there is no ready.
// The beats of a frame come in consecutive clocks. The sender starts with QueueBeats credits for
// each pair, spends one a beat, and gets it back by `popped`.
// Out: valid/ready, cut-through; `out_valid` stays from a frame's first beat to its last.
// Latency 4 clocks from `in_valid` to `out_valid` when idle; one beat a clock on every output.
// A frame whose first beat's turn comes with `link_up` low is thrown away: one pulse of `discarded`.
// So are those that wait at the output: `out_valid` begins no frame from 2 clocks after `link_up`
// fell on.
// `in_exit` says how the frame leaves by each output, valid with its beats and constant over it:
// once, or once for each of the output's logical ports in the beats' `copies`, one pass after the
// other, with that logical port's VLAN. One pulse of `copied` for each pass but the first.
// `logical_write` writes the table of logical ports, one a clock; it acts 4 clocks later.
// `sent_*`: one pulse 2 clocks after a copy's last beat was handed over.
module fabric
  import frame_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Inputs = 9,
  parameter int unsigned Outputs = 9,
  parameter int unsigned QueueBeats = 512,
  // Pairs that have a queue, for example all but (host, host); `in_mask` names no other.
  parameter logic [Inputs-1:0][Outputs-1:0] Present = '1
) (
  input  wire logic                            clk,
  input  wire logic                            rst,
  input  wire logic [Inputs-1:0]               in_valid,
  input  wire beat_t                           in_beat [Inputs],
  input  wire logic [Inputs-1:0][Outputs-1:0]  in_mask,
  input  wire exit_t [Inputs-1:0][Outputs-1:0] in_exit,
  input  wire logical_write_t                  logical_write,
  output logic [Inputs-1:0][Outputs-1:0]       popped,
  input  wire logic [Outputs-1:0]              link_up,
  output logic [Outputs-1:0]                   out_valid,
  input  wire logic [Outputs-1:0]              out_ready,
  output beat_t                                out_beat [Outputs],
  output logic [Outputs-1:0][3:0]              out_source,
  output logic [Outputs-1:0]                   sent_valid,
  output logic [Outputs-1:0][15:0]             sent_bytes,
  output logic [Outputs-1:0][3:0]              sent_source,
  output logic [Outputs-1:0]                   discarded,
  output logic [Outputs-1:0][3:0]              discarded_source,
  output logic [Outputs-1:0]                   copied,
  output logic [Outputs-1:0][3:0]              copied_source
);
  function automatic logic [Outputs-1:0][Inputs-1:0] present_by_output();
    for (int unsigned o = 0; o < Outputs; o++) begin
      for (int unsigned i = 0; i < Inputs; i++) present_by_output[o][i] = Present[i][o];
    end
  endfunction

  localparam logic [Outputs-1:0][Inputs-1:0] PresentByOutput = present_by_output();

  for (genvar o = 0; o < Outputs; o++) begin : gen_output
    logic [Inputs-1:0] write;
    logic [Inputs-1:0] popped_here;
    exit_t [Inputs-1:0] exit_here;

    for (genvar i = 0; i < Inputs; i++) begin : gen_input
      assign write[i] = in_valid[i] && in_mask[i][o];
      assign popped[i][o] = popped_here[i];
      assign exit_here[i] = in_exit[i][o];
    end

    egress_port #(
        .Beat(beat_t),
        .Inputs(Inputs),
        .QueueBeats(QueueBeats),
        .Present(PresentByOutput[o])
    ) u_egress (
        .clk,
        .rst,
        .link_up(link_up[o]),
        .in_valid(write),
        .in_beat,
        .in_exit(exit_here),
        .table_write(logical_write.write),
        .table_index(logical_write.index),
        .table_vlan(logical_write.entry.first_vlan),
        .table_own(logical_write.entry.valid && logical_write.entry.port == port_t'(o)),
        .popped(popped_here),
        .out_valid(out_valid[o]),
        .out_ready(out_ready[o]),
        .out_beat(out_beat[o]),
        .out_source(out_source[o]),
        .sent_valid(sent_valid[o]),
        .sent_bytes(sent_bytes[o]),
        .sent_source(sent_source[o]),
        .discarded(discarded[o]),
        .discarded_source(discarded_source[o]),
        .copied(copied[o]),
        .copied_source(copied_source[o])
    );
  end

endmodule

`default_nettype wire
