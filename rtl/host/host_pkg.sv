`default_nettype none

// What crosses walls inside the host port. docs/src/card/rings.md has the meaning.

package host_pkg;

  localparam int unsigned RingSizeMost = 12;

  // Of one direction's pair of rings, from the registers. Addresses and size are taken over in the
  // clock in which `enable` rises.
  typedef struct packed {
    logic        enable;
    logic [63:0] descriptors;
    logic [63:0] completions;
    logic [3:0]  size;
    logic [15:0] tail;
  } ring_setup_t;

  typedef enum logic [3:0] {
    RingGood       = 4'd0,
    RingSetup      = 4'd1,
    RingDoorbell   = 4'd2,
    RingDescriptor = 4'd3,
    RingCompletion = 4'd4,
    RingBus        = 4'd5
  } ring_error_e;

  typedef struct packed {
    logic        running;
    logic        busy;       // transactions are under way for a ring that does not run
    ring_error_e error;
    logic [15:0] completed;
  } ring_state_t;

  // One clock each.
  typedef struct packed {
    logic delivered;
    logic off;
    logic lost;
    logic truncated;
    logic refused;           // a receive descriptor
    logic sent;
    logic failed;            // a transmit descriptor
  } ring_counts_t;

  // A frame's beat on its way to the host.
  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
    logic         last;
    logic [3:0]   source;
    logic [31:0]  stamp;
    logic [3:0]   reason;
  } punt_t;

  localparam int unsigned Events = 11;

  // An address in units of 64 bytes, a beat of the bus.
  typedef logic [57:0] line_t;

  // A burst on the bus.
  typedef struct packed {
    line_t      line;
    logic [3:0] more;        // beats behind the first
  } burst_t;

  typedef enum logic [1:0] {
    StatusDone = 2'd0,
    StatusTruncated = 2'd1,
    StatusRefused = 2'd2,
    StatusBus = 2'd3
  } ring_status_e;

  // What a completion will tell, but for what the bus answers.
  typedef struct packed {
    logic         frame;     // wait for the bus' answer about a frame; else there is none
    ring_status_e status;
    logic [15:0]  length;    // bytes
    logic [3:0]   source;
    logic [3:0]   reason;
    logic [18:0]  waited;    // clocks
    logic [63:0]  first;     // time_ns
  } ring_record_t;

  // A completion to be written: 16 bytes.
  typedef struct packed {
    line_t        line;
    logic [1:0]   quarter;   // of the line
    logic [127:0] data;
  } completion_t;

endpackage

`default_nettype wire
