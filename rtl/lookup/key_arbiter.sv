`default_nettype none

// Deals one look-up engine out to the line cards, round robin, one key a clock, no bubble (Fig.
// 5E).
//
// It grants ahead: a key that is `pushed` into a card's queue in this clock stands there in the next,
// and can be granted in this one. `coming` tells a clock before that a key will be pushed, if the
// queue is not full then. `key_ready` is the registered grant, so that the wide multiplexer has a
// clock of its own. `out` comes one clock after `key_ready`. A card waits for at most Cards - 1
// other keys, and for one more clock when `hold` keeps a clock free of keys.
module key_arbiter
  import frame_pkg::*;
  import key_pkg::*;
#(
  parameter int unsigned Cards = 8,
  parameter int unsigned QueueKeys = 16
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             hold,  // no grant in this clock
  input  wire logic [Cards-1:0] coming,
  input  wire logic [Cards-1:0] pushed,
  output logic [Cards-1:0]      key_ready,
  input  wire key_t             key [Cards],
  output logic                  out_valid,
  output port_t                 out_port,
  output key_t                  out_key
);

  localparam int unsigned CountW = $clog2(QueueKeys + 2);
  localparam int unsigned KeyW = $bits(key_t);
  localparam int unsigned Slices = (KeyW + 127) / 128;
  localparam int unsigned IndexW = $clog2(Cards);

  // Keys that were pushed before this clock and are not granted yet.
  logic [CountW-1:0] count_q [Cards];
  // A key can be granted: one of those, or one that is pushed in this clock. If that finds a full
  // queue, there are keys anyway.
  logic [Cards-1:0]  waiting_q;
  logic [Cards-1:0]  free, grant, grant_q;
  logic [IndexW-1:0] grant_index;
  logic              grant_valid;

  round_robin #(.Inputs(Cards)) u_round_robin (
    .clk, .rst, .request(waiting_q), .advance(!hold), .grant(free), .grant_index, .grant_valid
  );

  assign grant = free & {Cards{!hold}};

  logic  valid_q;
  port_t port_q;

  always_ff @(posedge clk) begin
    for (int i = 0; i < int'(Cards); i++) begin
      // The grant comes late: it chooses between what is ready by then.
      if (grant[i] != pushed[i]) count_q[i] <= grant[i] ? count_q[i] - 1'b1 : count_q[i] + 1'b1;
      waiting_q[i] <= coming[i] ||
                      (grant[i] ? count_q[i] > CountW'(1) || (count_q[i] != '0 && pushed[i])
                                : count_q[i] != '0 || pushed[i]);
      if (rst) begin
        count_q[i] <= '0;
        waiting_q[i] <= 1'b0;
      end
    end
    grant_q <= rst ? '0 : grant;
    valid_q <= !rst && grant_valid && !hold;
    port_q <= port_t'(grant_index);
  end

  assign key_ready = grant_q;

  always_ff @(posedge clk)
    for (int i = 0; i < int'(Cards); i++)
      if (!rst) a_key: assert (!grant[i] || pushed[i] || count_q[i] != '0);

  logic [KeyW-1:0] bits [Cards];
  for (genvar i = 0; i < Cards; i++) begin : gen_bits
    assign bits[i] = key[i];
  end

  // The grant selects hundreds of bits: a copy for each 128, with its reset as data, or synthesis
  // merges the copies.
  logic [KeyW-1:0] chosen_q;
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    localparam int unsigned Low = 128 * s;
    localparam int unsigned Bits = KeyW - Low < 128 ? KeyW - Low : 128;
    (* keep = "true" *) logic [Cards-1:0] select_q;
    logic [Bits-1:0] chosen;
    always_comb begin
      chosen = 'x;
      if (valid_q) begin
        chosen = '0;
        for (int i = 0; i < int'(Cards); i++)
          if (select_q[i]) chosen |= bits[i][Low+:Bits];
      end
    end
    always_ff @(posedge clk) begin
      select_q <= grant & {Cards{!rst}};
      chosen_q[Low+:Bits] <= chosen;
    end
  end

  assign out_key = key_t'(chosen_q);

  always_ff @(posedge clk) begin
    out_valid <= valid_q && !rst;
    out_port <= port_q;
  end

endmodule

`default_nettype wire
