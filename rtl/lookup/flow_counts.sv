`default_nettype none

// Counts what happens in the flow table, from the operations on its bus: totals (table 17), each
// server's entries (table 18), how full the table is, and the servers' loads.
//
// One operation a clock, never held up; `orphan` and `overwritten` are pulses of the engines'
// fragment tables, any number of them in one clock. `pressure`: more than three quarters are in use, as of 2 clocks ago. A table read is
// answered after 5 clocks by `read_valid`, its data zero otherwise; it counts what came 6 or more
// clocks before it. `load_write` goes to every engine's flow_load: a server's new load follows 11
// clocks behind an insertion, a removal, or a change of its weight; the latter two wait for a
// clock without an insertion, 16 at most of each: what comes then is left out, until the next of
// the server's flows. Totals outlive a reset.
module flow_counts
  import table_pkg::*;
  import flow_pkg::*;
#(
  parameter int unsigned Servers = 1024,
  parameter int unsigned FlowsLog2 = 16,
  parameter int unsigned Engines = 1
) (
  input  wire logic               clk,
  input  wire logic               rst,
  input  wire flow_op_t           bus,
  input  wire logic [Engines-1:0] orphan,
  input  wire logic [Engines-1:0] overwritten,
  input  wire logic               member_write,
  input  wire member_t            member_index,
  input  wire member_entry_t      member_entry,
  output logic                    pressure,
  output flow_load_write_t        load_write,
  input  wire logic               table_read,
  input  wire table_access_t      table_access,
  output logic                    read_valid,
  output logic [255:0]            read_data
);

  localparam int unsigned ServerW = $clog2(Servers);
  localparam int unsigned LiveW = FlowsLog2 + 1;
  typedef logic [ServerW-1:0] index_t;
  localparam int unsigned EngineCountW = $clog2(Engines + 1);
  typedef logic [LiveW-1:0] live_t;
  typedef logic [EngineCountW-1:0] engine_count_t;

  // --------------------------------------------------------------------------------- the operation
  logic       clear_q, clear_all_q, inserted_q, removed_q, added_q, taken_q;
  index_t     added_server_q, taken_server_q;
  logic [5:2] events_q;
  engine_count_t [7:6] fragments_q;
  always_ff @(posedge clk) begin
    clear_q <= bus.valid && bus.clear && bus.row < flow_row_t'(Servers);
    clear_all_q <= bus.valid && bus.clear && bus.row == '0;
    inserted_q <= bus.valid && bus.inserted;
    removed_q <= bus.valid && bus.removed;
    // An entry that stays with its server is neither one more nor one less.
    added_q <= bus.valid && (bus.inserted ||
                             (bus.changed && bus.removed_server != bus.word.server));
    taken_q <= bus.valid && (bus.removed ||
                             (bus.changed && bus.removed_server != bus.word.server));
    added_server_q <= bus.clear ? index_t'(bus.row) : index_t'(bus.word.server);
    taken_server_q <= bus.clear ? index_t'(bus.row) : index_t'(bus.removed_server);
    events_q[2] <= bus.valid && bus.refused;
    events_q[3] <= bus.valid && bus.reassigned;
    events_q[4] <= bus.valid && bus.restarted;
    events_q[5] <= bus.valid && bus.conflict;
    fragments_q[6] <= engine_count_t'($countones(orphan));
    fragments_q[7] <= engine_count_t'($countones(overwritten));
    if (rst) begin
      clear_q <= 1'b0;
      clear_all_q <= 1'b0;
      inserted_q <= 1'b0;
      removed_q <= 1'b0;
      added_q <= 1'b0;
      taken_q <= 1'b0;
      events_q <= '0;
      fragments_q <= '0;
    end
  end

  // ---------------------------------------------------------------------------------------- totals
  live_t       live_q;
  logic [63:0] totals [8];

  initial live_q = '0;
  always @(posedge clk) begin
    if (clear_all_q) live_q <= '0;
    else if (!rst) live_q <= live_q + live_t'(inserted_q) - live_t'(removed_q);
    pressure <= live_q > live_t'(3 << (FlowsLog2 - 2));
  end

  wide_counter #(.AddendWidth(1)) u_inserted (.clk, .rst, .add(inserted_q), .value(totals[0]));
  // What a clear removes is removed.
  wide_counter #(.AddendWidth(LiveW)) u_removed (
    .clk, .rst, .add(clear_all_q ? live_q : live_t'(removed_q)), .value(totals[1])
  );
  for (genvar i = 2; i < 6; i++) begin : gen_total
    wide_counter #(.AddendWidth(1)) u_total (.clk, .rst, .add(events_q[i]), .value(totals[i]));
  end
  for (genvar i = 6; i < 8; i++) begin : gen_fragments
    wide_counter #(.AddendWidth(EngineCountW)) u_total (
      .clk, .rst, .add(fragments_q[i]), .value(totals[i])
    );
  end

  // --------------------------------------------------------------------------------------- servers
  index_t      read_index [2];
  logic [31:0] added [2], taken [2];

  flow_tally #(.Depth(Servers)) u_added (
    .clk, .rst, .valid(added_q || clear_q), .clear(clear_q), .index(added_server_q), .read_index,
    .read_value(added)
  );
  flow_tally #(.Depth(Servers)) u_taken (
    .clk, .rst, .valid(taken_q || clear_q), .clear(clear_q), .index(taken_server_q), .read_index,
    .read_value(taken)
  );

  // ----------------------------------------------------------------------------------- table reads
  logic [4:1]  reading_totals_q, reading_server_q;
  logic [2:0]  total_q;
  always_ff @(posedge clk) begin
    reading_totals_q <= {reading_totals_q[3:1],
                         table_read && table_access.number == TableFlowCounters};
    reading_server_q <= {reading_server_q[3:1],
                         table_read && table_access.number == TableServerFlows};
    if (table_read) begin
      total_q <= table_access.index[2:0];
      read_index[0] <= index_t'(table_access.index);
    end
    read_valid <= reading_totals_q[4] || reading_server_q[4];
    read_data <= '0;
    if (reading_totals_q[4]) read_data[63:0] <= totals[total_q];
    if (reading_server_q[4]) read_data[63:0] <= {taken[0], added[0]};
    if (rst) begin
      reading_totals_q <= '0;
      reading_server_q <= '0;
      read_valid <= 1'b0;
    end
  end

  // ----------------------------------------------------------------------------------------- loads
  // An event's server, when its count can be read.
  localparam int unsigned Settle = 4;
  logic [Settle:1] added_late_q, taken_late_q;
  index_t          added_late [1:Settle], taken_late [1:Settle];
  always_ff @(posedge clk) begin
    added_late_q <= rst ? '0 : {added_late_q[Settle-1:1], added_q || clear_q};
    taken_late_q <= rst ? '0 : {taken_late_q[Settle-1:1], taken_q};
    added_late[1] <= added_server_q;
    taken_late[1] <= taken_server_q;
    for (int s = 2; s <= int'(Settle); s++) begin
      added_late[s] <= added_late[s-1];
      taken_late[s] <= taken_late[s-1];
    end
  end

  // A member's weight, a clock after it was written to the card's table.
  logic       weighed_q;
  index_t     weighed_server_q;
  logic [7:0] weighed_weight_q;
  always_ff @(posedge clk) begin
    weighed_q <= member_write && member_index < FirstRouter && !rst;
    weighed_server_q <= index_t'(member_index);
    weighed_weight_q <= member_entry.weight;
  end

  logic   taken_waits, weight_waits;
  index_t taken_first, weight_first;

  fifo_fwft #(.Data(index_t), .Depth(16)) u_taken_queue (
    .clk, .rst, .in_valid(taken_late_q[Settle]), .in_ready(), .in_data(taken_late[Settle]),
    .out_valid(taken_waits), .out_ready(!added_late_q[Settle] && !weight_waits),
    .out_data(taken_first), .count()
  );
  fifo_fwft #(.Data(index_t), .Depth(16)) u_weight_queue (
    .clk, .rst, .in_valid(weighed_q), .in_ready(), .in_data(weighed_server_q),
    .out_valid(weight_waits),
    .out_ready(!added_late_q[Settle]), .out_data(weight_first), .count()
  );

  // Clock 0: which server; 2: its counts and weight; 3: factors; 5: product.
  logic [5:1]  valid_q;
  index_t      server_q [1:5];
  logic [7:0]  weight;
  live_t       factor_live_q;
  logic [20:0] factor_weight_q;
  flow_load_t  product_q [4:5];
  logic        any;

  always_comb begin
    any = added_late_q[Settle] || weight_waits || taken_waits;
    read_index[1] = added_late_q[Settle] ? added_late[Settle] :
                    weight_waits ? weight_first : taken_first;
  end

  ram_sdp #(.Width(8), .Depth(Servers), .ReadLatency(2)) u_weights (
    .clk, .write_enable(weighed_q), .write_address(weighed_server_q),
    .write_data(weighed_weight_q), .read_enable(1'b1),
    .read_address(read_index[1]), .read_data(weight)
  );

  // floor(2^20 / weight); a server without weight is heavier than any other.
  typedef logic [255:0][20:0] reciprocals_t;
  function automatic reciprocals_t reciprocals();
    reciprocals[0] = '1;
    for (int w = 1; w < 256; w++) reciprocals[w] = 21'((1 << 20) / w);
  endfunction
  localparam reciprocals_t Reciprocals = reciprocals();

  always_ff @(posedge clk) begin
    valid_q <= rst ? '0 : {valid_q[4:1], any};
    server_q[1] <= read_index[1];
    for (int s = 2; s <= 5; s++) server_q[s] <= server_q[s-1];
    factor_live_q <= live_t'(added[1] - taken[1]);
    factor_weight_q <= Reciprocals[weight];
    product_q[4] <= flow_load_t'(factor_live_q) * flow_load_t'(factor_weight_q);
    product_q[5] <= product_q[4];
  end

  assign load_write = '{write: valid_q[5], server: server_t'(server_q[5]), load: product_q[5]};

endmodule

`default_nettype wire
