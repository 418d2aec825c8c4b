`default_nettype none

// Turns the first 128 bytes of a frame into a look-up key (docs/src/card/verdicts.md section 1).
//
// `window` is read in the clock of `start`; `key_valid` follows 4 clocks later and `key` stands
// beside it. One frame a clock; no back-pressure. `job` stands beside the key and has a meaning if
// the key is an ARP request's or a solicitation's. `aligned` is the frame from its L3 header on, one
// clock after `start`.
// `hides` tells a clock before the key that the frame hides neighbour discovery, or may do so, and
// must not be looked up.
//
// Which logical port holds the frame is found here, where only this network port's entries need be
// asked: a write of the logical port table acts on frames whose `start` comes a clock later.
//
// An error that quotes a packet of its destination becomes, in the key, a frame of that packet's
// flow: addresses, protocol and layer-4 word are the quote's, reversed.
module header_parser
  import hash_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
  import parser_pkg::*;
#(
  parameter int unsigned TagCopies = 8
) (
  input  wire logic                 clk,
  input  wire logic                 rst,
  input  wire logic                 start,
  input  wire logic [1023:0]        window,
  input  wire logic [TagCopies-1:0] tag0,  // copies, all alike: they select a thousand bits
  input  wire logic [TagCopies-1:0] tag1,
  input  wire logic [15:0]          bytes,            // length of the frame
  input  wire logic [31:0]          stamp,
  input  wire logical_write_t       logical_write,    // valid entries are this network port's
  output logic                      key_valid,
  output key_t                      key,
  output job_t                      job,
  output logic                      hides,
  output logic                      aligned_valid,
  output l3_t                       aligned,          // byte i from L3 on in bits 8i+7..8i
  output logic [7:0]                aligned_readable  // readable bytes of it
);

  // ----------------------------------------------------------------------------- clock 0: the tags
  l3_t         l3_0;
  logic [15:0] ethertype;
  logic [7:0]  readable;
  logic [1:0]  tags;
  logic        third_tag;
  logic [11:0] vlan;

  tag_remover #(.TagCopies(TagCopies)) u_tags (
    .start, .window, .tag0, .tag1, .bytes, .l3(l3_0), .ethertype, .readable, .tags,
    .third(third_tag), .vlan
  );

  logic      valid_1, valid_2, valid_3;
  l3_t       l3_1, l3_2, l3_3;
  seen_t     seen_1;
  envelope_t envelope_1, envelope_2, envelope_3;

  always_ff @(posedge clk) begin
    valid_1 <= start && !rst;
    valid_2 <= valid_1 && !rst;
    valid_3 <= valid_2 && !rst;
    l3_1 <= 'x;
    l3_2 <= 'x;
    l3_3 <= 'x;
    if (start) l3_1 <= l3_0;
    if (valid_1) l3_2 <= l3_1;
    if (valid_2) l3_3 <= l3_2;
  end

  always_ff @(posedge clk) begin
    seen_1 <= 'x;
    envelope_1 <= 'x;
    envelope_2 <= 'x;
    envelope_3 <= 'x;
    if (start) begin
      seen_1.type4 <= ethertype == 16'h0800;
      seen_1.type6 <= ethertype == 16'h86dd;
      seen_1.type_arp <= ethertype == 16'h0806;
      seen_1.third_tag <= third_tag;
      seen_1.readable <= readable;
      seen_1.behind_ipv6 <= bytes - 16'd54 - {12'd0, tags, 2'd0};
      seen_1.room_ipv6 <= bytes >= 16'd62;
      for (int i = 0; i < 6; i++) begin
        envelope_1.destination[8*(5-i)+:8] <= window[8*i+:8];
        envelope_1.source[8*(5-i)+:8] <= window[8*(6+i)+:8];
      end
      envelope_1.numbered <= tag0[0] && |vlan;
      envelope_1.vlan <= tag0[0] ? vlan : 12'd0;
      envelope_1.tags <= tags;
      for (int i = 0; i < 8; i++) envelope_1.tag_bytes[8*(7-i)+:8] <= window[8*(12+i)+:8];
      envelope_1.stamp <= stamp;
    end
    if (valid_1) envelope_2 <= envelope_1;
    if (valid_2) envelope_3 <= envelope_2;
  end

  assign aligned_valid = valid_1;
  assign aligned = l3_1;
  assign aligned_readable = seen_1.readable;

  // ------------------------------------------------------------------------ clock 1: the IP header
  logic       ipv4_2, ipv6_2;
  logic       chain_1, chain_2;    // IPv6 extension headers
  logic       hiding_2;            // .. of a packet from this link, by its hop limit
  logic [7:0] protocol_2;          // without them
  logic       offset4_2, more_fragments4_2;

  always_ff @(posedge clk)
    if (valid_1) begin
      ipv4_2 <= seen_1.type4 && seen_1.readable >= 8'd20 && l3_1[7:4] == 4'd4;
      ipv6_2 <= seen_1.type6 && seen_1.readable >= 8'd40 && l3_1[7:4] == 4'd6;
      hiding_2 <= chain_1 && seen_1.readable >= 8'd40 && (&l3_1[8*7+:8]);
      chain_2 <= chain_1;
      protocol_2 <= '0;
      if (seen_1.type4) protocol_2 <= l3_1[8*9+:8];
      else if (!chain_1) protocol_2 <= l3_1[8*6+:8];
      offset4_2 <= |l3_1[8*6+:5] || |l3_1[8*7+:8];
      more_fragments4_2 <= l3_1[8*6+5];
    end

  // ----------------------------------------------------------------------------------- the readers
  chain_t      chain_leads_2;
  logic        chain_told_2;
  word_set_t   chain_place_2, word_ok_2;
  logic        fragment_tcp_3;
  logic [31:0] fragment_id_3;

  ipv6_chain u_chain (
    .clk, .start, .type6_0(ethertype == 16'h86dd), .l3_0, .valid_1, .l3_1,
    .readable_1(seen_1.readable), .valid_2, .l3_2, .word_ok_2, .chain_1,
    .leads_2(chain_leads_2), .told_2(chain_told_2), .place_2(chain_place_2), .valid_3, .l3_3,
    .tcp_3(fragment_tcp_3), .id_3(fragment_id_3)
  );

  logic    there_3;
  layer4_t layer4_4;

  layer4_reader u_layer4 (
    .clk, .valid_1, .l3_1, .seen_1, .chain_1, .valid_2, .l3_2, .ipv4_2, .ipv6_2, .chain_place_2,
    .word_ok_2, .valid_3, .l3_3, .there_3, .layer4_4
  );

  logic   quoted_3, quoted_copy_3;
  quote_t quote_3;

  quote_reader u_quote (
    .clk, .rst, .valid_1, .l3_1, .seen_1, .valid_2, .l3_2, .ipv4_2, .quoted_3, .quoted_copy_3,
    .quote_3
  );

  // Copies for the source address and for the job: each chooses among hundreds of bits.
  (* keep = "true" *) logic ipv6_3;
  (* keep = "true" *) logic source_ipv6_3;
  (* keep = "true" *) logic job_ipv6_3;

  logic          arp_3;
  discovery_e    discovery_3;
  address_sets_t asked_3, claimed_3;

  discovery_fields u_discovery (
    .clk, .valid_1, .l3_1, .seen_1, .valid_2, .l3_2, .valid_3, .ipv6_3, .arp_3, .discovery_3,
    .asked_3, .claimed_3
  );

  holder_t holder_3;

  logical_match u_logical (
    .clk, .rst, .logical_write, .start, .vlan_0(vlan), .valid_1,
    .numbered_1(envelope_1.numbered), .third_tag_1(seen_1.third_tag), .valid_2, .valid_3,
    .numbered_3(envelope_3.numbered), .vlan_3(envelope_3.vlan), .holder_3
  );

  // --------------------------------------------------------------------- clock 2: what it is of IP
  logic       ipv4_3;
  logic       protocol_known_3;
  logic [7:0] protocol_3;
  logic       offset_3, more_fragments_3;  // of IPv4; IPv6: a fragment header's
  station_set_t destination_set0_3, destination_set1_3, source_set0_3, source_set1_3;

  always_ff @(posedge clk) begin
    {destination_set0_3, destination_set1_3, source_set0_3, source_set1_3} <= 'x;
    if (valid_2) begin
      hides <= hiding_2 && !chain_told_2;
      ipv4_3 <= ipv4_2;
      ipv6_3 <= ipv6_2;
      source_ipv6_3 <= ipv6_2 && !rst;
      job_ipv6_3 <= ipv6_2 && !rst;
      protocol_known_3 <= ipv4_2 || (ipv6_2 && !chain_2) ||
                          (chain_leads_2.known && !chain_leads_2.offset);
      protocol_3 <= protocol_2 | chain_leads_2.protocol;
      offset_3 <= (ipv4_2 && offset4_2) || chain_leads_2.offset;
      more_fragments_3 <= (ipv4_2 && more_fragments4_2) || chain_leads_2.fragment;
      destination_set0_3 <= station_set0(envelope_2.destination);
      destination_set1_3 <= station_set1(envelope_2.destination);
      source_set0_3 <= station_set0(envelope_2.source);
      source_set1_3 <= station_set1(envelope_2.source);
    end
  end

  // --------------------------------------------------- clock 3: the key
  logic  ports, spi, tells;
  logic  told;                 // the layer-4 word is there and counts
  logic  tiny;                 // a first fragment that does not tell its flow
  logic  tcp, sctp;
  key_t  key_3, key_4;

  always_comb begin
    ports = 'x;
    spi = 'x;
    tells = 'x;
    told = 'x;
    tiny = 'x;
    tcp = 'x;
    sctp = 'x;
    key_3 = 'x;
    if (valid_3) begin
      ports = protocol_known_3 && has_ports(protocol_3);
      spi = protocol_known_3 && has_spi(protocol_3);
      tells = ports || spi;
      told = there_3 && !offset_3;
      tiny = more_fragments_3 && tells && !there_3;
      tcp = protocol_known_3 && protocol_3 == ProtocolTcp;
      sctp = protocol_known_3 && protocol_3 == ProtocolSctp;

      key_3.destination = envelope_3.destination;
      key_3.source = envelope_3.source;
      key_3.has_tag = |envelope_3.tags;
      key_3.numbered = envelope_3.numbered;
      key_3.vlan = envelope_3.vlan;
      key_3.stamp = envelope_3.stamp;
      key_3.held = holder_3.held;
      key_3.logical = holder_3.number;
      key_3.own_tag = holder_3.own_tag;
      key_3.domain = holder_3.domain;
      key_3.destination_set0 = destination_set0_3;
      key_3.destination_set1 = destination_set1_3;
      key_3.source_set0 = source_set0_3;
      key_3.source_set1 = source_set1_3;

      key_3.discovery = discovery_3;
      {key_3.asked_set0, key_3.asked_set1} = asked_3;
      {key_3.claimed_set0, key_3.claimed_set1} = claimed_3;
      key_3.ip = ipv4_3 || ipv6_3;
      key_3.ipv6 = ipv6_3;
      if (source_ipv6_3)
        key_3.source_ip = address6(quoted_3 ? l3_3[8*(Quote6+24)+:128] : l3_3[8*8+:128]);
      else if (quoted_3) key_3.source_ip = 128'(address4(l3_3[8*(Quote4+16)+:32]));
      else key_3.source_ip = 128'(address4(arp_3 ? l3_3[8*14+:32] : l3_3[8*12+:32]));
      key_3.destination_ip = ipv6_3 ? address6(l3_3[8*24+:128])
                                  : 128'(address4(arp_3 ? l3_3[8*24+:32] : l3_3[8*16+:32]));
      key_3.target = address6(l3_3[8*48+:128]);

      key_3.protocol_known = protocol_known_3;
      key_3.protocol = protocol_3;
      key_3.l4_known = told && tells;
      key_3.ports_known = told && ports;
      key_3.l4 = quote_3.word;
      key_3.segment = tcp || sctp || quoted_copy_3 ? SegmentMiddle : SegmentDatagram;
      if (quoted_copy_3) begin
        key_3.protocol_known = 1'b1;
        key_3.protocol = quote_3.protocol;
        key_3.l4_known = quote_3.ports || quote_3.spi;
        key_3.ports_known = quote_3.ports;
      end
      key_3.quoted = quoted_copy_3;
      key_3.quote_lost = quote_3.lost;

      // All fragments of an IPv4 packet of another protocol go by protocol and addresses.
      if (source_ipv6_3) begin
        key_3.fragment.first = more_fragments_3 && !offset_3 && !tiny;
        key_3.fragment.later = offset_3 || tiny;
        key_3.fragment.tcp = fragment_tcp_3;
        key_3.fragment.id = fragment_id_3;
      end else begin
        key_3.fragment.first = ipv4_3 && more_fragments_3 && !offset_3 && tells && !tiny;
        key_3.fragment.later = ipv4_3 && tells && (offset_3 || tiny);
        key_3.fragment.tcp = protocol_3 == ProtocolTcp;
        key_3.fragment.id = {16'd0, l3_3[8*4+:8], l3_3[8*5+:8]};
      end
    end
  end

  // ------------------------------------------------- clock 4: the layer-4 word and what it begins
  logic        valid_4, quoted_4, job_ipv6_4;
  logic        tcp_4, sctp_4;      // the header says what it begins
  says_e       says;
  logic [1:0]  tags_4;
  logic [63:0] tag_bytes_4;
  logic [47:0] sender_4;

  always_ff @(posedge clk) begin
    valid_4 <= valid_3 && !rst;
    key_4 <= 'x;
    tag_bytes_4 <= 'x;
    sender_4 <= 'x;
    if (valid_3) begin
      key_4 <= key_3;
      quoted_4 <= quoted_copy_3;
      tcp_4 <= tcp && !offset_3 && !quoted_copy_3;
      sctp_4 <= sctp && !offset_3 && !quoted_copy_3;
      job_ipv6_4 <= job_ipv6_3;
      tags_4 <= envelope_3.tags;
      tag_bytes_4 <= envelope_3.tag_bytes;
      sender_4 <= {address4(l3_3[8*8+:32]), l3_3[8*12+:8], l3_3[8*13+:8]};
    end
  end

  always_comb begin
    says = SaysNothing;
    key = 'x;
    if (valid_4) begin
      key = key_4;
      if (!quoted_4) key.l4 = layer4_4.word;
      if (tcp_4) says = layer4_4.tcp;
      if (sctp_4) says = layer4_4.sctp;
      unique case (says)
        SaysStart: key.segment = SegmentStart;
        SaysFin: key.segment = SegmentFin;
        SaysReset: key.segment = SegmentReset;
        default: ;
      endcase
    end
  end

  assign key_valid = valid_4;

  assign job = '{
    ipv6: job_ipv6_4, tags: tags_4, tag_bytes: tag_bytes_4, destination: key_4.destination,
    source: key_4.source, sender: sender_4,
    asked: job_ipv6_4 ? key_4.target : key_4.destination_ip, claimed: key_4.source_ip};

endmodule

`default_nettype wire
