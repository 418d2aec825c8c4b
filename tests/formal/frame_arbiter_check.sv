// Properties of frame_arbiter: one pop at most, allowed ones only; frames are not interleaved;
// after a frame ends its input comes last.
`default_nettype none

module frame_arbiter_check #(
    parameter int unsigned Inputs = 5
) (
    input wire              clk,
    input wire              rst,
    input wire [Inputs-1:0] request,
    input wire [Inputs-1:0] allow,
    input wire [Inputs-1:0] last
);
  logic [Inputs-1:0] pop;

  frame_arbiter #(
      .Inputs(Inputs)
  ) u_arbiter (
      .*
  );

  logic started = 1'b0;
  logic [2:0] watched;
  always_ff @(posedge clk) begin
    started <= 1'b1;
    watched <= watched;
  end
  first_clock_resets: assume property (@(posedge clk) started || rst);
  an_input: assume property (@(posedge clk) watched < Inputs);

  // The input whose frame has begun and not ended; it always has its next beat.
  logic [Inputs-1:0] begun;
  logic [2:0] frames_before;

  always_ff @(posedge clk) begin
    begun <= (begun | pop) & ~(pop & last);
    if (!request[watched] || pop[watched]) frames_before <= '0;
    else if ((pop & last) != 0) frames_before <= frames_before + 1'b1;
    if (rst) begin
      begun <= '0;
      frames_before <= '0;
    end
  end

  never_empty: assume property (@(posedge clk) (begun & ~request) == 0);

  one_pop: assert property (@(posedge clk) disable iff (rst) $onehot0(pop));
  allowed: assert property (@(posedge clk) disable iff (rst) (pop & ~(request & allow)) == 0);
  one_frame: assert property (@(posedge clk) disable iff (rst) $onehot0(begun));
  not_between: assert property (@(posedge clk) disable iff (rst) begun == 0 || (pop & ~begun) == 0);
  busy: assert property (@(posedge clk) disable iff (rst)
                         request == 0 || (allow != '1) || pop != 0);
  fair: assert property (@(posedge clk) disable iff (rst) frames_before < Inputs);
  long_wait: cover property (@(posedge clk) !rst && frames_before == Inputs - 1);
endmodule

`default_nettype wire
