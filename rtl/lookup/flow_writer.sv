`default_nettype none

// The one writer of several engines' flow tables (Engines = Ports): what an engine would write is
// decided once more, in one order for all, and goes out to every engine's copy.
//
// A queue of 16 requests for each engine, round robin, one request a clock; a request that finds
// its queue full is left out, and counted as refused if it was an insertion. The writer has a table
// of its own and the keeper beside it. What its table says, every copy hears in the same clock:
// they are the same in every clock. `counted` is for counters: what is on the bus a clock before,
// and what was left out.
// The window: an engine's key whose clock 0 is 11 clocks or more behind that of the key that wrote,
// at whichever port, hears or sees what was written, if nothing waited. Queues that are full make
// it 11 + 16 * Engines clocks, the keeper 1 more for each 33. Keys in that window are answered as
// if the first had not come; of two that would insert the same flow the first here wins, and the
// other's is an ordinary frame of it.
module flow_writer
  import table_pkg::*;
  import flow_pkg::*;
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
  // what engines ask for in their clock 13, what all of them hear, what is counted
  input  wire flow_request_t    request [Engines],
  output flow_heard_t           heard,
  output flow_op_t              counted
);

  localparam int unsigned IndexW = $clog2(Engines);
  localparam int unsigned Depth = 16;

  // ------------------------------------------------------------------------------------ the queues
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
  flow_request_t asked_q [5:12];
  flow_ask_t     ask;
  always_ff @(posedge clk) begin
    asked_q[5] <= head[index];
    asked_q[5].valid <= any && !hold && !rst;
    for (int i = 6; i <= 12; i++) asked_q[i] <= asked_q[i-1];
  end
  always_comb begin
    ask = asked_q[5].ask;
    ask.look = asked_q[5].valid;
  end

  // --------------------------------------------------------------------------- decided and written
  flow_op_t         keeper_next;
  logic             keeper_next_ready, keeper_take;
  logic [1:0]       read, read_ready;
  flow_row_t        read_row [2];
  flow_word_t [7:0] read_words [2];

  // An engine has chosen already.
  flow_table #(
    .Ports(Ports), .Servers(Servers), .FlowsLog2(FlowsLog2), .Style(Style)
  ) u_table (
    .clk, .rst, .enabled, .tick, .pressure, .member_write, .member_index, .member_entry,
    .table_write, .table_access, .usable, .ask, .first_server_11(asked_q[11].choose_server),
    .first_entry_11(asked_q[11].choose_entry), .second_server_11('0), .second_entry_11('0),
    .own_tag_12(asked_q[12].own_tag), .commit_12(asked_q[12].valid),
    .choice_12('{may: asked_q[12].choose_valid, second_new: 1'b0, second_again: 1'b0}),
    .answer(), .mine(heard), .heard, .next(keeper_next), .next_ready(keeper_next_ready),
    .take(keeper_take), .read, .read_row, .read_ready, .read_words
  );

  flow_keeper #(.FlowsLog2(FlowsLog2)) u_keeper (
    .clk, .rst, .tick, .pressure, .clear, .ready, .hold, .told(heard.told),
    .coming(heard.coming), .next(keeper_next), .next_ready(keeper_next_ready),
    .take(keeper_take), .read, .read_row, .read_ready, .read_words, .table_write,
    .table_read, .table_access, .read_valid, .read_data
  );

  // ------------------------------------------------------------------------------ what is left out
  // Insertions that no queue took are counted in clocks in which nothing is written; no more than
  // `left_out_q` holds can be owed.
  logic [15:0] left_out_q;
  logic        owed;

  assign owed = !heard.bus.valid && left_out_q != '0;

  always @(posedge clk) begin
    counted <= heard.bus;
    if (owed) begin
      counted <= '0;
      counted.valid <= 1'b1;
      counted.refused <= 1'b1;
    end
    if (left_out_q[15]) left_out_q <= left_out_q - 16'(owed);
    else left_out_q <= left_out_q + 16'(unsigned'($countones(left_out))) - 16'(owed);
    if (rst) begin
      left_out_q <= '0;
      counted.valid <= 1'b0;
    end
  end
  initial counted.valid = 1'b0;

endmodule

`default_nettype wire
