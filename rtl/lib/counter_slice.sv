`default_nettype none

// Digits of a bank of wide counters: Depth counters of Width bits, added to in a pipeline.
//
// One add a clock, also to the same entry back to back. `carry` tells that an add passed the
// highest digit, so that the next higher slice has to add one; it follows `add_valid` by
// ReadLatency + 1 clocks.
// `read_data` follows `read_enable` by ReadLatency clocks and stays until the next read; it counts
// every add that came at least ReadLatency + 2 clocks before `read_enable`.
// Contents begin as zero and outlive `rst`, which only stops the adds under way.
module counter_slice #(
  parameter int unsigned Width = 32,
  parameter int unsigned AddendWidth = 16,
  parameter int unsigned Depth = 2048,
  parameter int unsigned ReadLatency = 2,
  parameter string Style = "block",
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic                   add_valid,
  input  wire logic [IndexWidth-1:0]  add_index,
  input  wire logic [AddendWidth-1:0] add_value,
  output logic                        carry,
  input  wire logic                   read_enable,
  input  wire logic [IndexWidth-1:0]  read_index,
  output logic [Width-1:0]            read_data
);
  // An add meets the sums of as many adds before it that its own read was too early to see.
  localparam int unsigned Unseen = ReadLatency + 1;
  localparam int unsigned OriginWidth = $clog2(Unseen + 1);
  localparam int unsigned Stages = ReadLatency + Unseen;

  // Stage 0 is the input; stage ReadLatency has the old count and makes the sum, which is written
  // one stage later; the others keep the sums for those that come behind.
  logic [Stages-1:0] valid;
  logic [Stages-1:1] valid_q;
  logic [Stages-1:0][IndexWidth-1:0] index;
  logic [Stages-1:1][IndexWidth-1:0] index_q;
  logic [ReadLatency:1][AddendWidth-1:0] value_q;
  logic [Unseen:1][Width-1:0] sum_q;
  logic carry_q;

  // What the add continues from: the stored count, or the k-th newest sum for k of 1 and more.
  // Encoded, so that with a latency of 2 the choice is one LUT.
  logic [OriginWidth-1:0] origin_d;
  logic [OriginWidth-1:0] origin_q;

  logic [Width-1:0] stored;
  logic [Width-1:0] before_add;
  logic [Width:0] sum;

  assign valid = {valid_q, add_valid};

  always_comb begin
    index[0] = add_index;
    for (int unsigned s = 1; s < Stages; s++) index[s] = index_q[s];
  end

  always_comb begin
    origin_d = 'x;
    if (valid[ReadLatency-1]) begin
      origin_d = '0;
      for (int unsigned k = Unseen; k >= 1; k--) begin
        if (valid[ReadLatency+k-1] && index[ReadLatency+k-1] == index[ReadLatency-1]) begin
          origin_d = OriginWidth'(k);
        end
      end
    end
  end

  always_comb begin
    before_add = 'x;
    sum = 'x;
    if (valid[ReadLatency]) begin
      before_add = stored;
      for (int unsigned k = 1; k <= Unseen; k++) begin
        if (origin_q == OriginWidth'(k)) before_add = sum_q[k];
      end
      sum = {1'b0, before_add} + (Width + 1)'(value_q[ReadLatency]);
    end
  end

  initial valid_q = '0;

  // Without an add in any stage nothing that stands in them matters.
  always @(posedge clk) begin
    valid_q <= rst ? '0 : valid[Stages-2:0];
    if (valid != '0) begin
      for (int unsigned s = 1; s < Stages; s++) index_q[s] <= index[s-1];
      value_q[1] <= add_value;
      for (int unsigned s = 2; s <= ReadLatency; s++) value_q[s] <= value_q[s-1];
      origin_q <= origin_d;
      {carry_q, sum_q[1]} <= sum;
      for (int unsigned k = 2; k <= Unseen; k++) sum_q[k] <= sum_q[k-1];
    end
  end

  // The same contents twice: for the adds and for the reads, neither of which waits for the other.
  ram_sdp #(
      .Width(Width),
      .Depth(Depth),
      .ReadLatency(ReadLatency),
      .Style(Style)
  ) u_adds (
      .clk,
      .write_enable(valid[ReadLatency+1]),
      .write_address(index[ReadLatency+1]),
      .write_data(sum_q[1]),
      .read_enable(add_valid),
      .read_address(add_index),
      .read_data(stored)
  );

  ram_sdp #(
      .Width(Width),
      .Depth(Depth),
      .ReadLatency(ReadLatency),
      .Style(Style)
  ) u_reads (
      .clk,
      .write_enable(valid[ReadLatency+1]),
      .write_address(index[ReadLatency+1]),
      .write_data(sum_q[1]),
      .read_enable,
      .read_address(read_index),
      .read_data
  );

  assign carry = valid[ReadLatency+1] && carry_q;

endmodule

`default_nettype wire
