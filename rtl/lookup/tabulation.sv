`default_nettype none

// A keyed hash of an argument by tabulation: each 6 bits select a word of a table of their own, the
// words are combined by exclusive or.
//
// One argument a clock, `hash` 2 clocks later. `write` (a bit for each table) puts `write_word` at
// `write_index` of a table; it acts on arguments of the second clock after it and later ones.
// Contents begin as zero.
module tabulation #(
  parameter int unsigned Tables = 22,
  parameter int unsigned Width = 60
) (
  input  wire logic                clk,
  input  wire logic [Tables-1:0]   write,
  input  wire logic [5:0]          write_index,
  input  wire logic [Width-1:0]    write_word,
  input  wire logic                valid,  // of the argument
  input  wire logic [6*Tables-1:0] argument,
  output logic [Width-1:0]         hash
);

  // So many words, and no more, are combined in one clock.
  localparam int unsigned Group = 6;
  localparam int unsigned Groups = (Tables + Group - 1) / Group;

  // Of its own for each copy of the tables: thousands of LUT RAMs hang on it.
  logic [Tables-1:0]                     write_q;
  (* keep = "true", dont_touch = "true" *) logic [5:0]        write_index_q;
  (* keep = "true", dont_touch = "true" *) logic [Width-1:0]  write_word_q;

  always_ff @(posedge clk) begin
    write_q <= write;
    write_index_q <= write_index;
    write_word_q <= write_word;
  end

  logic [Tables-1:0][Width-1:0] words;

  for (genvar t = 0; t < Tables; t++) begin : gen_table
    (* ram_style = "distributed" *) logic [Width-1:0] storage [64];
    initial for (int i = 0; i < 64; i++) storage[i] = '0;
    always @(posedge clk) if (write_q[t]) storage[write_index_q] <= write_word_q;
    always_comb begin
      words[t] = 'x;
      if (valid) words[t] = storage[argument[6*t+:6]];
    end
  end

  logic [Groups-1:0][Width-1:0] groups_d, groups_q;
  logic [Width-1:0]             hash_d;

  always_comb begin
    groups_d = 'x;
    if (valid) begin
      groups_d = '0;
      for (int t = 0; t < int'(Tables); t++) groups_d[t/int'(Group)] ^= words[t];
    end
    hash_d = '0;
    for (int g = 0; g < int'(Groups); g++) hash_d ^= groups_q[g];
  end

  always_ff @(posedge clk) begin
    groups_q <= groups_d;
    hash <= hash_d;
  end

endmodule

`default_nettype wire
