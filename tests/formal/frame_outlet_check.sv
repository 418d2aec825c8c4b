// Properties of frame_outlet: no frame ends as good if the core was reset within it, none goes on after
// that, an end is shown until it is taken, and a frame that nothing cuts off passes as it is.
`default_nettype none

module frame_outlet_check (
    input wire clk,
    input wire rst,
    input wire in_valid,
    input wire in_last,
    input wire out_ready
);
  logic in_ready;
  logic out_valid;
  logic out_last;
  logic out_err;

  frame_outlet u_outlet (
      .*
  );

  // What was taken: a frame is open; the core was reset since its first beat, that clock's beat
  // included.
  logic open = 1'b0;
  logic cut = 1'b0;
  logic waits = 1'b0;  // an end with an error was shown and not taken

  always_ff @(posedge clk) begin
    if (out_valid && out_ready) open <= !out_last;
    cut <= (cut || rst) && (out_valid && out_ready ? !out_last : open);
    waits <= out_valid && out_err && !out_ready;
  end

  always_ff @(posedge clk) begin
    ends_badly: assert (!(cut && open) || (out_valid && out_last && out_err));
    only_then: assert (!out_err || (cut && open));
    stays: assert (!waits || (out_valid && out_err));
    passes: assert (out_err || (out_valid == in_valid && in_ready == out_ready
                                && out_last == in_last));
    none_is_lost: assert (!out_err || !in_ready);
  end

  cut_and_next: cover property (@(posedge clk) waits && !rst && in_valid && out_ready);
endmodule

`default_nettype wire
