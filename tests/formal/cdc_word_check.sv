// Properties of cdc_word for any two clocks: every word arrives once, whole, in order.
// Both sides are in reset together for a few clocks and leave it in any order.
`default_nettype none

module cdc_word_check (
    input wire       src_clk,
    input wire       src_rst,
    input wire       src_valid,
    input wire [1:0] src_data,
    input wire       dst_clk,
    input wire       dst_rst,
    input wire       dst_ready,
    // Choices of the solver: when a side leaves its reset.
    input wire       src_may_leave,
    input wire       dst_may_leave
);
  logic src_ready;
  logic dst_valid;
  logic [1:0] dst_data;

  cdc_word #(
      .Data(logic [1:0])
  ) u_word (
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

  logic [1:0] sent_data;
  logic sent_q;
  logic arrived_q;
  // Words that arrived, up to 3.
  logic [1:0] words = '0;

  always_ff @(posedge src_clk) begin
    if (src_valid && src_ready) begin
      sent_data <= src_data;
      sent_q <= !sent_q;
    end
    if (src_rst) sent_q <= 1'b0;
  end

  always_ff @(posedge dst_clk) begin
    if (dst_valid && dst_ready) begin
      arrived_q <= !arrived_q;
      if (words != '1) words <= words + 1'b1;
    end
    if (dst_rst) begin
      arrived_q <= 1'b0;
      words <= '0;
    end
  end

  once: assert property (@(posedge dst_clk) dst_rst || !dst_valid || sent_q != arrived_q);
  whole: assert property (@(posedge dst_clk) dst_rst || !dst_valid || dst_data == sent_data);
  one_at_a_time: assert property (@(posedge src_clk) src_rst || !src_ready || sent_q == arrived_q);
  arrives: cover property (@(posedge dst_clk) words == 1);
endmodule

`default_nettype wire
