`default_nettype none

// Keeps what a frame may be built of until its verdict comes, builds it, and keeps it until the
// frame whose place it takes is released.
//
// `job_valid` takes a job; no ready: those of the keys that wait or are looked up fit. A verdict
// with `discovery` uses up the oldest, whether something is built or not. Out: valid/ready, the
// beats of a frame in consecutive clocks; the first is there 9 clocks after its verdict.
module build_queue
  import verdict_pkg::*;
(
  input  wire logic     clk,
  input  wire logic     rst,
  input  wire logic     job_valid,
  input  wire job_t     job,
  input  wire logic     verdict_valid,
  input  wire verdict_t verdict,
  output logic          built_valid,
  input  wire logic     built_ready,
  output logic [511:0]  built_data,
  output logic [5:0]    built_empty,
  output logic          built_last
);

  // Keys that wait or are looked up, and those whose orders wait.
  localparam int unsigned Jobs = 64;
  // A queue of keys may be looked up at one a clock; solicitations are built at half of that, as
  // fast as they arrive.
  localparam int unsigned Orders = 32;
  // A built beat stands for a beat at least that is stored.
  localparam int unsigned BuiltBeats = 512;

  // What a verdict wants to be done with its job.
  typedef struct packed {
    logic        build;
    logic        answer;
    logic        router;
    logic [47:0] mac;
  } order_t;

  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
    logic         last;
  } built_t;

  logic   job_ready, waiting_valid, done;
  job_t   waiting;
  logic   order_ready, order_valid, builder_ready;
  order_t order_in, order;
  logic   out_valid, out_ready;
  built_t out_beat, built;

  fifo_fwft #(.Data(job_t), .Depth(Jobs)) u_jobs (
    .clk, .rst, .in_valid(job_valid), .in_ready(job_ready), .in_data(job),
    .out_valid(waiting_valid), .out_ready(done), .out_data(waiting), .count()
  );

  assign order_in = '{build: verdict.build != BuildNone, answer: verdict.build == BuildAnswer,
                      router: verdict.router, mac: verdict.mac};

  fifo_fwft #(.Data(order_t), .Depth(Orders)) u_orders (
    .clk, .rst, .in_valid(verdict_valid && verdict.discovery), .in_ready(order_ready),
    .in_data(order_in), .out_valid(order_valid), .out_ready(done), .out_data(order), .count()
  );

  assign done = order_valid && (builder_ready || !order.build);

  frame_builder u_builder (
    .clk, .rst, .in_valid(order_valid && order.build), .in_ready(builder_ready), .job(waiting),
    .mac(order.mac), .answer(order.answer), .router(order.router), .out_valid,
    .out_data(out_beat.data), .out_empty(out_beat.empty), .out_last(out_beat.last)
  );

  fifo_ram #(.Data(built_t), .Depth(BuiltBeats)) u_built (
    .clk, .rst, .in_valid(out_valid), .in_ready(out_ready), .in_data(out_beat),
    .out_valid(built_valid), .out_ready(built_ready), .out_data(built), .count()
  );

  assign built_data = built.data;
  assign built_empty = built.empty;
  assign built_last = built.last;

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_jobs: assert (!job_valid || job_ready);
  always_ff @(posedge clk)
    if (!rst) a_orders: assert (!(verdict_valid && verdict.discovery) || order_ready);
  always_ff @(posedge clk) if (!rst) a_order_has_job: assert (!order_valid || waiting_valid);
  always_ff @(posedge clk)
    if (!rst) a_build_is_discovery: assert (!verdict_valid || verdict.discovery ||
                                            verdict.build == BuildNone);
  always_ff @(posedge clk) if (!rst) a_built: assert (!out_valid || out_ready);
`endif

endmodule

`default_nettype wire
