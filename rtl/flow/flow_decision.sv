`default_nettype none

// What is written for a key: clock 12, from registers to the operation that is told in clock 13.
//
// One key a clock. Three answers are worked out side by side and chosen from at the end: that to
// the entry as the key before this one wrote it, if it wrote the same entry (it is told in this
// clock); that to the entry as the key found it; and a new entry. A clock without a key is the
// keeper's: what it would write stands in the place of a key's own entry, and is told if `take`.
// A slot that the keeper frees in this very clock counts as taken.
module flow_decision
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         enabled,
  input  wire flow_op_t     told,    // what is heard
  // the key
  input  wire step_t        step,    // without a key: reverse, or it means nothing
  input  wire logic         starts,  // it may begin its flow anew
  input  wire near_t        near,    // what is told in this clock; nothing without a key
  input  wire ways_t        ways,
  input  wire own_t         own,
  input  wire cluster_t     asked_settings,
  input  wire flow_stamps_t asked_stamps,
  input  wire room_t        first_room,
  input  wire room_t        second_room,
  input  wire vacancy_t     vacancy,
  input  wire vacancy_t     vacancy_after,
  input  wire logic         commit,
  input  wire logic         own_tag,
  input  wire flow_choice_t choice,
  input  wire flow_server_t first,   // reverse: the source, as is the second
  input  wire flow_server_t second,
  output flow_answer_t      answer,
  // the keeper
  input  wire flow_op_t     next,
  input  wire logic         take,
  // clock 13
  output flow_op_t          said,
  output server_t           removed_server
);

  logic key;
  assign key = step.look;

  // ----------------------------------------------------------------------- whose answer it will be
  // The entry stands where it is told; a frame says so. What the key found is gone.
  logic moved, written, lost, found;

  always_comb begin
    moved = near.same && told.stands;
    written = moved && !told.keeper;
    lost = !moved &&
           ((writes_row(told, near) && own.in_slot && told.bank == own.bank &&
             told.slot == own.slot) ||
            (near.same && told.valid && told.store_clear && own.in_store));
    found = own.lives && !lost;
  end

  // ---------------------------------------------------------- to an entry, as written and as found
  typedef struct packed {
    logic takes;       // its server can have the frame
    logic up;
    logic restart;     // it may begin anew
    logic anew;        // .. and does
    logic moves;       // the entry becomes another server's
    logic conflict;
    logic valid;       // something is written
  } judged_t;

  function automatic judged_t judge(
      input flow_word_t word, input flow_server_t by, input logic keep, input logic changes);
    logic fits;
    fits = by.reachable && by.entry.own_tag == own_tag;
    judge.up = fits && by.entry.up;
    judge.takes = !step.reverse && fits && (by.entry.up || keep);
    judge.restart = anew(starts, step.reverse, word.state, by.leaving);
    judge.anew = judge.restart && (step.reverse || choice.may);
    judge.moves = judge.anew || !(step.reverse || judge.takes);
    judge.conflict = step.reverse && !judge.anew && word.server != step.source;
    judge.valid = step.write && (judge.moves ? step.reverse || choice.may
                                             : judge.conflict || changes);
  endfunction

  judged_t told_judged, own_judged;
  way_t    told_way;
  logic    new_valid;

  always_comb begin
    told_way = way_of(ways, told.word.state, told.settings.bypass);
    told_judged = judge(told.word,
                        '{server: told.word.server, entry: told.entry,
                          reachable: told.reachable, leaving: told.leaving},
                        told.settings.keep, !told_way.never);
    own_judged = judge(own.word, own.server, own.settings.keep,
                       !own.way.never && (!own.way.renews || own.recent || own.differs));
    new_valid = step.write && step.segment != SegmentReset && (step.reverse || choice.may);
  end

  // -------------------------------------------------------------------------- room for a new entry
  logic     stands;       // the entry has a place, alive or expired
  logic     first_left, second_left, has_slot, settles;
  vacancy_t vacant;

  always_comb begin
    stands = moved || ((own.in_slot || own.in_store) && !lost);
    first_left = first_room.valid &&
                 !touches(told, near, first_room.bank, first_room.slot);
    second_left = second_room.valid &&
                  !touches(told, near, second_room.bank, second_room.slot);
    has_slot = first_left || second_left;
    vacant = fills(told) ? vacancy_after : vacancy;
    settles = stands || has_slot || vacant.valid;
  end

  assign answer = '{
    found: key && enabled && (written || found),
    takes: key && enabled && (written ? told_judged.takes : found && own_judged.takes),
    up: written ? told_judged.up : own_judged.up,
    restart: !step.reverse && (written ? told_judged.restart : own_judged.restart),
    chooses: key && step.write &&
             (written ? told_judged.restart : found ? own_judged.restart : settles)};

  // ------------------------------------------------------------------------------- what is written
  typedef enum logic [1:0] {
    FromOwn = 2'd0,
    FromTold = 2'd1,
    FromFirst = 2'd2,      // a new entry, or a new server
    FromSecond = 2'd3
  } from_e;

  typedef struct packed {
    logic       bank;
    logic [2:0] slot;
    flow_row_t  row;
  } site_t;

  from_e        server_from, settings_from, place_from;
  judged_t      judged;
  logic         is_new;
  flow_server_t server;
  site_t        site;
  flow_op_t     said_d;

  function automatic from_e chosen(input logic second_one);
    return second_one ? FromSecond : FromFirst;
  endfunction

  function automatic site_t site_of(input logic bank, input logic [2:0] slot);
    return '{bank: bank, slot: slot, row: step.who.row[bank]};
  endfunction

  always_comb begin
    is_new = !written && !found;
    judged = written ? told_judged : own_judged;
    // Whose it becomes.
    if (written && !told_judged.moves) server_from = FromTold;
    else if (written) server_from = chosen(told_judged.anew ? choice.second_new
                                                             : choice.second_again);
    else if (found && !own_judged.moves) server_from = FromOwn;
    else server_from = chosen(!found || own_judged.anew ? choice.second_new
                                                        : choice.second_again);
    // Of which cluster: the one asked for, if it is new.
    if (written) settings_from = told_judged.anew ? FromFirst : FromTold;
    else settings_from = !found || own_judged.anew ? FromFirst : FromOwn;
    // Where.
    if (moved) place_from = FromTold;
    else if (stands || !key) place_from = FromOwn;
    else place_from = first_left ? FromFirst : FromSecond;

    unique case (server_from)
      FromTold: server = '{server: told.word.server, entry: told.entry,
                           reachable: told.reachable, leaving: told.leaving};
      FromFirst: server = first;
      FromSecond: server = second;
      default: server = own.server;
    endcase
    unique case (place_from)
      FromTold: site = site_of(told.bank, told.slot);
      FromFirst: site = site_of(first_room.bank, first_room.slot);
      FromSecond: site = site_of(second_room.bank, second_room.slot);
      default: site = site_of(own.bank, own.slot);
    endcase
  end

  // Its state, and until when; a new one begins with this tick.
  function automatic flow_stamp_t stamp_of(
      input stamp_e from, input flow_stamps_t stamps, input logic restarts);
    if (restarts) return step.tick;
    unique case (from)
      StampKind: return stamps.age[step.kind];
      StampFin: return stamps.fin;
      StampRst: return stamps.rst;
      default: return step.tick;
    endcase
  endfunction

  flow_state_e begun, state;
  flow_stamp_t told_stamp, own_stamp, stamp;
  logic        told_keeps;
  logic [3:0]  told_later;      // than it would be, by kind

  always_comb begin
    told_later = 'x;
    if (near.same)
      for (int k = 0; k < 4; k++)
        told_later[k] = is_later(told.word.stamp, told.stamps.age[k]);
    begun = step.reverse ? FlowOpened : FlowUnconfirmed;
    told_keeps = !told_judged.anew &&
                 keeps(told_way, told_later[step.kind],
                       is_later(told.word.stamp, told.stamps.fin));
    told_stamp = stamp_of(told_way.stamp, told.stamps, told_judged.anew);
    own_stamp = stamp_of(own.way.stamp, own.stamps, own_judged.anew || !found);
    if (found && !own_judged.anew && keeps(own.way, own.later_kind, own.later_fin))
      own_stamp = own.word.stamp;
    if (written) stamp = told_keeps ? told.word.stamp : told_stamp;
    else stamp = own_stamp;
    if (written) state = told_judged.anew ? begun : told_way.state;
    else state = !found || own_judged.anew ? begun : own.way.state;
  end

  logic key_valid, key_conflict;
  assign key_valid = commit && enabled && (is_new ? new_valid : judged.valid);
  assign key_conflict = !is_new && judged.conflict;

  always_comb begin
    said_d = 'x;
    said_d.valid = key ? key_valid : take;
    said_d.keeper = !key;
    said_d.clear = !key && next.clear;
    said_d.store_clear = !key && next.store_clear;
    said_d.copy = !key && next.copy;
    said_d.stands = 1'b0;
    if (key || next.valid) begin
      said_d.from_row = next.from_row;
      said_d.from_slot = next.from_slot;
      said_d.row0 = step.who.row[0];
      said_d.bank = site.bank;
      said_d.slot = site.slot;
      said_d.row = site.row;
      if (moved) said_d.place = told.place;
      else said_d.place = stands || !key ? own.place : vacant.place;

      said_d.word.fingerprint = step.who.fingerprint;
      said_d.word.server = server.server;
      said_d.word.state = state;
      said_d.word.stamp = stamp;
      said_d.entry = server.entry;
      said_d.reachable = server.reachable;
      said_d.leaving = server.leaving;
      unique case (settings_from)
        FromTold: begin
          said_d.word.cluster = told.word.cluster;
          said_d.settings = told.settings;
          said_d.stamps = told.stamps;
        end
        FromOwn: begin
          said_d.word.cluster = own.word.cluster;
          said_d.settings = own.settings;
          said_d.stamps = own.stamps;
        end
        default: begin
          said_d.word.cluster = step.cluster;
          said_d.settings = asked_settings;
          said_d.stamps = asked_stamps;
        end
      endcase
    end

    if (key) begin
      said_d.conflict = key_conflict;
      if (moved) begin
        said_d.slot_write = told.slot_write && !key_conflict;
        said_d.store_write = told.store_write && !key_conflict;
      end else begin
        said_d.slot_write = (stands ? own.in_slot : has_slot) && !key_conflict;
        said_d.store_write = (stands ? own.in_store : !has_slot && vacant.valid) &&
                             !key_conflict;
      end
      said_d.stands = key_valid && settles && !key_conflict;
      said_d.inserted = is_new && settles;
      said_d.refused = is_new && !settles;
      said_d.removed = is_new && (stands || (has_slot && !(first_left ? first_room.empty
                                                                      : second_room.empty)));
      said_d.restarted = !is_new && judged.anew;
      said_d.reassigned = !is_new && judged.moves && !judged.anew;
      said_d.changed = !is_new && judged.moves;
    end else begin
      said_d.slot_write = own.in_slot;
      said_d.store_write = 1'b0;
      said_d.stands = take && own.differs;
      said_d.inserted = next.inserted;
      said_d.removed = next.removed;
      said_d.refused = next.refused;
      said_d.conflict = 1'b0;
      said_d.restarted = 1'b0;
      said_d.reassigned = 1'b0;
      said_d.changed = 1'b0;
    end
  end

  // Whose entry goes is asked by counters alone: a clock later.
  from_e   removed_from_q;
  server_t own_server_q, told_server_q, first_server_q, second_server_q;

  // The memories outlive a reset: nothing may be written before it.
  initial said.valid = 1'b0;
  always @(posedge clk) begin
    said <= said_d;
    if (rst) begin
      said.valid <= 1'b0;
      said.stands <= 1'b0;
    end
    if (!key) removed_from_q <= FromOwn;
    else if (written) removed_from_q <= FromTold;
    else removed_from_q <= stands ? FromOwn : place_from;
    own_server_q <= key ? own.word.server : next.removed_server;
    first_server_q <= first_room.server;
    second_server_q <= second_room.server;
    told_server_q <= told.word.server;
  end

  always_comb
    unique case (removed_from_q)
      FromTold: removed_server = told_server_q;
      FromFirst: removed_server = first_server_q;
      FromSecond: removed_server = second_server_q;
      default: removed_server = own_server_q;
    endcase

endmodule

`default_nettype wire
