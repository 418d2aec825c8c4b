`default_nettype none

// What the flow table and the fragment table are asked about a key (docs/src/card/flows.md
// sections 1 and 5).
//
// One key a clock: everything in clock 4, `ask` and `fragment_ask` registered, in clock 5. Whether
// the rows let the frame come so far is known later.
module flow_question
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
(
  input  wire logic       clk,
  input  wire logic       rst,
  input  wire logic       valid,
  input  wire key_t       key,
  input  wire logic       neighbour,    // ARP, or by its header neighbour discovery
  input  wire logic       destination_hit,
  input  wire station_t   destination,
  input  wire logic       source_hit,
  input  wire station_t   source,
  input  wire logic       asked_hit,    // the destination address
  input  wire known_t     asked,
  input  wire logic       claimed_hit,  // the source address
  input  wire known_t     claimed,
  input  wire logic [5:0] cluster,      // of the service
  input  wire flow_key_t  forward_key,
  input  wire flow_key_t  reverse_key,
  input  wire flow_key_t  forward_client_key,
  input  wire flow_key_t  reverse_client_key,
  output logic            forward,      // clock 4: to a VIP by its virtual MAC
  output logic            reverse,      // clock 4: by a VIP, maybe its own, from a server
  output logic            tracked,      // clock 4: its flow is remembered
  output logic            in_parts,     // clock 4: its fragments are
  output flow_ask_t       ask,
  output logic            fragment_ask
);

  logic to_virtual, persistent, spi, stream, ipsec_port, other;

  always_comb begin
    to_virtual = destination_hit && destination.kind == StationVirtual;
    forward = key.ip && !neighbour && to_virtual && asked_hit && asked.kind == KnownVip;
    reverse = key.ip && !neighbour && !to_virtual && source_hit && source.kind == StationServer &&
              claimed_hit && claimed.kind == KnownVip &&
              !(asked_hit && asked.kind == KnownRouter);
    persistent = forward ? asked.persistent : claimed.persistent;

    spi = key.protocol == 8'd50 || key.protocol == 8'd51;
    stream = key.protocol == 8'd6 || key.protocol == 8'd132;
    ipsec_port = key.l4[31:16] == 16'd500 || key.l4[31:16] == 16'd4500 ||
                 key.l4[15:0] == 16'd500 || key.l4[15:0] == 16'd4500;
    other = key.protocol_known && !spi && !stream && key.protocol != 8'd17 &&
            key.protocol != 8'd1 && key.protocol != 8'd58;
    if (persistent) tracked = !key.fragment.later;
    else if (key.l4_known) tracked = !(spi && reverse);
    else tracked = other && !key.fragment.later;
    if (key.quoted) tracked = 1'b0;
    in_parts = forward && !persistent && !key.quoted &&
               (key.fragment.first || key.fragment.later);
  end

  flow_ask_t ask_d;

  always_comb begin
    ask_d.look = valid && !rst &&
                (((forward || reverse) && tracked) ||
                 (forward && (key.quoted || (persistent && key.fragment.later))));
    ask_d.write = tracked;
    ask_d.reverse = reverse;
    ask_d.persistent = persistent;
    ask_d.confirms = spi && !persistent;
    if (stream) ask_d.kind = FlowTcp;
    else if (spi || (key.protocol == 8'd17 && key.ports_known && ipsec_port))
      ask_d.kind = FlowIpsec;
    else ask_d.kind = key.protocol == 8'd17 ? FlowUdp : FlowOther;
    ask_d.segment = key.segment;
    ask_d.cluster = reverse ? claimed.cluster : cluster;
    ask_d.source = server_t'(source.index);
    unique case ({reverse, persistent})
      2'b00: ask_d.key = forward_key;
      2'b01: ask_d.key = forward_client_key;
      2'b10: ask_d.key = reverse_key;
      default: ask_d.key = reverse_client_key;
    endcase
  end

  always_ff @(posedge clk) begin
    ask <= ask_d;
    fragment_ask <= valid && !rst && in_parts;
  end

endmodule

`default_nettype wire
