// Orders the clearing of the card: from the register to the core, and back when it is done.
//
// written is a clock in which the clear register is being written; its value is there in the next
// one. With the right one busy is high from the clock after until the core's answer, done;
// begins is the first clock of busy. The request is made when no seed is on its way (seed_idle), so
// that the clearing finds it. held: nothing else may be requested of the core before.
//
// core_lost: the way to the core is in reset, because either side was. That begins a clearing too,
// which the core answers without being asked.

`default_nettype none

module csr_clear_order (
  input  logic        clk,
  input  logic        rst,
  input  logic        written,
  input  logic [31:0] key,
  output logic        busy,
  output logic        begins,
  input  logic        seed_idle,
  output logic        held,
  output logic        request_valid,
  input  logic        request_ready,
  input  logic        done,
  input  logic        core_lost
);

  localparam logic [31:0] Key = 32'h52454c43;  // "CLER"

  logic written_q, begins_q, busy_q, waits_q, lost_q;

  assign busy = busy_q;
  assign begins = begins_q;
  assign held = waits_q;
  assign request_valid = waits_q && !begins_q && seed_idle;

  always_ff @(posedge clk) begin
    written_q <= written;
    begins_q  <= 1'b0;
    if (done) busy_q <= 1'b0;
    if (request_valid && request_ready) waits_q <= 1'b0;
    if (written_q && key == Key && !busy_q) begin
      begins_q <= 1'b1;
      busy_q   <= 1'b1;
      waits_q  <= 1'b1;
    end
    lost_q <= core_lost;
    if (core_lost) begin
      begins_q <= !lost_q;
      busy_q   <= 1'b1;
      waits_q  <= 1'b0;
    end
    if (rst) begin
      lost_q    <= 1'b0;
      written_q <= 1'b0;
      begins_q  <= 1'b0;
      busy_q    <= 1'b0;
      waits_q   <= 1'b0;
    end
  end

endmodule

`default_nettype wire
