`default_nettype none

// Makes few 16-bit words of many, with the same one's complement sum; zero only if all are.
//
// Combinational: one six-input LUT for each of Levels. `left` means something with `valid`.
module checksum_tree
  import checksum_pkg::*;
#(
  parameter int unsigned Words = 6,
  parameter int unsigned Levels = 1,
  localparam int unsigned Left = words_left(Words, Levels)
) (
  input  wire logic                   valid,
  input  wire logic [Words-1:0][15:0] words,
  output logic [Left-1:0][15:0]       left
);

  localparam int unsigned Padded = 6 * ((Words + 5) / 6);

  always_comb begin
    logic [Padded-1:0][15:0] row, next;
    row = 'x;
    next = 'x;
    left = 'x;
    if (valid) begin
      row = (Padded * 16)'(words);
      for (int unsigned l = 0; l < Levels; l++) begin
        next = '0;
        for (int unsigned g = 0; 6 * g < words_left(Words, l); g++)
          next[3*g+:3] = compress(row[6*g+:6]);
        row = next;
      end
      left = row[Left-1:0];
    end
  end

endmodule

`default_nettype wire
