`default_nettype none

// The flow table and the fragment table (docs/src/card/flows.md section 6).
package flow_pkg;

  import key_pkg::*;
  import table_pkg::*;

  // The flow table (docs/src/card/flows.md section 6): two banks of rows of slots.
  localparam int unsigned FlowHashBits = 60;

  localparam int unsigned FlowRowBits = 18;    // at most; less for smaller tables
  localparam int unsigned FlowStore = 16;      // insertions that wait for the keeper

  // A key's keyed hash: the row of bank 0 low, the fingerprint high.
  typedef logic [FlowHashBits-1:0] flow_key_t;

  typedef logic [FlowRowBits-1:0] flow_row_t;
  typedef logic [39:0] fingerprint_t;
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

endpackage

`default_nettype wire
