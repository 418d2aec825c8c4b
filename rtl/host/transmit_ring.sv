`default_nettype none

// Host to card: the frames of posted descriptors, and their completions (docs/src/card/rings.md).
//
// `out` goes to the injector, which always takes; a frame that could not be read in whole ends with
// `out_err`, one that a stop cuts short too. A frame is fetched when its egress queue has room for
// it, in the order of the descriptors. Bus side: `ask` reads descriptors, `fetch` frames, both
// valid/ready; `answer` and `beat` are what comes back, always taken; `written` answers a
// completion.
module transmit_ring
  import frame_pkg::*;
  import host_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic                   stop,
  input  wire logic                   gone,       // the bus answers no more
  input  wire logic [63:0]            time_ns,
  input  wire ring_setup_t            setup,
  output ring_state_t                 state,
  output logic                        sent,
  output logic                        failed,
  output logic                        out_valid,
  output logic [511:0]                out_data,
  output logic [5:0]                  out_empty,
  output logic                        out_last,
  output logic                        out_err,
  output port_t                       out_port,
  input  wire logic [Ports-1:0][15:0] room,
  output logic [Ports-1:0][15:0]      committed,  // .. of it, see transmit_reader
  output logic                        ask_valid,
  input  wire logic                   ask_ready,
  output line_t                       ask_line,
  input  wire logic                   answer_valid,
  input  wire logic [511:0]           answer_data,
  input  wire logic                   answer_error,
  output logic                        fetch_valid,
  input  wire logic                   fetch_ready,
  output burst_t                      fetch,
  input  wire logic                   beat_valid,
  input  wire logic [511:0]           beat_data,
  input  wire logic                   beat_error,
  input  wire logic                   beat_last,  // of its burst
  output logic                        completion_valid,
  input  wire logic                   completion_ready,
  output completion_t                 completion,
  input  wire logic                   written_valid,
  input  wire logic                   written_error
);

  localparam int unsigned BurstsMost = 32;
  localparam int unsigned BurstsW = $clog2(BurstsMost + 1);
  localparam int unsigned FramesUnderWay = 32;
  // The injector shows in `room` what it was given within these clocks.
  localparam int unsigned RoomClocks = 6;

  typedef struct packed {
    logic [7:0] beats;
    logic [5:0] empty;
    port_t      leave;
  } frame_t;

  logic        hold, run, flush, fetch_idle, queue_idle, queue_empty;
  line_t       descriptors, completions;
  logic [3:0]  size;
  logic [15:0] issued;
  logic        bad_doorbell, unreadable;
  logic [BurstsW-1:0] bursts_q;           // begun and not answered in whole
  logic        beat, ends;                // a beat of a frame, its last
  logic  [RoomClocks-1:0] left_valid_q;   // beats given to the injector, newest lowest
  port_t [RoomClocks-1:0] left_port_q;

  ring_control u_control (
    .clk, .rst, .stop, .setup_enable(setup.enable), .setup_descriptors(setup.descriptors),
    .setup_completions(setup.completions), .setup_size(setup.size), .state, .hold, .run, .flush,
    .descriptors, .completions, .size, .gone, .bad_doorbell, .bad_descriptor(unreadable),
    .written_valid, .written_error,
    .drained(fetch_idle && queue_idle && bursts_q == '0), .flushed(queue_empty)
  );

  logic       descriptor_valid, descriptor_ready, descriptor_bad;
  line_t      descriptor_line;
  logic [7:0] descriptor_beats;
  logic [5:0] descriptor_empty;
  port_t      descriptor_port;

  descriptor_fetch #(.Transmit(1'b1)) u_fetch (
    .clk, .rst(hold), .run, .base(descriptors), .size, .tail(setup.tail), .issued,
    .ask_valid, .ask_ready, .ask_line, .answer_valid, .answer_data, .answer_error,
    .out_valid(descriptor_valid), .out_ready(descriptor_ready), .out_bad(descriptor_bad),
    .out_line(descriptor_line), .out_beats(descriptor_beats), .out_empty(descriptor_empty),
    .out_port(descriptor_port), .bad_doorbell, .unreadable, .idle(fetch_idle)
  );

  logic         record_valid, record_ready;
  ring_record_t record;
  logic         frame_in_valid, frame_in_ready, frame_valid;
  frame_t       frame_in, frame;
  logic         reader_valid, reader_ready;

  transmit_reader #(.Ports(Ports)) u_reader (
    .clk, .rst(hold), .run, .room, .left_valid(left_valid_q[RoomClocks-1]),
    .left_port(left_port_q[RoomClocks-1]),
    .descriptor_valid, .descriptor_ready, .descriptor_bad, .descriptor_line, .descriptor_beats,
    .descriptor_empty, .descriptor_port, .record_valid, .record_ready, .record,
    .frame_valid(frame_in_valid), .frame_ready(frame_in_ready), .frame_beats(frame_in.beats),
    .frame_empty(frame_in.empty), .frame_port(frame_in.leave), .ask_valid(reader_valid),
    .ask_ready(reader_ready), .ask(fetch), .committed
  );

  fifo_fwft #(.Data(frame_t), .Depth(FramesUnderWay)) u_frames (
    .clk, .rst(hold), .in_valid(frame_in_valid), .in_ready(frame_in_ready), .in_data(frame_in),
    .out_valid(frame_valid), .out_ready(beat && ends), .out_data(frame), .count()
  );

  logic begin_burst, end_burst;

  assign fetch_valid = reader_valid && bursts_q != BurstsW'(BurstsMost);
  assign reader_ready = fetch_ready && bursts_q != BurstsW'(BurstsMost);
  assign begin_burst = fetch_valid && fetch_ready;
  assign end_burst = beat_valid && beat_last;

  always_ff @(posedge clk) begin
    if (begin_burst != end_burst) bursts_q <= begin_burst ? bursts_q + 1'b1 : bursts_q - 1'b1;
    if (hold) bursts_q <= '0;
  end

  // --------------------------------------------------------------------------------- what comes back
  logic       open_q;                     // the next beat is not a frame's first
  logic [7:0] left_q;                     // beats behind it
  logic       error_q, error;
  logic       answer_q, failed_q;

  // A frame that has begun is ended whatever stops it, the card's reset too: who takes its beats
  // goes by last beats alone.
  logic goes;
  assign goes = run && !rst;

  assign beat = beat_valid && goes;
  assign ends = open_q ? left_q == '0 : frame.beats == 8'd1;
  assign error = beat_error || (open_q && error_q);

  always_ff @(posedge clk) begin
    if (beat) begin
      open_q <= !ends;
      left_q <= open_q ? left_q - 8'd1 : frame.beats - 8'd2;
      error_q <= error;
    end
    out_valid <= beat || (open_q && !goes);
    out_data <= beat_data;
    out_empty <= goes && ends ? frame.empty : '0;
    out_last <= !goes || ends;
    out_err <= !goes || (ends && error);
    if (!(open_q && !goes)) out_port <= frame.leave;
    answer_q <= beat && ends && !rst;
    failed_q <= error;
    if (!goes) open_q <= 1'b0;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!hold) a_frame: assert (!beat || frame_valid);
`endif

  // What the injector was given counts as under way until `room` shows it.
  always_ff @(posedge clk) begin
    left_valid_q <= {left_valid_q[RoomClocks-2:0], out_valid};
    left_port_q <= {left_port_q[RoomClocks-2:0], out_port};
    if (rst) left_valid_q <= '0;
  end

  // ----------------------------------------------------------------------------------- completions
  logic         told_valid;
  ring_status_e told_status;

  completion_queue #(.Transmit(1'b1)) u_completions (
    .clk, .rst(hold), .run, .flush, .base(completions), .size, .time_ns, .record_valid,
    .record_ready, .record, .answer_valid(answer_q), .answer_error(failed_q),
    .out_valid(completion_valid), .out_ready(completion_ready), .out(completion),
    .written(written_valid), .issued, .told_valid, .told_status, .told_lost(),
    .idle(queue_idle), .empty(queue_empty)
  );

  always_ff @(posedge clk) begin
    sent <= answer_q && !failed_q;
    failed <= told_valid && told_status != StatusDone;
  end

endmodule

`default_nettype wire
