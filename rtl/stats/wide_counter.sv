`default_nettype none

// 64-bit counter in registers, added to in two halves.
//
// `add` is added in every clock (0: nothing); `value` follows by 2 clocks, both halves of the same
// moment. It begins as zero and outlives `rst`, during which nothing is added.
module wide_counter #(
  parameter int unsigned AddendWidth = 16
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic [AddendWidth-1:0] add,
  output logic [63:0]                 value
);
  logic [31:0] low_q;
  logic [31:0] low_shown_q;
  logic [31:0] high_q;
  logic carry_q;
  logic [32:0] sum;

  initial begin
    low_q = '0;
    low_shown_q = '0;
    high_q = '0;
    carry_q = 1'b0;
  end

  assign sum = {1'b0, low_q} + 33'(add);

  always @(posedge clk) begin
    carry_q <= sum[32] && !rst;
    if (!rst) low_q <= sum[31:0];
    low_shown_q <= low_q;
    high_q <= high_q + 32'(carry_q);
  end

  assign value = {high_q, low_shown_q};

endmodule

`default_nettype wire
