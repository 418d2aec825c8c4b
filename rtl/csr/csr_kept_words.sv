`default_nettype none

// Words of the register block that belong to software: the generation, then the configuration.
//
// The words that are `asked` for in a clock with `is_write` take those bits of `data` that `enable`
// tells; they hold them from the next clock on. While the generation is zero it takes 1 alone. All
// are zero after configuration and from `clear` on; nothing else resets them.

module csr_kept_words (
  input  wire logic        clk,
  input  wire logic        clear,
  input  wire logic [2:0]  asked,
  input  wire logic        is_write,
  input  wire logic [31:0] data,
  input  wire logic [31:0] enable,
  output logic [2:0][31:0] words
);

  logic [2:0][31:0] words_q, words_d;
  logic             goes_on;        // the generation may take what is written

  initial words_q = '0;

  assign words = words_q;
  assign goes_on = words_q[0] != '0 || words_d[0] == 32'd1;

  for (genvar i = 0; i < 3; i++) begin : gen_word
    assign words_d[i] = (words_q[i] & ~enable) | (data & enable);
    always @(posedge clk) begin
      if (asked[i] && is_write && (i != 0 || goes_on)) words_q[i] <= words_d[i];
      if (clear) words_q[i] <= '0;
    end
  end

endmodule

`default_nettype wire
