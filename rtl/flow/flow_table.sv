`default_nettype none

// The flow table as one engine sees it (docs/src/card/flows.md): looks a key up, tells what it
// found, and says what is to be written for it.
//
// One key a clock, never held up. Clocks are those of the engine: `ask` in clock 5, `answer` in
// clock 12; `commit_12` and `choice_12` say in that clock what becomes of it. `mine.told` is the
// operation in clock 13, `mine.bus` the same a clock later.
// Nothing is written but what is heard: `mine`, in the only table; in a copy that follows another
// one, what that one says. The answers are as if keys were treated one after the other: each key
// hears, in clocks 5 to 12, whatever is told (flow_snoop, flow_match, flow_entry, flow_room,
// flow_decision). Keys take the tick and the pressure of their clock 5 along. A key within 2 clocks
// of another of its flow shares that one's tick, and writes the entry again even if nothing has
// changed.
// The keeper is a client as keys are: `next`, with `next_ready`, is told in the next clock if no
// key is in clock 12 (`take`). It has stood for a clock by then; only its word may have changed,
// with what was told of its place in the store, and is then not taken yet. The keeper reads a row
// of each bank by `read`, unless `read_ready` of that bank is low (it is being written); the words
// come 2 clocks later.
// Full: what finds neither slot nor place in the store is refused; nothing waits here.
module flow_table
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import flow_table_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Servers = 1024,
  parameter int unsigned FlowsLog2 = 16,
  parameter string Style = "ultra"
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             enabled,          // else nothing is found and nothing asked for
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
  input  wire server_t          first_server_11,  // who may be chosen
  input  wire member_entry_t    first_entry_11,
  input  wire server_t          second_server_11,
  input  wire member_entry_t    second_entry_11,
  input  wire logic             own_tag_12,       // the kind of logical port the frame came from
  input  wire logic             commit_12,        // the entry may be changed
  input  wire flow_choice_t     choice_12,
  output flow_answer_t          answer,
  // what is said and heard
  output flow_heard_t           mine,
  input  wire flow_heard_t      heard,
  // the keeper
  input  wire flow_op_t         next,
  input  wire logic             next_ready,
  output logic                  take,
  input  wire logic [1:0]       read,
  input  wire flow_row_t        read_row [2],
  output logic [1:0]            read_ready,
  output flow_word_t [7:0]      read_words [2]
);

  localparam flow_row_t LastRow = flow_row_t'((1 << (FlowsLog2 - 4)) - 1);

  // ------------------------------------------------------------------------------ the key's clocks
  step_t        step_5;
  step_t        step_q [6:12];
  ways_t        ways_11, ways_12;
  fingerprint_t fingerprint_5;
  logic         starts_12;

  assign fingerprint_5 = ask.key[FlowHashBits-1:20];
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
    step_5.who.fingerprint = fingerprint_5;
    step_5.who.row[0] = flow_row_t'(ask.key) & LastRow;
    step_5.who.row[1] = (flow_row_t'(ask.key) ^ flow_turn(fingerprint_5)) & LastRow;
  end

  // A clock without a key is the keeper's.
  step_t step_12;
  always_comb begin
    step_12 = step_q[11];
    if (!step_q[11].look) begin
      step_12.reverse = 1'b1;
      step_12.who = who_of(next);
    end
  end

  always_ff @(posedge clk) begin
    step_q[6] <= step_5;
    for (int s = 7; s <= 11; s++) step_q[s] <= step_q[s-1];
    step_q[12] <= step_12;
    starts_12 <= step_q[11].look && step_q[11].write && step_q[11].segment == SegmentStart;
    ways_11 <= 'x;
    ways_12 <= 'x;
    if (step_q[10].look) ways_11 <= ways_of(step_q[10]);
    if (step_q[11].look) ways_12 <= ways_11;
    if (rst) for (int s = 6; s <= 12; s++) step_q[s].look <= 1'b0;
  end

  // Its word may change while it stands: a frame writes the place of the store that it names.
  logic next_changes_q;
  always_ff @(posedge clk)
    next_changes_q <= heard.told.valid && heard.told.store_write && heard.told.place == next.place;

  assign take = next.valid && next_ready && !next_changes_q && !step_q[12].look;

  // --------------------------------------------------------------------- who is told in each clock
  flow_who_t told_who, bus_who;
  near_t     near_q [6:12];
  always_ff @(posedge clk) begin
    told_who <= heard.coming;
    bus_who <= told_who;
    for (int s = 6; s <= 11; s++) near_q[s] <= 'x;
    near_q[12] <= '0;
    if (step_5.look) near_q[6] <= near_of(heard.coming, step_5.who);
    for (int s = 7; s <= 12; s++)
      if (step_q[s-1].look) near_q[s] <= near_of(heard.coming, step_q[s-1].who);
  end

  // -------------------------------------------------------------------- clocks 5 to 8: is it there
  over_t             over_7;
  logic              heard_8, store_hit_8;
  match_t            heard_match_8, match_9;
  logic [3:0]        store_place_8;
  flow_word_t        store_word_8;
  flow_word_t [15:0] words_7, words_8;
  slots_t            equal_8;
  vacancy_t          vacancy, vacancy_after;

  flow_snoop u_snoop (
    .clk, .rst, .heard, .look_5(step_5.look), .look_6(step_q[6].look), .look_7(step_q[7].look),
    .who_5(step_5.who), .told_who, .bus_who, .near_6(near_q[6]), .near_7(near_q[7]), .over_7,
    .heard_8, .match_8(heard_match_8)
  );

  flow_slots #(.FlowsLog2(FlowsLog2), .Style(Style)) u_slots (
    .clk, .bus(heard.bus), .who_5(step_5.who), .look_7(step_q[7].look),
    .fingerprint_7(step_q[7].who.fingerprint), .over_7, .words_7, .equal_8, .words_8, .read,
    .read_row, .read_ready, .read_words
  );

  flow_store u_store (
    .clk, .rst, .told(heard.told), .bus(heard.bus), .look_6(step_q[6].look),
    .who_6(step_q[6].who), .hit_8(store_hit_8), .place_8(store_place_8), .word_8(store_word_8),
    .vacancy, .vacancy_after
  );

  flow_match u_match (
    .clk, .look_8(step_q[8].look), .look_9(step_q[9].look), .told(heard.told),
    .near_8(near_q[8]), .heard_8,
    .heard_match_8, .store_hit_8, .store_place_8, .store_word_8, .equal_8, .words_8, .match_9
  );

  // --------------------------------------------- clocks 7 to 11: what it is, and where it could be
  logic         cluster_write;
  cluster_t     cluster_entry, asked_settings_12;
  flow_stamps_t asked_stamps_12;
  own_t         own_12;
  flow_server_t server_11, first_12, second_12;
  room_t        first_room_12, second_room_12;

  assign cluster_write = table_write && table_access.number == TableCluster;
  assign cluster_entry = cluster_of(table_access.data);

  flow_entry #(.Ports(Ports), .Servers(Servers)) u_entry (
    .clk, .member_write, .member_index, .member_entry, .cluster_write,
    .cluster_index(table_access.index[5:0]), .cluster_entry, .usable, .told(heard.told),
    .near_9(near_q[9]), .near_10(near_q[10]), .near_11(near_q[11]), .step_9(step_q[9]),
    .step_10(step_q[10]), .step_11(step_q[11]), .ways_11, .match_9, .next, .server_11, .own_12,
    .asked_settings_12, .asked_stamps_12
  );

  flow_room u_room (
    .clk, .cluster_write, .cluster_index(table_access.index[5:0]),
    .cluster_unconfirmed(cluster_entry.unconfirmed), .told(heard.told), .bus(heard.bus),
    .near_8(near_q[8]), .near_9(near_q[9]), .near_10(near_q[10]), .near_11(near_q[11]),
    .step_7(step_q[7]), .look({step_q[11].look, step_q[10].look, step_q[9].look, step_q[8].look}),
    .over_7, .words_7, .first_12(first_room_12), .second_12(second_room_12)
  );

  // A flow that a server begins is its own, whichever would be chosen.
  always_ff @(posedge clk) begin
    first_12 <= 'x;
    second_12 <= 'x;
    if (step_q[11].look) begin
      first_12 <= step_q[11].reverse ? server_11 : '{
        server: first_server_11, entry: first_entry_11, reachable: 1'b1,
        leaving: flow_leaving(first_entry_11)};
      second_12 <= step_q[11].reverse ? server_11 : '{
        server: second_server_11, entry: second_entry_11, reachable: 1'b1,
        leaving: flow_leaving(second_entry_11)};
    end
  end

  // ----------------------------------------------------------------- clocks 12 to 14: what is said
  server_t removed_server;

  flow_decision u_decision (
    .clk, .rst, .enabled, .told(heard.told), .step(step_q[12]), .starts(starts_12),
    .near(near_q[12]),
    .ways(ways_12), .own(own_12), .asked_settings(asked_settings_12),
    .asked_stamps(asked_stamps_12), .first_room(first_room_12), .second_room(second_room_12),
    .vacancy, .vacancy_after, .commit(commit_12), .own_tag(own_tag_12), .choice(choice_12),
    .first(first_12), .second(second_12), .answer, .next, .take, .said(mine.told),
    .removed_server
  );

  initial mine.bus.valid = 1'b0;
  always @(posedge clk) begin
    mine.bus <= mine.told;
    mine.bus.removed_server <= removed_server;
    if (rst) mine.bus.valid <= 1'b0;
  end
  assign mine.coming = step_q[12].who;

endmodule

`default_nettype wire
