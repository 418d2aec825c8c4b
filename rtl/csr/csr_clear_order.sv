`default_nettype none

// Orders the clearing of the card: from the register to the core, and back when it is done.
//
// written is a clock in which `key` is what the clear register was written with. With the right one
// busy is high from the next clock until the core's answer, done; begins is the first clock of it,
// also if a clearing is under way: another one follows then. The request is made when no seed is on
// its way (seed_idle), so that the clearing finds it. held: nothing else may be requested of the core
// before.
//
// core_lost: the way to the core is in reset; what was asked of it is asked again. core_reset: the
// core was reset, what its tables hold is no more what look-ups see: that begins a clearing too. This
// module is not reset, so that no clearing that has begun is forgotten.

module csr_clear_order (
  input  wire logic        clk,
  input  wire logic        written,
  input  wire logic [31:0] key,
  output logic             busy,
  output logic             begins,
  input  wire logic        seed_idle,
  output logic             held,
  output logic             request_valid,
  input  wire logic        request_ready,
  input  wire logic        done,
  input  wire logic        core_lost,
  input  wire logic        core_reset
);

  localparam logic [31:0] Key = 32'h52454c43;  // "CLER"

  // A clearing is to be requested; one is requested and not answered.
  logic begins_q, waits_q, open_q, core_reset_q;

  initial begin
    begins_q     = 1'b0;
    waits_q      = 1'b0;
    open_q       = 1'b0;
    core_reset_q = 1'b0;
  end

  assign busy = waits_q || open_q;
  assign begins = begins_q;
  assign held = waits_q;
  assign request_valid = waits_q && !open_q && !begins_q && seed_idle && !core_lost;

  always @(posedge clk) begin
    core_reset_q <= core_reset;
    begins_q     <= 1'b0;
    if (done) open_q <= 1'b0;
    if (request_valid && request_ready) begin
      waits_q <= 1'b0;
      open_q  <= 1'b1;
    end
    if (core_lost && open_q) begin
      waits_q <= 1'b1;
      open_q  <= 1'b0;
    end
    if ((written && key == Key) || (core_reset && !core_reset_q)) begin
      begins_q <= 1'b1;
      waits_q  <= 1'b1;
    end
  end

endmodule

`default_nettype wire
