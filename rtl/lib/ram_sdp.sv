`default_nettype none

// Simple dual-port RAM: one write port, one read port, one clock.
//
// A read takes ReadLatency clocks (1: read latch; 2: with an output register; 3: with two) and may
// be started in every clock. `read_data` keeps its word until that of the next read follows.
// A read in the clock of a write to the same address gives the old word. Contents begin as zero.
// Style is the memory to use: "block", "ultra" (UltraRAM) or "distributed" (LUT RAM).
module ram_sdp #(
  parameter int unsigned Width = 72,
  parameter int unsigned Depth = 512,
  parameter int unsigned ReadLatency = 2,
  parameter string Style = "block",
  localparam int unsigned AddressWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  wire logic                    clk,
  input  wire logic                    write_enable,
  input  wire logic [AddressWidth-1:0] write_address,
  input  wire logic [Width-1:0]        write_data,
  input  wire logic                    read_enable,
  input  wire logic [AddressWidth-1:0] read_address,
  output logic [Width-1:0]             read_data
);
  logic [ReadLatency-1:0][Width-1:0] stage_q;

  // An attribute takes no parameter, hence a branch for each memory.
  if (Style == "ultra") begin : gen_ultra
    (* ram_style = "ultra" *) logic [Width-1:0] storage[Depth];

`ifndef SYNTHESIS
    // UltraRAM begins as zero by itself.
    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;
`endif

    always @(posedge clk) begin
      if (write_enable) storage[write_address] <= write_data;
      if (read_enable) stage_q[0] <= storage[read_address];
    end
  end else if (Style == "distributed") begin : gen_distributed
    (* ram_style = "distributed" *) logic [Width-1:0] storage[Depth];

    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;

    always @(posedge clk) begin
      if (write_enable) storage[write_address] <= write_data;
      if (read_enable) stage_q[0] <= storage[read_address];
    end
  end else begin : gen_block
    (* ram_style = "block" *) logic [Width-1:0] storage[Depth];

    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;

    always @(posedge clk) begin
      if (write_enable) storage[write_address] <= write_data;
      if (read_enable) stage_q[0] <= storage[read_address];
    end
  end

  for (genvar s = 1; s < ReadLatency; s++) begin : gen_stage
    always_ff @(posedge clk) stage_q[s] <= stage_q[s-1];
  end

  assign read_data = stage_q[ReadLatency-1];

endmodule

`default_nettype wire
