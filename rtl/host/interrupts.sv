`default_nettype none

// Which MSI-X vectors fire when: 0 receive, 1 transmit, 2 events.
//
// A ring's vector is armed by a clock of `*_arm`, from which on `*_seen` holds what the host has
// seen; it fires once as soon as the completions written differ from that. For receive
// `rx_moderation` ns pass between, from the completion that makes the difference; from the arming
// if that finds it. Arming again takes the place of the first; with the same number the time runs
// on. `event_arm` arms the event vector, which fires once as soon as `event_any` holds. `test`
// fires without being armed.
// Out: a level for each vector, from the clock in which it is to be sent until its `acknowledge`, a
// clock long; no vector waits for another. One that fires meanwhile is sent once more. `restart`
// disarms all and withdraws what is not shown; `rst` what is shown too.
// From a completion to `request`: 3 clocks.

module interrupts (
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic        restart,
  input  wire logic [31:0] time_ns,  // low bits
  input  wire logic        rx_arm,
  input  wire logic [15:0] rx_seen,
  input  wire logic [15:0] rx_completed,
  input  wire logic [23:0] rx_moderation,
  input  wire logic        tx_arm,
  input  wire logic [15:0] tx_seen,
  input  wire logic [15:0] tx_completed,
  input  wire logic        event_arm,
  input  wire logic        event_any,
  input  wire logic [2:0]  test,
  output logic [2:0]       request,
  input  wire logic [2:0]  acknowledge
);

  // ----------------------------------------------------------------------------------- moderation
  // Waiting: the difference is there; what is known of the time that passed follows by two clocks.
  logic        rx_differs_q, tx_differs_q, at_once_q, same_arm;
  logic [2:0]  waiting_q;
  logic [15:0] seen_q;
  logic [31:0] since_q, elapsed_q;
  logic        ripe_q;
  logic [2:0]  armed_q, fire;

  assign same_arm = rx_arm && armed_q[0] && rx_seen == seen_q;

  always_ff @(posedge clk) begin
    rx_differs_q <= rx_completed != rx_seen;
    tx_differs_q <= tx_completed != tx_seen;
    at_once_q <= rx_moderation == '0;
    if (rx_arm) seen_q <= rx_seen;
    if (!waiting_q[0]) since_q <= time_ns;
    elapsed_q <= time_ns - since_q;
    ripe_q <= elapsed_q >= 32'(rx_moderation);
    waiting_q <= {waiting_q[1:0], waiting_q[0] || (armed_q[0] && rx_differs_q)};
    if (restart || fire[0] || (rx_arm && !same_arm)) waiting_q <= '0;
  end

  // --------------------------------------------------------------------------------- what is armed
  assign fire[0] = armed_q[0] && rx_differs_q && (at_once_q || (waiting_q[2] && ripe_q));
  assign fire[1] = armed_q[1] && tx_differs_q;
  assign fire[2] = armed_q[2] && event_any;

  always_ff @(posedge clk) begin
    armed_q <= (armed_q & ~fire) | {event_arm, tx_arm, rx_arm};
    if (restart) armed_q <= '0;
  end

  // ------------------------------------------------------------------------------------ what waits
  logic [2:0] waits_q;

  always_ff @(posedge clk) begin
    // Low for a clock at least between two.
    request <= (request & ~acknowledge) | (waits_q & ~request & {3{!restart}});
    waits_q <= (waits_q & request) | fire | test;
    if (restart) waits_q <= '0;
    if (rst) request <= '0;
  end

endmodule

`default_nettype wire
