`default_nettype none

// One network port's side of the card: a frame comes in, is stored whole, asks the look-up engine
// with one key, and leaves for the fabric with the verdict carried out (Fig. 5F's circuit card). A
// request that is answered leaves as the answer, which is built here.
//
// `rx` never waits. The key of a frame whose last beat came in clock t is at `key` in clock t + 6;
// if the key queue is full the frame is dropped as lookup-overrun. Verdicts must return in the
// order of the keys; `out_valid` of the first beat comes 2 clocks after `verdict_valid` when
// nothing else is in the way, 10 clocks if a built frame takes its place. `check` tells of the whole
// of a neighbour-discovery packet what the key could not; there is one for each of their keys, in
// order, at the latest 3 clocks after the key, until `check_pop`. The buffers cannot overflow: a
// beat leaves at the latest a frame's length and the longest wait of a key (QueueKeys keys of each
// port) after it came.
module line_card
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Outputs = 9,
  parameter int unsigned QueueBeats = 512,
  parameter int unsigned QueueKeys = 16
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic [31:0]        clock_count,
  input  wire logic               link_up,
  input  wire logical_write_t     logical_write,   // valid entries are this network port's
  input  wire logic               rx_valid,
  input  wire logic [511:0]       rx_data,
  input  wire logic [5:0]         rx_empty,
  input  wire logic               rx_last,
  input  wire logic               rx_err,
  output logic                    received_valid,  // a frame ended; one clock
  output logic [15:0]             received_bytes,
  output logic                    key_coming,      // .. in the next clock, if it is not full then
  output logic                    key_pushed,      // a key enters the queue
  output logic                    key_valid,
  input  wire logic               key_ready,
  output key_t                    key,
  output check_t                  check,
  input  wire logic               check_pop,
  input  wire logic               verdict_valid,
  input  wire verdict_t           verdict,
  output logic                    out_valid,
  output beat_t                   out_beat,
  output logic [Outputs-1:0]      out_mask,
  output exit_t [Outputs-1:0]     out_exit,
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
  output logic                    generated_valid,
  output logic [15:0]             bytes
);

  localparam int unsigned BufferBeats = 512;
  localparam int unsigned ParserLatency = 4;
  localparam int unsigned TagCopies = 8;
  // Verdicts wait while the longest frame leaves, and those of the keys that were queued then.
  localparam int unsigned VerdictDepth = 256;
  // Copies of a verdict's bit that chooses between stored and built beats.
  localparam int unsigned BuiltCopies = 4;
  localparam int unsigned Checks = 64;

  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
  } stored_t;

  typedef struct packed {
    logic        condemned;   // `drop` says why
    drop_e       drop;
    logic [7:0]  more;        // beats behind the first
    logic [15:0] bytes;
    logic [31:0] stamp;
  } record_t;

  // ---------------------------------------------------------------------------------------- intake
  logic          beat_in_valid;
  stored_t       beat_in;
  logic          beat_in_ready;
  logic          done_valid;
  record_t       done;
  drop_e         done_drop;
  logic [7:0]    done_beats;
  logic [1023:0] window;
  logic [TagCopies-1:0] tag0, tag1;

  frame_intake #(.TagCopies(TagCopies)) u_intake (
    .clk, .rst, .clock_count, .link_up, .rx_valid, .rx_data, .rx_empty, .rx_last, .rx_err,
    .beat_valid(beat_in_valid), .beat_data(beat_in.data), .beat_empty(beat_in.empty),
    .done_valid, .done_drop, .done_beats, .done_bytes(done.bytes),
    .done_stamp(done.stamp), .window, .window_tag0(tag0), .window_tag1(tag1)
  );

  assign done.drop = done_drop;
  assign done.more = done_beats - 8'd1;
  assign done.condemned = done_drop != DropNone;
  assign received_valid = done_valid;
  assign received_bytes = done.bytes;

  logic    beat_valid, beat_ready;
  stored_t stored;

  fifo_ram #(.Data(stored_t), .Depth(BufferBeats)) u_buffer (
    .clk, .rst, .in_valid(beat_in_valid), .in_ready(beat_in_ready), .in_data(beat_in),
    .out_valid(beat_valid), .out_ready(beat_ready), .out_data(stored), .count()
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_buffer: assert (!beat_in_valid || beat_in_ready);
`endif

  // -------------------------------------------------------------------------------- key and record
  logic parsed_valid, hides;
  key_t parsed;
  job_t job;
  logic aligned_valid;
  logic [8*114-1:0] aligned;
  logic [7:0] aligned_readable;

  header_parser #(.TagCopies(TagCopies)) u_parser (
    .clk, .rst, .start(done_valid), .window, .tag0, .tag1, .bytes(done.bytes),
    .stamp(done.stamp), .logical_write, .key_valid(parsed_valid), .key(parsed), .job,
    .hides, .aligned_valid, .aligned, .aligned_readable
  );

  // Frames in the parser, for a clock or longer.
  logic [ParserLatency-1:1] parsing_q;
  record_t record_delay_q [ParserLatency];
  always_ff @(posedge clk) begin
    parsing_q <= rst ? '0 : (ParserLatency - 1)'({parsing_q, done_valid});
    record_delay_q[0] <= done;
    for (int i = 1; i < int'(ParserLatency); i++) record_delay_q[i] <= record_delay_q[i-1];
    if (hides && !record_delay_q[ParserLatency-2].condemned) begin
      record_delay_q[ParserLatency-1].condemned <= 1'b1;
      record_delay_q[ParserLatency-1].drop <= DropHiddenDiscovery;
    end
  end

  logic    key_in_valid, key_in_ready;
  record_t record_in;
  logic    record_in_ready;

  always_comb begin
    record_in = record_delay_q[ParserLatency-1];
    key_in_valid = parsed_valid && !record_in.condemned;
    if (key_in_valid && !key_in_ready) begin
      record_in.condemned = 1'b1;
      record_in.drop = DropLookupOverrun;
    end
  end

  assign key_coming = parsing_q[ParserLatency-1] && !hides &&
                      !record_delay_q[ParserLatency-2].condemned;
  assign key_pushed = key_in_valid && key_in_ready;

  fifo_fwft #(.Data(key_t), .Depth(QueueKeys)) u_keys (
    .clk, .rst, .in_valid(key_in_valid), .in_ready(key_in_ready), .in_data(parsed),
    .out_valid(key_valid), .out_ready(key_ready), .out_data(key), .count()
  );

  // A packet is read as a whole while its key waits or is looked up.
  logic   is_request, is_discovery, check_in_valid, check_in_ready, check_valid;
  check_t checked;

  assign is_request = parsed.discovery == DiscoveryArpRequest ||
                      parsed.discovery == DiscoverySolicitation;
  assign is_discovery = parsed.discovery >= DiscoverySolicitation;

  discovery_check u_check (
    .clk, .valid(aligned_valid), .aligned, .readable(aligned_readable), .check(checked)
  );

  // It is known a clock after the key.
  always_ff @(posedge clk) check_in_valid <= key_pushed && is_discovery && !rst;

  fifo_fwft #(.Data(check_t), .Depth(Checks)) u_checks (
    .clk, .rst, .in_valid(check_in_valid), .in_ready(check_in_ready),
    .in_data(checked), .out_valid(check_valid), .out_ready(check_pop), .out_data(check), .count()
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk)
    if (!rst) a_checks: assert (!check_in_valid || check_in_ready);
  always_ff @(posedge clk) if (!rst) a_check_there: assert (!check_pop || check_valid);
