`default_nettype none

// Lays the frames for the host into the buffers of the receive descriptors, as bursts.
//
// A frame's beats go to `data`, those that fit; with the last beat of a burst `burst` tells where
// it goes, so all of its beats have been given by then. A burst has 16 beats at most and ends with
// its frame, the buffer or a block of 4 KiB. `burst_final` marks the last burst of a frame. One
// clock after a frame's last beat, or a refused descriptor, `record` tells of it; it stays until
// taken. `data` and `burst` push: a beat is taken only when both are ready. One beat a clock.
// While the ring does not run, frames are taken and dropped: `off` is a clock long for each that
// begins, `cut` for one that a stop cut short. Running, `beat_ready` is low without a descriptor.
module receive_cutter
  import host_pkg::*;
(
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic        run,
  input  wire logic [63:0] time_ns,
  input  wire logic [31:0] clock_count,
  input  wire logic        beat_valid,
  output logic             beat_ready,
  input  wire punt_t       beat,
  input  wire logic        descriptor_valid,
  output logic             descriptor_ready,
  input  wire logic        descriptor_bad,
  input  wire line_t       descriptor_line,
  input  wire logic [7:0]  descriptor_beats,
  output logic             data_valid,
  input  wire logic        data_ready,
  output logic [511:0]     data,
  output logic [5:0]       data_empty,
  output logic             burst_valid,
  input  wire logic        burst_ready,
  output burst_t           burst,
  output logic             burst_final,
  output logic             record_valid,
  input  wire logic        record_ready,
  output ring_record_t     record,
  output logic             off,
  output logic             cut
);

  logic        open_q;       // the next beat is not a frame's first
  logic        drop_q;       // .. and its frame is dropped
  logic        loaded_q;     // there is a buffer
  line_t       line_q;       // of the next beat
  logic [7:0]  left_q;       // beats that the buffer has room for
  line_t       start_q;      // of the burst
  logic [3:0]  count_q;      // its beats so far
  logic [9:0]  beats_q;      // of the frame before this one
  logic [18:0] waited_q;
  logic [63:0] first_q;

  logic        keep, take, put, fits, ends, load, refuse;
  logic [9:0]  beats;
  logic [18:0] waited;

  assign keep = run && !(open_q && drop_q);
  assign beat_ready = keep ? loaded_q && data_ready && burst_ready && record_ready
                           : !open_q || drop_q;
  assign take = beat_valid && beat_ready;
  assign fits = left_q != '0;
  assign put = take && keep;
  assign ends = beat.last || left_q == 8'd1 || &line_q[5:0] || &count_q;
  assign load = run && descriptor_valid && !descriptor_bad && (!loaded_q || (put && beat.last));
  assign refuse = run && descriptor_valid && descriptor_bad && !loaded_q && record_ready;
  assign descriptor_ready = load || refuse;

  assign data_valid = put && fits;
  assign data = beat.data;
  assign data_empty = beat.last ? beat.empty : 6'd0;
  assign burst_valid = put && fits && ends;
  assign burst = '{line: count_q == '0 ? line_q : start_q, more: count_q};
  assign burst_final = beat.last || left_q == 8'd1;

  assign beats = open_q ? beats_q + 10'd1 : 10'd1;
  // A frame may wait for a host as long as the host likes.
  stamp_age u_age (
    .clk, .rst, .now(clock_count), .valid(beat_valid), .taken(take), .stamp(beat.stamp),
    .age(waited)
  );

  always_ff @(posedge clk) begin
    if (take) begin
      open_q <= !beat.last;
      beats_q <= beats;
      if (!open_q) begin
        drop_q <= !run;
        waited_q <= waited;
        first_q <= time_ns;
      end
    end
    off <= take && !run && !open_q;
    cut <= !run && open_q && !drop_q;
    if (!run && open_q && !drop_q) drop_q <= 1'b1;
    if (put && fits) begin
      line_q <= line_q + 1'b1;
      left_q <= left_q - 8'd1;
      count_q <= ends ? '0 : count_q + 4'd1;
      if (count_q == '0) start_q <= line_q;
    end
    if (load) begin
      line_q <= descriptor_line;
      left_q <= descriptor_beats;
      count_q <= '0;
    end
    if (load) loaded_q <= 1'b1;
    else if (!run || (put && beat.last)) loaded_q <= 1'b0;
    // What stands here leaves in a clock with `record_ready`, and only then something follows.
    if (record_ready) begin
      record_valid <= refuse || (put && beat.last);
      record.frame <= !refuse;
      if (refuse) record.status <= StatusRefused;
      else record.status <= fits ? StatusDone : StatusTruncated;
      record.length <= refuse ? '0 : {beats, 6'd0} - 16'(beat.empty);
      record.source <= refuse ? '0 : beat.source;
      record.reason <= refuse ? '0 : beat.reason;
      record.waited <= refuse ? '0 : open_q ? waited_q : waited;
      record.first <= open_q && !refuse ? first_q : time_ns;
    end
    if (rst) begin
      open_q <= 1'b0;
      drop_q <= 1'b0;
      loaded_q <= 1'b0;
      record_valid <= 1'b0;
      off <= 1'b0;
      cut <= 1'b0;
    end
  end

endmodule

`default_nettype wire
