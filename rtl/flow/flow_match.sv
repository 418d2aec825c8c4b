`default_nettype none

// Which of what was found for a key is its entry: clocks 8 and 9. What it has heard of goes before
// what waits in the store, and that before what stands in a slot. One key a clock.
module flow_match
  import flow_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic              clk,
  input  wire logic              look_8,
  input  wire logic              look_9,
  input  wire flow_op_t          told,
  input  wire near_t             near_8,
  input  wire logic              heard_8,
  input  wire match_t            heard_match_8,
  input  wire logic              store_hit_8,
  input  wire logic [3:0]        store_place_8,
  input  wire flow_word_t        store_word_8,
  input  wire slots_t            equal_8,
  input  wire flow_word_t [15:0] words_8,
  output match_t                 match_9
);

  // --------------------------------------------------------------------- clock 8: one of the slots
  logic       heard_9, store_hit_9;
  logic [3:0] store_place_9;
  flow_word_t store_word_9;
  match_t     heard_match_9, slot_9;

  // What the operation of this clock writes is not the key's slot any more.
  match_t in_slot;
  always_comb begin
    in_slot = 'x;
    if (look_8) begin
      in_slot = '0;
      for (int b = 0; b < 2; b++)
        for (int i = 0; i < 8; i++) begin
          if (equal_8[b][i]) begin
            in_slot.bank |= 1'(unsigned'(b));
            in_slot.slot |= 3'(unsigned'(i));
            in_slot.word |= words_8[8*b+i];
          end
          in_slot.hit |= equal_8[b][i] && !(writes_row(told, near_8) && told.bank == 1'(b) &&
                                            told.slot == 3'(unsigned'(i)));
        end
    end
  end

  always_ff @(posedge clk) begin
    heard_9 <= heard_8 || tells(told, near_8);
    store_hit_9 <= store_hit_8;
    store_place_9 <= store_place_8;
    heard_match_9 <= 'x;
    store_word_9 <= 'x;
    slot_9 <= 'x;
    if (look_8) begin
      heard_match_9 <= follow(heard_match_8, told, near_8);
      store_word_9 <= store_word_8;
      slot_9 <= in_slot;
    end
  end

  // ---------------------------------------------------------------------------- clock 9: which one
  always_comb begin
    match_9 = 'x;
    if (look_9) begin
      if (heard_9) match_9 = heard_match_9;
      else if (store_hit_9)
        match_9 = '{hit: 1'b1, in_store: 1'b1, place: store_place_9, word: store_word_9,
                    default: '0};
      else match_9 = slot_9;
    end
  end

endmodule

`default_nettype wire
