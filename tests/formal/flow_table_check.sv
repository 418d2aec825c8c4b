// Properties of the flow table, for one flow among others: a key of it finds its entry if and only
// if what was told says that there is one, whatever keys of the same and of other flows and a keeper
// do in the clocks around it; a frame never writes over it; and in the memories it stands once, or
// twice between the two writes of a move.
//
// The keeper is a wild one: it may free the entry, bring it from the store into a slot, move it, or
// write other flows' entries, whenever what it would write is true in the clock in which it offers
// it. Slots begin with entries of other flows, dead or alive, so that rows may be full. Nothing
// expires while it is watched.
`default_nettype none

module flow_table_check (
    input wire       clk,
    // keys
    input wire       look,
    input wire       write,
    input wire       reverse,
    input wire [2:0] segment,
    input wire [1:0] key_fingerprint,
    input wire       key_row,
    input wire       source,
    input wire       commit,
    input wire       may,
    input wire       second,
    // the keeper
    input wire       wishes,
    input wire [1:0] wish,
    input wire       wish_bank,
    input wire [2:0] wish_slot,
    input wire [1:0] wish_fingerprint,
    input wire       wish_row
);
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import flow_table_pkg::*;

  // The flow that is watched, and its rows.
  localparam logic [39:0] Watched = 40'd1;
  localparam flow_row_t WatchedRow0 = 18'd0;
  localparam flow_row_t WatchedRow1 = 18'd1;

  // ---------------------------------------------------------------------------- reset and settings
  logic [2:0] begun = '0;
  logic rst, table_write, member_write;
  table_access_t table_access;
  member_entry_t member_entry;
  always_ff @(posedge clk) if (begun != 3'd5) begun <= begun + 3'd1;
  assign rst = begun < 3'd4;
  assign table_write = rst;
  assign member_write = rst;
  always_comb begin
    table_access = '0;
    table_access.number = TableCluster;
    for (int i = 0; i < 7; i++) table_access.data[16*i] = 1'b1;
    member_entry = '0;
    member_entry.valid = 1'b1;
    member_entry.up = 1'b1;
    member_entry.weight = 8'd1;
  end

  // ------------------------------------------------------------------------------------- the table
  flow_ask_t ask;
  flow_answer_t answer;
  flow_heard_t heard;
  flow_choice_t choice;
  flow_op_t told;
  flow_op_t next;
  logic next_ready;
  logic take;
  logic [1:0] read_ready;
  flow_row_t read_row[2];
  flow_word_t [7:0] read_words[2];

  always_comb begin
    ask = '0;
    ask.look = look && !rst;
    ask.write = write;
    ask.reverse = reverse;
    ask.segment = segment_e'(segment);
    ask.source = server_t'(source);
    ask.key[21:20] = key_fingerprint;
    ask.key[0] = key_row;
    choice = '{may: may, second_new: second, second_again: second};
    read_row[0] = '0;
    read_row[1] = '0;
  end
  segments: assume property (@(posedge clk) segment <= 3'd4);

  assign told = heard.told;

  flow_table #(
      .Ports(2),
      .Servers(2),
      .FlowsLog2(5)
  ) u_table (
      .clk,
      .rst,
      .enabled(1'b1),
      .tick('0),
      .pressure(1'b0),
      .member_write,
      .member_index(member_t'(begun[0])),
      .member_entry,
      .table_write,
      .table_access,
      .usable(2'b11),
      .ask,
      .first_server_11('0),
      .first_entry_11(member_entry),
      .second_server_11(server_t'(1'b1)),
      .second_entry_11(member_entry),
      .own_tag_12(1'b0),
      .commit_12(commit),
      .choice_12(choice),
      .answer,
      .mine(heard),
      .heard,
      .next,
      .next_ready,
      .take,
      .read(2'b00),
      .read_row,
      .read_ready,
      .read_words
  );

  // ---------------------------------------------------------------- what was told of the flow
  typedef struct packed {
    logic       present;
    logic       in_store;
    logic       bank;
    logic [2:0] slot;
    logic [3:0] place;
    flow_word_t word;
    logic       moving;     // the other bank's slot of a move waits for its new entry
    logic [2:0] moving_slot;
  } entry_t;

  entry_t entry_q, entry;
  logic of_flow, over_it;
  assign of_flow = told.word.fingerprint == Watched && told.row0 == WatchedRow0;
  assign over_it = entry_q.present && !entry_q.in_store && told.bank == entry_q.bank &&
                   told.slot == entry_q.slot && told.slot_write && !of_flow &&
                   told.row == (told.bank ? WatchedRow1 : WatchedRow0);

  always_comb begin
    entry = entry_q;
    if (told.valid) begin
      if (told.keeper && !told.copy) entry.moving = 1'b0;
      if (of_flow && told.slot_write) begin
        entry.present = told.word.state != FlowFree;
        entry.in_store = 1'b0;
        entry.bank = told.bank;
        entry.slot = told.slot;
        entry.word = told.word;
        if (told.copy) begin
          entry.moving = 1'b1;
          entry.moving_slot = told.from_slot;
        end
      end else if (of_flow && told.store_write) begin
        entry.present = 1'b1;
        entry.in_store = 1'b1;
        entry.place = told.place;
        entry.word = told.word;
      end
    end
    if (rst) entry = '0;
  end
  always_ff @(posedge clk) entry_q <= entry;

  // ------------------------------------------------------------------------------------ the keeper
  typedef enum logic [1:0] {
    WishOther = 2'd0,       // another flow's entry into a slot
    WishFree = 2'd1,
    WishInsert = 2'd2,      // from the store
    WishMove = 2'd3
  } wish_e;

  function automatic flow_row_t row_of(input logic bank);
    return bank ? WatchedRow1 : WatchedRow0;
  endfunction

  flow_op_t next_d;
  logic stood_q, is_true;
  wish_e kind_q;

  always_comb begin
    next_d = '0;
    next_d.valid = wishes && !rst;
    next_d.keeper = 1'b1;
    next_d.slot_write = 1'b1;
    next_d.bank = wish_bank;
    next_d.slot = wish_slot;
    next_d.word = entry_q.word;
    next_d.row0 = WatchedRow0;
    next_d.row = row_of(wish_bank);
    unique case (wish_e'(wish))
      WishFree: begin
        next_d.bank = entry_q.bank;
        next_d.slot = entry_q.slot;
        next_d.row = row_of(entry_q.bank);
        next_d.word.state = FlowFree;
      end
      WishInsert: begin
        next_d.store_clear = 1'b1;
        next_d.place = entry_q.place;
      end
      WishMove: begin
        next_d.copy = 1'b1;
        next_d.bank = !entry_q.bank;
        next_d.row = row_of(!entry_q.bank);
        next_d.from_row = row_of(entry_q.bank);
        next_d.from_slot = entry_q.slot;
      end
      default: begin
        next_d.word = '0;
        next_d.word.fingerprint = 40'(wish_fingerprint);
        next_d.word.state = FlowEstablished;
        next_d.word.stamp = 13'd1;
        next_d.row0 = flow_row_t'(wish_row);
        next_d.row = flow_row_t'(wish_row ^ (wish_bank && wish_fingerprint[0]));
      end
    endcase
    // Over what was copied.
    if (entry.moving) begin
      next_d.valid = !rst;
      next_d.store_clear = 1'b0;
      next_d.copy = 1'b0;
      next_d.bank = !entry.bank;
      next_d.slot = entry.moving_slot;
      next_d.row = row_of(!entry.bank);
      next_d.word = '0;
      next_d.word.fingerprint = {38'd0, wish_fingerprint[1], 1'b0};
      next_d.word.state = FlowEstablished;
      next_d.word.stamp = 13'd1;
      next_d.row0 = row_of(!entry.bank);
    end
  end

  // It is still true.
  logic same_place, clear_of_it;
  assign same_place = entry.present && next.word.fingerprint == Watched &&
                      entry.word.server == next.word.server &&
                      entry.word.stamp == next.word.stamp;
  assign clear_of_it = !(entry.present && !entry.in_store && next.row == row_of(entry.bank) &&
                         next.bank == entry.bank && next.slot == entry.slot);
  always_comb
    unique case (kind_q)
      WishFree: is_true = same_place && !entry.in_store && next.bank == entry.bank &&
                          next.slot == entry.slot;
      WishInsert: is_true = same_place && entry.in_store && next.place == entry.place &&
                            entry.word.state == next.word.state;
      WishMove: is_true = same_place && !entry.in_store && next.bank != entry.bank &&
                          next.from_slot == entry.slot && entry.word.state == next.word.state;
      default: is_true = clear_of_it && (next.word.fingerprint != Watched ||
                                         next.row0 != WatchedRow0);
    endcase
  assign next_ready = stood_q && is_true;

  initial next.valid = 1'b0;
  logic begins;
  assign begins = take || !next.valid || !is_true;
  always @(posedge clk) begin
    stood_q <= next.valid && !begins && !rst;
    if (begins) begin
      next <= next_d;
      kind_q <= entry.moving ? WishOther : wish_e'(wish);
      // A copy is told before what follows it is known.
      if (take && next.copy) next.valid <= 1'b0;
    end
    if (rst) next.valid <= 1'b0;
  end

  // ------------------------------------------------------------------------- what a key is answered
  step_t step;
  logic watched, watched_q, present_q;
  server_t server_q;
  assign step = u_table.step_q[12];
  assign watched = step.look && step.who.fingerprint == Watched && step.who.row[0] == WatchedRow0;

  always_ff @(posedge clk) begin
    watched_q <= watched && !rst;
    present_q <= entry.present;
    server_q <= entry.word.server;
  end

  finds_what_is: assert property (@(posedge clk) rst || !watched || answer.found == entry.present);
  is_not_lost: assert property (@(posedge clk) rst || !told.valid || !over_it);
  goes_on: assert property (@(posedge clk)
      rst || !watched_q || !told.valid || told.keeper || told.refused || told.conflict ||
      (told.inserted ? !present_q : present_q && (told.changed || told.word.server == server_q)));

  // ----------------------------------------------------------------------- where it stands, how often
  entry_t written_q;      // by now in the memories
  logic [1:0][7:0] here, began_here;
  logic [15:0] waits;
  always_ff @(posedge clk) written_q <= rst ? '0 : entry_q;

  for (genvar b = 0; b < 2; b++) begin : gen_bank
    for (genvar i = 0; i < 8; i++) begin : gen_slot
      assign here[b][i] =
          u_table.u_slots.gen_bank[b].gen_slot[i].u_slot.storage[b].fingerprint == 2'd1 &&
          u_table.u_slots.gen_bank[b].gen_slot[i].u_slot.storage[b].state != 3'd0;
      assign began_here[b][i] = here[b][i] ||
          u_table.u_slots.gen_bank[b].gen_slot[i].u_slot.storage[0].state > 3'd5 ||
          u_table.u_slots.gen_bank[b].gen_slot[i].u_slot.storage[1].state > 3'd5;
    end
  end
  for (genvar i = 0; i < 16; i++) begin : gen_place
    assign waits[i] = u_table.u_store.used_q[i] && u_table.u_store.row0_q[i] == WatchedRow0 &&
                      u_table.u_store.fingerprint_q[i] == Watched;
  end

  begins_without: assume property (@(posedge clk) begun != 3'd0 || began_here == '0);
  stands_once: assert property (@(posedge clk)
      rst || ($countones(here) == 32'(written_q.present && !written_q.in_store) +
                                  32'(written_q.moving) &&
              $countones(waits) == 32'(written_q.present && written_q.in_store)));

  // -------------------------------------------------------------------------- such things do happen
  found_behind_a_move: cover property (@(posedge clk) !rst && watched && answer.found && entry.moving);
  found_in_store: cover property (@(posedge clk) !rst && watched && answer.found && entry.in_store);
  found_twice_running: cover property (@(posedge clk)
      !rst && watched && answer.found && watched_q && told.valid && told.inserted);
endmodule

`default_nettype wire
