// Properties of sleep_control: awake in the clock in which something enters, and in the QuietClocks
// after something entered or moved, none left out; asleep some clocks behind them.
`default_nettype none

module sleep_control_check (
    input wire clk,
    input wire rst,
    input wire enters,
    input wire moves
);
  localparam int unsigned QuietClocks = 4;

  logic awake;

  sleep_control #(
      .QuietClocks(QuietClocks)
  ) u_sleep (
      .clk,
      .rst,
      .enters,
      .moves,
      .awake
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) started || rst);

  // Clocks since it last had to begin anew, 7 at most.
  logic [2:0] since = 3'd0;
  always_ff @(posedge clk) begin
    if (rst || enters || moves) since <= 3'd1;
    else if (since != 3'd7) since <= since + 3'd1;
  end

  always_ff @(posedge clk) begin
    if (started) begin
      awake_at_once: assert (!(rst || enters) || awake);
      awake_after: assert (since > 3'(QuietClocks) || awake);
      asleep_in_the_end: assert (since != 3'd7 || rst || enters || !awake);
    end
  end

  covered_asleep: cover property (@(posedge clk) started && !awake);
  covered_woken: cover property (@(posedge clk) started && awake && since == 3'd7 && enters);
endmodule

`default_nettype wire
