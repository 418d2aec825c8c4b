// First-word-fall-through FIFO in LUT RAM with an output register.
//
// Handshake: valid/ready on both sides; a word passes in a clock with both. `in_ready`, `out_valid`,
// `out_data` and `count` come from registers; `out_ready` reaches the output register and the
// counters only. One word a clock.
// Latency: 1 clock. When nothing is stored, a word goes straight into the output register.
// Full: `in_ready` falls at Depth + 1 words (Depth in the RAM, one in the output register).
// The registers that steer the output are replicated for every 128 bits of data.
`default_nettype none

module fifo_fwft #(
    parameter type Data = logic,
    parameter int unsigned Depth = 16,
    localparam int unsigned CountWidth = $clog2(Depth + 2)
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   in_valid,
    output logic                  in_ready,
    input  wire  Data             in_data,
    output logic                  out_valid,
    input  wire                   out_ready,
    output Data                   out_data,
    output logic [CountWidth-1:0] count
);
  localparam int unsigned Width = $bits(Data);
  localparam int unsigned SliceWidth = 128;
  localparam int unsigned Slices = (Width + SliceWidth - 1) / SliceWidth;
  localparam int unsigned AddressWidth = Depth > 1 ? $clog2(Depth) : 1;
  localparam logic [AddressWidth-1:0] LastAddress = AddressWidth'(Depth - 1);

  logic [AddressWidth-1:0] write_address_q;
  logic [AddressWidth-1:0] read_address_q;
  logic [CountWidth-1:0] count_q;
  logic in_ready_q;
  // One bit a slice, all equal: the output register holds a word; the RAM holds a word.
  (* keep = "true" *) logic [Slices-1:0] valid_q;
  (* keep = "true" *) logic [Slices-1:0] stored_q;

  logic push;
  logic pop;
  logic write;
  logic read;
  logic valid_d;
  logic stored_d;
  logic in_ready_d;

  assign push = in_valid && in_ready_q;
  assign pop = valid_q[0] && out_ready;
  assign write = push && (stored_q[0] || (valid_q[0] && !out_ready));
  assign read = stored_q[0] && (!valid_q[0] || out_ready);

  // The comparisons use the count before this clock, so that push and pop enter in the last level.
  assign valid_d = push || (valid_q[0] && !(pop && count_q == CountWidth'(1'b1)));
  assign stored_d = (push == pop) ? stored_q[0]
                  : push ? (count_q != '0) : (count_q > CountWidth'(2'd2));
  assign in_ready_d = (push == pop) ? in_ready_q
                    : pop || (count_q != CountWidth'(Depth));

  always_ff @(posedge clk) begin
    if (write) write_address_q <= (write_address_q == LastAddress) ? '0 : write_address_q + 1'b1;
    if (read) read_address_q <= (read_address_q == LastAddress) ? '0 : read_address_q + 1'b1;
    if (push != pop) count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
    in_ready_q <= in_ready_d;
    valid_q <= {Slices{valid_d}};
    stored_q <= {Slices{stored_d}};
    if (rst) begin
      write_address_q <= '0;
      read_address_q <= '0;
      count_q <= '0;
      in_ready_q <= 1'b1;
      valid_q <= '0;
      stored_q <= '0;
    end
  end

  logic [Width-1:0] in_word;
  logic [Width-1:0] out_word_q;

  assign in_word = in_data;

  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    localparam int unsigned Low = s * SliceWidth;
    localparam int unsigned Bits = (Width - Low < SliceWidth) ? Width - Low : SliceWidth;

    (* ram_style = "distributed" *) logic [Bits-1:0] storage[Depth];

    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;

    always_ff @(posedge clk) begin
      if (write) storage[write_address_q] <= in_word[Low+:Bits];
      if (!valid_q[s] || out_ready) begin
        out_word_q[Low+:Bits] <= stored_q[s] ? storage[read_address_q] : in_word[Low+:Bits];
      end
    end
  end

  assign in_ready = in_ready_q;
  assign out_valid = valid_q[0];
  assign out_data = Data'(out_word_q);
  assign count = count_q;
endmodule

`default_nettype wire
