`default_nettype none

// Reads the packet that an ICMP error quotes (docs/src/card/flows.md section 4).
//
// The L3 header comes in clocks 1 and 2; the outputs are registers of clock 3. One packet a clock.
module quote_reader
  import parser_pkg::*;
(
  input  wire logic  clk,
  input  wire logic  rst,
  input  wire logic  valid_1,
  input  wire l3_t   l3_1,
  input  wire seen_t seen_1,
  input  wire logic  valid_2,
  input  wire l3_t   l3_2,
  input  wire logic  ipv4_2,
  // An error that quotes a packet of its destination; copies: the source address hangs on one.
  output logic       quoted_3,
  output logic       quoted_copy_3,
  output quote_t     quote_3
);

  // ---------------------------------------------------------------- clock 1: errors, and the quote
  localparam int unsigned Chunks = 8;       // parts of a comparison of addresses

  typedef struct packed {
    logic              error4;
    logic              error6;
    logic              header4;      // it is a header that can be read, its length apart
    logic              header6;
    logic              header_there; // .. and it is all there
    logic              word_there;   // the words behind it are readable
    logic              next_word_there;
    logic [7:0]        protocol;
    logic              ports;
    logic              esp;
    logic              ah;
    logic [Chunks-1:0] same6;        // the quote's source is the error's destination
    logic [1:0]        same4;
  } quote_seen_t;

  quote_seen_t quote_2;
  logic [7:0]  protocol;
  logic [7:0]  next_header, type4, type6;
  logic        whole4;                      // no options, not a fragment

  assign protocol = seen_1.type4 ? l3_1[8*(Quote4+9)+:8] : l3_1[8*(Quote6+6)+:8];
  assign next_header = l3_1[8*6+:8];
  assign type4 = l3_1[8*20+:8];
  assign type6 = l3_1[8*40+:8];
  assign whole4 = l3_1[7:0] == 8'h45 && !l3_1[8*6+5] && l3_1[8*6+:5] == '0 && l3_1[8*7+:8] == '0;

  always_ff @(posedge clk)
    if (valid_1) begin
      quote_2.error4 <= seen_1.type4 && seen_1.readable >= 8'd21 && whole4 &&
                        l3_1[8*9+:8] == ProtocolIcmp &&
                        (type4 == 8'd3 || type4 == 8'd4 || type4 == 8'd11 || type4 == 8'd12);
      quote_2.error6 <= seen_1.type6 && seen_1.readable >= 8'd41 && l3_1[7:4] == 4'd6 &&
                        next_header == ProtocolIcmp6 && type6 >= 8'd1 && type6 <= 8'd4;
      quote_2.header4 <= l3_1[8*Quote4+:8] == 8'h45 && l3_1[8*(Quote4+6)+:5] == '0 &&
                         l3_1[8*(Quote4+7)+:8] == '0;
      quote_2.header6 <= l3_1[8*Quote6+4+:4] == 4'd6 && !is_extension(l3_1[8*(Quote6+6)+:8]);
      quote_2.header_there <=
        seen_1.readable >= (seen_1.type4 ? 8'(Quote4 + 20) : 8'(Quote6 + 40));
      quote_2.word_there <=
        seen_1.readable >= (seen_1.type4 ? 8'(Quote4 + 24) : 8'(Quote6 + 44));
      quote_2.next_word_there <=
        seen_1.readable >= (seen_1.type4 ? 8'(Quote4 + 28) : 8'(Quote6 + 48));
      quote_2.protocol <= protocol;
      quote_2.ports <= has_ports(protocol);
      quote_2.esp <= protocol == ProtocolEsp;
      quote_2.ah <= protocol == ProtocolAh;
      for (int c = 0; c < int'(Chunks); c++)
        quote_2.same6[c] <= l3_1[8*(Quote6+8)+16*c+:16] == l3_1[8*24+16*c+:16];
      for (int c = 0; c < 2; c++)
        quote_2.same4[c] <= l3_1[8*(Quote4+12)+16*c+:16] == l3_1[8*16+16*c+:16];
    end

  // ---------------------------------------------------- clock 2: what it says, as it counts for us
  logic        readable, same, error, has_word;
  logic [31:0] octets, word;

  always_comb begin
    readable = 'x;
    same = 'x;
    error = 'x;
    has_word = 'x;
    octets = 'x;
    word = 'x;
    if (valid_2) begin
      error = quote_2.error4 || quote_2.error6;
      has_word = quote_2.ports || quote_2.esp || quote_2.ah;
      readable = (ipv4_2 ? quote_2.header4 : quote_2.header6) && quote_2.header_there &&
                 (quote_2.word_there || !has_word) && (quote_2.next_word_there || !quote_2.ah);
      same = ipv4_2 ? &quote_2.same4 : &quote_2.same6;
      if (ipv4_2) octets = quote_2.ah ? l3_2[8*(Quote4+24)+:32] : l3_2[8*(Quote4+20)+:32];
      else octets = quote_2.ah ? l3_2[8*(Quote6+44)+:32] : l3_2[8*(Quote6+40)+:32];
      word = address4(octets);
      if (quote_2.ports) word = {word[15:0], word[31:16]};
    end
  end

  (* keep = "true" *) logic quoted_q;
  (* keep = "true" *) logic quoted_copy_q;

  always_ff @(posedge clk)
    if (valid_2) begin
      quoted_q <= error && readable && same;
      // Unlike the other for synthesis, which merges equal copies.
      quoted_copy_q <= error && readable && same && !rst;
      quote_3 <= '{
        lost: error && !readable, protocol: quote_2.protocol, ports: quote_2.ports,
        spi: quote_2.esp || quote_2.ah, word: word};
    end

  assign quoted_3 = quoted_q;
  assign quoted_copy_3 = quoted_copy_q;

endmodule

`default_nettype wire
