`default_nettype none

// Brings what crosses between two clocks into reset on both sides, whichever side was reset, and
// whenever that was.
//
// `rst` of a side, one clock or more: `hold` of that side is high from the next clock on, that of
// the other side some clocks later. Nothing is given across and nothing taken with `hold`, but that
// a side may take with `drains` what the other gave before its reset. When both hold, `clear` resets
// what crosses on both sides, and drops what is under way; the two are high together for Settle clocks
// of the side that was reset. Then all fall, at different times. `other`: the other side was reset, high
// for some of the clocks of a hold.
// `idle`: nothing on this side stands between a request that it took and the answer that it gives, and
// with `drains` nothing is left to take. A side that is not idle keeps both in hold, so that no answer to
// a request from before comes after; it must become idle without the other side.
// Both hold after configuration. A side whose clock stands still keeps the other in hold.
module crossing_reset #(
  parameter int unsigned Settle = 4
) (
  input  wire logic a_clk,
  input  wire logic a_rst,
  input  wire logic a_idle,
  output logic      a_hold,
  output logic      a_clear,
  output logic      a_drains,
  output logic      a_other,
  input  wire logic b_clk,
  input  wire logic b_rst,
  input  wire logic b_idle,
  output logic      b_hold,
  output logic      b_clear,
  output logic      b_drains,
  output logic      b_other
);
  logic a_asks, a_agrees, b_asks, b_agrees;

  crossing_reset_side #(
      .Settle(Settle)
  ) u_a (
      .clk(a_clk),
      .rst(a_rst),
      .idle(a_idle),
      .hold(a_hold),
      .clear(a_clear),
      .drains(a_drains),
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
      .clear(b_clear),
      .drains(b_drains),
      .other(b_other),
      .asks(b_asks),
      .agrees(b_agrees),
      .other_asks(a_asks),
      .other_agrees(a_agrees)
  );

endmodule

`default_nettype wire
