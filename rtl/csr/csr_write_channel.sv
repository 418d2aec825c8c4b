// Write channels of the bus: sends a write to the registers, to the buckets or to the registers of
// the host port, or refuses it.
//
// Address and data are taken each for itself, two of each at most before they are carried out: no
// ready depends on anything but registers. They go on together, in the clock in which the target
// takes them; one response is outstanding. Writes of buckets and of the host port are posted, they
// end when posted_ready took them: one a clock, their response in the next clock. A register write
// takes as long as the register block needs. SLVERR: no such register or bucket, part of a posted
// word, the way to the core is in reset (core_lost), or buckets
// are not to be written (writable). A posted write to a register that the host port does not have is ignored.

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

  output logic        posted_valid,
  input  logic        posted_ready,
  output logic        posted_host,   // for the host port, else for a bucket
  output logic [23:0] posted_index,  // byte address in the host port, number of the bucket
  output logic [31:0] posted_data,
  input  logic        core_lost,
  input  logic        writable
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  typedef struct packed {
    logic [ 3:0] strobe;
    logic [31:0] data;
  } word_t;

  logic offered, to_registers, to_host, to_buckets, to_nothing, taken, refused;
  logic address_valid, word_valid;
  logic [19:0] address;
  word_t word;
  logic       in_registers_q;
  logic       bvalid_q;
  logic [1:0] bresp_q;

  fifo_fwft #(
    .Data (logic [19:0]),
    .Depth(1)
  ) u_addresses (
    .clk      (clk),
    .rst      (rst),
    .in_valid (s_axil_awvalid),
    .in_ready (s_axil_awready),
    .in_data  (s_axil_awaddr),
    .out_valid(address_valid),
    .out_ready(taken),
    .out_data (address),
    .count    ()
  );

  fifo_fwft #(
    .Data (word_t),
    .Depth(1)
  ) u_words (
    .clk      (clk),
    .rst      (rst),
    .in_valid (s_axil_wvalid),
    .in_ready (s_axil_wready),
    .in_data  ('{strobe: s_axil_wstrb, data: s_axil_wdata}),
    .out_valid(word_valid),
    .out_ready(taken),
    .out_data (word),
    .count    ()
  );

  // The bucket window is the upper half of the address space.
  assign offered = address_valid && word_valid && !in_registers_q && (!bvalid_q || s_axil_bready);
  assign to_registers = address[19:12] == '0;
  assign to_buckets = address[19] && {1'b0, address[18:2]} < (18'd1 << BucketsLog2)
      && word.strobe == '1;
  assign to_host = address[19:12] == 8'd1 && word.strobe == '1;
  assign to_nothing = !to_registers && !to_host && !to_buckets;

  // The register block has nothing outstanding here, so it is ready for both at once.
  assign register_awvalid = offered && to_registers && register_wready;
  assign register_awaddr = address[11:0];
  assign register_wvalid = offered && to_registers && register_awready;
  assign register_wdata = word.data;
  assign register_wstrb = word.strobe;
  assign register_bready = in_registers_q;

  assign refused = core_lost || (to_buckets && !writable);
  assign posted_valid = offered && (to_buckets || to_host) && !refused;
  assign posted_host = to_host;
  assign posted_index = to_host ? {12'd0, address[11:2], 2'd0} : 24'(address[BucketsLog2+1:2]);
  assign posted_data = word.data;

  assign taken = offered && ((to_registers && register_awready && register_wready)
      || ((to_buckets || to_host) && (posted_ready || refused)) || to_nothing);
  assign s_axil_bvalid = bvalid_q;
  assign s_axil_bresp = bresp_q;

  always_ff @(posedge clk) begin
    if (s_axil_bready) bvalid_q <= 1'b0;
    if (taken) begin
      in_registers_q <= to_registers;
      bvalid_q <= !to_registers;
      bresp_q <= (to_buckets || to_host) && !refused ? Okay : SlaveError;
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
