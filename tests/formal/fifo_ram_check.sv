// Properties of fifo_ram: order, count, latency when empty, one word a clock, no overflow.
`default_nettype none

module fifo_ram_check (
    input wire       clk,
    input wire       rst,
    input wire       in_valid,
    input wire       in_data,
    input wire       out_ready,
    input wire       mark
);
  localparam int unsigned Depth = 2;
  localparam int unsigned ReadLatency = 1;
  localparam int unsigned Latency = ReadLatency + 2;

  logic in_ready;
  logic out_valid;
  logic out_data;
  logic [3:0] count;

  fifo_ram #(
      .Data(logic),
      .Depth(Depth),
      .ReadLatency(ReadLatency)
  ) u_fifo (
      .*
  );

  logic started = 1'b0;
  // Constant, and chosen by the solver: a full stream in and out, without a pause.
  logic stream;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    stream <= stream;
  end
  first_clock_resets: assume property (@(posedge clk) started || rst);
  streaming: assume property (@(posedge clk) !stream || (in_valid && out_ready));

  logic push;
  logic pop;
  assign push = in_valid && in_ready;
  assign pop = out_valid && out_ready;

  logic marked;
  logic marked_data;
  logic [3:0] ahead;
  logic [3:0] expected_count;
  // A word that was alone when it came: clocks since.
  logic [Latency:1] alone;
  logic flowing;

  always_ff @(posedge clk) begin
    expected_count <= expected_count + 4'(push) - 4'(pop);
    alone <= {alone[Latency-1:1], push && expected_count == 0};
    flowing <= flowing || out_valid;
    if (!marked && mark && push) begin
      marked <= 1'b1;
      marked_data <= in_data;
      ahead <= expected_count - 4'(pop);
    end else if (marked && pop) begin
      marked <= ahead != 0;
      ahead <= ahead - 1'b1;
    end
    if (rst) begin
      expected_count <= '0;
      alone <= '0;
      flowing <= 1'b0;
      marked <= 1'b0;
    end
  end

  counted: assert property (@(posedge clk) disable iff (rst) count == expected_count);
  not_early: assert property (@(posedge clk) disable iff (rst)
                              alone[Latency-1:1] == 0 || !out_valid);
  in_time: assert property (@(posedge clk) disable iff (rst) !alone[Latency] || out_valid);
  no_bubble: assert property (@(posedge clk) disable iff (rst)
                              !(stream && flowing) || (out_valid && in_ready));
  order: assert property (@(posedge clk) disable iff (rst)
                          !(marked && ahead == 0 && out_valid) || out_data == marked_data);
  stable: assert property (@(posedge clk) disable iff (rst)
                           !started || $past(rst) || !$past(out_valid && !out_ready)
                           || (out_valid && $stable(out_data)));
  full: cover property (@(posedge clk) !rst && !in_ready && expected_count > Depth);
  flow: cover property (@(posedge clk) !rst && stream && flowing && marked && ahead == 0);
endmodule

`default_nettype wire
