`default_nettype none

// Which of what was found for a key is its entry: clock 8. What it has heard of goes before what
// waits in the store, and that before what stands in a slot. One key a clock.
module flow_match
  import flowswitch_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic         clk,
  input  wire logic         look_8,
  input  wire flow_op_t     told,
  input  wire near_t        near_8,
  input  wire logic         heard_8,
  input  wire match_t       heard_match_8,
  input  wire logic         store_hit_8,
  input  wire logic [3:0]   store_place_8,
  input  wire flow_word_t   store_word_8,
  input  wire slots_t       equal_8,
  input  wire flow_word_t [15:0] words_8,
  output match_t            match_9
);

  // What the operation of this clock writes is not the key's slot any more.
  match_t in_slot, in_store, now;
  always_comb begin
    in_slot = 'x;
    in_store = 'x;
    now = 'x;
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
      in_store = '{hit: 1'b1, in_store: 1'b1, place: store_place_8, word: store_word_8,
                   default: '0};
      if (heard_8 || tells(told, near_8)) now = follow(heard_match_8, told, near_8);
      else now = store_hit_8 ? in_store : in_slot;
    end
  end

  always_ff @(posedge clk) match_9 <= now;

endmodule

`default_nettype wire
