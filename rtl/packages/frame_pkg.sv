`default_nettype none

// Frames on their way through the card: beats, ports, why one is dropped or goes to the host. Frame
// byte k of a 64-byte beat stands in bits 8k+7..8k.
package frame_pkg;

  // Frames of up to this many 64-byte beats are legal: 9,600 bytes.
  localparam int unsigned MaxBeats = 150;

  localparam int unsigned MinBytes = 60;

  // Beats of a queue that the host is not promised: announcements find room in them.
  localparam int unsigned SpareBeats = 4;

  // A port number; the host is port number `Ports`.
  localparam int unsigned PortW = 4;

  // The widest egress mask: eight network ports and the host.
  localparam int unsigned MaxEgress = 9;

  // Bits of an index into so many places: one at least.
  function automatic int unsigned index_width(input int unsigned places);
    return places > 1 ? $clog2(places) : 1;
  endfunction

  typedef logic [PortW-1:0] port_t;
  typedef logic [MaxEgress-1:0] egress_t;

  // Logical ports: network port and VLAN, or untagged. A set has a bit for each.
  localparam int unsigned LogicalPorts = 64;

  typedef logic [5:0] logical_t;
  typedef logic [LogicalPorts-1:0] logical_set_t;

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

  // Counts the changes of an egress's logical ports; one is later than another of the 31 before it.
  typedef logic [5:0] epoch_t;

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

  function automatic egress_t one_port(input port_t egress);
    return egress_t'(1) << egress;
  endfunction

endpackage

`default_nettype wire
