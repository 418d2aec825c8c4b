`default_nettype none

// Gives up a bus that does nothing in one of its two directions: something is asked of it, or not yet
// answered, and for more than `timeout` changes of `tick` no address, word or answer has passed on its
// channels. 0: never.
//
// `lost` rises some clocks later. It falls when the bus has nothing more to answer and `idle` tells
// that nobody asks. The bus itself is left as it is: what was shown stays, late answers are taken.
module bus_watch (
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic [15:0] tick,
  input  wire logic [15:0] timeout,
  input  wire logic        idle,
  input  wire logic        aw_valid,
  input  wire logic        aw_ready,
  input  wire logic        w_valid,
  input  wire logic        w_ready,
  input  wire logic        b_valid,  // always taken
  input  wire logic        ar_valid,
  input  wire logic        ar_ready,
  input  wire logic        r_valid,  // always taken
  input  wire logic        r_last,
  output logic             lost
);

  // Transactions under way: the rings have 64 reads and 96 writes at most.
  localparam int unsigned CountW = 7;

  logic [CountW-1:0] reads_q, writes_q;
  logic              read_begins, read_ends, write_begins;
  logic [15:0]       tick_q;
  logic              ticks;
  // Of reads and of writes.
  logic [1:0]        waits_q, moves_q, late_q;
  logic [1:0][15:0]  age_q;

  assign read_begins = ar_valid && ar_ready;
  assign read_ends = r_valid && r_last;
  assign write_begins = aw_valid && aw_ready;
  assign ticks = tick != tick_q;

  always_ff @(posedge clk) begin
    if (read_begins != read_ends) reads_q <= read_begins ? reads_q + 1'b1 : reads_q - 1'b1;
    if (write_begins != b_valid) writes_q <= write_begins ? writes_q + 1'b1 : writes_q - 1'b1;
    waits_q <= {aw_valid || w_valid || writes_q != '0, ar_valid || reads_q != '0};
    moves_q <= {write_begins || (w_valid && w_ready) || b_valid, read_begins || r_valid};
    tick_q <= tick;
    for (int d = 0; d < 2; d++) begin
      if (!waits_q[d] || moves_q[d]) age_q[d] <= '0;
      else if (ticks && age_q[d] != '1) age_q[d] <= age_q[d] + 1'b1;
      late_q[d] <= timeout != '0 && age_q[d] > timeout;
    end
    if (late_q != '0) lost <= 1'b1;
    else if (idle && waits_q == '0) lost <= 1'b0;
    if (rst) begin
      reads_q <= '0;
      writes_q <= '0;
      waits_q <= '0;
      age_q <= '0;
      late_q <= '0;
      lost <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_read: assert (!read_ends || reads_q != '0);
  always_ff @(posedge clk) if (!rst) a_write: assert (!b_valid || writes_q != '0);
`endif

endmodule

`default_nettype wire
