`default_nettype none

// The host port's registers (host.rdl): what the host wrote, as the rings, the interrupts and the
// punt limiter take it; what it reads.
//
// Bus: an access in every clock, but none in the clock behind a read, which ends with `bus_rvalid`
// there. A write to no register is ignored, a read of none answered with `bus_rerror`.
// `restart`: for as long as the card's, the bus' or the function's reset lasts, and for a clock after
// control.reset was written: events, arms, enables and moderation are cleared. `stop`, a register,
// follows and stays until the rings' `enable` is low; tails become 0 when it has stood for a clock.
// A ring's `enable` rises a clock after the register's bit, and its tail is 0 from then on until a
// doorbell. Without `rings` neither rises.

module host_registers
  import host_pkg::*;
  import event_pkg::*;
#(
  parameter int unsigned ClockKhz = 322266
) (
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         rings,  // constant
  input  wire logic         bus_rst,
  input  wire logic         function_reset,
  input  wire logic [63:0]  time_ns,
  input  wire logic [31:0]  clock_count,
  input  wire logic         bus_valid,
  input  wire logic         bus_write,
  input  wire logic [11:0]  bus_address,
  input  wire logic [31:0]  bus_wdata,
  output logic              bus_rvalid,
  output logic              bus_rerror,
  output logic [31:0]       bus_rdata,
  output logic              restart,
  output logic              stop,
  output logic              busy,   // as in the status register
  output logic [15:0]       bus_timeout,
  output ring_setup_t       rx_setup,
  output ring_setup_t       tx_setup,
  input  wire ring_state_t  rx_state,
  input  wire ring_state_t  tx_state,
  output logic              rx_arm,
  output logic [15:0]       rx_seen,
  output logic [23:0]       rx_moderation,
  output logic              tx_arm,
  output logic [15:0]       tx_seen,
  output logic              event_arm,
  output logic              event_any,
  output logic [2:0]        interrupt_test,
  input  wire events_t      events,
  output logic [15:0][15:0] punt_rate,
  output logic [15:0][15:0] punt_burst,
  output logic [15:0]       punt_written
);

  localparam logic [3:0] Vectors = 4'd3;

  flowswitch_host_pkg::flowswitch_host__in_t  to_registers;
  flowswitch_host_pkg::flowswitch_host__out_t from_registers;

  flowswitch_host u_registers (
    .clk, .rst, .s_cpuif_req(bus_valid), .s_cpuif_req_is_wr(bus_write), .s_cpuif_addr(bus_address),
    .s_cpuif_wr_data(bus_wdata), .s_cpuif_wr_biten('1), .s_cpuif_req_stall_wr(),
    .s_cpuif_req_stall_rd(), .s_cpuif_rd_ack(bus_rvalid), .s_cpuif_rd_err(bus_rerror),
    .s_cpuif_rd_data(bus_rdata), .s_cpuif_wr_ack(), .s_cpuif_wr_err(), .hwif_in(to_registers),
    .hwif_out(from_registers)
  );

  // --------------------------------------------------------------------------------------- resets
  logic       function_reset_q;
  logic [3:0] stopping_q;

  always_ff @(posedge clk) begin
    function_reset_q <= function_reset;
    stopping_q <= {stopping_q[2:0], restart};
    stop <= restart || stopping_q != '0;
  end

  assign restart = rst || bus_rst || function_reset_q || from_registers.control.reset.value;
  assign to_registers.restart = restart;
  assign to_registers.disable_rings = restart || !rings;

  // ---------------------------------------------------------------------------------------- rings
  logic rx_enable_q, tx_enable_q, rx_written_q, tx_written_q;

  always_ff @(posedge clk) begin
    rx_written_q <= from_registers.control.rx_enable.value;
    tx_written_q <= from_registers.control.tx_enable.value;
    rx_enable_q <= from_registers.control.rx_enable.value && !stop;
    tx_enable_q <= from_registers.control.tx_enable.value && !stop;
  end

  // A doorbell in the clock in which the tail becomes 0 has been written after the enable.
  assign to_registers.rx.tail.index.next = '0;
  assign to_registers.rx.tail.index.we =
    stop || (from_registers.control.rx_enable.value && !rx_written_q);
  assign to_registers.tx.tail.index.next = '0;
  assign to_registers.tx.tail.index.we =
    stop || (from_registers.control.tx_enable.value && !tx_written_q);

  assign rx_setup = '{
    enable: rx_enable_q,
    descriptors: {from_registers.rx.descriptors_high.address.value,
                  from_registers.rx.descriptors_low.address.value},
    completions: {from_registers.rx.completions_high.address.value,
                  from_registers.rx.completions_low.address.value},
    size: from_registers.rx.size.log2.value,
    tail: from_registers.rx.tail.index.value};
  assign tx_setup = '{
    enable: tx_enable_q,
    descriptors: {from_registers.tx.descriptors_high.address.value,
                  from_registers.tx.descriptors_low.address.value},
    completions: {from_registers.tx.completions_high.address.value,
                  from_registers.tx.completions_low.address.value},
    size: from_registers.tx.size.log2.value,
    tail: from_registers.tx.tail.index.value};

  // Busy from the clock in which a ring was stopped, before it knows.
  assign to_registers.status.busy.next = busy;
  assign bus_timeout = from_registers.bus_timeout.ticks.value;
  assign busy = rx_state.busy || tx_state.busy || restart || stop ||
    (rx_state.running && !from_registers.control.rx_enable.value) ||
    (tx_state.running && !from_registers.control.tx_enable.value);
  assign to_registers.status.rx_running.next = rx_state.running;
  assign to_registers.status.tx_running.next = tx_state.running;
  assign to_registers.status.rx_error.next = rx_state.error;
  assign to_registers.status.tx_error.next = tx_state.error;
  assign to_registers.rx.completed.index.next = rx_state.completed;
  assign to_registers.tx.completed.index.next = tx_state.completed;

  // ----------------------------------------------------------------------------------- interrupts
  // What was armed with is there a clock after the write.
  always_ff @(posedge clk) begin
    rx_arm <= from_registers.rx.arm.seen.swmod && !restart;
    tx_arm <= from_registers.tx.arm.seen.swmod && !restart;
  end

  assign rx_seen = from_registers.rx.arm.seen.value;
  assign tx_seen = from_registers.tx.arm.seen.value;
  assign rx_moderation = from_registers.rx_moderation.ns.value;
  assign event_arm = from_registers.event_arm.arm.value;
  assign interrupt_test = {from_registers.interrupt_test.event_.value,
                           from_registers.interrupt_test.tx.value,
                           from_registers.interrupt_test.rx.value};

  // --------------------------------------------------------------------------------------- events
  events_t           pending;
  logic [Events-1:0] told;         // of them those that the host wants to be told

  assign to_registers.event_status.link.hwset = events.link;
  assign to_registers.event_status.member_lost.hwset = events.member_lost;
  assign to_registers.event_status.no_server.hwset = events.no_server;
  assign to_registers.event_status.flow_refused.hwset = events.flow_refused;
  assign to_registers.event_status.flow_pressure.hwset = events.flow_pressure;
  assign to_registers.event_status.station_moved.hwset = events.station_moved;
  assign to_registers.event_status.forged_source.hwset = events.forged_source;
  assign to_registers.event_status.address_conflict.hwset = events.address_conflict;
  assign to_registers.event_status.flow_conflict.hwset = events.flow_conflict;
  assign to_registers.event_status.punt_dropped.hwset = events.punt_dropped;
  assign to_registers.event_status.ring_error.hwset = events.ring_error;
  assign pending = '{
    link: from_registers.event_status.link.value,
    member_lost: from_registers.event_status.member_lost.value,
    no_server: from_registers.event_status.no_server.value,
    flow_refused: from_registers.event_status.flow_refused.value,
    flow_pressure: from_registers.event_status.flow_pressure.value,
    station_moved: from_registers.event_status.station_moved.value,
    forged_source: from_registers.event_status.forged_source.value,
    address_conflict: from_registers.event_status.address_conflict.value,
    flow_conflict: from_registers.event_status.flow_conflict.value,
    punt_dropped: from_registers.event_status.punt_dropped.value,
    ring_error: from_registers.event_status.ring_error.value};
  assign told = Events'(pending) & from_registers.event_enable.mask.value;
  always_ff @(posedge clk) event_any <= |told;

  // ---------------------------------------------------------------------------------- punt limits
  for (genvar r = 0; r < 16; r++) begin : gen_limit
    assign punt_rate[r] = from_registers.punt_limit[r].rate.value;
    assign punt_burst[r] = from_registers.punt_limit[r].burst.value;
    always_ff @(posedge clk) punt_written[r] <= from_registers.punt_limit[r].burst.swmod && !rst;
  end

  // ------------------------------------------------------------------------------- clock and time
  logic [31:0] time_high_q;

  always_ff @(posedge clk) if (from_registers.time_low.ns.swacc) time_high_q <= time_ns[63:32];

  assign to_registers.core_clock.khz.next = 32'(ClockKhz);
  assign to_registers.clock_count.count.next = clock_count;
  assign to_registers.time_low.ns.next = time_ns[31:0];
  assign to_registers.time_high.ns.next = time_high_q;

  assign to_registers.capability.rings.next = {3'd0, rings};
  assign to_registers.capability.size.next = 4'(RingSizeMost);
  assign to_registers.capability.vectors.next = Vectors;

endmodule

`default_nettype wire
