`default_nettype none

// Takes frames from a MAC, one beat in every clock with `rx_valid`, and never holds it up.
//
// The beats go on at once (`beat_valid`), at most MaxBeats of a frame; the clock after a frame's
// last beat `done_valid` tells its length and whether row 1 condemns it, and `window` holds its
// first 128 bytes (bytes behind the end of the frame are stale: who reads them asks `done.bytes`).
// Only what the MAC sent as a frame, and whole, is ever a good frame. A frame of which a beat comes
// in a reset is thrown away up to its last beat, untold. One whose link falls within it is done as
// a bad frame in the second clock after the fall, if its last beat has not come by then; what still
// comes up to a last beat is thrown away. A MAC that forgets a frame it has begun should send a last
// beat with an error: else the next frame is thrown away, because it might be the rest of that one.
module frame_intake
  import frame_pkg::*;
#(
  parameter bit HasWindow = 1'b1,
  parameter int unsigned TagCopies = 1
) (
  input  wire logic            clk,
  input  wire logic            rst,
  input  wire logic [31:0]     clock_count,
  input  wire logic            link_up,
  input  wire logic            rx_valid,
  input  wire logic [511:0]    rx_data,
  input  wire logic [5:0]      rx_empty,
  input  wire logic            rx_last,
  input  wire logic            rx_err,
  output logic                 beat_valid,
  output logic [511:0]         beat_data,
  output logic [5:0]           beat_empty,
  output logic                 done_valid,
  output drop_e                done_drop,    // DropNone: a good frame
  output logic [7:0]           done_beats,   // beats handed on
  output logic [15:0]          done_bytes,   // whole length, 65,472 at most
  output logic [31:0]          done_stamp,
  output logic [1023:0]        window,
  output logic [TagCopies-1:0] window_tag0,  // bytes 12 and 13 are a tag; copies, all alike
  output logic [TagCopies-1:0] window_tag1   // bytes 16 and 17 are a tag
);

  function automatic logic is_tag(input logic [15:0] ethertype);
    // As the bytes stand in the beat: first byte low.
    return ethertype == 16'h0081 || ethertype == 16'ha888;
  endfunction

  // Where the MAC is, whatever is done with its beats: no reset of ours is one of the MAC.
  logic        first_q;        // the next beat is a frame's first
  logic        skips_q;        // .. or belongs to a frame that is not taken
  logic        link_q, fell_q;
  logic        cut;            // a frame ends here because its link fell
  logic        taken;          // this beat belongs to a frame that is taken

  assign cut = fell_q && !first_q && !skips_q && !(rx_valid && rx_last);
  assign taken = rx_valid && !skips_q && !cut;

  initial first_q = 1'b1;
  always @(posedge clk) if (rx_valid) first_q <= rx_last;

  always_ff @(posedge clk) begin
    link_q <= link_up;
    fell_q <= link_q && !link_up;
    if (rst || cut || skips_q) skips_q <= rx_valid ? !rx_last : !first_q;
  end

  logic [9:0]  beats_q;        // beats of the frame before this one, 1,023 at most
  logic [31:0] stamp_q;
  logic [9:0]  beats;
  logic [15:0] bytes;
  logic        giant;

  assign beats = first_q ? 10'd1 : (&beats_q ? beats_q : beats_q + 10'd1);

  // The beats that are full, and the bytes of one that is not.
  always_comb begin
    bytes = {beats_q, -rx_empty};
    if (rx_empty == '0) bytes[15:6] = beats;
    else if (first_q) bytes[15:6] = '0;
    else if (&beats_q) bytes[15:6] = 10'h3fe;
    if (cut) bytes = {beats_q, 6'd0};
  end

  always_ff @(posedge clk) begin
    if (rx_valid) beats_q <= beats;
    if (first_q) stamp_q <= clock_count;
  end

  // This beat is one too many: asked before it is counted.
  assign giant = !first_q && beats_q >= 10'(MaxBeats);
  assign beat_valid = taken && !giant;
  assign beat_data = rx_data;
  assign beat_empty = rx_last ? rx_empty : 6'd0;

  always_ff @(posedge clk) begin
    done_valid <= ((taken && rx_last) || cut) && !rst;
    if (cut || rx_err) done_drop <= DropBadFrame;
    else if (first_q && rx_empty > 6'(64 - MinBytes)) done_drop <= DropRunt;
    else if (giant) done_drop <= DropGiant;
    else done_drop <= DropNone;
    if (giant) done_beats <= 8'(MaxBeats);
    else done_beats <= cut ? beats_q[7:0] : beats[7:0];
    done_bytes <= bytes;
    done_stamp <= first_q ? clock_count : stamp_q;
  end

  if (HasWindow) begin : gen_window
    // A capture enable drives 1,024 loads: a copy for each 128 bits.
    logic first_d;
    assign first_d = rx_valid ? rx_last : first_q;
    for (genvar i = 0; i < 4; i++) begin : gen_slice
      (* keep = "true", dont_touch = "true" *) logic first_copy_q;
      (* keep = "true", dont_touch = "true" *) logic second_copy_q;
      logic second_d;
      assign second_d = rx_valid ? first_q && !rx_last : second_copy_q;
      initial begin
        first_copy_q = 1'b1;
        second_copy_q = 1'b0;
      end
      always @(posedge clk) begin
        first_copy_q <= first_d;
        second_copy_q <= second_d;
        // What is captured without a valid beat is overwritten by the beat that comes.
        if (first_copy_q) window[128*i+:128] <= rx_data[128*i+:128];
        if (second_copy_q) window[512+128*i+:128] <= rx_data[128*i+:128];
      end
    end
    for (genvar i = 0; i < int'(TagCopies); i++) begin : gen_tags
      (* keep = "true", dont_touch = "true" *) logic tag0_q;
      (* keep = "true", dont_touch = "true" *) logic tag1_q;
      always_ff @(posedge clk)
        if (first_q) begin
          tag0_q <= is_tag(rx_data[8*12+:16]);
          tag1_q <= is_tag(rx_data[8*16+:16]);
        end
      assign window_tag0[i] = tag0_q;
      assign window_tag1[i] = tag1_q;
    end
  end else begin : gen_no_window
    assign window = '0;
    assign window_tag0 = '0;
    assign window_tag1 = '0;
  end

endmodule

`default_nettype wire
