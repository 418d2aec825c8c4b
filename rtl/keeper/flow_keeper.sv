`default_nettype none

// Keeps the flow table: brings waiting insertions from the store into the table, frees what has
// expired, serves the host's reads and deletions, and clears the table for a new seed.
//
// Two hands work at once, each on a job of its own (keeper_turn says which); what they want to
// write waits for a clock of the table in which no key is (keeper_writes). The table tells of all
// that is written, frames' operations and the keeper's own (`told`; a clock later it is in the
// memories): a hand that is told of what concerns it looks again. A move is a copy and then an
// overwriting write, with any number of frames' operations between: the table takes care that only
// the copy is found meanwhile.
// `next` has stood for a clock or more when `next_ready` rises; it is written if `take` is high in
// the same clock, and is `told` in the next one. While it stands only its `word` changes. A move's
// copy is ready some 18 clocks after its insertion is taken up, what follows it 3 clocks later.
// Reads a row of each bank from the table (`read` in a clock with `read_ready`, words 2 clocks
// later). What is told in the clock of a read or later counts as written since.
// `hold` is one clock long and asks for one key to be held back: the keeper has waited 32 clocks
// for a turn (16 while half of the store waits).
// `clear` empties the table; `ready` is low until that is done, and before the first. A read's
// answer comes some 20 to 600 clocks after `table_read`, three times as many while insertions
// wait; one at a time. Deletions queue (16); what finds the queue full is left out.
module flow_keeper
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter int unsigned FlowsLog2 = 16
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire flow_stamp_t      tick,
  input  wire logic             pressure,
  input  wire logic             clear,
  output logic                  ready,
  output logic                  hold,
  // operations
  input  wire flow_op_t         told,
  input  wire flow_who_t        coming,    // whose `told` is in the next clock, if anybody's
  output flow_op_t              next,
  output logic                  next_ready,
  input  wire logic             take,
  // the table's second port
  output logic [1:0]            read,
  output flow_row_t             read_row [2],
  input  wire logic [1:0]       read_ready,
  input  wire flow_word_t [7:0] read_words [2],
  // the host
  input  wire logic             table_write,
  input  wire logic             table_read,
  input  wire table_access_t    table_access,
  output logic                  read_valid,
  output logic [255:0]          read_data
);

  localparam int unsigned RowsLog2 = FlowsLog2 - 4;
  localparam int unsigned HoldClocks = 32;
  localparam int unsigned CrowdedHoldClocks = 16;
  // A key on its way may still count with the tick of its clock 5.
  localparam int unsigned TickClocks = 20;
  typedef logic [RowsLog2-1:0] row_t;

  // ------------------------------------------------------------------------------------------ time
  flow_stamp_t tick_q, tick_seen_q;
  logic [4:0]  tick_count_q;
  always_ff @(posedge clk) begin
    tick_seen_q <= tick;
    if (tick != tick_seen_q) tick_count_q <= 5'(TickClocks);
    else if (tick_count_q != '0) tick_count_q <= tick_count_q - 5'd1;
    if (rst || tick_count_q == 5'd1) tick_q <= tick_seen_q;
  end

  // ------------------------------------------------------------------------------- what is written
  written_t written;
  assign written = '{
    valid: told.valid && told.slot_write, bank: told.bank, row: flow_row_t'(row_t'(told.row)),
    slot: told.slot};

  // ------------------------------------------------------------------------------------ insertions
  logic [FlowStore-1:0] busy, writes_busy;
  logic                 crowded, next_valid, next_expired, next_tried, next_taken;
  logic [3:0]           next_place, place;
  flow_row_t [1:0]      next_row;
  flow_word_t           word;
  flow_row_t            row0;
  logic [Hands-1:0]     fails;           // of the hands' insertions
  logic [3:0]           hand_place [Hands];

  keeper_store #(.RowsLog2(RowsLog2)) u_store (
    .clk, .rst, .tick(tick_q), .pressure, .table_write, .table_access, .told, .crowded, .busy,
    .next_valid, .next_place, .next_row, .next_expired, .next_tried, .next_taken, .fails,
    .fails_place(hand_place), .place, .word, .row0
  );

  // ----------------------------------------------------------------------------------------- hands
  logic [Hands-1:0] hand_idle, offered, inserts, cancel, accept, delete_over, list_over;
  logic [Hands-1:0] list_found;
  logic [3:0]       list_at [Hands];
  flow_word_t       list_word [Hands];
  change_t          change [Hands];
  task_t            offer;
  logic             offer_inserts, turn_idle, clearing, deleted, delete_lost, list;
  flow_row_t        list_row;
  logic [3:0]       list_from;

  // By hand, then bank; and the other way round.
  request_t               request [Hands][2], bank_request [2][Hands];
  logic [Hands-1:0][1:0]  taken, rows_busy, rows_coming;
  logic [1:0][Hands-1:0]  bank_taken, bank_busy, bank_coming;
  flow_word_t [7:0]       words [2];
  found_t                 found [2];

  keeper_turn #(.RowsLog2(RowsLog2)) u_turn (
    .clk, .rst, .stop(clearing), .crowded, .told, .hand_idle, .offered, .offer,
    .offer_inserts, .idle(turn_idle), .next_valid, .next_place, .next_row, .next_expired,
    .next_tried, .next_taken, .table_write, .table_access, .delete_over(delete_over[0]), .list,
    .list_row, .list_from
  );

  for (genvar h = 0; h < int'(Hands); h++) begin : gen_hand
    keeper_hand #(.RowsLog2(RowsLog2), .Hand(1'(h))) u_hand (
      .clk, .rst, .offered(offered[h]), .offer, .idle(hand_idle[h]), .inserts(inserts[h]),
      .place(hand_place[h]), .fails(fails[h]), .told, .written, .request(request[h]),
      .taken(taken[h]), .cancel(cancel[h]), .busy(rows_busy[h]), .coming(rows_coming[h]), .words,
      .found,
      .change(change[h]), .accept(accept[h]), .deleted, .delete_lost,
      .delete_over(delete_over[h]), .list_over(list_over[h]), .list_found(list_found[h]),
      .list_at(list_at[h]), .list_word(list_word[h])
    );
  end

  for (genvar b = 0; b < 2; b++) begin : gen_bank
    keeper_rows #(.Bank(1'(b))) u_rows (
      .clk, .rst, .tick(tick_q), .pressure, .table_write, .table_access, .written,
      .request(bank_request[b]), .cancel, .taken(bank_taken[b]), .busy(bank_busy[b]),
      .coming(bank_coming[b]), .words(words[b]), .found(found[b]), .read(read[b]),
      .read_row(read_row[b]), .read_ready(read_ready[b]), .read_words(read_words[b])
    );
  end

  always_comb
    for (int h = 0; h < int'(Hands); h++)
      for (int b = 0; b < 2; b++) begin
        bank_request[b][h] = request[h][b];
        taken[h][b] = bank_taken[b][h];
        rows_busy[h][b] = bank_busy[b][h];
        rows_coming[h][b] = bank_coming[b][h];
      end

  // Places of which something is under way, or about to be.
  always_comb begin
    busy = writes_busy;
    if (offer_inserts) busy[offer.place] = 1'b1;
    for (int h = 0; h < int'(Hands); h++) if (inserts[h]) busy[hand_place[h]] = 1'b1;
  end

  // ---------------------------------------------------------------------------------------- writes
  change_t clear_change, chosen;
  logic    writes_idle, writes_accept;

  keeper_clear #(.RowsLog2(RowsLog2)) u_clear (
    .clk, .rst, .clear, .ready, .clearing, .idle(turn_idle && writes_idle),
    .change(clear_change), .accept(writes_accept)
  );

  // While the table is cleared the hands are idle.
  assign accept[0] = writes_accept;
  assign accept[1] = writes_accept && !change[0].valid;
  always_comb begin
    chosen = 'x;
    chosen.valid = 1'b0;
    if (clearing && turn_idle) chosen = clear_change;
    else if (change[0].valid) chosen = change[0];
    else if (change[1].valid) chosen = change[1];
  end

  keeper_writes u_writes (
    .clk, .rst, .change(chosen), .accept(writes_accept), .idle(writes_idle), .busy(writes_busy),
    .deleted, .delete_lost, .place, .word, .row0, .told, .written, .coming, .next,
    .next_ready
  );

  // -------------------------------------------------------------------------------------- the host
  keeper_list #(.FlowsLog2(FlowsLog2)) u_list (
    .clk, .rst, .table_read, .table_access, .clearing, .read_valid, .read_data, .list,
    .row(list_row), .from(list_from), .over(list_over[0]), .found(list_found[0]), .at(list_at[0]),
    .word(list_word[0])
  );

  // ------------------------------------------------------------------------------ waiting too long
  logic [5:0] waited_q;
  logic       asks, asks_q;       // a row; in vain in the clock before
  logic       taken_q;
  always_comb begin
    asks = 1'b0;
    for (int h = 0; h < int'(Hands); h++)
      for (int b = 0; b < 2; b++) if (request[h][b].valid) asks = 1'b1;
  end

  always_ff @(posedge clk) begin
    hold <= 1'b0;
    asks_q <= asks && read == '0;
    taken_q <= next_ready && take;
    waited_q <= waited_q + 6'd1;
    if (taken_q || !(next.valid || asks_q)) waited_q <= '0;
    else if (waited_q >= 6'((crowded ? CrowdedHoldClocks : HoldClocks) - 1)) begin
      waited_q <= '0;
      hold <= 1'b1;
    end
    if (rst) begin
      hold <= 1'b0;
      waited_q <= '0;
    end
  end

endmodule

`default_nettype wire
