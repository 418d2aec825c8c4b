`default_nettype none

// Which logical port holds a frame, where only this network port's entries need be asked.
//
// The frame's VLAN comes in clock 0; the holder stands in clock 3, made of registers. One frame a
// clock. A write acts on frames whose `start` comes a clock later, and on those wholly: what of an
// entry is asked for later is written later.
module logical_match
  import frame_pkg::*;
  import table_pkg::*;
  import parser_pkg::*;
(
  input  wire logic           clk,
  input  wire logic           rst,
  input  wire logical_write_t logical_write,  // valid entries are this network port's
  input  wire logic           start,
  input  wire logic [11:0]    vlan_0,         // of the first tag, if there is one
  input  wire logic           valid_1,
  input  wire logic           numbered_1,
  input  wire logic           third_tag_1,    // no port holds the frame: who knows what it is
  input  wire logic           valid_2,
  input  wire logic           valid_3,
  input  wire logic           numbered_3,
  input  wire logic [11:0]    vlan_3,
  output holder_t             holder_3
);

  // ----------------------------------------------------------------------------------- the entries
  logical_set_t untagged_q, ranged_q, tagged_q;
  logic [11:0]  first_q [LogicalPorts];
  logic [11:0]  last_q [LogicalPorts];
  logic [11:0]  domain_q [LogicalPorts];

  typedef struct packed {
    logic        write;
    logical_t    index;
    logic        own_tag;
    logic [11:0] domain;
  } late_t;

  late_t late_1, late_2, late_3;   // what was written in the clock before, and so on
  logic  valid_late_1, untagged_late_1;

  always_ff @(posedge clk) begin
    late_1 <= '{
      write: logical_write.write, index: logical_write.index, own_tag: logical_write.entry.own_tag,
      domain: logical_write.entry.domain};
    valid_late_1 <= logical_write.entry.valid;
    untagged_late_1 <= logical_write.entry.untagged;
    late_2 <= late_1;
    late_3 <= late_2;
    if (rst) begin
      late_1.write <= 1'b0;
      late_2.write <= 1'b0;
      late_3.write <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    for (int l = 0; l < int'(LogicalPorts); l++) begin
      if (logical_write.write && logical_write.index == logical_t'(l)) begin
        first_q[l] <= logical_write.entry.first_vlan;
        last_q[l] <= logical_write.entry.last_vlan;
      end
      if (late_1.write && late_1.index == logical_t'(l)) begin
        untagged_q[l] <= valid_late_1 && untagged_late_1;
        ranged_q[l] <= valid_late_1;
      end
      if (late_3.write && late_3.index == logical_t'(l)) begin
        tagged_q[l] <= late_3.own_tag;
        domain_q[l] <= late_3.domain;
      end
    end
    if (rst) begin
      untagged_q <= '0;
      ranged_q <= '0;
    end
  end

  // ---------------------------------------------------- clocks 0 to 2: the lowest one that matches
  logical_set_t above_1, below_1, holds_2, holds_3, lowest;

  always_ff @(posedge clk) begin
    above_1 <= 'x;
    below_1 <= 'x;
    if (start)
      for (int l = 0; l < int'(LogicalPorts); l++) begin
        above_1[l] <= vlan_0 >= first_q[l];
        below_1[l] <= vlan_0 <= last_q[l];
      end
  end

  always_ff @(posedge clk) begin
    holds_2 <= 'x;
    if (valid_1)
      holds_2 <= (numbered_1 ? ranged_q & above_1 & below_1 : untagged_q) &
                 {LogicalPorts{!third_tag_1}};
  end

  first_one #(.Width(LogicalPorts)) u_lowest (.valid(valid_2), .in(holds_2), .out(lowest));
  always_ff @(posedge clk) begin
    holds_3 <= 'x;
    if (valid_2) holds_3 <= lowest;
  end

  // ------------------------------------------------------------------------- clock 3: what it says
  // The logical ports whose number has bit `b`.
  function automatic logical_set_t numbers_with(input int b);
    for (int l = 0; l < int'(LogicalPorts); l++) numbers_with[l] = 1'(unsigned'(l) >> b);
  endfunction

  logic [11:0] entry_domain;

  always_comb begin
    entry_domain = 'x;
    holder_3 = 'x;
    if (valid_3) begin
      entry_domain = '0;
      for (int l = 0; l < int'(LogicalPorts); l++) if (holds_3[l]) entry_domain |= domain_q[l];
      holder_3.held = |holds_3;
      for (int b = 0; b < $bits(logical_t); b++)
        holder_3.number[b] = |(holds_3 & numbers_with(b));
      holder_3.own_tag = |(holds_3 & tagged_q);
      holder_3.domain = {numbered_3, vlan_3};
      if (!numbered_3 || holder_3.own_tag) holder_3.domain[11:0] = entry_domain;
    end
  end

endmodule

`default_nettype wire
