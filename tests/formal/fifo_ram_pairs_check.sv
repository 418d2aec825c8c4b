// Property of fifo_ram that frames of two beats rest on: words that came in consecutive clocks can
// leave in consecutive clocks, whatever was waiting before them.
`default_nettype none

module fifo_ram_pairs_check (
    input wire clk,
    input wire rst,
    input wire in_valid,
    input wire in_first,
    input wire out_ready
);
  localparam int unsigned Depth = 2;
  localparam int unsigned ReadLatency = 1;

  logic in_ready;
  logic out_valid;
  logic out_first;
  logic [3:0] count;

  fifo_ram #(
      .Data(logic),
      .Depth(Depth),
      .ReadLatency(ReadLatency)
  ) u_fifo (
      .clk,
      .rst,
      .in_valid,
      .in_ready,
      .in_data(in_first),
      .out_valid,
      .out_ready,
      .out_data(out_first),
      .count
  );

  logic started = 1'b0;
  logic second_comes;
  logic second_leaves;

  always_ff @(posedge clk) begin
    started <= 1'b1;
    second_comes <= in_valid && in_first && !rst;
    second_leaves <= out_valid && out_ready && out_first && !rst;
  end

  first_clock_resets: assume property (@(posedge clk) rst == !started);
  // Single words, and pairs of which only the first is marked.
  pairs: assume property (@(posedge clk) !second_comes || (in_valid && !in_first));
  fits: assume property (@(posedge clk) !in_valid || in_ready);

  second_there: assert property (@(posedge clk) disable iff (rst)
                                 !second_leaves || (out_valid && !out_first));
  waited: cover property (@(posedge clk) !rst && second_leaves && count > Depth);
endmodule

`default_nettype wire
