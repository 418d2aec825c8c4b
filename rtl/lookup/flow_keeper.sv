`default_nettype none

// Keeps the flow table: brings waiting insertions from the store into the table, frees what has
// expired, serves the host's reads and deletions, and clears the table for a new seed.
//
// Its operation stands on `next`; with `next_ready`, and as it was a clock before, it may be taken
// (`take`) and is told in the next clock, among the frames'. What a frame writes between the
// keeper's read and its operation makes it look again, if it concerns it. A
// move is a copy and then an overwriting write, with any number of frames' operations between: the
// table takes care that only the copy is found meanwhile. While one operation waits for its clock,
// the next one is prepared.
// Reads a row of each bank from the table (`read`, words 2 clocks later). In turn: insertions,
// deletions, reads by the host, scrubbing; a row is scrubbed once in 32 clocks (256 while half of
// the store waits) or as soon as what is under way then is done. `hold` is one clock long and asks for one key to be held
// back: the keeper has waited 32 clocks for a turn (16 while half of the store waits).
// `clear` empties the table; `ready` is low until that is done, and before the first. A read's
// answer comes some ten to 700 clocks after `table_read`; one at a time. Deletions queue (16); what
// finds the queue full is left out.
module flow_keeper
  import flowswitch_pkg::*;
#(
  parameter int unsigned FlowsLog2 = 16
) (
  input  wire logic          clk,
  input  wire logic          rst,
  input  wire flow_stamp_t   tick,
  input  wire logic          pressure,
  input  wire logic          clear,
  output logic               ready,
  output logic               hold,
  // operations
  input  wire flow_op_t      told,
  output flow_op_t           next,
  output logic               next_ready,
  input  wire logic          take,
  // the table's second port
  output logic [1:0]         read,
  output flow_row_t          read_row [2],
  input  wire logic [1:0]    read_ready,
  input  wire flow_word_t [7:0] read_words [2],
  // the host
  input  wire logic          table_write,
  input  wire logic          table_read,
  input  wire table_access_t table_access,
  output logic               read_valid,
  output logic [255:0]       read_data
);

  localparam int unsigned RowsLog2 = FlowsLog2 - 4;
  localparam int unsigned ScrubClocks = 32;
  localparam int unsigned CrowdedScrubClocks = 256;
  localparam int unsigned HoldClocks = 32;
  localparam int unsigned CrowdedHoldClocks = 16;
  localparam int unsigned ListRows = 64;
  // A clear also passes over the servers' counters.
  localparam int unsigned ClearLog2 = RowsLog2 > 10 ? RowsLog2 : 10;
  // A key on its way may still count with the tick of its clock 5.
  localparam int unsigned TickClocks = 16;
  typedef logic [RowsLog2-1:0] row_t;
  typedef logic [1:0][7:0] slots_t;

  typedef enum logic [1:0] {
    JobScrub = 2'd0,
    JobInsert = 2'd1,
    JobDelete = 2'd2,
    JobList = 2'd3
  } job_e;

  typedef enum logic [2:0] {
    StateIdle = 3'd0,
    StateRead = 3'd1,     // the rows are read
    StateJudge = 3'd2,    // .. and known
    StateSeek = 3'd3,     // other rows of the rows' entries are read
    StateDelete = 3'd4    // the deletion waits for its clock
  } state_e;

  typedef enum logic [2:0] {
    ActFree = 3'd0,       // a slot
    ActInsert = 3'd1,     // from the store into a free slot
    ActCopy = 3'd2,       // an entry to its other row
    ActReplace = 3'd3,    // .. and the insertion over it
    ActGiveUp = 3'd4,     // the insertion
    ActClear = 3'd5
  } act_e;

  state_e state_q;
  job_e   job_q;
  act_e   act_q;

  // ------------------------------------------------------------------------------------------ time
  flow_stamp_t tick_q, tick_seen_q;
  logic [4:0]  tick_count_q;
  always_ff @(posedge clk) begin
    tick_seen_q <= tick;
    if (tick != tick_seen_q) tick_count_q <= 5'(TickClocks);
    else if (tick_count_q != '0) tick_count_q <= tick_count_q - 5'd1;
    if (rst || tick_count_q == 5'd1) tick_q <= tick_seen_q;
  end

  (* ram_style = "distributed" *) flow_stamp_t ages [64];
  cluster_t written_cluster;
  assign written_cluster = cluster_of(table_access.data);
  initial for (int i = 0; i < 64; i++) ages[i] = '0;
  always @(posedge clk)
    if (table_write && table_access.number == TableCluster)
      ages[table_access.index[5:0]] <= written_cluster.unconfirmed;

  // ----------------------------------------------------------------------------- operations' joint
  flow_op_t act_op_q;      // the one that waits
  logic     stood_q;       // .. and stood on `next` a clock ago
  logic     granted;
  logic     spoiled, renewed; // by what is told: it is void; its word is another one

  assign next = act_op_q;
  assign granted = take;
  assign next_ready = stood_q && act_op_q.valid && !spoiled && !renewed;
  // Another one may follow it; the first of a move's two is followed by the second.
  logic acting_ends;
  assign acting_ends = !act_op_q.valid || (granted && act_q != ActCopy && act_q != ActClear);

  // A move that is decided and waits behind it.
  logic       move_waits_q;
  flow_op_t   move_q;
  logic [3:0] move_place_q, act_place_q;
  logic       act_stored_q;        // what acts is for an insertion of that place
  logic       may_act;
  assign may_act = acting_ends && !move_waits_q;

  // -------------------------------------------------------------------------- insertions that wait
  logic [FlowStore-1:0] waiting_q;
  flow_row_t            store_row0 [FlowStore];
  flow_word_t           store_words [FlowStore];
  logic [3:0]           place_q, place_d;
  logic [FlowStore-1:0] open;      // nothing is under way for them
  flow_word_t           word_q;
  flow_row_t            row0_q;

  always_ff @(posedge clk) begin
    if (told.valid && told.store_write) begin
      waiting_q[told.place] <= 1'b1;
      store_row0[told.place] <= told.row0;
      store_words[told.place] <= told.word;
    end
    if (granted && act_op_q.store_clear) waiting_q[act_op_q.place] <= 1'b0;
    if (rst || (told.valid && told.clear)) waiting_q <= '0;
  end

  // The next one behind the one last treated.
  always_comb begin
    open = waiting_q;
    if (act_op_q.valid && act_stored_q) open[act_place_q] = 1'b0;
    if (move_waits_q) open[move_place_q] = 1'b0;
    place_d = place_q;
    for (int i = FlowStore - 1; i >= 0; i--) if (open[i]) place_d = 4'(i);
    for (int i = FlowStore - 1; i >= 0; i--) if (open[i] && 4'(i) > place_q) place_d = 4'(i);
  end

  // -------------------------------------------------------------------------------------- the host
  typedef struct packed {
    logic [23:0]  index;
    fingerprint_t fingerprint;
  } delete_t;
  delete_t delete;
  logic    delete_waits, delete_done;

  fifo_fwft #(.Data(delete_t), .Depth(16)) u_deletes (
    .clk, .rst, .in_valid(table_write && table_access.number == TableFlow), .in_ready(),
    .in_data('{index: table_access.index, fingerprint: table_access.data[39:0]}),
    .out_valid(delete_waits), .out_ready(delete_done), .out_data(delete), .count()
  );

  logic                 list_q;            // a read waits
  logic [FlowsLog2-1:0] list_index_q;
  logic [6:0]           list_rows_q;       // rows that may be searched yet
  logic                 list_end_q;        // all rows are behind

  // --------------------------------------------------------------------------------------- reading
  row_t       row_q [2];
  logic [1:0] want_q, taken, taken_1, got;       // own rows
  slots_t     fresh_q, free_q, empty_q, expired_q, used;
  flow_word_t [7:0] words_q [2];
  logic [1:0] have_q;

  // Seeking: bank `d` is read for the slots of the other bank.
  logic [3:0] seek_q [2];
  logic [1:0] seeking, sought_1_valid, sought_valid;
  row_t       seek_row [2], sought_1_row [2], sought_row [2];
  logic [2:0] sought_1_slot [2], sought_slot [2];

  logic seek_begins;
  always_comb
    for (int b = 0; b < 2; b++) begin
      seek_row[b] = row_q[1-b] ^ row_t'(flow_turn(words_q[1-b][seek_q[b][2:0]].fingerprint));
      seeking[b] = (state_q == StateSeek || seek_begins) && !seek_q[b][3] && read_ready[b];
      taken[b] = state_q == StateRead && want_q[b] && read_ready[b];
      read[b] = taken[b] || seeking[b];
      read_row[b] = state_q == StateRead ? flow_row_t'(row_q[b]) : flow_row_t'(seek_row[b]);
    end

  always_ff @(posedge clk) begin
    taken_1 <= taken;
    got <= taken_1;
    for (int b = 0; b < 2; b++) begin
      sought_1_valid[b] <= seeking[b];
      sought_1_row[b] <= seek_row[b];
      sought_1_slot[b] <= seek_q[b][2:0];
      sought_valid[b] <= sought_1_valid[b] && state_q == StateSeek;
      sought_row[b] <= sought_1_row[b];
      sought_slot[b] <= sought_1_slot[b];
    end
    if (rst) begin
      taken_1 <= '0;
      got <= '0;
      sought_valid <= '0;
      sought_1_valid <= '0;
    end
  end

  // What arrives: a row of each bank.
  slots_t came_free, came_empty, came_expired;
  always_comb
    for (int b = 0; b < 2; b++)
      for (int i = 0; i < 8; i++) begin
        came_empty[b][i] = read_words[b][i].state == FlowFree;
        came_expired[b][i] = flow_expired(read_words[b][i].state, read_words[b][i].stamp,
                                          pressure ? PressureAge : ages[read_words[b][i].cluster],
                                          tick_q);
        came_free[b][i] = came_empty[b][i] || came_expired[b][i];
      end

  // Slots of the rows at hand that were not written since they were read, this clock included; and
  // the insertion at hand as it is now.
  slots_t     fresh;
  flow_word_t word;
  always_comb begin
    fresh = fresh_q;
    if (told.valid && told.slot_write && row_t'(told.row) == row_q[told.bank])
      fresh[told.bank][told.slot] = 1'b0;
    word = told.valid && told.store_write && told.place == place_q ? told.word : word_q;
  end

  // A row that is sought, and was not written since it was read.
  logic [1:0]  written_q, written_bank_q;
  row_t        written_row_q [2];
  logic [1:0]  sought_room;
  logic [2:0]  sought_free [2];
  always_ff @(posedge clk) begin
    written_q <= {written_q[0], told.valid && told.slot_write};
    written_bank_q <= {written_bank_q[0], told.bank};
    written_row_q[0] <= row_t'(told.row);
    written_row_q[1] <= written_row_q[0];
  end

  always_comb
    for (int b = 0; b < 2; b++) begin
      sought_room[b] = sought_valid[b] && came_free[b] != '0 &&
          fresh[1-b][sought_slot[b]] &&
          !(told.valid && told.slot_write && told.bank == 1'(b) &&
            row_t'(told.row) == sought_row[b]) &&
          !(written_q[0] && written_bank_q[0] == 1'(b) && written_row_q[0] == sought_row[b]) &&
          !(written_q[1] && written_bank_q[1] == 1'(b) && written_row_q[1] == sought_row[b]);
      sought_free[b] = '0;
      for (int i = 7; i >= 0; i--) if (came_free[b][i]) sought_free[b] = 3'(i);
    end

  assign used = ~free_q;

  // --------------------------------------------------------------------------------- what to judge
  logic       any_room, any_doomed, any_listed, delete_found;
  logic       room_bank, doomed_bank, listed_bank, delete_bank;
  logic [2:0] room_slot, doomed_slot, listed_slot, delete_slot;
  slots_t     room, doomed;

  always_comb begin
    room = free_q & fresh;
    doomed = expired_q & fresh;
    any_room = room != '0;
    any_doomed = doomed != '0;
    any_listed = 1'b0;
    room_bank = 1'b0;
    room_slot = '0;
    doomed_bank = 1'b0;
    doomed_slot = '0;
    listed_bank = 1'b0;
    listed_slot = '0;
    for (int b = 1; b >= 0; b--)
      for (int i = 7; i >= 0; i--) begin
        if (room[b][i]) {room_bank, room_slot} = {1'(b), 3'(i)};
        if (doomed[b][i]) {doomed_bank, doomed_slot} = {1'(b), 3'(i)};
        if (used[b][i] && {1'(b), 3'(i)} >= list_index_q[3:0]) begin
          any_listed = 1'b1;
          {listed_bank, listed_slot} = {1'(b), 3'(i)};
        end
      end
    delete_bank = delete.index[3];
    delete_slot = delete.index[2:0];
    delete_found = !empty_q[delete_bank][delete_slot] &&
                   words_q[delete_bank][delete_slot].fingerprint == delete.fingerprint;
  end

  // ---------------------------------------------------------------------------------- the sequence
  row_t                 scrub_q;
  logic [8:0]           scrub_count_q;
  logic                 scrub_due;
  logic [ClearLog2-1:0] clear_q;
  logic                 clearing_q;
  logic [1:0]           cleared_q;     // the last row's clear is on its way to the memories
  // The memories begin empty, and outlive a reset: only the first clear has nothing to do.
  logic                 dirty_q;
  initial begin
    dirty_q = 1'b0;
    stood_q = 1'b0;
  end

  logic crowded_q;
  always_ff @(posedge clk) crowded_q <= $countones(waiting_q) >= FlowStore / 2 && !rst;
  assign scrub_due = scrub_count_q >= (crowded_q ? 9'(CrowdedScrubClocks) : 9'(ScrubClocks));

  // A slot of the rows goes, for what was in it.
  function automatic flow_op_t over(
      input flow_op_t base, input logic bank, input row_t row, input logic [2:0] slot,
      input logic is_empty, input server_t server);
    flow_op_t result;
    result = base;
    result.slot_write = 1'b1;
    result.bank = bank;
    result.row = flow_row_t'(row);
    result.slot = slot;
    result.removed = !is_empty;
    result.removed_server = server;
    return result;
  endfunction

  function automatic flow_row_t row0_of(
      input logic bank, input row_t row, input fingerprint_t fingerprint);
    row_t turn;
    turn = bank ? row_t'(flow_turn(fingerprint)) : '0;
    return flow_row_t'({row ^ turn});
  endfunction

  flow_op_t blank, insertion, free_op, move_op;
  logic       pick_bank;             // destination
  logic [2:0] pick_from;
  flow_word_t freed_word, moved_word;
  server_t    picked_server;
  logic       word_expired;

  always_comb begin
    blank = '0;
    blank.valid = 1'b1;
    blank.keeper = 1'b1;
    insertion = blank;
    insertion.word = word;
    insertion.row0 = row0_q;
    insertion.row = row0_q;
    insertion.place = place_q;
    insertion.store_clear = 1'b1;
    // Freed: whichever of the two jobs it is.
    freed_word = job_q == JobDelete ? words_q[delete_bank][delete_slot]
                                    : words_q[doomed_bank][doomed_slot];
    free_op = over(blank, job_q == JobDelete ? delete_bank : doomed_bank,
                   row_q[job_q == JobDelete ? delete_bank : doomed_bank],
                   job_q == JobDelete ? delete_slot : doomed_slot, 1'b0, freed_word.server);
    free_op.row0 = row0_of(free_op.bank, row_t'(free_op.row), freed_word.fingerprint);
    free_op.word = freed_word;
    free_op.word.state = FlowFree;
    // Moved: to the bank whose look found room.
    pick_bank = sought_room[1];
    pick_from = sought_slot[pick_bank];
    moved_word = words_q[!pick_bank][pick_from];
    picked_server = read_words[pick_bank][sought_free[pick_bank]].server;
    move_op = over(blank, pick_bank, sought_row[pick_bank], sought_free[pick_bank],
                   came_empty[pick_bank][sought_free[pick_bank]], picked_server);
    move_op.copy = 1'b1;
    move_op.word = moved_word;
    move_op.from_row = flow_row_t'(row_q[!pick_bank]);
    move_op.from_slot = pick_from;
    move_op.row0 = row0_of(!pick_bank, row_q[!pick_bank], moved_word.fingerprint);
    word_expired = flow_expired(word.state, word.stamp,
                                pressure ? PressureAge : ages[word.cluster], tick_q);
  end

  assign seek_begins = state_q == StateJudge && job_q == JobInsert && !word_expired && !any_room &&
                       !move_waits_q;

  // The second half of a move, with the insertion as it is now.
  flow_op_t replacement;
  always_comb begin
    replacement = over(blank, !act_op_q.bank, row_t'(act_op_q.from_row), act_op_q.from_slot, 1'b1,
                       '0);
    replacement.word = store_words[act_place_q];
    replacement.row0 = store_row0[act_place_q];
    replacement.place = act_place_q;
    replacement.store_clear = 1'b1;
  end

  // Operations that spoil what waits: its slot is written, or the one that is copied from.
  function automatic logic hits(input flow_op_t by, input flow_op_t op);
    return by.valid && by.slot_write && op.slot_write &&
           ((by.bank == op.bank && row_t'(by.row) == row_t'(op.row) && by.slot == op.slot) ||
            (op.copy && by.bank != op.bank && row_t'(by.row) == row_t'(op.from_row) &&
             by.slot == op.from_slot));
  endfunction

  logic move_spoiled;
  always_comb begin
    spoiled = act_q != ActReplace && act_q != ActClear && hits(told, act_op_q);
    renewed = act_stored_q && told.valid && told.store_write && told.place == act_place_q;
    if (act_q == ActGiveUp && renewed) spoiled = 1'b1;
    move_spoiled = hits(told, move_q);
  end

  logic seek_over;
  assign seek_over = seek_q[0][3] && seek_q[1][3] && sought_1_valid == '0 && sought_valid == '0;

  assign delete_done = (state_q == StateJudge && job_q == JobDelete && !delete_found) ||
                       (state_q == StateDelete && granted);

  always @(posedge clk) begin
    stood_q <= act_op_q.valid && !granted && !spoiled && !renewed;
    read_valid <= 1'b0;
    read_data <= '0;
    if (!scrub_due) scrub_count_q <= scrub_count_q + 9'd1;

    for (int b = 0; b < 2; b++) begin
      fresh_q[b] <= fresh[b];
      if (taken[b]) begin
        fresh_q[b] <= '1;
        if (told.valid && told.slot_write && told.bank == 1'(b) && row_t'(told.row) == row_q[b])
          fresh_q[b][told.slot] <= 1'b0;
      end
    end
    word_q <= word;

    if (table_read && table_access.number == TableFlow) begin
      list_q <= 1'b1;
      list_index_q <= table_access.index[FlowsLog2-1:0];
      list_rows_q <= 7'(ListRows);
      list_end_q <= table_access.index >> FlowsLog2 != '0;
    end

    for (int b = 0; b < 2; b++)
      if (got[b]) begin
        have_q[b] <= 1'b1;
        words_q[b] <= read_words[b];
        free_q[b] <= came_free[b];
        empty_q[b] <= came_empty[b];
        expired_q[b] <= came_expired[b];
      end
    want_q <= want_q & ~taken;
    for (int b = 0; b < 2; b++) if (seeking[b]) seek_q[b] <= seek_q[b] + 4'd1;

    // What acts: done, spoiled, or as fresh as can be.
    if (granted) begin
      act_op_q.valid <= 1'b0;
      if (act_q == ActCopy) begin
        act_q <= ActReplace;
        act_op_q <= replacement;
      end else if (act_q == ActClear) begin
        clear_q <= clear_q + 1'b1;
        act_op_q.row <= flow_row_t'(clear_q) + flow_row_t'(1);
        if (clear_q == '1) begin
          clearing_q <= 1'b0;
        end else act_op_q.valid <= 1'b1;
      end
    end else if (spoiled) act_op_q.valid <= 1'b0;
    else if (act_op_q.store_clear && renewed) act_op_q.word <= told.word;

    // The move that waits follows.
    if (move_waits_q && move_spoiled) move_waits_q <= 1'b0;
    else if (move_waits_q && acting_ends) begin
      move_waits_q <= 1'b0;
      act_q <= ActCopy;
      act_op_q <= move_q;
      act_place_q <= move_place_q;
      act_stored_q <= 1'b1;
    end

    unique case (state_q)
      StateIdle: begin
        want_q <= '1;
        have_q <= '0;
        seek_q[0] <= '0;
        seek_q[1] <= '0;
        state_q <= StateRead;
        if (clearing_q) begin
          state_q <= StateIdle;
          if (may_act) begin
            act_q <= ActClear;
            act_op_q <= blank;
            act_op_q.clear <= 1'b1;
            act_op_q.row <= flow_row_t'(clear_q);
            act_stored_q <= 1'b0;
          end
        end else if (scrub_due || !(open != '0 || delete_waits || list_q)) begin
          job_q <= JobScrub;
          row_q[0] <= scrub_q;
          row_q[1] <= scrub_q;
          scrub_count_q <= '0;
        end else if (open != '0) begin
          job_q <= JobInsert;
          place_q <= place_d;
          word_q <= told.valid && told.store_write && told.place == place_d ? told.word
                                                                         : store_words[place_d];
          row0_q <= store_row0[place_d];
          row_q[0] <= row_t'(store_row0[place_d]);
          row_q[1] <= row_t'(store_row0[place_d]) ^
                      row_t'(flow_turn(store_words[place_d].fingerprint));
        end else if (delete_waits) begin
          job_q <= JobDelete;
          row_q[0] <= row_t'(delete.index >> 4);
          row_q[1] <= row_t'(delete.index >> 4);
        end else begin
          job_q <= JobList;
          row_q[0] <= list_index_q[FlowsLog2-1:4];
          row_q[1] <= list_index_q[FlowsLog2-1:4];
        end
      end

      StateRead: if ((have_q | got) == '1) state_q <= StateJudge;

      StateJudge:
        unique case (job_q)
          JobInsert:
            if (word_expired || any_room) begin
              if (may_act) begin
                state_q <= StateIdle;
                act_place_q <= place_q;
                act_stored_q <= 1'b1;
                act_op_q <= insertion;
                if (word_expired) begin
                  act_q <= ActGiveUp;
                  act_op_q.removed <= 1'b1;
                  act_op_q.removed_server <= word.server;
                end else begin
                  act_q <= ActInsert;
                  act_op_q <= over(insertion, room_bank, row_q[room_bank], room_slot,
                                   empty_q[room_bank][room_slot],
                                   words_q[room_bank][room_slot].server);
                end
              end
            end else if (seek_begins) state_q <= StateSeek;
          JobDelete:
            if (!delete_found || !fresh[delete_bank][delete_slot]) state_q <= StateIdle;
            else if (may_act) begin
              act_q <= ActFree;
              act_op_q <= free_op;
              act_stored_q <= 1'b0;
              state_q <= StateDelete;
            end
          JobList: begin
            state_q <= StateIdle;
            if (list_end_q || any_listed || list_rows_q == 7'd1 ||
                list_index_q[FlowsLog2-1:4] == '1) begin
              list_q <= 1'b0;
              read_valid <= 1'b1;
              if (any_listed && !list_end_q) begin
                read_data[71:0] <= words_q[listed_bank][listed_slot];
                read_data[96+:24] <= 24'({list_index_q[FlowsLog2-1:4], listed_bank, listed_slot});
                read_data[96+31] <= 1'b1;
              end else begin
                read_data[96+:24] <= 24'({1'b0, list_index_q[FlowsLog2-1:4]} +
                                         1'b1) << 4;
                read_data[96+30] <= list_end_q || list_index_q[FlowsLog2-1:4] == '1;
              end
            end
            list_index_q <= {list_index_q[FlowsLog2-1:4] + row_t'(1), 4'd0};
            list_rows_q <= list_rows_q - 7'd1;
          end
          default: // scrub
            if (!any_doomed) begin
              scrub_q <= scrub_q + row_t'(1);
              state_q <= StateIdle;
            end else if (may_act) begin
              act_q <= ActFree;
              act_op_q <= free_op;
              act_stored_q <= 1'b0;
              fresh_q[doomed_bank][doomed_slot] <= 1'b0;
            end
        endcase

      StateSeek:
        if (sought_room != '0) begin
          move_waits_q <= 1'b1;
          move_q <= move_op;
          move_place_q <= place_q;
          state_q <= StateIdle;
        end else if (seek_over && may_act) begin
          act_q <= ActGiveUp;
          act_place_q <= place_q;
          act_stored_q <= 1'b1;
          act_op_q <= insertion;
          act_op_q.refused <= 1'b1;
          act_op_q.removed <= 1'b1;
          act_op_q.removed_server <= word.server;
          state_q <= StateIdle;
        end

      default: // StateDelete
        if (granted || spoiled) state_q <= StateIdle;
    endcase

    cleared_q <= {cleared_q[0], 1'b0};
    if (granted && act_q == ActClear && clear_q == '1) cleared_q <= 2'b01;
    if (cleared_q[1]) ready <= 1'b1;
    if (clear) begin
      cleared_q <= '0;
      ready <= !dirty_q;
      clearing_q <= dirty_q;
      clear_q <= '0;
      dirty_q <= 1'b1;
      move_waits_q <= 1'b0;
    end
    if (rst) begin
      state_q <= StateIdle;
      act_op_q.valid <= 1'b0;
      move_waits_q <= 1'b0;
      stood_q <= 1'b0;
      ready <= 1'b0;
      cleared_q <= '0;
      clearing_q <= 1'b0;
      list_q <= 1'b0;
      read_valid <= 1'b0;
      scrub_q <= '0;
      scrub_count_q <= '0;
      place_q <= '0;
    end
  end

  // ------------------------------------------------------------------------------ waiting too long
  logic [5:0] waited_q;
  always_ff @(posedge clk) begin
    hold <= 1'b0;
    waited_q <= waited_q + 6'd1;
    if (granted || !(act_op_q.valid || (state_q == StateRead && want_q != '0 && read == '0) ||
                     (state_q == StateSeek && !seek_over && read == '0))) waited_q <= '0;
    else if (waited_q >= 6'((crowded_q ? CrowdedHoldClocks : HoldClocks) - 1)) begin
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
