`default_nettype none

// Card to host: frames into the buffers of posted descriptors, and their completions
// (docs/src/card/rings.md).
//
// `in`: see receive_cutter. Bus side: `ask` reads descriptors; `burst` is valid/ready, taken when
// the bus begins it; its beats are then at `data` in consecutive clocks, valid/ready. A burst is
// answered by `stored`, a completion by `written`, both in their order.
module receive_ring
  import host_pkg::*;
(
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         stop,
  input  wire logic         gone,    // the bus answers no more
  input  wire logic [63:0]  time_ns,
  input  wire logic [31:0]  clock_count,
  input  wire ring_setup_t  setup,
  output ring_state_t       state,
  output logic              delivered,
  output logic              off,
  output logic              lost,
  output logic              truncated,
  output logic              refused,
  input  wire logic         in_valid,
  output logic              in_ready,
  input  wire punt_t        in_beat,
  output logic              ask_valid,
  input  wire logic         ask_ready,
  output line_t             ask_line,
  input  wire logic         answer_valid,
  input  wire logic [511:0] answer_data,
  input  wire logic         answer_error,
  output logic              burst_valid,
  input  wire logic         burst_ready,
  output burst_t            burst,
  output logic              data_valid,
  input  wire logic         data_ready,
  output logic [511:0]      data,
  output logic [5:0]        data_empty,
  output logic              voided,  // nothing is given any more, also of what was begun
  input  wire logic         stored_valid,
  input  wire logic         stored_error,
  output logic              completion_valid,
  input  wire logic         completion_ready,
  output completion_t       completion,
  input  wire logic         written_valid,
  input  wire logic         written_error
);

  // Bursts that the bus has begun and not answered: one more than this.
  localparam int unsigned BurstsBegun = 31;
  localparam int unsigned BurstsWaiting = 31;
  localparam int unsigned DataBeats = 32;

  typedef struct packed {
    burst_t burst;
    logic   final_one;
  } waiting_t;

  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
  } stored_t;

  logic        hold, run, flush, fetch_idle, queue_idle, queue_empty;
  line_t       descriptors, completions;
  logic [3:0]  size;
  logic [15:0] issued;
  logic        bad_doorbell, unreadable;
  logic        begun_in_ready, begun_valid, begun_final;
  logic        record_valid, record_ready;

  ring_control u_control (
    .clk, .rst, .stop, .setup_enable(setup.enable), .setup_descriptors(setup.descriptors),
    .setup_completions(setup.completions), .setup_size(setup.size), .state, .hold, .run, .flush,
    .descriptors, .completions, .size, .gone, .bad_doorbell, .bad_descriptor(unreadable),
    .written_valid, .written_error,
    .drained(fetch_idle && queue_idle && !begun_valid), .flushed(queue_empty && !record_valid)
  );

  logic       descriptor_valid, descriptor_ready, descriptor_bad;
  line_t      descriptor_line;
  logic [7:0] descriptor_beats;

  descriptor_fetch #(.Transmit(1'b0)) u_fetch (
    .clk, .rst(hold), .run, .base(descriptors), .size, .tail(setup.tail), .issued,
    .ask_valid, .ask_ready, .ask_line, .answer_valid, .answer_data, .answer_error,
    .out_valid(descriptor_valid), .out_ready(descriptor_ready), .out_bad(descriptor_bad),
    .out_line(descriptor_line), .out_beats(descriptor_beats), .out_empty(), .out_port(),
    .bad_doorbell, .unreadable, .idle(fetch_idle)
  );

  // A register of readiness between the fabric and the ring.
  logic  beat_valid, beat_ready;
  punt_t beat;

  fifo_fwft #(.Data(punt_t), .Depth(7)) u_in (
    .clk, .rst, .in_valid, .in_ready, .in_data(in_beat), .out_valid(beat_valid),
    .out_ready(beat_ready), .out_data(beat), .count()
  );

  logic         cut_data_valid, cut_data_ready, cut_valid, cut_ready, cut;
  stored_t      cut_data;
  waiting_t     cut_burst;
  ring_record_t record;

  receive_cutter u_cutter (
    .clk, .rst, .run, .time_ns, .clock_count, .beat_valid, .beat_ready, .beat,
    .descriptor_valid, .descriptor_ready, .descriptor_bad, .descriptor_line, .descriptor_beats,
    .data_valid(cut_data_valid), .data_ready(cut_data_ready), .data(cut_data.data),
    .data_empty(cut_data.empty), .burst_valid(cut_valid), .burst_ready(cut_ready),
    .burst(cut_burst.burst), .burst_final(cut_burst.final_one), .record_valid, .record_ready,
    .record, .off, .cut
  );

  // ---------------------------------------------------------------------------------------- bursts
  stored_t  stored;
  waiting_t waiting;
  logic     waiting_valid, begin_burst;
  logic     error_q;

  fifo_fwft #(.Data(stored_t), .Depth(DataBeats)) u_data (
    .clk, .rst(hold), .in_valid(cut_data_valid), .in_ready(cut_data_ready), .in_data(cut_data),
    .out_valid(data_valid), .out_ready(data_ready), .out_data(stored), .count()
  );

  assign data = stored.data;
  assign data_empty = stored.empty;
  assign voided = hold;

  fifo_fwft #(.Data(waiting_t), .Depth(BurstsWaiting)) u_waiting (
    .clk, .rst(hold), .in_valid(cut_valid), .in_ready(cut_ready), .in_data(cut_burst),
    .out_valid(waiting_valid), .out_ready(begin_burst), .out_data(waiting), .count()
  );

  assign burst = waiting.burst;
  assign burst_valid = waiting_valid && run && begun_in_ready;
  assign begin_burst = burst_valid && burst_ready;

  fifo_fwft #(.Data(logic), .Depth(BurstsBegun)) u_begun (
    .clk, .rst(hold), .in_valid(begin_burst), .in_ready(begun_in_ready),
    .in_data(waiting.final_one), .out_valid(begun_valid), .out_ready(stored_valid),
    .out_data(begun_final), .count()
  );

  always_ff @(posedge clk) begin
    if (stored_valid) error_q <= !begun_final && (error_q || stored_error);
    if (hold) error_q <= 1'b0;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!hold) a_begun: assert (!stored_valid || begun_valid);
  always_ff @(posedge clk) if (!hold) a_burst_whole: assert (!waiting_valid || data_valid);
`endif

  // ----------------------------------------------------------------------------------- completions
  logic         told_valid, told_lost;
  ring_status_e told_status;

  completion_queue #(.Transmit(1'b0)) u_completions (
    .clk, .rst(hold), .run, .flush, .base(completions), .size, .time_ns, .record_valid,
    .record_ready, .record, .answer_valid(stored_valid && begun_final),
    .answer_error(error_q || stored_error), .out_valid(completion_valid),
    .out_ready(completion_ready), .out(completion), .written(written_valid), .issued, .told_valid,
    .told_status, .told_lost, .idle(queue_idle), .empty(queue_empty)
  );

  always_ff @(posedge clk) begin
    delivered <= told_valid && told_status == StatusDone;
    truncated <= told_valid && told_status == StatusTruncated;
    refused <= told_valid && told_status == StatusRefused;
    lost <= (told_valid && told_status == StatusBus) || told_lost || cut;
  end

endmodule

`default_nettype wire
