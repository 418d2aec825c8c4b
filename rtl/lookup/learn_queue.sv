`default_nettype none

// Joins the engines' requests to learn into the one writer (Engines = Ports): a queue per engine,
// round robin, one request a clock but in those of `hold`. A request that finds its queue full is
// left out and counted; the station's next frame asks again.
module learn_queue
  import table_pkg::*;
#(
  parameter int unsigned Engines = 8,
  parameter int unsigned Depth = 16
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire logic               hold,
  input  wire logic [Engines-1:0] in_valid,
  input  wire learn_t             in_request [Engines],
  output logic [Engines-1:0]      skipped,
  output logic                    out_valid,
  output learn_t                  out_request
);

  localparam int unsigned IndexW = $clog2(Engines);

  logic [Engines-1:0] queued, ready, in_ready;
  learn_t             head [Engines];
  logic [IndexW-1:0]  index;
  logic               any;

  for (genvar e = 0; e < Engines; e++) begin : gen_queue
    fifo_fwft #(.Data(learn_t), .Depth(Depth)) u_queue (
      .clk, .rst, .in_valid(in_valid[e]), .in_ready(in_ready[e]), .in_data(in_request[e]),
      .out_valid(queued[e]), .out_ready(ready[e] && !hold), .out_data(head[e]), .count()
    );
  end

  round_robin #(.Inputs(Engines)) u_round_robin (
    .clk, .rst, .request(queued), .advance(!hold), .grant(ready), .grant_index(index),
    .grant_valid(any)
  );

  always_ff @(posedge clk) begin
    out_valid <= any && !hold && !rst;
    out_request <= head[index];
    skipped <= rst ? '0 : in_valid & ~in_ready;
  end

endmodule

`default_nettype wire
