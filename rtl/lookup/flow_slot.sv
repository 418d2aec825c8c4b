`default_nettype none

// One slot of all rows of one bank of the flow table: a true dual-port memory.
//
// Port A looks up, one row a clock; `look_word` comes 2 clocks after `look_row`. Port B writes, or
// reads for the keeper in clocks without a write; `read_word` comes 2 clocks after `read_row`. The
// keeper's word stays until its next read's. A read of the row that is written in the same clock
// gives the old word. Contents begin as zero: free.
// Style is the memory to use: "ultra" or "block".
module flow_slot
  import flowswitch_pkg::*;
#(
  parameter int unsigned RowsLog2 = 12,
  parameter string Style = "ultra"
) (
  input  wire logic                clk,
  input  wire logic [RowsLog2-1:0] look_row,
  output flow_word_t               look_word,
  input  wire logic                write,
  input  wire logic [RowsLog2-1:0] write_row,
  input  wire flow_word_t          write_word,
  input  wire logic                read,
  input  wire logic [RowsLog2-1:0] read_row,
  output flow_word_t               read_word
);

  localparam int unsigned Rows = 2 ** RowsLog2;
  localparam int unsigned Width = $bits(flow_word_t);

  logic [Width-1:0]    look_1, look_2, read_1, read_2;
  logic                read_q;
  logic [RowsLog2-1:0] row;
  assign row = write ? write_row : read_row;

  // An attribute takes no parameter, hence a branch for each memory.
  if (Style == "ultra") begin : gen_ultra
    (* ram_style = "ultra" *) logic [Width-1:0] storage [Rows];
    initial for (int unsigned i = 0; i < Rows; i++) storage[i] = '0;
    always_ff @(posedge clk) look_1 <= storage[look_row];
    always @(posedge clk)
      if (write) storage[row] <= write_word;
      else if (read) read_1 <= storage[row];
  end else begin : gen_block
    (* ram_style = "block" *) logic [Width-1:0] storage [Rows];
    initial for (int unsigned i = 0; i < Rows; i++) storage[i] = '0;
    always_ff @(posedge clk) look_1 <= storage[look_row];
    always_ff @(posedge clk)
      if (write) storage[row] <= write_word;
      else if (read) read_1 <= storage[row];
  end

  always_ff @(posedge clk) begin
    read_q <= read && !write;
    look_2 <= look_1;
    if (read_q) read_2 <= read_1;
  end

  assign look_word = look_2;
  assign read_word = read_2;

endmodule

`default_nettype wire
