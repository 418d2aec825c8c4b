// UltraScale+ primitives that Yosys's library has as black boxes, or in a form that costs Verilator
// too much: trees of multiplexers, or a vector that it takes for a loop.

module LUT2 (output wire O, input wire I0, I1);
  parameter [3:0] INIT = 0;
  assign O = INIT[{I1, I0}];
endmodule

module LUT3 (output wire O, input wire I0, I1, I2);
  parameter [7:0] INIT = 0;
  assign O = INIT[{I2, I1, I0}];
endmodule

module LUT4 (output wire O, input wire I0, I1, I2, I3);
  parameter [15:0] INIT = 0;
  assign O = INIT[{I3, I2, I1, I0}];
endmodule

module LUT5 (output wire O, input wire I0, I1, I2, I3, I4);
  parameter [31:0] INIT = 0;
  assign O = INIT[{I4, I3, I2, I1, I0}];
endmodule

module LUT6 (output wire O, input wire I0, I1, I2, I3, I4, I5);
  parameter [63:0] INIT = 0;
  assign O = INIT[{I5, I4, I3, I2, I1, I0}];
endmodule

// A wire for each carry.
module CARRY4 (
  output wire [3:0] CO,
  output wire [3:0] O,
  input wire CI,
  input wire CYINIT,
  input wire [3:0] DI,
  input wire [3:0] S
);
  wire c0 = CI | CYINIT;
  wire c1 = S[0] ? c0 : DI[0];
  wire c2 = S[1] ? c1 : DI[1];
  wire c3 = S[2] ? c2 : DI[2];
  wire c4 = S[3] ? c3 : DI[3];
  assign O = S ^ {c3, c2, c1, c0};
  assign CO = {c4, c3, c2, c1};
endmodule

// Memories: what is modelled is what Yosys's maps use: no output registers, no cascade, no ECC, no
// initial contents but zero. Where AMD calls a result undefined, a wrong one comes, so that whoever
// relies on it is found out.

