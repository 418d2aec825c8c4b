// Settings of the data path: carries them from the registers to the core's clock, whole.
//
// After a change of any setting all of them are sent as one word; they change in one clock of clk,
// about three clocks of each side later. A change while a word is under way is sent after it: the
// last one always arrives. The values are zero from rst until the first word, which follows every
// hold: the resets of what crosses.

`default_nettype none

module csr_settings #(
  parameter int unsigned Ports = 8
) (
  input logic             csr_clk,
  input logic             csr_hold,
  input logic             csr_cross_rst,
  input logic [Ports-1:0] register_bpdu_to_host,
  input logic             register_drop_unknown,
  input logic [     14:0] register_fdb_age,
  input logic [     14:0] register_announce,
  input logic [      5:0] register_client_bits4,
  input logic [      7:0] register_client_bits6,

  input  logic             clk,
  input  logic             rst,
  input  logic             hold,
  input  logic             cross_rst,
  output logic [Ports-1:0] bpdu_to_host,
  output logic             drop_unknown,
  output logic [     14:0] fdb_age,
  output logic [     14:0] announce,
  output logic [      5:0] client_bits4,
  output logic [      7:0] client_bits6
);

  typedef struct packed {
    logic [Ports-1:0] bpdu_to_host;
    logic             drop_unknown;
    logic [14:0]      fdb_age;
    logic [14:0]      announce;
    logic [5:0]       client_bits4;
    logic [7:0]       client_bits6;
  } settings_t;

  settings_t wanted, sent_q, arriving, settings_q;
  logic sent_valid_q, send, sending_ready, arrived;

  assign wanted = '{
          bpdu_to_host: register_bpdu_to_host,
          drop_unknown: register_drop_unknown,
          fdb_age: register_fdb_age,
          announce: register_announce,
          client_bits4: register_client_bits4,
          client_bits6: register_client_bits6
      };

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

  assign bpdu_to_host = settings_q.bpdu_to_host;
  assign drop_unknown = settings_q.drop_unknown;
  assign fdb_age = settings_q.fdb_age;
  assign announce = settings_q.announce;
  assign client_bits4 = settings_q.client_bits4;
  assign client_bits6 = settings_q.client_bits6;

endmodule

`default_nettype wire
