`default_nettype none

// The plain counters of one port, the host's included.
//
// Every input counts in every clock, there is no back-pressure. The values follow within 5 clocks.
// `in_flight` takes in what comes from this port as an ingress: one for each frame received and for
// each copy made, off for each copy sent, thrown away or dropped; while frames move it may be wrong
// by those of the last clocks. It is cleared by `rst`, like the queues; the others outlive `rst`.
// A generated frame stands for a received one, its request, unless GeneratedEnters.
module port_stats #(
  // Ports that a frame can leave by, the host included.
  parameter int unsigned Outputs = 9,
  // Generated frames come beside the received ones: the host's announcements.
  parameter logic GeneratedEnters = 1'b0
) (
  input  wire logic               clk,
  input  wire logic               rst,
  // As an ingress: a frame ended, good or bad.
  input  wire logic               received_valid,
  input  wire logic [15:0]        received_bytes,
  // As an egress: a frame was handed over.
  input  wire logic               transmitted_valid,
  input  wire logic [15:0]        transmitted_bytes,
  // As an ingress: egresses of a frame beyond the first, further copies begun at each egress;
  // learning requests skipped; frames made by the card.
  input  wire logic [3:0]         copies,
  input  wire logic [Outputs-1:0] copied,
  input  wire logic               learning_skipped,
  input  wire logic               generated_valid,
  // As an ingress: frames that left by each egress, thrown away at each, and dropped here.
  input  wire logic [Outputs-1:0] sent,
  input  wire logic [Outputs-1:0] link_down,
  input  wire logic [3:0]         dropped,
  input  wire logic               host_full,
  output logic [63:0]             received_frames_total,
  output logic [63:0]             received_bytes_total,
  output logic [63:0]             transmitted_frames_total,
  output logic [63:0]             transmitted_bytes_total,
  output logic [63:0]             copies_total,
  output logic [63:0]             in_flight_total,
  output logic [63:0]             learning_skipped_total,
  output logic [63:0]             generated_total,
  output logic [63:0]             link_down_total,
  output logic [63:0]             host_full_total
);
  function automatic logic [3:0] population(input logic [Outputs-1:0] bits);
    return 4'($countones(bits));
  endfunction

  // Counts and sizes of this clock, before the wide adders.
  logic received_q;
  logic [15:0] received_bytes_q;
  logic transmitted_q;
  logic [15:0] transmitted_bytes_q;
  logic [3:0] copies_q;
  logic [3:0] copied_q;
  logic [4:0] all_copies_q;
  logic learning_skipped_q;
  logic generated_q;
  logic [3:0] sent_q;
  logic [3:0] link_down_q;
  logic [3:0] dropped_q;
  logic host_full_q;

  always_ff @(posedge clk) begin
    received_q <= received_valid;
    received_bytes_q <= received_valid ? received_bytes : '0;
    transmitted_q <= transmitted_valid;
    transmitted_bytes_q <= transmitted_valid ? transmitted_bytes : '0;
    copies_q <= copies;
    copied_q <= population(copied);
    all_copies_q <= 5'(copies_q) + 5'(copied_q);
    learning_skipped_q <= learning_skipped;
    generated_q <= generated_valid;
    sent_q <= population(sent);
    link_down_q <= population(link_down);
    dropped_q <= dropped;
    host_full_q <= host_full;
  end

  wide_counter #(
      .AddendWidth(1)
  ) u_received_frames (
      .clk,
      .rst,
      .add(received_q),
      .value(received_frames_total)
  );

  wide_counter u_received_bytes (
      .clk,
      .rst,
      .add(received_bytes_q),
      .value(received_bytes_total)
  );

  wide_counter #(
      .AddendWidth(1)
  ) u_transmitted_frames (
      .clk,
      .rst,
      .add(transmitted_q),
      .value(transmitted_frames_total)
  );

  wide_counter u_transmitted_bytes (
      .clk,
      .rst,
      .add(transmitted_bytes_q),
      .value(transmitted_bytes_total)
  );

  wide_counter #(
      .AddendWidth(5)
  ) u_copies (
      .clk,
      .rst,
      .add(all_copies_q),
      .value(copies_total)
  );

  wide_counter #(
      .AddendWidth(1)
  ) u_learning_skipped (
      .clk,
      .rst,
      .add(learning_skipped_q),
      .value(learning_skipped_total)
  );

  wide_counter #(
      .AddendWidth(1)
  ) u_generated (
      .clk,
      .rst,
      .add(generated_q),
      .value(generated_total)
  );

  wide_counter #(
      .AddendWidth(4)
  ) u_link_down (
      .clk,
      .rst,
      .add(link_down_q),
      .value(link_down_total)
  );

  wide_counter #(
      .AddendWidth(1)
  ) u_host_full (
      .clk,
      .rst,
      .add(host_full_q),
      .value(host_full_total)
  );

  logic [5:0] entered_q;
  logic [5:0] left_q;
  logic [31:0] in_flight_q;
  logic rst_q;

  always_ff @(posedge clk) begin
    entered_q <= 6'(received_q) + 6'(copies_q) + 6'(copied_q) + 6'(generated_q && GeneratedEnters);
    left_q <= 6'(sent_q) + 6'(link_down_q) + 6'(dropped_q) + 6'(host_full_q);
    in_flight_q <= in_flight_q + 32'(entered_q) - 32'(left_q);
    rst_q <= rst;
    // What came in the clocks of the reset is on its way for one more.
    if (rst || rst_q) begin
      entered_q <= '0;
      left_q <= '0;
      in_flight_q <= '0;
    end
  end

  assign in_flight_total = 64'(in_flight_q);

endmodule

`default_nettype wire
