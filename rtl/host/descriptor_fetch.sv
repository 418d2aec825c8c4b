`default_nettype none

// Reads one ring's descriptors ahead and checks them (docs/src/card/rings.md, section 1).
//
// A read is one beat, four descriptors; those of it that are posted by then are used, the others
// read once more later. `ask` is valid/ready and stays until taken. An answer is always taken: a
// read begins only when its line has a place. Up to Lines reads are under way or wait. `out` is
// valid/ready, from registers; up to one descriptor a clock, bad ones marked.
// `bad_doorbell`: more is posted than the ring holds, or less than has been read. `unreadable`: an
// answer was an error. Both are a clock long or more; the ring has to stop.
// `idle`: no read is under way. Without `run` none begins.
module descriptor_fetch
  import host_pkg::*;
#(
  parameter bit Transmit = 1'b0,        // else receive
  parameter int unsigned Lines = 16
) (
  input  wire logic         clk,
  input  wire logic         rst,
  input  wire logic         run,
  input  wire line_t        base,
  input  wire logic [3:0]   size,
  input  wire logic [15:0]  tail,
  input  wire logic [15:0]  issued,     // completions
  output logic              ask_valid,
  input  wire logic         ask_ready,
  output line_t             ask_line,
  input  wire logic         answer_valid,
  input  wire logic [511:0] answer_data,
  input  wire logic         answer_error,
  output logic              out_valid,
  input  wire logic         out_ready,
  output logic              out_bad,
  output line_t             out_line,
  output logic [7:0]        out_beats,
  output logic [5:0]        out_empty,  // bytes that the last beat does not use
  output logic [3:0]        out_port,
  output logic              bad_doorbell,
  output logic              unreadable,
  output logic              idle
);

  localparam int unsigned LineCountW = $clog2(Lines + 1);

  // The descriptors of a line that are used.
  typedef struct packed {
    logic [1:0] first;
    logic [1:0] last;
  } range_t;

  typedef struct packed {
    logic [511:0] data;
    range_t       range;
  } stored_t;

  // ---------------------------------------------------------------------------------------- asking
  typedef enum logic [1:0] {Measure, Compare, Decide, Ask} step_e;

  step_e       step_q;
  logic [15:0] fetched_q;             // descriptors asked for
  logic [15:0] ahead_q, used_q;       // posted and not asked for; posted and not completed
  logic [15:0] entries_q;
  logic        over_q, any_q;
  range_t      range_q;
  line_t       line_q;
  logic [LineCountW-1:0] lines_q;     // asked for and not emptied
  logic [9:0]  place;
  logic        begins, emptied;
  logic [15:0] whole_line;

  assign place = fetched_q[11:2] & (entries_q[11:2] - 10'd1);
  assign whole_line = 16'd4 - 16'(fetched_q[1:0]);
  assign begins = step_q == Decide && any_q && !over_q && run && lines_q != LineCountW'(Lines);

  always_ff @(posedge clk) begin
    entries_q <= 16'd1 << size;
    ahead_q <= tail - fetched_q;
    used_q <= tail - issued;
    bad_doorbell <= step_q == Decide && over_q && run;
    unique case (step_q)
      Measure: step_q <= Compare;
      Compare: begin
        step_q <= Decide;
        over_q <= ahead_q > entries_q || used_q > entries_q;
        any_q <= ahead_q != '0;
        range_q.first <= fetched_q[1:0];
        range_q.last <= ahead_q < whole_line ? fetched_q[1:0] + ahead_q[1:0] - 2'd1 : 2'd3;
        // Twelve bits of index: 1,024 lines.
        line_q <= base + line_t'(place);
      end
      Decide: step_q <= begins ? Ask : Measure;
      default: if (ask_ready) step_q <= Measure;
    endcase
    if (begins) fetched_q <= fetched_q + 16'(range_q.last - range_q.first) + 16'd1;
    if (begins != emptied) lines_q <= begins ? lines_q + 1'b1 : lines_q - 1'b1;
    if (rst) begin
      step_q <= Measure;
      fetched_q <= '0;
      lines_q <= '0;
      bad_doorbell <= 1'b0;
    end
  end

  assign ask_valid = step_q == Ask;
  assign ask_line = line_q;

  logic   range_ready, range_valid;
  range_t range;

  fifo_fwft #(.Data(range_t), .Depth(Lines)) u_ranges (
    .clk, .rst, .in_valid(begins), .in_ready(range_ready), .in_data(range_q),
    .out_valid(range_valid), .out_ready(answer_valid), .out_data(range), .count()
  );

  assign idle = !range_valid && !ask_valid;

  always_ff @(posedge clk) unreadable <= answer_valid && answer_error && !rst;

  // ------------------------------------------------------------------------------------- unpacking
  logic         line_in_ready, line_valid, line_ready;
  stored_t      line;
  logic         again_q;              // descriptors of this line have been taken
  logic [1:0]   next_q, chosen;
  logic [3:0][127:0] quarters;
  logic         raw_valid_q, raw_ready, raw_take;
  logic [127:0] raw_q;

  fifo_fwft #(.Data(stored_t), .Depth(Lines)) u_lines (
    .clk, .rst, .in_valid(answer_valid && !answer_error), .in_ready(line_in_ready),
    .in_data('{data: answer_data, range: range}), .out_valid(line_valid),
    .out_ready(line_ready), .out_data(line), .count()
  );

  assign quarters = line.data;
  assign chosen = again_q ? next_q : line.range.first;
  assign raw_take = line_valid && (!raw_valid_q || raw_ready);
  assign line_ready = raw_take && chosen == line.range.last;
  assign emptied = line_ready;

  always_ff @(posedge clk) begin
    if (raw_take) begin
      again_q <= chosen != line.range.last;
      next_q <= chosen + 2'd1;
      raw_q <= quarters[chosen];
    end
    if (raw_take || raw_ready) raw_valid_q <= raw_take;
    if (rst) begin
      again_q <= 1'b0;
      raw_valid_q <= 1'b0;
    end
  end

  // -------------------------------------------------------------------------------------- checking
  // In two steps: what bits tell by themselves; then the end of the buffer.
  typedef struct packed {
    logic       bad;
    line_t      line;
    logic [7:0] beats;
    logic [5:0] empty;
    logic [3:0] leave;
  } checked_t;

  logic [63:0] address;
  logic [15:0] bytes;
  logic        part_valid_q, part_ready, top_q;
  logic [8:0]  below_q;               // beats from the buffer's begin to the next 16 KiB
  checked_t    part_q, checked, out;

  assign address = raw_q[63:0];
  assign bytes = raw_q[79:64];
  assign raw_ready = !part_valid_q || part_ready;

  always_ff @(posedge clk) begin
    if (raw_ready) begin
      part_valid_q <= raw_valid_q;
      part_q.bad <= address[5:0] != '0 || raw_q[127:84] != '0 ||
                    bytes == '0 || bytes[15:14] != '0 || (&bytes[13:6] && bytes[5:0] != '0) ||
                    (!Transmit && (bytes[5:0] != '0 || raw_q[83:80] != '0));
      part_q.line <= address[63:6];
      // Right for all good lengths.
      part_q.beats <= bytes[13:6] + 8'(bytes[5:0] != '0);
      part_q.empty <= -bytes[5:0];
      part_q.leave <= raw_q[83:80];
      top_q <= &address[63:14];
      below_q <= 9'd256 - 9'(address[13:6]);
    end
    if (rst) part_valid_q <= 1'b0;
  end

  // Only a buffer in the last 16 KiB can pass 2^64.
  always_comb begin
    checked = part_q;
    checked.bad = part_q.bad || (top_q && 9'(part_q.beats) > below_q);
  end

  fifo_fwft #(.Data(checked_t), .Depth(3)) u_checked (
    .clk, .rst, .in_valid(part_valid_q), .in_ready(part_ready), .in_data(checked),
    .out_valid, .out_ready, .out_data(out), .count()
  );

  assign out_bad = out.bad;
  assign out_line = out.line;
  assign out_beats = out.beats;
  assign out_empty = out.empty;
  assign out_port = out.leave;

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_ranges: assert (!begins || range_ready);
  always_ff @(posedge clk) if (!rst) a_lines: assert (!answer_valid || line_in_ready);
  always_ff @(posedge clk) if (!rst) a_asked: assert (!answer_valid || range_valid);
`endif

endmodule

`default_nettype wire
