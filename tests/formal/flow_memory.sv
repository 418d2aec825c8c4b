// What stands for ram_tdp in the proof of the flow table: of each word only the bits that the proof
// tells apart, and contents that begin as anything.
`default_nettype none

module ram_tdp #(
    parameter int unsigned Width = 72,
    parameter int unsigned Depth = 4096,
    parameter int unsigned Lanes = 1,
    parameter int unsigned ReadLatency = 2,
    parameter string Style = "block",
    localparam int unsigned AddressWidth = $clog2(Depth)
) (
    input  wire                     clk,
    input  wire  [AddressWidth-1:0] a_address,
    output logic [Width-1:0]        a_data,
    input  wire  [Lanes-1:0]        b_write,
    input  wire                     b_read,
    input  wire  [AddressWidth-1:0] b_address,
    input  wire  [Width-1:0]        b_written,
    output logic [Width-1:0]        b_data
);
  // Stamp, state, server, fingerprint: the lowest bits of each.
  typedef struct packed {
    logic       stamp;
    logic [2:0] state;
    logic       server;
    logic [1:0] fingerprint;
  } bits_t;

  bits_t storage[Depth];
  bits_t a_q;

  always_ff @(posedge clk) begin
    a_q <= storage[a_address];
    a_data <= '0;
    {a_data[59], a_data[52:50], a_data[40], a_data[1:0]} <= a_q;
    if (b_write[0])
      storage[b_address] <= {b_written[59], b_written[52:50], b_written[40], b_written[1:0]};
  end
  assign b_data = '0;
endmodule

`default_nettype wire
