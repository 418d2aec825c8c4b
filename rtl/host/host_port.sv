`default_nettype none

// The host's port of the core behind its rings: registers, punt limits, rings, interrupts, events
// and counters (docs/src/card/rings.md).
//
// Register bus: as in host_registers. Frames for the host: valid/ready, a frame's beats in any
// clocks; frames of the host: to the injector, which always takes them. Table reads: as in
// host_counters. With `rings` low (constant) the rings never run; interrupts still tell events.
// `bus_reset`: the host's bus was reset. What was under way on it is forgotten, the rings stop;
// registers that `restart` clears are cleared, tables and forwarding are not touched. `busy`: rings
// that stopped wait for the bus.

module host_port
  import frame_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import host_pkg::*;
  import axi_pkg::*;
  import event_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Engines = 1,
  parameter int unsigned ClockKhz = 322266
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic                   rings,
  input  wire logic                   bus_reset,
  input  wire logic                   function_reset,
  output logic                        busy,
  input  wire logic [63:0]            time_ns,
  input  wire logic [31:0]            clock_count,
  // registers and counters
  input  wire logic                   bus_valid,
  input  wire logic                   bus_write,
  input  wire logic [11:0]            bus_address,
  input  wire logic [31:0]            bus_wdata,
  output logic                        bus_rvalid,
  output logic                        bus_rerror,
  output logic [31:0]                 bus_rdata,
  input  wire logic                   table_read,
  input  wire table_access_t          table_access,
  output logic                        read_valid,
  output logic [255:0]                read_data,
  // what happens in the core
  input  wire logic [Ports-1:0]       link_up,
  input  wire logic                   member_lost,
  input  wire logic [Engines-1:0]     dropped,
  input  wire drop_e                  drop [Engines],
  input  wire flow_op_t               flow_bus,
  input  wire logic                   flow_pressure,
  input  wire logic                   station_moved,
  // frames
  input  wire logic                   in_valid,
  output logic                        in_ready,
  input  wire punt_t                  in_beat,
  output logic                        out_valid,
  output logic [511:0]                out_data,
  output logic [5:0]                  out_empty,
  output logic                        out_last,
  output logic                        out_err,
  output logic [3:0]                  out_port,
  input  wire logic [Ports-1:0][15:0] tx_room,
  output logic [Ports-1:0][15:0]      tx_committed,
  // the host
  output axi_req_t                    dma_req,
  input  wire axi_resp_t              dma_resp,
  output logic [2:0]                  interrupt_request,
  input  wire logic [2:0]             interrupt_acknowledge
);

  // Of a fast clock: the bits of time that change every 1.05 ms.
  localparam int unsigned TickLog2 = 20;

  logic              restart, stop;
  ring_setup_t       rx_setup, tx_setup;
  ring_state_t       rx_state, tx_state;
  ring_counts_t      counts;
  logic              rx_arm, tx_arm, event_arm, event_any;
  logic [15:0]       rx_seen, tx_seen;
  logic [23:0]       rx_moderation;
  logic [2:0]        interrupt_test;
  events_t           events;
  logic [15:0][15:0] punt_rate, punt_burst;
  logic [15:0]       punt_written;
  logic              offered_valid, offered_ready, punt_valid, punt_ready, limited;
  punt_t             offered;
  logic [3:0]        limited_reason;

  logic        bus_rst_q, registers_busy;
  logic [15:0] bus_timeout;

  always_ff @(posedge clk) begin
    bus_rst_q <= bus_reset;
    busy <= registers_busy;
  end

  host_registers #(.ClockKhz(ClockKhz)) u_registers (
    .clk, .rst, .rings, .bus_rst(bus_rst_q), .function_reset, .time_ns, .clock_count, .bus_valid,
    .bus_write,
    .bus_address, .bus_wdata, .bus_rvalid, .bus_rerror, .bus_rdata, .restart, .stop,
    .busy(registers_busy), .bus_timeout, .rx_setup,
    .tx_setup, .rx_state, .tx_state, .rx_arm, .rx_seen, .rx_moderation, .tx_arm, .tx_seen,
    .event_arm, .event_any, .interrupt_test, .events, .punt_rate, .punt_burst, .punt_written
  );

  // The fabric is told by a register whether it may go on.
  fifo_fwft #(.Data(punt_t), .Depth(1)) u_punts (
    .clk, .rst, .in_valid, .in_ready, .in_data(in_beat), .out_valid(offered_valid),
    .out_ready(offered_ready), .out_data(offered), .count()
  );

  punt_limiter u_limiter (
    .clk, .rst, .interval(time_ns[63:20]), .rate(punt_rate), .burst(punt_burst),
    .written(punt_written), .in_valid(offered_valid), .in_ready(offered_ready),
    .in_last(offered.last), .in_reason(offered.reason), .out_valid(punt_valid),
    .out_ready(punt_ready), .limited, .limited_reason
  );

  rings #(.Ports(Ports)) u_rings (
    .clk, .rst, .bus_rst(bus_rst_q), .bus_tick(time_ns[TickLog2+:16]), .bus_timeout, .stop,
    .time_ns, .clock_count, .rx_setup, .tx_setup, .rx_state, .tx_state, .counts,
    .in_valid(punt_valid), .in_ready(punt_ready), .in_beat(offered), .out_valid, .out_data,
    .out_empty, .out_last, .out_err, .out_port, .tx_room, .tx_committed, .dma_req, .dma_resp
  );

  interrupts u_interrupts (
    .clk, .rst(rst || bus_rst_q || function_reset), .restart, .time_ns(time_ns[31:0]), .rx_arm,
    .rx_seen, .rx_completed(rx_state.completed),
    .rx_moderation, .tx_arm, .tx_seen, .tx_completed(tx_state.completed), .event_arm, .event_any,
    .test(interrupt_test), .request(interrupt_request), .acknowledge(interrupt_acknowledge)
  );

  host_events #(.Ports(Ports), .Engines(Engines)) u_events (
    .clk, .rst, .link_up, .member_lost, .dropped, .drop, .flow_bus, .flow_pressure, .station_moved,
    .punt_dropped(limited || counts.off), .rx_error(rx_state.error), .tx_error(tx_state.error),
    .events
  );

  host_counters u_counters (
    .clk, .rst, .counts, .limited, .limited_reason, .table_read, .table_access, .read_valid,
    .read_data
  );

endmodule

`default_nettype wire
