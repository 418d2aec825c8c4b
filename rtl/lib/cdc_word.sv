`default_nettype none

// Carries a word from one clock to another by a four-phase request and acknowledge.
//
// Handshake: valid/ready on both sides. `src_ready` falls when a word is taken and rises when the
// destination has handed it on, about 3 clocks of each side later. `dst_valid` stays until
// `dst_ready`; `dst_data` is a source register, stable all the while.
// Both sides must be in reset together for 3 clocks of each; then they may be released at different
// times: a word sent to a side still in reset waits. Request and
// acknowledge are levels, so a reset of one side alone may lose or repeat a word but never hangs.
module cdc_word #(
  parameter type Data = logic
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
  Data word_q;
  logic request_q;
  logic request;
  logic acknowledge_q;
  logic acknowledge;

  cdc_sync u_request (
      .clk(dst_clk),
      .in_level(request_q),
      .out_level(request)
  );

  cdc_sync u_acknowledge (
      .clk(src_clk),
      .in_level(acknowledge_q),
      .out_level(acknowledge)
  );

  assign src_ready = !request_q && !acknowledge;
  assign dst_valid = request && !acknowledge_q;
  assign dst_data = word_q;

  always_ff @(posedge src_clk) begin
    if (src_valid && src_ready) begin
      word_q <= src_data;
      request_q <= 1'b1;
    end else if (acknowledge) begin
      request_q <= 1'b0;
    end
    if (src_rst) request_q <= 1'b0;
  end

  always_ff @(posedge dst_clk) begin
    if (!request) acknowledge_q <= 1'b0;
    else if (dst_ready) acknowledge_q <= 1'b1;
    if (dst_rst) acknowledge_q <= 1'b0;
  end

endmodule

`default_nettype wire
