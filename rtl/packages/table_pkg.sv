`default_nettype none

// The tables that the host writes: their numbers, and what an entry holds (docs/src/card/tables.md).
package table_pkg;

  import frame_pkg::*;

  // Members: servers from 0, routers from here. The parameters of the top may use fewer.
  localparam int unsigned MemberW = 11;

  localparam logic [MemberW-1:0] FirstRouter = 11'd1024;
  typedef logic [MemberW-1:0] member_t;

  // Virtual addresses of the clusters.
  localparam int unsigned Vips = 64;

  typedef logic [5:0] vip_t;

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

  typedef logic [9:0] server_t;

  // .. and a clock later.
  typedef struct packed {
    server_t       server;
    member_entry_t entry;
  } fragment_server_t;

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

endpackage

`default_nettype wire
