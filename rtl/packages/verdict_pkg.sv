`default_nettype none

// What becomes of a frame: from the plan of its row to the verdict.
package verdict_pkg;

  import frame_pkg::*;
  import table_pkg::*;

  // Clocks a key spends in the look-up engine, from its input register to its verdict.
  localparam int unsigned EngineLatency = 14;

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

endpackage

`default_nettype wire
