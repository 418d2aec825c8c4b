`default_nettype none

// What happens in the core that the host may want to be told: one pulse for each event, a clock or
// two after it. Any number of the same event in a clock are one.

module host_events
  import frame_pkg::*;
  import flow_pkg::*;
  import host_pkg::*;
  import event_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Engines = 1
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic [Ports-1:0]   link_up,
  input  wire logic               member_lost,
  input  wire logic [Engines-1:0] dropped,         // a look-up ended with a drop ..
  input  wire drop_e              drop [Engines],  // .. for this reason
  input  wire flow_op_t           flow_bus,
  input  wire logic               flow_pressure,
  input  wire logic               station_moved,
  input  wire logic               punt_dropped,
  input  wire ring_error_e        rx_error,
  input  wire ring_error_e        tx_error,
  output events_t                 events
);

  logic [Ports-1:0] link_q;
  logic             pressure_q, rx_error_q, tx_error_q;
  logic             no_server, forged, conflict;

  always_comb begin
    no_server = 1'b0;
    forged = 1'b0;
    conflict = 1'b0;
    for (int e = 0; e < int'(Engines); e++) begin
      no_server |= dropped[e] && drop[e] == DropNoServer;
      forged |= dropped[e] && drop[e] == DropForgedSource;
      conflict |= dropped[e] && drop[e] == DropAddressConflict;
    end
  end

  always_ff @(posedge clk) begin
    link_q <= link_up;
    pressure_q <= flow_pressure;
    rx_error_q <= rx_error != RingGood;
    tx_error_q <= tx_error != RingGood;
    events.link <= link_up != link_q;
    events.member_lost <= member_lost;
    events.no_server <= no_server;
    events.flow_refused <= flow_bus.valid && flow_bus.refused;
    events.flow_pressure <= flow_pressure && !pressure_q;
    events.station_moved <= station_moved;
    events.forged_source <= forged;
    events.address_conflict <= conflict;
    events.flow_conflict <= flow_bus.valid && flow_bus.conflict;
    events.punt_dropped <= punt_dropped;
    events.ring_error <= (rx_error != RingGood && !rx_error_q) ||
                              (tx_error != RingGood && !tx_error_q);
    if (rst) events <= '0;
  end

endmodule

`default_nettype wire
