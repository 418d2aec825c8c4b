`default_nettype none

// Limits how many frames the host gets for each reason: a bucket of tokens for each.
//
// A frame's beats pass by; only their handshake goes through here. Its first beat waits a clock in
// which it is decided, so a frame of n beats takes n + 1 clocks. A frame that finds its reason's
// bucket empty is taken here: one pulse of `limited`, which is one frame of `limited_reason`.
// Every 2^20 ns each bucket gains its rate, up to its burst; for that no frame is decided for 64
// clocks (then some are, however time runs). A limit that is written begins with a full bucket.
// Rate 0: no limit.

module punt_limiter (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic [43:0]       interval,   // time in units of 2^20 ns
  input  wire logic [15:0][15:0] rate,
  input  wire logic [15:0][15:0] burst,
  input  wire logic [15:0]       written,    // together with the new values
  input  wire logic              in_valid,
  output logic                   in_ready,
  input  wire logic              in_last,
  input  wire logic [3:0]        in_reason,  // constant over a frame
  output logic                   out_valid,
  input  wire logic              out_ready,
  output logic                   limited,
  output logic [3:0]             limited_reason
);

  // Clocks between two rounds of gains, at least, in which frames are decided.
  localparam logic [6:0] Rest = 7'd100;

  // ---------------------------------------------------------------------------- whose gain is due
  logic [43:0] interval_q;
  logic        ticked_q, gain_due_q, due_q;
  logic [15:0] fill_due_q;
  logic        round_begins;

  always_ff @(posedge clk) begin
    interval_q <= interval;
    ticked_q <= interval != interval_q && !rst;
    if (round_begins) gain_due_q <= 1'b0;
    if (ticked_q) gain_due_q <= 1'b1;
    // Where a round ends it is as old as the rest after it.
    due_q <= gain_due_q || fill_due_q != '0;
    if (rst) begin
      gain_due_q <= 1'b0;
      due_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------------------------ the round
  typedef enum logic [2:0] {RoundNone, RoundRead, RoundAdd, RoundBound, RoundWrite} round_e;

  round_e      round_q;
  logic        gains_q;              // this round is one of gains, not of filling alone
  logic [3:0]  index_q;
  logic [6:0]  rest_q;
  logic        fills_q;
  logic [15:0] base_q, rate_q, burst_q, filled_q;
  logic [16:0] sum_q;
  logic        charge_q;

  assign round_begins = round_q == RoundNone && rest_q == '0 && !charge_q && due_q;

  always_ff @(posedge clk) begin
    if (rest_q != '0) rest_q <= rest_q - 7'd1;
    fill_due_q <= fill_due_q | written;
    unique case (round_q)
      RoundNone:
        if (round_begins) begin
          round_q <= RoundRead;
          gains_q <= gain_due_q;
        end
      RoundRead: begin
        round_q <= RoundAdd;
        fill_due_q[index_q] <= written[index_q];
      end
      RoundAdd: round_q <= RoundBound;
      RoundBound: round_q <= RoundWrite;
      default: begin
        index_q <= index_q + 4'd1;
        round_q <= RoundRead;
        if (index_q == '1) begin
          round_q <= RoundNone;
          rest_q <= Rest;
        end
      end
    endcase
    if (rst) begin
      round_q <= RoundNone;
      index_q <= '0;
      rest_q <= '0;
      fill_due_q <= '0;
    end
  end

  // ------------------------------------------------------------------------------------- the tokens
  (* ram_style = "distributed" *) logic [15:0] tokens [16];

  logic [3:0]  read_index, reason_q;
  logic [15:0] found, found_q;
  logic        decided_q, decide, pass_q, counts_q;
  logic [15:0] limits_q;             // which reasons have a limit
  logic [15:0] any_q;                // .. and which have tokens

  initial begin
    for (int i = 0; i < 16; i++) tokens[i] = '0;
    any_q = '0;
  end

  assign read_index = round_q == RoundNone ? in_reason : index_q;
  assign found = tokens[read_index];

  always @(posedge clk) begin
    if (round_q == RoundRead) begin
      base_q <= found;
      rate_q <= rate[index_q];
      burst_q <= burst[index_q];
      fills_q <= fill_due_q[index_q];
    end
    sum_q <= 17'(base_q) + 17'(rate_q);
    if (fills_q || (gains_q && sum_q > 17'(burst_q))) filled_q <= burst_q;
    else filled_q <= gains_q ? sum_q[15:0] : base_q;
    if (round_q == RoundWrite) begin
      tokens[index_q] <= filled_q;
      any_q[index_q] <= filled_q != '0;
    end else if (charge_q && pass_q && counts_q) begin
      tokens[reason_q] <= found_q - 16'd1;
      any_q[reason_q] <= found_q != 16'd1;
    end
  end

  // ------------------------------------------------------------------------------------- the frames
  assign decide = in_valid && !decided_q && round_q == RoundNone && !round_begins;
  assign out_valid = in_valid && decided_q && pass_q;
  assign in_ready = decided_q && (out_ready || !pass_q);

  always_ff @(posedge clk) begin
    for (int r = 0; r < 16; r++) limits_q[r] <= rate[r] != '0;
    charge_q <= decide && !rst;
    if (decide) begin
      decided_q <= 1'b1;
      reason_q <= in_reason;
      found_q <= found;
      counts_q <= limits_q[in_reason];
      pass_q <= !limits_q[in_reason] || any_q[in_reason];
    end else if (in_valid && in_ready && in_last) decided_q <= 1'b0;
    limited <= charge_q && !pass_q && !rst;
    limited_reason <= reason_q;
    if (rst) decided_q <= 1'b0;
  end

endmodule

`default_nettype wire
