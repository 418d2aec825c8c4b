`default_nettype none

// The one writer of several engines' flow tables (Engines = Ports): what an engine would write is
// decided once more, in one order for all, and goes out to every engine's copy.
//
// A queue of 16 requests for each engine, round robin, one request a clock; a request that finds
// its queue full is left out, and counted as refused if it was an insertion. The writer has a table
// of its own and the keeper beside it. Its operations leave on `next`, and on `bus` a clock later,
// from where all copies are written in the same clock: they are the same in every clock.
// The window: an engine's key whose clock 0 is 11 clocks or more behind that of the key that wrote,
// at whichever port, sees what was written, if nothing waited. Queues that are full make it
// 11 + 16 * Engines clocks, the keeper 1 more for each 33. Keys in that window are answered as
// if the first had not come; of two that would insert the same flow the first here wins, and the
// other's is an ordinary frame of it.
module flow_writer
  import flowswitch_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Engines = 8,
  parameter int unsigned Servers = 1024,
  parameter int unsigned FlowsLog2 = 16,
  parameter string Style = "ultra"
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             enabled,
  input  wire flow_stamp_t      tick,
  input  wire logic             pressure,
  input  wire logic             clear,
  output logic                  ready,
  // tables
  input  wire logic             member_write,
  input  wire member_t          member_index,
  input  wire member_entry_t    member_entry,
  input  wire logic             table_write,
  input  wire logic             table_read,
  input  wire table_access_t    table_access,
  output logic                  read_valid,
  output logic [255:0]          read_data,
  input  wire logic [Ports-1:0] usable,
  // what engines ask for in their clock 12, and what all of them write
  input  wire flow_request_t    request [Engines],
  output flow_op_t              next,
  output flow_op_t              bus
);

  localparam int unsigned IndexW = $clog2(Engines);
  localparam int unsigned Depth = 16;

  // ----------------------------------------------------------------------------------- the queues
  logic [Engines-1:0] queued, grant, in_ready, left_out;
  flow_request_t      head [Engines];
  logic [IndexW-1:0]  index;
  logic               any, hold;

  for (genvar e = 0; e < Engines; e++) begin : gen_queue
    fifo_fwft #(.Data(flow_request_t), .Depth(Depth)) u_queue (
      .clk, .rst, .in_valid(request[e].valid), .in_ready(in_ready[e]), .in_data(request[e]),
      .out_valid(queued[e]), .out_ready(grant[e] && !hold), .out_data(head[e]), .count()
    );
    assign left_out[e] = request[e].valid && request[e].inserts && !in_ready[e];
  end

  round_robin #(.Inputs(Engines)) u_round_robin (
    .clk, .rst, .request(queued), .advance(!hold), .grant, .grant_index(index), .grant_valid(any)
  );

  // The request in the clocks of the table.
  flow_request_t asked_q [5:11];
  flow_ask_t     ask;
  always_ff @(posedge clk) begin
    asked_q[5] <= head[index];
    asked_q[5].valid <= any && !hold && !rst;
    for (int i = 6; i <= 11; i++) asked_q[i] <= asked_q[i-1];
  end
  always_comb begin
    ask = asked_q[5].ask;
    ask.look = asked_q[5].valid;
  end

  // ------------------------------------------------------------------------- decided and written
  flow_op_t         frame, keeper_next, joint;
  logic [1:0]       read, read_ready;
  flow_row_t        read_row [2];
  flow_word_t [7:0] read_words [2];

  flow_table #(
    .Ports(Ports), .Servers(Servers), .FlowsLog2(FlowsLog2), .Style(Style)
  ) u_table (
    .clk, .rst, .enabled, .own(1'b1), .tick, .pressure, .member_write, .member_index,
    .member_entry, .table_write, .table_access, .usable, .ask, .instead_server_9('0),
    .own_tag_11(asked_q[11].own_tag), .answer(), .commit_11(asked_q[11].valid),
    .choose_valid_11(asked_q[11].choose_valid), .choose_server_11(asked_q[11].choose_server),
    .choose_entry_11(asked_q[11].choose_entry), .op(frame), .event_12(), .next(keeper_next),
    .bus(joint), .read, .read_row, .read_ready, .read_words
  );

  flow_op_t told_q;
  logic     keeper_ready;
  always_comb begin
    joint = frame;
    if (!frame.valid) begin
      joint = keeper_next;
      joint.valid = keeper_ready;
    end
  end
  initial told_q.valid = 1'b0;
  always @(posedge clk) begin
    told_q <= joint;
    if (rst) told_q.valid <= 1'b0;
  end

  flow_keeper #(.FlowsLog2(FlowsLog2)) u_keeper (
    .clk, .rst, .tick, .pressure, .clear, .ready, .hold, .told(told_q), .next(keeper_next),
    .next_ready(keeper_ready), .take(!frame.valid),
    .read, .read_row, .read_ready, .read_words, .table_write, .table_read, .table_access,
    .read_valid, .read_data
  );

  // ------------------------------------------------------------------------------ what is left out
  // Insertions that no queue took are counted in clocks in which nothing is written; no more than
  // `left_out_q` holds can be owed.
  logic [15:0] left_out_q;
  logic        counted;

  assign counted = !joint.valid && left_out_q != '0;
  always_comb begin
    next = joint;
    if (counted) begin
      next = '0;
      next.valid = 1'b1;
      next.refused = 1'b1;
    end
  end

  always @(posedge clk) begin
    bus <= next;
    if (left_out_q[15]) left_out_q <= left_out_q - 16'(counted);
    else left_out_q <= left_out_q + 16'(unsigned'($countones(left_out))) - 16'(counted);
    if (rst) begin
      left_out_q <= '0;
      bus.valid <= 1'b0;
    end
  end
  initial bus.valid = 1'b0;

endmodule

`default_nettype wire
