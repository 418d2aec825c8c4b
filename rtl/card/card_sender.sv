`default_nettype none

// Frames that the card sends of its own or for its host: the host's streams or rings (`rings`, a
// strap), and announcements, which join them.
//
// The host's beats are always taken; a frame's room is promised by `tx_room`, less what `tx_committed`
// tells (see injector). `out_*` go to the fabric as a line card's do, `popped` comes from there.
// `enters`: something is on its way in, in this clock.
module card_sender
  import frame_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned QueueBeats = 512,
  localparam int unsigned Outputs = Ports + 1
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic [31:0]            clock_count,
  input  wire logic [15:0]            tick,
  input  wire logic [14:0]            interval,  // of announcements
  input  wire logic [Ports-1:0]       link_up,
  input  wire logic                   table_write,
  input  wire table_access_t          table_access,
  input  wire logical_write_t         logical_write,
  // The host.
  input  wire logic                   rings,
  input  wire logic                   stream_valid,
  input  wire host_beat_t             stream,
  input  wire logic                   ring_valid,
  input  wire host_beat_t             ring,
  output logic [Ports-1:0][15:0]      tx_room,
  input  wire logic [Ports-1:0][15:0] tx_committed,
  // The fabric.
  output logic                        enters,
  output logic                        out_valid,
  output beat_t                       out_beat,
  output logic [Outputs-1:0]          out_mask,
  output exit_t [Outputs-1:0]         out_exit,
  input  wire logic [Outputs-1:0]     popped,
  output ingress_counts_t             counts
);

  logic         announce_valid, announce_ready, announce_last;
  logic [511:0] announce_data;
  logic [5:0]   announce_empty;
  port_t        announce_port;
  logic         inject_valid;
  host_beat_t   inject;
  logic         received_valid, drop_valid, generated_valid;
  logic [15:0]  received_bytes;
  logic [4:0]   drop_reason;
  logic [3:0]   drop_count;

  announcer #(.Ports(Ports)) u_announcer (
    .clk, .rst, .interval, .tick, .link_up, .logical_write, .table_write, .table_access,
    .out_valid(announce_valid), .out_ready(announce_ready), .out_data(announce_data),
    .out_empty(announce_empty), .out_last(announce_last), .out_port(announce_port)
  );

  assign inject_valid = rings ? ring_valid : stream_valid;

  // A copy of the choice for each 128 bits.
  localparam int unsigned HostBits = $bits(host_beat_t);
  localparam int unsigned Slices = (HostBits + 127) / 128;
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    localparam int unsigned Low = 128 * s;
    localparam int unsigned Bits = HostBits - Low < 128 ? HostBits - Low : 128;
    (* keep = "true", DONT_TOUCH = "true" *) logic rings_q;
    always_ff @(posedge clk) rings_q <= rings;
    assign inject[Low+:Bits] = rings_q ? ring[Low+:Bits] : stream[Low+:Bits];
  end

  assign enters = inject_valid || announce_valid;

  injector #(.Ports(Ports), .QueueBeats(QueueBeats)) u_injector (
    .clk, .rst, .clock_count, .link_up, .in_valid(inject_valid), .in_data(inject.data),
    .in_empty(inject.empty), .in_last(inject.last), .in_err(inject.err), .in_port(inject.port),
    .tx_room, .tx_committed, .announce_valid, .announce_ready, .announce_data, .announce_empty,
    .announce_last, .announce_port, .received_valid, .received_bytes, .out_valid, .out_beat,
    .out_mask, .out_exit, .popped, .drop_valid, .drop_reason, .drop_count, .generated_valid
  );

  always_comb begin
    counts = '0;
    counts.received_valid = received_valid;
    counts.received_bytes = received_bytes;
    counts.drop_valid = drop_valid;
    counts.drop_reason = drop_reason;
    counts.drop_count = drop_count;
    counts.generated_valid = generated_valid;
  end

endmodule

`default_nettype wire
