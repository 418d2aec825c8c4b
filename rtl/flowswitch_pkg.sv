`default_nettype none

// The types that cross a wall between blocks of the card, the numbers of rows and reasons, and the
// hash family. Frame byte k of a 64-byte beat stands in bits 8k+7..8k; addresses in keys are
// integers, first byte highest.
package flowswitch_pkg;

  // Frames of up to this many 64-byte beats are legal: 9,600 bytes.
  localparam int unsigned MaxBeats = 150;
  localparam int unsigned MinBytes = 60;
  // Beats of a queue that the host is not promised: announcements find room in them.
  localparam int unsigned SpareBeats = 4;
  // Members: servers from 0, routers from here. The parameters of the top may use fewer.
  localparam int unsigned MemberW = 11;
  localparam logic [MemberW-1:0] FirstRouter = 11'd1024;
  // A port number; the host is port number `Ports`.
  localparam int unsigned PortW = 4;
  // The widest egress mask: eight network ports and the host.
  localparam int unsigned MaxEgress = 9;
  // Clocks a key spends in the look-up engine, from its input register to its verdict.
  localparam int unsigned EngineLatency = 14;

  // Bits of an index into so many places: one at least.
  function automatic int unsigned index_width(input int unsigned places);
    return places > 1 ? $clog2(places) : 1;
  endfunction

  typedef logic [PortW-1:0] port_t;
  typedef logic [MemberW-1:0] member_t;
  typedef logic [MaxEgress-1:0] egress_t;
  // Logical ports: network port and VLAN, or untagged. A set has a bit for each.
  localparam int unsigned LogicalPorts = 64;
  typedef logic [5:0] logical_t;
  typedef logic [LogicalPorts-1:0] logical_set_t;
  // Virtual addresses of the clusters.
  localparam int unsigned Vips = 64;
  typedef logic [5:0] vip_t;

  // One beat on its way through the fabric. All but the first three are constant over a frame.
  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;   // with `last`: unused bytes at the end
    logic         last;
    logic [3:0]   reason;  // why the host gets it
    logic [31:0]  stamp;   // clock in which the frame's first beat arrived
    logical_set_t copies;  // the logical ports, of all network ports, that get a copy; see exit_t
  } beat_t;

  // A beat of a frame of the host.
  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
    logic         last;
    logic         err;
    logic [3:0]   port;    // the network port it leaves by, with the first beat
  } host_beat_t;

  // How a frame leaves by one network port; constant over a frame.
  typedef struct packed {
    logic     retag;       // the first tag gets the VLAN of the logical port
    logic     many;        // one copy for each of its logical ports in `copies`, lowest first
    logical_t logical;     // the only one, or the lowest
  } exit_t;

  typedef enum logic [4:0] {
    DropNone = 5'd0,
    DropBadFrame = 5'd1,
    DropRunt = 5'd2,
    DropGiant = 5'd3,
    DropPause = 5'd4,
    DropForgedSource = 5'd5,
    DropNotOurs = 5'd6,
    DropNoService = 5'd7,
    DropNoServer = 5'd8,
    DropNoRouter = 5'd9,
    DropFiltered = 5'd10,
    DropNoPort = 5'd11,
    DropUnknown = 5'd12,
    DropLinkDown = 5'd13,
    DropEgressFull = 5'd14,
    DropHostFull = 5'd15,
    DropLookupOverrun = 5'd16,
    DropSwallowed = 5'd17,
    DropAddressConflict = 5'd18,
    DropVlanFiltered = 5'd19,
    DropIsolated = 5'd20,
    DropFragment = 5'd21,
    DropHiddenDiscovery = 5'd22
  } drop_e;

  typedef enum logic [3:0] {
    HostNone = 4'd0,
    HostControl = 4'd1,
    HostNoService = 4'd2,
    HostAddressed = 4'd3,
    HostQuote = 4'd4
  } host_reason_e;

  // The station table's sets.
  localparam int unsigned StationSetsLog2 = 10;
  typedef logic [StationSetsLog2-1:0] station_set_t;

  // The address table's sets.
  localparam int unsigned AddressSetsLog2 = 9;
  typedef logic [AddressSetsLog2-1:0] address_set_t;

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

  // What a frame is built of that takes the place of a request.
  typedef struct packed {
    logic         ipv6;            // neighbour discovery, else ARP
    logic [1:0]   tags;
    logic [63:0]  tag_bytes;       // two tags, first byte highest
    logic [47:0]  destination;
    logic [47:0]  source;
    logic [47:0]  sender;          // ARP: sender hardware address
    logic [127:0] asked;           // IPv4 in the low 32 bits
    logic [127:0] claimed;
  } job_t;

  typedef enum logic [1:0] {
    BuildNone = 2'd0,
    BuildAnswer = 2'd1,            // ARP reply or advertisement to the one who asked
    BuildRequest = 2'd2            // the request anew, from another MAC
  } build_e;

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

  // What the line card is told to do with the frame.
  typedef struct packed {
    egress_t      mask;            // none: drop for `drop`
    drop_e        drop;
    host_reason_e host;
    exit_t [7:0]  exits;           // of each network port
    logical_set_t copies;
    logic         rewrite;         // the destination MAC becomes `mac`
    logic         source_virtual;  // the source MAC becomes the former destination MAC
    logic [47:0]  mac;
    logic         discovery;       // a job stands ready for it, whether it is used or not
    build_e       build;           // the frame is replaced by one made of the job and `mac`
    logic         router;          // .. which answers for a router
    logic         to_member;       // counted as sent to `to_index`
    member_t      to_index;
    logic         from_member;     // counted as sent by `from_index`
    member_t      from_index;
    logic [4:0]   row;             // row of the verdict table
    logic [31:0]  stamp;
  } verdict_t;

  // What is counted of the frames that enter by one port, each valid a pulse.
  typedef struct packed {
    logic        received_valid;   // a frame ended
    logic [15:0] received_bytes;
    logic        drop_valid;
    logic [4:0]  drop_reason;
    logic [3:0]  drop_count;
    logic        host_full;
    logic [3:0]  copies;
    logic        generated_valid;  // a frame that the card built
    logic        to_member_valid;
    member_t     to_member;
    logic        from_member_valid;
    member_t     from_member;
    logic [15:0] member_bytes;     // .. of the member's frame
  } ingress_counts_t;

  // What is decided before the members and learned addresses are read.
  typedef enum logic [1:0] {
    PlanFixed = 2'd0,     // the verdict as it stands
    PlanBalance = 2'd1,   // the bucket's members decide
    PlanLearned = 2'd2,   // the forwarding database decides, else as PlanFlood
    PlanFlood = 2'd3      // the flood set decides
  } plan_kind_e;

  typedef struct packed {
    plan_kind_e   kind;
    logic [4:0]   row;
    egress_t      mask;            // PlanFixed
    logical_t     logical;         // .. and the logical port
    drop_e        drop;            // when no egress is left
    host_reason_e host;
    logic         rewrite;
    logic         source_virtual;
    build_e       build;
    logic         router;
    logic         forward;         // the flow table may have a server for it
    logic         reverse;         // the flow table is told of it
    logic         to_member;
    member_t      to_index;
    logic         from_member;
    member_t      from_index;
  } plan_t;

  // What rows 4 to 10 make of a frame.
  typedef enum logic [2:0] {
    RulingNone = 3'd0,         // nothing: the rows behind decide
    RulingDrop = 3'd1,
    RulingAnswer = 3'd2,       // with `mac`
    RulingAnswerRouter = 3'd3, // with the MAC of the router that the server's bucket names
    RulingFlood = 3'd4,        // by the flood set
    RulingRequest = 3'd5,      // as the rows behind say, anew from `mac`, but not to `excluded`
    RulingEveryServer = 3'd6   // by the flood set, to `mac`
  } ruling_e;

  typedef struct packed {
    ruling_e      act;
    logic [4:0]   row;
    drop_e        drop;
    logic [47:0]  mac;
    logical_set_t excluded;
  } ruling_t;

  // One service's entry: what is compared, and what comes of a match.
  typedef struct packed {
    logic         valid;
    logic         ipv6;
    logic [127:0] address;
    logic         any_protocol;
    logic [7:0]   protocol;
    logic         any_port;
    logic [15:0]  port_low;
    logic [15:0]  port_high;
    logic         any_vlan;
    logic [11:0]  vlan;
  } service_match_t;

  typedef struct packed {
    logic [16:0] base;
    logic [4:0]  log2;
  } bucket_range_t;

  typedef struct packed {
    logic          client_persistence;
    logic          no_service_to_host;
    logic          source_virtual;
    logic          least_load;
    logic [5:0]    cluster;
    bucket_range_t buckets;
  } service_result_t;

  typedef struct packed {
    logic [7:0]  weight;
    logic        up_on_link;
    logic        draining;
    logic        up;
    logic        valid;
    port_t       port;
    logic        own_tag;           // its logical port is
    logical_t    logical;
    logic [47:0] mac;
  } member_entry_t;

  typedef struct packed {
    logic    second_valid;
    member_t second;
    logic    first_valid;
    member_t first;
  } bucket_t;

  typedef enum logic [1:0] {
    StationServer = 2'd0,
    StationRouter = 2'd1,
    StationVirtual = 2'd2,
    StationHost = 2'd3
  } station_kind_e;

  typedef struct packed {
    port_t         port;
    logic          own_tag;
    logical_t      logical;
    station_kind_e kind;
    member_t       index;
  } station_t;

  typedef enum logic [1:0] {
    KnownRouter = 2'd0,
    KnownVip = 2'd1,
    KnownHost = 2'd2,
    KnownServer = 2'd3             // its own, beside those it shares
  } known_kind_e;

  // Whose an IP address is.
  typedef struct packed {
    logic [9:0]  server;           // server: its number
    logic [5:0]  cluster;          // VIP: whose ages hold for flows that servers open
    logic        persistent;       // VIP: a client's flows are one
    known_kind_e kind;
    logic [5:0]  index;            // router number, VIP number
  } known_t;

  // As the address table stores it, in the width of two block RAMs to the bit: a persistent VIP is
  // a kind, router and host are one, and a server's number takes the place of both others.
  typedef enum logic [1:0] {
    PackedRouter = 2'd0,           // of the host, if a bit of `high` is set
    PackedVip = 2'd1,
    PackedServer = 2'd2,
    PackedPersistent = 2'd3
  } packed_kind_e;

  typedef struct packed {
    logic [5:0]   high;            // cluster; server number
    packed_kind_e kind;
    logic [5:0]   low;             // router number, VIP number; server number
  } packed_known_t;

  function automatic packed_known_t pack_known(input known_t known);
    pack_known.high = '0;
    pack_known.kind = PackedRouter;
    pack_known.low = known.index;
    unique case (known.kind)
      KnownRouter: ;
      KnownVip: begin
        pack_known.high = known.cluster;
        pack_known.kind = known.persistent ? PackedPersistent : PackedVip;
      end
      KnownHost: pack_known.high = 6'd1;
      default: begin
        pack_known.high = 6'(known.server[9:6]);
        pack_known.kind = PackedServer;
        pack_known.low = known.server[5:0];
      end
    endcase
  endfunction

  function automatic known_t unpack_known(input packed_known_t stored);
    unpack_known.server = {stored.high[3:0], stored.low};
    unpack_known.cluster = stored.high;
    unpack_known.persistent = stored.kind == PackedPersistent;
    unpack_known.index = stored.low;
    unique case (stored.kind)
      PackedRouter: unpack_known.kind = stored.high[0] ? KnownHost : KnownRouter;
      PackedServer: unpack_known.kind = KnownServer;
      default: unpack_known.kind = KnownVip;
    endcase
  endfunction

  typedef struct packed {
    logic         valid;
    logic         untagged;        // takes frames without a VLAN number
    logic         own_tag;
    logic         server;
    logic         announce;
    port_t        port;
    logic [11:0]  first_vlan;
    logic [11:0]  last_vlan;
    logic [11:0]  domain;
    logical_set_t flood;
  } logical_port_t;

  // A broadcast write of the logical port table.
  typedef struct packed {
    logic          write;
    logical_t      index;
    logical_port_t entry;
  } logical_write_t;

  typedef struct packed {
    logic        valid;
    logic [47:0] mac;
    logic [12:0] domain;
    port_t       port;
    logical_t    logical;
    logic [15:0] stamp;
  } fdb_entry_t;

  // The flow table (docs/src/card/flows.md section 6): two banks of rows of slots.
  localparam int unsigned FlowHashBits = 60;
  localparam int unsigned FlowRowBits = 18;    // at most; less for smaller tables
  localparam int unsigned FlowStore = 16;      // insertions that wait for the keeper
  // A key's keyed hash: the row of bank 0 low, the fingerprint high.
  typedef logic [FlowHashBits-1:0] flow_key_t;
  typedef logic [FlowRowBits-1:0] flow_row_t;
  typedef logic [39:0] fingerprint_t;
  typedef logic [9:0] server_t;
  typedef logic [12:0] flow_stamp_t;

  typedef enum logic [2:0] {
    FlowFree = 3'd0,
    FlowUnconfirmed = 3'd1,
    FlowEstablished = 3'd2,
    FlowFin = 3'd3,
    FlowRst = 3'd4,
    FlowOpened = 3'd5
  } flow_state_e;

  typedef struct packed {
    flow_stamp_t  stamp;
    logic [5:0]   cluster;
    flow_state_e  state;
    server_t      server;
    fingerprint_t fingerprint;
  } flow_word_t;

  typedef enum logic [1:0] {
    FlowTcp = 2'd0,
    FlowUdp = 2'd1,
    FlowIpsec = 2'd2,
    FlowOther = 2'd3
  } flow_kind_e;

  // A cluster's ages in ticks, by kind and state, and what its flows' servers do.
  typedef struct packed {
    logic              keep;       // established flows stay with a server that is not up
    logic              bypass;     // replies do not pass the switch
    flow_stamp_t       unconfirmed;
    flow_stamp_t       rst;
    flow_stamp_t       fin;
    flow_stamp_t [3:0] age;        // by flow_kind_e
  } cluster_t;

  // Ticks at which an entry expires that is renewed now.
  typedef struct packed {
    flow_stamp_t       rst;
    flow_stamp_t       fin;
    flow_stamp_t [3:0] age;
  } flow_stamps_t;

  function automatic flow_stamps_t flow_stamps(
      input cluster_t settings, input flow_stamp_t tick);
    flow_stamps.rst = tick + settings.rst;
    flow_stamps.fin = tick + settings.fin;
    for (int k = 0; k < 4; k++) flow_stamps.age[k] = tick + settings.age[k];
  endfunction

  // What the flow table is asked about a key, in clock 5. Whether it is in earnest is told in clock
  // 12, when it is known.
  typedef struct packed {
    logic        look;             // there is a key
    logic        write;            // tracked: else looked up only
    logic        reverse;
    logic        persistent;
    logic        confirms;         // ESP, AH: a further frame of the client's confirms
    flow_kind_e  kind;
    segment_e    segment;
    logic [5:0]  cluster;          // for a new entry
    server_t     source;           // reverse: the server it comes from
    flow_key_t   key;
  } flow_ask_t;

  // Whose an operation is: row 0 with the fingerprint names the entry; and the rows, one of each
  // bank, that it may touch.
  typedef struct packed {
    fingerprint_t    fingerprint;
    flow_row_t [1:0] row;
  } flow_who_t;

  // What is written into the flow table, and counted, for one key or one step of the keeper. It
  // says nothing, but what `clear` or the counts say, unless `valid`.
  typedef struct packed {
    logic          valid;
    logic          keeper;         // not a frame's: `entry` and `settings` say nothing
    logic          clear;          // all slots of `row` in both banks, and the store, become free
    logic          slot_write;     // `word` into bank, row, slot; its state may be free
    logic          store_write;    // `word` into `place` of the store
    logic          store_clear;    // that place becomes free: `word` was in it
    logic          stands;         // valid, and the entry is where it was written, not free
    logic          copy;           // `word` still stands in the other bank's from_row, from_slot
    logic          bank;
    flow_row_t     row;
    logic [2:0]    slot;
    flow_row_t     from_row;
    logic [2:0]    from_slot;
    logic [3:0]    place;
    flow_row_t     row0;           // with the fingerprint: whose entry `word` is
    flow_word_t    word;
    member_entry_t entry;          // of the word's server
    logic          reachable;      // .. valid, and its port usable
    logic          leaving;        // .. draining, without weight or not valid
    cluster_t      settings;       // of the word's cluster
    flow_stamps_t  stamps;         // what they make of the tick
    logic          inserted;       // an entry of the word's server
    logic          removed;        // an entry of `removed_server`
    logic          changed;        // an entry of `removed_server` became the word's server's
    server_t       removed_server; // of a frame's operation known on `bus` only
    logic          refused;
    logic          reassigned;
    logic          restarted;
    logic          conflict;
  } flow_op_t;

  // What every copy of the flow table hears, the same in all of them: keys on their way listen to
  // `told`; memories and counters are written from `bus`, which is the same a clock later.
  typedef struct packed {
    flow_who_t coming;             // whose operation may be `told` in the next clock
    flow_op_t  told;
    flow_op_t  bus;
  } flow_heard_t;

  // A server with what is asked of its member entry.
  typedef struct packed {
    server_t       server;
    member_entry_t entry;
    logic          reachable;
    logic          leaving;
  } flow_server_t;

  // Whom a new or restarted flow may get, and one whose server is down: clock 12.
  typedef struct packed {
    logic          may;            // a service matched and a member is up
    logic          second_new;     // .. a new flow gets the second, else the first
    logic          second_again;   // .. one that has to leave its server
  } flow_choice_t;

  // What the flow table says of a key in clock 12, before anything is chosen for it.
  typedef struct packed {
    logic          found;          // an entry that has not expired
    logic          takes;          // forward: its server can have the frame
    logic          up;             // .. and is up
    logic          restart;        // forward: .. but if one can be chosen, that has it instead
    logic          chooses;        // a new flow with room, or one to restart: may choose by load
  } flow_answer_t;

  typedef enum logic [3:0] {
    FlowEventNone = 4'd0,
    FlowEventFound = 4'd1,
    FlowEventInserted = 4'd2,
    FlowEventRefused = 4'd3,
    FlowEventRestarted = 4'd4,
    FlowEventReassigned = 4'd5,
    FlowEventConflict = 4'd6
  } flow_event_e;

  // What the fragment table is told of a key in clock 13: its later fragments go to this server.
  typedef struct packed {
    logic          valid;
    logic          orphan;         // chosen without the first fragment
    logic          up;             // the server is up
  } fragment_write_t;

  // .. and a clock later.
  typedef struct packed {
    server_t       server;
    member_entry_t entry;
  } fragment_server_t;

  // What the one writer of several engines' flow tables needs to decide a key anew.
  typedef struct packed {
    logic          valid;
    logic          inserts;        // a new entry, as far as the engine knows
    flow_ask_t     ask;
    logic          own_tag;
    logic          choose_valid;
    server_t       choose_server;
    member_entry_t choose_entry;
  } flow_request_t;

  // A server's live flows for its weight, as look-ups compare them: live * floor(2^20 / weight).
  localparam int unsigned FlowLoadBits = 44;
  typedef logic [FlowLoadBits-1:0] flow_load_t;
  typedef struct packed {
    logic       write;
    server_t    server;
    flow_load_t load;
  } flow_load_write_t;

  // Whether an entry has expired. `age`: of an unconfirmed one. A stamp may be a tick or more ahead
  // of one who counts late.
  function automatic logic flow_expired(
      input flow_state_e state, input flow_stamp_t stamp, input flow_stamp_t age,
      input flow_stamp_t tick);
    flow_stamp_t difference;
    difference = tick - stamp;
    if (state == FlowUnconfirmed || state == FlowOpened)
      return !difference[12] && difference >= age;
    return state != FlowFree && !difference[12];
  endfunction

  function automatic cluster_t cluster_of(input logic [255:0] words);
    cluster_of.age[FlowTcp] = words[12:0];
    cluster_of.age[FlowUdp] = words[16+:13];
    cluster_of.age[FlowIpsec] = words[32+:13];
    cluster_of.age[FlowOther] = words[48+:13];
    cluster_of.fin = words[64+:13];
    cluster_of.rst = words[80+:13];
    cluster_of.unconfirmed = words[96+:13];
    cluster_of.bypass = words[96+30];
    cluster_of.keep = words[96+31];
  endfunction

  // Ages of unconfirmed entries in ticks while the table is under pressure.
  localparam flow_stamp_t PressureAge = 13'd3;

  function automatic flow_row_t flow_turn(input fingerprint_t fingerprint);
    return flow_row_t'(fingerprint) ^ flow_row_t'(fingerprint >> 18);
  endfunction

  // Whether a server is about to leave: it gets no new flows.
  function automatic logic flow_leaving(input member_entry_t entry);
    return entry.draining || entry.weight == '0 || !entry.valid;
  endfunction

  // A request to learn a source address.
  typedef struct packed {
    logic [47:0] mac;
    logic [12:0] domain;
    port_t       port;
    logical_t    logical;
  } learn_t;

  // A broadcast write into every copy of the forwarding database.
  typedef struct packed {
    logic [3:0]  ways;
    logic [31:0] set;
    fdb_entry_t  entry;
  } fdb_write_t;

  // One access to a table, committed at once. `number` selects the table (see
  // docs/src/card/tables.md).
  typedef struct packed {
    logic [7:0]   number;
    logic [23:0]  index;
    logic [255:0] data;
  } table_access_t;

  localparam logic [7:0] TableService = 8'd1;
  localparam logic [7:0] TableMember = 8'd2;
  localparam logic [7:0] TablePool = 8'd3;
  localparam logic [7:0] TableStation = 8'd4;
  localparam logic [7:0] TableAddress = 8'd5;
  localparam logic [7:0] TableFdb = 8'd6;
  localparam logic [7:0] TableMemberCounters = 8'd7;
  localparam logic [7:0] TableDropCounters = 8'd8;
  localparam logic [7:0] TablePortCounters = 8'd9;
  localparam logic [7:0] TableTotals = 8'd10;
  localparam logic [7:0] TableLogicalPort = 8'd11;
  localparam logic [7:0] TableVip = 8'd12;
  localparam logic [7:0] TableVipPorts = 8'd13;
  localparam logic [7:0] TableServerVips = 8'd14;
  localparam logic [7:0] TableCluster = 8'd15;
  localparam logic [7:0] TableFlow = 8'd16;
  localparam logic [7:0] TableFlowCounters = 8'd17;
  localparam logic [7:0] TableServerFlows = 8'd18;
  localparam logic [7:0] TableHostCounters = 8'd19;

  // Settings that change rarely and reach the card whole.
  typedef struct packed {
    logic                    drop_unknown;
    logic [14:0]             fdb_age;
    logic [7:0]              bpdu_to_host;
    logic [14:0]             announce;     // ticks between announcements; 0: none
    logic [5:0]              client_bits4; // bits of an IPv4 client's address that tell it, 0 to 32
    logic [7:0]              client_bits6; // .. of an IPv6 client's, 0 to 128
  } settings_t;

  function automatic egress_t one_port(input port_t egress);
    return egress_t'(1) << egress;
  endfunction

  // The hash family of docs/src/card/verdicts.md: an exclusive or of rows of a 32-bit xorshift
  // sequence, row 8k+b for bit b of byte k. Each bit of a hash is the parity of what a column of
  // that matrix selects. Arguments hold byte 0 highest, as integers do.
  function automatic logic [31:0] xorshift(input logic [31:0] x);
    logic [31:0] y;
    y = x ^ (x << 13);
    y = y ^ (y >> 17);
    return y ^ (y << 5);
  endfunction

  localparam logic [31:0] SeedAddress = 32'h9e37_79b9;
  localparam logic [31:0] SeedL4 = 32'h85eb_ca6b;
  localparam logic [31:0] SeedStation0 = 32'hc2b2_ae35;
  localparam logic [31:0] SeedStation1 = 32'h27d4_eb2f;
  localparam logic [31:0] SeedKnown0 = 32'h7feb_352d;
  localparam logic [31:0] SeedKnown1 = 32'h846c_a68b;
  localparam logic [31:0] SeedFdb = 32'h1656_67b1;

  // The bits of the longest argument: family and two addresses.
  localparam int unsigned HashBytes = 33;
  typedef logic [8*HashBytes-1:0] hash_column_t;

  // What bit `index` of the hash of `bytes` bytes is the parity of.
  function automatic hash_column_t hash_column(
      input logic [31:0] seed, input int bytes, input logic [4:0] index);
    logic [31:0] row;
    row = xorshift(seed);
    hash_column = '0;
    for (int k = 0; k < int'(HashBytes); k++)
      for (int b = 0; b < 8; b++)
        if (k < bytes) begin
          hash_column[8*(bytes-1-k)+b] = row[index];
          row = xorshift(row);
        end
  endfunction

  // Of a hash as many bits as are asked for: sets of tables, bucket numbers.
  localparam int unsigned FlowHashW = 17;
  typedef logic [FlowHashW-1:0] flow_hash_t;
  typedef logic [StationSetsLog2-1:0][47:0] station_matrix_t;
  typedef logic [AddressSetsLog2-1:0][128:0] known_matrix_t;
  typedef logic [31:0][63:0] fdb_matrix_t;
  typedef logic [FlowHashW-1:0][256:0] address_matrix_t;
  typedef logic [FlowHashW-1:0][39:0] l4_matrix_t;

  function automatic station_matrix_t station_matrix(input logic [31:0] seed);
    for (int i = 0; i < int'(StationSetsLog2); i++)
      station_matrix[i] = 48'(hash_column(seed, 6, 5'(unsigned'(i))));
  endfunction

  function automatic known_matrix_t known_matrix(input logic [31:0] seed);
    for (int i = 0; i < int'(AddressSetsLog2); i++)
      known_matrix[i] = 129'(hash_column(seed, 17, 5'(unsigned'(i))));
  endfunction

  function automatic fdb_matrix_t fdb_matrix();
    for (int i = 0; i < 32; i++) fdb_matrix[i] = 64'(hash_column(SeedFdb, 8, 5'(unsigned'(i))));
  endfunction

  function automatic address_matrix_t address_matrix();
    for (int i = 0; i < int'(FlowHashW); i++)
      address_matrix[i] = 257'(hash_column(SeedAddress, 33, 5'(unsigned'(i))));
  endfunction

  function automatic l4_matrix_t l4_matrix();
    for (int i = 0; i < int'(FlowHashW); i++)
      l4_matrix[i] = 40'(hash_column(SeedL4, 5, 5'(unsigned'(i))));
  endfunction

  localparam station_matrix_t StationMatrix0 = station_matrix(SeedStation0);
  localparam station_matrix_t StationMatrix1 = station_matrix(SeedStation1);
  localparam known_matrix_t KnownMatrix0 = known_matrix(SeedKnown0);
  localparam known_matrix_t KnownMatrix1 = known_matrix(SeedKnown1);
  localparam fdb_matrix_t FdbMatrix = fdb_matrix();
  localparam address_matrix_t AddressMatrix = address_matrix();
  localparam l4_matrix_t L4Matrix = l4_matrix();

  function automatic station_set_t station_set0(input logic [47:0] mac);
    for (int i = 0; i < int'(StationSetsLog2); i++) station_set0[i] = ^(mac & StationMatrix0[i]);
  endfunction

  function automatic station_set_t station_set1(input logic [47:0] mac);
    for (int i = 0; i < int'(StationSetsLog2); i++) station_set1[i] = ^(mac & StationMatrix1[i]);
  endfunction

  // `family_address`: 1 for IPv6, then the address.
  function automatic address_set_t address_set0(input logic [128:0] family_address);
    for (int i = 0; i < int'(AddressSetsLog2); i++)
      address_set0[i] = ^(family_address & KnownMatrix0[i]);
  endfunction

  function automatic address_set_t address_set1(input logic [128:0] family_address);
    for (int i = 0; i < int'(AddressSetsLog2); i++)
      address_set1[i] = ^(family_address & KnownMatrix1[i]);
  endfunction

  function automatic logic [31:0] fdb_hash(input logic [12:0] domain, input logic [47:0] mac);
    for (int i = 0; i < 32; i++) fdb_hash[i] = ^({3'b0, domain, mac} & FdbMatrix[i]);
  endfunction

  // The share of the family and the source in `h_address`, and that of the destination: their
  // exclusive or is the hash, so that each can have a clock of its own.
  function automatic flow_hash_t source_hash(input logic ipv6, input logic [127:0] source);
    for (int i = 0; i < int'(FlowHashW); i++)
      source_hash[i] = ^({ipv6, source} & AddressMatrix[i][256:128]);
  endfunction

  function automatic flow_hash_t destination_hash(input logic [127:0] destination);
    for (int i = 0; i < int'(FlowHashW); i++)
      destination_hash[i] = ^(destination & AddressMatrix[i][127:0]);
  endfunction

  function automatic flow_hash_t l4_hash(input logic [7:0] protocol, input logic [31:0] l4);
    for (int i = 0; i < int'(FlowHashW); i++) l4_hash[i] = ^({protocol, l4} & L4Matrix[i]);
  endfunction

endpackage

`default_nettype wire
