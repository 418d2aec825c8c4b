`default_nettype none

// Fills the tables of the keyed hash from a seed: table t, word w gets the low 60 bits of output
// number 64t + w of xoroshiro128** (Blackman and Vigna, 2018), whose state is the seed.
//
// `seed_write` in any clock, also while it fills: it begins anew. Then a word a clock (`write` has
// a bit for each table), from 3 clocks after `seed_write` on; `ready` falls in the clock after
// `seed_write` and rises when every key whose hash stands has found the tables filled. It is low
// until there is a seed.
module seed_fill #(
  parameter int unsigned Tables = 27,
  parameter int unsigned Width = 60
) (
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         seed_write,
  input  wire logic [127:0] seed,  // word 0 lowest: the low half of the state's first half
  output logic [Tables-1:0] write,
  output logic [5:0]        write_index,
  output logic [Width-1:0]  write_word,
  output logic              ready
);

  localparam int unsigned NumberW = $clog2(64 * Tables);
  localparam logic [NumberW-1:0] LastNumber = NumberW'(64 * Tables - 1);
  // Clocks from the last word on until keys that were hashed with less have left the pipeline.
  localparam int unsigned Settle = 15;

  function automatic logic [63:0] rotate(input logic [63:0] x, input int by);
    return x << by | x >> (64 - by);
  endfunction

  logic [63:0]        s0_q, s1_q, mixed;
  logic               filling_q;
  logic [NumberW-1:0] number_q;
  logic [3:0]         settle_q;

  assign mixed = s0_q ^ s1_q;

  always_ff @(posedge clk) begin
    s0_q <= rotate(s0_q, 24) ^ mixed ^ (mixed << 16);
    s1_q <= rotate(mixed, 37);
    number_q <= number_q + NumberW'(1'b1);
    if (number_q == LastNumber) filling_q <= 1'b0;
    if (filling_q) settle_q <= 4'(Settle);
    else if (settle_q != '0) settle_q <= settle_q - 4'd1;
    if (settle_q == 4'd1) ready <= 1'b1;
    if (seed_write) begin
      s0_q <= seed[63:0];
      s1_q <= seed[127:64];
      number_q <= '0;
      filling_q <= 1'b1;
      settle_q <= '0;
      ready <= 1'b0;
    end
    if (rst) begin
      filling_q <= 1'b0;
      settle_q <= '0;
      ready <= 1'b0;
    end
  end

  // The output's two products, each an addition, have a clock each.
  logic [63:0]        fivefold_q, rotated;
  logic               filling_2;
  logic [NumberW-1:0] number_2;

  assign rotated = rotate(fivefold_q, 7);

  always_ff @(posedge clk) begin
    fivefold_q <= s0_q + (s0_q << 2);
    filling_2 <= filling_q && !seed_write && !rst;
    number_2 <= number_q;
    write <= '0;
    if (filling_2 && !seed_write && !rst)
      for (int t = 0; t < int'(Tables); t++)
        write[t] <= number_2[NumberW-1:6] == (NumberW-6)'(unsigned'(t));
    write_index <= number_2[5:0];
    write_word <= Width'(rotated + (rotated << 3));
  end

endmodule

`default_nettype wire
