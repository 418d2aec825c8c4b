`default_nettype none

// What is written for a key: clock 12, from registers to the operation that is told in clock 13.
//
// One key a clock. Three answers are worked out side by side and chosen from at the end: that to
// the entry as the key before this one wrote it, if it wrote the same entry (it is told in this
// clock); that to the entry as the key found it; and a new entry. A clock without a key is the
// keeper's: what it would write stands in the place of a key's own entry, and is told if `take`.
// A slot that the keeper frees in this very clock counts as taken.
module flow_decision
  import flowswitch_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         enabled,
  input  wire flow_op_t     told,         // what is heard
  // the key
  input  wire step_t        step,
  input  wire near_t        near,         // what is told in this clock; nothing without a key
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
  input  wire flow_server_t first,        // reverse: the source
  input  wire flow_server_t second,
  output flow_answer_t      answer,
  // the keeper
  input  wire flow_op_t     next,
  input  wire logic         take,
  // clock 13
  output flow_op_t          said,
  output server_t           removed_server
);

  logic key, starts;
  assign key = step.look;
  assign starts = step.write && step.segment == SegmentStart;

  // --------------------------------------------------------------------- whose answer it will be
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

  // ----------------------------------------------------------- to the entry as it has been written
  // .. and as it was found, which is the same but that it is known longer.
  typedef struct packed {
    logic takes;
    logic up;
    logic restart;     // it may begin anew
    logic anew;        // .. and does
    logic conflict;
    logic valid;
  } judged_t;

  function automatic judged_t judge(
      input flow_word_t word, input flow_server_t server, input logic keep, input logic changes);
    logic fits;
    fits = server.reachable && server.entry.own_tag == own_tag;
    judge.up = fits && server.entry.up;
    judge.takes = !step.reverse && fits && (server.entry.up || keep);
    judge.restart = anew(starts, step.reverse, word.state, server.leaving);
    judge.anew = judge.restart && (step.reverse || choice.may);
    judge.conflict = step.reverse && !judge.anew && word.server != step.source;
    if (judge.anew) judge.valid = 1'b1;
    else if (step.reverse) judge.valid = judge.conflict || changes;
    else judge.valid = judge.takes ? changes : choice.may;
    judge.valid &= step.write;
  endfunction

  judged_t told_judged, own_judged;
  way_t    told_way;
  logic    new_valid;

  always_comb begin
    told_judged = 'x;
    own_judged = 'x;
    told_way = 'x;
    new_valid = 'x;
    if (key) begin
      told_way = way_of(ways, told.word.state, told.settings.bypass);
      told_judged = judge(told.word,
                          '{server: told.word.server, entry: told.entry,
                            reachable: told.reachable, leaving: told.leaving},
                          told.settings.keep, !told_way.never);
      own_judged = judge(own.word, own.server, own.settings.keep, own.changes);
      new_valid = step.write && step.segment != SegmentReset && (step.reverse || choice.may);
    end
  end

  // ------------------------------------------------------------------------- room for a new entry
  room_t    room;
  vacancy_t vacant;
  logic     stands;       // the entry has a place, alive or expired

  always_comb begin
    stands = moved || ((own.in_slot || own.in_store) && !lost);
    room = 'x;
    vacant = 'x;
    if (key) begin
      room = first_room;
      if (!first_room.valid || touches(told, near, first_room.bank, first_room.slot)) begin
        room = second_room;
        if (touches(told, near, second_room.bank, second_room.slot)) room.valid = 1'b0;
      end
      vacant = fills(told) ? vacancy_after : vacancy;
    end
  end

  assign answer = '{
    found: key && enabled && (written || found),
    takes: key && enabled && (written ? told_judged.takes : found && own_judged.takes),
    up: written ? told_judged.up : own_judged.up,
    restart: !step.reverse && (written ? told_judged.restart : own_judged.restart),
    chooses: key && step.write &&
             (written ? told_judged.restart
                      : found ? own_judged.restart : stands || room.valid || vacant.valid)};

  // -------------------------------------------------------------------------------- what is written
  typedef enum logic [1:0] {
    FromOwn = 2'd0,
    FromTold = 2'd1,
    FromFirst = 2'd2,      // a new entry
    FromSecond = 2'd3
  } from_e;

  from_e   server_from, place_from;
  judged_t judged;
  logic    is_new, anew_d, settles;

  always_comb begin
    server_from = FromOwn;
    place_from = FromOwn;
    judged = 'x;
    is_new = 1'b0;
    anew_d = 1'b0;
    if (key) begin
      judged = written ? told_judged : own_judged;
      is_new = !written && !found;
      anew_d = is_new || judged.anew;
      if (anew_d) server_from = choice.second_new && !step.reverse ? FromSecond : FromFirst;
      else if (judged.takes || step.reverse) server_from = written ? FromTold : FromOwn;
      else server_from = choice.second_again ? FromSecond : FromFirst;
      if (moved) place_from = FromTold;
      else if (!stands)
        place_from = first_room.valid &&
                     !touches(told, near, first_room.bank, first_room.slot) ? FromFirst
                                                                            : FromSecond;
    end
    settles = stands || room.valid || vacant.valid;
  end

  typedef struct packed {
    logic       bank;
    logic [2:0] slot;
    flow_row_t  row;
  } site_t;

  flow_op_t     said_d;
  site_t        site;
  flow_server_t server_d;
  stamp_e       stamp_d;
  logic         keeps_d;

  always_comb begin
    said_d = 'x;
    server_d = 'x;
    site = 'x;
    stamp_d = StampTick;
    keeps_d = 1'b0;
    said_d.valid = 1'b0;
    said_d.keeper = !key;
    said_d.clear = !key && next.clear;
    said_d.store_clear = !key && next.store_clear;
    said_d.copy = !key && next.copy;
    said_d.from_row = next.from_row;
    said_d.from_slot = next.from_slot;
    said_d.row0 = step.who.row[0];
    said_d.word.fingerprint = step.who.fingerprint;
    if (key || take) begin
      // Where.
      unique case (place_from)
        FromTold: site = '{told.bank, told.slot, step.who.row[told.bank]};
        FromFirst: site = '{first_room.bank, first_room.slot, step.who.row[first_room.bank]};
        FromSecond: site = '{second_room.bank, second_room.slot, step.who.row[second_room.bank]};
        default: site = '{own.bank, own.slot, step.who.row[own.bank]};
      endcase
      said_d.bank = site.bank;
      said_d.slot = site.slot;
      said_d.row = site.row;
      if (moved) said_d.place = told.place;
      else said_d.place = stands || !key ? own.place : vacant.place;

      // Who.
      unique case (server_from)
        FromTold: server_d = '{server: told.word.server, entry: told.entry,
                               reachable: told.reachable, leaving: told.leaving};
        FromFirst: server_d = first;
        FromSecond: server_d = second;
        default: server_d = own.server;
      endcase
      said_d.word.server = server_d.server;
      said_d.entry = server_d.entry;
      said_d.reachable = server_d.reachable;
      said_d.leaving = server_d.leaving;

      // Until when.
      if (anew_d) begin
        said_d.word.cluster = step.cluster;
        said_d.settings = asked_settings;
        said_d.stamps = asked_stamps;
        said_d.word.state = step.reverse ? FlowOpened : FlowUnconfirmed;
        stamp_d = StampTick;
      end else begin
        said_d.word.cluster = written ? told.word.cluster : own.word.cluster;
        said_d.settings = written ? told.settings : own.settings;
        said_d.stamps = written ? told.stamps : own.stamps;
        said_d.word.state = written ? told_way.state : own.way.state;
        stamp_d = written ? told_way.stamp : own.way.stamp;
        keeps_d = written ? told_way.never ||
                            (told_way.renews && told_way.stamp == StampKind &&
                             is_later(told.word.stamp, told.stamps.age[step.kind])) ||
                            (told_way.renews && told_way.stamp == StampFin &&
                             is_later(told.word.stamp, told.stamps.fin))
                          : own.keeps;
      end
      unique case (stamp_d)
        StampKind: said_d.word.stamp = written ? told.stamps.age[step.kind]
                                               : own.stamps.age[step.kind];
        StampFin: said_d.word.stamp = written ? told.stamps.fin : own.stamps.fin;
        StampRst: said_d.word.stamp = written ? told.stamps.rst : own.stamps.rst;
        default: said_d.word.stamp = step.tick;
      endcase
      if (keeps_d) said_d.word.stamp = written ? told.word.stamp : own.word.stamp;
    end

    // In which way.
    if (key) begin
      said_d.valid = commit && enabled &&
                     (is_new ? new_valid : judged.valid);
      said_d.conflict = !is_new && judged.conflict;
      said_d.slot_write = !said_d.conflict &&
                          (moved ? told.slot_write : stands ? own.in_slot : room.valid);
      said_d.store_write = !said_d.conflict &&
                           (moved ? told.store_write
                                  : stands ? own.in_store : !room.valid && vacant.valid);
      said_d.stands = said_d.valid && settles && !said_d.conflict;
      said_d.inserted = is_new && settles;
      said_d.refused = is_new && !settles;
      said_d.removed = is_new && (stands || (room.valid && !room.empty));
      said_d.restarted = !is_new && judged.anew;
      said_d.reassigned = !is_new && !judged.anew && !judged.takes && !step.reverse;
      said_d.changed = said_d.restarted || said_d.reassigned;
    end else if (take) begin
      said_d.valid = 1'b1;
      said_d.slot_write = own.in_slot;
      said_d.store_write = 1'b0;
      said_d.stands = own.in_slot && own.lives;
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
