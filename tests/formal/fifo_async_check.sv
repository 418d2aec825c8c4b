// Properties of fifo_async for any two clocks, over the first 36 edges: no word is lost, doubled,
// changed or overtaken. Both sides are in reset together for a few clocks and leave it in any
// order.
`default_nettype none

module fifo_async_check (
    input wire src_clk,
    input wire src_rst,
    input wire src_valid,
    input wire src_data,
    input wire dst_clk,
    input wire dst_rst,
    input wire dst_ready,
    // Choices of the solver: when a side leaves its reset, and which word is watched.
    input wire src_may_leave,
    input wire dst_may_leave,
    input wire mark
);
  localparam int unsigned Depth = 2;

  logic src_ready;
  logic dst_valid;
  logic dst_data;

  fifo_async #(
      .Data(logic),
      .Depth(Depth)
  ) u_fifo (
      .*
  );

  // Clocks that each side has been in reset since both are; 3 of both come before either is
  // released.
  logic src_seen = 1'b0;
  logic dst_seen = 1'b0;
  logic [1:0] src_settled = '0;
  logic [1:0] dst_settled = '0;
  logic src_released = 1'b0;
  logic dst_released = 1'b0;

  always_ff @(posedge src_clk) begin
    src_seen <= 1'b1;
    if (dst_seen && src_settled != '1) src_settled <= src_settled + 1'b1;
    src_released <= !src_rst;
  end

  always_ff @(posedge dst_clk) begin
    dst_seen <= 1'b1;
    if (src_seen && dst_settled != '1) dst_settled <= dst_settled + 1'b1;
    dst_released <= !dst_rst;
  end

  src_reset: assume property (@(posedge src_clk)
                              src_rst == !(src_released || (&src_settled && &dst_settled
                                                            && src_may_leave)));
  dst_reset: assume property (@(posedge dst_clk)
                              dst_rst == !(dst_released || (&src_settled && &dst_settled
                                                            && dst_may_leave)));

  // Words sent and arrived, modulo 8: at most Depth + 1 are under way.
  logic [2:0] sent = '0;
  logic [2:0] arrived = '0;
  logic marked;
  logic marked_data;
  logic [2:0] marked_number;

  always_ff @(posedge src_clk) begin
    if (src_valid && src_ready) begin
      sent <= sent + 1'b1;
      if (mark && !marked) begin
        marked <= 1'b1;
        marked_data <= src_data;
        marked_number <= sent;
      end
    end
    // Watched until its number comes around again.
    if (marked && sent - marked_number == 3'd4) marked <= 1'b0;
    if (src_rst) begin
      sent <= '0;
      marked <= 1'b0;
    end
  end

  always_ff @(posedge dst_clk) begin
    if (dst_valid && dst_ready) arrived <= arrived + 1'b1;
    if (dst_rst) arrived <= '0;
  end

  logic [2:0] under_way;
  assign under_way = sent - arrived;

  no_overflow: assert property (@(posedge src_clk) src_rst || under_way <= Depth + 1);
  not_invented: assert property (@(posedge dst_clk) dst_rst || !dst_valid || under_way != 0);
  order: assert property (@(posedge dst_clk)
                          dst_rst || !dst_valid || !marked || arrived != marked_number
                          || dst_data == marked_data);
  through: cover property (@(posedge dst_clk) !dst_rst && arrived == 1);
endmodule

`default_nettype wire
