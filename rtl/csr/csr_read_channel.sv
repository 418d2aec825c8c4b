// Read channels of the bus: sends a read to the registers or to the buckets, or refuses it.
//
// One read is outstanding. A register read takes as long as the register block needs, a bucket read
// as long as the way to the core and back. SLVERR, with data 0: no such register or bucket.

`default_nettype none

module csr_read_channel #(
  parameter int unsigned BucketsLog2 = 17
) (
  input logic clk,
  input logic rst,

  input  logic        s_axil_arvalid,
  output logic        s_axil_arready,
  input  logic [19:0] s_axil_araddr,
  output logic        s_axil_rvalid,
  input  logic        s_axil_rready,
  output logic [31:0] s_axil_rdata,
  output logic [ 1:0] s_axil_rresp,

  output logic        register_arvalid,
  input  logic        register_arready,
  output logic [11:0] register_araddr,
  input  logic        register_rvalid,
  output logic        register_rready,
  input  logic [31:0] register_rdata,
  input  logic [ 1:0] register_rresp,

  output logic                   bucket_valid,
  input  logic                   bucket_ready,
  output logic [BucketsLog2-1:0] bucket_index,
  input  logic                   bucket_rvalid,
  input  logic [           31:0] bucket_rdata
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  typedef enum logic [2:0] {
    Idle,
    AskRegister,
    AwaitRegister,
    AskBucket,
    AwaitBucket,
    Respond
  } state_t;

  state_t                   state_q;
  logic   [           11:0] register_araddr_q;
  logic   [BucketsLog2-1:0] bucket_index_q;
  logic   [           31:0] rdata_q;
  logic   [            1:0] rresp_q;
  logic to_registers, to_buckets;

  // The bucket window is the upper half of the address space.
  assign to_registers = s_axil_araddr[19:12] == '0;
  assign to_buckets = s_axil_araddr[19] && {1'b0, s_axil_araddr[18:2]} < (18'd1 << BucketsLog2);

  assign s_axil_arready = state_q == Idle;
  assign s_axil_rvalid = state_q == Respond;
  assign s_axil_rdata = rdata_q;
  assign s_axil_rresp = rresp_q;

  assign register_arvalid = state_q == AskRegister;
  assign register_araddr = register_araddr_q;
  assign register_rready = state_q == AwaitRegister;

  assign bucket_valid = state_q == AskBucket;
  assign bucket_index = bucket_index_q;

  always_ff @(posedge clk) begin
    case (state_q)
      Idle: begin
        register_araddr_q <= s_axil_araddr[11:0];
        bucket_index_q <= s_axil_araddr[BucketsLog2+1:2];
        rdata_q <= '0;
        rresp_q <= SlaveError;
        if (s_axil_arvalid) begin
          if (to_registers) state_q <= AskRegister;
          else if (to_buckets) state_q <= AskBucket;
          else state_q <= Respond;
        end
      end
      AskRegister: if (register_arready) state_q <= AwaitRegister;
      AwaitRegister: begin
        if (register_rvalid) begin
          rdata_q <= register_rdata;
          rresp_q <= register_rresp;
          state_q <= Respond;
        end
      end
      AskBucket: if (bucket_ready) state_q <= AwaitBucket;
      AwaitBucket: begin
        if (bucket_rvalid) begin
          rdata_q <= bucket_rdata;
          rresp_q <= Okay;
          state_q <= Respond;
        end
      end
      Respond: if (s_axil_rready) state_q <= Idle;
      default: state_q <= Idle;
    endcase
    if (rst) state_q <= Idle;
  end

endmodule

`default_nettype wire
