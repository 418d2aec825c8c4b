`default_nettype none

// One network port's side of the card: a frame comes in, is stored whole, asks the look-up engine
// with one key, and leaves for the fabric with the verdict carried out (Fig. 5F's circuit card).
//
// `rx` never waits. The key of a frame whose last beat came in clock t is at `key` in clock t + 5;
// if the key queue is full the frame is dropped as lookup-overrun. Verdicts must return in the
// order of the keys; `out_valid` of the first beat comes 2 clocks after `verdict_valid` when
// nothing else is in the way. The buffers cannot overflow: a beat leaves at the latest a frame's
// length and the longest wait of a key (QueueKeys keys of each port) after it came.
module line_card
  import flowswitch_pkg::*;
#(
  parameter int unsigned Outputs = 9,
  parameter int unsigned QueueBeats = 512,
  parameter int unsigned QueueKeys = 16
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic [31:0]        clock_count,
  input  wire logic               rx_valid,
  input  wire logic [511:0]       rx_data,
  input  wire logic [5:0]         rx_empty,
  input  wire logic               rx_last,
  input  wire logic               rx_err,
  output logic                    received_valid, // a frame ended; one clock
  output logic [15:0]             received_bytes,
  output logic                    key_pushed,     // a key enters the queue
  output logic                    key_valid,
  input  wire logic               key_ready,
  output key_t                    key,
  input  wire logic               verdict_valid,
  input  wire verdict_t           verdict,
  output logic                    out_valid,
  output beat_t                   out_beat,
  output logic [Outputs-1:0]      out_mask,
  input  wire logic [Outputs-1:0] popped,
  output logic                    drop_valid,
  output logic [4:0]              drop_reason,
  output logic [3:0]              drop_count,
  output logic                    host_full,
  output logic [3:0]              copies,
  output logic                    to_member_valid,
  output member_t                 to_member,
  output logic                    from_member_valid,
  output member_t                 from_member,
  output logic [15:0]             bytes
);

  localparam int unsigned BufferBeats = 512;
  localparam int unsigned ParserLatency = 3;
  localparam int unsigned TagCopies = 8;
  // Verdicts wait while the longest frame leaves, and those of the keys that were queued then.
  localparam int unsigned VerdictDepth = 256;

  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
  } stored_t;

  typedef struct packed {
    drop_e       drop;
    logic [7:0]  beats;
    logic [15:0] bytes;
    logic [31:0] stamp;
  } record_t;

  // ---------------------------------------------------------------------------------------- intake
  logic          beat_in_valid;
  stored_t       beat_in;
  logic          beat_in_ready;
  logic          done_valid;
  record_t       done;
  logic [1023:0] window;
  logic [TagCopies-1:0] tag0, tag1;

  frame_intake #(.TagCopies(TagCopies)) u_intake (
    .clk, .rst, .clock_count, .rx_valid, .rx_data, .rx_empty, .rx_last, .rx_err,
    .beat_valid(beat_in_valid), .beat_data(beat_in.data), .beat_empty(beat_in.empty),
    .done_valid, .done_drop(done.drop), .done_beats(done.beats), .done_bytes(done.bytes),
    .done_stamp(done.stamp), .window, .window_tag0(tag0), .window_tag1(tag1)
  );

  assign received_valid = done_valid;
  assign received_bytes = done.bytes;

  logic    beat_valid, beat_ready;
  stored_t stored;

  fifo_ram #(.Data(stored_t), .Depth(BufferBeats)) u_buffer (
    .clk, .rst, .in_valid(beat_in_valid), .in_ready(beat_in_ready), .in_data(beat_in),
    .out_valid(beat_valid), .out_ready(beat_ready), .out_data(stored), .count()
  );

  a_buffer: assert property (@(posedge clk) disable iff (rst) !beat_in_valid || beat_in_ready);

  // -------------------------------------------------------------------------------- key and record
  logic parsed_valid;
  key_t parsed;

  header_parser #(.TagCopies(TagCopies)) u_parser (
    .clk, .rst, .start(done_valid), .window, .tag0, .tag1, .bytes(done.bytes),
    .stamp(done.stamp), .key_valid(parsed_valid), .key(parsed)
  );

  record_t record_delay_q [ParserLatency];
  always_ff @(posedge clk) begin
    record_delay_q[0] <= done;
    for (int i = 1; i < int'(ParserLatency); i++) record_delay_q[i] <= record_delay_q[i-1];
  end

  logic    key_in_valid, key_in_ready;
  record_t record_in;
  logic    record_in_ready;

  always_comb begin
    record_in = record_delay_q[ParserLatency-1];
    key_in_valid = parsed_valid && record_in.drop == DropNone;
    if (key_in_valid && !key_in_ready) record_in.drop = DropLookupOverrun;
  end

  assign key_pushed = key_in_valid && key_in_ready;

  fifo_fwft #(.Data(key_t), .Depth(QueueKeys)) u_keys (
    .clk, .rst, .in_valid(key_in_valid), .in_ready(key_in_ready), .in_data(parsed),
    .out_valid(key_valid), .out_ready(key_ready), .out_data(key), .count()
  );

  logic    record_valid, record_ready;
  record_t record;

  fifo_ram #(.Data(record_t), .Depth(BufferBeats)) u_records (
    .clk, .rst, .in_valid(parsed_valid), .in_ready(record_in_ready), .in_data(record_in),
    .out_valid(record_valid), .out_ready(record_ready), .out_data(record), .count()
  );

  a_records: assert property (@(posedge clk) disable iff (rst) !parsed_valid || record_in_ready);

  // --------------------------------------------------------------------------------------- release
  logic     held_valid, held_ready, verdict_in_ready;
  verdict_t held;

  fifo_fwft #(.Data(verdict_t), .Depth(VerdictDepth)) u_verdicts (
    .clk, .rst, .in_valid(verdict_valid), .in_ready(verdict_in_ready), .in_data(verdict),
    .out_valid(held_valid), .out_ready(held_ready), .out_data(held), .count()
  );

  a_verdicts: assert property (@(posedge clk) disable iff (rst) !verdict_valid || verdict_in_ready);

  frame_release #(.Outputs(Outputs), .QueueBeats(QueueBeats)) u_release (
    .clk, .rst, .record_valid, .record_ready, .record_drop(record.drop),
    .record_beats(record.beats), .record_bytes(record.bytes), .record_stamp(record.stamp),
    .verdict_valid(held_valid), .verdict_ready(held_ready), .verdict(held),
    .beat_valid, .beat_ready, .beat_data(stored.data), .beat_empty(stored.empty),
    .out_valid, .out_beat, .out_mask, .popped, .drop_valid, .drop_reason, .drop_count, .host_full,
    .copies,
    .to_member_valid, .to_member, .from_member_valid, .from_member, .bytes
  );

endmodule

`default_nettype wire
