`default_nettype none

// First-word-fall-through FIFO in LUT RAM with an output register.
//
// Handshake: valid/ready on both sides; a word passes in a clock with both. `in_ready`,
// `out_valid`, `out_data` and `count` come from registers; `out_ready` reaches the output register
// and the counters only. One word a clock.
// Latency: 1 clock. When nothing is stored, a word goes straight into the output register.
// Full: `in_ready` falls at Depth + 1 words (Depth in the RAM, one in the output register).
// The registers that steer the output are replicated for every 128 bits of data, or fewer if Depth
// is more than 64: a deep RAM has many primitives for each bit.
module fifo_fwft #(
  parameter type Data = logic,
  parameter int unsigned Depth = 16,
  localparam int unsigned CountWidth = $clog2(Depth + 2)
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
  localparam int unsigned SliceWidth = Depth > 64 ? 8192 / Depth : 128;
  localparam int unsigned Slices = (Width + SliceWidth - 1) / SliceWidth;
  localparam int unsigned AddressWidth = Depth > 1 ? $clog2(Depth) : 1;
  localparam logic [AddressWidth-1:0] LastAddress = AddressWidth'(Depth - 1);

  logic [AddressWidth-1:0] write_address_q;
  logic [CountWidth-1:0] count_q;
  logic in_ready_q;
  // The output register holds a word; the RAM holds a word, and where the oldest is.
  (* keep = "true" *) logic valid_q;
  (* keep = "true" *) logic stored_q;
  (* keep = "true" *) logic [AddressWidth-1:0] read_address_q;

  logic push;
  logic pop;
  logic write;
  logic read;
  logic valid_d;
  logic stored_d;
  logic in_ready_d;
  logic [AddressWidth-1:0] read_address_d;

  assign push = in_valid && in_ready_q;
  assign pop = valid_q && out_ready;
  assign write = push && (stored_q || (valid_q && !out_ready));
  // Something is stored only behind a word in the output register.
  assign read = stored_q && out_ready;

  // These comparisons use the count before this clock: push and pop enter in the last level.
  assign in_ready_d = (push == pop) ? in_ready_q
                    : pop || (count_q != CountWidth'(Depth));

  // What is replicated takes its reset as data: synthesis would merge the copies of a reset
  // register.
  always_comb begin
    read_address_d = read_address_q;
    if (read) read_address_d = (read_address_q == LastAddress) ? '0 : read_address_q + 1'b1;
    valid_d = push || (valid_q && !(pop && count_q == CountWidth'(1'b1)));
    stored_d = (push == pop) ? stored_q : push ? valid_q : (count_q > CountWidth'(2'd2));
    read_address_d &= {AddressWidth{!rst}};
    valid_d &= !rst;
    stored_d &= !rst;
  end

  always_ff @(posedge clk) begin
    if (write) write_address_q <= (write_address_q == LastAddress) ? '0 : write_address_q + 1'b1;
    if (push != pop) count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
    in_ready_q <= in_ready_d;
    valid_q <= valid_d;
    stored_q <= stored_d;
    read_address_q <= read_address_d;
    if (rst) begin
      write_address_q <= '0;
      count_q <= '0;
      in_ready_q <= 1'b1;
    end
  end

  logic [Width-1:0] in_word;
  logic [Width-1:0] out_word_q;

  assign in_word = in_data;

  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    localparam int unsigned Low = s * SliceWidth;
    localparam int unsigned Bits = (Width - Low < SliceWidth) ? Width - Low : SliceWidth;

    (* ram_style = "distributed" *) logic [Bits-1:0] storage[Depth];

    logic slice_valid;
    logic slice_stored;
    logic [AddressWidth-1:0] slice_address;

    if (s == 0) begin : gen_original
      assign slice_valid = valid_q;
      assign slice_stored = stored_q;
      assign slice_address = read_address_q;
    end else begin : gen_copy
      (* keep = "true" *) logic copy_valid_q;
      (* keep = "true" *) logic copy_stored_q;
      (* keep = "true" *) logic [AddressWidth-1:0] copy_address_q;

      always_ff @(posedge clk) begin
        copy_valid_q <= valid_d;
        copy_stored_q <= stored_d;
        copy_address_q <= read_address_d;
      end

      assign slice_valid = copy_valid_q;
      assign slice_stored = copy_stored_q;
      assign slice_address = copy_address_q;
    end

    initial for (int unsigned i = 0; i < Depth; i++) storage[i] = '0;

    always @(posedge clk) begin
      if (write) storage[write_address_q] <= in_word[Low+:Bits];
      if (!slice_valid || out_ready) begin
        out_word_q[Low+:Bits] <= 'x;
        if (slice_stored) out_word_q[Low+:Bits] <= storage[slice_address];
        else if (in_valid) out_word_q[Low+:Bits] <= in_word[Low+:Bits];
      end
    end
  end

  assign in_ready = in_ready_q;
  assign out_valid = valid_q;
  assign out_data = Data'(out_word_q);
  assign count = count_q;

endmodule

`default_nettype wire
