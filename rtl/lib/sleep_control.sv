`default_nettype none

// Tells when a part of the card may stand still: its clock has nothing to do.
//
// `enters`: something enters the part in this clock. `moves`: something happens in it that keeps it
// busy, seen a clock late. `awake` is high with `enters`, in the QuietClocks after either and under
// `rst`. An edge of the part's clock may be left out where it is low; who cannot stop a clock lets
// it run.
module sleep_control #(
  parameter int unsigned QuietClocks = 2048
) (
  input  wire logic clk,
  input  wire logic rst,
  input  wire logic enters,
  input  wire logic moves,
  output logic      awake
);
  localparam int unsigned CountWidth = $clog2(QuietClocks + 1);

  if (QuietClocks == 0) begin : gen_check
    $fatal(1, "sleep_control: QuietClocks must be 1 or more");
  end

  logic [CountWidth-1:0] left_q;
  logic waits_q;
  logic moved_q;
  logic begins;

  assign begins = rst || enters || moved_q;
  assign awake = begins || waits_q;

  always_ff @(posedge clk) begin
    moved_q <= moves;
    if (begins) left_q <= CountWidth'(QuietClocks);
    else if (waits_q) left_q <= left_q - 1'b1;
    waits_q <= begins || left_q > CountWidth'(1);
  end

endmodule

`default_nettype wire
