`default_nettype none

// The flow table's slots: clocks 5 to 8.
//
// One key a clock. Two rows, one of each bank, are read in clocks 5 to 7 and compared with the key
// in clock 7; `equal_8` are the slots that have its fingerprint, `words_8` all that was read.
// Written from the bus. The keeper reads a row of each bank by `read`, unless `read_ready` of that
// bank is low (it is being written); the words come 2 clocks later.
module flow_slots
  import flow_pkg::*;
  import flow_table_pkg::*;
#(
  parameter int unsigned FlowsLog2 = 16,
  parameter string Style = "ultra"
) (
  input  wire logic         clk,
  input  wire flow_op_t     bus,
  // the key
  input  wire flow_who_t    who_5,
  input  wire logic         look_7,
  input  wire fingerprint_t fingerprint_7,
  input  wire over_t        over_7,
  output flow_word_t [15:0] words_7,
  output slots_t            equal_8,
  output flow_word_t [15:0] words_8,
  // the keeper
  input  wire logic [1:0]   read,
  input  wire flow_row_t    read_row [2],
  output logic [1:0]        read_ready,
  output flow_word_t [7:0]  read_words [2]
);

  localparam int unsigned RowsLog2 = FlowsLog2 - 4;
  typedef logic [RowsLog2-1:0] row_t;

  logic clears;
  assign clears = bus.valid && bus.clear;

  for (genvar b = 0; b < 2; b++) begin : gen_bank
    logic writes;
    row_t row;
    assign writes = bus.valid && bus.slot_write && bus.bank == 1'(b);
    assign read_ready[b] = !clears && !writes;
    assign row = read_ready[b] ? row_t'(read_row[b]) : row_t'(bus.row);
    for (genvar i = 0; i < 8; i++) begin : gen_slot
      logic write;
      assign write = clears || (writes && bus.slot == 3'(i));
      // One slot of all rows of one bank. A read by the keeper waits for a clock without a write.
      ram_tdp #(
        .Width($bits(flow_word_t)), .Depth(2 ** RowsLog2), .ReadLatency(2), .Style(Style)
      ) u_slot (
        .clk, .a_address(row_t'(who_5.row[b])), .a_data(words_7[8*b+i]),
        .b_write(write), .b_read(read[b]),
        .b_address(row),
        .b_written(clears ? '0 : bus.word), .b_data(read_words[b][i])
      );
    end
  end

  always_ff @(posedge clk) begin
    equal_8 <= 'x;
    words_8 <= 'x;
    if (look_7) begin
      words_8 <= words_7;
      for (int b = 0; b < 2; b++)
        for (int i = 0; i < 8; i++)
          equal_8[b][i] <= equals(wide_t'(words_7[8*b+i].fingerprint), wide_t'(fingerprint_7)) &&
                           words_7[8*b+i].state != FlowFree && !over_7.slots[b][i];
    end
  end

endmodule

`default_nettype wire
