`default_nettype none

// Which slot of its two rows a new entry would get: clocks 7 to 12, one key a clock.
//
// Of each row the lowest and the highest slot that is free or expired, the row that has more of
// them first. What is told from clock 9 on is asked of these four alone, from clock 12 on of the
// first two of them that are left: `first_12` and `second_12`, which have heard what was told up to
// clock 11.
module flow_room
  import table_pkg::*;
  import flow_pkg::*;
  import flow_table_pkg::*;
(
  input  wire logic              clk,
  // tables: ages of unconfirmed entries
  input  wire logic              cluster_write,
  input  wire logic [5:0]        cluster_index,
  input  wire flow_stamp_t       cluster_unconfirmed,
  // the key
  input  wire flow_op_t          told,
  input  wire flow_op_t          bus,
  input  wire near_t             near_8,
  input  wire near_t             near_9,
  input  wire near_t             near_10,
  input  wire near_t             near_11,
  input  wire step_t             step_7,
  input  wire logic [11:8]       look,
  input  wire over_t             over_7,
  input  wire flow_word_t [15:0] words_7,
  output room_t                  first_12,
  output room_t                  second_12
);

  (* ram_style = "distributed" *) flow_stamp_t ages [64];
  initial for (int i = 0; i < 64; i++) ages[i] = '0;
  always @(posedge clk) if (cluster_write) ages[cluster_index] <= cluster_unconfirmed;

  // --------------------------------------------------------------------- clock 7: how old they are
  over_t              over_q8, over_8;
  slots_t             none_8, opening_8;   // no entry; an unconfirmed one
  flow_stamp_t [15:0] since_8, age_8;
  server_t     [15:0] servers_8, servers_9, servers_10;

  always_ff @(posedge clk) begin
    over_q8 <= 'x;
    none_8 <= 'x;
    opening_8 <= 'x;
    since_8 <= 'x;
    age_8 <= 'x;
    servers_8 <= 'x;
    if (step_7.look) begin
      over_q8 <= over_7;
      for (int i = 0; i < 16; i++) begin
        none_8[i/8][i%8] <= words_7[i].state == FlowFree;
        opening_8[i/8][i%8] <= words_7[i].state == FlowUnconfirmed ||
                               words_7[i].state == FlowOpened;
        since_8[i] <= step_7.tick - words_7[i].stamp;
        age_8[i] <= step_7.pressure ? PressureAge : ages[words_7[i].cluster];
        servers_8[i] <= words_7[i].server;
      end
    end
    servers_9 <= 'x;
    if (look[8]) servers_9 <= servers_8;
    servers_10 <= 'x;
    if (look[9]) servers_10 <= servers_9;
  end

  // ----------------------------------------------------------------------- clock 8: which are free
  slots_t free_9, empty_9;
  always_comb begin
    over_8 = 'x;
    if (look[8]) over_8 = overlay(over_q8, told, near_8);
  end

  always_ff @(posedge clk) begin
    free_9 <= 'x;
    empty_9 <= 'x;
    if (look[8])
      for (int b = 0; b < 2; b++)
        for (int i = 0; i < 8; i++) begin
          free_9[b][i] <= over_8.slots[b][i] ? over_8.free[b][i] :
              none_8[b][i] || (!since_8[8*b+i][12] &&
                               (!opening_8[b][i] || since_8[8*b+i] >= age_8[8*b+i]));
          empty_9[b][i] <= over_8.slots[b][i] ? over_8.free[b][i] : none_8[b][i];
        end
  end

  // ----------------------------------------------- clock 9: of each row the lowest and the highest
  room_t [3:0] rooms_10;
  logic [3:0]  counts_10 [2];
  logic        other_10;         // bank 1 has more of them
  assign other_10 = counts_10[1] > counts_10[0];
  near_t       told_10;          // what was told in clock 9 is on the bus

  always_ff @(posedge clk) begin
    told_10 <= near_9;
    rooms_10 <= 'x;
    for (int b = 0; b < 2; b++) counts_10[b] <= 'x;
    if (look[9]) begin
      rooms_10 <= '0;
      for (int b = 0; b < 2; b++) counts_10[b] <= 4'($countones(free_9[b]));
      for (int b = 0; b < 2; b++) begin
        rooms_10[2*b].bank <= 1'(unsigned'(b));
        rooms_10[2*b].valid <= free_9[b] != '0;
        rooms_10[2*b+1].bank <= 1'(unsigned'(b));
        rooms_10[2*b+1].valid <= (free_9[b] & (free_9[b] - 8'd1)) != '0;
        for (int i = 7; i >= 0; i--)
          if (free_9[b][i]) begin
            rooms_10[2*b].slot <= 3'(unsigned'(i));
            rooms_10[2*b].empty <= empty_9[b][i];
          end
        for (int i = 0; i < 8; i++)
          if (free_9[b][i]) begin
            rooms_10[2*b+1].slot <= 3'(unsigned'(i));
            rooms_10[2*b+1].empty <= empty_9[b][i];
          end
      end
    end
  end

  // ---------------------------------------------------------------------- clock 10: in which order
  room_t [3:0] rooms_d10, rooms_11;
  always_comb begin
    rooms_d10 = 'x;
    if (look[10])
      for (int c = 0; c < 4; c++) begin
        rooms_d10[c] = crowd(crowd(rooms_10[c], bus, told_10), told, near_10);
        rooms_d10[c].server = servers_10[{1'(unsigned'(c / 2)), rooms_10[c].slot}];
      end
  end

  always_ff @(posedge clk) begin
    rooms_11 <= 'x;
    if (look[10])
      for (int c = 0; c < 4; c++)
        rooms_11[c] <= other_10 ? rooms_d10[(c + 2) % 4] : rooms_d10[c];
  end

  // --------------------------------------------------------- clock 11: the first two that are left
  room_t [3:0] rooms_d11;
  always_comb begin
    rooms_d11 = 'x;
    if (look[11])
      for (int c = 0; c < 4; c++) rooms_d11[c] = crowd(rooms_11[c], told, near_11);
  end

  always_ff @(posedge clk) begin
    first_12 <= 'x;
    second_12 <= 'x;
    if (look[11]) begin
      first_12.valid <= 1'b0;
      second_12.valid <= 1'b0;
      for (int c = 3; c >= 0; c--)
        if (rooms_d11[c].valid) begin
          first_12 <= rooms_d11[c];
          second_12.valid <= 1'b0;
          for (int d = 3; d > c; d--) if (rooms_d11[d].valid) second_12 <= rooms_d11[d];
        end
    end
  end

endmodule

`default_nettype wire
