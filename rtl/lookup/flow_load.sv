`default_nettype none

// Which of two servers has fewer live flows for its weight, as one engine asks: servers in clock 9,
// `second_lighter_11` two clocks later, one question a clock. Loads come from flow_counts; equal
// ones are not lighter. Contents begin as zero.
module flow_load
  import table_pkg::*;
  import flow_pkg::*;
#(
  parameter int unsigned Servers = 1024
) (
  input  wire logic             clk,
  input  wire flow_load_write_t load_write,
  input  wire server_t          first_9,
  input  wire server_t          second_9,
  output logic                  second_lighter_11
);

  localparam int unsigned ServerW = $clog2(Servers);

  flow_load_t first_10, second_10;

  ram_sdp #(.Width(FlowLoadBits), .Depth(Servers), .ReadLatency(1)) u_first (
    .clk, .write_enable(load_write.write), .write_address(load_write.server[ServerW-1:0]),
    .write_data(load_write.load), .read_enable(1'b1), .read_address(first_9[ServerW-1:0]),
    .read_data(first_10)
  );

  ram_sdp #(.Width(FlowLoadBits), .Depth(Servers), .ReadLatency(1)) u_second (
    .clk, .write_enable(load_write.write), .write_address(load_write.server[ServerW-1:0]),
    .write_data(load_write.load), .read_enable(1'b1), .read_address(second_9[ServerW-1:0]),
    .read_data(second_10)
  );

  always_ff @(posedge clk) second_lighter_11 <= first_10 > second_10;

endmodule

`default_nettype wire
