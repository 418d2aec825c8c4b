`default_nettype none

// The two pairs of rings between the card and the memory of its host (docs/src/card/rings.md).
//
// `in`: valid/ready, ready from a register; low only while the receive ring runs and has no
// descriptor or its path is full. `out` goes to the injector, which always takes. `counts` are
// pulses. Everything that leaves comes from registers. A valid of the bus stays until its ready,
// whatever the rings do; only `rst` and `bus_rst` end it, and reset the bus too.
// `bus_rst`: the bus has forgotten what was asked of it. The rings stop without its answers. So
// they do when it has answered nothing for `bus_timeout` changes of `bus_tick` (see bus_watch).
module rings
  import host_pkg::*;
  import axi_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic                   bus_rst,
  input  wire logic [15:0]            bus_tick,
  input  wire logic [15:0]            bus_timeout,
  input  wire logic                   stop,          // level: both rings stop
  input  wire logic [63:0]            time_ns,
  input  wire logic [31:0]            clock_count,
  input  wire ring_setup_t            rx_setup,
  input  wire ring_setup_t            tx_setup,
  output ring_state_t                 rx_state,
  output ring_state_t                 tx_state,
  output ring_counts_t                counts,
  input  wire logic                   in_valid,      // frames for the host
  output logic                        in_ready,
  input  wire punt_t                  in_beat,
  output logic                        out_valid,     // frames of the host, always taken
  output logic [511:0]                out_data,
  output logic [5:0]                  out_empty,
  output logic                        out_last,
  output logic                        out_err,
  output logic [3:0]                  out_port,
  input  wire logic [Ports-1:0][15:0] tx_room,       // beats
  output logic [Ports-1:0][15:0]      tx_committed,  // .. promised to frames on their way
  output axi_req_t                    dma_req,       // the host's memory
  input  wire axi_resp_t              dma_resp
);

  logic         rx_ask_valid, rx_ask_ready, tx_ask_valid, tx_ask_ready, fetch_valid, fetch_ready;
  line_t        rx_ask_line, tx_ask_line;
  burst_t       fetch, burst;
  logic         rx_answer_valid, tx_answer_valid, fetched_valid, fetched_last, read_error;
  logic [511:0] read_data, data;
  logic         rx_completion_valid, rx_completion_ready, tx_completion_valid;
  logic         tx_completion_ready;
  completion_t  rx_completion, tx_completion;
  logic         burst_valid, burst_ready, data_valid, data_ready, stored_valid;
  logic [5:0]   data_empty;
  logic         voided;
  logic         rx_written_valid, tx_written_valid, write_error;

  // The bus stands in reset until nothing of before is left.
  logic bus_rst_q, idle, bus_lost, gone_q;

  assign idle = !rx_state.running && !rx_state.busy && !tx_state.running && !tx_state.busy;

  always_ff @(posedge clk) begin
    bus_rst_q <= rst || bus_rst || (bus_rst_q && !idle);
    gone_q <= bus_rst || (bus_rst_q && !idle) || bus_lost;
  end

  bus_watch u_watch (
    .clk, .rst(bus_rst_q), .tick(bus_tick), .timeout(bus_timeout), .idle,
    .aw_valid(dma_req.aw_valid), .aw_ready(dma_resp.aw_ready), .w_valid(dma_req.w_valid),
    .w_ready(dma_resp.w_ready), .b_valid(dma_resp.b_valid), .ar_valid(dma_req.ar_valid),
    .ar_ready(dma_resp.ar_ready), .r_valid(dma_resp.r_valid), .r_last(dma_resp.r.last),
    .lost(bus_lost)
  );

  receive_ring u_receive (
    .clk, .rst, .stop, .gone(gone_q), .time_ns, .clock_count, .setup(rx_setup), .state(rx_state),
    .delivered(counts.delivered), .off(counts.off), .lost(counts.lost),
    .truncated(counts.truncated), .refused(counts.refused), .in_valid, .in_ready, .in_beat,
    .ask_valid(rx_ask_valid), .ask_ready(rx_ask_ready), .ask_line(rx_ask_line),
    .answer_valid(rx_answer_valid), .answer_data(read_data), .answer_error(read_error),
    .burst_valid, .burst_ready, .burst, .data_valid, .data_ready, .data, .data_empty, .voided,
    .stored_valid, .stored_error(write_error), .completion_valid(rx_completion_valid),
    .completion_ready(rx_completion_ready), .completion(rx_completion),
    .written_valid(rx_written_valid), .written_error(write_error)
  );

  transmit_ring #(.Ports(Ports)) u_transmit (
    .clk, .rst, .stop, .gone(gone_q), .time_ns, .setup(tx_setup), .state(tx_state),
    .sent(counts.sent),
    .failed(counts.failed), .out_valid, .out_data, .out_empty, .out_last, .out_err, .out_port,
    .room(tx_room), .committed(tx_committed), .ask_valid(tx_ask_valid),
    .ask_ready(tx_ask_ready), .ask_line(tx_ask_line),
    .answer_valid(tx_answer_valid), .answer_data(read_data), .answer_error(read_error),
    .fetch_valid, .fetch_ready, .fetch, .beat_valid(fetched_valid), .beat_data(read_data),
    .beat_error(read_error), .beat_last(fetched_last), .completion_valid(tx_completion_valid),
    .completion_ready(tx_completion_ready), .completion(tx_completion),
    .written_valid(tx_written_valid), .written_error(write_error)
  );

  ring_bus u_bus (.rst(bus_rst_q), .*);

endmodule

`default_nettype wire
