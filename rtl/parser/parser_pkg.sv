`default_nettype none

// What the parts of the header parser have in common: places in a frame, protocol numbers, and the
// records that pass from clock to clock. A digit at the end of a name is the clock, counted from
// `start`, in which it stands.
package parser_pkg;
  import frame_pkg::*;
  import hash_pkg::*;

  localparam int unsigned L3Bytes = 114;     // of an untagged frame's window
  localparam int unsigned Headers = 8;       // extension headers at positions 0 to 7
  localparam int unsigned FirstWord = 5;     // layer-4 words: 20 bytes behind L3 ..
  localparam int unsigned LastWord = 27;     // .. to the second word of position 8
  // Where the packet that an error quotes begins, from L3 on.
  localparam int Quote4 = 28;
  localparam int Quote6 = 48;

  // A frame from its L3 header on: byte i in bits 8i+7..8i.
  typedef logic [8*L3Bytes-1:0] l3_t;
  // A bit for each position of an extension header, for each place of the layer-4 word.
  typedef logic [Headers-1:0] position_set_t;
  typedef logic [LastWord:FirstWord] word_set_t;

  localparam logic [7:0] ProtocolIcmp = 8'd1;
  localparam logic [7:0] ProtocolTcp = 8'd6;
  localparam logic [7:0] ProtocolUdp = 8'd17;
  localparam logic [7:0] ProtocolFragment = 8'd44;
  localparam logic [7:0] ProtocolEsp = 8'd50;
  localparam logic [7:0] ProtocolAh = 8'd51;
  localparam logic [7:0] ProtocolIcmp6 = 8'd58;
  localparam logic [7:0] ProtocolSctp = 8'd132;

  // What is known once the tags are gone, beside the L3 header itself.
  typedef struct packed {
    logic        type4;          // by its ethertype
    logic        type6;
    logic        type_arp;
    logic        third_tag;      // it is none of these, but one tag more than are taken off
    logic [7:0]  readable;       // readable bytes from L3 on
    logic [15:0] behind_ipv6;    // bytes of the frame behind an IPv6 header
    logic        room_ipv6;      // there is room for one
  } seen_t;

  // What passes through as it stands in the frame.
  typedef struct packed {
    logic [47:0] destination;
    logic [47:0] source;
    logic        numbered;       // a tag names a VLAN
    logic [11:0] vlan;
    logic [1:0]  tags;
    logic [63:0] tag_bytes;      // of two tags, first byte highest
    logic [31:0] stamp;
  } envelope_t;

  // Where the chain of IPv6 headers leads.
  typedef struct packed {
    logic        known;          // to a header that is no extension: this protocol
    logic [7:0]  protocol;
    logic        fragment;       // over a header that makes the packet a fragment
    logic        offset;         // .. which is not the first one
  } chain_t;

  // What a segment says, by the fourth word of its header; first byte lowest.
  typedef enum logic [1:0] {
    SaysNothing = 2'd0,
    SaysStart = 2'd1,
    SaysFin = 2'd2,
    SaysReset = 2'd3
  } says_e;

  // The layer-4 word, and what the header says that it begins.
  typedef struct packed {
    logic [31:0] word;           // first byte highest
    says_e       tcp;            // if the header is of TCP
    says_e       sctp;
  } layer4_t;

  // The packet that an error quotes.
  typedef struct packed {
    logic        lost;           // it cannot be read
    logic [7:0]  protocol;
    logic        ports;
    logic        spi;
    logic [31:0] word;           // its layer-4 word, as the other side would write it
  } quote_t;

  // The logical port that holds the frame.
  typedef struct packed {
    logic        held;
    logical_t    number;
    logic        own_tag;
    logic [12:0] domain;
  } holder_t;

  // The address table's sets of one address.
  typedef struct packed {
    address_set_t set0;
    address_set_t set1;
  } address_sets_t;

  // An extension header that says itself how long it is: 0, 43, 60, 135, 139 or 140. Three tables of
  // six inputs and one that chooses.
  function automatic logic has_length(input logic [7:0] next_header);
    logic [3:0] high, low;
    {high, low} = next_header;
    case ({high[3], high[1]})
      2'b00: return !high[2] && !high[0] && low == 4'h0;
      2'b01: return !high[2] && low == (high[0] ? 4'hc : 4'hb);
      2'b10: return !high[2] && !high[0] && (low == 4'h7 || low == 4'hb || low == 4'hc);
      default: return 1'b0;
    endcase
  endfunction

  function automatic logic is_extension(input logic [7:0] next_header);
    return has_length(next_header) || next_header == ProtocolFragment;
  endfunction

  // A type of ICMPv6 that is neighbour discovery's.
  function automatic logic is_discovery(input logic [7:0] kind);
    return kind >= 8'd133 && kind <= 8'd137;
  endfunction

  function automatic logic has_ports(input logic [7:0] protocol);
    return protocol == ProtocolTcp || protocol == ProtocolUdp || protocol == ProtocolSctp;
  endfunction

  function automatic logic has_spi(input logic [7:0] protocol);
    return protocol == ProtocolEsp || protocol == ProtocolAh;
  endfunction

  // Whether a length reaches `least`, 127 at most.
  function automatic logic at_least(input logic [15:0] length, input logic [6:0] least);
    return |length[15:7] || length[6:0] >= least;
  endfunction

  function automatic logic is_tag(input logic [15:0] ethertype);
    return ethertype == 16'h8100 || ethertype == 16'h88a8;
  endfunction

  // Two bytes as an integer, first byte highest.
  function automatic logic [15:0] half(input logic [15:0] octets);
    return {octets[7:0], octets[15:8]};
  endfunction

  // Addresses as integers, first byte highest.
  function automatic logic [127:0] address6(input logic [127:0] octets);
    for (int i = 0; i < 16; i++) address6[8*(15-i)+:8] = octets[8*i+:8];
  endfunction

  function automatic logic [31:0] address4(input logic [31:0] octets);
    for (int i = 0; i < 4; i++) address4[8*(3-i)+:8] = octets[8*i+:8];
  endfunction

  function automatic address_sets_t sets6(input logic [127:0] octets);
    sets6.set0 = address_set0({1'b1, address6(octets)});
    sets6.set1 = address_set1({1'b1, address6(octets)});
  endfunction

  function automatic address_sets_t sets4(input logic [31:0] octets);
    sets4.set0 = address_set0({1'b0, 128'(address4(octets))});
    sets4.set1 = address_set1({1'b0, 128'(address4(octets))});
  endfunction

endpackage

`default_nettype wire
