`default_nettype none

// Where frames leave the card: a stream for each network port, and for the host its stream or its
// rings (`rings`, a strap).
//
// In and out valid/ready. A stream shows a frame whole, or ends it with an error (see frame_outlet);
// what the rings are given ends as it comes.
module card_outlets
  import frame_pkg::*;
  import host_pkg::*;
#(
  parameter int unsigned Ports = 8,
  localparam int unsigned Outputs = Ports + 1
) (
  input  wire logic                    clk,
  input  wire logic                    rst,
  input  wire logic                    rings,
  // The fabric.
  input  wire logic [Outputs-1:0]      in_valid,
  output logic [Outputs-1:0]           in_ready,
  input  wire beat_t                   in_beat [Outputs],
  input  wire logic [Outputs-1:0][3:0] in_source,
  // Network ports.
  output logic [Ports-1:0]             tx_valid,
  input  wire logic [Ports-1:0]        tx_ready,
  output logic [Ports-1:0][511:0]      tx_data,
  output logic [Ports-1:0][5:0]        tx_empty,
  output logic [Ports-1:0]             tx_last,
  output logic [Ports-1:0]             tx_err,
  output logic [Ports-1:0][3:0]        tx_source,
  output logic [Ports-1:0][31:0]       tx_stamp,
  // The host.
  output logic                         stream_valid,
  input  wire logic                    stream_ready,
  output logic                         stream_last,
  output logic                         stream_err,
  output logic                         ring_valid,
  input  wire logic                    ring_ready,
  output punt_t                        punt  // of both; the stream's `last` is its own
);

  for (genvar p = 0; p < Ports; p++) begin : gen_tx
    frame_outlet u_outlet (
      .clk, .rst, .in_valid(in_valid[p]), .in_ready(in_ready[p]), .in_last(in_beat[p].last),
      .out_valid(tx_valid[p]), .out_ready(tx_ready[p]), .out_last(tx_last[p]),
      .out_err(tx_err[p])
    );
    assign tx_data[p] = in_beat[p].data;
    assign tx_empty[p] = in_beat[p].empty;
    assign tx_source[p] = in_source[p];
    assign tx_stamp[p] = in_beat[p].stamp;
  end

  logic stream_in_ready;

  frame_outlet u_host_outlet (
    .clk, .rst, .in_valid(in_valid[Ports] && !rings), .in_ready(stream_in_ready),
    .in_last(in_beat[Ports].last), .out_valid(stream_valid), .out_ready(stream_ready),
    .out_last(stream_last), .out_err(stream_err)
  );

  assign in_ready[Ports] = rings ? ring_ready : stream_in_ready;
  assign ring_valid = in_valid[Ports] && rings;
  assign punt = '{
    data: in_beat[Ports].data, empty: in_beat[Ports].empty, last: in_beat[Ports].last,
    source: in_source[Ports], stamp: in_beat[Ports].stamp, reason: in_beat[Ports].reason};

endmodule

`default_nettype wire
