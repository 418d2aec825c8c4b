// Properties of counter_slice: for any entry, a read gives exactly the adds that came ReadLatency +
// 2 or more clocks before it, and a carry is told when the watched entry wraps.
`default_nettype none

module counter_slice_check #(
    parameter int unsigned ReadLatency = 2
) (
    input wire clk,
    input wire rst,
    input wire add_valid,
    input wire add_index,
    input wire add_value,
    input wire read_enable
);
  localparam int unsigned Width = 2;

  // Constant, and chosen by the solver: the entry that is watched.
  logic watched;
  logic started = 1'b0;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    watched <= watched;
  end
  first_clock_resets: assume property (@(posedge clk) rst == !started);

  logic carry;
  logic [Width-1:0] read_data;

  counter_slice #(
      .Width(Width),
      .AddendWidth(1),
      .Depth(2),
      .ReadLatency(ReadLatency)
  ) u_slice (
      .clk,
      .rst,
      .add_valid,
      .add_index,
      .add_value,
      .carry,
      .read_enable,
      .read_index(watched),
      .read_data
  );

  // Adds to the watched entry by their age in clocks; the count of those old enough to be read;
  // what reads have seen, by their age.
  logic [ReadLatency+1:1] adding;
  logic [Width-1:0] count = '0;
  logic [ReadLatency:1] reading;
  logic [ReadLatency:1][Width-1:0] seen;
  // Who else added, for the carries that are not of the watched entry.
  logic [ReadLatency+1:1] others;

  always_ff @(posedge clk) begin
    adding <= {adding[ReadLatency:1], add_valid && add_index == watched && add_value};
    others <= {others[ReadLatency:1], add_valid && add_index != watched};
    if (adding[ReadLatency+1]) count <= count + 1'b1;
    reading[1] <= read_enable;
    seen[1] <= count;
    for (int unsigned s = 2; s <= ReadLatency; s++) begin
      reading[s] <= reading[s-1];
      seen[s] <= seen[s-1];
    end
    if (rst) begin
      adding <= '0;
      reading <= '0;
      others <= '0;
      count <= '0;
    end
  end

  exact: assert property (@(posedge clk) disable iff (rst)
                          !reading[ReadLatency] || read_data == seen[ReadLatency]);
  carried: assert property (@(posedge clk) disable iff (rst)
                            others[ReadLatency+1]
                            || carry == (adding[ReadLatency+1] && count == '1));
  wraps: cover property (@(posedge clk) !rst && carry && reading[ReadLatency]
                         && !others[ReadLatency+1]);
endmodule

`default_nettype wire
