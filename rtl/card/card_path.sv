`default_nettype none

// The way of frames: line cards, fabric, outlets, and the counters of both. All of it runs on
// `path_clk`, whose edges may be left out where `path_awake` is low before them; what it meets runs
// on `clk` and stands still then too.
//
// `rx` never waits: whole frames are dropped and counted instead. Frames of the sender come in beside
// those of the line cards, as the ingress with number Ports; the host is the egress with that number.
// Keys, checks and verdicts: see card_engines. `engine_moves`: a verdict is given.
module card_path
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
  import host_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned QueueBeats = 512,
  parameter int unsigned QueueKeys = 16,
  parameter string MemberStyle = "block",
  localparam int unsigned Outputs = Ports + 1
) (
  input  wire logic                    clk,
  input  wire logic                    path_clk,
  output logic                         path_awake,
  input  wire logic                    rst,
  input  wire logic                    rings,
  input  wire logic [31:0]             clock_count,
  input  wire logic [Ports-1:0]        link_up,
  // Network ports.
  input  wire logic [Ports-1:0]        rx_valid,
  input  wire logic [Ports-1:0][511:0] rx_data,
  input  wire logic [Ports-1:0][5:0]   rx_empty,
  input  wire logic [Ports-1:0]        rx_last,
  input  wire logic [Ports-1:0]        rx_err,
  output logic [Ports-1:0]             tx_valid,
  input  wire logic [Ports-1:0]        tx_ready,
  output logic [Ports-1:0][511:0]      tx_data,
  output logic [Ports-1:0][5:0]        tx_empty,
  output logic [Ports-1:0]             tx_last,
  output logic [Ports-1:0]             tx_err,
  output logic [Ports-1:0][3:0]        tx_source,
  output logic [Ports-1:0][31:0]       tx_stamp,
  // The host, by its stream or its rings.
  output logic                         stream_valid,
  input  wire logic                    stream_ready,
  output logic                         stream_last,
  output logic                         stream_err,
  output logic                         ring_valid,
  input  wire logic                    ring_ready,
  output punt_t                        punt,
  // The sender.
  input  wire logic                    sender_enters,
  input  wire logic                    sender_valid,
  input  wire beat_t                   sender_beat,
  input  wire logic [Outputs-1:0]      sender_mask,
  input  wire exit_t [Outputs-1:0]     sender_exit,
  output logic [Outputs-1:0]           sender_popped,
  input  wire ingress_counts_t         sender_counts,
  // The engines.
  output logic [Ports-1:0]             key_coming,
  output logic [Ports-1:0]             key_pushed,
  output logic [Ports-1:0]             key_valid,
  input  wire logic [Ports-1:0]        key_ready,
  output key_t                         key [Ports],
  output check_t                       check [Ports],
  input  wire logic [Ports-1:0]        check_pop,
  input  wire logic                    engine_moves,
  input  wire logic [Ports-1:0]        verdict_valid,
  input  wire verdict_t                verdict [Ports],
  input  wire logic [Ports-1:0]        learning_skipped,
  // Tables.
  input  wire logical_write_t          logical_write,
  input  wire logic                    read,  // of counters, as in card_stats
  input  wire logic [7:0]              read_table,
  input  wire logic [15:0]             read_index,
  output logic [Outputs-1:0]           counts_valid,
  output logic [Outputs-1:0][255:0]    counts_data
);

  // Whatever is on its way in a line card moves on, or waits for something that comes, in fewer
  // clocks.
  localparam int unsigned QuietClocks = 4 * QueueBeats > 2048 ? 4 * QueueBeats : 2048;

  function automatic logic [Outputs-1:0][Outputs-1:0] all_but_host_to_host();
    all_but_host_to_host = '1;
    all_but_host_to_host[Ports][Ports] = 1'b0;
  endfunction

  // ------------------------------------------------------------------------------------ line cards
  logic [Outputs-1:0]               in_valid;
  beat_t                            in_beat [Outputs];
  logic [Outputs-1:0][Outputs-1:0]  in_mask, popped;
  exit_t [Outputs-1:0][Outputs-1:0] in_exit;
  ingress_counts_t                  counts [Outputs];

  for (genvar p = 0; p < Ports; p++) begin : gen_line_card
    // Only its own entries are valid to a line card.
    (* keep = "true", dont_touch = "true" *) logical_write_t own_write;
    always_ff @(posedge clk) begin
      own_write <= logical_write;
      own_write.entry.valid <= logical_write.entry.valid &&
                               logical_write.entry.port == port_t'(p);
    end

    line_card #(.Outputs(Outputs), .QueueBeats(QueueBeats), .QueueKeys(QueueKeys)) u_line_card (
      .clk(path_clk), .rst, .clock_count, .link_up(link_up[p]), .logical_write(own_write),
      .rx_valid(rx_valid[p]), .rx_data(rx_data[p]), .rx_empty(rx_empty[p]),
      .rx_last(rx_last[p]), .rx_err(rx_err[p]), .received_valid(counts[p].received_valid),
      .received_bytes(counts[p].received_bytes), .key_coming(key_coming[p]),
      .key_pushed(key_pushed[p]),
      .key_valid(key_valid[p]), .key_ready(key_ready[p]), .key(key[p]), .check(check[p]),
      .check_pop(check_pop[p]), .verdict_valid(verdict_valid[p]), .verdict(verdict[p]),
      .out_valid(in_valid[p]), .out_beat(in_beat[p]), .out_mask(in_mask[p]),
      .out_exit(in_exit[p]), .generated_valid(counts[p].generated_valid), .popped(popped[p]),
      .drop_valid(counts[p].drop_valid), .drop_reason(counts[p].drop_reason),
      .drop_count(counts[p].drop_count), .host_full(counts[p].host_full),
      .copies(counts[p].copies), .to_member_valid(counts[p].to_member_valid),
      .to_member(counts[p].to_member), .from_member_valid(counts[p].from_member_valid),
      .from_member(counts[p].from_member), .bytes(counts[p].member_bytes)
    );
  end

  assign in_valid[Ports] = sender_valid;
  assign in_beat[Ports] = sender_beat;
  assign in_mask[Ports] = sender_mask;
  assign in_exit[Ports] = sender_exit;
  assign sender_popped = popped[Ports];
  assign counts[Ports] = sender_counts;

  // ---------------------------------------------------------------------------------------- fabric
  logic [Outputs-1:0]       out_valid, out_ready, sent_valid, discarded, copied;
  beat_t                    out_beat [Outputs];
  logic [Outputs-1:0][3:0]  out_source, sent_source, discarded_source, copied_source;
  logic [Outputs-1:0][15:0] sent_bytes;

  fabric #(
    .Inputs(Outputs), .Outputs(Outputs), .QueueBeats(QueueBeats), .Present(all_but_host_to_host())
  ) u_fabric (
    .clk(path_clk), .rst, .logical_write, .in_valid, .in_beat, .in_mask, .in_exit, .popped,
    .link_up({1'b1, link_up}), .out_valid, .out_ready, .out_beat, .out_source, .sent_valid,
    .sent_bytes, .sent_source, .discarded, .discarded_source, .copied, .copied_source
  );

  card_outlets #(.Ports(Ports)) u_outlets (
    .clk(path_clk), .rst, .rings, .in_valid(out_valid), .in_ready(out_ready), .in_beat(out_beat),
    .in_source(out_source), .tx_valid, .tx_ready, .tx_data, .tx_empty, .tx_last, .tx_err,
    .tx_source, .tx_stamp, .stream_valid, .stream_ready, .stream_last, .stream_err, .ring_valid,
    .ring_ready, .punt
  );

  // -------------------------------------------------------------------------------------- counters
  logic [Outputs-1:0] counts_asked;

  card_stats #(.Ports(Ports), .MemberStyle(MemberStyle)) u_stats (
    .clk, .path_clk, .rst, .counts, .learning_skipped, .sent_valid, .sent_bytes, .sent_source,
    .discarded, .discarded_source, .copied, .copied_source, .read, .read_table, .read_index,
    .asked(counts_asked), .read_valid(counts_valid), .read_data(counts_data)
  );

  // ----------------------------------------------------------------------------------------- sleep
  logic [Ports-1:0]   link_seen_q;
  logic [Outputs-1:0] popped_any;          // by ingress
  logic [Outputs-1:0] counted, received, dropped;
  logic               enters;
  logic [9:0]         moves_q;

  always_ff @(posedge clk) link_seen_q <= link_up;

  // What enters wakes the path at once: from registers or pins. What the sender says of a frame
  // comes a few clocks behind it. A line card that is in a frame must see its link fall.
  assign enters = |rx_valid || link_seen_q != link_up || sender_enters || sender_valid ||
                  |counts_asked || logical_write.write;
  // What is thrown away moves too, and nothing of it is seen at an output.
  always_ff @(posedge clk)
    moves_q <= {|in_valid, |out_valid, |tx_valid, stream_valid, |popped_any, |discarded,
                |key_valid, engine_moves, |received, |dropped};

  always_comb begin
    for (int i = 0; i < int'(Outputs); i++) begin
      popped_any[i] = |popped[i];
      received[i] = counts[i].received_valid;
      dropped[i] = counts[i].drop_valid;
      counted[i] = counts[i].host_full || counts[i].generated_valid ||
                   counts[i].to_member_valid || counts[i].from_member_valid;
    end
  end

  sleep_control #(.QuietClocks(QuietClocks)) u_sleep (
    .clk, .rst, .enters, .moves(|moves_q), .awake(path_awake)
  );

`ifndef SYNTHESIS
  // A pulse that stood over a clock that is left out would be taken twice, or not at all.
  always_ff @(posedge clk)
    if (!rst) a_sleep: assert (path_awake || (key_coming == '0 && key_pushed == '0 &&
                               key_valid == '0 &&
                               popped_any == '0 && sent_valid == '0 && discarded == '0 &&
                               copied == '0 && in_valid == '0 && out_valid == '0 &&
                               received == '0 && dropped == '0 && counted == '0 &&
                               !engine_moves && check_pop == '0 && learning_skipped == '0 &&
                               counts_asked == '0 && !logical_write.write));
`endif

endmodule

`default_nettype wire
