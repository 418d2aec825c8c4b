`default_nettype none

// Reads the layer-4 word (ports or SPI) and what a TCP or SCTP header says of its flow.
//
// The L3 header comes in clocks 1 to 3, `ipv4_2`, `ipv6_2` and where a chain of IPv6 headers leads
// in clock 2; `there_3` says in clock 3 whether the word is readable, `layer4_4` in clock 4 what it
// is. One packet a clock.
//
// The word stands at one of 23 places: which of them is known by the end of clock 2, one bit each;
// clock 3 chooses among each six places, clock 4 among the sixes.
module layer4_reader
  import parser_pkg::*;
(
  input  wire logic      clk,
  input  wire logic      valid_1,
  input  wire l3_t       l3_1,
  input  wire seen_t     seen_1,
  input  wire logic      chain_1,        // IPv6 with extension headers
  input  wire logic      valid_2,
  input  wire l3_t       l3_2,
  input  wire logic      ipv4_2,
  input  wire logic      ipv6_2,
  input  wire word_set_t chain_place_2,  // where it would stand behind extension headers
  output word_set_t      word_ok_2,      // the word is readable and inside the IP packet
  input  wire logic      valid_3,
  input  wire l3_t       l3_3,
  output logic           there_3,
  output layer4_t        layer4_4
);

  // ------------------------------------------------------------- clock 1: which words are readable
  logic options_ok_2;              // IHL is at least 5
  logic plain6_2;                  // not IPv4, no extension headers
  logic plain_ah_2;                // the first next-header byte or IPv4's protocol is AH

  // Bytes that IPv4 says it has from L3 on, and IPv6 behind its first 40.
  logic [15:0] total4, payload6;
  assign total4 = half(l3_1[8*2+:16]);
  assign payload6 = half(l3_1[8*4+:16]);

  always_ff @(posedge clk)
    if (valid_1) begin
      options_ok_2 <= l3_1[3:0] >= 4'd5;
      plain6_2 <= !seen_1.type4 && !chain_1;
      plain_ah_2 <= (seen_1.type4 ? l3_1[8*9+:8] : l3_1[8*6+:8]) == ProtocolAh;
      for (int w = int'(FirstWord); w <= int'(LastWord); w++)
        word_ok_2[w] <= seen_1.readable >= 8'(4 * w + 4) &&
                        ((seen_1.type4 && at_least(total4, 7'(unsigned'(4 * w + 4)))) ||
                         (!seen_1.type4 && w >= 10 &&
                          at_least(payload6, 7'(unsigned'(4 * w - 36)))));
    end

  // ---------------------------------------------------------------------- clock 2: where it stands
  word_set_t place;

  always_comb begin
    place = 'x;
    if (valid_2) begin
      place = chain_place_2;
      for (int w = int'(FirstWord); w <= 16; w++)
        place[w] |= ipv4_2 && options_ok_2 && (plain_ah_2 ? l3_2[3:0] == 4'(w - 1) && w >= 6
                                                          : l3_2[3:0] == 4'(w) && w < 16);
      place[10] |= ipv6_2 && plain6_2 && !plain_ah_2;
      place[11] |= ipv6_2 && plain6_2 && plain_ah_2;
    end
  end

  // Of the flags ACK, RST, SYN and FIN.
  function automatic says_e tcp_says(input logic ack, input logic [2:0] flags);
    if (flags[2]) return SaysReset;
    if (flags[1] && !ack) return SaysStart;
    return flags[0] ? SaysFin : SaysNothing;
  endfunction

  function automatic says_e sctp_says(input logic [7:0] chunk);
    case (chunk)
      8'd1: return SaysStart;
      8'd6: return SaysReset;
      8'd7, 8'd8, 8'd14: return SaysFin;
      default: return SaysNothing;
    endcase
  endfunction

  word_set_t select_3;
  word_set_t says_select_3;        // the fourth word of the header that begins there
  says_e [LastWord:FirstWord] tcp_says_3, sctp_says_3;   // of each word

  always_ff @(posedge clk) begin
    tcp_says_3 <= 'x;
    sctp_says_3 <= 'x;
    if (valid_2) begin
      select_3 <= place & word_ok_2;
      says_select_3 <= (place << 3) & word_ok_2;
      for (int w = int'(FirstWord); w <= int'(LastWord); w++) begin
        tcp_says_3[w] <= tcp_says(l3_2[32*w+8+4], l3_2[32*w+8+:3]);
        sctp_says_3[w] <= sctp_says(l3_2[32*w+:8]);
      end
    end
  end

  // --------------------------------------------------------------- clocks 3 and 4: the word itself
  localparam int unsigned GroupWords = 6;
  localparam int unsigned Groups = (LastWord - FirstWord) / GroupWords + 1;

  layer4_t [Groups-1:0] part_3, part_4;
  logic                 valid_4;

  assign there_3 = |select_3;

  always_comb begin
    part_3 = 'x;
    if (valid_3) begin
      part_3 = '0;
      for (int w = int'(FirstWord); w <= int'(LastWord); w++) begin
        automatic int g = (w - int'(FirstWord)) / int'(GroupWords);
        if (select_3[w]) part_3[g].word |= address4(l3_3[32*w+:32]);
        if (says_select_3[w]) begin
          part_3[g].tcp = says_e'(part_3[g].tcp | tcp_says_3[w]);
          part_3[g].sctp = says_e'(part_3[g].sctp | sctp_says_3[w]);
        end
      end
    end
  end

  always_ff @(posedge clk) begin
    valid_4 <= valid_3;
    part_4 <= 'x;
    if (valid_3) part_4 <= part_3;
  end

  always_comb begin
    layer4_4 = 'x;
    if (valid_4) begin
      layer4_4 = '0;
      for (int g = 0; g < int'(Groups); g++) layer4_4 = layer4_t'(layer4_4 | part_4[g]);
    end
  end

endmodule

`default_nettype wire
