`default_nettype none

// The events that the host port tells its host of, in the order of the event status register.

package event_pkg;

  typedef struct packed {
    logic ring_error;
    logic punt_dropped;
    logic flow_conflict;
    logic address_conflict;
    logic forged_source;
    logic station_moved;
    logic flow_pressure;
    logic flow_refused;
    logic no_server;
    logic member_lost;
    logic link;
  } events_t;

endpackage

`default_nettype wire
