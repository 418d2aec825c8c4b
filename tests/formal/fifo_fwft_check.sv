// Properties of fifo_fwft: order, count, latency of one clock, capacity, stable output.
`default_nettype none

module fifo_fwft_check (
    input wire       clk,
    input wire       rst,
    input wire       in_valid,
    input wire [3:0] in_data,
    input wire       out_ready,
    input wire       mark
);
  localparam int unsigned Depth = 3;

  logic in_ready;
  logic out_valid;
  logic [3:0] out_data;
  logic [2:0] count;

  fifo_fwft #(
      .Data(logic [3:0]),
      .Depth(Depth)
  ) u_fifo (
      .*
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) started || rst);

  logic push;
  logic pop;
  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

  // A word that the solver picks, and how many words are ahead of it.
  logic marked;
  logic [3:0] marked_data;
  logic [2:0] ahead;
  logic [2:0] expected_count;

  always_ff @(posedge clk) begin
    expected_count <= expected_count + 3'(push) - 3'(pop);
    if (!marked && mark && push) begin
      marked <= 1'b1;
      marked_data <= in_data;
      ahead <= expected_count - 3'(pop);
    end else if (marked && pop) begin
      marked <= ahead != 0;
      ahead <= ahead - 1'b1;
    end
    if (rst) begin
      expected_count <= '0;
      marked <= 1'b0;
    end
  end

  counted: assert property (@(posedge clk) disable iff (rst) count == expected_count);
  shown: assert property (@(posedge clk) disable iff (rst) out_valid == (expected_count != 0));
  room: assert property (@(posedge clk) disable iff (rst) in_ready == (expected_count <= Depth));
  order: assert property (@(posedge clk) disable iff (rst)
                          !(marked && ahead == 0) || out_data == marked_data);
  stable: assert property (@(posedge clk) disable iff (rst)
                           !started || $past(rst) || !$past(out_valid && !out_ready)
                           || (out_valid && $stable(out_data)));
  full: cover property (@(posedge clk) !rst && !in_ready && marked && ahead == 2);
endmodule

`default_nettype wire
