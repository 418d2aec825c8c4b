`default_nettype none

// The two rows of the table that a hand of the keeper has before it, one of each bank, and the slot
// of them that it means.
//
// `begins` empties the hand. `coming` announces a row's words, `words` brings them a clock later,
// and `found` what they are worth; `have` says that both rows' words are held. `choose` aims at the
// lowest slot that the job wants, `any` if there is one; `aim` at a slot that is named instead;
// `picked` is its word a clock behind `bank` and `slot`. `fresh`: slots of which the table was not
// told a write since they were read, as of the clock before. `still`, from the clock of `picked`
// on: the same of the slot aimed at; `hit`: it is written in this very clock.
// The host's jobs choose among all slots: a list shows what was read, and a deletion whose slot was
// written is one to try again, not one that found nothing.
module keeper_held
  import flow_pkg::*;
  import keeper_pkg::*;
#(
  parameter logic Hand = 1'b0
) (
  input  wire logic             clk,
  input  wire logic             begins,
  input  wire task_t            work,
  input  wire written_t         written,
  // what is read
  input  wire logic [1:0]       taken,   // one's own row is being read
  input  wire logic [1:0]       coming,
  input  wire flow_word_t [7:0] words [2],
  input  wire found_t           found [2],
  output logic                  have,
  output flow_word_t [7:0]      held [2],
  output logic [1:0][7:0]       fresh,
  // what is meant
  input  wire logic             choose,
  input  wire logic             done,    // the slot that is meant is wanted no more
  input  wire logic             aim,
  input  wire logic [3:0]       aim_at,  // bank, slot
  output logic                  any,
  output logic                  bank,
  output logic [2:0]            slot,
  output flow_word_t            picked,
  output logic                  still,
  output logic                  hit
);

  logic [1:0]      load_q, have_q;
  logic [1:0][7:0] fresh_q, wanted_q;
  logic            bank_q;
  logic [2:0]      slot_q;

  assign have = &have_q;
  assign fresh = fresh_q;
  assign bank = bank_q;
  assign slot = slot_q;

  always_ff @(posedge clk) begin
    load_q <= coming;
    have_q <= (have_q | load_q) & {2{!begins}};
  end

  // A copy of the enable for each slot: it loads 72 bits.
  for (genvar b = 0; b < 2; b++) begin : gen_bank
    for (genvar i = 0; i < 8; i++) begin : gen_slot
      (* keep = "true" *) logic slot_load_q;
      always_ff @(posedge clk) begin
        slot_load_q <= coming[b];
        if (slot_load_q) held[b][i] <= words[b][i];
      end
    end
  end

  // --------------------------------------------------------------------------------- written since
  logic [1:0] hit_row;
  always_comb begin
    for (int b = 0; b < 2; b++) hit_row[b] = hits_row(written, 1'(b), work.row[b]);
    hit = (hit_row[0] || hit_row[1]) && written.bank == bank_q && written.slot == slot_q;
  end

  always_ff @(posedge clk)
    for (int b = 0; b < 2; b++)
      fresh_q[b] <= (fresh_q[b] | {8{taken[b]}}) & ~(8'(hit_row[b]) << written.slot);

  // -------------------------------------------------------------------------------- what is wanted
  always_ff @(posedge clk)
    for (int b = 0; b < 2; b++) begin
      if (done && bank_q == 1'(b)) wanted_q[b][slot_q] <= 1'b0;
      if (found[b].valid && found[b].own && found[b].hand == Hand)
        for (int i = 0; i < 8; i++)
          unique case (work.job)
            JobInsert: wanted_q[b][i] <= found[b].empty[i] || found[b].expired[i];
            JobDelete: wanted_q[b][i] <= !found[b].empty[i] && work.from == {1'(b), 3'(i)};
            JobList:   wanted_q[b][i] <= !found[b].empty[i] && !found[b].expired[i] &&
                                         {1'(b), 3'(i)} >= work.from;
            default:   wanted_q[b][i] <= found[b].expired[i];
          endcase
    end

  logic [1:0][7:0] choices;
  logic [2:0]      lowest [2];
  always_comb begin
    choices = 'x;
    for (int b = 0; b < 2; b++) lowest[b] = 'x;
    if (choose) begin
      choices = work.job == JobList || work.job == JobDelete ? wanted_q : wanted_q & fresh_q;
      for (int b = 0; b < 2; b++)
        for (int i = 7; i >= 0; i--) if (choices[b][i]) lowest[b] = 3'(unsigned'(i));
    end
  end

  // --------------------------------------------------------------------------------- what is meant
  logic still_q;
  assign still = still_q;

  logic       bank_d;
  logic [2:0] slot_d;
  always_comb begin
    {bank_d, slot_d} = {bank_q, slot_q};
    if (choose) begin
      bank_d = choices[0] == '0;
      slot_d = choices[0] != '0 ? lowest[0] : lowest[1];
    end else if (aim) {bank_d, slot_d} = aim_at;
  end

  always_ff @(posedge clk) begin
    if (choose) any <= choices != '0;
    {bank_q, slot_q} <= {bank_d, slot_d};
    still_q <= fresh_q[bank_q][slot_q] && !hit;
  end

  // Each 24 bits of the word are picked by a copy of bank and slot.
  logic [1:0][7:0][71:0] held_bits;
  for (genvar b = 0; b < 2; b++) begin : gen_bits
    assign held_bits[b] = held[b];
  end
  for (genvar p = 0; p < 3; p++) begin : gen_part
    (* keep = "true" *) logic       part_bank_q;
    (* keep = "true" *) logic [2:0] part_slot_q;
    always_ff @(posedge clk) begin
      {part_bank_q, part_slot_q} <= {bank_d, slot_d};
      picked[24*p+:24] <= held_bits[part_bank_q][part_slot_q][24*p+:24];
    end
  end

endmodule

`default_nettype wire
