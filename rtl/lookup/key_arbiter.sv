`default_nettype none

// Deals one look-up engine out to the line cards, round robin, one key a clock, no bubble (Fig.
// 5E).
//
// It grants ahead: told by `pushed` that a key will stand at a card's queue in the next clock, it
// decides in this one. `key_ready` is the registered grant, so that the wide multiplexer has a
// clock of its own. `out` comes one clock after `key_ready`. A card waits for at most Cards - 1
// other keys, and for one more clock when `hold` keeps a clock free of keys.
module key_arbiter
  import flowswitch_pkg::*;
#(
  parameter int unsigned Cards = 8,
  parameter int unsigned QueueKeys = 16
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             hold,      // no grant in this clock
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

  logic [Cards-1:0]  waiting_q;        // keys that are not granted yet
  logic [CountW-1:0] count_q [Cards];
  logic [CountW-1:0] count_d [Cards];
  logic [Cards-1:0]  request, grant, grant_q;
  logic [IndexW-1:0] grant_index;
  logic              grant_valid;

  assign request = (waiting_q | pushed) & {Cards{!hold}};

  round_robin #(.Inputs(Cards)) u_round_robin (
    .clk, .rst, .request, .advance(1'b1), .grant, .grant_index, .grant_valid
  );

  always_comb
    for (int i = 0; i < int'(Cards); i++)
      count_d[i] = count_q[i] + CountW'(pushed[i]) - CountW'(grant[i]);

  logic  valid_q;
  port_t port_q;

  always_ff @(posedge clk) begin
    for (int i = 0; i < int'(Cards); i++) begin
      count_q[i] <= rst ? '0 : count_d[i];
      waiting_q[i] <= !rst && count_d[i] != '0;
    end
    grant_q <= rst ? '0 : grant;
    valid_q <= !rst && grant_valid;
    port_q <= port_t'(grant_index);
  end

  assign key_ready = grant_q;

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
      chosen = '0;
      for (int i = 0; i < int'(Cards); i++)
        if (select_q[i]) chosen |= bits[i][Low+:Bits];
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
