`default_nettype none

// What a key has heard of operations that the memories, when they were read for it, did not know:
// clocks 5 to 8.
//
// A key a clock, never held up. The memories are written from `bus`, behind their being read, so a
// key in clock 5 has missed what is on `bus` and what is `told` in that clock, and hears both in
// clock 6, with what is told then; later it hears what is told in each clock. `over_7` names slots
// that are not what the memories say. With `heard_8` the key's entry is as `match_8` says,
// operations of clock 8 left out, or there is none.
module flow_snoop
  import flow_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire flow_heard_t heard,
  input  wire logic        look_5,    // there is a key
  input  wire logic        look_6,
  input  wire logic        look_7,
  input  wire flow_who_t   who_5,
  input  wire flow_who_t   told_who,  // whose operation is told
  input  wire flow_who_t   bus_who,   // .. and on the bus
  input  wire near_t       near_6,    // a key in that clock and what is told
  input  wire near_t       near_7,
  output over_t            over_7,
  output logic             heard_8,
  output match_t           match_8
);

  flow_op_t told, bus, written_q;          // the last: on the bus a clock ago
  assign told = heard.told;
  assign bus = heard.bus;

  always_ff @(posedge clk) begin
    written_q <= bus;
    if (rst) written_q.valid <= 1'b0;
  end

  // --------------------------------------------------------------------------- clock 5: who was it
  near_t bus_6, written_6;
  always_ff @(posedge clk) begin
    bus_6 <= 'x;
    written_6 <= 'x;
    if (look_5) begin
      bus_6 <= near_of(told_who, who_5);
      written_6 <= near_of(bus_who, who_5);
    end
  end

  // Between the two writes of a move the older of the entry's two slots is neither its place nor
  // free. The keeper writes nothing else meanwhile.
  logic       moving_q, moving_bank_q, moving_6, moving_bank_6;
  logic [1:0] moving_rows_6;
  flow_row_t  moving_row_q;
  logic [2:0] moving_slot_q, moving_slot_6;

  logic [1:0] moving_rows;
  always_comb begin
    moving_rows = 'x;
    if (look_5)
      for (int b = 0; b < 2; b++)
        moving_rows[b] = equals(wide_t'(moving_row_q), wide_t'(who_5.row[b]));
  end

  always_ff @(posedge clk) begin
    if (bus.valid && bus.copy) begin
      moving_q <= 1'b1;
      moving_bank_q <= !bus.bank;
      moving_row_q <= bus.from_row;
      moving_slot_q <= bus.from_slot;
    end else if (bus.valid && bus.keeper) moving_q <= 1'b0;
    if (rst || (bus.valid && bus.clear)) moving_q <= 1'b0;
    moving_6 <= moving_q;
    moving_rows_6 <= moving_rows;
    moving_bank_6 <= moving_bank_q;
    moving_slot_6 <= moving_slot_q;
  end

  // ------------------------------------------------------------------- clocks 6 and 7: it is heard
  over_t  over_d6, over_q7;
  match_t match_d6, match_q7;
  logic   heard_q7;

  always_comb begin
    over_d6 = 'x;
    match_d6 = 'x;
    over_7 = 'x;
    if (look_6) begin
      over_d6 = '0;
      if (moving_6 && moving_rows_6[moving_bank_6])
        over_d6.slots[moving_bank_6][moving_slot_6] = 1'b1;
      over_d6 = overlay(overlay(overlay(over_d6, written_q, written_6), bus, bus_6), told, near_6);
      match_d6 = follow(follow(follow('0, written_q, written_6), bus, bus_6), told, near_6);
    end
    if (look_7) over_7 = overlay(over_q7, told, near_7);
  end

  always_ff @(posedge clk) begin
    over_q7 <= over_d6;
    match_q7 <= match_d6;
    heard_q7 <= tells(written_q, written_6) || tells(bus, bus_6) || tells(told, near_6);
    match_8 <= 'x;
    if (look_7) match_8 <= follow(match_q7, told, near_7);
    heard_8 <= heard_q7 || tells(told, near_7);
  end

endmodule

`default_nettype wire
