`default_nettype none

// Measures the frames that leave an egress.
//
// `beat_valid`: a beat was handed over. `sent_valid` pulses 2 clocks after a frame's last beat, with
// the frame's bytes and its ingress. Never full.
module egress_meter (
  input  wire logic       clk,
  input  wire logic       rst,
  input  wire logic       beat_valid,
  input  wire logic       beat_last,
  input  wire logic [5:0] beat_empty,
  input  wire logic [3:0] source,
  output logic            sent_valid,
  output logic [15:0]     sent_bytes,
  output logic [3:0]      sent_source
);
  logic handed_q;
  logic last_q;
  logic [5:0] empty_q;
  logic [3:0] source_q;
  // 64-byte beats of the frame before this one.
  logic [9:0] beats_q;
  logic [9:0] beats_d;

  assign beats_d = beats_q + 1'b1;

  always_ff @(posedge clk) begin
    handed_q <= beat_valid;
    sent_valid <= handed_q && last_q;
    if (handed_q) beats_q <= last_q ? '0 : beats_d;
    if (rst) begin
      handed_q <= 1'b0;
      sent_valid <= 1'b0;
      beats_q <= '0;
    end
  end

  always_ff @(posedge clk) begin
    last_q <= beat_last;
    empty_q <= beat_empty;
    source_q <= source;
    sent_bytes <= {beats_d, 6'b0} - 16'(empty_q);
    sent_source <= source_q;
  end

endmodule

`default_nettype wire
