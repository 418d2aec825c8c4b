`default_nettype none

// What the stages of the look-up engine hand on. A digit at the end of a name is the clock.
package lookup_pkg;
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;

  // What the first tables say of a key, clock 4.
  typedef struct packed {
    logic            destination_hit;    // stations
    station_t        destination;
    logic            source_hit;
    station_t        source;
    logic            asked_hit;          // known addresses
    known_t          asked;
    logic            claimed_hit;
    known_t          claimed;
    logic            zero;               // the sender is 0.0.0.0 or ::
    logic            service_hit;
    service_result_t service;
    logic            address_hit;
    logic            no_service_to_host;
    check_t          check;              // of neighbour discovery
    logic            discovery;          // ARP, or neighbour discovery by its header
  } tables_t;

  // What of a key is asked to the end.
  typedef struct packed {
    port_t       port;
    logic        discovery;              // the line card has a job for it
    logic        own_tag;
    logical_t    logical;
    logic [31:0] stamp;
  } path_t;

  // How a key takes part in flows and fragments.
  typedef struct packed {
    logic tracked;
    logic least_load;                    // a flow's first frame, and the service wants it
    logic first;                         // the first fragment of a datagram
    logic later;
    logic tcp;
  } part_t;

  // What is decided before members and learned addresses are known.
  typedef struct packed {
    plan_t        plan;
    logic [47:0]  mac;                   // of the card's own answers
    logical_set_t excluded;              // for a request that is forwarded anew
  } course_t;

  // Who gets a copy of a frame that is flooded, by network port.
  typedef struct packed {
    logical_set_t         copies;
    logic [7:0]           egress;
    logic [7:0]           many;
    logical_t [7:0]       first;
  } flood_t;

  // Where an address was learned, and what stands against it.
  typedef struct packed {
    logic     usable;                    // found, link up
    port_t    port;
    logical_t logical;
    logic     here;                      // where the frame came from
    logic     isolated;
    logic     other_kind;                // of logical port
    logic     fixed_isolated;            // a planned egress is
  } learned_t;

  // A bucket's members.
  typedef struct packed {
    bucket_t       bucket;
    member_entry_t first;
    member_entry_t second;
  } members_t;

  // Which of them takes the frame, if not a server that flow or fragment table name: clock 13.
  typedef struct packed {
    logic by_fragment;
    logic lost;                          // a fragment that follows none
    logic by_flow;
    logic by_bucket;
    logic any_up;
    logic second;                        // of the bucket, else the first
    logic found;                         // flow: for the event
  } choice_t;

  function automatic logic port_of(input logic [7:0] ports, input port_t port);
    return ports[port[2:0]] && !port[3];
  endfunction

endpackage

`default_nettype wire
