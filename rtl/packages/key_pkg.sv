`default_nettype none

// What the look-up engine is asked about a frame. Addresses are integers, first byte highest.
package key_pkg;

  import frame_pkg::*;
  import hash_pkg::*;

  // What a frame says to ARP or neighbour discovery, as far as its header tells.
  typedef enum logic [2:0] {
    DiscoveryNone = 3'd0,
    DiscoveryArpRequest = 3'd1,
    DiscoveryArpReply = 3'd2,
    DiscoverySolicitation = 3'd3,
    DiscoveryAdvertisement = 3'd4,
    DiscoveryRouterAdvertisement = 3'd5,
    DiscoveryRedirect = 3'd6,
    DiscoveryRouterSolicitation = 3'd7
  } discovery_e;

  // What the whole of a neighbour-discovery payload tells; neither: it is none.
  typedef struct packed {
    logic checked;       // it is in the window and right
    logic unchecked;     // it is longer than the window
  } check_t;

  // What a frame says about the beginning and the end of its flow (docs/src/card/flows.md).
  typedef enum logic [2:0] {
    SegmentDatagram = 3'd0,        // neither TCP nor SCTP
    SegmentStart = 3'd1,
    SegmentMiddle = 3'd2,
    SegmentFin = 3'd3,
    SegmentReset = 3'd4
  } segment_e;

  // How a frame takes part in the fragment table (section 5 of that page).
  typedef struct packed {
    logic        first;            // its datagram's first fragment: later ones follow it
    logic        later;            // .. or one that needs to be told where the first went
    logic        tcp;
    logic [31:0] id;
  } fragment_t;

  // What the look-up engine is asked. Addresses, protocol and layer-4 word of a quoted error are
  // those of the quote, reversed.
  typedef struct packed {
    logic [47:0]  destination;
    logic [47:0]  source;
    logic         has_tag;
    logic         numbered;        // tagged with a VLAN other than 0
    logic [11:0]  vlan;            // 0 when untagged
    logic         held;            // by a logical port:
    logical_t     logical;
    logic         own_tag;          // .. which is a tagged one
    logic [12:0]  domain;          // under which addresses are learned
    discovery_e   discovery;
    logic [127:0] target;          // solicitation, advertisement: its target
    address_set_t asked_set0, asked_set1, claimed_set0, claimed_set1;
    logic         ip;              // addresses are readable
    logic         ipv6;
    logic [127:0] source_ip;       // IPv4 in the low 32 bits
    logic [127:0] destination_ip;
    logic         protocol_known;
    logic [7:0]   protocol;
    logic         l4_known;        // TCP, UDP, SCTP ports or ESP, AH SPI readable, not a fragment
    logic         ports_known;     // `l4` holds ports
    logic [31:0]  l4;              // first byte highest
    segment_e     segment;
    logic         quoted;          // an error that quotes a packet of its destination
    logic         quote_lost;      // .. whose quote cannot be read
    fragment_t    fragment;
    station_set_t destination_set0, destination_set1; // where the station table is to be read
    station_set_t source_set0, source_set1;
    logic [31:0]  stamp;
  } key_t;

endpackage

`default_nettype wire
