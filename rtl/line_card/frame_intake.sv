`default_nettype none

// Takes frames from a MAC, one beat in every clock with `rx_valid`, and never holds it up.
//
// The beats go on at once (`beat_valid`), at most MaxBeats of a frame; the clock after a frame's
// last beat `done_valid` tells its length and whether row 1 condemns it, and `window` holds its
// first 128 bytes (bytes behind the end of the frame are stale: who reads them asks `done.bytes`).
module frame_intake
  import flowswitch_pkg::*;
#(
  parameter bit HasWindow = 1'b1,
  parameter int unsigned TagCopies = 1
) (
  input  wire logic          clk,
  input  wire logic          rst,
  input  wire logic [31:0]   clock_count,
  input  wire logic          rx_valid,
  input  wire logic [511:0]  rx_data,
  input  wire logic [5:0]    rx_empty,
  input  wire logic          rx_last,
  input  wire logic          rx_err,
  output logic          beat_valid,
  output logic [511:0]  beat_data,
  output logic [5:0]    beat_empty,
  output logic          done_valid,
  output drop_e         done_drop,    // DropNone: a good frame
  output logic [7:0]    done_beats,   // beats handed on
  output logic [15:0]   done_bytes,   // whole length, 65,535 at most
  output logic [31:0]   done_stamp,
  output logic [1023:0] window,
  output logic [TagCopies-1:0] window_tag0,  // bytes 12 and 13 are a tag; copies, all alike
  output logic [TagCopies-1:0] window_tag1   // bytes 16 and 17 are a tag
);

  function automatic logic is_tag(input logic [15:0] ethertype);
    // As the bytes stand in the beat: first byte low.
    return ethertype == 16'h0081 || ethertype == 16'ha888;
  endfunction

  logic        first_q;       // the next beat is a frame's first
  logic [9:0]  beats_q;       // beats of the frame before this one, 1,023 at most
  logic [31:0] stamp_q;
  logic [9:0]  beats;
  logic [16:0] bytes;
  logic        giant;

  assign beats = first_q ? 10'd1 : (&beats_q ? beats_q : beats_q + 10'd1);
  assign bytes = {1'b0, beats, 6'd0} - {11'd0, rx_empty};

  always_ff @(posedge clk) begin
    if (rst) begin
      first_q <= 1'b1;
      beats_q <= '0;
    end else if (rx_valid) begin
      first_q <= rx_last;
      beats_q <= beats;
    end
    if (first_q) stamp_q <= clock_count;
  end

  // This beat is one too many: asked before it is counted.
  assign giant = !first_q && beats_q >= 10'(MaxBeats);
  assign beat_valid = rx_valid && !giant;
  assign beat_data = rx_data;
  assign beat_empty = rx_last ? rx_empty : 6'd0;

  always_ff @(posedge clk) begin
    done_valid <= rx_valid && rx_last && !rst;
    if (rx_err) done_drop <= DropBadFrame;
    else if (first_q && rx_empty > 6'(64 - MinBytes)) done_drop <= DropRunt;
    else if (giant) done_drop <= DropGiant;
    else done_drop <= DropNone;
    done_beats <= giant ? 8'(MaxBeats) : beats[7:0];
    done_bytes <= bytes[16] ? 16'hffff : bytes[15:0];
    done_stamp <= first_q ? clock_count : stamp_q;
  end

  if (HasWindow) begin : gen_window
    // A capture enable drives 1,024 loads: a copy for each 128 bits, with its reset as data, or
    // synthesis merges the copies.
    logic first_d;
    assign first_d = rst || (rx_valid ? rx_last : first_q);
    for (genvar i = 0; i < 4; i++) begin : gen_slice
      (* keep = "true" *) logic first_copy_q;
      (* keep = "true" *) logic second_copy_q;
      logic second_d;
      assign second_d = !rst && (rx_valid ? first_q && !rx_last : second_copy_q);
      always_ff @(posedge clk) begin
        first_copy_q <= first_d;
        second_copy_q <= second_d;
        // What is captured without a valid beat is overwritten by the beat that comes.
        if (first_copy_q) window[128*i+:128] <= rx_data[128*i+:128];
        if (second_copy_q) window[512+128*i+:128] <= rx_data[128*i+:128];
      end
    end
    for (genvar i = 0; i < int'(TagCopies); i++) begin : gen_tags
      (* keep = "true" *) logic tag0_q;
      (* keep = "true" *) logic tag1_q;
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
