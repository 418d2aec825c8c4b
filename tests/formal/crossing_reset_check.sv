// Properties of crossing_reset for any two clocks, over the first edges: a FIFO between the sides, whose
// resets are the holds, never loses, doubles or invents a word, whichever side is reset, and whenever.
// Words from before a hold do not come after it.
`default_nettype none

module crossing_reset_check (
    input wire a_clk,
    input wire a_rst,
    input wire a_idle,
    input wire b_clk,
    input wire b_rst,
    input wire b_idle,
    input wire a_valid,
    input wire b_ready
);
  localparam int unsigned Depth = 2;

  logic a_hold;
  logic b_hold;
  logic a_other;
  logic b_other;

  crossing_reset #(
      .Settle(3)
  ) u_reset (
      .*
  );

  logic a_ready;
  logic b_valid;

  fifo_async #(
      .Data(logic),
      .Depth(Depth)
  ) u_fifo (
      .src_clk(a_clk),
      .src_rst(a_hold),
      .src_valid(a_valid),
      .src_ready(a_ready),
      .src_data(1'b0),
      .dst_clk(b_clk),
      .dst_rst(b_hold),
      .dst_valid(b_valid),
      .dst_ready(b_ready),
      .dst_data()
  );

  // One reset of one side, at any time, of any length.
  logic a_used = 1'b0;
  logic a_over = 1'b0;
  logic b_used = 1'b0;
  logic b_over = 1'b0;

  // Words sent and arrived since the side was last in hold, modulo 8: at most Depth + 1 are under way.
  logic [2:0] sent = '0;
  logic [2:0] arrived = '0;
  // Each side has left the hold after configuration, come into hold again, and left it.
  logic a_left = 1'b0;
  logic a_again = 1'b0;
  logic a_done = 1'b0;
  logic b_left = 1'b0;
  logic b_again = 1'b0;
  logic b_done = 1'b0;

  always_ff @(posedge a_clk) begin
    if (a_valid && a_ready) sent <= sent + 1'b1;
    if (a_hold) sent <= '0;
    a_left <= a_left || !a_hold;
    a_again <= a_again || (a_left && a_hold);
    a_done <= a_done || (a_again && !a_hold);
    a_used <= a_used || a_rst;
    a_over <= a_over || (a_used && !a_rst);
  end

  always_ff @(posedge b_clk) begin
    if (b_valid && b_ready) arrived <= arrived + 1'b1;
    if (b_hold) arrived <= '0;
    b_left <= b_left || !b_hold;
    b_again <= b_again || (b_left && b_hold);
    b_done <= b_done || (b_again && !b_hold);
    b_used <= b_used || b_rst;
    b_over <= b_over || (b_used && !b_rst);
  end

  one_of_a: assume property (@(posedge a_clk) !(a_rst && (a_over || b_used)));
  one_of_b: assume property (@(posedge b_clk) !(b_rst && (b_over || a_used || a_rst)));

  logic [2:0] under_way;
  assign under_way = sent - arrived;

  // While only one side has come into hold again, or may have, the other's words are void.
  logic first;
  assign first = !a_again && !b_again && !(a_left && a_hold) && !(b_left && b_hold);

  no_overflow: assert property (@(posedge a_clk)
                                a_hold || !(first || a_done) || under_way <= Depth + 1);
  not_invented: assert property (@(posedge b_clk)
                                 b_hold || !(first || b_done) || !b_valid || under_way != 0);

  a_through: cover property (@(posedge b_clk) a_used && a_done && b_done && arrived == 1);
  b_through: cover property (@(posedge b_clk) b_used && a_done && b_done && arrived == 1);
endmodule

`default_nettype wire
