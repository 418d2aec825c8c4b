// Read channels of the bus: sends a read to the registers, to the buckets or to the registers of
// the host port, or refuses it.
//
// One read is outstanding. A register read takes as long as the register block needs, a read of a
// bucket or of the host port (core_*) as long as the way to the core and back. SLVERR, with data 0:
// no such register or bucket, or the way to the core was in reset (core_lost) before the answer.

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

  output logic        core_valid,
  input  logic        core_ready,
  output logic        core_host,    // of the host port, else of a bucket
  output logic [23:0] core_index,   // byte address in the host port, number of the bucket
  input  logic        core_rvalid,
  input  logic        core_rerror,
  input  logic [31:0] core_rdata,
  input  logic        core_lost
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  typedef enum logic [2:0] {
    Idle,
    AskRegister,
    AwaitRegister,
    AskCore,
    AwaitCore,
    Respond
  } state_t;

  state_t        state_q;
  logic   [11:0] register_araddr_q;
  logic          core_host_q;
  logic   [23:0] core_index_q;
  logic   [31:0] rdata_q;
  logic   [ 1:0] rresp_q;
  logic to_registers, to_host, to_buckets;

  // The bucket window is the upper half of the address space.
  assign to_registers = s_axil_araddr[19:12] == '0;
  assign to_host = s_axil_araddr[19:12] == 8'd1;
  assign to_buckets = s_axil_araddr[19] && {1'b0, s_axil_araddr[18:2]} < (18'd1 << BucketsLog2);

  assign s_axil_arready = state_q == Idle;
  assign s_axil_rvalid = state_q == Respond;
  assign s_axil_rdata = rdata_q;
  assign s_axil_rresp = rresp_q;

  assign register_arvalid = state_q == AskRegister;
  assign register_araddr = register_araddr_q;
  assign register_rready = state_q == AwaitRegister;

  assign core_valid = state_q == AskCore;
  assign core_host = core_host_q;
  assign core_index = core_index_q;

  always_ff @(posedge clk) begin
    case (state_q)
      Idle: begin
        register_araddr_q <= s_axil_araddr[11:0];
        core_host_q <= to_host;
        core_index_q <= to_host ? {12'd0, s_axil_araddr[11:2], 2'd0}
                                : 24'(s_axil_araddr[BucketsLog2+1:2]);
        rdata_q <= '0;
        rresp_q <= SlaveError;
        if (s_axil_arvalid) begin
          if (to_registers) state_q <= AskRegister;
          else if (to_host || to_buckets) state_q <= AskCore;
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
      AskCore: if (core_ready) state_q <= AwaitCore;
      AwaitCore: begin
        if (core_rvalid) begin
          rdata_q <= core_rerror ? '0 : core_rdata;
          rresp_q <= core_rerror ? SlaveError : Okay;
          state_q <= Respond;
        end
      end
      Respond: if (s_axil_rready) state_q <= Idle;
      default: state_q <= Idle;
    endcase
    if (core_lost && (state_q == AskCore || state_q == AwaitCore)) begin
      rdata_q <= '0;
      rresp_q <= SlaveError;
      state_q <= Respond;
    end
    if (rst) state_q <= Idle;
  end

endmodule

`default_nettype wire
