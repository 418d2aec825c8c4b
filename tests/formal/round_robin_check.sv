// Properties of round_robin: the grant is that of a plain reference, and no request waits longer
// than the other inputs can hold it up.
`default_nettype none

module round_robin_check #(
    parameter int unsigned Inputs = 9
) (
    input wire              clk,
    input wire              rst,
    input wire [Inputs-1:0] request,
    input wire              advance
);
  logic [Inputs-1:0] grant;
  logic [3:0] grant_index;
  logic grant_valid;

  round_robin #(
      .Inputs(Inputs)
  ) u_arbiter (
      .*
  );

  logic started = 1'b0;
  // Constant, and chosen by the solver: the input whose wait is counted.
  logic [3:0] watched;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    watched <= watched;
  end
  first_clock_resets: assume property (@(posedge clk) started || rst);
  an_input: assume property (@(posedge clk) watched < Inputs);

  // The input that comes first, and the reference's search from it on.
  logic [3:0] first;
  logic [3:0] winner;
  logic found;

  always_comb begin
    winner = '0;
    found = 1'b0;
    for (int unsigned d = 0; d < Inputs; d++) begin
      automatic int unsigned candidate = (32'(first) + d) % Inputs;
      if (!found && request[candidate]) begin
        winner = 4'(candidate);
        found = 1'b1;
      end
    end
  end

  logic [3:0] waited;

  always_ff @(posedge clk) begin
    if (found && advance) first <= (winner == Inputs - 1) ? '0 : winner + 1'b1;
    if (!request[watched] || (advance && grant[watched])) waited <= '0;
    else if (advance) waited <= waited + 1'b1;
    if (rst) begin
      first <= '0;
      waited <= '0;
    end
  end

  valid: assert property (@(posedge clk) disable iff (rst) grant_valid == found);
  index: assert property (@(posedge clk) disable iff (rst) grant_index == winner);
  one_hot: assert property (@(posedge clk) disable iff (rst)
                            grant == (found ? Inputs'(1) << winner : '0));
  in_range: assert property (@(posedge clk) disable iff (rst) first < Inputs);
  fair: assert property (@(posedge clk) disable iff (rst) waited < Inputs);
  // Whoever has waited is behind at most as many inputs as are left between the pointer and it.
  distance: assert property (@(posedge clk) disable iff (rst)
                             32'(waited) + (32'(watched) + Inputs - 32'(first)) % Inputs < Inputs);
  long_wait: cover property (@(posedge clk) !rst && waited == Inputs - 1);
endmodule

`default_nettype wire
