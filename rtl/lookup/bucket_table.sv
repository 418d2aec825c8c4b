`default_nettype none

// The bucket pool: one port looks up, one word a clock, `read_data` 3 clocks after `read_index`;
// the other serves the host, one access a clock, writes before reads. A host read's word comes 3
// clocks after it was taken. A write is seen by look-ups of later clocks. Contents begin as zero:
// no members.
module bucket_table #(
  parameter int unsigned BucketsLog2 = 17,
  parameter string Style = "ultra"       // the memory to use, see ram_tdp
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

  // Two buckets stand in a word of the memory, the even one lowest.
  localparam int unsigned Latency = 3;

  logic [BucketsLog2-1:0] host_index;
  logic [63:0]            word, host_word;
  logic [Latency-1:0]     odd_q, host_odd_q, host_reading_q;

  assign host_read_ready = !host_write_valid;
  assign host_index = host_write_valid ? host_write_index : host_read_index;

  ram_tdp #(
    .Width(64), .Depth(2 ** (BucketsLog2 - 1)), .Lanes(2), .ReadLatency(Latency), .Style(Style)
  ) u_words (
    .clk, .a_address(read_index[BucketsLog2-1:1]), .a_data(word),
    .b_write({2{host_write_valid}} & {host_index[0], !host_index[0]}),
    .b_read(host_read_valid), .b_address(host_index[BucketsLog2-1:1]),
    .b_written({2{host_write_data}}), .b_data(host_word)
  );

  always_ff @(posedge clk) begin
    odd_q <= {odd_q[Latency-2:0], read_index[0]};
    host_odd_q <= {host_odd_q[Latency-2:0], host_index[0]};
    host_reading_q <= rst ? '0
                          : {host_reading_q[Latency-2:0], host_read_valid && host_read_ready};
  end

  assign read_data = odd_q[Latency-1] ? word[63:32] : word[31:0];
  assign host_read_rdata = host_odd_q[Latency-1] ? host_word[63:32] : host_word[31:0];
  assign host_read_rvalid = host_reading_q[Latency-1];

endmodule

`default_nettype wire
