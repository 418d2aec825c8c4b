`default_nettype none

// Follows the chain of IPv6 extension headers (docs/src/card/verdicts.md section 1).
//
// The L3 header comes in clock 0 without a register, and in clocks 1 to 3 from those of
// `header_parser`. In clock 2: where the chain leads; in clock 3: of which datagram the packet is a
// fragment. One packet a clock.
//
// The chain is not walked step by step. A header can only stand at one of 8 positions, 8 bytes
// apart, and says itself where the next one stands; so "is position j reached" is an or over the
// positions before it, and three positions at a time fit one look-up table.
module ipv6_chain
  import parser_pkg::*;
(
  input  wire logic      clk,
  input  wire logic      start,
  input  wire l3_t       l3_0,
  input  wire logic      valid_1,
  input  wire l3_t       l3_1,
  input  wire logic [7:0] readable_1,
  input  wire logic      valid_2,
  input  wire l3_t       l3_2,
  input  wire word_set_t word_ok_2,     // the word is readable
  output logic           chain_2,       // there is an extension header, if it is IPv6
  output chain_t         leads_2,
  output word_set_t      place_2,       // where the layer-4 word would stand
  input  wire logic      valid_3,
  input  wire l3_t       l3_3,
  output logic           tcp_3,         // the datagram is a TCP segment
  output logic [31:0]    id_3
);

  // --------------------------- clock 0: what the header at position i would say, if there were one
  position_set_t               more_d;     // its successor is an extension header
  position_set_t               to_fragment_d, to_ah_d, to_tcp_d;
  position_set_t               offset_d;   // as a fragment header: offset not 0
  position_set_t               fragment_d; // .. or more fragments to come
  logic [Headers-1:0][Headers-1:0] step_d; // step_d[i][d]: its successor stands at i + 1 + d

  always_comb begin
    more_d = 'x;
    to_fragment_d = 'x;
    to_ah_d = 'x;
    to_tcp_d = 'x;
    offset_d = 'x;
    fragment_d = 'x;
    step_d = 'x;
    if (start)
      for (int i = 0; i < int'(Headers); i++) begin
        automatic logic [7:0] next_header = l3_0[8*(40+8*i)+:8];
        more_d[i] = is_extension(next_header);
        to_fragment_d[i] = next_header == ProtocolFragment;
        to_ah_d[i] = next_header == ProtocolAh;
        to_tcp_d[i] = next_header == ProtocolTcp;
        offset_d[i] = |l3_0[8*(42+8*i)+:8] || |l3_0[8*(43+8*i)+3+:5];
        fragment_d[i] = offset_d[i] || l3_0[8*(43+8*i)];
        for (int d = 0; d < int'(Headers); d++)
          step_d[i][d] = l3_0[8*(41+8*i)+:8] == 8'(unsigned'(d));
      end
  end

  position_set_t more_1, to_fragment_1, to_ah_1, to_tcp_1, offset_1, fragment_1;
  logic [Headers-1:0][Headers-1:0] step_1;

  always_ff @(posedge clk)
    if (start) begin
      more_1 <= more_d;
      to_fragment_1 <= to_fragment_d;
      to_ah_1 <= to_ah_d;
      to_tcp_1 <= to_tcp_d;
      offset_1 <= offset_d;
      fragment_1 <= fragment_d;
      step_1 <= step_d;
    end

  // ---------------------------------------------------- clock 1: which positions the chain reaches
  // jump[i][j]: the header at i is followed by an extension header at j.
  logic [Headers-1:0][Headers-1:0] jump;
  always_comb begin
    jump = 'x;
    if (valid_1) begin
      jump = '0;
      for (int i = 0; i < int'(Headers); i++)
        for (int j = i + 1; j < int'(Headers); j++) jump[i][j] = more_1[i] && step_1[i][j-i-1];
    end
  end

  // Reached from position 0, which is reached if there is any extension header at all.
  logic [3:0] near;
  logic [6:4] enter;   // reached from one of the near ones
  logic [6:4] far;
  always_comb begin
    near = 'x;
    enter = 'x;
    far = 'x;
    if (valid_1) begin
      near[0] = 1'b1;
      near[1] = jump[0][1];
      near[2] = jump[0][2] || (jump[0][1] && jump[1][2]);
      near[3] = jump[0][3] || (jump[0][1] && jump[1][3]) || (jump[0][2] && jump[2][3]) ||
                (jump[0][1] && jump[1][2] && jump[2][3]);
      for (int j = 4; j < 7; j++)
        enter[j] = (near[0] && jump[0][j]) || (near[1] && jump[1][j]) ||
                   (near[2] && jump[2][j]) || (near[3] && jump[3][j]);
      far[4] = enter[4];
      far[5] = enter[5] || (enter[4] && jump[4][5]);
      far[6] = enter[6] || (enter[5] && jump[5][6]) ||
               (enter[4] && (jump[4][6] || (jump[4][5] && jump[5][6])));
    end
  end

  logic [6:0]    reached_2;
  position_set_t readable_2;              // the header at the position is readable
  // A header with which a datagram's fragment begins stands at position j: behind the IPv6 header,
  // or behind the one at position i, if that is reached.
  logic          first_fragment_2;
  logic [6:0][Headers-1:0] fragment_behind_2;
  logic [6:0]    to_last_2;               // is followed by an extension header at position 7
  position_set_t offset_2, more_2, to_ah_2, to_tcp_2;
  logic [Headers-1:0][Headers-1:0] step_2;

  always_ff @(posedge clk)
    if (valid_1) begin
      chain_2 <= is_extension(l3_1[8*6+:8]);
      reached_2 <= {far, near};
      for (int p = 0; p < int'(Headers); p++)
        readable_2[p] <= readable_1 >= 8'(44 + 8 * p) &&
                         at_least(half(l3_1[8*4+:16]), 7'(unsigned'(4 + 8 * p)));
      for (int k = 0; k < 7; k++) begin
        fragment_behind_2[k] <= '0;
        for (int j = k + 1; j < int'(Headers); j++)
          fragment_behind_2[k][j] <= to_fragment_1[k] && step_1[k][j-k-1] && fragment_1[j];
        to_last_2[k] <= jump[k][Headers-1];
      end
      first_fragment_2 <= l3_1[8*6+:8] == ProtocolFragment && fragment_1[0];
      offset_2 <= offset_1;
      more_2 <= more_1;
      to_ah_2 <= to_ah_1;
      to_tcp_2 <= to_tcp_1;
      step_2 <= step_1;
    end

  // ----------------------------------------------------------------------- clock 2: where it leads
  position_set_t ends;                    // the header is there, readable, and the last one
  position_set_t fragment_at;             // such a header is there and readable

  always_comb begin
    ends = 'x;
    fragment_at = 'x;
    leads_2 = 'x;
    place_2 = 'x;
    if (valid_2) begin
      ends = {|(reached_2 & to_last_2), reached_2} & readable_2 & ~more_2;
      fragment_at[0] = first_fragment_2;
      for (int j = 1; j < int'(Headers); j++) begin
        fragment_at[j] = 1'b0;
        for (int k = 0; k < j; k++) fragment_at[j] |= reached_2[k] && fragment_behind_2[k][j];
      end
      fragment_at &= readable_2;

      leads_2.known = |ends;
      leads_2.protocol = '0;
      for (int i = 0; i < int'(Headers); i++)
        if (ends[i]) leads_2.protocol |= l3_2[8*(40+8*i)+:8];
      leads_2.fragment = |fragment_at;
      leads_2.offset = |(fragment_at & offset_2);

      // Position j holds words 10 + 2j and 11 + 2j; AH has its SPI in the second.
      place_2 = '0;
      for (int j = 1; j <= int'(Headers); j++)
        for (int i = 0; i < j; i++) begin
          place_2[10+2*j] |= ends[i] && step_2[i][j-i-1] && !to_ah_2[i];
          place_2[11+2*j] |= ends[i] && step_2[i][j-i-1] && to_ah_2[i];
        end
    end
  end

  // The first of such headers names the datagram.
  position_set_t names_3;
  position_set_t to_tcp_3;

  always_ff @(posedge clk)
    if (valid_2)
      for (int j = 0; j < int'(Headers); j++) begin
        names_3[j] <= fragment_at[j];
        for (int k = 0; k < j; k++) if (fragment_at[k]) names_3[j] <= 1'b0;
        to_tcp_3[j] <= to_tcp_2[j];
      end

  // ------------------------------------------------------------ clock 3: which datagram's fragment
  position_set_t id_ok_3;
  always_ff @(posedge clk)
    if (valid_2) for (int j = 0; j < int'(Headers); j++) id_ok_3[j] <= word_ok_2[11+2*j];

  always_comb begin
    tcp_3 = 'x;
    id_3 = 'x;
    if (valid_3) begin
      tcp_3 = |(names_3 & to_tcp_3);
      id_3 = '0;
      for (int j = 0; j < int'(Headers); j++)
        if (names_3[j] && id_ok_3[j]) id_3 |= address4(l3_3[8*(44+8*j)+:32]);
    end
  end

endmodule

`default_nettype wire
