`default_nettype none

// Counts what became of the host's frames: table 19.
//
// `counts` and `limited` are pulses, each counts in every clock. A table read is answered after 5
// clocks by `read_valid`, its data zero otherwise; it counts what came 4 or more clocks before it.
// Counters outlive a reset.

module host_counters
  import table_pkg::*;
  import host_pkg::*;
(
  input  wire logic          clk,
  input  wire logic          rst,
  input  wire ring_counts_t  counts,
  input  wire logic          limited,
  input  wire logic [3:0]    limited_reason,
  input  wire logic          table_read,
  input  wire table_access_t table_access,
  output logic               read_valid,
  output logic [255:0]       read_data
);

  // In the order of the table.
  localparam int unsigned Totals = 7;
  logic [Totals-1:0]       add;
  logic [Totals-1:0][63:0] total;

  assign add = {counts.refused, counts.failed, counts.sent, counts.truncated, counts.lost,
                counts.off, counts.delivered};

  for (genvar i = 0; i < Totals; i++) begin : gen_total
    wide_counter #(.AddendWidth(1)) u_total (.clk, .rst, .add(add[i]), .value(total[i]));
  end

  logic       asked_q, answer;
  logic [4:0] index_q;
  logic [0:0][63:0] by_reason;

  counter_ram #(.Depth(16), .Adders(1), .ReadLatency(1), .Style("distributed")) u_limited (
    .clk, .rst, .add_valid(limited), .add_index(limited_reason), .add_value(16'd1),
    .read_request(asked_q), .read_index(index_q[3:0]), .read_valid(answer), .read_data(by_reason)
  );

  logic [63:0] chosen;

  always_comb begin
    chosen = index_q[4] ? by_reason[0] : '0;
    for (int i = 0; i < int'(Totals); i++) if (index_q == 5'(unsigned'(i))) chosen = total[i];
  end

  always_ff @(posedge clk) begin
    asked_q <= table_read && table_access.number == TableHostCounters && !rst;
    if (table_read) index_q <= table_access.index[4:0];
    read_valid <= answer && !rst;
    read_data <= answer ? 256'(chosen) : '0;
  end

endmodule

`default_nettype wire
