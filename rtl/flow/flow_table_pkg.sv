`default_nettype none

// What the stages of the flow table hand on (rtl/flow), and the patterns that they share. A digit
// at the end of a name is the clock of the engine.
package flow_table_pkg;
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;

  // By bank and slot.
  typedef logic [1:0][7:0] slots_t;

  // What a key takes along.
  typedef struct packed {
    logic         look;
    logic         write;
    logic         reverse;
    logic         confirms;
    flow_kind_e   kind;
    segment_e     segment;         // as far as the entry is concerned
    logic [5:0]   cluster;
    server_t      source;
    flow_stamp_t  tick;
    logic         pressure;
    flow_who_t    who;
  } step_t;

  // What an operation and a key have in common: the entry, and the row of each bank.
  typedef struct packed {
    logic       same;
    logic [1:0] row;
  } near_t;

  // Wide words are compared by a carry that goes through where three bits each are equal: two
  // levels of look-up tables, however wide.
  localparam int unsigned Triples = 20;
  typedef logic [3*Triples-1:0] wide_t;

  function automatic logic equals(input wide_t one, input wide_t other);
    wide_t            differs;
    logic [Triples:0] equal, carried;
    differs = one ^ other;
    differs |= (differs >> 1) | (differs >> 2);
    equal = '0;
    for (int i = 0; i < int'(Triples); i++) equal[i] = !differs[3*i];
    carried = equal + 21'd1;
    return carried[Triples];
  endfunction

  function automatic near_t near_of(input flow_who_t one, input flow_who_t other);
    for (int b = 0; b < 2; b++)
      near_of.row[b] = equals(wide_t'(one.row[b]), wide_t'(other.row[b]));
    near_of.same = equals(wide_t'({one.fingerprint, one.row[0]}),
                          wide_t'({other.fingerprint, other.row[0]}));
  endfunction

  // Who speaks when the keeper does.
  function automatic flow_who_t who_of(input flow_op_t op);
    who_of.fingerprint = op.word.fingerprint;
    who_of.row[0] = op.bank ? op.row0 : op.row;
    who_of.row[1] = op.bank ? op.row : op.from_row;
  endfunction

  // A slot of the key's rows is written; one of them was copied from.
  function automatic logic writes_row(input flow_op_t op, input near_t near);
    return op.valid && op.slot_write && near.row[op.bank];
  endfunction

  function automatic logic copies_row(input flow_op_t op, input near_t near);
    return op.valid && op.copy && near.row[!op.bank];
  endfunction

  // The operation says where the key's entry is, or that there is none.
  function automatic logic tells(input flow_op_t op, input near_t near);
    return op.valid && near.same && (op.slot_write || op.store_write || op.store_clear);
  endfunction

  // .. and brings its settings, its server's entry.
  function automatic logic brings(input flow_op_t op, input near_t near);
    return near.same && op.stands && !op.keeper;
  endfunction

  // Where a key's entry stands, and what it is.
  typedef struct packed {
    logic       hit;
    logic       in_store;
    logic       bank;
    logic [2:0] slot;
    logic [3:0] place;
    flow_word_t word;
  } match_t;

  // .. after an operation.
  function automatic match_t follow(
      input match_t was, input flow_op_t op, input near_t near);
    follow = was;
    if (tells(op, near)) begin
      follow.hit = op.stands;
      follow.in_store = !op.slot_write;
      follow.bank = op.bank;
      follow.slot = op.slot;
      follow.place = op.place;
      follow.word = op.word;
    end else if (writes_row(op, near) && !was.in_store && was.bank == op.bank &&
                 was.slot == op.slot)
      follow.hit = 1'b0;
  endfunction

  // Slots that are not what the memory says: free or not.
  typedef struct packed {
    slots_t slots;
    slots_t free;
  } over_t;

  function automatic over_t overlay(input over_t was, input flow_op_t op, input near_t near);
    overlay = was;
    if (writes_row(op, near)) begin
      overlay.slots[op.bank][op.slot] = 1'b1;
      overlay.free[op.bank][op.slot] = !op.stands;
    end
    if (copies_row(op, near)) begin
      overlay.slots[!op.bank][op.from_slot] = 1'b1;
      overlay.free[!op.bank][op.from_slot] = 1'b0;
    end
  endfunction

  // A slot that a new entry may get.
  typedef struct packed {
    logic       valid;
    logic       bank;
    logic [2:0] slot;
    logic       empty;             // else an expired entry of `server` goes
    server_t    server;
  } room_t;

  // The slot, or the one that is copied from, is this one.
  function automatic logic touches(
      input flow_op_t op, input near_t near, input logic bank, input logic [2:0] slot);
    return (writes_row(op, near) && op.bank == bank && op.slot == slot) ||
           (copies_row(op, near) && op.bank != bank && op.from_slot == slot);
  endfunction

  function automatic room_t crowd(input room_t was, input flow_op_t op, input near_t near);
    crowd = was;
    if (touches(op, near, was.bank, was.slot)) begin
      crowd.valid = !op.stands;
      crowd.empty = 1'b1;
    end
  endfunction

  // A free place of the store.
  typedef struct packed {
    logic       valid;
    logic [3:0] place;
  } vacancy_t;

  // A new entry took a place.
  function automatic logic fills(input flow_op_t op);
    return op.valid && op.store_write && op.inserted && !op.removed;
  endfunction

  // What a frame makes of its entry's state.
  typedef enum logic [1:0] {
    StampTick = 2'd0,
    StampKind = 2'd1,              // the age of the key's kind
    StampFin = 2'd2,
    StampRst = 2'd3
  } stamp_e;

  typedef struct packed {
    flow_state_e state;
    stamp_e      stamp;
    logic        renews;           // the same state: the stamp never becomes earlier
    logic        never;            // nothing changes
  } way_t;

  typedef struct packed {
    way_t unconfirmed;
    way_t bypassing;               // unconfirmed, and the cluster's replies bypass the switch
    way_t established;
    way_t fin;
    way_t rst;
    way_t opened;
  } ways_t;

  function automatic ways_t ways_of(input step_t key);
    way_t fin, rst, establish, nothing;
    logic starts, resets, fins;
    starts = key.segment == SegmentStart;
    resets = key.segment == SegmentReset;
    fins = key.segment == SegmentFin;
    fin = '{state: FlowFin, stamp: StampFin, renews: 1'b0, never: 1'b0};
    rst = '{state: FlowRst, stamp: StampRst, renews: 1'b0, never: 1'b0};
    establish = '{state: FlowEstablished, stamp: StampKind, renews: 1'b0, never: 1'b0};
    nothing = '{state: FlowFree, stamp: StampTick, renews: 1'b1, never: 1'b1};

    // The side that began, then the other one.
    ways_of.unconfirmed = '{state: FlowUnconfirmed, stamp: StampTick, renews: 1'b1, never: 1'b0};
    ways_of.bypassing = starts || resets ? ways_of.unconfirmed : establish;
    if (key.confirms) ways_of.unconfirmed = ways_of.bypassing;
    ways_of.opened = '{state: FlowOpened, stamp: StampTick, renews: 1'b1, never: 1'b0};
    if (resets) ways_of.opened = nothing;
    if (key.reverse) begin
      ways_of.unconfirmed = fins ? fin : establish;
      if (resets) ways_of.unconfirmed = nothing;
      ways_of.bypassing = ways_of.unconfirmed;
    end else if (!resets) ways_of.opened = fins ? fin : establish;
    nothing.state = FlowUnconfirmed;
    if (ways_of.unconfirmed.never) ways_of.unconfirmed = nothing;
    if (ways_of.bypassing.never) ways_of.bypassing = nothing;
    nothing.state = FlowOpened;
    if (ways_of.opened.never) ways_of.opened = nothing;

    ways_of.established = establish;
    ways_of.established.renews = 1'b1;
    if (fins) ways_of.established = fin;
    if (resets) ways_of.established = rst;
    ways_of.fin = fin;
    ways_of.fin.renews = 1'b1;
    if (resets) ways_of.fin = rst;
    ways_of.rst = fins ? fin : establish;
    nothing.state = FlowRst;
    if (resets) ways_of.rst = nothing;
  endfunction

  function automatic way_t way_of(
      input ways_t ways, input flow_state_e state, input logic bypass);
    unique case (state)
      FlowUnconfirmed: way_of = bypass ? ways.bypassing : ways.unconfirmed;
      FlowEstablished: way_of = ways.established;
      FlowFin: way_of = ways.fin;
      FlowRst: way_of = ways.rst;
      FlowOpened: way_of = ways.opened;
      default: way_of = 'x;
    endcase
  endfunction

  // A flow's first frame may begin it anew.
  function automatic logic anew(
      input logic starts, input logic reverse, input flow_state_e state, input logic leaving);
    return starts && (state == FlowFin || state == FlowRst ||
                      (!reverse && state == FlowEstablished && leaving));
  endfunction

  // A stamp is later than another; earlier. They are less than half a round apart.
  function automatic logic is_later(input flow_stamp_t stamp, input flow_stamp_t other);
    flow_stamp_t difference;
    difference = other - stamp;
    return difference[12];
  endfunction

  function automatic logic is_earlier(input flow_stamp_t stamp, input flow_stamp_t other);
    return stamp != other && !is_later(stamp, other);
  endfunction

  // An entry as a key finds it in clock 12, or, if no key is there, what the keeper would write.
  typedef struct packed {
    logic         in_slot;         // it stands in bank, slot
    logic         in_store;        // .. in place
    logic         lives;           // it has not expired
    logic         bank;
    logic [2:0]   slot;
    logic [3:0]   place;
    flow_word_t   word;
    flow_server_t server;          // reverse: the source
    cluster_t     settings;
    flow_stamps_t stamps;
    way_t         way;
    logic         recent;          // written by a frame, or moved, shortly before
    logic         differs;         // else: a renewed stamp would be another one
    logic         later_kind;      // the stamp is later than that of the kind's age
    logic         later_fin;
  } own_t;

  // A renewed stamp stays as it is, if it is later than it would be.
  function automatic logic keeps(
      input way_t way, input logic later_kind, input logic later_fin);
    return way.never || (way.renews && ((way.stamp == StampKind && later_kind) ||
                                        (way.stamp == StampFin && later_fin)));
  endfunction

endpackage

`default_nettype wire
