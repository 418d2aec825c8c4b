`default_nettype none

// Write channels of the bus: sends a write to the registers, to the buckets or to the registers of
// the host port, or refuses it.
//
// Address and data are taken each for itself, two of each at most before they are carried out, and
// two answers wait at most: nothing but registers stands behind the pins. Address and data go on
// together, in the clock in which the target takes them; the next one when there is room for its
// answer and no register is being written. Writes of buckets and of the host port are posted, they
// end when posted_ready took them: one a clock, their answer in the next clock. A register write ends
// with register_done. SLVERR: no such register or bucket, part of a posted word, the way to the core
// is in reset (core_lost), or buckets are not to be written (writable). A posted write to a register
// that the host port does not have is ignored.

module csr_write_channel
  import axi_pkg::*;
  import csr_pkg::*;
#(
  parameter int unsigned BucketsLog2 = 17
) (
  input  wire logic        clk,
  input  wire logic        rst,
  // The bus.
  input  wire logic        aw_valid,
  output logic             aw_ready,
  input  wire logic [19:0] aw_addr,
  input  wire logic        w_valid,
  output logic             w_ready,
  input  wire logic [31:0] w_data,
  input  wire logic [3:0]  w_strb,
  output logic             b_valid,
  input  wire logic        b_ready,
  output logic [1:0]       b_resp,
  // Registers.
  output logic             register_valid,
  input  wire logic        register_ready,
  output register_write_t  register_write,
  input  wire logic        register_done,
  input  wire logic        register_error,
  // The core.
  output logic             posted_valid,
  input  wire logic        posted_ready,
  output logic             posted_host,   // for the host port, else for a bucket
  output logic [23:0]      posted_index,  // byte address in the host port, number of the bucket
  output logic [31:0]      posted_data,
  input  wire logic        core_lost,
  input  wire logic        writable
);

  typedef struct packed {
    logic [3:0]  strobe;
    logic [31:0] data;
  } word_t;

  logic        offered, to_registers, to_host, to_buckets, taken, refused;
  logic        address_valid, word_valid;
  logic [19:0] address;
  word_t       word;
  logic        in_registers_q;
  logic        answer_valid, answer_ready;
  logic [1:0]  answer;

  fifo_fwft #(.Data(logic [19:0]), .Depth(1)) u_addresses (
    .clk, .rst, .in_valid(aw_valid), .in_ready(aw_ready), .in_data(aw_addr),
    .out_valid(address_valid), .out_ready(taken), .out_data(address), .count()
  );

  fifo_fwft #(.Data(word_t), .Depth(1)) u_words (
    .clk, .rst, .in_valid(w_valid), .in_ready(w_ready),
    .in_data('{strobe: w_strb, data: w_data}), .out_valid(word_valid), .out_ready(taken),
    .out_data(word), .count()
  );

  fifo_fwft #(.Data(logic [1:0]), .Depth(1)) u_answers (
    .clk, .rst, .in_valid(answer_valid), .in_ready(answer_ready), .in_data(answer),
    .out_valid(b_valid), .out_ready(b_ready), .out_data(b_resp), .count()
  );

  // The bucket window is the upper half of the address space.
  assign offered = address_valid && word_valid && !in_registers_q && answer_ready;
  assign to_registers = address[19:12] == '0;
  assign to_buckets = address[19] && {1'b0, address[18:2]} < (18'd1 << BucketsLog2)
      && word.strobe == '1;
  assign to_host = address[19:12] == 8'd1 && word.strobe == '1;

  assign register_valid = offered && to_registers;
  assign register_write = '{address: address[11:0], data: word.data, strobe: word.strobe};

  assign refused = core_lost || (to_buckets && !writable);
  assign posted_valid = offered && (to_buckets || to_host) && !refused;
  assign posted_host = to_host;
  assign posted_index = to_host ? {12'd0, address[11:2], 2'd0} : 24'(address[BucketsLog2+1:2]);
  assign posted_data = word.data;

  // What is for nobody is taken at once.
  always_comb begin
    taken = offered;
    if (to_registers) taken = offered && register_ready;
    else if ((to_buckets || to_host) && !refused) taken = offered && posted_ready;
  end

  // A register write finds its room still there.
  assign answer_valid = (taken && !to_registers) || (in_registers_q && register_done);
  always_comb begin
    answer = (to_buckets || to_host) && !refused ? RespOkay : RespSlaveError;
    if (in_registers_q) answer = register_error ? RespSlaveError : RespOkay;
  end

  always_ff @(posedge clk) begin
    if (taken) in_registers_q <= to_registers;
    if (in_registers_q && register_done) in_registers_q <= 1'b0;
    if (rst) in_registers_q <= 1'b0;
  end

endmodule

`default_nettype wire
