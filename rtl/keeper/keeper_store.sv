`default_nettype none

// The insertions that wait for the keeper: the same 16 places that the table's look-ups search, as
// the table is told of them.
//
// Offers the next one behind the one offered last of which nothing is under way (`busy`):
// `next_valid`, 5 clocks after it could be offered or the one before it was taken (`next_taken`).
// `next_expired` says that it has expired, and was not written since, up to the clock before;
// `next_tried` that it was one that `fails`.
// A word is read by its place in the same clock, as of the clock before.
module keeper_store
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter int unsigned RowsLog2 = 12
) (
  input  wire logic                 clk,
  input  wire logic                 rst,
  input  wire flow_stamp_t          tick,
  input  wire logic                 pressure,
  input  wire logic                 table_write,
  input  wire table_access_t        table_access,
  input  wire flow_op_t             told,
  output logic                      crowded,  // half of the places are taken
  // the next one
  input  wire logic [FlowStore-1:0] busy,
  output logic                      next_valid,
  output logic [3:0]                next_place,
  output flow_row_t [1:0]           next_row,
  output logic                      next_expired,
  output logic                      next_tried,
  input  wire logic                 next_taken,
  // no room was found for the one at
  input  wire logic [Hands-1:0]     fails,
  input  wire logic [3:0]           fails_place [Hands],
  // one by its place
  input  wire logic [3:0]           place,
  output flow_word_t                word,
  output flow_row_t                 row0
);

  localparam flow_row_t Mask = flow_row_t'((64'd1 << RowsLog2) - 64'd1);

  // --------------------------------------------------------------------------------------- places
  (* ram_style = "distributed" *) flow_word_t words [FlowStore];
  (* ram_style = "distributed" *) flow_row_t rows [FlowStore];
  logic [FlowStore-1:0] waiting_q, open_q, tried_q;
  logic [3:0]           half_q [2];      // how many wait, of either half of the places

  assign word = words[place];
  assign row0 = rows[place] & Mask;

  always_ff @(posedge clk) begin
    if (told.valid && told.store_write) begin
      words[told.place] <= told.word;
      rows[told.place] <= told.row0;
      waiting_q[told.place] <= 1'b1;
    end
    for (int h = 0; h < int'(Hands); h++) if (fails[h]) tried_q[fails_place[h]] <= 1'b1;
    if (told.valid && told.store_clear) begin
      waiting_q[told.place] <= 1'b0;
      tried_q[told.place] <= 1'b0;
    end
    if (rst || (told.valid && told.clear)) begin
      waiting_q <= '0;
      tried_q <= '0;
    end
    for (int h = 0; h < 2; h++) half_q[h] <= 4'($countones(waiting_q[8*h+:8]));
    crowded <= {1'b0, half_q[0]} + {1'b0, half_q[1]} >= 5'(FlowStore / 2) && !rst;
  end

  // ------------------------------------------------------------------------------------- the next
  (* ram_style = "distributed" *) flow_stamp_t ages [64];
  cluster_t written_cluster;
  assign written_cluster = cluster_of(table_access.data);
  initial for (int i = 0; i < 64; i++) ages[i] = '0;
  always @(posedge clk)
    if (table_write && table_access.number == TableCluster)
      ages[table_access.index[5:0]] <= written_cluster.unconfirmed;

  logic [4:1]  step_q;             // what is known of the one at `place_q`
  logic [3:0]  place_q, place_d;
  logic        touched_q;
  flow_word_t  word_q;             // 2
  flow_row_t   row_q;
  flow_stamp_t age_q, old_q;       // 3
  logic        used_q, unsure_q;
  logic        expired_q;          // 4

  assign next_valid = step_q[4];
  assign next_place = place_q;
  assign next_expired = expired_q && !touched_q;
  assign next_tried = tried_q[place_q];

  // The next one behind the last, else the first.
  logic [FlowStore-1:0] behind;
  logic [3:0]           first, first_behind;
  always_comb begin
    first = 'x;
    first_behind = 'x;
    behind = 'x;
    place_d = 'x;
    if (open_q != '0) begin
      for (int i = FlowStore - 1; i >= 0; i--) begin
        behind[i] = open_q[i] && 4'(i) > place_q;
        if (open_q[i]) first = 4'(unsigned'(i));
        if (behind[i]) first_behind = 4'(unsigned'(i));
      end
      place_d = behind != '0 ? first_behind : first;
    end
  end

  always_ff @(posedge clk) begin
    open_q <= waiting_q & ~busy;
    step_q[4:2] <= step_q[4:2] | step_q[3:1];
    word_q <= words[place_q];
    row_q <= rows[place_q] & Mask;
    age_q <= pressure ? PressureAge : ages[word_q.cluster];
    old_q <= tick - word_q.stamp;
    used_q <= word_q.state != FlowFree;
    unsure_q <= word_q.state == FlowUnconfirmed || word_q.state == FlowOpened;
    next_row <= {other_row(row_q, word_q.fingerprint, Mask), row_q};
    expired_q <= used_q && !old_q[12] && (!unsure_q || old_q >= age_q);
    // A word that is read while it changes is no longer asked whether it has expired.
    if (touches(told, place_q)) touched_q <= 1'b1;
    if (!step_q[1] && open_q != '0) begin
      step_q[1] <= 1'b1;
      place_q <= place_d;
      touched_q <= 1'b0;
    end
    if (next_taken || rst || (told.valid && told.clear)) begin
      step_q <= '0;
      open_q <= '0;
    end
    if (rst) place_q <= '0;
  end

endmodule

`default_nettype wire
