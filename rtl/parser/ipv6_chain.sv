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
//
// A fragment header has no length: it is 8 bytes long. It does not say itself that it is one, its
// predecessor does. So a jump leads from one header with a length to the next, over a fragment
// header if one stands between. One fragment header directly behind another is not followed.
//
// `told_2` says that what stands behind the chain is known not to be neighbour discovery, or that
// the packet is a later fragment.
module ipv6_chain
  import parser_pkg::*;
(
  input  wire logic       clk,
  input  wire logic       start,
  input  wire logic       type6_0,    // by its ethertype it is IPv6
  input  wire l3_t        l3_0,
  input  wire logic       valid_1,
  input  wire l3_t        l3_1,
  input  wire logic [7:0] readable_1,
  input  wire logic       valid_2,
  input  wire l3_t        l3_2,
  input  wire word_set_t  word_ok_2,  // the word is readable
  output logic            chain_1,    // it is IPv6 with an extension header
  output chain_t          leads_2,
  output logic            told_2,
  output word_set_t       place_2,    // where the layer-4 word would stand behind the chain
  input  wire logic       valid_3,
  input  wire l3_t        l3_3,
  output logic            tcp_3,      // the datagram is a TCP segment
  output logic [31:0]     id_3
);

  typedef logic [Headers-1:0][Headers-1:0] jumps_t;   // [i][j]: from position i to j

  // -------------------------- clock 0: what the header at position i would say, if there were one
  position_set_t to_length_d;     // its successor is an extension header with a length
  position_set_t to_fragment_d;   // .. is a fragment header
  position_set_t to_ah_d, to_tcp_d, to_icmp_d;
  position_set_t offset_d;        // as a fragment header: offset not 0
  position_set_t fragment_d;      // .. or more fragments to come
  jumps_t        step_d;          // [i][d]: its length says that its successor stands at i + 1 + d
  jumps_t        length_d;        // from a header with a length here to one there
  jumps_t        fragment_behind_d;    // .. to a fragment header
  logic [Headers:0] discovery_d;  // as ICMPv6: neighbour discovery

  always_comb begin
    to_length_d = 'x;
    to_fragment_d = 'x;
    to_ah_d = 'x;
    to_tcp_d = 'x;
    to_icmp_d = 'x;
    discovery_d = 'x;
    offset_d = 'x;
    fragment_d = 'x;
    step_d = 'x;
    length_d = 'x;
    fragment_behind_d = 'x;
    if (start) begin
      for (int i = 0; i < int'(Headers); i++) begin
        automatic logic [7:0] next_header = l3_0[8*(40+8*i)+:8];
        to_length_d[i] = has_length(next_header);
        to_fragment_d[i] = next_header == ProtocolFragment;
        to_ah_d[i] = next_header == ProtocolAh;
        to_tcp_d[i] = next_header == ProtocolTcp;
        to_icmp_d[i] = next_header == ProtocolIcmp6;
        offset_d[i] = |l3_0[8*(42+8*i)+:8] || |l3_0[8*(43+8*i)+3+:5];
        fragment_d[i] = offset_d[i] || l3_0[8*(43+8*i)];
        for (int d = 0; d < int'(Headers); d++)
          step_d[i][d] = l3_0[8*(41+8*i)+:8] == 8'(unsigned'(d));
      end
      for (int p = 0; p <= int'(Headers); p++)
        discovery_d[p] = is_discovery(l3_0[8*(40+8*p)+:8]);
      length_d = '0;
      fragment_behind_d = '0;
      for (int i = 0; i < int'(Headers); i++)
        for (int j = i + 1; j < int'(Headers); j++) begin
          length_d[i][j] = to_length_d[i] && step_d[i][j-i-1];
          fragment_behind_d[i][j] = to_fragment_d[i] && step_d[i][j-i-1];
        end
    end
  end

  // What stands at position 0. Behind it nothing is reached, nothing ends, if it is no IPv6.
  logic          first_length_1, first_fragment_1;
  position_set_t to_length_1, to_fragment_1, to_ah_1, to_tcp_1, to_icmp_1, offset_1, fragment_1;
  jumps_t        step_1, length_1, fragment_behind_1;
  logic [Headers:0] discovery_1;

  always_ff @(posedge clk)
    if (start) begin
      first_length_1 <= type6_0 && l3_0[7:4] == 4'd6 && has_length(l3_0[8*6+:8]);
      first_fragment_1 <= type6_0 && l3_0[7:4] == 4'd6 && l3_0[8*6+:8] == ProtocolFragment;
      to_length_1 <= to_length_d;
      to_fragment_1 <= to_fragment_d;
      to_ah_1 <= to_ah_d;
      to_tcp_1 <= to_tcp_d;
      to_icmp_1 <= to_icmp_d;
      discovery_1 <= discovery_d;
      offset_1 <= offset_d;
      fragment_1 <= fragment_d;
      step_1 <= step_d;
      length_1 <= length_d;
      fragment_behind_1 <= fragment_behind_d;
    end

  // --------------------------------------------------- clock 1: which positions the chain reaches
  assign chain_1 = first_length_1 || first_fragment_1;

  // From one header with a length to the next, maybe over a fragment header.
  jumps_t jump;
  always_comb begin
    jump = 'x;
    if (valid_1) begin
      jump = length_1;
      for (int i = 0; i < int'(Headers); i++)
        for (int j = i + 2; j < int'(Headers); j++)
          jump[i][j] |= fragment_behind_1[i][j-1] && to_length_1[j-1];
    end
  end

  // By headers with a length.
  logic [3:0] near;
  logic [6:4] enter;   // reached from one of the near ones
  logic [6:4] far;
  always_comb begin
    near = 'x;
    enter = 'x;
    far = 'x;
    if (valid_1) begin
      near[0] = first_length_1;
      near[1] = (near[0] && jump[0][1]) || (first_fragment_1 && to_length_1[0]);
      near[2] = (near[0] && jump[0][2]) || (near[1] && jump[1][2]);
      near[3] = (near[0] && jump[0][3]) || (near[1] && jump[1][3]) ||
                (near[2] && jump[2][3]);
      for (int j = 4; j < 7; j++)
        enter[j] = (near[0] && jump[0][j]) || (near[1] && jump[1][j]) ||
                   (near[2] && jump[2][j]) || (near[3] && jump[3][j]);
      far[4] = enter[4];
      far[5] = enter[5] || (enter[4] && jump[4][5]);
      far[6] = enter[6] || (enter[5] && jump[5][6]) ||
               (enter[4] && (jump[4][6] || (jump[4][5] && jump[5][6])));
    end
  end

  // The four bytes at the position are readable; .. and as ICMPv6 say something else.
  logic [Headers:0] readable, other;
  always_comb begin
    readable = 'x;
    other = 'x;
    if (valid_1)
      for (int p = 0; p <= int'(Headers); p++) begin
        readable[p] = readable_1 >= 8'(44 + 8 * p) &&
                      at_least(half(l3_1[8*4+:16]), 7'(unsigned'(4 + 8 * p)));
        other[p] = readable[p] && !discovery_1[p];
      end
  end

  logic [6:0]    reached_2;
  logic [6:0]    to_last_2;       // is followed by a header with a length at position 7
  logic          first_fragment_2;
  jumps_t        fragment_behind_2;
  position_set_t last_2;          // the header at the position is readable, and none follows it
  position_set_t fragment_2, offset_2;   // it is readable, and as a fragment header ..
  position_set_t to_ah_2, to_tcp_2, to_icmp_2;
  jumps_t        step_2;
  logic [Headers:0] other_2;
  position_set_t harmless_2;      // told by a fragment header here

  always_ff @(posedge clk) begin
    fragment_behind_2 <= 'x;
    step_2 <= 'x;
    if (valid_1) begin
      reached_2 <= {far, near};
      first_fragment_2 <= first_fragment_1;
      fragment_behind_2 <= fragment_behind_1;
      for (int i = 0; i < int'(Headers) - 1; i++) to_last_2[i] <= jump[i][Headers-1];
      for (int p = 0; p < int'(Headers); p++) begin
        last_2[p] <= readable[p] && !to_length_1[p] && !to_fragment_1[p];
        fragment_2[p] <= readable[p] && fragment_1[p];
        offset_2[p] <= readable[p] && offset_1[p];
        harmless_2[p] <= readable[p] && (offset_1[p] || (!to_length_1[p] && !to_fragment_1[p] &&
                                                         (!to_icmp_1[p] || other[p+1])));
      end
      other_2 <= other;
      to_icmp_2 <= to_icmp_1;
      to_ah_2 <= to_ah_1;
      to_tcp_2 <= to_tcp_1;
      step_2 <= step_1;
    end
  end

  // -------------------------------------------------------------------- clock 2: where it leads
  position_set_t lengths;         // a header with a length stands there
  position_set_t fragments;       // a fragment header
  position_set_t ends;            // the last header of the chain
  position_set_t fragment_at;     // a header that makes the packet a fragment

  always_comb begin
    lengths = 'x;
    fragments = 'x;
    ends = 'x;
    fragment_at = 'x;
    leads_2 = 'x;
    place_2 = 'x;
    if (valid_2) begin
      lengths = {|(reached_2 & to_last_2), reached_2};
      fragments[0] = first_fragment_2;
      for (int j = 1; j < int'(Headers); j++) begin
        fragments[j] = 1'b0;
        for (int i = 0; i < j; i++) fragments[j] |= reached_2[i] && fragment_behind_2[i][j];
      end
      ends = (lengths | fragments) & last_2;
      fragment_at = fragments & fragment_2;

      leads_2.known = |ends;
      leads_2.protocol = '0;
      for (int i = 0; i < int'(Headers); i++)
        if (ends[i]) leads_2.protocol |= l3_2[8*(40+8*i)+:8];
      leads_2.fragment = |fragment_at;
      leads_2.offset = |(fragments & offset_2);

      // Position j holds words 10 + 2j and 11 + 2j; AH has its SPI in the second.
      place_2 = '0;
      for (int j = 1; j <= int'(Headers); j++)
        for (int i = 0; i < j; i++) begin
          automatic logic here = lengths[i] && last_2[i] && step_2[i][j-i-1];
          if (i == j - 1) here |= fragments[i] && last_2[i];
          place_2[10+2*j] |= here && !to_ah_2[i];
          place_2[11+2*j] |= here && to_ah_2[i];
        end
    end
  end

  // Whether what the last header leads to is known, and is not neighbour discovery.
  position_set_t leads_to_other;
  always_comb begin
    leads_to_other = 'x;
    told_2 = 'x;
    if (valid_2) begin
      for (int i = 0; i < int'(Headers); i++) begin
        leads_to_other[i] = !to_icmp_2[i];
        for (int p = i + 1; p <= int'(Headers); p++)
          leads_to_other[i] |= step_2[i][p-i-1] && other_2[p];
      end
      told_2 = |(lengths & last_2 & leads_to_other) || |(fragments & harmless_2);
    end
  end

  // The first of such headers names the datagram.
  position_set_t names;
  always_comb begin
    names = 'x;
    if (valid_2)
      for (int j = 0; j < int'(Headers); j++) begin
        names[j] = fragment_at[j];
        for (int k = 0; k < j; k++) if (fragment_at[k]) names[j] = 1'b0;
      end
  end

  position_set_t names_tcp_3;
  position_set_t names_id_3;      // .. and its identification is readable

  always_ff @(posedge clk)
    if (valid_2)
      for (int j = 0; j < int'(Headers); j++) begin
        names_tcp_3[j] <= names[j] && to_tcp_2[j];
        names_id_3[j] <= names[j] && word_ok_2[11+2*j];
      end

  // ----------------------------------------------------------- clock 3: which datagram's fragment
  always_comb begin
    tcp_3 = 'x;
    id_3 = 'x;
    if (valid_3) begin
      tcp_3 = |names_tcp_3;
      id_3 = '0;
      for (int j = 0; j < int'(Headers); j++)
        if (names_id_3[j]) id_3 |= address4(l3_3[8*(44+8*j)+:32]);
    end
  end

endmodule

`default_nettype wire
