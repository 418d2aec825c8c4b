`default_nettype none

// Bank of 64-bit counters in RAM: Depth entries of Adders counters each.
//
// `add_valid` adds `add_value` to the entry's counters: one add a clock without end, also to the
// same entry back to back; none is ever lost.
// A read never waits for adds: `read_valid` follows `read_request` by 2 * ReadLatency + 1 clocks,
// and `read_data` stays until the next read. It counts exactly the adds that came ReadLatency + 2
// or more clocks before the request, in all counters of the entry alike. One read at a time: the
// next request comes after `read_valid`.
// Contents begin as zero and outlive `rst`, which only loses the adds of the last clocks before it.
module counter_ram #(
  parameter int unsigned Depth = 2048,
  parameter int unsigned Adders = 2,
  parameter int unsigned ReadLatency = 2,
  parameter string Style = "block",
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  wire logic                    clk,
  input  wire logic                    rst,
  input  wire logic                    add_valid,
  input  wire logic [IndexWidth-1:0]   add_index,
  input  wire logic [Adders-1:0][15:0] add_value,
  input  wire logic                    read_request,
  input  wire logic [IndexWidth-1:0]   read_index,
  output logic                         read_valid,
  output logic [Adders-1:0][63:0]      read_data
);
  // The high half sees a carry this much later than the low half saw the add, so it is read later
  // too.
  localparam int unsigned Skew = ReadLatency + 1;
  localparam int unsigned ReadClocks = Skew + ReadLatency;

  logic [ReadClocks:1] reading_q;
  logic [Skew:1][IndexWidth-1:0] add_index_q;
  logic [Skew:1][IndexWidth-1:0] read_index_q;

  always_ff @(posedge clk) begin
    reading_q <= rst ? '0 : {reading_q[ReadClocks-1:1], read_request};
    add_index_q[1] <= add_index;
    read_index_q[1] <= read_index;
    for (int unsigned s = 2; s <= Skew; s++) begin
      add_index_q[s] <= add_index_q[s-1];
      read_index_q[s] <= read_index_q[s-1];
    end
  end

  assign read_valid = reading_q[ReadClocks];

  for (genvar a = 0; a < Adders; a++) begin : gen_counter
    logic carry;
    logic overflow;

    counter_slice #(
        .Width(32),
        .AddendWidth(16),
        .Depth(Depth),
        .ReadLatency(ReadLatency),
        .Style(Style)
    ) u_low (
        .clk,
        .rst,
        .add_valid,
        .add_index,
        .add_value(add_value[a]),
        .carry,
        .read_enable(read_request),
        .read_index,
        .read_data(read_data[a][31:0])
    );

    counter_slice #(
        .Width(32),
        .AddendWidth(1),
        .Depth(Depth),
        .ReadLatency(ReadLatency),
        .Style(Style)
    ) u_high (
        .clk,
        .rst,
        .add_valid(carry),
        .add_index(add_index_q[Skew]),
        .add_value(1'b1),
        .carry(overflow),
        .read_enable(reading_q[Skew]),
        .read_index(read_index_q[Skew]),
        .read_data(read_data[a][63:32])
    );

`ifndef SYNTHESIS
    always_ff @(posedge clk) if (!rst) no_overflow: assert (!overflow);
`endif
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk)
    if (!rst) one_read: assert (!read_request || reading_q[ReadClocks-1:1] == '0);
`endif

endmodule

`default_nettype wire
