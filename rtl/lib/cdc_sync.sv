`default_nettype none

// Two-flop synchroniser for levels that come from another clock.
//
// Latency: 2 to 3 clocks of `clk`. The bits of a word are not kept together: give it single bits or
// Gray code. The source must be a register.
module cdc_sync #(
  parameter int unsigned Width = 1
) (
  input  wire logic             clk,
  input  wire logic [Width-1:0] in_level,
  output logic [Width-1:0]      out_level
);
  (* ASYNC_REG = "TRUE" *) logic [Width-1:0] meta_q;
  (* ASYNC_REG = "TRUE" *) logic [Width-1:0] level_q;

  always_ff @(posedge clk) begin
    meta_q <= in_level;
    level_q <= meta_q;
  end

  assign out_level = level_q;

endmodule

`default_nettype wire
