// Properties of pass_sequence's answer `stale`, over its first 27 clocks with any writes: a copy
// that is not stale finds the VLAN that its logical port had in each of the clocks in which it may
// have been decided that the frame goes there; one whose logical port was what it is when nothing had
// been written for a while, and stays that, is not stale.
`default_nettype none

module pass_sequence_check
  import frame_pkg::*;
(
    input wire              clk,
    input wire              rst,
    input wire              table_write,
    input wire logical_t    table_index,
    input wire logic [11:0] table_vlan,
    input wire logic        table_own,
    input wire              queues      // the watched frame enters its queue
);
  localparam int unsigned Settle = 8;
  // From a write to the clock in which frames with the next epoch enter, and to the table.
  localparam int unsigned Known = Settle + 6;

  logic [11:0] vlan;
  epoch_t epoch, queued;
  logic stale;
  logic [0:0] again;
  logical_t next_logical;
  logical_t logical;

  pass_sequence #(.Inputs(1), .Settle(Settle)) u_passes (
    .*, .ended(1'b0), .copies('0)
  );

  // The watched entry: constant, and chosen by the solver.
  logic [1:0] started = '0;
  always_ff @(posedge clk) begin
    started <= {started[0], 1'b1};
    logical <= logical;
  end
  first_clocks_reset: assume property (@(posedge clk) rst == !started[1]);
  no_write_in_reset: assume property (@(posedge clk) !rst || !table_write);
  // Two entries and three VLANs are enough to tell apart. A logical port has one.
  few: assume property (@(posedge clk) table_index < 6'd2 && logical < 6'd2 && table_vlan < 12'd4);
  logic [1:0] written;
  always_ff @(posedge clk) written <= {written[0], table_write};
  spaced: assume property (@(posedge clk) !table_write || !started[1] || written == '0);
  has_vlan: assume property (@(posedge clk) !table_own || table_vlan != '0);
  none_before: assume property (@(posedge clk)
      started[0] || !(u_passes.write_3.write || u_passes.changes_3));

  // What it is, as far as it is this egress's, and how long nothing has been written.
  logic own;
  logic [11:0] is;
  logic [4:0] since;
  logic hits;
  assign hits = table_write && table_index == logical && table_own && is != table_vlan;
  always_ff @(posedge clk) begin
    if (table_write && table_index == logical) own <= table_own;
    if (hits) is <= table_vlan;
    // Of any entry: changes that follow each other settle together.
    since <= table_write ? '0 : since == '1 ? since : since + 1'b1;
    if (rst) begin
      own <= 1'b0;
      is <= '0;
      since <= '1;
    end
  end

  // The frame takes the epoch along. It was decided about in one of the clocks before, in which the
  // entry was this or that.
  logic there;
  logic [Settle-1:0] was_own, meant_own;
  logic [Settle-1:0][11:0] was, meant;
  logic [4:0] since_then;
  logic changed_behind;
  logic [3:0] waited;
  always_ff @(posedge clk) begin
    was_own <= {was_own[Settle-2:0], own};
    was <= {was[Settle-2:0], is};
    if (queues && !there) begin
      there <= 1'b1;
      queued <= epoch;
      meant_own <= was_own;
      meant <= was;
      since_then <= since;
      changed_behind <= hits;
      waited <= '0;
    end else begin
      changed_behind <= changed_behind || hits;
      if (waited != '1) waited <= waited + 1'b1;
    end
    if (rst) begin
      there <= 1'b0;
      was_own <= '0;
    end
  end

  // What was written before the frame came has reached the table.
  logic asked;
  assign asked = there && waited >= 4'd6;

  for (genvar i = 0; i < int'(Settle); i++) begin : gen_meant
    right: assert property (@(posedge clk) disable iff (rst)
                            !(asked && !stale && meant_own[i]) || vlan == meant[i]);
  end
  kept: assert property (@(posedge clk) disable iff (rst)
                         !(asked && since_then >= 5'(Known) && !changed_behind && !hits) || !stale);
  gone: cover property (@(posedge clk) !rst && asked && stale && since_then >= Known);
  stays: cover property (@(posedge clk) !rst && asked && !stale && meant_own[0] && vlan != '0 &&
                         epoch != queued);
endmodule

`default_nettype wire
