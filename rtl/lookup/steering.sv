`default_nettype none

// The decision: which row of the verdict table a frame falls under (docs/src/card/verdicts.md
// section 3), as far as it does not depend on the tables that are read last; rows 4 to 10 are those
// of `discovery_rules`.
//
// Clock 4 of the engine in, clock 7 out. A newcomer adds a row in `choose`, at its place in the
// order.
module steering
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic             clk,
  input  wire settings_t        settings,
  input  wire logic [Ports-1:0] link_up,
  input  wire logic [Ports-1:0] usable,
  // clock 4
  input  wire key_t             key,
  input  wire port_t            port,
  input  wire logic             destination_hit,
  input  wire station_t         destination,
  input  wire logic             source_hit,
  input  wire station_t         source,
  input  wire logic             service_hit,
  input  wire logic             address_hit,
  input  wire logic             no_service_to_host,
  input  wire logic             source_virtual,
  input  wire logic             discovery,     // ARP, or neighbour discovery by its header
  input  wire logic             forward,       // to a VIP
  input  wire logic             reverse,       // from a server with a VIP as its source
  input  wire logic             flow_tracked,
  // clock 5
  input  wire logic             router_address_hit,
  input  wire logic             router_valid,  // the addressed router's entry
  input  wire logic             router_up,
  input  wire port_t            router_port,
  output logic                  may_learn,     // no station, and rows 2 and 3 let it pass
  output logic                  eligible,      // rows 2 and 3 let it pass
  // clock 7
  output plan_t                 plan
);

  // -------------------------------------------------------------------- clock 4: what the frame is
  logic    control_5, bpdu_5, pause_5, group_5, held_5, forged_5;
  logic    from_member_5, from_server_5;
  member_t from_index_5;
  logic    virtual_5, router_5, server_5, host_5;
  logic    ip_5, service_5, address_5, to_host_5, source_virtual_5, discovery_5;
  logic    forward_5, reverse_5, tracked_5, quote_lost_5;
  port_t   port_5, station_port_5;
  logic    station_same_5, station_kind_5;      // the same logical port, one of the same kind
  logical_t station_logical_5;
  member_t station_index_5;

  logic source_member, source_right, control;
  assign source_member =
    source_hit && (source.kind == StationServer || source.kind == StationRouter);
  assign source_right = source.logical == key.logical;
  assign control = key.destination[47:4] == 44'h0180_c200_000;

  always_ff @(posedge clk) begin
    control_5 <= control;
    // No bridge protocol is IP or ARP: nobody's addresses are told by this way.
    bpdu_5 <= control && key.destination[3:0] == 4'h0 && !key.ip && !discovery;
    pause_5 <= control && key.destination[3:0] == 4'h1;
    group_5 <= key.destination[40];
    held_5 <= key.held;
    forged_5 <= key.source[40] || key.source == '0 || (source_hit && !source_member) ||
                (source_member && !source_right);
    from_member_5 <= source_member;
    from_server_5 <= source_hit && source.kind == StationServer;
    eligible <= !control && key.held && !key.source[40] && key.source != '0 &&
                (!source_hit || (source_member && source_right));
    from_index_5 <= source.kind == StationRouter ? FirstRouter + source.index : source.index;
    may_learn <= !control && key.held && !key.source[40] && key.source != '0 && !source_hit;
    virtual_5 <= destination_hit && destination.kind == StationVirtual;
    router_5 <= destination_hit && destination.kind == StationRouter;
    server_5 <= destination_hit && destination.kind == StationServer;
    host_5 <= destination_hit && destination.kind == StationHost;
    station_port_5 <= destination.port;
    station_same_5 <= destination.logical == key.logical;
    station_kind_5 <= destination.own_tag == key.own_tag;
    station_logical_5 <= destination.logical;
    source_virtual_5 <= source_virtual;
    discovery_5 <= discovery;
    forward_5 <= forward;
    reverse_5 <= reverse;
    tracked_5 <= flow_tracked;
    quote_lost_5 <= forward && key.quote_lost;
    station_index_5 <= destination.kind == StationRouter ? FirstRouter + destination.index
                                                         : destination.index;
    ip_5 <= key.ip;
    service_5 <= service_hit;
    address_5 <= address_hit;
    to_host_5 <= no_service_to_host;
    port_5 <= port;
  end

  // ----------------------------------------------------- clock 5: the states that the rows ask for
  logic bpdu_to_host, station_link, router_usable;

  always_comb begin
    bpdu_to_host = 1'b0;
    station_link = 1'b0;
    router_usable = 1'b0;
    for (int p = 0; p < int'(Ports); p++) begin
      if (port_5 == port_t'(p)) bpdu_to_host = settings.bpdu_to_host[p];
      if (station_port_5 == port_t'(p)) station_link = link_up[p];
      if (router_port == port_t'(p)) router_usable = usable[p];
    end
  end

  logic    pause_6, control_host_6, bpdu_flood_6, not_held_6, forged_6, source_virtual_6;
  logic    balance_6, no_service_6, not_ours_6, service_host_6;
  logic    forward_6, reverse_6, tracked_6, quote_lost_6;
  logic    router_6, router_up_6, readdress_6, host_6, static_6, group_6;
  logic    station_pass_6;
  drop_e   station_drop_6;
  logical_t station_logical_6;
  logic    from_member_6;
  member_t from_index_6, station_index_6;
  egress_t station_mask_6;

  always_ff @(posedge clk) begin
    pause_6 <= pause_5;
    control_host_6 <= control_5 && !pause_5 && (!bpdu_5 || bpdu_to_host);
    bpdu_flood_6 <= bpdu_5 && !bpdu_to_host;
    not_held_6 <= !held_5;
    forged_6 <= forged_5;
    source_virtual_6 <= source_virtual_5;
    forward_6 <= forward_5;
    reverse_6 <= reverse_5;
    tracked_6 <= tracked_5;
    quote_lost_6 <= quote_lost_5;
    balance_6 <= virtual_5 && ip_5 && service_5;
    no_service_6 <= virtual_5 && ip_5 && !service_5 && address_5 && !to_host_5;
    service_host_6 <= virtual_5 && ip_5 && !service_5 && address_5 && to_host_5;
    not_ours_6 <= virtual_5 && (!ip_5 || !address_5);
    router_6 <= router_5;
    // Of the other kind it counts as down, and row 19 drops the frame.
    router_up_6 <= router_5 && router_valid && router_up && router_usable && station_kind_5;
    readdress_6 <= router_5 && ip_5 && !discovery_5 && from_server_5 && !router_address_hit;
    host_6 <= host_5;
    static_6 <= router_5 || server_5;
    group_6 <= group_5;
    station_pass_6 <= station_kind_5 && station_link && !station_same_5;
    station_mask_6 <= one_port(station_port_5);
    station_logical_6 <= station_logical_5;
    if (!station_kind_5) station_drop_6 <= DropVlanFiltered;
    else station_drop_6 <= station_link ? DropFiltered : DropLinkDown;
    station_index_6 <= station_index_5;
    from_member_6 <= from_member_5 && !control_5 && held_5 && !forged_5;
    from_index_6 <= from_index_5;
  end

  // ----------------------------------------------------------- clock 6: the first row that matches
  plan_t choose;

  always_comb begin
    choose = '0;
    choose.kind = PlanFixed;
    choose.from_member = from_member_6;
    choose.from_index = from_index_6;
    choose.to_index = station_index_6;
    choose.logical = station_logical_6;
    if (pause_6) begin
      choose.row = 5'd2;
      choose.drop = DropPause;
    end else if (control_host_6) begin
      choose.row = 5'd2;
      choose.mask = one_port(port_t'(Ports));
      choose.host = HostControl;
    end else if (bpdu_flood_6) begin
      choose.row = 5'd2;
      choose.kind = PlanFlood;
      choose.drop = DropNoPort;
    end else if (not_held_6) begin
      choose.row = 5'd3;
      choose.drop = DropVlanFiltered;
    end else if (forged_6) begin
      choose.row = 5'd3;
      choose.drop = DropForgedSource;
    end else if (quote_lost_6) begin
      choose.row = 5'd13;
      choose.mask = one_port(port_t'(Ports));
      choose.host = HostQuote;
    end else if (balance_6) begin
      choose.row = forward_6 && tracked_6 ? 5'd12 : 5'd13;
      choose.kind = PlanBalance;
      choose.forward = forward_6;
      choose.source_virtual = source_virtual_6;
      choose.drop = DropNoServer;
    end else if (service_host_6) begin
      choose.row = 5'd14;
      choose.mask = one_port(port_t'(Ports));
      choose.host = HostNoService;
      choose.forward = forward_6;
    end else if (no_service_6) begin
      choose.row = 5'd14;
      choose.drop = DropNoService;
      choose.forward = forward_6;
    end else if (not_ours_6) begin
      choose.row = 5'd14;
      choose.drop = DropNotOurs;
      choose.forward = forward_6;
    end else if (router_6 && router_up_6) begin
      choose.row = 5'd16;
      choose.mask = station_pass_6 ? station_mask_6 : '0;
      choose.drop = DropFiltered;
      choose.to_member = 1'b1;
    end else if (readdress_6) begin
      choose.row = 5'd17;
      choose.kind = PlanBalance;
      choose.drop = DropNoRouter;
    end else if (host_6) begin
      choose.row = 5'd18;
      choose.mask = one_port(port_t'(Ports));
      choose.host = HostAddressed;
    end else if (static_6) begin
      choose.row = 5'd19;
      choose.mask = station_pass_6 ? station_mask_6 : '0;
      choose.drop = station_drop_6;
      choose.to_member = 1'b1;
    end else if (group_6) begin
      choose.row = 5'd19;
      choose.kind = PlanFlood;
      choose.drop = DropNoPort;
    end else begin
      choose.row = 5'd19;
      choose.kind = PlanLearned;
      choose.drop = settings.drop_unknown ? DropUnknown : DropNoPort;
    end
    choose.reverse = reverse_6 && choose.row >= 5'd16;
  end

  always_ff @(posedge clk) plan <= choose;

endmodule

`default_nettype wire
