`default_nettype none

// Asks for the rows that a hand of the keeper wants to see: first its own two, then, to make room
// for an insertion, the other rows of the entries in them, until one of those has room.
//
// `begins` asks for the rows of `first`, `seeks` (one clock) for the others, a row of each bank in
// a clock if the table can be read. `moves`, once it is high, stands until `stop`: the entry in
// `from_slot` of the own row of the other bank than `bank` can go to `slot` of `row`; a clock later
// `server` and `empty` say what is there. `spoilt`, from two clocks later on: that row was written
// since it was read, up to the clock before; `hit`: in this one. `over`: no row is left.
module keeper_seek
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter int unsigned RowsLog2 = 12,
  parameter logic Hand = 1'b0
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             begins,   // not in reset
  input  wire flow_row_t [1:0]  first,    // one's own rows, with `begins`
  input  wire flow_row_t [1:0]  own_row,  // .. and behind it
  input  wire logic             seeks,
  input  wire logic             stop,
  input  wire written_t         written,
  // one's own rows
  input  wire flow_word_t [7:0] held [2],
  input  wire logic [1:0][7:0]  fresh,
  // reading
  output request_t              request [2],
  input  wire logic [1:0]       taken,
  input  wire logic [1:0]       busy,
  input  wire found_t           found [2],
  // a move
  output logic                  over,
  output logic                  moves,
  output logic                  bank,
  output flow_row_t             row,
  output logic [2:0]            slot,
  output logic [2:0]            from_slot,
  output logic                  empty,
  output server_t               server,
  output logic                  spoilt,
  output logic                  hit
);

  localparam flow_row_t Mask = flow_row_t'((64'd1 << RowsLog2) - 64'd1);

  // ------------------------------------------------------------------------------------- requests
  logic       seeking_q, moves_q;
  request_t   request_q [2];
  logic [3:0] next_q [2];             // the slot whose entry is next, of the other bank
  logic [1:0] waits;

  always_comb
    for (int b = 0; b < 2; b++) begin
      request[b] = request_q[b];
      waits[b] = request_q[b].valid && !taken[b];
    end

  always_ff @(posedge clk) begin
    seeking_q <= (seeking_q || seeks) && !stop && !rst;
    for (int b = 0; b < 2; b++) begin
      if (!waits[b]) request_q[b].valid <= 1'b0;
      if (stop || rst) request_q[b].valid <= 1'b0;
      if (begins) begin
        request_q[b] <= '{valid: 1'b1, own: 1'b1, slot: '0, row: first[b]};
        next_q[b] <= '0;
      end else if ((seeks || (seeking_q && !moves_q)) && !waits[b] && !next_q[b][3]) begin
        request_q[b] <= '{
          valid: 1'b1, own: 1'b0, slot: next_q[b][2:0],
          row: other_row(own_row[1-b], held[1-b][next_q[b][2:0]].fingerprint, Mask)};
        next_q[b] <= next_q[b] + 4'd1;
      end
    end
  end

  // ------------------------------------------------------------------------------------ what comes
  logic [1:0]    room, found_hit, found_hit_q;
  logic [7:0]    free [2];
  logic [2:0]    lowest [2], slot_q [2], from_q [2];
  flow_row_t     row_q [2];
  logic [7:0]    empty_q [2];
  server_t [7:0] servers_q [2];
  logic          bank_q, first_q, spoilt_q;

  always_comb
    for (int b = 0; b < 2; b++) begin
      room[b] = 1'b0;
      free[b] = 'x;
      lowest[b] = 'x;
      found_hit[b] = hits_row(written, 1'(b), found[b].row);
      if (found[b].valid && !found[b].own && found[b].hand == Hand) begin
        free[b] = found[b].empty | found[b].expired;
        room[b] = !found[b].written && free[b] != '0 && fresh[1-b][found[b].slot];
        for (int i = 7; i >= 0; i--) if (free[b][i]) lowest[b] = 3'(unsigned'(i));
      end
    end

  // Both banks' rows are kept until it is known which one it is.
  assign moves = moves_q;
  assign bank = bank_q;
  assign row = row_q[bank_q];
  assign slot = slot_q[bank_q];
  assign from_slot = from_q[bank_q];
  assign hit = hits_row(written, bank_q, row);
  assign spoilt = spoilt_q;
  assign over = seeking_q && next_q[0][3] && next_q[1][3] && !request_q[0].valid &&
                !request_q[1].valid && busy == '0 && !moves_q;

  always_ff @(posedge clk) begin
    if (!moves_q) begin
      bank_q <= room[1];
      found_hit_q <= found_hit;
      for (int b = 0; b < 2; b++) begin
        slot_q[b] <= lowest[b];
        from_q[b] <= found[b].slot;
        row_q[b] <= found[b].row;
        empty_q[b] <= found[b].empty;
        servers_q[b] <= found[b].servers;
      end
    end
    first_q <= !moves_q;
    spoilt_q <= hit || (first_q ? found_hit_q[bank_q] : spoilt_q);
    moves_q <= (moves_q || (room != '0 && seeking_q)) && !stop && !rst;
    empty <= empty_q[bank_q][slot_q[bank_q]];
    server <= servers_q[bank_q][slot_q[bank_q]];
  end

endmodule

`default_nettype wire
