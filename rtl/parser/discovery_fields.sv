`default_nettype none

// What a frame says to ARP or neighbour discovery, as far as its header tells: RFC 826, RFC 4861
// sections 6.1, 7.1, 8.1 (docs/src/card/verdicts.md section 1). And the address table's sets of the
// addresses that are asked for and claimed, which for every other frame are destination and source.
//
// The L3 header comes in clocks 1 and 2, the outputs stand in clock 3. One frame a clock.
module discovery_fields
  import key_pkg::*;
  import parser_pkg::*;
(
  input  wire logic     clk,
  input  wire logic     valid_1,
  input  wire l3_t      l3_1,
  input  wire seen_t    seen_1,
  input  wire logic     valid_2,
  input  wire l3_t      l3_2,
  input  wire logic     valid_3,
  input  wire logic     ipv6_3,
  output logic          arp_3,
  output discovery_e    discovery_3,
  output address_sets_t asked_3,
  output address_sets_t claimed_3
);

  // ----------------------------------------------------------- clock 1: what it would be, by bytes
  typedef struct packed {
    logic arp;
    logic request;             // if it is ARP
    logic reply;
    logic icmp;                // ICMPv6 at once, hop limit 255, code 0
    logic fits;                // its payload lies within the frame
    logic whole;               // a target is readable
    logic solicitation;        // if it is ICMPv6, by type and length
    logic advertisement;
    logic router;
    logic redirect;
    logic seeks_router;
  } discovery_seen_t;

  discovery_seen_t seen_2;
  logic [7:0]      kind;
  logic [15:0]     payload;
  logic            source_group, target_group;

  assign kind = l3_1[8*40+:8];
  assign payload = half(l3_1[8*4+:16]);
  assign source_group = &l3_1[8*8+:8];
  assign target_group = &l3_1[8*48+:8];

  always_ff @(posedge clk)
    if (valid_1) begin
      // As the bytes stand: the lowest is the first.
      seen_2.arp <= seen_1.type_arp && seen_1.readable >= 8'd28 && l3_1[7:0] == '0 &&
                    l3_1[55:16] == 40'h00_0406_0008 &&
                    (l3_1[15:8] == 8'd1 || l3_1[15:8] == 8'd6);
      seen_2.request <= l3_1[8*7+:8] == 8'd1;
      seen_2.reply <= l3_1[8*7+:8] == 8'd2;
      seen_2.icmp <= seen_1.type6 && l3_1[7:4] == 4'd6 && l3_1[8*6+:8] == ProtocolIcmp6 &&
                     (&l3_1[8*7+:8]) && l3_1[8*41+:8] == '0;
      seen_2.fits <= seen_1.room_ipv6 && payload <= seen_1.behind_ipv6;
      seen_2.whole <= seen_1.readable >= 8'd64;
      seen_2.solicitation <= kind == 8'd135 && at_least(payload, 7'd24) && !source_group &&
                             !target_group;
      seen_2.advertisement <= kind == 8'd136 && at_least(payload, 7'd24) && !target_group;
      seen_2.router <= kind == 8'd134 && at_least(payload, 7'd16);
      seen_2.redirect <= kind == 8'd137 && at_least(payload, 7'd40);
      seen_2.seeks_router <= kind == 8'd133 && at_least(payload, 7'd8);
    end

  // -------------------------------------------------- clock 2: what it is; sets of every candidate
  address_sets_t source6_3, source4_3, sender_3, destination6_3, destination4_3, asked4_3, target_3;

  always_ff @(posedge clk) begin
    {source6_3, destination6_3, target_3} <= 'x;
    {source4_3, destination4_3, sender_3, asked4_3} <= 'x;
    if (valid_2) begin
      arp_3 <= seen_2.arp && (seen_2.request || seen_2.reply);
      discovery_3 <= DiscoveryNone;
      if (seen_2.arp && seen_2.request) discovery_3 <= DiscoveryArpRequest;
      if (seen_2.arp && seen_2.reply) discovery_3 <= DiscoveryArpReply;
      if (seen_2.icmp && seen_2.fits) begin
        if (seen_2.solicitation && seen_2.whole) discovery_3 <= DiscoverySolicitation;
        if (seen_2.advertisement && seen_2.whole) discovery_3 <= DiscoveryAdvertisement;
        if (seen_2.router) discovery_3 <= DiscoveryRouterAdvertisement;
        if (seen_2.redirect) discovery_3 <= DiscoveryRedirect;
        if (seen_2.seeks_router) discovery_3 <= DiscoveryRouterSolicitation;
      end
      source6_3 <= sets6(l3_2[8*8+:128]);
      destination6_3 <= sets6(l3_2[8*24+:128]);
      target_3 <= sets6(l3_2[8*48+:128]);
      source4_3 <= sets4(l3_2[8*12+:32]);
      destination4_3 <= sets4(l3_2[8*16+:32]);
      sender_3 <= sets4(l3_2[8*14+:32]);
      asked4_3 <= sets4(l3_2[8*24+:32]);
    end
  end

  // --------------------------------------------------------------------------- clock 3: which sets
  always_comb begin
    asked_3 = 'x;
    claimed_3 = 'x;
    if (valid_3) begin
      asked_3 = arp_3 ? asked4_3 : destination4_3;
      claimed_3 = arp_3 ? sender_3 : source4_3;
      if (ipv6_3) begin
        asked_3 = discovery_3 == DiscoverySolicitation ? target_3 : destination6_3;
        claimed_3 = discovery_3 == DiscoveryAdvertisement ? target_3 : source6_3;
      end
    end
  end

endmodule

`default_nettype wire
