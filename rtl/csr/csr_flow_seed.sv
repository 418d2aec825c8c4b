`default_nettype none

// The seed of the flow table's hash: carries it to the core's clock, and tells whether it is in
// force.
//
// `written` is a clock of csr_clk in which all of `words` are valid, the last one for the first time.
// Some clocks later `seed_write` is high for one clock of clk, with `seed`, which then stays until
// the next one. A seed that is written while another is on its way is sent behind it; of several the
// last arrives.
//
// void_unsent drops a seed that is not on its way yet; with wait_unsent a new one waits, and `ready`
// is low. idle: none is on its way. csr_hold and hold: nothing crosses; a seed that waits or is on its
// way then is lost, and `ready` stays low until another is written.
//
// core_ready, a register of clk, must fall at most four clocks of clk behind seed_write. `ready`
// repeats it, but is low from `written` until core_ready has surely been seen low.

module csr_flow_seed (
  input  wire logic             csr_clk,
  input  wire logic             csr_hold,
  input  wire logic             csr_cross_rst,
  input  wire logic             written,
  input  wire logic [3:0][31:0] words,
  output logic                  ready,
  input  wire logic             wait_unsent,
  input  wire logic             void_unsent,
  output logic                  idle,

  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             hold,
  input  wire logic             cross_rst,
  output logic                  seed_write,
  output logic [127:0]          seed,
  input  wire logic             core_ready
);

  // Clocks of csr_clk that core_ready is not believed after the core took a seed: four of clk,
  // which may have half the rate, and the crossing.
  localparam logic [3:0] Doubt = 4'd15;

  logic pending_q, send, sending_ready, arrived, seen;
  logic lost_q;
  logic [3:0] doubt_q;
  logic [127:0] arriving;

  assign send = pending_q && !wait_unsent && !csr_hold;
  assign idle = sending_ready && !send;

  always_ff @(posedge csr_clk) begin
    if ((send && sending_ready) || void_unsent) pending_q <= 1'b0;
    if (written) pending_q <= 1'b1;
    if (written || pending_q || !sending_ready) doubt_q <= Doubt;
    else if (doubt_q != '0) doubt_q <= doubt_q - 4'd1;
    if (written) lost_q <= 1'b0;
    if (csr_hold) begin
      pending_q <= 1'b0;
      doubt_q <= Doubt;
      lost_q <= lost_q || written || pending_q || !sending_ready;
    end
  end

  cdc_word #(
    .Data(logic [127:0])
  ) u_word (
    .src_clk  (csr_clk),
    .src_rst  (csr_cross_rst),
    .src_valid(send),
    .src_ready(sending_ready),
    .src_data (words),
    .dst_clk  (clk),
    .dst_rst  (cross_rst),
    .dst_valid(arrived),
    .dst_ready(1'b1),
    .dst_data (arriving)
  );

  always_ff @(posedge clk) begin
    seed_write <= arrived && !hold && !rst;
    if (arrived) seed <= arriving;
  end

  cdc_sync u_ready (
    .clk(csr_clk),
    .in_level(core_ready),
    .out_level(seen)
  );

  assign ready = seen && !lost_q && doubt_q == '0 && !pending_q && !written && !wait_unsent;

endmodule

`default_nettype wire
