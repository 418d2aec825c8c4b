// Properties of keeper_writes: what is on `next` stands for a clock before it may be taken; what is
// taken was not spoiled since it was handed over; a copy is followed by the insertion over what
// was copied, whatever else waits; an insertion is written as the store has it in that clock.
//
// Rows and fingerprints have 2 bits here. One slot and one place of the store are watched, whichever
// they are.
`default_nettype none

module keeper_writes_check
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
(
    input wire             clk,
    input wire             rst,
    input wire change_t    change,
    input wire flow_op_t   frame,        // told, if nothing of the keeper's is
    input wire flow_who_t  coming,       // whose it may be, a clock before
    input wire logic       take,
    input wire flow_word_t other_word,   // of the places that are not watched
    input wire flow_row_t  other_row0
);
  logic accept, idle, deleted, delete_lost, next_ready;
  logic [FlowStore-1:0] busy;
  logic [3:0] place;
  flow_word_t word;
  flow_row_t row0;
  flow_op_t told, next;
  written_t written;

  keeper_writes u_writes (.*);

  logic started = 1'b0;
  written_t slot_seen;
  logic [3:0] place_seen;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    slot_seen <= slot_seen;
    place_seen <= place_seen;
  end
  first_clock_resets: assume property (@(posedge clk) started || rst);
  small_rows: assume property (@(posedge clk)
      frame.row < 4 && change.row < 4 && change.from_row < 4 && slot_seen.row < 4);
  flow_who_t came;
  always_ff @(posedge clk) came <= coming;
  whose: assume property (@(posedge clk) frame.row == came.row[frame.bank]);
  // An insertion's place of the store is written for its own key alone.
  own_place: assume property (@(posedge clk)
      !(frame.valid && frame.store_write && next.valid && next.store_clear) ||
      ((frame.place == next.place) ==
       (came.fingerprint == next.word.fingerprint && came.row[0] == next.row0)));
  own_entry: assume property (@(posedge clk)
      !(frame.valid && frame.store_write && next.valid && next.store_clear &&
        frame.place == next.place) || frame.word.fingerprint == next.word.fingerprint);
  not_the_keepers: assume property (@(posedge clk) !frame.keeper);
  small_keys: assume property (@(posedge clk)
      coming.row[0] < 4 && coming.row[1] < 4 && coming.fingerprint < 4 && other_row0 < 4 &&
      other_word.fingerprint < 4 && change.word.fingerprint < 4 && change.row0 < 4 &&
      frame.word.fingerprint < 4);
  // What a hand hands over.
  well_formed: assume property (@(posedge clk)
      !change.valid || (change.slot_write == !(change.gives_up || change.clear) &&
                        (!change.copy || (change.stored && change.slot_write)) &&
                        (!change.gives_up || change.stored) &&
                        !(change.clear && (change.stored || change.copy))));

  // ------------------------------------------------------------------------------------- the table
  logic granted, granted_q;
  flow_op_t next_q;
  assign granted = next.valid && next_ready && take;
  always_ff @(posedge clk) begin
    granted_q <= granted && !rst;
    next_q <= next;
  end
  always_comb begin
    told = granted_q ? next_q : frame;
    written = '{valid: told.valid && told.slot_write, bank: told.bank, row: told.row,
                slot: told.slot};
  end

  // The store's watched place.
  server_t server_q;
  always_ff @(posedge clk)
    if (told.valid && told.store_write && told.place == place_seen) server_q <= told.word.server;
  always_comb begin
    word = other_word;
    row0 = other_row0;
    if (place == place_seen) word.server = server_q;
  end

  // ------------------------------------------------------------------------------ what was spoiled
  // The slot or the place was written: since the change that waits was handed over, or the one
  // that stands.
  logic slot_now, place_now, accept_q, free_q, moved_up;
  logic slot_wait_q, slot_act_q, slot_act, place_wait_q, place_act_q, place_act;
  assign slot_now = written.valid && written.bank == slot_seen.bank &&
                    written.row == slot_seen.row && written.slot == slot_seen.slot;
  assign place_now = told.valid && told.store_write && told.place == place_seen;
  // What waited stands now.
  assign moved_up = accept && !accept_q && free_q;
  assign slot_act = moved_up ? slot_wait_q : slot_act_q;
  assign place_act = moved_up ? place_wait_q : place_act_q;
  always_ff @(posedge clk) begin
    accept_q <= accept || rst;
    free_q <= !next.valid || (granted_q && !next.copy);
    slot_act_q <= slot_act || slot_now;
    place_act_q <= place_act || place_now;
    slot_wait_q <= accept ? change.doubt : slot_wait_q || slot_now;
    place_wait_q <= accept ? change.doubt : place_wait_q || place_now;
  end

  logic copied_q;
  flow_op_t copy_q;
  always_ff @(posedge clk) begin
    if (granted) copied_q <= next.copy;
    if (granted && next.copy) copy_q <= next;
    if (rst) copied_q <= 1'b0;
  end

  function automatic flow_op_t but_word(input flow_op_t operation);
    but_word = operation;
    but_word.word = '0;
  endfunction

  stands: assert property (@(posedge clk) disable iff (rst)
                           !next_ready || (next.valid && but_word(next) == but_word(next_q)));
  once: assert property (@(posedge clk) disable iff (rst) !granted_q || !next_ready);
  slot_unspoilt: assert property (@(posedge clk) disable iff (rst)
      !(granted && next.slot_write && !copied_q && (slot_act || slot_now) &&
        next.bank == slot_seen.bank && next.row == slot_seen.row && next.slot == slot_seen.slot));
  source_unspoilt: assert property (@(posedge clk) disable iff (rst)
      !(granted && next.copy && (slot_act || slot_now) &&
        next.bank != slot_seen.bank && next.from_row == slot_seen.row &&
        next.from_slot == slot_seen.slot));
  given_up_unspoilt: assert property (@(posedge clk) disable iff (rst)
      !(granted && next.store_clear && !next.slot_write && next.place == place_seen &&
        (place_act || place_now)));
  follows: assert property (@(posedge clk) disable iff (rst)
      !(granted && copied_q) ||
      (next.slot_write && !next.copy && next.store_clear && next.bank == !copy_q.bank &&
       next.row == copy_q.from_row && next.slot == copy_q.from_slot &&
       next.place == copy_q.place && !next.removed));
  as_it_is: assert property (@(posedge clk) disable iff (rst)
      !(granted && next.store_clear && next.place == place_seen) ||
      (next.word.server == server_q && !place_now));
  moved: cover property (@(posedge clk) !rst && granted && copied_q && !accept);
  kept_up_to_date: cover property (@(posedge clk) !rst && granted && next.store_clear &&
                                   next.place == place_seen && place_act && next.slot_write);
  spoilt: cover property (@(posedge clk) !rst && accept && !accept_q && idle);
endmodule

`default_nettype wire
