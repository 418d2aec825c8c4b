// Properties of csr_write_channel with address, word and response each at its own pace: every write is
// carried out once, its word with its address, in order, or refused; it is answered once, not before
// that, and as done only if it was; an answer stays until it is taken; what is written is not taken
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
    input wire       register_bvalid,
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
  logic register_awvalid;
  logic [11:0] register_awaddr;
  logic register_wvalid;
  logic [31:0] register_wdata;
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
      .s_axil_awvalid(awvalid),
      .s_axil_awready(awready),
      .s_axil_awaddr(awaddr),
      .s_axil_wvalid(wvalid),
      .s_axil_wready(wready),
      .s_axil_wdata(wdata),
      .s_axil_wstrb(4'hf),
      .s_axil_bvalid(bvalid),
      .s_axil_bready(bready),
      .s_axil_bresp(bresp),
      .register_awvalid,
      .register_awready(register_ready && !in_registers),
      .register_awaddr,
      .register_wvalid,
      .register_wready(register_ready && !in_registers),
      .register_wdata,
      .register_wstrb(),
      .register_bvalid(register_bvalid && in_registers),
      .register_bready(),
      .register_bresp(2'd0),
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
  logic done_q;                  // a write was carried out in the clock before
  logic [2:0] posted_number;
  logic [2:0] open_addresses;  // taken and not answered
  logic [2:0] open_words;

  assign to_register = register_awvalid && register_wvalid && register_ready && !in_registers;
  assign to_post = posted_valid && posted_ready;
  assign posted_number = posted_host ? posted_index[4:2] : posted_index[2:0];
  assign open_addresses = addresses - answered;
  assign open_words = words - answered;

  always_ff @(posedge clk) begin
    bvalid_q <= bvalid;
    bready_q <= bready;
    done_q <= to_post || (register_bvalid && in_registers);
    if (awvalid && awready) addresses <= addresses + 3'd1;
    if (wvalid && wready) words <= words + 3'd1;
    if (to_register) in_registers <= 1'b1;
    else if (register_bvalid) in_registers <= 1'b0;
    if (bvalid && bready) answered <= answered + 3'd1;
    if (rst) begin
      addresses <= 3'd0;
      words <= 3'd0;
      answered <= 3'd0;
      in_registers <= 1'b0;
      bvalid_q <= 1'b0;
      done_q <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (started && !rst) begin
      register_pairs: assert (!to_register || register_awaddr[4:2] == register_wdata[2:0]);
      posted_pairs: assert (!to_post || posted_number == posted_data[2:0]);
      one_at_a_time: assert (!(to_register && to_post));
      answers_what_was_taken: assert (!bvalid || (open_addresses != '0 && open_words != '0));
      few_are_taken: assert (open_addresses <= 3'd4 && open_words <= 3'd4);
      none_is_lost: assert (!(posted_valid && (core_lost || (!posted_host && !writable))));
      done_is_done: assert (!bvalid || (bvalid_q && !bready_q) || bresp != '0 || done_q);
      answer_stays: assert (!(bvalid_q && !bready_q) || bvalid);
    end
  end

  covered_two: cover property (@(posedge clk) started && answered == 3'd2 && bvalid);
endmodule

`default_nettype wire
