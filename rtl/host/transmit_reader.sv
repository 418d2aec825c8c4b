`default_nettype none

// Asks the bus for the frames of the transmit descriptors, when their egress has room.
//
// A refused descriptor is a `record`. Any other waits until its egress queue has room for the whole
// frame (one longer than any legal frame waits for none: it is dropped as such); then it is a
// `frame` and a `record` in the same clock, the one of its first read at the earliest. Both push:
// only when both are ready. Reads have at most 16 beats and end at blocks of 4 KiB. `ask` is
// valid/ready; without `run` it is withdrawn and what was taken is forgotten.
// A frame of one burst takes 3 clocks. `room` is what its queue has, less what was handed to the
// injector; `left_*`: a beat was handed to it, and `room` shows that already. `committed`: beats that
// a queue's room is promised to and that `room` does not show yet.
module transmit_reader
  import frame_pkg::*;
  import host_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic                   run,
  input  wire logic [Ports-1:0][15:0] room,
  input  wire logic                   left_valid,
  input  wire port_t                  left_port,
  input  wire logic                   descriptor_valid,
  output logic                        descriptor_ready,
  input  wire logic                   descriptor_bad,
  input  wire line_t                  descriptor_line,
  input  wire logic [7:0]             descriptor_beats,
  input  wire logic [5:0]             descriptor_empty,
  input  wire port_t                  descriptor_port,
  output logic                        record_valid,
  input  wire logic                   record_ready,
  output ring_record_t                record,
  output logic                        frame_valid,
  input  wire logic                   frame_ready,
  output logic [7:0]                  frame_beats,
  output logic [5:0]                  frame_empty,
  output port_t                       frame_port,
  output logic                        ask_valid,
  input  wire logic                   ask_ready,
  output burst_t                      ask,
  output logic [Ports-1:0][15:0]      committed
);

  // Beats asked for and not handed over: 33 frames of 255 beats at most.
  localparam int unsigned UnderWayW = 14;

  typedef enum logic [1:0] {Idle, Look, Judge, Ask} step_e;

  step_e      step_q;
  line_t      line_q;             // of the next burst
  logic [7:0] left_q;             // beats not asked for
  logic [7:0] beats_q;
  logic [5:0] empty_q;
  port_t      port_q;
  logic       begun_q;            // the frame has its room
  logic [3:0] more_q;
  logic       last_q;             // it is the frame's last burst
  logic [16:0] free_q;            // negative: bit 16
  logic [UnderWayW-1:0] under_way_q [Ports];

  logic       fits_q, next, take, begins;
  logic [16:0] free;
  logic [5:0] to_boundary;
  logic [3:0] most, more;         // beats behind a burst's first

  always_comb begin
    // No port: no queue to wait for.
    free = 17'h0ffff;
    for (int p = 0; p < int'(Ports); p++)
      if (port_q == port_t'(p)) free = {1'b0, room[p]} - 17'(under_way_q[p]);
  end

  for (genvar p = 0; p < int'(Ports); p++) begin : gen_committed
    assign committed[p] = 16'(under_way_q[p]);
  end

  assign to_boundary = ~line_q[5:0];
  assign most = to_boundary < 6'd15 ? to_boundary[3:0] : 4'd15;
  assign more = left_q > 8'(most) ? most : left_q[3:0] - 4'd1;
  assign next = step_q == Idle || (ask_valid && ask_ready && last_q);
  assign take = run && next && descriptor_valid &&
                (!descriptor_bad || (record_ready && !begins));
  assign descriptor_ready = take;
  assign begins = run && step_q == Ask && !begun_q && fits_q && record_ready && frame_ready;
  assign ask_valid = begins || (run && step_q == Ask && begun_q);
  assign ask = '{line: line_q, more: more_q};

  assign frame_valid = begins;
  assign frame_beats = beats_q;
  assign frame_empty = empty_q;
  assign frame_port = port_q;

  assign record_valid = begins || (take && descriptor_bad);
  always_comb begin
    record = '0;
    record.frame = begins;
    record.status = begins ? StatusDone : StatusRefused;
    record.length = begins ? {2'b00, beats_q, 6'd0} - 16'(empty_q) : '0;
  end

  always_ff @(posedge clk) begin
    unique case (step_q)
      Idle: if (take && !descriptor_bad) step_q <= Look;
      Look: step_q <= Judge;
      Judge: step_q <= Ask;
      default: if (ask_valid && ask_ready && last_q) begin
        step_q <= take && !descriptor_bad ? Look : Idle;
      end else if (ask_ready || !ask_valid) begin
        step_q <= Look;
      end
    endcase
    if (step_q == Look) begin
      more_q <= more;
      last_q <= left_q <= 8'(most) + 8'd1;
    end
    free_q <= free;
    fits_q <= !free_q[16] && (free_q >= 17'(beats_q) || beats_q > 8'(MaxBeats));
    if (begins) begun_q <= 1'b1;
    if (ask_valid && ask_ready) begin
      line_q <= line_q + line_t'(more_q) + 1'b1;
      left_q <= left_q - 8'(more_q) - 8'd1;
    end
    if (take) begin
      line_q <= descriptor_line;
      left_q <= descriptor_beats;
      beats_q <= descriptor_beats;
      empty_q <= descriptor_empty;
      port_q <= descriptor_port;
      begun_q <= 1'b0;
    end
    if (rst || !run) step_q <= Idle;
    for (int p = 0; p < int'(Ports); p++) begin
      under_way_q[p] <= under_way_q[p] +
                        (begins && port_q == port_t'(p) ? UnderWayW'(beats_q) : '0) -
                        UnderWayW'(left_valid && left_port == port_t'(p));
      if (rst) under_way_q[p] <= '0;
    end
  end

endmodule

`default_nettype wire
