`default_nettype none

// Whose turn it is: what the keeper's hands take up next.
//
// Scrubbing when it is due, a row of each bank in 32 clocks (256 while half of the store waits);
// insertions; deletions, one at a time; reads by the host. The second hand takes insertions only. An `offer` stands until the hand that it is for (`offered`) is idle.
// `stop`: nothing more is offered. Deletions queue (16); what finds the queue full is left out.
module keeper_turn
  import table_pkg::*;
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter int unsigned RowsLog2 = 12
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic             stop,
  input  wire logic             crowded,
  input  wire flow_op_t         told,
  // the hands
  input  wire logic [Hands-1:0] hand_idle,
  output logic [Hands-1:0]      offered,
  output task_t                 offer,
  output logic                  offer_inserts,  // an insertion is offered
  output logic                  idle,
  // insertions
  input  wire logic             next_valid,
  input  wire logic [3:0]       next_place,
  input  wire flow_row_t [1:0]  next_row,
  input  wire logic             next_expired,
  input  wire logic             next_tried,
  output logic                  next_taken,
  // the host
  input  wire logic             table_write,
  input  wire table_access_t    table_access,
  input  wire logic             delete_over,
  input  wire logic             list,
  input  wire flow_row_t        list_row,
  input  wire logic [3:0]       list_from
);

  localparam int unsigned ScrubClocks = 32;
  localparam int unsigned CrowdedScrubClocks = 256;
  typedef logic [RowsLog2-1:0] row_t;

  // ------------------------------------------------------------------------------------ deletions
  typedef struct packed {
    logic [23:0]  index;
    fingerprint_t fingerprint;
  } delete_t;
  delete_t delete;
  logic    delete_waits;

  fifo_fwft #(.Data(delete_t), .Depth(16)) u_deletes (
    .clk, .rst, .in_valid(table_write && table_access.number == TableFlow), .in_ready(),
    .in_data('{index: table_access.index, fingerprint: table_access.data[39:0]}),
    .out_valid(delete_waits), .out_ready(delete_over), .out_data(delete), .count()
  );

  // ------------------------------------------------------------------------------------ scrubbing
  row_t       scrub_q;
  logic [8:0] scrub_count_q;
  logic       scrub_due_q, scrubs;

  always_ff @(posedge clk) begin
    scrub_due_q <= scrub_count_q >= (crowded ? 9'(CrowdedScrubClocks) : 9'(ScrubClocks));
    if (scrub_count_q != '1) scrub_count_q <= scrub_count_q + 9'd1;
    if (scrubs) begin
      scrub_q <= scrub_q + row_t'(1);
      scrub_count_q <= '0;
      scrub_due_q <= 1'b0;
    end
    if (rst) begin
      scrub_q <= '0;
      scrub_count_q <= '0;
      scrub_due_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------------------------- the offer
  logic  standing_q;
  logic  host_q;                     // the host's turn has come: the first hand inserted last
  task_t offer_q;
  job_e  job;
  logic  offers;

  logic  host_due;
  assign host_due = host_q && (delete_waits || list);

  // The first hand takes anything, the second one what the first one has no time for.
  assign offered[0] = standing_q && hand_idle[0];
  assign offered[1] = standing_q && offer_q.job == JobInsert && !hand_idle[0] && hand_idle[1];
  assign offer = offer_q;
  assign offer_inserts = standing_q && offer_q.job == JobInsert;
  assign idle = !standing_q && hand_idle == '1;

  always_comb begin
    offers = 1'b0;
    job = JobScrub;
    if (!standing_q && !stop) begin
      if (hand_idle[0]) begin
        offers = scrub_due_q || next_valid || delete_waits || list;
        if (scrub_due_q) job = JobScrub;
        else if (next_valid && !host_due) job = JobInsert;
        else if (delete_waits) job = JobDelete;
        else if (list) job = JobList;
      end else begin
        // An insertion may wait for a hand, if nothing else waits for the first one.
        offers = next_valid && (hand_idle[1] || !(scrub_due_q || host_due));
        job = JobInsert;
      end
    end
  end

  assign scrubs = offers && job == JobScrub;
  assign next_taken = offers && job == JobInsert;

  always_ff @(posedge clk) begin
    standing_q <= (standing_q && offered == '0) || offers;
    if (offered[0] && offer_q.job == JobInsert) host_q <= 1'b1;
    if (offers && (job == JobDelete || job == JobList)) host_q <= 1'b0;
    if (offers) begin
      offer_q.job <= job;
      offer_q.place <= next_place;
      offer_q.expired <= job == JobInsert && next_expired && !touches(told, next_place);
      offer_q.tried <= next_tried;
      offer_q.from <= job == JobDelete ? delete.index[3:0] : list_from;
      offer_q.fingerprint <= delete.fingerprint;
      unique case (job)
        JobInsert: offer_q.row <= next_row;
        JobDelete: offer_q.row <= {2{flow_row_t'(row_t'(delete.index >> 4))}};
        JobList: offer_q.row <= {2{list_row}};
        default: offer_q.row <= {2{flow_row_t'(scrub_q)}};
      endcase
    end else if (touches(told, offer_q.place)) offer_q.expired <= 1'b0;
    if (rst) standing_q <= 1'b0;
  end

endmodule

`default_nettype wire
