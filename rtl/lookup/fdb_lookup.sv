`default_nettype none

// One engine's copy of the forwarding database: where an address was learned.
//
// One look-up a clock: domain and address in clock 0, the answer in clock 5. It sees writes of the
// clocks before clock 1. The host's reads use clocks without a look-up; `host_rvalid` comes 3 clocks
// after `host_ready`. One that has waited HostPatience clocks asks by `hold`, one clock long, for
// one key to be held back, and again after as many.
module fdb_lookup
  import frame_pkg::*;
  import hash_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned SetsLog2 = 11
) (
  input  wire logic                clk,
  input  wire logic                rst,
  input  wire logic [15:0]         oldest,
  input  wire fdb_write_t          write,
  input  wire logic                valid,
  input  wire logic [12:0]         domain,
  input  wire logic [47:0]         mac,
  output logic                     found,
  output port_t                    port,
  output logical_t                 logical,
  input  wire logic                host_valid,
  output logic                     host_ready,
  output logic                     hold,
  input  wire logic [SetsLog2+1:0] host_index,  // set, way
  output logic                     host_rvalid,
  output fdb_entry_t               host_entry
);

  typedef logic [SetsLog2-1:0] set_t;

  logic        host_1, host_2, host_3;
  logic [1:0]  way_1, way_2, way_3;
  set_t        set_1;
  logic [47:0] mac_1, mac_2, mac_3;
  logic [12:0] domain_1, domain_2, domain_3;

  localparam int unsigned HostPatience = 64;
  localparam int unsigned WaitedW = $clog2(HostPatience);
  logic [WaitedW-1:0] waited_q;

  assign host_ready = !valid;

  always_ff @(posedge clk) begin
    hold <= 1'b0;
    waited_q <= '0;
    if (host_valid && !host_ready && !rst) begin
      waited_q <= waited_q + 1'b1;
      hold <= waited_q == WaitedW'(HostPatience - 1);
    end
  end

  always_ff @(posedge clk) begin
    host_1 <= !rst && host_valid && host_ready;
    host_2 <= host_1 && !rst;
    host_3 <= host_2 && !rst;
    way_1 <= host_index[1:0];
    way_2 <= way_1;
    way_3 <= way_2;
    set_1 <= host_index[SetsLog2+1:2];
    if (valid) set_1 <= set_t'(fdb_hash(domain, mac));
    mac_1 <= mac;
    mac_2 <= mac_1;
    mac_3 <= mac_2;
    domain_1 <= domain;
    domain_2 <= domain_1;
    domain_3 <= domain_2;
  end

  fdb_entry_t [3:0] entry_3;
  logic [3:0]       equal_4, fresh_4, match;
  assign match = equal_4 & fresh_4;
  port_t [3:0]      port_4;
  logical_t [3:0]   logical_4;

  for (genvar w = 0; w < 4; w++) begin : gen_way
    logic [15:0] difference;
    ram_sdp #(.Width($bits(fdb_entry_t)), .Depth(2 ** SetsLog2), .ReadLatency(2)) u_set (
      .clk, .write_enable(write.ways[w]), .write_address(set_t'(write.set)),
      .write_data(write.entry), .read_enable(1'b1), .read_address(set_1), .read_data(entry_3[w])
    );
    assign difference = oldest - entry_3[w].stamp;
    always_ff @(posedge clk) begin
      equal_4[w] <= entry_3[w].valid && entry_3[w].mac == mac_3 && entry_3[w].domain == domain_3;
      fresh_4[w] <= difference[15];
      port_4[w] <= entry_3[w].port;
      logical_4[w] <= entry_3[w].logical;
    end
  end

  always_ff @(posedge clk) begin
    found <= |match;
    for (int b = 0; b < int'(PortW); b++)
      port[b] <= (match[0] && port_4[0][b]) || (match[1] && port_4[1][b]) ||
                 (match[2] && port_4[2][b]) || (match[3] && port_4[3][b]);
    for (int b = 0; b < $bits(logical_t); b++)
      logical[b] <= (match[0] && logical_4[0][b]) || (match[1] && logical_4[1][b]) ||
                    (match[2] && logical_4[2][b]) || (match[3] && logical_4[3][b]);
  end

  assign host_rvalid = host_3;
  assign host_entry = entry_3[way_3];

endmodule

`default_nettype wire
