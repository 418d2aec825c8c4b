`default_nettype none

// First-word-fall-through FIFO in block RAM.
//
// Handshake: valid/ready on both sides; a word passes in a clock with both. `in_ready`,
// `out_valid`, `out_data` and `count` come from registers. One word a clock.
// Latency: ReadLatency + 2 clocks when empty (4 with the default): write, read, prefetch register.
// Full: `in_ready` falls when Depth words wait in the RAM; up to Prefetch more wait behind it.
// A read is started only for a word that the prefetch FIFO has room for, so that `out_ready` never
// gates the RAM.
module fifo_ram #(
  parameter type Data = logic,
  parameter int unsigned Depth = 512,
  parameter int unsigned ReadLatency = 2,
  parameter string Style = "block",
  localparam int unsigned Prefetch = 2 * (ReadLatency + 2),
  localparam int unsigned CountWidth = $clog2(Depth + Prefetch + 1)
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             in_valid,
  output logic                  in_ready,
  input  wire Data              in_data,
  output logic                  out_valid,
  input  wire logic             out_ready,
  output Data                   out_data,
  output logic [CountWidth-1:0] count
);
  localparam int unsigned Width = $bits(Data);
  localparam int unsigned AddressWidth = Depth > 1 ? $clog2(Depth) : 1;
  localparam int unsigned StoredWidth = $clog2(Depth + 1);
  localparam int unsigned CreditWidth = $clog2(Prefetch + 1);
  localparam logic [AddressWidth-1:0] LastAddress = AddressWidth'(Depth - 1);

  logic [AddressWidth-1:0] write_address_q;
  logic [AddressWidth-1:0] read_address_q;
  logic [StoredWidth-1:0] stored_q;
  logic [CreditWidth-1:0] credits_q;
  logic [CountWidth-1:0] count_q;
  logic [ReadLatency-1:0] reading_q;

  logic push;
  logic read;
  logic pop;

  assign in_ready = stored_q != StoredWidth'(Depth);
  assign push = in_valid && in_ready;
  assign read = stored_q != '0 && credits_q != '0;
  assign pop = out_valid && out_ready;

  always_ff @(posedge clk) begin
    if (push) write_address_q <= (write_address_q == LastAddress) ? '0 : write_address_q + 1'b1;
    if (read) read_address_q <= (read_address_q == LastAddress) ? '0 : read_address_q + 1'b1;
    if (push != read) stored_q <= push ? stored_q + 1'b1 : stored_q - 1'b1;
    if (pop != read) credits_q <= pop ? credits_q + 1'b1 : credits_q - 1'b1;
    if (push != pop) count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
    reading_q <= ReadLatency'({reading_q, read});
    if (rst) begin
      write_address_q <= '0;
      read_address_q <= '0;
      stored_q <= '0;
      credits_q <= CreditWidth'(Prefetch);
      count_q <= '0;
      reading_q <= '0;
    end
  end

  logic [Width-1:0] read_word;

  ram_sdp #(
      .Width(Width),
      .Depth(Depth),
      .ReadLatency(ReadLatency),
      .Style(Style)
  ) u_ram (
      .clk,
      .write_enable(push),
      .write_address(write_address_q),
      .write_data(in_data),
      .read_enable(read),
      .read_address(read_address_q),
      .read_data(read_word)
  );

  logic prefetch_ready;
  logic [$clog2(Prefetch + 1)-1:0] prefetch_count;

  fifo_fwft #(
      .Data(Data),
      .Depth(Prefetch - 1)
  ) u_prefetch (
      .clk,
      .rst,
      .in_valid(reading_q[ReadLatency-1]),
      .in_ready(prefetch_ready),
      .in_data(Data'(read_word)),
      .out_valid,
      .out_ready,
      .out_data,
      .count(prefetch_count)
  );

  assign count = count_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk)
    if (!rst) begin
      prefetch_room: assert (!reading_q[ReadLatency-1] || prefetch_ready);
      prefetch_counted: assert (CountWidth'(prefetch_count) <= count_q);
    end
`endif

endmodule

`default_nettype wire
