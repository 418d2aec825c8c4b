`default_nettype none

// One side of crossing_reset.
//
// A side that was reset asks by a level. The other then holds for Settle clocks, is idle, clears, and
// agrees by a level. The one that asked clears for Settle clocks, asks no longer, and the other agrees
// no longer: four phases, so that no level of one round is taken for that of another.
// A side begins to clear only when the other is known to hold, and agrees only when it has cleared for two
// clocks: no pointer moves that the other goes by.
// `asks` and `agrees` are registers; `other_*` are the other side's, unsynchronised.
module crossing_reset_side #(
  parameter int unsigned Settle = 4
) (
  input  wire logic clk,
  input  wire logic rst,
  input  wire logic idle,
  output logic      hold,
  output logic      clear,
  output logic      drains,
  output logic      other,
  output logic      asks,
  output logic      agrees,
  input  wire logic other_asks,
  input  wire logic other_agrees
);
  localparam int unsigned CountWidth = $clog2(Settle + 1);

  if (Settle < 2) begin : gen_check
    $fatal(1, "crossing_reset: Settle must be 2 or more");
  end

  logic asked;
  logic agreed;

  cdc_sync u_asked (
      .clk(clk),
      .in_level(other_asks),
      .out_level(asked)
  );

  cdc_sync u_agreed (
      .clk(clk),
      .in_level(other_agrees),
      .out_level(agreed)
  );

  // A reset that no round has begun for; the rounds of this side and of the other.
  logic pending_q;
  logic asks_q;
  logic hold_q;
  logic wipes_q;                    // this side's round: both hold
  logic [2:0] closes_q;             // the other's: this side clears; .. two clocks later it agrees
  logic [CountWidth-1:0] asked_q;   // clocks in which the other side has asked
  logic [CountWidth-1:0] agreed_q;  // .. and agreed
  logic begins;
  logic ends;

  initial begin
    pending_q = 1'b1;
    asks_q = 1'b0;
    hold_q = 1'b1;
    wipes_q = 1'b0;
    closes_q = '0;
  end

  assign asks = asks_q;
  assign agrees = closes_q[2];
  assign hold = hold_q;
  assign clear = wipes_q || closes_q[0];
  assign drains = hold_q && asked && !pending_q && !asks_q && !closes_q[0];
  assign other = asked;
  // The round before must be over on the other side too.
  assign begins = pending_q && !asks_q && !agreed;
  assign ends = asks_q && agreed_q == CountWidth'(Settle) && idle && !rst;

  always @(posedge clk) begin
    if (begins) begin
      pending_q <= 1'b0;
      asks_q <= 1'b1;
    end else begin
      if (rst && !asks_q) pending_q <= 1'b1;
      if (ends) asks_q <= 1'b0;
    end

    if (!agreed) agreed_q <= '0;
    else if (agreed_q != CountWidth'(Settle)) agreed_q <= agreed_q + 1'b1;
    wipes_q <= asks_q && agreed && !ends;

    if (!asked) asked_q <= '0;
    else if (asked_q != CountWidth'(Settle)) asked_q <= asked_q + 1'b1;
    closes_q <= {closes_q[1:0], closes_q[0] || (asked_q == CountWidth'(Settle) && idle)};
    if (!asked) closes_q <= '0;

    hold_q <= rst || pending_q || (asks_q && !ends) || asked;
  end

endmodule

`default_nettype wire
