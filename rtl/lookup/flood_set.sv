`default_nettype none

// Which logical ports get a copy of a frame, and what that means for each network port.
//
// One frame a clock. `logical`, `held` and what the admission asks for come in clock 3, with
// `valid` if there is a frame; `exclude` and `live` decisions in clock 7; clock 10's registers, that
// is the outputs, are valid in clock 11.
// A write of the logical port table acts on frames of later clocks.
module flood_set
  import frame_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic [Ports-1:0] link_up,
  input  wire logical_write_t   logical_write,
  // clock 3
  input  wire logic             valid,
  input  wire logic             held,      // by a logical port
  input  wire logical_t         logical,
  input  wire logic             own_tag,
  input  wire logic             numbered,
  input  wire logic [11:0]      vlan,
  // clock 7
  input  wire logical_set_t     live,      // instead of the flood mask, if use_live
  input  wire logic             use_live,
  input  wire logical_set_t     excluded,  // left out, if exclude
  input  wire logic             exclude,
  input  wire logic             exclude_servers,
  // clock 11
  output logical_set_t          copies,
  output logic [Ports-1:0]      egress,    // with a copy, link up
  output logic [Ports-1:0]      many,
  output logical_t [Ports-1:0]  first,
  // steady
  output logical_set_t          tagged_ports
);

  localparam int unsigned Groups = LogicalPorts / 8;

  // ------------------------------------------------------------------------------------- the table
  logical_set_t             valid_q, untagged_q, tagged_q, server_q;
  logical_set_t [Ports-1:0] own_q;             // of each network port
  logic [11:0]              first_vlan_q [LogicalPorts];
  logic [11:0]              last_vlan_q [LogicalPorts];

  // Of its own: the entries hang on it.
  (* keep = "true", dont_touch = "true" *) logical_write_t write_q;

  always_ff @(posedge clk) begin
    write_q <= logical_write;
    write_q.write <= logical_write.write && !rst;
  end

  always_ff @(posedge clk) begin
    if (write_q.write)
      for (int l = 0; l < int'(LogicalPorts); l++)
        if (write_q.index == logical_t'(l)) begin
          valid_q[l] <= write_q.entry.valid;
          for (int p = 0; p < int'(Ports); p++)
            own_q[p][l] <= write_q.entry.valid && write_q.entry.port == port_t'(p);
          untagged_q[l] <= write_q.entry.untagged;
          tagged_q[l] <= write_q.entry.own_tag;
          server_q[l] <= write_q.entry.server;
          first_vlan_q[l] <= write_q.entry.first_vlan;
          last_vlan_q[l] <= write_q.entry.last_vlan;
        end
    if (rst) begin
      valid_q <= '0;
      own_q <= '0;
    end
  end

  assign tagged_ports = tagged_q;

  // There is a frame in the clock.
  logic [10:3] frame;
  assign frame[3] = valid;
  always_ff @(posedge clk) frame[10:4] <= rst ? '0 : frame[9:3];

  logical_t     logical_4, logical_5;
  logical_set_t flood_6, flood_7;

  ram_sdp #(
    .Width(LogicalPorts), .Depth(LogicalPorts), .ReadLatency(1), .Style("distributed")
  ) u_flood (
    .clk, .write_enable(write_q.write), .write_address(write_q.index),
    .write_data(write_q.entry.flood), .read_enable(frame[5]), .read_address(logical_5),
    .read_data(flood_6)
  );

  // --------------------------------------------------------------- clocks 3 to 6: who may get it
  logical_set_t above_4, below_4, admitted_5, admitted_6, admitted_7;
  logic         held_4, tagged_4, numbered_4, held_5;

  always_ff @(posedge clk) begin
    above_4 <= 'x;
    below_4 <= 'x;
    if (valid)
      for (int l = 0; l < int'(LogicalPorts); l++) begin
        above_4[l] <= vlan >= first_vlan_q[l];
        below_4[l] <= vlan <= last_vlan_q[l];
      end
    admitted_5 <= tagged_4 ? tagged_q
                           : ~tagged_q & (numbered_4 ? above_4 & below_4 : untagged_q);
    admitted_6 <= held_5 ? admitted_5 & valid_q & ~(logical_set_t'(1) << logical_5) : '0;
    held_4 <= held;
    tagged_4 <= own_tag;
    numbered_4 <= numbered;
    logical_4 <= logical;
    logical_5 <= logical_4;
    held_5 <= held_4;
    admitted_7 <= admitted_6;
    flood_7 <= flood_6;
  end

  // ------------------------------------------------------------------- clock 7: who gets it
  logical_set_t copies_8, copies_9, copies_10;
  always_ff @(posedge clk) begin
    copies_8 <= admitted_7 & (use_live ? live : flood_7) & ~(exclude ? excluded : '0) &
                ~(exclude_servers ? server_q : '0);
    copies_9 <= copies_8;
    copies_10 <= copies_9;
    copies <= copies_10;
  end

  // ------------------------------------------------------- clocks 8 to 10: by network port
  for (genvar p = 0; p < Ports; p++) begin : gen_port
    logical_set_t           own_9;
    logic [Groups-1:0]      any_10, several_10, one_group;
    logic [Groups-1:0][2:0] first_10;
    logic [2:0]             group, place;

    always_ff @(posedge clk) begin
      own_9 <= 'x;
      if (frame[8]) own_9 <= copies_8 & own_q[p];
      any_10 <= 'x;
      several_10 <= 'x;
      first_10 <= 'x;
      if (frame[9])
        for (int g = 0; g < int'(Groups); g++) begin
          any_10[g] <= |own_9[8*g+:8];
          several_10[g] <= |(own_9[8*g+:8] & (own_9[8*g+:8] - 8'd1));
          first_10[g] <= '0;
          for (int i = 7; i >= 0; i--) if (own_9[8*g+i]) first_10[g] <= 3'(unsigned'(i));
        end
    end

    first_one #(.Width(Groups)) u_group (.valid(frame[10]), .in(any_10), .out(one_group));

    always_comb begin
      group = 'x;
      place = 'x;
      if (frame[10]) begin
        group = '0;
        place = '0;
        for (int g = 0; g < int'(Groups); g++)
          if (one_group[g]) begin
            group |= 3'(unsigned'(g));
            place |= first_10[g];
          end
      end
    end

    always_ff @(posedge clk) begin
      egress[p] <= |any_10 && link_up[p];
      many[p] <= |several_10 || (any_10 & ~one_group) != '0;
      first[p] <= {group, place};
    end
  end

endmodule

`default_nettype wire
