`default_nettype none

// Starts and stops one direction's rings (docs/src/card/rings.md, section 3).
//
// From the start on `descriptors`, `completions` and `size` are those of the run, checked. Stages:
// `hold`, nothing is under way and the parts of the ring stand in reset; `run`; then, after a stop
// or an error, neither until `drained` says that the bus has answered everything; then `flush`
// until `flushed` says that nothing waits to be counted; then `hold` again. An error, or a stop,
// lasts until `enable` has been low: a ring that finds it high again starts when it has drained.
// `gone`: the bus answers no more. That is an error too, and nothing is waited for; until it has
// fallen no run begins.
module ring_control
  import host_pkg::*;
(
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic        stop,
  input  wire logic        setup_enable,
  input  wire logic [63:0] setup_descriptors,
  input  wire logic [63:0] setup_completions,
  input  wire logic [3:0]  setup_size,
  output ring_state_t      state,
  output logic             hold,
  output logic             run,
  output logic             flush,
  output line_t            descriptors,
  output line_t            completions,
  output logic [3:0]       size,
  input  wire logic        gone,
  input  wire logic        bad_doorbell,
  input  wire logic        bad_descriptor,  // it could not be read
  input  wire logic        written_valid,   // a completion was answered
  input  wire logic        written_error,
  input  wire logic        drained,
  input  wire logic        flushed
);

  typedef enum logic [2:0] {Idle, Measure, Inspect, Judge, Run, Drain, Flush} stage_e;

  // The ring ends behind 2^64: none has more than 64 KiB.
  function automatic logic passes(input line_t base, input logic [10:0] length);
    return &base[57:10] && {1'b0, base[9:0]} + length > 11'd1024;
  endfunction

  stage_e      stage_q;
  ring_error_e error_q;
  logic        fresh_q;        // `enable` was low since the last start
  logic [15:0] completed_q;
  logic [63:0] descriptors_q, completions_q;
  logic [3:0]  size_q;
  logic        size_bad_q, base_bad_q;
  logic        enable, fails;
  logic [10:0] lines_q;

  assign enable = setup_enable && !stop;
  assign fails = gone || bad_doorbell || bad_descriptor || (written_valid && written_error);

  always_ff @(posedge clk) begin
    if (!enable) fresh_q <= 1'b1;
    else if (stage_q == Idle) fresh_q <= 1'b0;
    lines_q <= 11'd1 << (size_q - 4'd2);
    size_bad_q <= size_q < 4'd2 || size_q > 4'(RingSizeMost);
    base_bad_q <= descriptors_q[5:0] != '0 || completions_q[5:0] != '0 ||
                  passes(descriptors, lines_q) || passes(completions, lines_q);
    if (written_valid && !written_error && stage_q != Idle) completed_q <= completed_q + 16'd1;
    unique case (stage_q)
      Idle: if (enable && fresh_q && gone) begin
        error_q <= RingBus;
      end else if (enable && fresh_q) begin
        stage_q <= Measure;
        completed_q <= '0;
        descriptors_q <= setup_descriptors;
        completions_q <= setup_completions;
        size_q <= setup_size;
      end
      Measure: stage_q <= Inspect;
      Inspect: stage_q <= Judge;
      Judge: if (size_bad_q || base_bad_q) begin
        stage_q <= Idle;
        error_q <= RingSetup;
      end else if (gone) begin
        stage_q <= Idle;
        error_q <= RingBus;
      end else begin
        stage_q <= Run;
      end
      Run: if (!enable) begin
        stage_q <= Drain;
      end else if (fails) begin
        stage_q <= Drain;
        if (gone) error_q <= RingBus;
        else if (written_valid && written_error) error_q <= RingCompletion;
        else if (bad_descriptor) error_q <= RingDescriptor;
        else error_q <= RingDoorbell;
      end
      Drain: if (drained || gone) stage_q <= Flush;
      default: if (flushed) stage_q <= Idle;
    endcase
    if (!enable) error_q <= RingGood;
    if (rst) begin
      stage_q <= Idle;
      error_q <= RingGood;
      fresh_q <= 1'b1;
      completed_q <= '0;
    end
  end

  // Registers, for they reach far. `run` is high from the second clock of its stage to the last.
  always_ff @(posedge clk) begin
    hold <= rst || (stage_q != Run && stage_q != Drain && stage_q != Flush);
    run <= !rst && stage_q == Run && enable && !fails;
  end

  assign flush = stage_q == Flush;
  assign descriptors = descriptors_q[63:6];
  assign completions = completions_q[63:6];
  assign size = size_q;
  assign state = '{running: stage_q == Run, busy: stage_q == Drain || stage_q == Flush,
                   error: error_q, completed: completed_q};

endmodule

`default_nettype wire
