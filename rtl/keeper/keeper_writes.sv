`default_nettype none

// What the keeper has to write, and waits for a clock of the table in which no key is: one change
// stands on `next`, another one waits behind it.
//
// `change` is taken in a clock with `accept`. It stands on `next` 2 clocks later and may be written
// (`next_ready`) one clock after that; `told` then tells of it, and so it is seen to be done. A
// copy is followed by the insertion over what was copied; from one operation to the next it is 3
// clocks.
// What the table is told in the meantime may spoil a change, `next_ready` falls in that clock and
// the change is gone: the slot was written, or the one that is copied from; an insertion that is
// to be given up was written. An insertion that is written is written as it is then. `deleted` and
// `delete_lost` say what became of a deletion.
module keeper_writes
  import flow_pkg::*;
  import keeper_pkg::*;
(
  input  wire logic            clk,
  input  wire logic            rst,
  input  wire change_t         change,
  output logic                 accept,
  output logic                 idle,
  output logic [FlowStore-1:0] busy,  // places of the store that are concerned
  output logic                 deleted,
  output logic                 delete_lost,
  // the store
  output logic [3:0]           place,
  input  wire flow_word_t      word,
  input  wire flow_row_t       row0,
  // the table
  input  wire flow_op_t        told,
  input  wire written_t        written,
  input  wire flow_who_t       coming,  // whose `told` is in the next clock, if anybody's
  output flow_op_t             next,
  output logic                 next_ready
);

  // ------------------------------------------------------------------------------- what is spoiled
  function automatic logic hits(input written_t by, input change_t what);
    return by.valid && what.slot_write &&
           ((by.bank == what.bank && by.row == what.row && by.slot == what.slot) ||
            (what.copy && by.bank != what.bank && by.row == what.from_row &&
             by.slot == what.from_slot));
  endfunction

  change_t wait_q;         // the next one
  change_t act_q;          // the one that stands on `next`
  logic    over_q;         // .. it goes over what was copied: nothing else writes there
  logic    stood_q;        // .. for a clock
  logic    mine;           // it is what the table is told of
  logic    act_hit, act_touched, act_spoilt, wait_touched, wait_spoilt;

  assign mine = told.valid && told.keeper;

  always_comb begin
    act_touched = touches(told, act_q.place) && act_q.stored;
    act_hit = hits(written, act_q) && !over_q;
    act_spoilt = !mine && (act_hit || (act_touched && act_q.gives_up));
    wait_touched = touches(told, wait_q.place);
    wait_spoilt = wait_q.doubt || hits(written, wait_q) || (wait_touched && wait_q.gives_up);
  end

  assign accept = !wait_q.valid;
  assign idle = !wait_q.valid && !act_q.valid;
  assign deleted = mine && act_q.valid && act_q.deletes;
  assign delete_lost = (act_q.valid && act_q.deletes && act_spoilt) ||
                       (wait_q.valid && wait_q.deletes && wait_spoilt);

  always_comb begin
    busy = '0;
    if (wait_q.valid && wait_q.stored) busy[wait_q.place] = 1'b1;
    if (act_q.valid && act_q.stored) busy[act_q.place] = 1'b1;
  end

  // --------------------------------------------------------------------------- what comes to stand
  logic follows, moves_up, follow_place;
  assign follow_place = act_q.valid && act_q.copy;
  assign follows = mine && act_q.valid && act_q.copy;
  assign moves_up = !act_q.valid || (mine && !act_q.copy);
  assign place = follow_place ? act_q.place : wait_q.place;

  // The insertion's word as it is now.
  flow_word_t word_now;
  assign word_now = (follow_place ? act_touched : wait_touched) ? told.word : word;

  initial begin
    wait_q.valid = 1'b0;
    act_q.valid = 1'b0;
    stood_q = 1'b0;
  end

  always @(posedge clk) begin
    stood_q <= act_q.valid && !mine && !act_spoilt;

    if (accept) begin
      wait_q <= 'x;
      wait_q.valid <= 1'b0;
      if (change.valid) wait_q <= change;
    end else begin
      wait_q.doubt <= 1'b0;
      if (moves_up || wait_spoilt) wait_q.valid <= 1'b0;
    end

    if (moves_up) begin
      act_q <= 'x;
      if (wait_q.valid) begin
        act_q <= wait_q;
        if (wait_q.stored && !wait_q.copy) begin
          act_q.word <= word_now;
          act_q.row0 <= row0;
        end
        if (wait_q.gives_up) act_q.removed_server <= word_now.server;
      end
      act_q.valid <= wait_q.valid && !wait_spoilt;
      over_q <= 1'b0;
    end else if (follows) begin
      act_q.copy <= 1'b0;
      act_q.bank <= !act_q.bank;
      act_q.row <= act_q.from_row;
      act_q.slot <= act_q.from_slot;
      act_q.word <= word_now;
      act_q.row0 <= row0;
      act_q.removed <= 1'b0;
      over_q <= 1'b1;
    end else begin
      if (act_spoilt) act_q.valid <= 1'b0;
      if (act_touched && !act_q.copy) act_q.word <= told.word;
    end

    if (rst) begin
      wait_q.valid <= 1'b0;
      act_q.valid <= 1'b0;
      stood_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------------------------ the table
  // What has stood for a clock was compared with whoever comes a clock ahead: its rows, and whether
  // it is the insertion itself, which alone writes its place of the store.
  logic row_comes_q, from_row_comes_q, same_comes_q, stood_hit, stood_touched;

  always_ff @(posedge clk) begin
    row_comes_q <= act_q.slot_write && !over_q && coming.row[act_q.bank] == act_q.row;
    from_row_comes_q <= act_q.slot_write && !over_q && act_q.copy &&
                        coming.row[!act_q.bank] == act_q.from_row;
    same_comes_q <= act_q.stored && !act_q.copy && coming.row[0] == act_q.row0 &&
                    coming.fingerprint == act_q.word.fingerprint;
  end

  assign stood_hit = written.valid &&
    ((row_comes_q && written.bank == act_q.bank && written.slot == act_q.slot) ||
     (from_row_comes_q && written.bank != act_q.bank && written.slot == act_q.from_slot));
  assign stood_touched = told.valid && told.store_write && same_comes_q;

  assign next_ready = stood_q && !mine && !stood_hit && !stood_touched;

`ifndef SYNTHESIS
  always_ff @(posedge clk)
    if (!rst)
      a_ahead: assert (!stood_q || mine || (stood_hit == act_hit &&
                                            (act_q.copy || stood_touched == act_touched)));
`endif

  always_comb begin
    next = '0;
    next.valid = act_q.valid;
    next.keeper = 1'b1;
    next.clear = act_q.clear;
    next.slot_write = act_q.slot_write;
    next.store_clear = act_q.stored && !act_q.copy;
    next.copy = act_q.copy;
    next.bank = act_q.bank;
    next.row = act_q.row;
    next.slot = act_q.slot;
    next.from_row = act_q.from_row;
    next.from_slot = act_q.from_slot;
    next.place = act_q.place;
    next.row0 = act_q.row0;
    next.word = act_q.word;
    next.removed = act_q.removed;
    next.removed_server = act_q.removed_server;
    next.refused = act_q.refused;
  end

endmodule

`default_nettype wire
