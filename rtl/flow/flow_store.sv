`default_nettype none

// Insertions that found no slot and wait for the keeper: 16 places, which look-ups search too.
//
// One key a clock: searched in clock 6, its place known in clock 8, with the word. What is on the
// bus in that clock or told then the search does not know (flow_snoop does).
// `vacancy` is the place that a new entry gets that is told in the next clock, `vacancy_after` the
// one to take if what is told in this clock has taken that. A place that becomes free is given out
// again three clocks later, the one that waits longest first. Full: neither is valid.
module flow_store
  import flow_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic      clk,
  input  wire logic      rst,
  input  wire flow_op_t  told,
  input  wire flow_op_t  bus,
  // the key
  input  wire logic      look_6,
  input  wire flow_who_t who_6,
  output logic           hit_8,
  output logic [3:0]     place_8,
  output flow_word_t     word_8,
  // room
  output vacancy_t       vacancy,
  output vacancy_t       vacancy_after
);

  localparam int unsigned PlaceW = $clog2(FlowStore);
  typedef logic [PlaceW-1:0] place_t;

  // ------------------------------------------------------------------------------ what is in there
  // At most one is set.
  function automatic place_t number_of(input logic [FlowStore-1:0] one);
    number_of = '0;
    for (int i = 0; i < int'(FlowStore); i++) if (one[i]) number_of |= place_t'(unsigned'(i));
  endfunction

  logic [FlowStore-1:0] used_q, equal_7;
  flow_row_t            row0_q [FlowStore];
  fingerprint_t         fingerprint_q [FlowStore];
  (* ram_style = "distributed" *) flow_word_t words [FlowStore];

  always_ff @(posedge clk) begin
    if (bus.valid && bus.store_write) begin
      used_q[bus.place] <= 1'b1;
      row0_q[bus.place] <= bus.row0;
      fingerprint_q[bus.place] <= bus.word.fingerprint;
      words[bus.place] <= bus.word;
    end
    if (bus.valid && bus.store_clear) used_q[bus.place] <= 1'b0;
    if (rst || (bus.valid && bus.clear)) used_q <= '0;
  end

  always_ff @(posedge clk) begin
    equal_7 <= 'x;
    if (look_6)
      for (int i = 0; i < int'(FlowStore); i++)
        equal_7[i] <= used_q[i] && equals(wide_t'({fingerprint_q[i], row0_q[i]}),
                                          wide_t'({who_6.fingerprint, who_6.row[0]}));
    hit_8 <= equal_7 != '0;
    place_8 <= number_of(equal_7);
  end
  assign word_8 = words[place_8];

  // -------------------------------------------------------------------------------- what is vacant
  // Vacant places queue; `count_q` has the bit set that says how many of them there are.
  place_t               queue_q [FlowStore];
  place_t               head_q, head_after_q, tail_q;
  logic [FlowStore:0]   count_q, count_d;
  logic                 taken, returned_q;

  assign taken = fills(told);
  always_comb begin
    count_d = count_q;
    if (taken && !returned_q) count_d = count_q >> 1;
    if (!taken && returned_q) count_d = count_q << 1;
  end

  always_ff @(posedge clk) begin
    returned_q <= told.valid && told.store_clear;
    if (told.valid && told.store_clear) begin
      queue_q[tail_q] <= told.place;
      tail_q <= tail_q + 1'b1;
    end
    if (taken) begin
      head_q <= head_q + 1'b1;
      head_after_q <= head_after_q + 1'b1;
    end
    count_q <= count_d;
    vacancy.valid <= !count_d[0];
    vacancy_after.valid <= !count_d[0] && !count_d[1];
    vacancy.place <= taken ? queue_q[head_after_q] : queue_q[head_q];
    vacancy_after.place <= taken ? queue_q[place_t'(head_after_q + 1'b1)] : queue_q[head_after_q];
    if (rst || (told.valid && told.clear)) begin
      for (int i = 0; i < int'(FlowStore); i++) queue_q[i] <= place_t'(unsigned'(i));
      head_q <= '0;
      head_after_q <= place_t'(1);
      tail_q <= '0;
      count_q <= (FlowStore + 1)'(1) << FlowStore;
      returned_q <= 1'b0;
      vacancy.valid <= 1'b0;
      vacancy_after.valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
