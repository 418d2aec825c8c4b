`default_nettype none

// One of the hands of the flow table's keeper: takes up a job, reads the job's two rows, and says
// what is to be written.
//
// `offered` work begins in the clock in which the hand is `idle`. 9 clocks later, if nothing holds
// it up, it says what is to be written (`change`, until `accept`); 14 clocks later if that is a
// move. A scrub goes on until nothing expired is left in its rows. What is spoiled on the way, a
// slot that was written since it was read, ends an insertion: it will be offered again, as will a
// deletion (`delete_over` when it is done or there is nothing to delete). An insertion that finds
// no room `fails`; only at its second trial it is given up. `list_over`: the rows are read;
// `list_found`: there is an entry, at `list_at`.
module keeper_hand
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter int unsigned RowsLog2 = 12,
  parameter logic Hand = 1'b0
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             offered,
  input  wire task_t            offer,
  output logic                  idle,
  output logic                  inserts,      // an insertion is at hand, at
  output logic [3:0]            place,
  output logic                  fails,        // it has found no room for the first time
  input  wire flow_op_t         told,
  input  wire written_t         written,
  // reading
  output request_t              request [2],
  input  wire logic [1:0]       taken,
  output logic                  cancel,
  input  wire logic [1:0]       busy,
  input  wire logic [1:0]       coming,
  input  wire flow_word_t [7:0] words [2],
  input  wire found_t           found [2],
  // writing
  output change_t               change,
  input  wire logic             accept,
  input  wire logic             deleted,      // the deletion handed over: it is done
  input  wire logic             delete_lost,  // .. or was spoiled
  // the host
  output logic                  delete_over,
  output logic                  list_over,
  output logic                  list_found,
  output logic [3:0]            list_at,
  output flow_word_t            list_word
);

  typedef enum logic [3:0] {
    StateIdle = 4'd0,
    StateRead = 4'd1,        // the rows are read
    StateJudge = 4'd2,       // .. their words are here
    StateChoose = 4'd3,      // .. and known
    StatePick = 4'd4,        // a slot is chosen
    StateMatch = 4'd5,       // is it the entry to delete?
    StateDecide = 4'd6,      // what is to be written stands
    StateSeek = 4'd7,        // the rows are full: others are read
    StateDelete = 4'd8       // the deletion is under way
  } state_e;

  state_e state_q;
  task_t  work_q;
  logic   gives_up_q;        // the insertion has expired
  logic   refuses_q;         // there is no room for it
  logic   moves_q;           // the slot meant is that of an entry to be moved
  logic   matches_q;

  logic   begins, reads;
  assign idle = state_q == StateIdle;
  assign begins = idle && offered && !rst;
  assign reads = begins && !offer.expired;
  assign cancel = idle;
  assign inserts = !idle && work_q.job == JobInsert;
  assign place = work_q.place;

  // ------------------------------------------------------------------------------------- the rows
  logic             have, any, bank, still, hit;
  logic [2:0]       slot;
  flow_word_t [7:0] held [2];
  logic [1:0][7:0]  fresh;
  flow_word_t       picked;

  logic             seek_over, move_found, to_bank, to_empty, to_spoilt, to_hit;
  flow_row_t        to_row;
  logic [2:0]       to_slot, from_slot;
  server_t          to_server;
  logic [1:0]       own_taken;

  assign fails = state_q == StateSeek && seek_over && !work_q.tried;
  always_comb for (int b = 0; b < 2; b++) own_taken[b] = taken[b] && request[b].own;

  keeper_held #(.Hand(Hand)) u_held (
    .clk, .begins(reads), .work(work_q), .written, .taken(own_taken), .coming, .words, .found,
    .have, .held, .fresh, .choose(state_q == StateChoose),
    .done(state_q == StateDecide && accept),
    .aim(state_q == StateSeek), .aim_at({!to_bank, from_slot}), .any, .bank, .slot, .picked,
    .still, .hit
  );

  keeper_seek #(.RowsLog2(RowsLog2), .Hand(Hand)) u_seek (
    .clk, .rst, .begins(reads), .first(offer.row), .own_row(work_q.row),
    .seeks(state_q == StateRead && have && work_q.job == JobInsert), .stop(idle), .written, .held,
    .fresh, .request, .taken, .busy, .found, .over(seek_over), .moves(move_found), .bank(to_bank),
    .row(to_row), .slot(to_slot), .from_slot, .empty(to_empty), .server(to_server),
    .spoilt(to_spoilt), .hit(to_hit)
  );

  // ------------------------------------------------------------------------- what is to be written
  localparam flow_row_t Mask = flow_row_t'((64'd1 << RowsLog2) - 64'd1);

  logic ends, sound;           // nothing is written in a slot; what is written still can be
  assign ends = work_q.expired || refuses_q;

  always_comb begin
    if (work_q.expired) sound = gives_up_q;
    else sound = refuses_q || (still && !(moves_q && to_spoilt) &&
                               !(work_q.job == JobDelete && !matches_q));
    change = 'x;
    change.valid = 1'b0;
    if (state_q == StateDecide) begin
      change.valid = sound && work_q.job != JobList;
      change.clear = 1'b0;
      change.stored = work_q.job == JobInsert;
      change.place = work_q.place;
      change.gives_up = ends;
      change.refused = refuses_q;
      change.deletes = work_q.job == JobDelete;
      change.slot_write = !ends;
      change.copy = moves_q;
      change.doubt = ends ? touches(told, work_q.place) : hit || (moves_q && to_hit);
      change.from_row = work_q.row[bank];
      change.from_slot = slot;
      change.row0 = bank ? other_row(work_q.row[1], picked.fingerprint, Mask) : work_q.row[0];
      change.word = picked;
      if (!moves_q) change.word.state = FlowFree;
      if (moves_q) begin
        change.bank = to_bank;
        change.row = to_row;
        change.slot = to_slot;
        change.removed = !to_empty;
        change.removed_server = to_server;
      end else begin
        change.bank = bank;
        change.row = work_q.row[bank];
        change.slot = slot;
        change.removed = ends || picked.state != FlowFree;
        change.removed_server = picked.server;
      end
    end
  end

  assign list_over = state_q == StateDecide && work_q.job == JobList;
  assign list_found = any;
  assign list_at = {bank, slot};
  assign list_word = picked;

  assign delete_over = work_q.job == JobDelete &&
                       ((state_q == StatePick && !any) || (state_q == StateDecide && !matches_q) ||
                        (state_q == StateDelete && deleted));

  // ---------------------------------------------------------------------------------- the sequence
  always_ff @(posedge clk) begin
    matches_q <= picked.fingerprint == work_q.fingerprint;
    if (touches(told, work_q.place)) gives_up_q <= 1'b0;

    unique case (state_q)
      StateIdle: begin
        work_q <= offer;
        gives_up_q <= offer.expired && !touches(told, offer.place);
        refuses_q <= 1'b0;
        moves_q <= 1'b0;
        if (begins) state_q <= reads ? StateRead : StateDecide;
      end

      StateRead: if (have) state_q <= StateJudge;

      StateJudge: state_q <= StateChoose;

      StateChoose: state_q <= StatePick;

      StatePick:
        if (any || moves_q || work_q.job == JobList)
          state_q <= work_q.job == JobDelete ? StateMatch : StateDecide;
        else state_q <= work_q.job == JobInsert ? StateSeek : StateIdle;

      StateMatch: state_q <= StateDecide;

      StateDecide:
        if (work_q.job == JobList) state_q <= StateIdle;
        else if (!sound || accept)
          unique case (work_q.job)
            JobScrub: state_q <= StateChoose;
            JobDelete: state_q <= sound ? StateDelete : StateIdle;
            default: state_q <= StateIdle;
          endcase

      StateSeek: begin
        moves_q <= move_found;
        refuses_q <= seek_over;
        if (move_found) state_q <= StatePick;
        else if (seek_over) state_q <= work_q.tried ? StateDecide : StateIdle;
      end

      default: // StateDelete
        if (deleted || delete_lost) state_q <= StateIdle;
    endcase

    if (rst) state_q <= StateIdle;
  end

endmodule

`default_nettype wire
