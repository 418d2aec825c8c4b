`default_nettype none

// Ends a frame that a reset of the core cuts off on its way out: who takes it sees an end, by `out_err`,
// and the next frame is not taken for its rest.
//
// valid/ready on both sides, no clock between. `rst` resets what is before, not this: while a frame is
// open, a beat with `out_last` and `out_err` follows; it stays until taken, its data mean nothing and
// may change. A first beat that was shown and not taken is withdrawn by `rst`.
module frame_outlet (
  input  wire logic clk,
  input  wire logic rst,
  input  wire logic in_valid,
  output logic      in_ready,
  input  wire logic in_last,
  output logic      out_valid,
  input  wire logic out_ready,
  output logic      out_last,
  output logic      out_err
);
  logic cut_q;     // the end of a frame that was cut off
  logic open_q;    // beats of a frame were taken, its last not
  logic open;

  initial begin
    cut_q = 1'b0;
    open_q = 1'b0;
  end

  assign in_ready = out_ready && !cut_q;
  assign out_valid = in_valid || cut_q;
  assign out_last = in_last || cut_q;
  assign out_err = cut_q;
  assign open = out_valid && out_ready ? !out_last : open_q;

  always @(posedge clk) begin
    open_q <= open;
    if (rst && open) cut_q <= 1'b1;
    else if (out_ready) cut_q <= 1'b0;
  end

endmodule

`default_nettype wire
