`default_nettype none

// What a key's entry is: its server's member entry, its cluster's settings, whether it has expired,
// and what the key makes of it. Clocks 9 to 12; one key a clock.
//
// `own_12` has heard everything that was told up to clock 11. An operation of a frame that is told
// in clock 9 or later brings along what would be read too late. An entry that was written in these
// clocks has not expired, shares its writer's tick, and is written again rather than compared.
module flow_entry
  import frame_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import flow_table_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Servers = 1024
) (
  input  wire logic             clk,
  // tables
  input  wire logic             member_write,
  input  wire member_t          member_index,
  input  wire member_entry_t    member_entry,
  input  wire logic             cluster_write,
  input  wire logic [5:0]       cluster_index,
  input  wire cluster_t         cluster_entry,
  input  wire logic [Ports-1:0] usable,
  // the key
  input  wire flow_op_t         told,
  input  wire near_t            near_9,
  input  wire near_t            near_10,
  input  wire near_t            near_11,
  input  wire step_t            step_9,
  input  wire step_t            step_10,
  input  wire step_t            step_11,
  input  wire ways_t            ways_11,
  input  wire match_t           match_9,
  input  wire flow_op_t         next,               // the keeper's: in a clock without a key
  output flow_server_t          server_11,
  output own_t                  own_12,
  output cluster_t              asked_settings_12,  // of the cluster that a new entry is made for
  output flow_stamps_t          asked_stamps_12
);

  localparam int unsigned ServerW = $clog2(Servers);

  // All that is known of a cluster, for the one found and for the one asked for.
  (* ram_style = "distributed" *) cluster_t clusters [64];
  initial for (int i = 0; i < 64; i++) clusters[i] = '0;
  always @(posedge clk) if (cluster_write) clusters[cluster_index] <= cluster_entry;

  member_entry_t entry_11;
  server_t       server_9;
  assign server_9 = step_9.reverse ? step_9.source : match_9.word.server;

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(Servers), .ReadLatency(2)) u_members (
    .clk, .write_enable(member_write && member_index < FirstRouter),
    .write_address(member_index[ServerW-1:0]), .write_data(member_entry),
    .read_enable(step_9.look), .read_address(server_9[ServerW-1:0]), .read_data(entry_11)
  );

  // -------------------------------------------------------------------- clock 9: settings are read
  match_t       match_10;
  cluster_t     settings_10, asked_settings_10;
  flow_stamp_t  since_10;
  logic         brought_9, brought_10, told_10;
  flow_server_t brought_server_10;

  function automatic flow_server_t server_of(input flow_op_t op);
    return '{server: op.word.server, entry: op.entry, reachable: op.reachable,
             leaving: op.leaving};
  endfunction

  assign brought_9 = brings(told, near_9);
  always_ff @(posedge clk) begin
    match_10 <= 'x;
    settings_10 <= 'x;
    asked_settings_10 <= 'x;
    since_10 <= 'x;
    brought_server_10 <= 'x;
    if (step_9.look) begin
      match_10 <= follow(match_9, told, near_9);
      settings_10 <= brought_9 ? told.settings : clusters[match_9.word.cluster];
      asked_settings_10 <= clusters[step_9.cluster];
      since_10 <= step_9.tick - match_9.word.stamp;
      brought_server_10 <= server_of(told);
    end
    brought_10 <= brought_9;
    told_10 <= tells(told, near_9);
  end

  // --------------------------------------------------------------------- clock 10: has it expired?
  match_t       match_11;
  cluster_t     settings_11, asked_settings_11;
  flow_stamps_t stamps_11, asked_stamps_11;
  logic         brought_11, told_11, expired_11, renews_tick_11;
  flow_server_t brought_server_11;

  logic brought_now_10;
  assign brought_now_10 = brings(told, near_10);
  always_ff @(posedge clk) begin
    match_11 <= 'x;
    settings_11 <= 'x;
    asked_settings_11 <= 'x;
    stamps_11 <= 'x;
    asked_stamps_11 <= 'x;
    expired_11 <= 'x;
    renews_tick_11 <= 'x;
    brought_server_11 <= 'x;
    if (step_10.look) begin
      match_11 <= follow(match_10, told, near_10);
      settings_11 <= brought_now_10 ? told.settings : settings_10;
      stamps_11 <= brought_now_10 ? told.stamps : flow_stamps(settings_10, step_10.tick);
      asked_settings_11 <= asked_settings_10;
      asked_stamps_11 <= flow_stamps(asked_settings_10, step_10.tick);
      brought_server_11 <= brought_now_10 ? server_of(told) : brought_server_10;
      if (match_10.word.state == FlowUnconfirmed || match_10.word.state == FlowOpened)
        expired_11 <= !since_10[12] && since_10 >= (step_10.pressure ? PressureAge
                                                                     : settings_10.unconfirmed);
      else expired_11 <= !since_10[12];
      renews_tick_11 <= match_10.word.stamp != step_10.tick;
    end
    brought_11 <= brought_10 || brought_now_10;
    told_11 <= told_10 || tells(told, near_10);
  end

  // ------------------------------------------------ clock 11: its server, what the key makes of it
  // What a frame's operation of this clock brings goes before what is known longer.
  match_t       match_d11;
  flow_server_t read_11;
  logic         brought_now_11;
  way_t         way_11;
  flow_stamp_t  by_kind_11, told_by_kind_11;
  logic         differs_11;

  always_comb begin
    read_11 = 'x;
    server_11 = 'x;
    match_d11 = 'x;
    way_11 = 'x;
    by_kind_11 = 'x;
    told_by_kind_11 = 'x;
    differs_11 = 'x;
    brought_now_11 = brings(told, near_11);
    if (step_11.look) begin
      read_11 = '{
        server: step_11.reverse ? step_11.source : match_11.word.server, entry: entry_11,
        reachable: 1'b0, leaving: flow_leaving(entry_11)};
      for (int p = 0; p < int'(Ports); p++)
        if (entry_11.port == port_t'(p)) read_11.reachable = entry_11.valid && usable[p];
      if (step_11.reverse) server_11 = read_11;
      else if (brought_now_11) server_11 = server_of(told);
      else server_11 = brought_11 ? brought_server_11 : read_11;
      match_d11 = follow(match_11, told, near_11);
      way_11 = way_of(ways_11, match_11.word.state, settings_11.bypass);
      by_kind_11 = stamps_11.age[step_11.kind];
      told_by_kind_11 = told.stamps.age[step_11.kind];
      unique case (way_11.stamp)
        StampKind: differs_11 = is_earlier(match_11.word.stamp, by_kind_11);
        StampFin: differs_11 = is_earlier(match_11.word.stamp, stamps_11.fin);
        default: differs_11 = renews_tick_11;
      endcase
    end
  end

  always_ff @(posedge clk) begin
    own_12 <= 'x;
    asked_settings_12 <= 'x;
    asked_stamps_12 <= 'x;
    if (step_11.look) begin
      own_12 <= '{
        in_slot: match_d11.hit && !match_d11.in_store,
        in_store: match_d11.hit && match_d11.in_store,
        lives: match_d11.hit && (brought_now_11 || brought_11 || !expired_11),
        bank: match_d11.bank, slot: match_d11.slot, place: match_d11.place,
        word: match_d11.word, server: server_11,
        settings: brought_now_11 ? told.settings : settings_11,
        stamps: brought_now_11 ? told.stamps : stamps_11,
        way: brought_now_11 ? way_of(ways_11, told.word.state, told.settings.bypass) : way_11,
        recent: told_11 || tells(told, near_11), differs: differs_11,
        later_kind: brought_now_11 ? is_later(told.word.stamp, told_by_kind_11)
                                   : is_later(match_11.word.stamp, by_kind_11),
        later_fin: brought_now_11 ? is_later(told.word.stamp, told.stamps.fin)
                                  : is_later(match_11.word.stamp, stamps_11.fin)};
      asked_settings_12 <= asked_settings_11;
      asked_stamps_12 <= asked_stamps_11;
    end else begin
      own_12.in_slot <= next.slot_write;
      own_12.in_store <= 1'b0;
      own_12.lives <= 1'b1;
      own_12.bank <= next.bank;
      own_12.slot <= next.slot;
      own_12.place <= next.place;
      own_12.word <= next.word;
      own_12.server.server <= next.word.server;
      own_12.way.state <= next.word.state;
      own_12.way.never <= 1'b1;
      own_12.differs <= next.slot_write && next.word.state != FlowFree;
    end
  end

endmodule

`default_nettype wire
