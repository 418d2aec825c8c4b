`default_nettype none

// FIFO between two unrelated clocks, with Gray-coded pointers, in LUT RAM. Depth is a power of two.
//
// Handshake: valid/ready on both sides; a word passes in a clock with both. One word a clock of the
// slower side for Depth of 8 or more.
// Latency: 1 clock of the source, 2 to 3 of the destination, 1 more for the output register.
// Full: `src_ready` falls when Depth words wait; one more may be in the output register.
// The two resets must overlap for 4 clocks of the slower side and may be released in any order.
module fifo_async #(
  parameter type Data = logic,
  parameter int unsigned Depth = 16
) (
  input  wire logic src_clk,
  input  wire logic src_rst,
  input  wire logic src_valid,
  output logic      src_ready,
  input  wire Data  src_data,
  input  wire logic dst_clk,
  input  wire logic dst_rst,
  output logic      dst_valid,
  input  wire logic dst_ready,
  output Data       dst_data
);
  localparam int unsigned AddressWidth = $clog2(Depth);
  localparam int unsigned PointerWidth = AddressWidth + 1;
  // Full: the pointers are Depth apart, which in Gray code turns the two highest bits.
  localparam logic [PointerWidth-1:0] Wrap = PointerWidth'(3) << (AddressWidth - 1);

  (* ram_style = "distributed" *) logic [$bits(Data)-1:0] storage[Depth];

  initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;

  logic [PointerWidth-1:0] write_q;
  logic [PointerWidth-1:0] write_d;
  logic [PointerWidth-1:0] write_gray_q;
  logic [PointerWidth-1:0] write_gray_seen;
  logic [PointerWidth-1:0] read_q;
  logic [PointerWidth-1:0] read_d;
  logic [PointerWidth-1:0] read_gray_q;
  logic [PointerWidth-1:0] read_gray_seen;

  cdc_sync #(
      .Width(PointerWidth)
  ) u_read_pointer (
      .clk(src_clk),
      .in_level(read_gray_q),
      .out_level(read_gray_seen)
  );

  cdc_sync #(
      .Width(PointerWidth)
  ) u_write_pointer (
      .clk(dst_clk),
      .in_level(write_gray_q),
      .out_level(write_gray_seen)
  );

  logic push;

  assign src_ready = write_gray_q != (read_gray_seen ^ Wrap);
  assign push = src_valid && src_ready;
  assign write_d = write_q + 1'b1;

  always @(posedge src_clk) begin
    if (push) begin
      storage[write_q[AddressWidth-1:0]] <= src_data;
      write_q <= write_d;
      write_gray_q <= write_d ^ (write_d >> 1);
    end
    if (src_rst) begin
      write_q <= '0;
      write_gray_q <= '0;
    end
  end

  logic take;

  assign take = read_gray_q != write_gray_seen && (!dst_valid || dst_ready);
  assign read_d = read_q + 1'b1;

  always_ff @(posedge dst_clk) begin
    if (take) begin
      dst_data <= Data'(storage[read_q[AddressWidth-1:0]]);
      read_q <= read_d;
      read_gray_q <= read_d ^ (read_d >> 1);
    end
    if (take) dst_valid <= 1'b1;
    else if (dst_ready) dst_valid <= 1'b0;
    if (dst_rst) begin
      read_q <= '0;
      read_gray_q <= '0;
      dst_valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
