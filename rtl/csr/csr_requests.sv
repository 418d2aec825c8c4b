`default_nettype none

// Chooses what is asked of the core next, of all that the register clock has for it. Combinational;
// every input is valid/ready.
//
// The order to clear stands before everything, and while it is held nothing else passes. Then table
// commands; then a read before a write: the bus has one read outstanding, so writes cannot starve.

module csr_requests
  import csr_pkg::*;
(
  input  wire logic        clear_held,
  input  wire logic        clear_valid,
  output logic             clear_ready,
  input  wire logic        table_valid,
  output logic             table_ready,
  input  wire request_t    table_request,
  input  wire logic        read_valid,
  output logic             read_ready,
  input  wire logic        read_host,  // of the host port, else of a bucket
  input  wire logic [23:0] read_index,
  input  wire logic        posted_valid,
  output logic             posted_ready,
  input  wire logic        posted_host,
  input  wire logic [23:0] posted_index,
  input  wire logic [31:0] posted_data,
  output logic             out_valid,
  input  wire logic        out_ready,
  output request_t         out
);

  always_comb begin
    out_valid = posted_valid;
    out = '{kind: posted_host ? HostWrite : BucketWrite, index: posted_index, data: posted_data};
    clear_ready = 1'b0;
    table_ready = 1'b0;
    read_ready = 1'b0;
    posted_ready = 1'b0;
    if (clear_held) begin
      out_valid = clear_valid;
      out = '{kind: Clear, index: '0, data: '0};
      clear_ready = out_ready;
    end else if (table_valid) begin
      out_valid = 1'b1;
      out = table_request;
      table_ready = out_ready;
    end else if (read_valid) begin
      out_valid = 1'b1;
      out = '{kind: read_host ? HostRead : BucketRead, index: read_index, data: '0};
      read_ready = out_ready;
    end else begin
      posted_ready = out_ready;
    end
  end

endmodule

`default_nettype wire