// A block RAM of 2^WordsLog2 words of 36 bits. Both clocks are one, or no collision is seen.
module block_ram #(
  parameter WordsLog2 = 10,
  parameter READ_WIDTH_A = 0,
  parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0,
  parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "NO_CHANGE",
  parameter WRITE_MODE_B = "NO_CHANGE",
  parameter [35:0] SRVAL_A = 0,
  parameter [35:0] SRVAL_B = 0
) (
  input wire clk_a,
  input wire clk_b,
  input wire en_a,
  input wire en_b,
  input wire rst_a,
  input wire rst_b,
  input wire [WordsLog2+4:0] addr_a,
  input wire [WordsLog2+4:0] addr_b,
  input wire [3:0] we_a,
  input wire [3:0] we_b,
  input wire [35:0] in_a,   // parity above
  input wire [35:0] in_b,
  output reg [35:0] out_a,
  output reg [35:0] out_b
);
  // Data in the lowest 32 bits of a word, parity above.
  reg [35:0] memory [0:2**WordsLog2-1];
  integer i;
  initial begin
    for (i = 0; i < 2**WordsLog2; i = i + 1) memory[i] = 0;
    out_a = 0;
    out_b = 0;
  end

  // Which bits of a word a port of that width reads or writes at an address.
  function [35:0] lanes(input integer width, input [4:0] low);
    case (width)
      1: lanes = 36'h1 << low;
      2: lanes = 36'h3 << {low[4:1], 1'b0};
      4: lanes = 36'hf << {low[4:2], 2'b0};
      9: lanes = {4'h1 << low[4:3], 32'hff << {low[4:3], 3'b0}};
      18: lanes = low[4] ? 36'hcffff0000 : 36'h30000ffff;
      36: lanes = 36'hfffffffff;
      default: lanes = 0;
    endcase
  endfunction

  function [35:0] placed(input integer width, input [35:0] data);
    case (width)
      1: placed = {4'b0, {32{data[0]}}};
      2: placed = {4'b0, {16{data[1:0]}}};
      4: placed = {4'b0, {8{data[3:0]}}};
      9: placed = {{4{data[32]}}, {4{data[7:0]}}};
      18: placed = {{2{data[33:32]}}, {2{data[15:0]}}};
      default: placed = data;
    endcase
  endfunction

  function [35:0] taken(input integer width, input [4:0] low, input [35:0] word);
    case (width)
      1: taken = {35'b0, word[low]};
      2: taken = {34'b0, word[{low[4:1], 1'b0}+:2]};
      4: taken = {32'b0, word[{low[4:2], 2'b0}+:4]};
      9: taken = {3'b0, word[32 + {4'b0, low[4:3]}], 24'b0, word[{1'b0, low[4:3], 3'b0}+:8]};
      18: taken = low[4] ? {2'b0, word[35:34], 16'b0, word[31:16]} :
                           {2'b0, word[33:32], 16'b0, word[15:0]};
      36: taken = word;
      default: taken = 0;
    endcase
  endfunction

  // Bytes that a port writes: of a narrow one, all.
  function [35:0] enabled(input integer width, input [3:0] we);
    case (width)
      0: enabled = 0;
      18: enabled = {{2{we[1:0]}}, {2{{8{we[1]}}, {8{we[0]}}}}};
      36: enabled = {we, {8{we[3]}}, {8{we[2]}}, {8{we[1]}}, {8{we[0]}}};
      default: enabled = {36{we[0]}};
    endcase
  endfunction

  wire [WordsLog2-1:0] word_a = addr_a[WordsLog2+4:5];
  wire [WordsLog2-1:0] word_b = addr_b[WordsLog2+4:5];
  wire [35:0] write_a = en_a ? lanes(WRITE_WIDTH_A, addr_a[4:0]) & enabled(WRITE_WIDTH_A, we_a) : 0;
  wire [35:0] write_b = en_b ? lanes(WRITE_WIDTH_B, addr_b[4:0]) & enabled(WRITE_WIDTH_B, we_b) : 0;
  wire [35:0] old_a = memory[word_a];
  wire [35:0] old_b = memory[word_b];
  wire [35:0] new_a = placed(WRITE_WIDTH_A, in_a);
  wire [35:0] new_b = placed(WRITE_WIDTH_B, in_b);

  // What one port reads where the other writes: what was there, if that one reads first.
  wire [35:0] spoilt_a = word_a == word_b && WRITE_MODE_B != "READ_FIRST" ? write_b : 0;
  wire [35:0] spoilt_b = word_a == word_b && WRITE_MODE_A != "READ_FIRST" ? write_a : 0;
  wire [35:0] seen_a = WRITE_MODE_A == "WRITE_FIRST" ? old_a & ~write_a | new_a & write_a : old_a;
  wire [35:0] seen_b = WRITE_MODE_B == "WRITE_FIRST" ? old_b & ~write_b | new_b & write_b : old_b;

  // Two ports may write different bits of one word at once.
  wire both = word_a == word_b;
  wire [35:0] next_a = old_a & ~write_a & ~(both ? write_b : 36'b0) | new_a & write_a |
                       (both ? new_b & write_b & ~write_a : 36'b0);
  wire [35:0] next_b = both ? next_a : old_b & ~write_b | new_b & write_b;

  always @(posedge clk_a) begin
    if (write_a != 0) memory[word_a] <= next_a;
    if (en_a && rst_a) out_a <= SRVAL_A;
    else if (en_a && !(WRITE_MODE_A == "NO_CHANGE" && write_a != 0))
      out_a <= taken(READ_WIDTH_A, addr_a[4:0], seen_a ^ spoilt_a);
  end
  always @(posedge clk_b) begin
    if (write_b != 0) memory[word_b] <= next_b;
    if (en_b && rst_b) out_b <= SRVAL_B;
    else if (en_b && !(WRITE_MODE_B == "NO_CHANGE" && write_b != 0))
      out_b <= taken(READ_WIDTH_B, addr_b[4:0], seen_b ^ spoilt_b);
  end
endmodule

module RAMB18E2 #(
  parameter [17:0] INIT_A = 0,
  parameter [17:0] INIT_B = 0,
  parameter [17:0] SRVAL_A = 0,
  parameter [17:0] SRVAL_B = 0,
  parameter READ_WIDTH_A = 0,
  parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0,
  parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "NO_CHANGE",
  parameter WRITE_MODE_B = "NO_CHANGE",
  parameter DOA_REG = 0,
  parameter DOB_REG = 0
) (
  input wire CLKARDCLK,
  input wire CLKBWRCLK,
  input wire ENARDEN,
  input wire ENBWREN,
  input wire ADDRENA,
  input wire ADDRENB,
  input wire REGCEAREGCE,
  input wire REGCEB,
  input wire RSTRAMARSTRAM,
  input wire RSTRAMB,
  input wire RSTREGARSTREG,
  input wire RSTREGB,
  input wire SLEEP,
  input wire [13:0] ADDRARDADDR,
  input wire [13:0] ADDRBWRADDR,
  input wire [1:0] WEA,
  input wire [3:0] WEBWE,
  input wire [15:0] DINADIN,
  input wire [15:0] DINBDIN,
  input wire [1:0] DINPADINP,
  input wire [1:0] DINPBDINP,
  output wire [15:0] DOUTADOUT,
  output wire [15:0] DOUTBDOUT,
  output wire [1:0] DOUTPADOUTP,
  output wire [1:0] DOUTPBDOUTP
);
  localparam Wide = READ_WIDTH_A == 36 || WRITE_WIDTH_B == 36;
  initial if (DOA_REG != 0 || DOB_REG != 0 || INIT_A != 0 || INIT_B != 0) $fatal(1, "not modelled");
  initial if (Wide && (READ_WIDTH_A != 36 || WRITE_WIDTH_B != 36)) $fatal(1, "not modelled");

  // At its full width it has one port to read and one to write.
  wire [35:0] out_a, out_b;
  block_ram #(
    .WordsLog2(9), .READ_WIDTH_A(READ_WIDTH_A), .READ_WIDTH_B(READ_WIDTH_B),
    .WRITE_WIDTH_A(WRITE_WIDTH_A), .WRITE_WIDTH_B(WRITE_WIDTH_B), .WRITE_MODE_A(WRITE_MODE_A),
    .WRITE_MODE_B(WRITE_MODE_B),
    .SRVAL_A(Wide ? {SRVAL_B[17:16], SRVAL_A[17:16], SRVAL_B[15:0], SRVAL_A[15:0]} :
                    {2'b0, SRVAL_A[17:16], 16'b0, SRVAL_A[15:0]}),
    .SRVAL_B({2'b0, SRVAL_B[17:16], 16'b0, SRVAL_B[15:0]})
  ) ram (
    .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .en_a(ENARDEN && ADDRENA), .en_b(ENBWREN && ADDRENB),
    .rst_a(RSTRAMARSTRAM), .rst_b(RSTRAMB), .addr_a(ADDRARDADDR), .addr_b(ADDRBWRADDR),
    .we_a({2'b0, WEA}), .we_b(WEBWE), .in_a({2'b0, DINPADINP, 16'b0, DINADIN}),
    .in_b(Wide ? {DINPBDINP, DINPADINP, DINBDIN, DINADIN} : {2'b0, DINPBDINP, 16'b0, DINBDIN}),
    .out_a(out_a), .out_b(out_b)
  );
  assign DOUTADOUT = out_a[15:0];
  assign DOUTPADOUTP = out_a[33:32];
  assign DOUTBDOUT = Wide ? out_a[31:16] : out_b[15:0];
  assign DOUTPBDOUTP = Wide ? out_a[35:34] : out_b[33:32];
endmodule

module RAMB36E2 #(
  parameter [35:0] INIT_A = 0,
  parameter [35:0] INIT_B = 0,
  parameter [35:0] SRVAL_A = 0,
  parameter [35:0] SRVAL_B = 0,
  parameter READ_WIDTH_A = 0,
  parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0,
  parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "NO_CHANGE",
  parameter WRITE_MODE_B = "NO_CHANGE",
  parameter DOA_REG = 0,
  parameter DOB_REG = 0
) (
  input wire CLKARDCLK,
  input wire CLKBWRCLK,
  input wire ENARDEN,
  input wire ENBWREN,
  input wire ADDRENA,
  input wire ADDRENB,
  input wire REGCEAREGCE,
  input wire REGCEB,
  input wire RSTRAMARSTRAM,
  input wire RSTRAMB,
  input wire RSTREGARSTREG,
  input wire RSTREGB,
  input wire SLEEP,
  input wire [14:0] ADDRARDADDR,
  input wire [14:0] ADDRBWRADDR,
  input wire [3:0] WEA,
  input wire [7:0] WEBWE,
  input wire [31:0] DINADIN,
  input wire [31:0] DINBDIN,
  input wire [3:0] DINPADINP,
  input wire [3:0] DINPBDINP,
  output wire [31:0] DOUTADOUT,
  output wire [31:0] DOUTBDOUT,
  output wire [3:0] DOUTPADOUTP,
  output wire [3:0] DOUTPBDOUTP
);
  localparam Wide = READ_WIDTH_A == 72 || WRITE_WIDTH_B == 72;
  initial if (DOA_REG != 0 || DOB_REG != 0 || INIT_A != 0 || INIT_B != 0) $fatal(1, "not modelled");
  initial if (Wide && (READ_WIDTH_A != 72 || WRITE_WIDTH_B != 72)) $fatal(1, "not modelled");

  // At its full width it has one port to read and one to write: two halves side by side.
  if (Wide) begin : gen_wide
    block_ram #(
      .WordsLog2(9), .READ_WIDTH_A(36), .WRITE_WIDTH_B(36), .WRITE_MODE_A(WRITE_MODE_A),
      .WRITE_MODE_B(WRITE_MODE_B), .SRVAL_A(SRVAL_A)
    ) low (
      .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .en_a(ENARDEN && ADDRENA), .en_b(ENBWREN && ADDRENB),
      .rst_a(RSTRAMARSTRAM), .rst_b(1'b0), .addr_a(ADDRARDADDR[14:1]), .addr_b(ADDRBWRADDR[14:1]),
      .we_a(4'b0), .we_b(WEBWE[3:0]), .in_a(36'b0), .in_b({DINPADINP, DINADIN}),
      .out_a({DOUTPADOUTP, DOUTADOUT}), .out_b()
    );
    block_ram #(
      .WordsLog2(9), .READ_WIDTH_A(36), .WRITE_WIDTH_B(36), .WRITE_MODE_A(WRITE_MODE_A),
      .WRITE_MODE_B(WRITE_MODE_B), .SRVAL_A(SRVAL_B)
    ) high (
      .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .en_a(ENARDEN && ADDRENA), .en_b(ENBWREN && ADDRENB),
      .rst_a(RSTRAMARSTRAM), .rst_b(1'b0), .addr_a(ADDRARDADDR[14:1]), .addr_b(ADDRBWRADDR[14:1]),
      .we_a(4'b0), .we_b(WEBWE[7:4]), .in_a(36'b0), .in_b({DINPBDINP, DINBDIN}),
      .out_a({DOUTPBDOUTP, DOUTBDOUT}), .out_b()
    );
  end else begin : gen_narrow
    block_ram #(
      .WordsLog2(10), .READ_WIDTH_A(READ_WIDTH_A), .READ_WIDTH_B(READ_WIDTH_B),
      .WRITE_WIDTH_A(WRITE_WIDTH_A), .WRITE_WIDTH_B(WRITE_WIDTH_B), .WRITE_MODE_A(WRITE_MODE_A),
      .WRITE_MODE_B(WRITE_MODE_B), .SRVAL_A(SRVAL_A), .SRVAL_B(SRVAL_B)
    ) ram (
      .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .en_a(ENARDEN && ADDRENA), .en_b(ENBWREN && ADDRENB),
      .rst_a(RSTRAMARSTRAM), .rst_b(RSTRAMB), .addr_a(ADDRARDADDR), .addr_b(ADDRBWRADDR),
      .we_a(WEA), .we_b(WEBWE[3:0]), .in_a({DINPADINP, DINADIN}), .in_b({DINPBDINP, DINBDIN}),
      .out_a({DOUTPADOUTP, DOUTADOUT}), .out_b({DOUTPBDOUTP, DOUTBDOUT})
    );
  end
endmodule

// An UltraRAM: port A acts before port B in every clock.
module URAM288 #(
  parameter BWE_MODE_A = "PARITY_INTERLEAVED",
  parameter BWE_MODE_B = "PARITY_INTERLEAVED",
  parameter EN_AUTO_SLEEP_MODE = "FALSE",
  parameter IREG_PRE_A = "FALSE",
  parameter IREG_PRE_B = "FALSE",
  parameter OREG_A = "FALSE",
  parameter OREG_B = "FALSE",
  parameter RST_MODE_A = "SYNC",
  parameter RST_MODE_B = "SYNC",
  parameter [0:0] IS_CLK_INVERTED = 0
) (
  input wire CLK,
  input wire SLEEP,
  input wire EN_A,
  input wire EN_B,
  input wire RDB_WR_A,
  input wire RDB_WR_B,
  input wire RST_A,
  input wire RST_B,
  input wire INJECT_DBITERR_A,
  input wire INJECT_DBITERR_B,
  input wire INJECT_SBITERR_A,
  input wire INJECT_SBITERR_B,
  input wire [22:0] ADDR_A,
  input wire [22:0] ADDR_B,
  input wire [8:0] BWE_A,
  input wire [8:0] BWE_B,
  input wire [71:0] DIN_A,
  input wire [71:0] DIN_B,
  output reg [71:0] DOUT_A,
  output reg [71:0] DOUT_B
);
  initial if (OREG_A != "FALSE" || OREG_B != "FALSE" || IREG_PRE_A != "FALSE" || IREG_PRE_B != "FALSE")
    $fatal(1, "not modelled");
  initial if (IS_CLK_INVERTED) $fatal(1, "not modelled");
  always @(posedge CLK)
    if (RST_A && RST_MODE_A != "SYNC" || RST_B && RST_MODE_B != "SYNC") $fatal(1, "not modelled");

  reg [71:0] memory [0:4095];
  integer i;
  initial begin
    for (i = 0; i < 4096; i = i + 1) memory[i] = 0;
    DOUT_A = 0;
    DOUT_B = 0;
  end

  // Byte enables: eight of data and one of all parity, or eight of a byte and its parity bit each.
  function [71:0] bits(input interleaved, input [8:0] enable);
    bits = {interleaved ? enable[7:0] : {8{enable[8]}}, {8{enable[7]}}, {8{enable[6]}},
            {8{enable[5]}}, {8{enable[4]}}, {8{enable[3]}}, {8{enable[2]}}, {8{enable[1]}},
            {8{enable[0]}}};
  endfunction

  wire [71:0] write_a = EN_A && RDB_WR_A ? bits(BWE_MODE_A == "PARITY_INTERLEAVED", BWE_A) : 0;
  wire [71:0] write_b = EN_B && RDB_WR_B ? bits(BWE_MODE_B == "PARITY_INTERLEAVED", BWE_B) : 0;

  // Blocking, in this order: that is what it promises.
  always @(posedge CLK) begin
    if (EN_A && RST_A) DOUT_A <= 0;
    else if (EN_A && !RDB_WR_A) DOUT_A <= memory[ADDR_A[11:0]];
    if (write_a != 0)
      memory[ADDR_A[11:0]] = memory[ADDR_A[11:0]] & ~write_a | DIN_A & write_a;
    if (EN_B && RST_B) DOUT_B <= 0;
    else if (EN_B && !RDB_WR_B) DOUT_B <= memory[ADDR_B[11:0]];
    if (write_b != 0)
      memory[ADDR_B[11:0]] = memory[ADDR_B[11:0]] & ~write_b | DIN_B & write_b;
  end
endmodule
