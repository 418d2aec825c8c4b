// Write channels of the bus: sends a write to the registers or to the buckets, or refuses it.
//
// Address and data are taken together, in the clock in which the target takes them; one response is
// outstanding. A bucket write ends when bucket_ready took it: one a clock, its response in the next
// clock. A register write takes as long as the register block needs. SLVERR: no such register or
// bucket, or part of a bucket's word.

`default_nettype none

module csr_write_channel #(
  parameter int unsigned BucketsLog2 = 17
) (
  input logic clk,
  input logic rst,

  input  logic        s_axil_awvalid,
  output logic        s_axil_awready,
  input  logic [19:0] s_axil_awaddr,
  input  logic        s_axil_wvalid,
  output logic        s_axil_wready,
  input  logic [31:0] s_axil_wdata,
  input  logic [ 3:0] s_axil_wstrb,
  output logic        s_axil_bvalid,
  input  logic        s_axil_bready,
  output logic [ 1:0] s_axil_bresp,

  output logic        register_awvalid,
  input  logic        register_awready,
  output logic [11:0] register_awaddr,
  output logic        register_wvalid,
  input  logic        register_wready,
  output logic [31:0] register_wdata,
  output logic [ 3:0] register_wstrb,
  input  logic        register_bvalid,
  output logic        register_bready,
  input  logic [ 1:0] register_bresp,

  output logic                   bucket_valid,
  input  logic                   bucket_ready,
  output logic [BucketsLog2-1:0] bucket_index,
  output logic [           31:0] bucket_data
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  logic offered, to_registers, to_buckets, to_nothing, taken;
  logic       in_registers_q;
  logic       bvalid_q;
  logic [1:0] bresp_q;

  // The bucket window is the upper half of the address space.
  assign offered = s_axil_awvalid && s_axil_wvalid && !in_registers_q
      && (!bvalid_q || s_axil_bready);
  assign to_registers = s_axil_awaddr[19:12] == '0;
  assign to_buckets = s_axil_awaddr[19] && {1'b0, s_axil_awaddr[18:2]} < (18'd1 << BucketsLog2)
      && s_axil_wstrb == '1;
  assign to_nothing = !to_registers && !to_buckets;

  // The register block has nothing outstanding here, so it is ready for both at once.
  assign register_awvalid = offered && to_registers && register_wready;
  assign register_awaddr = s_axil_awaddr[11:0];
  assign register_wvalid = offered && to_registers && register_awready;
  assign register_wdata = s_axil_wdata;
  assign register_wstrb = s_axil_wstrb;
  assign register_bready = in_registers_q;

  assign bucket_valid = offered && to_buckets;
  assign bucket_index = s_axil_awaddr[BucketsLog2+1:2];
  assign bucket_data = s_axil_wdata;

  assign taken = offered && ((to_registers && register_awready && register_wready)
      || (to_buckets && bucket_ready) || to_nothing);
  assign s_axil_awready = taken;
  assign s_axil_wready = taken;
  assign s_axil_bvalid = bvalid_q;
  assign s_axil_bresp = bresp_q;

  always_ff @(posedge clk) begin
    if (s_axil_bready) bvalid_q <= 1'b0;
    if (taken) begin
      in_registers_q <= to_registers;
      bvalid_q <= !to_registers;
      bresp_q <= to_buckets ? Okay : SlaveError;
    end
    if (in_registers_q && register_bvalid) begin
      in_registers_q <= 1'b0;
      bvalid_q <= 1'b1;
      bresp_q <= register_bresp;
    end
    if (rst) begin
      in_registers_q <= 1'b0;
      bvalid_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
