`default_nettype none

// Settings of the data path: carries them from the registers to the core's clock, whole.
//
// After a change of any setting all of them are sent as one word; they change in one clock of clk,
// about three clocks of each side later. A change while a word is under way is sent after it: the
// last one always arrives. The values are zero from rst until the first word, which follows every
// hold: the resets of what crosses.

module csr_settings
  import table_pkg::*;
(
  input  wire logic      csr_clk,
  input  wire logic      csr_hold,
  input  wire logic      csr_cross_rst,
  input  wire settings_t wanted,
  input  wire logic      clk,
  input  wire logic      rst,
  input  wire logic      hold,
  input  wire logic      cross_rst,
  output settings_t      settings
);

  settings_t sent_q, arriving, settings_q;
  logic sent_valid_q, send, sending_ready, arrived;

  assign send = !sent_valid_q || wanted != sent_q;

  always_ff @(posedge csr_clk) begin
    if (send && sending_ready && !csr_hold) begin
      sent_q <= wanted;
      sent_valid_q <= 1'b1;
    end
    if (csr_hold) sent_valid_q <= 1'b0;
  end

  cdc_word #(
    .Data(settings_t)
  ) u_word (
    .src_clk  (csr_clk),
    .src_rst  (csr_cross_rst),
    .src_valid(send && !csr_hold),
    .src_ready(sending_ready),
    .src_data (wanted),
    .dst_clk  (clk),
    .dst_rst  (cross_rst),
    .dst_valid(arrived),
    .dst_ready(1'b1),
    .dst_data (arriving)
  );

  always_ff @(posedge clk) begin
    if (arrived && !hold) settings_q <= arriving;
    if (rst) settings_q <= '0;
  end

  assign settings = settings_q;

endmodule

`default_nettype wire