`endif

  logic    record_valid, record_ready;
  record_t record;

  fifo_ram #(.Data(record_t), .Depth(BufferBeats)) u_records (
    .clk, .rst, .in_valid(parsed_valid), .in_ready(record_in_ready), .in_data(record_in),
    .out_valid(record_valid), .out_ready(record_ready), .out_data(record), .count()
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_records: assert (!parsed_valid || record_in_ready);
`endif

  // --------------------------------------------------------------------------------------- release
  typedef struct packed {
    verdict_t               verdict;
    logic [BuiltCopies-1:0] built;
  } held_t;

  logic  held_valid, held_ready, verdict_in_ready;
  held_t verdict_in, held;

  assign verdict_in = '{verdict: verdict, built: {BuiltCopies{verdict.build != BuildNone}}};

  fifo_fwft #(.Data(held_t), .Depth(VerdictDepth)) u_verdicts (
    .clk, .rst, .in_valid(verdict_valid), .in_ready(verdict_in_ready), .in_data(verdict_in),
    .out_valid(held_valid), .out_ready(held_ready), .out_data(held), .count()
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_verdicts: assert (!verdict_valid || verdict_in_ready);
`endif

  logic         built_valid, built_ready, built_last;
  logic [511:0] built_data;
  logic [5:0]   built_empty;

  build_queue u_build (
    .clk, .rst, .job_valid(key_pushed && is_request), .job, .verdict_valid, .verdict, .built_valid,
    .built_ready, .built_data, .built_empty, .built_last
  );

  frame_release #(.Outputs(Outputs), .QueueBeats(QueueBeats), .BuiltCopies(BuiltCopies))
  u_release (
    .clk, .rst, .record_valid, .record_ready, .record_condemned(record.condemned),
    .record_drop(record.drop), .record_stored(1'b1), .record_more(record.more),
    .record_bytes(record.bytes), .record_stamp(record.stamp), .verdict_valid(held_valid),
    .verdict_ready(held_ready), .verdict(held.verdict), .verdict_built(held.built), .beat_valid,
    .beat_ready, .beat_data(stored.data), .beat_empty(stored.empty), .built_valid, .built_ready,
    .built_data, .built_empty, .built_last,
    .out_valid, .out_beat, .out_mask, .out_exit, .popped, .drop_valid, .drop_reason, .drop_count,
    .host_full, .copies, .to_member_valid, .to_member, .from_member_valid, .from_member,
    .generated_valid, .bytes
  );

endmodule

`default_nettype wire
