`default_nettype none

// Rows 4 to 10 of the verdict table: what ARP and neighbour discovery may say, and to whom
// (docs/src/card/verdicts.md section 3).
//
// Clock 4 of the engine in; clock 7: which logical ports a copy must not reach; clock 8: the row.
// Whatever is not claimed here goes on to the rows of `steering`. A newcomer adds a row in the
// chain of clock 7, at its place in the order.
module discovery_rules
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64
) (
  input  wire logic             clk,
  input  wire logic             table_write,
  input  wire table_access_t    table_access,
  input  wire logic             member_write,
  input  wire member_t          member_index,
  input  wire member_entry_t    member_entry,
  input  wire logic [Ports-1:0] link_up,
  // clock 4
  input  wire discovery_e       discovery,
  input  wire check_t           check,        // of neighbour discovery
  input  wire logic             own_tag,      // the logical port that it came from is a tagged one
  input  wire logical_t         logical,
  input  wire logic             sender_zero,  // 0.0.0.0 or ::
  input  wire logic             group,        // the Ethernet destination is a group
  input  wire logic             asked_hit,
  input  wire known_t           asked,
  input  wire logic             claimed_hit,
  input  wire known_t           claimed,
  input  wire logic             source_hit,
  input  wire station_t         source,
  input  wire logic             destination_hit,
  input  wire station_t         destination,
  // clock 5
  input  wire logic             eligible,     // rows 2 and 3 let it pass
  // clock 7
  output logic                  claimed_own,  // the source is a server, the address its VIP
  output logic                  use_live,
  output logical_set_t          live,
  output logic                  exclude,
  output logical_set_t          excluded,
  output logic                  exclude_servers,
  // clock 8
  output ruling_t               ruling
);

  // ------------------------------------------------------------------------------------- tables
  localparam int unsigned ServerW = index_width(Servers);

  // Where a server is, for those who ask for its own address.
  typedef struct packed {
    logic        valid;
    port_t       port;
    logic        own_tag;
    logical_t    logical;
    logic [47:0] mac;
  } place_t;

  vip_t         asked_vip_5, claimed_vip_5, vip_7;
  logical_set_t server_vips_6, live_6, excluded_6;
  logic [47:0]  vip_mac_8, host_mac_q;
  place_t       place_6;
  logic         write_ports, write_vip;

  assign write_ports = table_write && table_access.number == TableVipPorts;
  assign write_vip = table_write && table_access.number == TableVip;

  ram_sdp #(.Width(Vips), .Depth(Servers), .ReadLatency(2)) u_server_vips (
    .clk, .write_enable(table_write && table_access.number == TableServerVips),
    .write_address(table_access.index[ServerW-1:0]), .write_data(table_access.data[63:0]),
    .read_enable(1'b1), .read_address(source.index[ServerW-1:0]), .read_data(server_vips_6)
  );

  ram_sdp #(.Width($bits(place_t)), .Depth(Servers), .ReadLatency(2)) u_places (
    .clk, .write_enable(member_write && member_index < FirstRouter),
    .write_address(member_index[ServerW-1:0]),
    .write_data({member_entry.valid, member_entry.port, member_entry.own_tag, member_entry.logical,
                 member_entry.mac}),
    .read_enable(1'b1), .read_address(asked.server[ServerW-1:0]), .read_data(place_6)
  );

  ram_sdp #(.Width(LogicalPorts), .Depth(Vips), .ReadLatency(1), .Style("distributed")) u_live (
    .clk, .write_enable(write_ports), .write_address(table_access.index[5:0]),
    .write_data(table_access.data[127:64]), .read_enable(1'b1), .read_address(asked_vip_5),
    .read_data(live_6)
  );

  ram_sdp #(.Width(LogicalPorts), .Depth(Vips), .ReadLatency(1), .Style("distributed")) u_excluded (
    .clk, .write_enable(write_ports), .write_address(table_access.index[5:0]),
    .write_data(table_access.data[63:0]), .read_enable(1'b1), .read_address(claimed_vip_5),
    .read_data(excluded_6)
  );

  ram_sdp #(.Width(48), .Depth(Vips), .ReadLatency(1), .Style("distributed")) u_vip_macs (
    .clk, .write_enable(write_vip), .write_address(table_access.index[5:0]),
    .write_data(table_access.data[160+:48]), .read_enable(1'b1), .read_address(vip_7),
    .read_data(vip_mac_8)
  );

  // The host's MAC is known from its station entry. Whether a router's advertisements are kept from
  // servers stands with its pool.
  logic [Routers-1:0] quiet_q;
  initial quiet_q = '0;
  always @(posedge clk) begin
    if (table_write && table_access.number == TableStation && table_access.data[32+16] &&
        station_kind_e'(table_access.data[32+17+:2]) == StationHost)
      host_mac_q <= table_access.data[47:0];
    if (table_write && table_access.number == TablePool)
      for (int r = 0; r < int'(Routers); r++)
        if (table_access.index == 24'(r)) quiet_q[r] <= table_access.data[28];
  end

  // ----------------------------------------------------------- clock 4: what is said, and by whom
  logic request_5, reply_5, seeks_router_5, checked_5, arp_5, advertisement_5;
  logic redirect_5, router_arp_5;
  logic sender_zero_5, group_5;
  logic asks_vip_5, asks_router_5, asks_host_5, asks_server_5;
  logic claims_vip_5, claims_router_5, claims_host_5, claims_server_5;
  logic same_router_5, same_server_5;          // numbers of source and owner of what is claimed
  logic from_server_5, from_router_5, quiet_5;
  logic to_virtual_5, to_host_5, to_server_5;
  logic is_arp, taken;

  assign is_arp = discovery == DiscoveryArpRequest || discovery == DiscoveryArpReply;
  assign taken = is_arp ||
                 (discovery != DiscoveryNone && (check.checked || check.unchecked));

  always_ff @(posedge clk) begin
    request_5 <= taken && (discovery == DiscoveryArpRequest || discovery == DiscoverySolicitation);
    reply_5 <= taken && (discovery == DiscoveryArpReply || discovery == DiscoveryAdvertisement);
    checked_5 <= is_arp || check.checked;
    arp_5 <= is_arp;
    router_arp_5 <= is_arp || (taken && discovery == DiscoveryAdvertisement);
    seeks_router_5 <= taken && discovery == DiscoveryRouterSolicitation;
    advertisement_5 <= taken && discovery == DiscoveryRouterAdvertisement;
    redirect_5 <= taken && discovery == DiscoveryRedirect;
    sender_zero_5 <= sender_zero;
    group_5 <= group;
    asked_vip_5 <= asked.index;
    claimed_vip_5 <= claimed.index;
    asks_vip_5 <= asked_hit && asked.kind == KnownVip;
    asks_router_5 <= asked_hit && asked.kind == KnownRouter;
    asks_host_5 <= asked_hit && asked.kind == KnownHost;
    asks_server_5 <= asked_hit && asked.kind == KnownServer;
    claims_vip_5 <= taken && claimed_hit && claimed.kind == KnownVip;
    claims_router_5 <= taken && claimed_hit && claimed.kind == KnownRouter;
    claims_host_5 <= taken && claimed_hit && claimed.kind == KnownHost;
    claims_server_5 <= taken && claimed_hit && claimed.kind == KnownServer;
    same_router_5 <= source.index == member_t'(claimed.index);
    same_server_5 <= source.index == member_t'(claimed.server);
    from_server_5 <= source_hit && source.kind == StationServer;
    from_router_5 <= source_hit && source.kind == StationRouter;
    quiet_5 <= quiet_q[source.index[index_width(Routers)-1:0]];
    to_virtual_5 <= destination_hit && destination.kind == StationVirtual;
    to_host_5 <= destination_hit && destination.kind == StationHost;
    to_server_5 <= destination_hit && destination.kind == StationServer;
  end

  // ------------------------------------------------ clock 5: conditions that ask for no membership
  logic asked_same_5, reply_to_host_5, others_5;
  assign asked_same_5 = asked_vip_5 == claimed_vip_5;
  assign reply_to_host_5 = reply_5 && checked_5 && to_host_5 && asks_host_5;
  // A station's address, claimed by another one. No frame of the host comes by here.
  assign others_5 = claims_host_5 || (claims_router_5 && !(from_router_5 && same_router_5)) ||
                    (claims_server_5 && !(from_server_5 && same_server_5));

  typedef struct packed {
    logic probe;          // row 4, if the VIP asked for is the server's own
    logic defence;        // row 4, if the VIP claimed is its own: a reply, about itself, unchecked;
                          // what it replies to the host's own question goes there (row 18)
    logic claim;          // row 6, unless the VIP claimed is its own
    logic others;         // row 6: a router's, server's or the host's address
    logic server;         // the source is one
    logic answer_vip;     // row 5
    logic answer_router;  // row 7
    logic answer_host;    // row 8
    logic answer_server;  // row 8, if the server can be reached and hears nothing of the request
    logic keep_out;       // row 9, flooded
    logic isolate;        // row 9, dropped
    logic request;        // row 10, if the VIP claimed is the server's own
    logic reply;          // row 10
    logic arp;
  } conditions_t;

  conditions_t condition_6, condition_7;
  vip_t        asked_vip_6, claimed_vip_6, asked_vip_7, claimed_vip_7;
  logic        own_tag_5, own_tag_6;
  logical_t    logical_5, logical_6;

  always_ff @(posedge clk) begin
    condition_6 <= '0;
    if (eligible) begin
      condition_6.probe <= request_5 && from_server_5 && sender_zero_5 && asks_vip_5;
      condition_6.defence <= from_server_5 && claims_vip_5 &&
                             ((reply_5 && !reply_to_host_5) || seeks_router_5 ||
                              (request_5 && (!checked_5 || (asks_vip_5 && asked_same_5))));
      condition_6.claim <= claims_vip_5;
      condition_6.others <= others_5;
      condition_6.answer_vip <= request_5 && checked_5 && asks_vip_5;
      condition_6.answer_router <= request_5 && checked_5 && from_server_5 && asks_router_5;
      condition_6.answer_host <= request_5 && checked_5 && asks_host_5;
      condition_6.answer_server <= request_5 && checked_5 && asks_server_5;
      condition_6.keep_out <= from_router_5 && group_5 &&
                              (router_arp_5 || (advertisement_5 && quiet_5));
      condition_6.isolate <= (from_router_5 && advertisement_5 && quiet_5 && to_server_5) ||
                             (redirect_5 && (to_server_5 || to_virtual_5));
      condition_6.request <= from_server_5 && request_5 && checked_5 && claims_vip_5 &&
                             !to_virtual_5 && !to_host_5;
      condition_6.reply <= reply_5 && checked_5 && to_virtual_5 && asks_vip_5;
    end
    condition_6.server <= from_server_5;
    condition_6.arp <= arp_5;
    asked_vip_6 <= asked_vip_5;
    claimed_vip_6 <= claimed_vip_5;
    own_tag_5 <= own_tag;
    own_tag_6 <= own_tag_5;
    logical_5 <= logical;
    logical_6 <= logical_5;
  end

  // --------------------------------- clock 6: whose the VIPs are, where the server asked for is
  logic        asked_own_7, claimed_own_7, place_link, reachable;
  logic [47:0] place_mac_7;

  always_comb begin
    place_link = 1'b0;
    for (int p = 0; p < int'(Ports); p++) if (place_6.port == port_t'(p)) place_link = link_up[p];
    reachable = place_6.valid && place_link && place_6.own_tag == own_tag_6 &&
                place_6.logical != logical_6;
  end

  always_ff @(posedge clk) begin
    condition_7 <= condition_6;
    condition_7.answer_server <= condition_6.answer_server && reachable;
    place_mac_7 <= place_6.mac;
    asked_own_7 <= server_vips_6[asked_vip_6];
    claimed_own_7 <= server_vips_6[claimed_vip_6];
    live <= live_6;
    excluded <= excluded_6;
    asked_vip_7 <= asked_vip_6;
    claimed_vip_7 <= claimed_vip_6;
  end

  // ---------------------------------------------------------- clock 7: the first row that matches
  logic own_7;
  assign own_7 = condition_7.server && claimed_own_7;
  assign claimed_own = own_7;
  assign vip_7 = condition_7.answer_vip ? asked_vip_7 : claimed_vip_7;
  assign use_live = condition_7.reply;
  assign exclude = condition_7.request && own_7;
  assign exclude_servers = condition_7.keep_out;

  ruling_t     choose, ruling_8;
  logic        for_host, for_host_8, for_server_8;
  logic [47:0] place_mac_8;

  always_comb begin
    choose = '0;
    for_host = 1'b0;
    if ((condition_7.probe && asked_own_7) || (condition_7.defence && own_7)) begin
      choose.act = RulingDrop;
      choose.row = 5'd4;
      choose.drop = DropSwallowed;
    end else if (condition_7.others || (condition_7.claim && !own_7)) begin
      choose.act = RulingDrop;
      choose.row = 5'd6;
      choose.drop = DropAddressConflict;
    end else if (condition_7.answer_vip) begin
      choose.act = RulingAnswer;
      choose.row = 5'd5;
    end else if (condition_7.answer_router) begin
      choose.act = RulingAnswerRouter;
      choose.row = 5'd7;
      choose.drop = DropNoRouter;
    end else if (condition_7.answer_host) begin
      choose.act = RulingAnswer;
      choose.row = 5'd8;
      for_host = 1'b1;
    end else if (condition_7.answer_server) begin
      choose.act = RulingAnswer;
      choose.row = 5'd8;
    end else if (condition_7.keep_out) begin
      choose.act = RulingFlood;
      choose.row = 5'd9;
      choose.drop = DropNoPort;
    end else if (condition_7.isolate) begin
      choose.act = RulingDrop;
      choose.row = 5'd9;
      choose.drop = DropIsolated;
    end else if (condition_7.request && own_7) begin
      choose.act = RulingRequest;
      choose.row = 5'd10;
    end else if (condition_7.reply) begin
      choose.act = RulingEveryServer;
      choose.row = 5'd10;
      choose.drop = DropNoServer;
    end
    choose.mac = condition_7.arp ? '1 : 48'h3333_0000_0001;
    choose.excluded = excluded;
  end

  always_ff @(posedge clk) begin
    ruling_8 <= choose;
    for_host_8 <= for_host;
    // Whatever rows go before this answer, they drop the frame.
    for_server_8 <= condition_7.answer_server;
    place_mac_8 <= place_mac_7;
  end

  always_comb begin
    ruling = ruling_8;
    if (ruling_8.act != RulingEveryServer) begin
      ruling.mac = vip_mac_8;
      if (for_host_8) ruling.mac = host_mac_q;
      if (for_server_8) ruling.mac = place_mac_8;
    end
  end

endmodule

`default_nettype wire
