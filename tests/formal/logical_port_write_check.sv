// Properties of header_parser, and of the table of logical ports in it, over the first clocks: entry 5 is
// written once, and again at any time with any contents; frames with any VLAN start in any clocks. Each is
// held as the old entry says or as the new one does, never by some of each, and none by the old one
// behind one by the new.
// The frame is otherwise a constant: what is in it has other tests.
`default_nettype none

module logical_port_write_check
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
(
    input wire               clk,
    input wire               start,
    input wire        [11:0] vlan,
    input wire               write,
    input wire logical_port_t wanted
);
  localparam logical_t Index = logical_t'(5);

  logic [1023:0] window;
  logic [7:0] with_tag;
  logic key_valid;
  key_t key;

  always_comb begin
    window = '0;
    window[8*12+:8] = 8'h81;
    window[8*14+:8] = {4'd0, vlan[11:8]};
    window[8*15+:8] = vlan[7:0];
    window[8*16+:8] = 8'h08;
    with_tag = vlan == 12'hfff ? '0 : '1;
  end

  // Two writes: the first before any frame.
  logic [2:0] writes = 3'd0;
  logic rst = 1'b1;
  logical_port_t old_entry;
  logical_port_t new_entry;
  logic written = 1'b0;   // the second one
  logical_write_t logical_write;
  logic second;
  logic starts;

  assign second = writes == 3'd7 && write && !written;
  assign starts = writes == 3'd7 && start;

  always_ff @(posedge clk) begin
    rst <= 1'b0;
    if (!rst && writes != 3'd7) writes <= writes + 3'd1;
    if (writes == 3'd1) old_entry <= wanted;
    if (second) begin
      new_entry <= wanted;
      written <= 1'b1;
    end
  end

  always_comb begin
    logical_write = '0;
    logical_write.write = writes == 3'd1 || second;
    logical_write.index = Index;
    logical_write.entry = wanted;
  end

  header_parser u_parser (
      .clk,
      .rst,
      .start(starts),
      .window,
      .tag0(with_tag),
      .tag1('0),
      .bytes(16'd64),
      .stamp('0),
      .logical_write,
      .key_valid,
      .key,
      .job(),
      .hides(),
      .hidden(),
      .aligned_valid(),
      .aligned(),
      .aligned_readable()
  );

  // What started three clocks ago.
  logic [11:0] vlan_1;
  logic [11:0] vlan_2;
  logic [11:0] vlan_3;
  logic new_seen = 1'b0;

  always_ff @(posedge clk) begin
    vlan_1 <= vlan;
    vlan_2 <= vlan_1;
    vlan_3 <= vlan_2;
  end

  function automatic logic agrees(input logical_port_t entry, input logic [11:0] number);
    automatic logic numbered = number != 12'd0 && number != 12'hfff;
    automatic logic held = entry.valid && (numbered ? number >= entry.first_vlan
                                           && number <= entry.last_vlan : entry.untagged);
    automatic logic own = held && entry.own_tag;
    automatic logic [11:0] domain = !numbered || own ? (held ? entry.domain : 12'd0) : number;
    return key.held == held && (!held || key.logical == Index) && key.own_tag == own
        && key.domain == {numbered, domain};
  endfunction

  logic by_old;
  logic by_new;
  assign by_old = agrees(old_entry, vlan_3);
  assign by_new = written && agrees(new_entry, vlan_3);

  always_ff @(posedge clk)
    if (writes == 3'd7 && key_valid && by_new && !by_old) new_seen <= 1'b1;

  always_ff @(posedge clk) begin
    if (writes == 3'd7 && key_valid) begin
      whole: assert (by_old || by_new);
      in_order: assert (!new_seen || by_new);
    end
  end

  both: cover property (@(posedge clk) key_valid && new_seen && by_new && !by_old);
endmodule

`default_nettype wire
