// Brings what crosses between two clocks into reset on both sides, whichever side was reset, and
// whenever that was.
//
// `rst` of a side, one clock or more: `hold` of that side is high from the next clock on, that of
// the other side some clocks later. Both stay until both have been high together for Settle clocks
// of each side at least; then they fall at different times. What crosses has `hold` as its reset and
// drops what is under way. `other`: the other side was reset, high for some of the clocks of a hold.
// `idle`: nothing on this side stands between a request that it took and the answer that it gives.
// A side that is not idle keeps both in hold, so that no answer to a request from before comes
// after; it must become idle without the other side.
// Both hold after configuration. A side whose clock stands still keeps the other in hold.
`default_nettype none

module crossing_reset #(
    parameter int unsigned Settle = 4
) (
    input  wire  a_clk,
    input  wire  a_rst,
    input  wire  a_idle,
    output logic a_hold,
    output logic a_other,
    input  wire  b_clk,
    input  wire  b_rst,
    input  wire  b_idle,
    output logic b_hold,
    output logic b_other
);
  logic a_asks, a_agrees, b_asks, b_agrees;

  crossing_reset_side #(
      .Settle(Settle)
  ) u_a (
      .clk(a_clk),
      .rst(a_rst),
      .idle(a_idle),
      .hold(a_hold),
      .other(a_other),
      .asks(a_asks),
      .agrees(a_agrees),
      .other_asks(b_asks),
      .other_agrees(b_agrees)
  );

  crossing_reset_side #(
      .Settle(Settle)
  ) u_b (
      .clk(b_clk),
      .rst(b_rst),
      .idle(b_idle),
      .hold(b_hold),
      .other(b_other),
      .asks(b_asks),
      .agrees(b_agrees),
      .other_asks(a_asks),
      .other_agrees(a_agrees)
  );
endmodule

`default_nettype wire
