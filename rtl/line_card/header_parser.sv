`default_nettype none

// Turns the first 128 bytes of a frame into a look-up key (docs/src/card/verdicts.md section 1).
//
// `window` is read in the clock of `start`; `key_valid` follows 3 clocks later and `key` stands
// beside it, not registered: the key queue's register is the parser's last one. One frame a clock;
// no back-pressure. `job` stands beside the key and has a meaning if the key is an ARP request's or
// a solicitation's. `aligned` is the frame from its L3 header on, one clock after `start`.
//
// Which logical port holds the frame is found here, where only this network port's entries need be
// asked: a write of the logical port table acts on frames whose `start` comes a clock later.
//
// The chain of IPv6 extension headers is not walked step by step. A header can only stand at one of
// 8 positions, 8 bytes apart, and says itself where the next one stands; so "is position j reached"
// is an or over the positions before it, and three positions at a time fit one look-up table.
//
// An error that quotes a packet of its destination becomes, in the key, a frame of that packet's
// flow: addresses, protocol and layer-4 word are the quote's, reversed.
module header_parser
  import flowswitch_pkg::*;
#(
  parameter int unsigned TagCopies = 8
) (
  input  wire logic          clk,
  input  wire logic          rst,
  input  wire logic          start,
  input  wire logic [1023:0] window,
  input  wire logic [TagCopies-1:0] tag0,  // copies, all alike: they select a thousand bits
  input  wire logic [TagCopies-1:0] tag1,
  input  wire logic [15:0]   bytes,      // length of the frame
  input  wire logic [31:0]   stamp,
  input  wire logical_write_t logical_write, // valid entries are this network port's
  output logic          key_valid,
  output key_t          key,
  output job_t          job,
  output logic          aligned_valid,
  output logic [8*114-1:0] aligned,      // byte i from L3 on in bits 8i+7..8i
  output logic [7:0]    aligned_readable // readable bytes of it
);

  localparam int unsigned L3Bytes = 114;     // of an untagged frame's window
  localparam int unsigned Headers = 8;       // extension headers at positions 0 to 7
  localparam int unsigned FirstWord = 5;     // layer-4 words: 20 bytes behind L3 ..
  localparam int unsigned LastWord = 27;     // .. to the second word of position 8

  function automatic logic is_extension(input logic [7:0] next_header);
    case (next_header)
      8'd0, 8'd43, 8'd44, 8'd60, 8'd135, 8'd139, 8'd140: return 1'b1;
      default: return 1'b0;
    endcase
  endfunction

  function automatic logic has_ports(input logic [7:0] protocol);
    return protocol == 8'd6 || protocol == 8'd17 || protocol == 8'd132;
  endfunction

  function automatic logic has_spi(input logic [7:0] protocol);
    return protocol == 8'd50 || protocol == 8'd51;
  endfunction

  // What a segment says, by the fourth word of its header; first byte lowest.
  typedef enum logic [1:0] {
    SaysNothing = 2'd0,
    SaysStart = 2'd1,
    SaysFin = 2'd2,
    SaysReset = 2'd3
  } says_e;

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

  // -------------------------------------------------- clock 0: remove tags, look at every position
  logic [1:0]            tags;
  logic [8*L3Bytes-1:0]  l3_d;
  logic [15:0]           ethertype_d;
  logic [7:0]            readable_d;   // readable bytes from L3 on
  logic [11:0]           vlan_raw;     // if there is a tag

  assign vlan_raw = {window[8*14+:4], window[8*15+:8]};

  assign tags = tag0[0] ? (tag1[0] ? 2'd2 : 2'd1) : 2'd0;

  // The window from the first ethertype's end on; a byte beyond it reads as zero, `readable` tells.
  logic [8*(L3Bytes+8)-1:0] untagged;
  assign untagged = {64'd0, window[1023:8*14]};

  for (genvar c = 0; c < int'(TagCopies); c++) begin : gen_slice
    localparam int unsigned Slice = c;
    localparam int unsigned Low = (Slice * L3Bytes + TagCopies - 1) / TagCopies;
    localparam int unsigned High = ((Slice + 1) * L3Bytes + TagCopies - 1) / TagCopies;
    localparam int unsigned Bits = 8 * (High - Low);
    always_comb begin
      l3_d[8*Low+:Bits] = 'x;
      if (start) begin
        l3_d[8*Low+:Bits] = untagged[8*Low+:Bits];
        if (tag0[c]) l3_d[8*Low+:Bits] = untagged[8*(Low+4)+:Bits];
        if (tag0[c] && tag1[c]) l3_d[8*Low+:Bits] = untagged[8*(Low+8)+:Bits];
      end
    end
  end

  always_comb begin
    unique case (tags)
      2'd0: ethertype_d = {window[8*12+:8], window[8*13+:8]};
      2'd1: ethertype_d = {window[8*16+:8], window[8*17+:8]};
      default: ethertype_d = {window[8*20+:8], window[8*21+:8]};
    endcase
    readable_d = (bytes > 16'd128 ? 8'd128 : bytes[7:0]) - 8'd14 - {4'd0, tags, 2'd0};
  end

  // What the header at position i would say, if there were one.
  logic [Headers-1:0]               more_d;     // its successor is an extension header
  logic [Headers-1:0]               to_44_d;    // its successor is a fragment header
  logic [Headers-1:0]               to_ah_d;
  logic [Headers-1:0]               to_tcp_d;
  logic [Headers-1:0]               offset_d;   // as a fragment header: offset not 0
  logic [Headers-1:0]               fragment_d; // .. or more fragments to come
  logic [Headers-1:0][Headers-1:0]  step_d;     // step_d[i][d]: its successor stands at i + 1 + d

  always_comb begin
    more_d = 'x;
    to_44_d = 'x;
    to_ah_d = 'x;
    to_tcp_d = 'x;
    offset_d = 'x;
    fragment_d = 'x;
    step_d = 'x;
    if (start)
      for (int i = 0; i < int'(Headers); i++) begin
        automatic logic [7:0] next_header = l3_d[8*(40+8*i)+:8];
        more_d[i] = is_extension(next_header);
        to_44_d[i] = next_header == 8'd44;
        to_ah_d[i] = next_header == 8'd51;
        to_tcp_d[i] = next_header == 8'd6;
        offset_d[i] = |l3_d[8*(42+8*i)+:8] || |l3_d[8*(43+8*i)+3+:5];
        fragment_d[i] = offset_d[i] || l3_d[8*(43+8*i)];
        for (int d = 0; d < int'(Headers); d++)
          step_d[i][d] = l3_d[8*(41+8*i)+:8] == 8'(unsigned'(d));
      end
  end

  logic                             valid_1;
  logic [8*L3Bytes-1:0]             l3_1;
  logic                             type4_1, type6_1, arp_1;
  logic [7:0]                       readable_1;
  logic [95:0]                      macs_1;
  logic                             numbered_1;
  logic [11:0]                      vlan_1;
  logic [1:0]                       tags_1;
  logic [63:0]                      tag_bytes_1;
  logic [15:0]                      behind_1;    // bytes behind an IPv6 header
  logic                             long_1;      // there is room for one
  logic [31:0]                      stamp_1;
  logic [Headers-1:0]               more_1, to_44_1, to_ah_1, to_tcp_1, offset_1, fragment_1;
  logic [Headers-1:0][Headers-1:0]  step_1;

  always_ff @(posedge clk) begin
    valid_1 <= start && !rst;
    l3_1 <= 'x;
    macs_1 <= 'x;
    if (start) begin
      l3_1 <= l3_d;
      type4_1 <= ethertype_d == 16'h0800;
      type6_1 <= ethertype_d == 16'h86dd;
      arp_1 <= ethertype_d == 16'h0806;
      readable_1 <= readable_d;
      for (int i = 0; i < 12; i++) macs_1[8*(11-i)+:8] <= window[8*i+:8];
      numbered_1 <= tag0[0] && |vlan_raw;
      vlan_1 <= tag0[0] ? vlan_raw : 12'd0;
      tags_1 <= tags;
      for (int i = 0; i < 8; i++) tag_bytes_1[8*(7-i)+:8] <= window[8*(12+i)+:8];
      behind_1 <= bytes - 16'd54 - {12'd0, tags, 2'd0};
      long_1 <= bytes >= 16'd62;
      stamp_1 <= stamp;
      more_1 <= more_d;
      to_44_1 <= to_44_d;
      to_ah_1 <= to_ah_d;
      to_tcp_1 <= to_tcp_d;
      offset_1 <= offset_d;
      fragment_1 <= fragment_d;
      step_1 <= step_d;
    end
  end

  // ----------------------------------- clock 1: family, lengths, which positions the chain reaches
  logic [7:0]  next_header_1;
  // Bytes that IPv4 says it has from L3 on, and IPv6 behind its first 40.
  logic [15:0] total_1, payload_1;
  assign next_header_1 = l3_1[8*6+:8];
  assign total_1 = {l3_1[8*2+:8], l3_1[8*3+:8]};
  assign payload_1 = {l3_1[8*4+:8], l3_1[8*5+:8]};

  // Whether a length reaches `least`, 127 at most.
  function automatic logic at_least(input logic [15:0] length, input logic [6:0] least);
    return |length[15:7] || length[6:0] >= least;
  endfunction

  // jump[i][j]: the header at i is followed by an extension header at j.
  logic [Headers-1:0][Headers-1:0] jump_1;
  always_comb begin
    jump_1 = 'x;
    if (valid_1) begin
      jump_1 = '0;
      for (int i = 0; i < int'(Headers); i++)
        for (int j = i + 1; j < int'(Headers); j++)
          jump_1[i][j] = more_1[i] && step_1[i][j-i-1];
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
      near[1] = jump_1[0][1];
      near[2] = jump_1[0][2] || (jump_1[0][1] && jump_1[1][2]);
      near[3] = jump_1[0][3] || (jump_1[0][1] && jump_1[1][3]) ||
                (jump_1[0][2] && jump_1[2][3]) || (jump_1[0][1] && jump_1[1][2] && jump_1[2][3]);
      for (int j = 4; j < 7; j++)
        enter[j] = (near[0] && jump_1[0][j]) || (near[1] && jump_1[1][j]) ||
                   (near[2] && jump_1[2][j]) || (near[3] && jump_1[3][j]);
      far[4] = enter[4];
      far[5] = enter[5] || (enter[4] && jump_1[4][5]);
      far[6] = enter[6] || (enter[5] && jump_1[5][6]) ||
               (enter[4] && (jump_1[4][6] || (jump_1[4][5] && jump_1[5][6])));
    end
  end

  logic                     valid_2;
  logic [8*L3Bytes-1:0]     l3_2;
  logic                     ipv4_2, ipv6_2;
  logic                     options_ok_2;    // IHL is at least 5
  logic                     chain_2;         // IPv6 with at least one extension header
  logic                     offset4_2, more_fragments4_2;
  logic                     plain_ah_2;      // the first next-header byte or IPv4's protocol is AH
  logic [6:0]               reached_2;
  logic [Headers-1:0]       readable_2;      // the header at the position is readable
  logic [LastWord:FirstWord] word_ok_2;      // the word is readable and inside the IP packet
  // A header with which a datagram's fragment begins stands at position j: behind the IPv6 header,
  // or behind the one at position i, if that is reached.
  logic                     first_fragment_2;
  logic [6:0][Headers-1:0]  to_fragment_2;
  logic [Headers-1:0]       offset_2;
  logic [6:0]               to_last_2;       // is followed by an extension header at position 7
  logic [Headers-1:0]       more_2, to_ah_2, to_tcp_2;
  logic [Headers-1:0][Headers-1:0] step_2;
  logic [95:0]              macs_2;
  logic                     numbered_2;
  logic [11:0]              vlan_2;
  logic [31:0]              stamp_2;
  logic [1:0]               tags_2;
  logic [63:0]              tag_bytes_2;
  logic                     arp_2, request_2, reply_2;
  logic                     icmp_2;          // ICMPv6 at once, hop limit 255, code 0, all there
  logic                     solicitation_2, advertisement_2, router_2, redirect_2;
  logic                     seeks_router_2;
  logic                     whole_2, fits_2;

  // What ARP and neighbour discovery say of themselves: RFC 826, RFC 4861 sections 6.1, 7.1, 8.1.
  logic [7:0]  type_1;
  logic        source_group_1, target_group_1;
  assign type_1 = l3_1[8*40+:8];
  assign source_group_1 = &l3_1[8*8+:8];
  assign target_group_1 = &l3_1[8*48+:8];

  always_ff @(posedge clk) begin
    if (valid_1) begin
      // As the bytes stand: the lowest is the first.
      arp_2 <= arp_1 && readable_1 >= 8'd28 && l3_1[7:0] == '0 && l3_1[55:16] == 40'h00_0406_0008 &&
               (l3_1[15:8] == 8'd1 || l3_1[15:8] == 8'd6);
      request_2 <= l3_1[8*7+:8] == 8'd1;
      reply_2 <= l3_1[8*7+:8] == 8'd2;
      icmp_2 <= type6_1 && l3_1[7:4] == 4'd6 && next_header_1 == 8'd58 && (&l3_1[8*7+:8]) &&
                l3_1[8*41+:8] == '0;
      fits_2 <= long_1 && payload_1 <= behind_1;
      whole_2 <= readable_1 >= 8'd64;
      solicitation_2 <= type_1 == 8'd135 && at_least(payload_1, 7'd24) && !source_group_1 &&
                        !target_group_1;
      advertisement_2 <= type_1 == 8'd136 && at_least(payload_1, 7'd24) && !target_group_1;
      router_2 <= type_1 == 8'd134 && at_least(payload_1, 7'd16);
      redirect_2 <= type_1 == 8'd137 && at_least(payload_1, 7'd40);
      seeks_router_2 <= type_1 == 8'd133 && at_least(payload_1, 7'd8);
    end
  end

  always_ff @(posedge clk) begin
    valid_2 <= valid_1 && !rst;
    l3_2 <= 'x;
    macs_2 <= 'x;
    if (valid_1) begin
      l3_2 <= l3_1;
      ipv4_2 <= type4_1 && readable_1 >= 8'd20 && l3_1[7:4] == 4'd4;
      ipv6_2 <= type6_1 && readable_1 >= 8'd40 && l3_1[7:4] == 4'd6;
      options_ok_2 <= l3_1[3:0] >= 4'd5;
      chain_2 <= is_extension(next_header_1);
      offset4_2 <= |l3_1[8*6+:5] || |l3_1[8*7+:8];
      more_fragments4_2 <= l3_1[8*6+5];
      plain_ah_2 <= (type4_1 ? l3_1[8*9+:8] : next_header_1) == 8'd51;
      reached_2 <= {far, near};
      for (int p = 0; p < int'(Headers); p++)
        readable_2[p] <= readable_1 >= 8'(44 + 8 * p) &&
                         at_least(payload_1, 7'(unsigned'(4 + 8 * p)));
      for (int w = int'(FirstWord); w <= int'(LastWord); w++)
        word_ok_2[w] <= readable_1 >= 8'(4 * w + 4) &&
                        ((type4_1 && at_least(total_1, 7'(unsigned'(4 * w + 4)))) ||
                         (!type4_1 && w >= 10 &&
                          at_least(payload_1, 7'(unsigned'(4 * w - 36)))));
      for (int k = 0; k < 7; k++) begin
        to_fragment_2[k] <= '0;
        for (int j = k + 1; j < int'(Headers); j++)
          to_fragment_2[k][j] <= to_44_1[k] && step_1[k][j-k-1] && fragment_1[j];
        to_last_2[k] <= jump_1[k][Headers-1];
      end
      first_fragment_2 <= next_header_1 == 8'd44 && fragment_1[0];
      offset_2 <= offset_1;
      more_2 <= more_1;
      to_ah_2 <= to_ah_1;
      to_tcp_2 <= to_tcp_1;
      step_2 <= step_1;
      macs_2 <= macs_1;
      numbered_2 <= numbered_1;
      vlan_2 <= vlan_1;
      stamp_2 <= stamp_1;
      tags_2 <= tags_1;
      tag_bytes_2 <= tag_bytes_1;
    end
  end

  // ---------------------------------------------------- clock 1: errors, and what they may quote
  localparam int Quote4 = 28;      // where the quote begins, from L3 on
  localparam int Quote6 = 48;
  localparam int unsigned Chunks = 8;       // parts of a comparison of addresses

  logic              error4_2, error6_2;
  logic              quote4_2, quote6_2;    // it is a header that can be read, its length apart
  logic              quote_head_2;          // .. and it is all there
  logic              quote_word_2, quote_next_word_2; // the words behind it are readable
  logic [7:0]        quote_protocol, quote_protocol_2;
  logic              quote_ports_2, quote_esp_2, quote_ah_2;
  logic [Chunks-1:0] same6_2;               // the quote's source is the error's destination
  logic [1:0]        same4_2;

  assign quote_protocol = type4_1 ? l3_1[8*(Quote4+9)+:8] : l3_1[8*(Quote6+6)+:8];

  always_ff @(posedge clk) begin
    if (valid_1) begin
      error4_2 <= type4_1 && readable_1 >= 8'd21 && l3_1[7:0] == 8'h45 && l3_1[8*9+:8] == 8'd1 &&
                  !l3_1[8*6+5] && l3_1[8*6+:5] == '0 && l3_1[8*7+:8] == '0 &&
                  (l3_1[8*20+:8] == 8'd3 || l3_1[8*20+:8] == 8'd4 || l3_1[8*20+:8] == 8'd11 ||
                   l3_1[8*20+:8] == 8'd12);
      error6_2 <= type6_1 && readable_1 >= 8'd41 && l3_1[7:4] == 4'd6 && next_header_1 == 8'd58 &&
                  type_1 >= 8'd1 && type_1 <= 8'd4;
      quote4_2 <= l3_1[8*Quote4+:8] == 8'h45 && l3_1[8*(Quote4+6)+:5] == '0 &&
                  l3_1[8*(Quote4+7)+:8] == '0;
      quote6_2 <= l3_1[8*Quote6+4+:4] == 4'd6 && !is_extension(l3_1[8*(Quote6+6)+:8]);
      quote_head_2 <= readable_1 >= (type4_1 ? 8'(Quote4 + 20) : 8'(Quote6 + 40));
      quote_word_2 <= readable_1 >= (type4_1 ? 8'(Quote4 + 24) : 8'(Quote6 + 44));
      quote_next_word_2 <= readable_1 >= (type4_1 ? 8'(Quote4 + 28) : 8'(Quote6 + 48));
      quote_protocol_2 <= quote_protocol;
      quote_ports_2 <= has_ports(quote_protocol);
      quote_esp_2 <= quote_protocol == 8'd50;
      quote_ah_2 <= quote_protocol == 8'd51;
      for (int c = 0; c < int'(Chunks); c++)
        same6_2[c] <= l3_1[8*(Quote6+8)+16*c+:16] == l3_1[8*24+16*c+:16];
      for (int c = 0; c < 2; c++)
        same4_2[c] <= l3_1[8*(Quote4+12)+16*c+:16] == l3_1[8*16+16*c+:16];
    end
  end

  assign aligned_valid = valid_1;
  assign aligned = l3_1;
  assign aligned_readable = readable_1;

  // ------------------------------------------ clock 2: protocol, and where the layer-4 word stands
  logic [6:0]                ends;        // the header is there, readable, and the last one
  logic                      last_there;  // so is the one at position 7
  logic [LastWord:FirstWord] place;       // where it would stand
  logic [LastWord:FirstWord] select_d;
  logic [7:0]                chain_protocol;
  logic                      chain_known;
  logic [Headers-1:0]        fragment_at; // such a header is there and readable
  logic                      offset_seen;

  always_comb begin
    last_there = 'x;
    ends = 'x;
    chain_protocol = 'x;
    chain_known = 'x;
    fragment_at = 'x;
    offset_seen = 'x;
    place = 'x;
    select_d = 'x;
    if (valid_2) begin
      last_there = |(reached_2 & to_last_2) && readable_2[7];
      ends = reached_2 & readable_2[6:0] & ~more_2[6:0];
      chain_protocol = '0;
      for (int i = 0; i < 7; i++)
        if (ends[i]) chain_protocol |= l3_2[8*(40+8*i)+:8];
      if (last_there && !more_2[7]) chain_protocol |= l3_2[8*(40+8*7)+:8];
      chain_known = |ends || (last_there && !more_2[7]);
      fragment_at[0] = first_fragment_2;
      for (int j = 1; j < int'(Headers); j++) begin
        fragment_at[j] = 1'b0;
        for (int k = 0; k < j; k++) fragment_at[j] |= reached_2[k] && to_fragment_2[k][j];
      end
      fragment_at &= readable_2;
      offset_seen = |(fragment_at & offset_2);

      place = '0;
      for (int w = int'(FirstWord); w <= int'(LastWord); w++) begin
        if (ipv4_2 && w <= 16)
          place[w] = options_ok_2 && (plain_ah_2 ? l3_2[3:0] == 4'(w - 1) && w >= 6
                                                 : l3_2[3:0] == 4'(w) && w < 16);
        if (ipv6_2 && !chain_2 && w == 10) place[w] = !plain_ah_2;
        if (ipv6_2 && !chain_2 && w == 11) place[w] = plain_ah_2;
        if (ipv6_2 && chain_2 && w >= 12) begin
          // Position j holds words 10 + 2j and 11 + 2j; AH has its SPI in the second.
          for (int i = 0; i < 7; i++)
            if ((w - 10) / 2 - i - 1 >= 0 && (w - 10) / 2 - i - 1 < int'(Headers))
              place[w] |= ends[i] && step_2[i][(w-10)/2-i-1] && to_ah_2[i] == 1'(w % 2);
          if ((w - 10) / 2 == 8)
            place[w] |= last_there && !more_2[7] && step_2[7][0] && to_ah_2[7] == 1'(w % 2);
        end
      end
      select_d = place & word_ok_2;
    end
  end

  // The fourth word of the header that begins with the layer-4 word.
  logic [LastWord:FirstWord] says_select_d;
  assign says_select_d = (place << 3) & word_ok_2;

  // What the words with which a quote's next header begins say, as they count.
  logic        quote_readable, quote_same;
  logic [31:0] quote_word_d, quote_octets;
  always_comb begin
    quote_readable = 'x;
    quote_same = 'x;
    quote_octets = 'x;
    quote_word_d = 'x;
    if (valid_2) begin
      quote_readable = (ipv4_2 ? quote4_2 : quote6_2) && quote_head_2 &&
                       (quote_word_2 || !(quote_ports_2 || quote_esp_2 || quote_ah_2)) &&
                       (quote_next_word_2 || !quote_ah_2);
      quote_same = ipv4_2 ? &same4_2 : &same6_2;
      if (ipv4_2) quote_octets = quote_ah_2 ? l3_2[8*(Quote4+24)+:32] : l3_2[8*(Quote4+20)+:32];
      else quote_octets = quote_ah_2 ? l3_2[8*(Quote6+44)+:32] : l3_2[8*(Quote6+40)+:32];
      quote_word_d = address4(quote_octets);
      if (quote_ports_2) quote_word_d = {quote_word_d[15:0], quote_word_d[31:16]};
    end
  end

  logic                      valid_3;
  logic [8*L3Bytes-1:0]      l3_3;
  logic                      ipv4_3;
  // Copies for the source address and for the job: each chooses among hundreds of bits.
  (* keep = "true" *) logic  ipv6_3;
  (* keep = "true" *) logic  source_ipv6_3;
  (* keep = "true" *) logic  job_ipv6_3;
  logic                      offset_3, more_fragments_3;  // of IPv4; IPv6: a fragment header's
  logic                      protocol_known_3;
  logic [7:0]                protocol_3;
  logic [LastWord:FirstWord] select_3;
  logic [LastWord:FirstWord] says_select_3;
  says_e [LastWord:FirstWord] tcp_says_3, sctp_says_3;   // of each word
  logic [Headers-1:0]        fragment_at_3, id_ok_3, to_tcp_3;
  (* keep = "true" *) logic  quoted_3;     // the source address hangs on it
  (* keep = "true" *) logic  quoted_copy_3;
  logic                      quote_lost_3;
  logic [7:0]                quote_protocol_3;
  logic                      quote_ports_3, quote_spi_3;
  logic [31:0]               quote_word_3;
  logic [95:0]               macs_3;
  station_set_t              destination_set0_3, destination_set1_3, source_set0_3, source_set1_3;
  logic                      numbered_3;
  logic [11:0]               vlan_3;
  logic [31:0]               stamp_3;
  logic [1:0]                tags_3;
  logic [63:0]               tag_bytes_3;
  logic                      arp_3;
  discovery_e                discovery_3;

  // The address table's sets, made for each place where an address may stand.
  typedef struct packed {
    address_set_t set0;
    address_set_t set1;
  } address_sets_t;
  address_sets_t source6_3, source4_3, sender_3, destination6_3, destination4_3, asked4_3, target_3;

  function automatic address_sets_t sets(input logic ipv6, input logic [127:0] address);
    return '{set0: address_set0({ipv6, address}), set1: address_set1({ipv6, address})};
  endfunction

  // First byte highest.
  function automatic logic [127:0] address6(input logic [127:0] octets);
    for (int i = 0; i < 16; i++) address6[8*(15-i)+:8] = octets[8*i+:8];
  endfunction

  function automatic logic [31:0] address4(input logic [31:0] octets);
    for (int i = 0; i < 4; i++) address4[8*(3-i)+:8] = octets[8*i+:8];
  endfunction

  always_ff @(posedge clk) begin
    if (valid_2) begin
      source6_3 <= sets(1'b1, address6(l3_2[8*8+:128]));
      destination6_3 <= sets(1'b1, address6(l3_2[8*24+:128]));
      target_3 <= sets(1'b1, address6(l3_2[8*48+:128]));
      source4_3 <= sets(1'b0, 128'(address4(l3_2[8*12+:32])));
      destination4_3 <= sets(1'b0, 128'(address4(l3_2[8*16+:32])));
      sender_3 <= sets(1'b0, 128'(address4(l3_2[8*14+:32])));
      asked4_3 <= sets(1'b0, 128'(address4(l3_2[8*24+:32])));
      arp_3 <= arp_2 && (request_2 || reply_2);
      discovery_3 <= DiscoveryNone;
      if (arp_2 && request_2) discovery_3 <= DiscoveryArpRequest;
      if (arp_2 && reply_2) discovery_3 <= DiscoveryArpReply;
      if (icmp_2 && fits_2) begin
        if (solicitation_2 && whole_2) discovery_3 <= DiscoverySolicitation;
        if (advertisement_2 && whole_2) discovery_3 <= DiscoveryAdvertisement;
        if (router_2) discovery_3 <= DiscoveryRouterAdvertisement;
        if (redirect_2) discovery_3 <= DiscoveryRedirect;
        if (seeks_router_2) discovery_3 <= DiscoveryRouterSolicitation;
      end
      tags_3 <= tags_2;
      tag_bytes_3 <= tag_bytes_2;
    end
  end

  always_ff @(posedge clk) begin
    valid_3 <= valid_2 && !rst;
    l3_3 <= 'x;
    macs_3 <= 'x;
    if (valid_2) begin
      l3_3 <= l3_2;
      ipv4_3 <= ipv4_2;
      ipv6_3 <= ipv6_2;
      source_ipv6_3 <= ipv6_2 && !rst;
      job_ipv6_3 <= ipv6_2 && !rst;
      if (ipv4_2) begin
        protocol_known_3 <= 1'b1;
        protocol_3 <= l3_2[8*9+:8];
        offset_3 <= offset4_2;
        more_fragments_3 <= more_fragments4_2;
      end else begin
        protocol_known_3 <= ipv6_2 && (!chain_2 || (chain_known && !offset_seen));
        protocol_3 <= chain_2 ? chain_protocol : l3_2[8*6+:8];
        offset_3 <= ipv6_2 && chain_2 && offset_seen;
        more_fragments_3 <= ipv6_2 && chain_2 && |fragment_at;
      end
      select_3 <= select_d;
      says_select_3 <= says_select_d;
      for (int w = int'(FirstWord); w <= int'(LastWord); w++) begin
        tcp_says_3[w] <= tcp_says(l3_2[32*w+8+4], l3_2[32*w+8+:3]);
        sctp_says_3[w] <= sctp_says(l3_2[32*w+:8]);
      end
      fragment_at_3 <= fragment_at;
      for (int j = 0; j < int'(Headers); j++) id_ok_3[j] <= word_ok_2[11+2*j];
      to_tcp_3 <= to_tcp_2;
      quoted_3 <= (error4_2 || error6_2) && quote_readable && quote_same;
      quoted_copy_3 <= (error4_2 || error6_2) && quote_readable && quote_same && !rst;
      quote_lost_3 <= (error4_2 || error6_2) && !quote_readable;
      quote_protocol_3 <= quote_protocol_2;
      quote_ports_3 <= quote_ports_2;
      quote_spi_3 <= quote_esp_2 || quote_ah_2;
      quote_word_3 <= quote_word_d;
      macs_3 <= macs_2;
      destination_set0_3 <= station_set0(macs_2[95:48]);
      destination_set1_3 <= station_set1(macs_2[95:48]);
      source_set0_3 <= station_set0(macs_2[47:0]);
      source_set1_3 <= station_set1(macs_2[47:0]);
      numbered_3 <= numbered_2;
      vlan_3 <= vlan_2;
      stamp_3 <= stamp_2;
    end
  end

  // --------------------------------------- clocks 0 to 2: which logical port holds the frame
  logic [LogicalPorts-1:0] above_1, below_1, holds_2, holds_3, lowest;
  logic [LogicalPorts-1:0] untagged_q, ranged_q, tagged_q;   // entries of this network port
  logic [11:0]             domain_q [LogicalPorts];

  logic [11:0]             first_q [LogicalPorts];
  logic [11:0]             last_q [LogicalPorts];

  // What of an entry is asked for later is written later: a frame meets all of it or nothing.
  typedef struct packed {
    logic        write;
    logical_t    index;
    logic        own_tag;
    logic [11:0] domain;
  } late_t;

  late_t late_1, late_2, late_3;   // what was written in the clock before, and so on
  logic  valid_late_1, untagged_late_1;

  always_ff @(posedge clk) begin
    late_1 <= '{
      write: logical_write.write, index: logical_write.index, own_tag: logical_write.entry.own_tag,
      domain: logical_write.entry.domain};
    valid_late_1 <= logical_write.entry.valid;
    untagged_late_1 <= logical_write.entry.untagged;
    late_2 <= late_1;
    late_3 <= late_2;
    if (rst) begin
      late_1.write <= 1'b0;
      late_2.write <= 1'b0;
      late_3.write <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    for (int l = 0; l < int'(LogicalPorts); l++) begin
      if (logical_write.write && logical_write.index == logical_t'(l)) begin
        first_q[l] <= logical_write.entry.first_vlan;
        last_q[l] <= logical_write.entry.last_vlan;
      end
      if (late_1.write && late_1.index == logical_t'(l)) begin
        untagged_q[l] <= valid_late_1 && untagged_late_1;
        ranged_q[l] <= valid_late_1;
      end
      if (late_3.write && late_3.index == logical_t'(l)) begin
        tagged_q[l] <= late_3.own_tag;
        domain_q[l] <= late_3.domain;
      end
    end
    if (rst) begin
      untagged_q <= '0;
      ranged_q <= '0;
    end
  end

  always_ff @(posedge clk) begin
    above_1 <= 'x;
    below_1 <= 'x;
    if (start)
      for (int l = 0; l < int'(LogicalPorts); l++) begin
        above_1[l] <= vlan_raw >= first_q[l];
        below_1[l] <= vlan_raw <= last_q[l];
      end
  end

  always_ff @(posedge clk) begin
    holds_2 <= 'x;
    if (valid_1) holds_2 <= numbered_1 ? ranged_q & above_1 & below_1 : untagged_q;
  end

  first_one #(.Width(LogicalPorts)) u_lowest (.valid(valid_2), .in(holds_2), .out(lowest));
  always_ff @(posedge clk) if (valid_2) holds_3 <= lowest;

  // The logical ports whose number has bit `b`.
  function automatic logical_set_t numbers_with(input int b);
    for (int l = 0; l < int'(LogicalPorts); l++) numbers_with[l] = 1'(unsigned'(l) >> b);
  endfunction

  logic [11:0] held_domain;
  always_comb begin
    held_domain = 'x;
    if (valid_3) begin
      held_domain = '0;
      for (int l = 0; l < int'(LogicalPorts); l++) if (holds_3[l]) held_domain |= domain_q[l];
    end
  end

  // --------------------------------------------------- clock 3: the key, into the queue's register
  logic [31:0]        l4;
  logic               ports, spi, read, tiny;
  says_e              tcp, sctp, says;
  logic [Headers-1:0] named_by;      // the fragment header that names the datagram
  logic [31:0]        id6;
  logic               id6_tcp;

  always_comb begin
    tcp = SaysNothing;
    sctp = SaysNothing;
    says = SaysNothing;
    l4 = 'x;
    ports = 'x;
    spi = 'x;
    read = 'x;
    tiny = 'x;
    named_by = 'x;
    id6 = 'x;
    id6_tcp = 'x;
    key = 'x;
    if (valid_3) begin
      l4 = '0;
      tcp = SaysNothing;
      sctp = SaysNothing;
      for (int w = int'(FirstWord); w <= int'(LastWord); w++) begin
        if (select_3[w])
          l4 |= {l3_3[32*w+:8], l3_3[32*w+8+:8], l3_3[32*w+16+:8], l3_3[32*w+24+:8]};
        if (says_select_3[w]) tcp = says_e'(tcp | tcp_says_3[w]);
        if (says_select_3[w]) sctp = says_e'(sctp | sctp_says_3[w]);
      end
      ports = protocol_known_3 && has_ports(protocol_3);
      spi = protocol_known_3 && has_spi(protocol_3);
      read = |select_3 && !offset_3;
      // A first fragment that does not tell its flow.
      tiny = more_fragments_3 && (ports || spi) && !(|select_3);

      id6 = '0;
      id6_tcp = 1'b0;
      for (int j = 0; j < int'(Headers); j++) begin
        named_by[j] = fragment_at_3[j];
        for (int k = 0; k < j; k++) if (fragment_at_3[k]) named_by[j] = 1'b0;
        if (named_by[j] && id_ok_3[j]) id6 |= address4(l3_3[8*(44+8*j)+:32]);
        id6_tcp |= named_by[j] && to_tcp_3[j];
      end

      key.destination = macs_3[95:48];
      key.source = macs_3[47:0];
      key.has_tag = |tags_3;
      key.numbered = numbered_3;
      key.vlan = vlan_3;
      key.held = |holds_3;
      for (int b = 0; b < $bits(logical_t); b++) key.logical[b] = |(holds_3 & numbers_with(b));
      key.own_tag = |(holds_3 & tagged_q);
      key.domain = {numbered_3, vlan_3};
      if (!numbered_3 || key.own_tag) key.domain[11:0] = held_domain;
      key.discovery = discovery_3;
      key.ip = ipv4_3 || ipv6_3;
      key.ipv6 = ipv6_3;
      if (source_ipv6_3)
        key.source_ip = address6(quoted_3 ? l3_3[8*(Quote6+24)+:128] : l3_3[8*8+:128]);
      else if (quoted_3) key.source_ip = 128'(address4(l3_3[8*(Quote4+16)+:32]));
      else key.source_ip = 128'(address4(arp_3 ? l3_3[8*14+:32] : l3_3[8*12+:32]));
      key.destination_ip = ipv6_3 ? address6(l3_3[8*24+:128])
                                  : 128'(address4(arp_3 ? l3_3[8*24+:32] : l3_3[8*16+:32]));
      key.target = address6(l3_3[8*48+:128]);
      {key.asked_set0, key.asked_set1} = arp_3 ? asked4_3 : destination4_3;
      {key.claimed_set0, key.claimed_set1} = arp_3 ? sender_3 : source4_3;
      if (ipv6_3) begin
        {key.asked_set0, key.asked_set1} =
          discovery_3 == DiscoverySolicitation ? target_3 : destination6_3;
        {key.claimed_set0, key.claimed_set1} =
          discovery_3 == DiscoveryAdvertisement ? target_3 : source6_3;
      end
      key.protocol_known = protocol_known_3;
      key.protocol = protocol_3;
      key.l4_known = read && (ports || spi);
      key.ports_known = read && ports;
      key.l4 = l4;
      if (quoted_copy_3) begin
        key.protocol_known = 1'b1;
        key.protocol = quote_protocol_3;
        key.l4_known = quote_ports_3 || quote_spi_3;
        key.ports_known = quote_ports_3;
        key.l4 = quote_word_3;
      end
      key.quoted = quoted_copy_3;
      key.quote_lost = quote_lost_3;

      says = protocol_3 == 8'd6 ? tcp : sctp;
      key.segment = SegmentDatagram;
      if (protocol_known_3 && (protocol_3 == 8'd6 || protocol_3 == 8'd132))
        unique case (offset_3 ? SaysNothing : says)
          SaysStart: key.segment = SegmentStart;
          SaysFin: key.segment = SegmentFin;
          SaysReset: key.segment = SegmentReset;
          default: key.segment = SegmentMiddle;
        endcase
      if (quoted_copy_3) key.segment = SegmentMiddle;

      // All fragments of an IPv4 packet of another protocol go by protocol and addresses.
      if (source_ipv6_3) begin
        key.fragment.first = more_fragments_3 && !offset_3 && !tiny;
        key.fragment.later = offset_3 || tiny;
        key.fragment.tcp = id6_tcp;
        key.fragment.id = id6;
      end else begin
        key.fragment.first = ipv4_3 && more_fragments_3 && !offset_3 && (ports || spi) && !tiny;
        key.fragment.later = ipv4_3 && (ports || spi) && (offset_3 || tiny);
        key.fragment.tcp = protocol_3 == 8'd6;
        key.fragment.id = {16'd0, l3_3[8*4+:8], l3_3[8*5+:8]};
      end
      key.destination_set0 = destination_set0_3;
      key.destination_set1 = destination_set1_3;
      key.source_set0 = source_set0_3;
      key.source_set1 = source_set1_3;
      key.stamp = stamp_3;
    end
  end

  assign key_valid = valid_3;

  assign job = '{
    ipv6: job_ipv6_3, tags: tags_3, tag_bytes: tag_bytes_3, destination: key.destination,
    source: key.source, sender: {address4(l3_3[8*8+:32]), l3_3[8*12+:8], l3_3[8*13+:8]},
    asked: job_ipv6_3 ? key.target : key.destination_ip, claimed: key.source_ip};

endmodule

`default_nettype wire
