// Properties of csr_write_channel with address, word and response each at its own pace: every write is
// carried out once, its word with its address, in order, or refused; it is answered once, not before
// that, and as done if it was and only then; an answer stays until it is taken; what is written is not taken
// without end; nothing is posted to a core that is in reset.
`default_nettype none

module csr_write_channel_check (
    input wire       clk,
    input wire       rst,
    input wire       awvalid,
    input wire       wvalid,
    input wire       bready,
    input wire [1:0] target,
    input wire       posted_ready,
    input wire       register_ready,
    input wire       register_done,
    input wire       core_lost,
    input wire       writable
);
  // A write's number, modulo 8, is in its address and in its word.
  logic [19:0] awaddr;
  logic [31:0] wdata;
  logic awready;
  logic wready;
  logic bvalid;
  logic [1:0] bresp;
  logic register_valid;
  csr_pkg::register_write_t register_write;
  logic posted_valid;
  logic posted_host;
  logic [23:0] posted_index;
  logic [31:0] posted_data;

  logic [2:0] addresses = 3'd0;  // taken, modulo 8
  logic [2:0] words = 3'd0;
  logic [2:0] answered = 3'd0;
  logic in_registers = 1'b0;     // the register block has one that it has not answered

  always_comb begin
    case (target)
      2'd0: awaddr = {8'd0, 7'd0, addresses, 2'd0};          // a register
      2'd1: awaddr = {8'd1, 7'd0, addresses, 2'd0};          // of the host port
      2'd2: awaddr = {1'b1, 14'd0, addresses, 2'd0};         // a bucket
      default: awaddr = {8'd2, 7'd0, addresses, 2'd0};       // nothing
    endcase
    wdata = {29'd0, words};
  end

  csr_write_channel #(
      .BucketsLog2(4)
  ) u_channel (
      .clk,
      .rst,
      .aw_valid(awvalid),
      .aw_ready(awready),
      .aw_addr(awaddr),
      .w_valid(wvalid),
      .w_ready(wready),
      .w_data(wdata),
      .w_strb(4'hf),
      .b_valid(bvalid),
      .b_ready(bready),
      .b_resp(bresp),
      .register_valid,
      .register_ready(register_ready && !in_registers),
      .register_write,
      .register_done(register_done && in_registers),
      .register_error(1'b0),
      .posted_valid,
      .posted_ready,
      .posted_host,
      .posted_index,
      .posted_data,
      .core_lost,
      .writable
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) rst == !started);

  logic to_register;
  logic to_post;
  logic bvalid_q;
  logic bready_q;
  logic [7:0] done = 8'd0;       // these writes were carried out and not answered
  logic [2:0] in_registers_number;
  logic [2:0] posted_number;
  logic [2:0] open_addresses;  // taken and not answered
  logic [2:0] open_words;

  assign to_register = register_valid && register_ready && !in_registers;
  assign to_post = posted_valid && posted_ready;
  assign posted_number = posted_host ? posted_index[4:2] : posted_index[2:0];
  assign open_addresses = addresses - answered;
  assign open_words = words - answered;

  always_ff @(posedge clk) begin
    bvalid_q <= bvalid;
    bready_q <= bready;
    if (to_post) done[posted_data[2:0]] <= 1'b1;
    if (register_done && in_registers) done[in_registers_number] <= 1'b1;
    if (bvalid && bready) done[answered] <= 1'b0;
    if (to_register) in_registers_number <= register_write.data[2:0];
    if (awvalid && awready) addresses <= addresses + 3'd1;
    if (wvalid && wready) words <= words + 3'd1;
    if (to_register) in_registers <= 1'b1;
    else if (register_done) in_registers <= 1'b0;
    if (bvalid && bready) answered <= answered + 3'd1;
    if (rst) begin
      addresses <= 3'd0;
      words <= 3'd0;
      answered <= 3'd0;
      in_registers <= 1'b0;
      bvalid_q <= 1'b0;
      done <= 8'd0;
    end
  end

  always_ff @(posedge clk) begin
    if (started && !rst) begin
      register_pairs: assert (!to_register || register_write.address[4:2] == register_write.data[2:0]);
      posted_pairs: assert (!to_post || posted_number == posted_data[2:0]);
      one_at_a_time: assert (!(to_register && to_post));
      answers_what_was_taken: assert (!bvalid || (open_addresses != '0 && open_words != '0));
      few_are_taken: assert (open_addresses <= 3'd4 && open_words <= 3'd4);
      none_is_lost: assert (!(posted_valid && (core_lost || (!posted_host && !writable))));
      done_is_done: assert (!bvalid || (bresp == '0) == done[answered]);
      answer_stays: assert (!(bvalid_q && !bready_q) || bvalid);
    end
  end

  covered_two: cover property (@(posedge clk) started && answered == 3'd2 && bvalid);
endmodule

`default_nettype wire
