`default_nettype none

// The core's side of the register block: carries out requests on the core's buses (csr_core_access),
// which are the clearing's while the card is being cleared (csr_clear). csr_block has the promises of
// the buses.
//
// Requests and responses are valid/ready. `hold`, `drains` and `idle` as in csr_core_access.

module csr_core_side
  import frame_pkg::*;
  import table_pkg::*;
  import csr_pkg::*;
#(
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic              hold,
  input  wire logic              drains,
  output logic                   idle,
  input  wire logic              request_valid,
  output logic                   request_ready,
  input  wire request_t          request,
  output logic                   response_valid,
  input  wire logic              response_ready,
  output response_t              response,
  input  wire logic              seed_write,  // a seed was taken: the card is clear no more
  // Tables.
  output logic                   table_valid,
  input  wire logic              table_ready,
  output logic                   table_write,
  output table_access_t          table_access,
  input  wire logic              table_rvalid,
  input  wire logic [255:0]      table_rdata,
  // Buckets.
  output logic                   bucket_write_valid,
  output logic [BucketsLog2-1:0] bucket_write_index,
  output logic [31:0]            bucket_write_data,
  output logic                   bucket_read_valid,
  input  wire logic              bucket_read_ready,
  output logic [BucketsLog2-1:0] bucket_read_index,
  input  wire logic              bucket_read_rvalid,
  input  wire logic [31:0]       bucket_read_rdata,
  // The host port.
  output logic                   host_valid,
  output logic                   host_write,
  output logic [11:0]            host_address,
  output logic [31:0]            host_wdata,
  input  wire logic              host_rvalid,
  input  wire logic              host_rerror,
  input  wire logic [31:0]       host_rdata,
  // Clearing.
  output logic                   flow_forget,
  output logic                   learned_flush,
  output logic                   flow_empty,
  input  wire logic              flow_cleared
);

  logic                   asked_valid, asked_write, asked_bucket_write;
  table_access_t          asked;
  logic [BucketsLog2-1:0] asked_bucket;
  logic [31:0]            asked_data;
  logic                   clear_start, clearing, clear_done, dirty_q;

  csr_core_access #(.BucketsLog2(BucketsLog2)) u_access (
    .clk, .rst, .request_valid, .request_ready, .request, .response_valid, .response_ready,
    .response, .table_valid(asked_valid), .table_ready, .table_write(asked_write),
    .table_number(asked.number), .table_index(asked.index), .table_wdata(asked.data),
    .table_rvalid, .table_rdata, .bucket_write_valid(asked_bucket_write),
    .bucket_write_index(asked_bucket), .bucket_write_data(asked_data), .bucket_read_valid,
    .bucket_read_ready, .bucket_read_index, .bucket_read_rvalid, .bucket_read_rdata, .host_valid,
    .host_write, .host_address, .host_wdata, .host_rvalid, .host_rerror, .host_rdata,
    .clear(clear_start), .clear_busy(clearing), .hold, .drains, .idle, .dirty(dirty_q)
  );

  // Something was written since configuration or since the card was cleared.
  initial dirty_q = 1'b0;

  always @(posedge clk) begin
    if (clear_done) dirty_q <= 1'b0;
    if (asked_bucket_write || (asked_valid && asked_write) || seed_write) dirty_q <= 1'b1;
  end

  logic                   zero_table, zero_bucket;
  logic [7:0]             zero_number;
  logic [23:0]            zero_index;
  logic [BucketsLog2-1:0] zero_bucket_index;

  csr_clear #(
    .Services(Services), .BucketsLog2(BucketsLog2), .Servers(Servers), .Routers(Routers),
    .LogicalPorts(LogicalPorts), .Vips(Vips), .FdbSetsLog2(FdbSetsLog2)
  ) u_clear (
    .clk, .rst, .start(clear_start), .busy(clearing), .done(clear_done), .table_valid(zero_table),
    .table_ready, .table_number(zero_number), .table_index(zero_index),
    .bucket_valid(zero_bucket), .bucket_index(zero_bucket_index), .forget(flow_forget),
    .flush(learned_flush), .empty_flows(flow_empty), .flows_empty(flow_cleared)
  );

  assign table_valid = asked_valid || zero_table;
  assign table_write = asked_write || clearing;
  // What is chosen by the clearing has some 300 bits: its data are, while it writes.
  assign table_access.number = clearing ? zero_number : asked.number;
  assign table_access.index = clearing ? zero_index : asked.index;
  assign table_access.data = zero_table ? '0 : asked.data;
  assign bucket_write_valid = asked_bucket_write || zero_bucket;
  assign bucket_write_index = clearing ? zero_bucket_index : asked_bucket;
  assign bucket_write_data = clearing ? '0 : asked_data;

endmodule

`default_nettype wire
