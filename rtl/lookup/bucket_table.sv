`default_nettype none

// The bucket pool: one port looks up, one word a clock, `read_data` 3 clocks after `read_index`;
// the other serves the host, one access a clock, writes before reads. A host read's word comes 3
// clocks after it was taken. A write is seen by look-ups of later clocks. Contents begin as zero:
// no members.
module bucket_table #(
  parameter int unsigned BucketsLog2 = 17
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic [BucketsLog2-1:0] read_index,
  output logic [31:0]                 read_data,
  input  wire logic                   host_write_valid,
  input  wire logic [BucketsLog2-1:0] host_write_index,
  input  wire logic [31:0]            host_write_data,
  input  wire logic                   host_read_valid,
  output logic                        host_read_ready,
  input  wire logic [BucketsLog2-1:0] host_read_index,
  output logic                        host_read_rvalid,
  output logic [31:0]                 host_read_rdata
);

  localparam int unsigned Buckets = 2 ** BucketsLog2;

  (* ram_style = "ultra" *) logic [31:0] storage [Buckets];
  initial for (int unsigned i = 0; i < Buckets; i++) storage[i] = '0;

  logic [31:0] read_1, read_2, host_1, host_2;
  logic [2:0]  host_reading_q;

  always_ff @(posedge clk) begin
    read_1 <= storage[read_index];
    read_2 <= read_1;
    read_data <= read_2;
  end

  assign host_read_ready = !host_write_valid;

  logic [BucketsLog2-1:0] host_index;
  assign host_index = host_write_valid ? host_write_index : host_read_index;

  always @(posedge clk) begin
    if (host_write_valid) storage[host_index] <= host_write_data;
    else host_1 <= storage[host_index];
    host_2 <= host_1;
    host_read_rdata <= host_2;
    host_reading_q <= rst ? '0 : {host_reading_q[1:0], host_read_valid && host_read_ready};
  end

  assign host_read_rvalid = host_reading_q[2];

endmodule

`default_nettype wire
