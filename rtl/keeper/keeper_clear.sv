`default_nettype none

// Empties the flow table for a new seed, row by row.
//
// `clear` begins it, anew if one is under way; `ready` is low from then on until it is done, and
// before the first. It waits until no hand has anything to do and nothing is to be written (`idle`,
// while `clearing`), at least 32 clocks: frames that were told of the table as it was have left it
// alone by then. A row takes 3 clocks. The memories begin empty, and outlive a reset: only the
// first clear has nothing to do.
module keeper_clear
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter int unsigned RowsLog2 = 12
) (
  input  wire logic clk,
  input  wire logic rst,
  input  wire logic clear,
  output logic      ready,
  output logic      clearing,
  input  wire logic idle,
  output change_t   change,
  input  wire logic accept
);

  // A clear also passes over the servers' counters.
  localparam int unsigned ClearLog2 = RowsLog2 > 10 ? RowsLog2 : 10;
  typedef logic [ClearLog2-1:0] row_t;

  logic       dirty_q, clearing_q;
  logic       begun_q, ends_q;     // rows are cleared; all have been handed over
  logic [5:0] clocks_q;
  row_t       row_q;

  assign clearing = clearing_q;

  always_comb begin
    change = '0;
    change.valid = begun_q && !ends_q;
    change.clear = 1'b1;
    change.row = flow_row_t'(row_q);
  end

  initial dirty_q = 1'b0;
  always @(posedge clk) begin
    if (!clocks_q[5]) clocks_q <= clocks_q + 6'd1;
    if (clearing_q && clocks_q[5] && idle) begun_q <= 1'b1;
    if (begun_q && !ends_q && accept) begin
      row_q <= row_q + row_t'(1);
      if (row_q == '1) ends_q <= 1'b1;
    end
    if (ends_q && idle) begin
      ready <= 1'b1;
      clearing_q <= 1'b0;
      begun_q <= 1'b0;
      ends_q <= 1'b0;
    end
    if (clear) begin
      ready <= !dirty_q;
      clearing_q <= dirty_q;
      dirty_q <= 1'b1;
    end
    if (clear || rst) begin
      begun_q <= 1'b0;
      ends_q <= 1'b0;
      clocks_q <= '0;
      row_q <= '0;
    end
    if (rst) begin
      ready <= 1'b0;
      clearing_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
