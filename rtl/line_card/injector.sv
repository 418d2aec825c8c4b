`default_nettype none

// The host's side of the card: frames that name their egress port, sent as they are, never looked
// up; and announcements, which leave when the host has nothing to send, or between two of its frames
// when they have waited for AnnouncePatience clocks (and half of the buffer is free).
//
// Like a line card without a parser: `in` never waits, a frame is stored whole, row 1 applies, and
// the frame leaves for the queue (host, egress) or is dropped as no-port, link-down or egress-full.
// `tx_room` is what the queues of the network ports have left, two clocks later, less a spare for
// the announcements; beats that wait here are taken off already. A frame for which there is room
// when it comes is not dropped as egress-full, nor is one that room is promised to: `tx_committed` are
// the beats of those that are to come, up to six clocks late. While there are any an announcement gets
// what they leave and the spare.
// Announcements: valid/ready, the beats of one in consecutive clocks once it has begun.
module injector
  import frame_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned QueueBeats = 512,
  localparam int unsigned Outputs = Ports + 1
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic [31:0]            clock_count,
  input  wire logic [Ports-1:0]       link_up,
  input  wire logic                   in_valid,
  input  wire logic [511:0]           in_data,
  input  wire logic [5:0]             in_empty,
  input  wire logic                   in_last,
  input  wire logic                   in_err,
  input  wire port_t                  in_port,         // with the first beat
  input  wire logic                   announce_valid,
  output logic                        announce_ready,
  input  wire logic [511:0]           announce_data,
  input  wire logic [5:0]             announce_empty,
  input  wire logic                   announce_last,
  input  wire port_t                  announce_port,   // constant over the frame
  output logic [Ports-1:0][15:0]      tx_room,
  input  wire logic [Ports-1:0][15:0] tx_committed,
  output logic                        received_valid,
  output logic [15:0]                 received_bytes,
  output logic                        out_valid,
  output beat_t                       out_beat,
  output logic [Outputs-1:0]          out_mask,
  output exit_t [Outputs-1:0]         out_exit,
  input  wire logic [Outputs-1:0]     popped,
  output logic                        drop_valid,
  output logic [4:0]                  drop_reason,
  output logic [3:0]                  drop_count,
  output logic                        generated_valid  // an announcement left or was dropped
);

  localparam int unsigned BufferBeats = 512;
  localparam int unsigned AnnouncePatience = 1024;

  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
  } stored_t;

  typedef struct packed {
    drop_e       drop;
    logic [7:0]  more;     // beats behind the first
    logic [15:0] bytes;
    logic [31:0] stamp;
    port_t       egress;
  } record_t;

  logic    beat_in_valid, beat_in_ready, beat_valid, beat_ready;
  logic [$clog2(BufferBeats + 1)-1:0] stored_beats;
  stored_t beat_in, stored;
  logic    done_valid;
  record_t done;
  logic    first_q;          // the host's next beat is a frame's first, whatever we reset
  logic [7:0] done_beats;

  frame_intake #(.HasWindow(1'b0)) u_intake (
    .clk, .rst, .clock_count, .link_up(1'b1), .rx_valid(in_valid), .rx_data(in_data),
    .rx_empty(in_empty),
    .rx_last(in_last), .rx_err(in_err), .beat_valid(beat_in_valid), .beat_data(beat_in.data),
    .beat_empty(beat_in.empty), .done_valid, .done_drop(done.drop), .done_beats,
    .done_bytes(done.bytes), .done_stamp(done.stamp), .window(), .window_tag0(), .window_tag1()
  );

  initial first_q = 1'b1;
  always @(posedge clk) if (in_valid) first_q <= in_last;

  always_ff @(posedge clk) begin
    if (in_valid && first_q) done.egress <= in_port;
  end

  assign received_valid = done_valid;
  assign done.more = done_beats - 8'd1;
  assign received_bytes = done.bytes;

  fifo_ram #(.Data(stored_t), .Depth(BufferBeats)) u_buffer (
    .clk, .rst, .in_valid(beat_in_valid), .in_ready(beat_in_ready), .in_data(beat_in),
    .out_valid(beat_valid), .out_ready(beat_ready), .out_data(stored), .count(stored_beats)
  );

  logic    record_in_ready, record_valid, record_ready;
  record_t record;

  fifo_ram #(.Data(record_t), .Depth(BufferBeats)) u_records (
    .clk, .rst, .in_valid(done_valid), .in_ready(record_in_ready), .in_data(done),
    .out_valid(record_valid), .out_ready(record_ready), .out_data(record), .count()
  );

`ifndef SYNTHESIS
  // One beat comes and one leaves in a clock, so a beat waits for the rest of its frame, and for the
  // announcements that went first.
  always_ff @(posedge clk) if (!rst) a_buffer: assert (!beat_in_valid || beat_in_ready);
  always_ff @(posedge clk) if (!rst) a_records: assert (!done_valid || record_in_ready);
