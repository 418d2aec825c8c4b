`default_nettype none

// The far end of a line card: joins a frame's record, its verdict and its beats, rewrites MACs or
// takes a built frame in its place, and hands the frame to the fabric.
//
// A frame starts when its record is there, its verdict too unless row 1 condemned it, its first
// beat, and the first built one if the verdict wants that; all of its beats wait by then, so they
// follow in consecutive clocks. `out_valid` comes one clock after the beat was taken. The stored
// beats of a frame that a built one replaces are taken and forgotten; the built one is not longer,
// but if nothing is stored. Space: each (ingress, egress) queue has QueueBeats credits here; a copy
// that finds fewer than the frame's beats is dropped whole, and the others go on. The counting
// outputs are valid one clock after `out_valid` of the first beat would be.
module frame_release
  import frame_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Outputs = 9,       // the last one is the host
  parameter int unsigned QueueBeats = 512,
  // Copies of what chooses between stored and built beats.
  parameter int unsigned BuiltCopies = 4
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire logic                   record_valid,
  output logic                        record_ready,
  input  wire logic                   record_condemned,  // by row 1: the frame has no verdict
  input  wire drop_e                  record_drop,
  input  wire logic                   record_stored,     // else there is a built frame alone
  input  wire logic [7:0]             record_more,       // beats behind the first
  input  wire logic [15:0]            record_bytes,
  input  wire logic [31:0]            record_stamp,
  input  wire logic                   verdict_valid,
  output logic                        verdict_ready,
  input  wire verdict_t               verdict,
  input  wire logic [BuiltCopies-1:0] verdict_built,     // `verdict` has a build; all alike
  input  wire logic                   beat_valid,
  output logic                        beat_ready,
  input  wire logic [511:0]           beat_data,
  input  wire logic [5:0]             beat_empty,
  input  wire logic                   built_valid,
  output logic                        built_ready,
  input  wire logic [511:0]           built_data,
  input  wire logic [5:0]             built_empty,
  input  wire logic                   built_last,
  output logic                        out_valid,
  output beat_t                       out_beat,
  output logic [Outputs-1:0]          out_mask,
  output exit_t [Outputs-1:0]         out_exit,
  input  wire logic [Outputs-1:0]     popped,            // a beat left the queue to this egress
  output logic                        drop_valid,
  output logic [4:0]                  drop_reason,
  output logic [3:0]                  drop_count,
  output logic host_full,  // the copy for the host found its queue full
  output logic [3:0]                  copies,            // extra copies of a flooded frame, else 0
  output logic                        to_member_valid,
  output member_t                     to_member,
  output logic                        from_member_valid,
  output member_t                     from_member,
  output logic                        generated_valid,   // an answer went to its queue
  output logic [15:0]                 bytes
);

  localparam int unsigned CreditW = $clog2(QueueBeats + 1);

  // Ones among up to nine, or those beyond the first, in two steps: a number for each three, and of
  // those their sum from a table. Adders would be carry chains one behind the other.
  function automatic logic [3:0] ones(input logic [Outputs-1:0] bits, input logic beyond_first);
    logic [8:0] padded;
    logic [5:0] threes;
    padded = 9'(bits);
    for (int g = 0; g < 3; g++)
      threes[2*g+:2] = {(padded[3*g] && padded[3*g+1]) || (padded[3*g+2] && |padded[3*g+:2]),
                   ^padded[3*g+:3]};
    ones = '0;
    for (int unsigned n = 0; n < 64; n++)
      if (threes == 6'(n))
        ones = 4'(n[1:0]) + 4'(n[3:2]) + 4'(n[5:4]) - 4'(beyond_first && n != 0);
  endfunction

  logic               start;
  logic               building;
  logic [7:0]         left_q;             // stored beats of the frame still to come
  logic               stored_d, stored_q; // there are any
  logic               forward_q;          // .. and they go on
  logic               second_d, second_q; // a second built beat goes on
  logic [Outputs-1:0] mask;
  logic [Outputs-1:0] covers, covers_built; // credits for the frame
  logic [Outputs-1:0] accept;
  logic [Outputs-1:0] accept_q;
  logic [CreditW-1:0] credit_q [Outputs];
  logic [7:0]         more;               // beats behind the first that go on
  logic [CreditW-1:0] spent [Outputs];    // credits left if the frame is accepted

  // One bit chooses 128 bits of a beat.
  localparam int unsigned SliceW = 512 / BuiltCopies;
  logic [BuiltCopies-1:0] second_copy;

  // Busy with beats behind a frame's first; a copy enables what stands beside the beats.
  logic busy;
  (* keep = "true", dont_touch = "true" *) logic busy_q;
  (* keep = "true", dont_touch = "true" *) logic busy_copy_q;

  assign building = verdict_built[0] && !record_condemned;
  assign busy = busy_q;
  assign start = !busy && record_valid && (beat_valid || !record_stored) &&
                 (record_condemned || (verdict_valid && (built_valid || !verdict_built[0])));
  assign record_ready = start;
  assign verdict_ready = start && !record_condemned;
  assign beat_ready = (start && record_stored) || stored_q;
  assign built_ready = (start && building) || second_q;

  always_comb begin
    for (int e = 0; e < int'(Outputs); e++) spent[e] = 'x;
    more = 'x;
    mask = 'x;
    accept = 'x;
    covers = 'x;
    covers_built = 'x;
    if (record_valid) begin
      more = record_more;
      if (building) more = built_last ? 8'd0 : 8'd1;
      mask = record_condemned ? '0 : verdict.mask[Outputs-1:0];
      for (int e = 0; e < int'(Outputs); e++) begin
        // The comparisons do not wait for the choice. A built frame has one beat or two.
        covers[e] = ({1'b0, credit_q[e]} + {1'b0, ~CreditW'(record_more)}) >> CreditW != '0;
        covers_built[e] = |(credit_q[e] >> 1) || (built_last && credit_q[e][0]);
        accept[e] = (mask[e] && !building && covers[e]) ||
                    (mask[e] && building && covers_built[e]);
        // One adder: less the beats, of which `more` leaves out one, and plus what was popped.
        spent[e] = CreditW'(({credit_q[e], popped[e]} + {~CreditW'(more), popped[e]}) >> 1);
      end
    end
  end

  always_ff @(posedge clk) begin
    for (int e = 0; e < int'(Outputs); e++) begin
      if (rst) credit_q[e] <= CreditW'(QueueBeats);
      else if (start && accept[e]) credit_q[e] <= spent[e];
      else if (popped[e]) credit_q[e] <= credit_q[e] + 1'b1;
    end
    if (start) begin
      left_q <= record_more;
      forward_q <= |accept && !building;
    end else begin
      left_q <= left_q - 8'd1;
    end
    stored_q <= stored_d;
    second_q <= second_d;
    busy_q <= stored_d || second_d;
    busy_copy_q <= stored_d || second_d;
  end

  assign stored_d = !rst && (start ? record_stored && record_more != '0
                                   : stored_q && left_q != 8'd1);
  assign second_d = !rst && start && building && !built_last;

  for (genvar i = 0; i < int'(BuiltCopies); i++) begin : gen_second
    (* keep = "true", dont_touch = "true" *) logic copy_q;
    always_ff @(posedge clk) copy_q <= second_d;
    assign second_copy[i] = copy_q;
  end

  always_ff @(posedge clk) begin
    if (start) out_valid <= |accept;
    else out_valid <= (stored_q && forward_q) || (second_q && |accept_q);
    if (rst) out_valid <= 1'b0;
    // Until a frame starts, what stands here has no meaning.
    if (!busy_copy_q) begin
      accept_q <= 'x;
      out_mask <= 'x;
      out_exit <= 'x;
      out_beat.reason <= 'x;
      out_beat.stamp <= 'x;
      out_beat.copies <= 'x;
      if (record_valid) begin
        accept_q <= accept;
        out_mask <= accept;
        out_exit <= '0;
        for (int e = 0; e < int'(Outputs) - 1; e++) out_exit[e] <= verdict.exits[e];
        out_beat.reason <= verdict.host;
        out_beat.stamp <= record_stamp;
        out_beat.copies <= verdict.copies;
      end
    end
    out_beat.data <= 'x;
    out_beat.empty <= 'x;
    out_beat.last <= 'x;
    if (record_valid || busy) begin
      out_beat.data <= beat_data;
      if (!busy && verdict.rewrite)
        for (int i = 0; i < 6; i++) out_beat.data[8*i+:8] <= verdict.mac[8*(5-i)+:8];
      if (!busy && verdict.source_virtual) out_beat.data[95:48] <= beat_data[47:0];
      for (int i = 0; i < int'(BuiltCopies); i++)
        if (busy ? second_copy[i] : verdict_built[i])
          out_beat.data[int'(SliceW)*i+:SliceW] <= built_data[int'(SliceW)*i+:SliceW];
      out_beat.empty <= second_q || (!busy && building) ? built_empty : beat_empty;
      if (busy) out_beat.last <= second_q || left_q == 8'd1;
      else out_beat.last <= building ? built_last : record_more == '0;
    end
  end

`ifndef SYNTHESIS
  // A frame is whole in the buffer before its record comes.
  always_ff @(posedge clk) if (!rst) a_no_gap: assert (!stored_q || beat_valid);
  always_ff @(posedge clk) if (!rst) a_second: assert (!second_q || (built_valid && built_last));
  always_ff @(posedge clk)
    if (!rst) a_not_longer: assert (!(start && building && record_stored) || built_last ||
                                    record_more != '0);
`endif

  // ------------------------------------------------------------------------------- what is counted
  logic               counted_q;
  logic               condemned_q;
  logic [Outputs-1:0] mask_q;
  logic [4:0]         record_drop_q, verdict_drop_q;
  logic               to_member_q, from_member_q, answer_q;
  logic [Outputs-1:0] denied;
  logic [3:0]         denied_count;

  always_ff @(posedge clk) begin
    counted_q <= start && !rst;
    if (start) begin
      condemned_q <= record_condemned;
      mask_q <= mask;
      record_drop_q <= record_drop;
      verdict_drop_q <= verdict.drop;
      to_member_q <= verdict.to_member;
      from_member_q <= verdict.from_member;
      answer_q <= verdict.build == BuildAnswer;
      to_member <= verdict.to_index;
      from_member <= verdict.from_index;
      bytes <= record_bytes;
    end
  end

  always_comb begin
    denied = mask_q & ~accept_q;
    host_full = counted_q && denied[Outputs-1];
    denied[Outputs-1] = 1'b0;
    denied_count = 'x;
    if (counted_q) begin
      denied_count = ones(denied, 1'b0);
    end
    drop_valid = counted_q && (mask_q == '0 || denied != '0);
    drop_count = mask_q == '0 ? 4'd1 : denied_count;
    if (condemned_q) drop_reason = record_drop_q;
    else if (mask_q == '0) drop_reason = verdict_drop_q;
    else drop_reason = DropEgressFull;
    copies = counted_q ? ones(mask_q, 1'b1) : 4'd0;
    to_member_valid = counted_q && !condemned_q && to_member_q && |accept_q;
    from_member_valid = counted_q && !condemned_q && from_member_q;
    generated_valid = counted_q && !condemned_q && answer_q && |accept_q;
  end

endmodule

`default_nettype wire
