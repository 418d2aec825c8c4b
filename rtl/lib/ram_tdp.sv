`default_nettype none

// True dual-port RAM, one clock: port A reads, port B writes or reads.
//
// A: a read starts in every clock; `a_data` comes ReadLatency clocks after `a_address`.
// B: `b_write` writes the lanes that it names, `b_read` reads in a clock without a write; `b_data` comes
// as late, and keeps its word until that of the next read follows.
// A read by A of what B writes in the same clock gives the old word. Contents begin as zero: UltraRAM
// does so by itself, and no tool is asked to fill its many words.
// ReadLatency is 1 (the memory's own register) or more. Style is the memory to use: "ultra" or "block".
module ram_tdp #(
  parameter int unsigned Width = 72,
  parameter int unsigned Depth = 4096,
  parameter int unsigned Lanes = 1,       // parts of a word that are written each for itself
  parameter int unsigned ReadLatency = 2,
  parameter string Style = "block",
  localparam int unsigned AddressWidth = $clog2(Depth)
) (
  input  wire logic                    clk,
  input  wire logic [AddressWidth-1:0] a_address,
  output logic [Width-1:0]             a_data,
  input  wire logic [Lanes-1:0]        b_write,
  input  wire logic                    b_read,
  input  wire logic [AddressWidth-1:0] b_address,
  input  wire logic [Width-1:0]        b_written,
  output logic [Width-1:0]             b_data
);
  localparam int unsigned LaneWidth = Width / Lanes;

  if (LaneWidth * Lanes != Width || ReadLatency < 1) begin : gen_check
    $fatal(1, "ram_tdp: %0d bits are not %0d lanes, or a latency of %0d is none", Width, Lanes,
           ReadLatency);
  end

  logic [ReadLatency-1:0][Width-1:0] a_q;
  logic [ReadLatency-1:0][Width-1:0] b_q;

  // An attribute takes no parameter, hence a branch for each memory.
  if (Style == "ultra") begin : gen_ultra
    (* ram_style = "ultra" *) logic [Width-1:0] storage[Depth];

`ifndef SYNTHESIS
    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;
`endif

    always_ff @(posedge clk) a_q[0] <= storage[a_address];
    always @(posedge clk) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        if (b_write[l])
          storage[b_address][l*LaneWidth+:LaneWidth] <= b_written[l*LaneWidth+:LaneWidth];
      end
      if (b_read && b_write == '0) b_q[0] <= storage[b_address];
    end
  end else begin : gen_block
    (* ram_style = "block" *) logic [Width-1:0] storage[Depth];

`ifndef SYNTHESIS
    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;
`endif

    always_ff @(posedge clk) a_q[0] <= storage[a_address];
    always @(posedge clk) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        if (b_write[l])
          storage[b_address][l*LaneWidth+:LaneWidth] <= b_written[l*LaneWidth+:LaneWidth];
      end
      if (b_read && b_write == '0) b_q[0] <= storage[b_address];
    end
  end

  for (genvar s = 1; s < ReadLatency; s++) begin : gen_stage
    always_ff @(posedge clk) begin
      a_q[s] <= a_q[s-1];
      b_q[s] <= b_q[s-1];
    end
  end

  assign a_data = a_q[ReadLatency-1];
  assign b_data = b_q[ReadLatency-1];

endmodule

`default_nettype wire
