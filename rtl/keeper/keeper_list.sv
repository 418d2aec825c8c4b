`default_nettype none

// The host's reads of the flow table: the first entry from an index on, found in rows that a hand
// of the keeper reads.
//
// `table_read` begins one, one at a time. While `list` is high, the two rows numbered `row` want to
// be read, from slot `from` on; `over` says that they were, `found` that `word` stands in them, in
// slot `at`. The answer, `read_valid` for one clock, comes with the first entry, behind 32 rows
// without one, or behind the last row; `read_data` is zero otherwise. A table that is being cleared
// is answered for at once: there is nothing in it.
module keeper_list
  import table_pkg::*;
  import flow_pkg::*;
#(
  parameter int unsigned FlowsLog2 = 16
) (
  input  wire logic          clk,
  input  wire logic          rst,
  input  wire logic          table_read,
  input  wire table_access_t table_access,
  input  wire logic          clearing,
  output logic               read_valid,
  output logic [255:0]       read_data,
  // the hand
  output logic               list,
  output flow_row_t          row,
  output logic [3:0]         from,
  input  wire logic          over,
  input  wire logic          found,
  input  wire logic [3:0]    at,
  input  wire flow_word_t    word
);

  localparam int unsigned ListRows = 32;
  localparam int unsigned RowsLog2 = FlowsLog2 - 4;
  typedef logic [RowsLog2-1:0] row_t;

  logic       list_q;
  row_t       row_q;
  logic [3:0] from_q;
  logic [6:0] rows_q;            // that may be searched yet
  logic       end_q;             // all rows are behind

  assign list = list_q;
  assign row = flow_row_t'(row_q);
  assign from = from_q;

  always_ff @(posedge clk) begin
    read_valid <= 1'b0;
    read_data <= '0;
    if (list_q && (over || clearing)) begin
      row_q <= row_q + row_t'(1);
      from_q <= '0;
      rows_q <= rows_q - 7'd1;
      if (end_q || clearing || found || rows_q == 7'd1 || row_q == '1) begin
        list_q <= 1'b0;
        read_valid <= 1'b1;
        if (found && !end_q && !clearing) begin
          read_data[71:0] <= word;
          read_data[96+:24] <= 24'({row_q, at});
          read_data[96+31] <= 1'b1;
        end else begin
          read_data[96+:24] <= 24'({1'b0, row_q} + 1'b1) << 4;
          read_data[96+30] <= end_q || clearing || row_q == '1;
        end
      end
    end
    if (table_read && table_access.number == TableFlow) begin
      list_q <= 1'b1;
      row_q <= table_access.index[FlowsLog2-1:4];
      from_q <= table_access.index[3:0];
      rows_q <= 7'(ListRows);
      end_q <= table_access.index >> FlowsLog2 != '0;
    end
    if (rst) begin
      list_q <= 1'b0;
      read_valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
