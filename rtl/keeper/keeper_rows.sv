`default_nettype none

// Reads rows of one bank of the flow table for the keeper's hands, and judges what is in them.
//
// A row a clock. `request` (the first hand's goes first) is `taken` in a clock in which the table
// can be read. 2 clocks later `coming` says that a hand's own row is on `read_words`, another clock
// later it is on `words`; 5 clocks behind `taken` the row is judged on `found`, for one clock.
// Nothing waits here: hands hold what they need. `written` marks rows of which the table was told a
// write in the clock of the reading or since, up to the clock before `found`. `cancel` forgets what
// a hand has asked for.
module keeper_rows
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter logic Bank = 1'b0
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire flow_stamp_t      tick,
  input  wire logic             pressure,
  input  wire logic             table_write,
  input  wire table_access_t    table_access,
  input  wire written_t         written,
  // the hands
  input  wire request_t         request [Hands],
  input  wire logic [Hands-1:0] cancel,
  output logic [Hands-1:0]      taken,
  output logic [Hands-1:0]      busy,  // rows other than its own are under way
  output logic [Hands-1:0]      coming,
  output flow_word_t [7:0]      words,
  output found_t                found,
  // the table
  output logic                  read,
  output flow_row_t             read_row,
  input  wire logic             read_ready,
  input  wire flow_word_t [7:0] read_words
);

  typedef struct packed {
    logic       valid;
    logic       own;
    logic       hand;
    logic [2:0] slot;
    flow_row_t  row;
    logic       written;
  } stage_t;

  // ------------------------------------------------------------------------------------ the rows
  stage_t asked;
  stage_t stage_q [1:5];

  always_comb begin
    asked.hand = !request[0].valid;
    asked.valid = (request[0].valid || request[1].valid) && read_ready;
    asked.own = request[asked.hand].own;
    asked.slot = request[asked.hand].slot;
    asked.row = request[asked.hand].row;
    asked.written = hits_row(written, Bank, asked.row);
    taken[0] = request[0].valid && read_ready;
    taken[1] = request[1].valid && !request[0].valid && read_ready;
    read = asked.valid;
    read_row = asked.row;
  end

  always_ff @(posedge clk) begin
    stage_q[1] <= asked;
    for (int s = 2; s <= 5; s++) begin
      stage_q[s] <= stage_q[s-1];
      if (cancel[stage_q[s-1].hand]) stage_q[s].valid <= 1'b0;
    end
    if (written.valid)
      for (int s = 2; s <= 5; s++)
        if (hits_row(written, Bank, stage_q[s-1].row)) stage_q[s].written <= 1'b1;
    if (cancel[asked.hand]) stage_q[1].valid <= 1'b0;
    if (rst) for (int s = 1; s <= 5; s++) stage_q[s].valid <= 1'b0;
  end

  always_comb begin
    busy = '0;
    coming = '0;
    for (int h = 0; h < int'(Hands); h++) begin
      for (int s = 1; s <= 5; s++)
        if (stage_q[s].valid && !stage_q[s].own && stage_q[s].hand == 1'(h)) busy[h] = 1'b1;
      coming[h] = stage_q[2].valid && stage_q[2].own && stage_q[2].hand == 1'(h);
    end
  end

  // ---------------------------------------------------------------------------- what is in them
  (* ram_style = "distributed" *) flow_stamp_t ages [64];
  cluster_t written_cluster;
  assign written_cluster = cluster_of(table_access.data);
  initial for (int i = 0; i < 64; i++) ages[i] = '0;
  always @(posedge clk)
    if (table_write && table_access.number == TableCluster)
      ages[table_access.index[5:0]] <= written_cluster.unconfirmed;

  flow_word_t [7:0]  words_q;                  // clock 3
  flow_stamp_t [7:0] age_q, old_q;             // clock 4: how old it may be, and is
  logic [7:0]        used_q, open_q;           // .. there is an entry; one not yet confirmed
  server_t [7:0]     servers_q;
  logic [7:0]        empty_q, expired_q;       // clock 5
  server_t [7:0]     found_servers_q;

  always_ff @(posedge clk) begin
    words_q <= 'x;
    age_q <= 'x;
    old_q <= 'x;
    used_q <= 'x;
    open_q <= 'x;
    servers_q <= 'x;
    empty_q <= 'x;
    expired_q <= 'x;
    found_servers_q <= 'x;
    if (stage_q[2].valid) words_q <= read_words;
    if (stage_q[3].valid)
      for (int i = 0; i < 8; i++) begin
        age_q[i] <= pressure ? PressureAge : ages[words_q[i].cluster];
        old_q[i] <= tick - words_q[i].stamp;
        used_q[i] <= words_q[i].state != FlowFree;
        open_q[i] <= words_q[i].state == FlowUnconfirmed || words_q[i].state == FlowOpened;
        servers_q[i] <= words_q[i].server;
      end
    if (stage_q[4].valid) begin
      for (int i = 0; i < 8; i++) begin
        empty_q[i] <= !used_q[i];
        expired_q[i] <= used_q[i] && !old_q[i][12] && (!open_q[i] || old_q[i] >= age_q[i]);
      end
      found_servers_q <= servers_q;
    end
  end

  assign words = words_q;
  assign found = '{
    valid: stage_q[5].valid, own: stage_q[5].own, hand: stage_q[5].hand, slot: stage_q[5].slot,
    row: stage_q[5].row, written: stage_q[5].written, empty: empty_q, expired: expired_q,
    servers: found_servers_q};

endmodule

`default_nettype wire