`endif

  // An announcement has its turn when nothing of the host's is here; it starts at once then.
  localparam int unsigned BuiltCopies = 4;

  (* keep = "true", dont_touch = "true" *) logic [BuiltCopies-1:0] turn_copy_q;
  logic     turn, announcing, release_ready;
  logic     announce_first_q;  // what the announcer shows is an announcement's first beat
  port_t    egress;
  verdict_t verdict;

  logic [$clog2(AnnouncePatience)-1:0] waited_q;
  logic     waits, urgent_q;

  assign waits = announce_valid && announce_first_q && !announcing;
  assign turn = waits && ((!record_valid && !beat_valid) || urgent_q);
  assign announcing = turn_copy_q[0];

  always_ff @(posedge clk) begin
    if (!waits || turn) waited_q <= '0;
    else if (waited_q != '1) waited_q <= waited_q + 1'b1;
    urgent_q <= waits && !turn && waited_q == '1 &&
                stored_beats < ($bits(stored_beats))'(BufferBeats / 2) && !rst;
  end

  always_ff @(posedge clk)
    if (rst) announce_first_q <= 1'b1;
    else if (announce_valid && announce_ready) announce_first_q <= announce_last;

  always_ff @(posedge clk)
    if (rst) turn_copy_q <= '0;
    else if (turn || release_ready) turn_copy_q <= {BuiltCopies{turn}};

  assign record_ready = release_ready && !announcing;

  // An announcement takes no room that is promised to a frame of the host.
  logic [Ports-1:0] spare_one_q, spare_two_q;
  logic             refused;

  always_comb begin
    egress = announcing ? announce_port : record.egress;
    refused = 1'b0;
    for (int p = 0; p < int'(Ports); p++)
      refused |= announcing && announce_port == port_t'(p) && link_up[p] &&
                 !(announce_last ? spare_one_q[p] : spare_two_q[p]);
    verdict = '0;
    verdict.drop = egress >= port_t'(Ports) ? DropNoPort :
                   refused ? DropEgressFull : DropLinkDown;
    for (int p = 0; p < int'(Ports); p++)
      verdict.mask[p] = egress == port_t'(p) && link_up[p] && !refused;
  end

  always_ff @(posedge clk) generated_valid <= release_ready && announcing && !rst;

  frame_release #(.Outputs(Outputs), .QueueBeats(QueueBeats), .BuiltCopies(BuiltCopies))
  u_release (
    .clk, .rst, .record_valid(announcing || record_valid), .record_ready(release_ready),
    .record_condemned(!announcing && record.drop != DropNone), .record_drop(record.drop),
    .record_stored(!announcing), .record_more(record.more), .record_bytes(record.bytes),
    .record_stamp(announcing ? clock_count : record.stamp),
    .verdict_valid(1'b1), .verdict_ready(), .verdict, .verdict_built(turn_copy_q),
    .beat_valid, .beat_ready, .beat_data(stored.data), .beat_empty(stored.empty),
    .built_valid(announce_valid), .built_ready(announce_ready), .built_data(announce_data),
    .built_empty(announce_empty), .built_last(announce_last),
    .out_valid, .out_beat, .out_mask, .out_exit, .popped, .drop_valid, .drop_reason, .drop_count,
    .host_full(), .copies(), .to_member_valid(), .to_member(), .from_member_valid(),
    .from_member(), .generated_valid(), .bytes()
  );

  // ------------------------------------------------------------------------------------------ room
  // A beat that leaves the buffer is seen in the queue two clocks later, so it is given back here
  // then: the sum is never too high.
  localparam int unsigned RoomW = $clog2(QueueBeats + BufferBeats + 1) + 1;
  // Room, less frames too long for any room.
  localparam int unsigned LeftW = 18;

  logic        stored_valid_q;
  port_t       stored_port_q, leaving_port_q;
  logic  [1:0] freed_valid_q;
  port_t [1:0] freed_port_q;

  always_ff @(posedge clk) begin
    stored_valid_q <= beat_in_valid;
    stored_port_q <= first_q ? in_port : done.egress;
    if (record_valid && record_ready) leaving_port_q <= record.egress;
    freed_valid_q <= {freed_valid_q[0], beat_valid && beat_ready};
    freed_port_q <= {freed_port_q[0],
                     record_valid && record_ready ? record.egress : leaving_port_q};
    if (rst) begin
      stored_valid_q <= 1'b0;
      freed_valid_q <= '0;
    end
  end

  for (genvar p = 0; p < int'(Ports); p++) begin : gen_room
    logic [RoomW-1:0] room_q;  // two's complement
    logic [LeftW-1:0] left_q;  // .. for an announcement
    logic             none_q;

    always_ff @(posedge clk) begin
      room_q <= room_q + RoomW'(popped[p]) +
                RoomW'(freed_valid_q[1] && freed_port_q[1] == port_t'(p)) -
                RoomW'(stored_valid_q && stored_port_q == port_t'(p)) -
                RoomW'(out_valid && out_mask[p]);
      tx_room[p] <= room_q[RoomW-1] ? '0 : 16'(room_q);
      // Nothing is promised: the queue's own credits decide.
      left_q <= {{LeftW - RoomW{room_q[RoomW-1]}}, room_q} + LeftW'(SpareBeats) -
                LeftW'(tx_committed[p]);
      none_q <= tx_committed[p] == '0;
      spare_one_q[p] <= none_q || (!left_q[LeftW-1] && left_q != '0);
      spare_two_q[p] <= none_q || (!left_q[LeftW-1] && |left_q[LeftW-2:1]);
      if (rst) room_q <= RoomW'(QueueBeats - SpareBeats);
    end
  end

endmodule

`default_nettype wire
