// Which MSI-X vectors fire when: 0 receive, 1 transmit, 2 events.
//
// A ring's vector is armed by a clock of `*_arm`, from which on `*_seen` holds what the host has
// seen; it fires once as soon as the completions written differ from that. For receive
// `rx_moderation` ns pass between, from the completion that makes the difference; from the arming
// if that finds it. Arming again takes the place of the first; with the same number the time runs
// on. `event_arm` arms the event vector, which fires once as soon as `event_any` holds. `test`
// fires without being armed.
// Out: valid/ready, lowest vector first. A vector that fires while it waits is sent once, one that
// fires while it is offered is sent again. `restart` disarms all and withdraws what waits, what is
// offered too.
// From a completion to `interrupt_valid`: 3 clocks.

`default_nettype none

module interrupts (
  input  wire logic        clk,
  input  wire logic        restart,
  input  wire logic [31:0] time_ns,          // low bits
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
  output logic             interrupt_valid,
  output logic [1:0]       interrupt_vector,
  input  wire logic        interrupt_ready
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
  logic [2:0] waits_q, pick;

  assign pick = waits_q & ~(waits_q - 3'd1);

  always_ff @(posedge clk) begin
    if (!interrupt_valid || interrupt_ready) begin
      interrupt_valid <= |waits_q;
      interrupt_vector <= {pick[2], pick[1]};
      waits_q <= (waits_q & ~pick) | fire | test;
    end else begin
      waits_q <= waits_q | fire | test;
    end
    if (restart) begin
      interrupt_valid <= 1'b0;
      waits_q <= '0;
    end
  end

endmodule

`default_nettype wire
