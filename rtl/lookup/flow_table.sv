`default_nettype none

// The flow table as one engine sees it (docs/src/card/flows.md): looks a key up, tells what it
// found, and says what is to be written for it.
//
// One key a clock, never held up. Clocks are those of the engine: `ask` in clock 5, `answer` in
// clock 11 (it does not depend on `commit_11` and `choose_*`), `op` and `event_12` registered in
// clock 12. Nothing is written but what comes on `bus` in clock 12: `op`, if `own`, when it is
// valid, else the keeper's; in a copy of the table that only follows (`own` low), the writer's.
// An operation that does not come from the same clock's `op` must have stood on `next` in the clock
// before; its word may change in between.
// The answers are as if keys were treated one after the other: a key at clocks 5 to 11 is told of
// every operation on the bus. Keys take the tick and the pressure of their clock 5 along.
// A key within 2 clocks of another of its flow shares that one's tick, and writes the entry again
// even if nothing has changed.
// The keeper reads a row of each bank by `read`, unless `read_ready` of that bank is low (it is
// being written); the words come 2 clocks later.
// Full: what finds neither slot nor place in the store is refused; nothing waits here.
module flow_table
  import flowswitch_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Servers = 1024,
  parameter int unsigned FlowsLog2 = 16,
  parameter string Style = "ultra"
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             enabled,         // else nothing is found and nothing asked for
  input  wire logic             own,             // constant: `op` goes to the bus
  input  wire flow_stamp_t      tick,
  input  wire logic             pressure,
  // tables
  input  wire logic             member_write,
  input  wire member_t          member_index,
  input  wire member_entry_t    member_entry,
  input  wire logic             table_write,
  input  wire table_access_t    table_access,
  input  wire logic [Ports-1:0] usable,
  // the key
  input  wire flow_ask_t        ask,
  input  wire server_t          instead_server_9, // whose member entry is wanted beside
  input  wire logic             own_tag_11,       // the kind of logical port the frame came from
  output flow_answer_t          answer,
  input  wire logic             commit_11,        // the entry may be changed
  input  wire logic             choose_valid_11,  // a service matched and a member is up
  input  wire server_t          choose_server_11,
  input  wire member_entry_t    choose_entry_11,
  output flow_op_t              op,
  output flow_event_e           event_12,
  // what is written
  input  wire flow_op_t         next,
  input  wire flow_op_t         bus,
  // the keeper's reads
  input  wire logic [1:0]       read,
  input  wire flow_row_t        read_row [2],
  output logic [1:0]            read_ready,
  output flow_word_t [7:0]      read_words [2]
);

  localparam int unsigned RowsLog2 = FlowsLog2 - 4;
  localparam int unsigned ServerW = $clog2(Servers);
  typedef logic [RowsLog2-1:0] row_t;
  typedef logic [1:0][7:0] slots_t;          // by bank and slot

  // What a key takes along.
  typedef struct packed {
    logic         look;
    logic         write;
    logic         reverse;
    logic         confirms;
    flow_kind_e   kind;
    segment_e     segment;                   // as far as the entry is concerned
    logic [5:0]   cluster;
    server_t      source;
    flow_stamp_t  tick;
    logic         pressure;
    row_t         row0, row1;
    fingerprint_t fingerprint;
  } step_t;

  // Where a key's entry stands, and what it is.
  typedef struct packed {
    logic       hit;
    logic       in_store;
    logic       bank;
    logic [2:0] slot;
    logic [3:0] place;
    flow_word_t word;
  } match_t;

  function automatic match_t follow(
      input match_t earlier, input flow_op_t told, input logic equal, input logic in_row);
    match_t now;
    now = earlier;
    if (equal && told.slot_write) begin
      now.hit = told.word.state != FlowFree;
      now.in_store = 1'b0;
      now.bank = told.bank;
      now.slot = told.slot;
      now.word = told.word;
    end else if (equal && told.store_write) begin
      now.hit = 1'b1;
      now.in_store = 1'b1;
      now.place = told.place;
      now.word = told.word;
    end else if (equal && told.store_clear)
      now.hit = 1'b0;
    else if (in_row && !earlier.in_store && earlier.bank == told.bank && earlier.slot == told.slot)
      now.hit = 1'b0;
    return now;
  endfunction

  // ----------------------------------------------------------------------------- the key's clocks
  step_t step_5;
  step_t step_q [6:11];
  always_comb begin
    step_5.look = ask.look && enabled;
    step_5.write = ask.write;
    step_5.reverse = ask.reverse;
    step_5.confirms = ask.confirms;
    step_5.kind = ask.kind;
    step_5.segment = ask.persistent && ask.segment != SegmentDatagram ? SegmentMiddle : ask.segment;
    step_5.cluster = ask.cluster;
    step_5.source = ask.source;
    step_5.tick = tick;
    step_5.pressure = pressure;
    step_5.row0 = row_t'(ask.key);
    step_5.fingerprint = ask.key[FlowHashBits-1:20];
    step_5.row1 = row_t'(ask.key) ^ row_t'(flow_turn(ask.key[FlowHashBits-1:20]));
  end

  always_ff @(posedge clk) begin
    step_q[6] <= step_5;
    for (int s = 7; s <= 11; s++) step_q[s] <= step_q[s-1];
    if (rst) for (int s = 6; s <= 11; s++) step_q[s].look <= 1'b0;
  end

  // ------------------------------------------------------------------- keys and the bus: who is it
  // The same key; a slot of the key's rows is written; or one of them was copied from.
  logic [11:5] same, here, from;

  // In clock 11 no wide comparison: the key before this one, and what may come from elsewhere, are
  // known a clock earlier.
  logic same_before_11, row0_before_11, row1_before_11, same_next_11, here_next_11, from_next_11;
  always_ff @(posedge clk) begin
    same_before_11 <= step_q[10].row0 == step_q[11].row0 &&
                      step_q[10].fingerprint == step_q[11].fingerprint;
    row0_before_11 <= step_q[10].row0 == step_q[11].row0;
    row1_before_11 <= step_q[10].row1 == step_q[11].row1;
    same_next_11 <= row_t'(next.row0) == step_q[10].row0 &&
                    next.word.fingerprint == step_q[10].fingerprint;
    here_next_11 <= row_t'(next.row) == (next.bank ? step_q[10].row1 : step_q[10].row0);
    from_next_11 <= row_t'(next.from_row) == (next.bank ? step_q[10].row0 : step_q[10].row1);
  end

  always_comb begin
    same = '0;
    here = '0;
    from = '0;
    if (bus.valid) begin
      same[5] = row_t'(bus.row0) == step_5.row0 && bus.word.fingerprint == step_5.fingerprint;
      here[5] = bus.slot_write && row_t'(bus.row) == (bus.bank ? step_5.row1 : step_5.row0);
      from[5] = bus.copy && row_t'(bus.from_row) == (bus.bank ? step_5.row0 : step_5.row1);
      for (int s = 6; s <= 10; s++) begin
        same[s] = row_t'(bus.row0) == step_q[s].row0 &&
                  bus.word.fingerprint == step_q[s].fingerprint;
        here[s] = bus.slot_write && row_t'(bus.row) == (bus.bank ? step_q[s].row1 : step_q[s].row0);
        from[s] = bus.copy &&
                  row_t'(bus.from_row) == (bus.bank ? step_q[s].row0 : step_q[s].row1);
      end
      same[11] = own && op.valid ? same_before_11 : same_next_11;
      here[11] = bus.slot_write && (own && op.valid ? (bus.bank ? row1_before_11 : row0_before_11)
                                                    : here_next_11);
      from[11] = bus.copy && from_next_11;
    end
  end

  // ---------------------------------------------------------------------- clocks 5 to 7: the slots
  flow_word_t words_7 [16];
  for (genvar b = 0; b < 2; b++) begin : gen_bank
    assign read_ready[b] = !(bus.valid && (bus.clear || (bus.slot_write && bus.bank == 1'(b))));
    for (genvar i = 0; i < 8; i++) begin : gen_slot
      logic write;
      assign write = bus.valid &&
                     (bus.clear || (bus.slot_write && bus.bank == 1'(b) && bus.slot == 3'(i)));
      // One slot of all rows of one bank. A read by the keeper waits for a clock without a write.
      ram_tdp #(
        .Width($bits(flow_word_t)), .Depth(2 ** RowsLog2), .ReadLatency(2), .Style(Style)
      ) u_slot (
        .clk, .a_address(b == 1 ? step_5.row1 : step_5.row0), .a_data(words_7[8*b+i]),
        .b_write(write), .b_read(read[b]),
        .b_address(write ? row_t'(bus.row) : row_t'(read_row[b])),
        .b_written(bus.clear ? '0 : bus.word), .b_data(read_words[b][i])
      );
    end
  end

  // Between the two writes of a move the older of the entry's two slots is neither its place nor
  // free.
  logic       moving_q, moving_bank_q;
  row_t       moving_row_q;
  logic [2:0] moving_slot_q;
  always_ff @(posedge clk)
    if (rst || (bus.valid && bus.clear)) moving_q <= 1'b0;
    else if (bus.valid && bus.copy) begin
      moving_q <= 1'b1;
      moving_bank_q <= !bus.bank;
      moving_row_q <= row_t'(bus.from_row);
      moving_slot_q <= bus.from_slot;
    end else if (bus.valid && bus.slot_write && bus.bank == moving_bank_q &&
                 row_t'(bus.row) == moving_row_q && bus.slot == moving_slot_q)
      moving_q <= 1'b0;

  // What the memories cannot know, because it is written behind their being read: `over` the slot
  // is not what they say, but free or not; `told` this is the key's entry, or there is none.
  slots_t over_d [5:7], over_q [6:8], over_free_d [5:7], over_free_q [6:7];
  logic   told_q [6:8];
  match_t told_match_q [6:8];

  always_comb begin
    over_d[5] = '0;
    over_free_d[5] = '0;
    if (moving_q && moving_row_q == (moving_bank_q ? step_5.row1 : step_5.row0))
      over_d[5][moving_bank_q][moving_slot_q] = 1'b1;
    for (int s = 6; s <= 7; s++) begin
      over_d[s] = over_q[s];
      over_free_d[s] = over_free_q[s];
    end
    for (int s = 5; s <= 7; s++) begin
      if (here[s]) begin
        over_d[s][bus.bank][bus.slot] = 1'b1;
        over_free_d[s][bus.bank][bus.slot] = bus.word.state == FlowFree;
      end
      if (from[s]) begin
        over_d[s][!bus.bank][bus.from_slot] = 1'b1;
        over_free_d[s][!bus.bank][bus.from_slot] = 1'b0;
      end
    end
  end

  logic bus_tells;
  assign bus_tells = bus.slot_write || bus.store_write || bus.store_clear;

  always_ff @(posedge clk) begin
    for (int s = 6; s <= 8; s++) over_q[s] <= over_d[s-1];
    for (int s = 6; s <= 7; s++) over_free_q[s] <= over_free_d[s-1];
    told_q[6] <= same[5] && bus_tells;
    told_match_q[6] <= 'x;
    if (same[5]) told_match_q[6] <= follow('0, bus, 1'b1, 1'b0);
    for (int s = 7; s <= 8; s++) begin
      told_q[s] <= told_q[s-1] || (same[s-1] && bus_tells);
      told_match_q[s] <= 'x;
      if (told_q[s-1] || same[s-1])
        told_match_q[s] <= follow(told_match_q[s-1], bus, same[s-1], here[s-1]);
    end
  end

  // ---------------------------------------------------------------- the store, searched in clock 7
  logic [FlowStore-1:0] used_q, used_d, store_equal_8;
  row_t                 store_row0_q [FlowStore];
  fingerprint_t         store_fingerprint_q [FlowStore];
  (* ram_style = "distributed" *) flow_word_t store_words [FlowStore];
  logic                 vacant_q, second_vacant_q; // a place is free; another one is
  logic [3:0]           place_q, second_place_q;

  always_comb begin
    used_d = used_q;
    if (bus.valid) begin
      if (bus.store_write) used_d[bus.place] = 1'b1;
      if (bus.store_clear) used_d[bus.place] = 1'b0;
      if (bus.clear) used_d = '0;
    end
  end

  always_ff @(posedge clk) begin
    used_q <= rst ? '0 : used_d;
    if (bus.valid && bus.store_write) begin
      store_row0_q[bus.place] <= row_t'(bus.row0);
      store_fingerprint_q[bus.place] <= bus.word.fingerprint;
      store_words[bus.place] <= bus.word;
    end
    // The lowest and the highest free place, as of the clock before: at most one has been taken
    // since.
    vacant_q <= used_d != '1;
    for (int i = FlowStore - 1; i >= 0; i--)
      if (!used_d[i]) place_q <= 4'(unsigned'(i));
    for (int i = 0; i < int'(FlowStore); i++) if (!used_d[i]) second_place_q <= 4'(i);
    second_vacant_q <= (~used_d & (~used_d - 16'd1)) != '0;
    store_equal_8 <= 'x;
    if (step_q[7].look)
      for (int i = 0; i < int'(FlowStore); i++)
        store_equal_8[i] <= used_q[i] && store_row0_q[i] == step_q[7].row0 &&
                            store_fingerprint_q[i] == step_q[7].fingerprint;
  end

  // ----------------------------------------------------------------- clock 7: what is in the slots
  // Ages of unconfirmed entries, for each slot; all that is known of a cluster, for the one found
  // and for the one asked for.
  (* ram_style = "distributed" *) flow_stamp_t ages [64];
  (* ram_style = "distributed" *) cluster_t clusters [64];
  cluster_t written_cluster;
  assign written_cluster = cluster_of(table_access.data);
  initial
    for (int i = 0; i < 64; i++) begin
      ages[i] = '0;
      clusters[i] = '0;
    end
  always @(posedge clk)
    if (table_write && table_access.number == TableCluster) begin
      ages[table_access.index[5:0]] <= written_cluster.unconfirmed;
      clusters[table_access.index[5:0]] <= written_cluster;
    end

  slots_t           equal_8, free_8, empty_8;
  flow_word_t       words_8 [16];
  always_ff @(posedge clk) begin
    equal_8 <= 'x;
    free_8 <= 'x;
    empty_8 <= 'x;
    for (int i = 0; i < 16; i++) words_8[i] <= 'x;
    if (step_q[7].look)
      for (int b = 0; b < 2; b++)
        for (int i = 0; i < 8; i++) begin
          words_8[8*b+i] <= words_7[8*b+i];
          equal_8[b][i] <= words_7[8*b+i].fingerprint == step_q[7].fingerprint &&
                           words_7[8*b+i].state != FlowFree && !over_d[7][b][i];
          free_8[b][i] <= over_d[7][b][i] ? over_free_d[7][b][i] :
              words_7[8*b+i].state == FlowFree ||
              flow_expired(words_7[8*b+i].state, words_7[8*b+i].stamp,
                           step_q[7].pressure ? PressureAge : ages[words_7[8*b+i].cluster],
                           step_q[7].tick);
          empty_8[b][i] <= over_d[7][b][i] ? over_free_d[7][b][i] :
              words_7[8*b+i].state == FlowFree;
        end
  end

  // ---------------------------------------------------------------------- clock 8: which one is it
  slots_t            equal_8_now;
  match_t            match_8, match_q [9:11];
  slots_t            free_8_now, free_9, empty_8_now, empty_9;
  server_t           servers_9 [16], servers_10 [16];

  always_comb begin
    equal_8_now = 'x;
    match_8 = 'x;
    if (step_q[8].look) begin
      equal_8_now = equal_8;
      if (here[8]) equal_8_now[bus.bank][bus.slot] = 1'b0;
      match_8 = '0;
      if (told_q[8]) match_8 = told_match_q[8];
      else if (store_equal_8 != '0) begin
        match_8.hit = 1'b1;
        match_8.in_store = 1'b1;
        for (int i = 0; i < int'(FlowStore); i++)
          if (store_equal_8[i]) match_8.place |= 4'(unsigned'(i));
        match_8.word = store_words[match_8.place];
      end else begin
        match_8.hit = equal_8_now != '0;
        for (int b = 0; b < 2; b++)
          for (int i = 0; i < 8; i++)
            if (equal_8_now[b][i]) begin
              match_8.bank |= 1'(unsigned'(b));
              match_8.slot |= 3'(unsigned'(i));
              match_8.word |= words_8[8*b+i];
            end
      end
    end
  end

  // Free slots, as told by the bus.
  always_comb begin
    free_8_now = 'x;
    empty_8_now = 'x;
    if (step_q[8].look) begin
      free_8_now = free_8;
      empty_8_now = empty_8;
      if (here[8]) begin
        free_8_now[bus.bank][bus.slot] = bus.word.state == FlowFree;
        empty_8_now[bus.bank][bus.slot] = bus.word.state == FlowFree;
      end
      if (from[8]) begin
        free_8_now[!bus.bank][bus.from_slot] = 1'b0;
        empty_8_now[!bus.bank][bus.from_slot] = 1'b0;
      end
    end
  end

  always_ff @(posedge clk) begin
    match_q[9] <= 'x;
    free_9 <= free_8_now;
    empty_9 <= empty_8_now;
    for (int i = 0; i < 16; i++) servers_9[i] <= 'x;
    if (step_q[8].look) begin
      match_q[9] <= follow(match_8, bus, same[8], here[8]);
      for (int i = 0; i < 16; i++) servers_9[i] <= words_8[i].server;
    end
    for (int i = 0; i < 16; i++) servers_10[i] <= 'x;
    if (step_q[9].look) for (int i = 0; i < 16; i++) servers_10[i] <= servers_9[i];
  end

  // ------------------------------------------------------ clocks 9 to 11: its server, its settings
  member_entry_t entry_own_11, instead_11;
  server_t       entry_server_9;
  assign entry_server_9 = step_q[9].reverse ? step_q[9].source : match_q[9].word.server;

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(Servers), .ReadLatency(2)) u_members (
    .clk, .write_enable(member_write && member_index < FirstRouter),
    .write_address(member_index[ServerW-1:0]), .write_data(member_entry),
    .read_enable(step_q[9].look), .read_address(entry_server_9[ServerW-1:0]),
    .read_data(entry_own_11)
  );

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(Servers), .ReadLatency(2)) u_instead (
    .clk, .write_enable(member_write && member_index < FirstRouter),
    .write_address(member_index[ServerW-1:0]), .write_data(member_entry),
    .read_enable(1'b1), .read_address(instead_server_9[ServerW-1:0]), .read_data(instead_11)
  );

  // A frame's write that the bus tells of later than clock 8 brings these along.
  logic          brings;
  logic          late_10, late_q11;
  member_entry_t late_entry_10, late_entry_q11;
  cluster_t      settings_10, settings_q11, asked_settings_10, asked_settings_11;
  cluster_t      settings_d10;
  match_t        match_d10;
  logic          expired_q11;
  // What the ages make of the tick, and whether a renewed stamp would differ from the entry's:
  // known a clock ahead, but if the bus has told of the entry since (`recent`), it is written again
  // rather than asked.
  flow_stamps_t  stamps_10, stamps_q11, asked_stamps_11;
  logic          recent_q11, renews_tick_q11, renews_kind_q11, renews_fin_q11;

  function automatic logic is_later(input flow_stamp_t stamp, input flow_stamp_t other);
    flow_stamp_t difference;
    difference = other - stamp;
    return difference != '0 && !difference[12];
  endfunction

  function automatic flow_stamp_t later(input flow_stamp_t stamp, input flow_stamp_t other);
    flow_stamp_t difference;
    difference = other - stamp;
    return difference[12] ? stamp : other;
  endfunction

  assign brings = bus_tells && !bus.keeper;
  always_comb begin
    match_d10 = 'x;
    settings_d10 = 'x;
    stamps_10 = 'x;
    if (step_q[10].look) begin
      match_d10 = follow(match_q[10], bus, same[10], here[10]);
      settings_d10 = same[10] && brings ? bus.settings : settings_10;
      stamps_10 = flow_stamps(settings_10, step_q[10].tick);
    end
  end

  always_ff @(posedge clk) begin
    match_q[10] <= 'x;
    settings_10 <= 'x;
    asked_settings_10 <= 'x;
    if (step_q[9].look) begin
      match_q[10] <= follow(match_q[9], bus, same[9], here[9]);
      settings_10 <= same[9] && brings ? bus.settings : clusters[match_q[9].word.cluster];
      asked_settings_10 <= clusters[step_q[9].cluster];
    end
    late_10 <= same[9] && brings;
    late_entry_10 <= bus.entry;

    match_q[11] <= match_d10;
    settings_q11 <= settings_d10;
    late_q11 <= late_10 || (same[10] && brings);
    recent_q11 <= same[10] && bus_tells;
    asked_settings_11 <= 'x;
    late_entry_q11 <= 'x;
    stamps_q11 <= 'x;
    asked_stamps_11 <= 'x;
    renews_tick_q11 <= 'x;
    renews_kind_q11 <= 'x;
    renews_fin_q11 <= 'x;
    expired_q11 <= 'x;
    if (step_q[10].look) begin
      asked_settings_11 <= asked_settings_10;
      late_entry_q11 <= same[10] && brings ? bus.entry : late_entry_10;
      stamps_q11 <= same[10] && brings ? bus.stamps : stamps_10;
      asked_stamps_11 <= flow_stamps(asked_settings_10, step_q[10].tick);
      renews_tick_q11 <= match_q[10].word.stamp != step_q[10].tick;
      renews_kind_q11 <= is_later(match_q[10].word.stamp, stamps_10.age[step_q[10].kind]);
      renews_fin_q11 <= is_later(match_q[10].word.stamp, stamps_10.fin);
      expired_q11 <= !(same[10] && brings) &&
                     flow_expired(match_q[10].word.state, match_q[10].word.stamp,
                                  step_q[10].pressure ? PressureAge : settings_10.unconfirmed,
                                  step_q[10].tick);
    end
  end

  // --------------------------------------------- clocks 9 and 10: which slot a new entry would get
  // Of each row the lowest and the highest free slot; those of the row that has more of them first.
  // What the bus tells from clock 9 on is asked of these alone.
  typedef struct packed {
    logic       valid;
    logic       bank;
    logic [2:0] slot;
    logic       empty;       // else an expired entry of `server` goes
    server_t    server;
  } choice_t;

  function automatic choice_t tell(
      input choice_t earlier, input flow_op_t told, input logic in_row, input logic moves);
    choice_t after;
    after = earlier;
    if (in_row && earlier.bank == told.bank && earlier.slot == told.slot) begin
      after.valid = told.word.state == FlowFree;
      after.empty = 1'b1;
    end
    if (moves && earlier.bank != told.bank && earlier.slot == told.from_slot) after.valid = 1'b0;
    return after;
  endfunction

  // By bank, lowest and highest.
  choice_t [3:0] choices_9, choices_10, served_10, choices_11;
  logic          prefer_9, prefer_10;

  always_comb begin
    prefer_9 = 'x;
    choices_9 = 'x;
    if (step_q[9].look) begin
      prefer_9 = $countones(free_9[1]) > $countones(free_9[0]);
      for (int b = 0; b < 2; b++) begin
        choices_9[2*b] = '0;
        choices_9[2*b].bank = 1'(unsigned'(b));
        choices_9[2*b].valid = free_9[b] != '0;
        choices_9[2*b+1] = choices_9[2*b];
        choices_9[2*b+1].valid = (free_9[b] & (free_9[b] - 8'd1)) != '0;
        for (int i = 7; i >= 0; i--)
          if (free_9[b][i]) begin
            choices_9[2*b].slot = 3'(unsigned'(i));
            choices_9[2*b].empty = empty_9[b][i];
          end
        for (int i = 0; i < 8; i++)
          if (free_9[b][i]) begin
            choices_9[2*b+1].slot = 3'(unsigned'(i));
            choices_9[2*b+1].empty = empty_9[b][i];
          end
      end
    end
    served_10 = 'x;
    if (step_q[10].look)
      for (int c = 0; c < 4; c++) begin
        served_10[c] = tell(choices_10[c], bus, here[10], from[10]);
        served_10[c].server = servers_10[{1'(unsigned'(c / 2)), choices_10[c].slot}];
      end
  end

  always_ff @(posedge clk) begin
    prefer_10 <= prefer_9;
    choices_10 <= 'x;
    if (step_q[9].look)
      for (int c = 0; c < 4; c++) choices_10[c] <= tell(choices_9[c], bus, here[9], from[9]);
    choices_11 <= 'x;
    if (step_q[10].look)
      for (int c = 0; c < 4; c++)
        choices_11[c] <= served_10[{c / 2 == 1, c % 2 == 1} ^ {prefer_10, 1'b0}];
  end

  // ----------------------------------------------------------------------- clock 11: what is found
  match_t        match_11;
  logic          told_11, late_11, found_11, usable_11, up_11, takes_11;
  logic          restart_11, room_11;
  logic          vacant_11;
  choice_t [3:0] told_choices_11;
  logic [3:0]    place_11;
  cluster_t      settings_11;
  member_entry_t entry_11;
  choice_t       choice_11;
  segment_e      segment_11;

  assign told_11 = same[11] && brings;
  always_comb begin
    match_11 = 'x;
    if (step_q[11].look) match_11 = follow(match_q[11], bus, same[11], here[11]);
  end
  assign settings_11 = told_11 ? bus.settings : settings_q11;
  assign late_11 = (told_11 || late_q11) && !step_q[11].reverse;
  assign entry_11 = !late_11 ? entry_own_11 : told_11 ? bus.entry : late_entry_q11;
  assign found_11 = match_11.hit && step_q[11].look && enabled &&
                    (told_11 || !expired_q11);

  // A slot or a place that the bus fills in this clock.
  always_comb begin
    told_choices_11 = 'x;
    choice_11 = 'x;
    if (step_q[11].look) begin
      choice_11 = '0;
      for (int c = 3; c >= 0; c--) begin
        told_choices_11[c] = tell(choices_11[c], bus, here[11], from[11]);
        if (told_choices_11[c].valid) choice_11 = told_choices_11[c];
      end
    end
    if (vacant_q && !(bus.valid && bus.store_write && bus.place == place_q)) begin
      vacant_11 = 1'b1;
      place_11 = place_q;
    end else begin
      vacant_11 = second_vacant_q;
      place_11 = second_place_q;
    end
  end

  logic port_usable_11;
  always_comb begin
    port_usable_11 = 1'b0;
    for (int p = 0; p < int'(Ports); p++)
      if (entry_11.port == port_t'(p)) port_usable_11 = usable[p];
    segment_11 = step_q[11].segment;
    usable_11 = entry_11.valid && port_usable_11 && entry_11.own_tag == own_tag_11;
    up_11 = usable_11 && entry_11.up;
    takes_11 = found_11 && !step_q[11].reverse && (up_11 || (usable_11 && settings_11.keep));
    restart_11 = found_11 && !step_q[11].reverse && step_q[11].write &&
                 segment_11 == SegmentStart &&
                 (match_11.word.state == FlowFin || match_11.word.state == FlowRst ||
                  (match_11.word.state == FlowEstablished &&
                   (entry_11.draining || entry_11.weight == '0 || !entry_11.valid)));
    room_11 = match_11.hit || choice_11.valid || vacant_11;
  end

  assign answer = '{
    found: found_11, takes: takes_11, restart: restart_11,
    fresh: step_q[11].look && step_q[11].write && (!found_11 || restart_11), room: room_11,
    server: match_11.word.server, entry: entry_11, instead: instead_11};

  // --------------------------------------------------------------------- clock 11: what it becomes
  // The state's way on; stamps of a state that stays never become earlier.
  flow_word_t  next_word;
  flow_stamps_t stamps_11;
  flow_stamp_t  by_kind_11, kind_stamp_11, fin_stamp_11;
  logic         recent_11, changes_11;

  always_comb begin
    recent_11 = 'x;
    stamps_11 = 'x;
    by_kind_11 = 'x;
    kind_stamp_11 = 'x;
    fin_stamp_11 = 'x;
    changes_11 = 'x;
    next_word = 'x;
    if (step_q[11].look) begin
      recent_11 = recent_q11 || (same[11] && bus_tells);
      stamps_11 = told_11 ? bus.stamps : stamps_q11;
      by_kind_11 = stamps_11.age[step_q[11].kind];
      kind_stamp_11 = told_11 ? later(bus.word.stamp, bus.stamps.age[step_q[11].kind])
                              : later(match_q[11].word.stamp, stamps_q11.age[step_q[11].kind]);
      fin_stamp_11 = told_11 ? later(bus.word.stamp, bus.stamps.fin)
                             : later(match_q[11].word.stamp, stamps_q11.fin);
      changes_11 = 1'b1;
      next_word = match_11.word;
      unique case (match_11.word.state)
        FlowUnconfirmed, FlowOpened:
          if (step_q[11].reverse == (match_11.word.state == FlowOpened)) begin
            // The side that began.
            if (!step_q[11].reverse && (settings_11.bypass || step_q[11].confirms)) begin
              if (segment_11 != SegmentStart && segment_11 != SegmentReset) begin
                next_word.state = FlowEstablished;
                next_word.stamp = by_kind_11;
              end else begin
                next_word.stamp = step_q[11].tick;
                changes_11 = recent_11 || renews_tick_q11;
              end
            end else if (!step_q[11].reverse || segment_11 != SegmentReset) begin
              next_word.stamp = step_q[11].tick;
              changes_11 = recent_11 || renews_tick_q11;
            end else changes_11 = 1'b0;
          end else if (segment_11 == SegmentFin) begin
            next_word.state = FlowFin;
            next_word.stamp = stamps_11.fin;
          end else if (segment_11 != SegmentReset) begin
            next_word.state = FlowEstablished;
            next_word.stamp = by_kind_11;
          end else changes_11 = 1'b0;
        FlowEstablished:
          if (segment_11 == SegmentFin) begin
            next_word.state = FlowFin;
            next_word.stamp = stamps_11.fin;
          end else if (segment_11 == SegmentReset) begin
            next_word.state = FlowRst;
            next_word.stamp = stamps_11.rst;
          end else begin
            next_word.stamp = kind_stamp_11;
            changes_11 = recent_11 || renews_kind_q11;
          end
        FlowFin:
          if (segment_11 == SegmentReset) begin
            next_word.state = FlowRst;
            next_word.stamp = stamps_11.rst;
          end else begin
            next_word.stamp = fin_stamp_11;
            changes_11 = recent_11 || renews_fin_q11;
          end
        FlowRst:
          if (segment_11 == SegmentFin) begin
            next_word.state = FlowFin;
            next_word.stamp = stamps_11.fin;
          end else if (segment_11 != SegmentReset) begin
            next_word.state = FlowEstablished;
            next_word.stamp = by_kind_11;
          end else changes_11 = 1'b0;
        default: ;
      endcase
    end
  end

  // What is written, without what is chosen; the choice comes last.
  typedef enum logic [2:0] {
    ActNone = 3'd0,
    ActInsert = 3'd1,
    ActRenew = 3'd2,
    ActRestart = 3'd3,
    ActReassign = 3'd4,
    ActConflict = 3'd5
  } act_e;
  act_e     act_11;
  flow_op_t op_d;
  flow_event_e event_d;

  always_comb begin
    act_11 = ActNone;
    if (step_q[11].look && enabled && step_q[11].write && commit_11) begin
      if (!found_11) begin
        if (segment_11 != SegmentReset && (step_q[11].reverse || choose_valid_11))
          act_11 = ActInsert;
      end else if (step_q[11].reverse) begin
        if (segment_11 == SegmentStart &&
            (match_11.word.state == FlowFin || match_11.word.state == FlowRst))
          act_11 = ActRestart;
        else if (match_11.word.server != step_q[11].source) act_11 = ActConflict;
        else act_11 = ActRenew;
      end else if (restart_11 && choose_valid_11) act_11 = ActRestart;
      else if (takes_11) act_11 = ActRenew;
      else if (choose_valid_11) act_11 = ActReassign;
    end
  end

  always_comb begin
    op_d = 'x;
    op_d.valid = 1'b0;
    event_d = FlowEventNone;
    if (step_q[11].look) begin
      op_d = '0;
      event_d = found_11 && commit_11 ? FlowEventFound : FlowEventNone;
      op_d.bank = match_11.bank;
      op_d.slot = match_11.slot;
      op_d.place = match_11.place;
      op_d.row0 = flow_row_t'(step_q[11].row0);
      op_d.word = next_word;
      op_d.settings = settings_11;
      op_d.stamps = stamps_11;
      op_d.entry = entry_11;
      op_d.removed_server = match_11.word.server;
      // Where it stands already.
      op_d.slot_write = match_11.hit && !match_11.in_store;
      op_d.store_write = match_11.hit && match_11.in_store;
      if (act_11 == ActInsert || act_11 == ActRestart) begin
        op_d.word.state = step_q[11].reverse ? FlowOpened : FlowUnconfirmed;
        op_d.word.cluster = step_q[11].cluster;
        op_d.word.stamp = step_q[11].tick;
        op_d.word.fingerprint = step_q[11].fingerprint;
        op_d.word.server = step_q[11].source;
        op_d.settings = asked_settings_11;
        op_d.stamps = asked_stamps_11;
      end
      if (!step_q[11].reverse && act_11 != ActRenew) begin
        op_d.word.server = choose_server_11;
        op_d.entry = choose_entry_11;
      end
      unique case (act_11)
        ActInsert: begin
          op_d.valid = 1'b1;
          event_d = FlowEventInserted;
          op_d.inserted = 1'b1;
          if (match_11.hit) op_d.removed = 1'b1;
          else if (choice_11.valid) begin
            op_d.slot_write = 1'b1;
            op_d.bank = choice_11.bank;
            op_d.slot = choice_11.slot;
            op_d.removed = !choice_11.empty;
            op_d.removed_server = choice_11.server;
          end else if (vacant_11) begin
            op_d.store_write = 1'b1;
            op_d.place = place_11;
          end else begin
            op_d.inserted = 1'b0;
            op_d.refused = 1'b1;
            event_d = FlowEventRefused;
          end
        end
        ActRestart: begin
          op_d.valid = 1'b1;
          op_d.restarted = 1'b1;
          op_d.changed = 1'b1;
          event_d = FlowEventRestarted;
        end
        ActReassign: begin
          op_d.valid = 1'b1;
          op_d.reassigned = 1'b1;
          op_d.changed = 1'b1;
          event_d = FlowEventReassigned;
        end
        ActConflict: begin
          op_d.valid = 1'b1;
          op_d.slot_write = 1'b0;
          op_d.store_write = 1'b0;
          op_d.conflict = 1'b1;
          event_d = FlowEventConflict;
        end
        ActRenew: op_d.valid = changes_11;
        default: ;
      endcase
      op_d.row = op_d.slot_write && op_d.bank ? flow_row_t'(step_q[11].row1) : op_d.row0;
    end
  end

  // The memories outlive a reset: nothing may be written before it.
  initial op.valid = 1'b0;
  always @(posedge clk) begin
    op <= op_d;
    event_12 <= event_d;
    if (rst) op.valid <= 1'b0;
  end

endmodule

`default_nettype wire
