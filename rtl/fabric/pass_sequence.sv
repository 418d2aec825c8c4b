`default_nettype none

// The logical ports of one egress: the VLAN of each, and which comes after another in a set.
//
// `table_write`: 4 clocks later the entry of `table_index` belongs to this egress, and has
// `table_vlan`, or it does not, by `table_own`. With `rst` no entry does. At most every third clock.
// Clock 0: `ended` (one-hot by queue, or zero) says that a pass for `logical` has been read.
// Clock 1: `vlan` is that of `logical` in clock 0, ended or not; `copies` is the frame's set.
// .. `stale`: the index was another logical port's when the frame with `queued` came, or may have
// been: it became this one later, or fewer than Settle clocks before. A frame takes `epoch` into
// its queue. Changes in those clocks count as one; of a frame that 31 such have come behind it is
// not known.
// Clock 3: `again` is `ended` if the set has a logical port of this egress above `logical`, else
// zero. Clock 4: `next_logical` is the lowest such, if there is one.
// One question a clock, never full.
module pass_sequence
  import frame_pkg::*;
#(
  parameter int unsigned Inputs = 9,
  // A frame is seldom longer between the decision where it goes and its queue (512 clocks at most).
  parameter int unsigned Settle = 64
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic              table_write,
  input  wire logical_t          table_index,
  input  wire logic [11:0]       table_vlan,
  input  wire logic              table_own,
  input  wire logical_t          logical,
  input  wire logic [Inputs-1:0] ended,
  input  wire logical_set_t      copies,
  input  wire epoch_t            queued,
  output epoch_t                 epoch,
  output logic [11:0]            vlan,
  output logic                   stale,
  output logic [Inputs-1:0]      again,
  output logical_t               next_logical
);
  function automatic logical_t number_of(input logical_set_t one_hot);
    number_of = '0;
    for (int unsigned l = 0; l < LogicalPorts; l++) if (one_hot[l]) number_of |= logical_t'(l);
  endfunction

  (* ram_style = "distributed" *) logic [11:0] vlans[LogicalPorts];
  logical_set_t own_q;

  // The write, of its own for each egress: the whole table hangs on it. It is compared with what the
  // entry was.
  typedef struct packed {
    logic write;
    logical_t index;
    logic [11:0] vlan;
    logic own;
  } table_write_t;

  (* keep = "true", dont_touch = "true" *) table_write_t write_1;
  table_write_t write_2;
  (* keep = "true", dont_touch = "true" *) table_write_t write_3;
  logic [11:0] old_2;
  logic changes_3;

  initial for (int unsigned l = 0; l < LogicalPorts; l++) vlans[l] = '0;

  always @(posedge clk) begin
    write_1 <= '{write: table_write, index: table_index, vlan: table_vlan, own: table_own};
    write_2 <= write_1;
    old_2 <= vlans[write_1.index];
    write_3 <= write_2;
    // Without a VLAN it never was a logical port of this egress: nothing is queued for it.
    changes_3 <= write_2.write && write_2.own && old_2 != '0 && old_2 != write_2.vlan;
    if (write_3.write) begin
      // Of one that goes the VLAN stays: frames for it are queued.
      if (write_3.own) vlans[write_3.index] <= write_3.vlan;
      own_q[write_3.index] <= write_3.own;
    end
    if (rst) begin
      own_q <= '0;
      write_1.write <= 1'b0;
      write_2.write <= 1'b0;
      write_3.write <= 1'b0;
      changes_3 <= 1'b0;
    end
    vlan <= vlans[logical];
  end

  // ------------------------------------------------------------------------------ what has changed
  // The epoch in which each entry became what it is: this one's successor at once, so that frames
  // that come while it settles do not have it. None is left to be older than Oldest.
  localparam int unsigned SettleWidth = $clog2(Settle + 1);
  localparam epoch_t Oldest = 6'd16;

  (* ram_style = "distributed" *) epoch_t changed[LogicalPorts];
  epoch_t epoch_q, next_epoch_q, oldest_q, changed_q, queued_q, swept_q, age_q, later;
  logic [SettleWidth-1:0] settle_q;
  logic last_q;
  logic [6:0] sweep_q;               // the top bit: all have been looked at
  logic [2:1] step_q;                // the one looked at is read; its age is known
  logic ages;

  initial begin
    for (int unsigned l = 0; l < LogicalPorts; l++) changed[l] = '0;
    epoch_q = '0;
    next_epoch_q = 6'd1;
    settle_q = '0;
    last_q = 1'b0;
    sweep_q = 7'd64;
    step_q = '0;
  end

  assign ages = step_q[2] && age_q == Oldest + 6'd1;

  // What is under way outlives a reset: no entry is to stay ahead for ever.
  always @(posedge clk) begin
    if (changes_3) changed[write_3.index] <= next_epoch_q;
    else if (ages) changed[sweep_q[5:0]] <= oldest_q;
    swept_q <= changed[sweep_q[5:0]];
    age_q <= epoch_q - swept_q;
    oldest_q <= epoch_q - Oldest;
    // Anew, if something is written meanwhile.
    step_q <= changes_3 ? '0 : {step_q[1], !sweep_q[6] && step_q == '0};
    if (step_q[2] && !changes_3) sweep_q <= sweep_q + 7'd1;

    last_q <= settle_q == SettleWidth'(1) && !changes_3;
    if (settle_q != '0) settle_q <= settle_q - 1'b1;
    if (changes_3) settle_q <= SettleWidth'(Settle);
    if (last_q && !changes_3) begin
      epoch_q <= next_epoch_q;
      next_epoch_q <= next_epoch_q + 6'd1;
      sweep_q <= '0;
      step_q <= '0;
    end
    changed_q <= changed[logical];
    queued_q <= queued;
  end

  assign epoch = epoch_q;
  assign later = changed_q - queued_q;
  assign stale = later != '0 && !later[5];

  // --------------------------------------------------------------------------------- what comes next
  logic [Inputs-1:0] ended_q;
  logic [Inputs-1:0] ended_qq;
  logical_t logical_q;
  logical_set_t left_d;
  logical_set_t left_q;
  logical_set_t lowest_d;
  logical_set_t lowest_q;

  // Without a pass that ended nobody asks which comes next.
  logic asked;
  logic asked_q;
  logic asked_qq;

  assign asked = |ended_q;

  always_comb begin
    left_d = 'x;
    if (asked) begin
      for (int unsigned l = 0; l < LogicalPorts; l++) begin
        left_d[l] = copies[l] && own_q[l] && logical_t'(l) > logical_q;
      end
    end
  end

  first_one #(
      .Width(LogicalPorts)
  ) u_lowest (
      .valid(asked_q),
      .in(left_q),
      .out(lowest_d)
  );

  always_ff @(posedge clk) begin
    logical_q <= logical;
    asked_q <= asked;
    asked_qq <= asked_q;
    left_q <= left_d;
    lowest_q <= lowest_d;
    next_logical <= 'x;
    if (asked_qq) next_logical <= number_of(lowest_q);
  end

  always_ff @(posedge clk) begin
    ended_q <= ended;
    ended_qq <= ended_q;
    again <= ended_qq & {Inputs{left_q != '0}};
    if (rst) begin
      ended_q <= '0;
      ended_qq <= '0;
      again <= '0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk)
    if (!rst) a_spaced: assert (!table_write || !(write_1.write || write_2.write));
`endif

endmodule

`default_nettype wire
