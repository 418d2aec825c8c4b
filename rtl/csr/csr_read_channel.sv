`default_nettype none

// Read channels of the bus: sends a read to the registers, to the buckets or to the registers of
// the host port, or refuses it.
//
// One read is under way and one waits; nothing but registers stands behind the pins. A register read
// ends with register_done, a read of a bucket or of the host port (core_*) takes as long as the way
// to the core and back. SLVERR, with data 0: no such register or bucket, or the way to the core was
// in reset (core_lost) before the answer.

module csr_read_channel
  import axi_pkg::*;
#(
  parameter int unsigned BucketsLog2 = 17
) (
  input  wire logic        clk,
  input  wire logic        rst,
  // The bus.
  input  wire logic        ar_valid,
  output logic             ar_ready,
  input  wire logic [19:0] ar_addr,
  output logic             r_valid,
  input  wire logic        r_ready,
  output logic [31:0]      r_data,
  output logic [1:0]       r_resp,
  // Registers.
  output logic             register_valid,
  input  wire logic        register_ready,
  output logic [11:0]      register_address,
  input  wire logic        register_done,
  input  wire logic        register_error,
  input  wire logic [31:0] register_data,
  // The core.
  output logic             core_valid,
  input  wire logic        core_ready,
  output logic             core_host,   // of the host port, else of a bucket
  output logic [23:0]      core_index,  // byte address in the host port, number of the bucket
  input  wire logic        core_rvalid,
  input  wire logic        core_rerror,
  input  wire logic [31:0] core_rdata,
  input  wire logic        core_lost
);

  typedef enum logic [2:0] {
    Idle,
    AskRegister,
    AwaitRegister,
    AskCore,
    AwaitCore,
    Respond
  } state_t;

  state_t      state_q;
  logic        address_valid;
  logic [19:0] address;
  logic        core_host_q;
  logic [11:0] register_address_q;
  logic [23:0] core_index_q;
  logic [31:0] data_q;
  logic [1:0]  resp_q;
  logic        to_registers, to_host, to_buckets;

  fifo_fwft #(.Data(logic [19:0]), .Depth(1)) u_addresses (
    .clk, .rst, .in_valid(ar_valid), .in_ready(ar_ready), .in_data(ar_addr),
    .out_valid(address_valid), .out_ready(state_q == Idle), .out_data(address), .count()
  );

  // The bucket window is the upper half of the address space.
  assign to_registers = address[19:12] == '0;
  assign to_host = address[19:12] == 8'd1;
  assign to_buckets = address[19] && {1'b0, address[18:2]} < (18'd1 << BucketsLog2);

  assign r_valid = state_q == Respond;
  assign r_data = data_q;
  assign r_resp = resp_q;

  assign register_valid = state_q == AskRegister;
  assign register_address = register_address_q;

  assign core_valid = state_q == AskCore;
  assign core_host = core_host_q;
  assign core_index = core_index_q;

  always_ff @(posedge clk) begin
    case (state_q)
      Idle: begin
        register_address_q <= address[11:0];
        core_host_q <= to_host;
        core_index_q <= to_host ? {12'd0, address[11:2], 2'd0} : 24'(address[BucketsLog2+1:2]);
        data_q <= '0;
        resp_q <= RespSlaveError;
        if (address_valid) begin
          if (to_registers) state_q <= AskRegister;
          else if (to_host || to_buckets) state_q <= AskCore;
          else state_q <= Respond;
        end
      end
      AskRegister: if (register_ready) state_q <= AwaitRegister;
      AwaitRegister: begin
        if (register_done) begin
          data_q <= register_error ? '0 : register_data;
          resp_q <= register_error ? RespSlaveError : RespOkay;
          state_q <= Respond;
        end
      end
      AskCore: if (core_ready) state_q <= AwaitCore;
      AwaitCore: begin
        if (core_rvalid) begin
          data_q <= core_rerror ? '0 : core_rdata;
          resp_q <= core_rerror ? RespSlaveError : RespOkay;
          state_q <= Respond;
        end
      end
      Respond: if (r_ready) state_q <= Idle;
      default: state_q <= Idle;
    endcase
    if (core_lost && (state_q == AskCore || state_q == AwaitCore)) begin
      data_q <= '0;
      resp_q <= RespSlaveError;
      state_q <= Respond;
    end
    if (rst) state_q <= Idle;
  end

endmodule

`default_nettype wire
