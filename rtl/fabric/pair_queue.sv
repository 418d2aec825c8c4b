`default_nettype none

// The queue of one (ingress, egress) pair: beats in block RAM, what the arbiter has to know of each
// in LUT RAM at the same address.
//
// Write side: `write` takes a beat in every clock; there is no ready, since the sender holds a
// credit for each of the QueueBeats places. Beats of one frame come in consecutive clocks.
// Read side: `head_*` describe the oldest beat from the clock after its write on; `pop` removes it,
// `read_beat` is that beat 2 clocks after the pop, `left_*` tell of it 1 clock after. One beat a
// clock.
// `head_drop`: the oldest beat belongs to a frame that is thrown away, because the link was down
// when the turn of its first beat came. A pass once begun is finished.
// A frame with `many` leaves in passes. When the last beat of a pass is popped (`left_ends` a clock
// later), the queue shows no head for 4 clocks. With `again` in the last of these the frame's first
// beat is the head once more, and `next_logical` in the clock after `again` is the logical port of
// that pass; else the head is the next frame. First pop of what follows: 5 clocks after the last.
// `popped` gives a credit back in the clock after the pop. Those of a frame with `many` are given
// back when it has no further pass, one a clock, as if its beats were popped from 5 clocks after
// the last pop on; a pop of another beat in such a clock puts them off.
module pair_queue
  import frame_pkg::*;
#(
  parameter type Beat = beat_t,
  parameter int unsigned QueueBeats = 512
) (
  input  wire logic     clk,
  input  wire logic     rst,
  input  wire logic     link_up,
  input  wire logic     write,
  input  wire Beat      write_beat,
  input  wire exit_t    write_exit,
  input  wire epoch_t   write_epoch,
  output logic          popped,
  output logic          head_valid,
  output logic          head_last,
  output logic          head_drop,
  input  wire logic     pop,
  output logic          left_retag,  // a first beat that gets a VLAN
  output logic          left_ends,   // the last beat of a pass
  output logical_t      left_logical,
  output epoch_t        left_epoch,
  input  wire logic     again,
  input  wire logical_t next_logical,
  output Beat           read_beat
);

  localparam int unsigned AddressWidth = $clog2(QueueBeats);
  localparam int unsigned CountWidth = $clog2(QueueBeats + 1);
  localparam logic [AddressWidth-1:0] LastAddress = AddressWidth'(QueueBeats - 1);
  // Clocks from the last pop of a pass to the one in which it is known whether another comes.
  localparam int unsigned PassClocks = 4;

  typedef struct packed {
    logic   last;
    logic   ends;  // .. of a pass that others may follow
    exit_t  leave;
    epoch_t epoch;
  } mark_t;

  function automatic logic [AddressWidth-1:0] following(input logic [AddressWidth-1:0] address);
    return (address == LastAddress) ? '0 : address + 1'b1;
  endfunction

  // ------------------------------------------------------------------------------------- the head
  // The oldest beat is at `read_address_q`, its mark in `head_q` if `loaded_q`; behind it, from
  // `next_q` on, come others if `stored_q`. `after_q` follows `next_q`.
  logic [AddressWidth-1:0] write_address_q;
  logic [AddressWidth-1:0] read_address_q;
  logic [AddressWidth-1:0] next_q;
  logic [AddressWidth-1:0] after_q;
  logic loaded_q;
  logic stored_q;
  mark_t head_q;
  // It is shown to the arbiter; it begins a pass; it is in a pass that is thrown away; in one that
  // is not the frame's first.
  logic valid_q;
  logic first_q;
  logic dropping_q;
  logic replay_q;
  // Clocks since the last pop of a pass; those in which it is not known what follows.
  logic [PassClocks:1] waiting_q;
  logic hold_q;
  // The frame's first beat and the one behind it.
  logic [AddressWidth-1:0] begin_q;
  logic [AddressWidth-1:0] second_q;
  logic single_q;
  logic retag_q;

  mark_t in_mark;
  logic come;
  logic behind;
  // `stored_q` of the next clock, with a pop and without.
  logic stored_popped;
  logic stored_kept;

  (* ram_style = "distributed" *) logic [$bits(mark_t)-1:0] marks[QueueBeats];

  initial for (int unsigned i = 0; i < QueueBeats; i++) marks[i] = '0;

  assign in_mark = '{last: write_beat.last, ends: write_beat.last && write_exit.many,
                     leave: write_exit, epoch: write_epoch};
  assign come = stored_q || write;
  assign behind = after_q != write_address_q || write;
  assign stored_popped = stored_q && behind;
  assign stored_kept = again ? !single_q || loaded_q || write : stored_q || (loaded_q && write);

  // `pop` comes late: it enables, or it chooses between what is ready by then. What it enables is
  // free to change with `again`, which comes when nothing can be popped.
  always @(posedge clk) begin
    if (write) begin
      marks[write_address_q] <= in_mark;
      write_address_q <= following(write_address_q);
    end
    if (pop || again) begin
      read_address_q <= again ? begin_q : next_q;
      next_q <= again ? second_q : after_q;
      after_q <= following(again ? second_q : after_q);
    end
    if (pop || again || !loaded_q) begin
      head_q <= again ? '{last: single_q, ends: single_q,
                          leave: '{retag: retag_q, many: 1'b1, logical: 'x}, epoch: 'x}
              : stored_q ? mark_t'(marks[next_q]) : in_mark;
      loaded_q <= again || come;
    end
    stored_q <= pop ? stored_popped : stored_kept;
    if (pop || (!valid_q && !hold_q)) begin
      valid_q <= valid_q ? come && !head_q.ends : again || loaded_q || write;
    end
    if (pop) begin
      first_q <= head_q.last;
      dropping_q <= head_drop;
    end
    if (again) replay_q <= 1'b1;
    else if (pop && head_q.last) replay_q <= 1'b0;
    waiting_q <= {waiting_q[PassClocks-1:1], pop && head_q.ends};
    hold_q <= (pop && head_q.ends) || |waiting_q[PassClocks-2:1];
    if (rst) begin
      write_address_q <= '0;
      read_address_q <= '0;
      next_q <= following('0);
      after_q <= following(following('0));
      loaded_q <= 1'b0;
      stored_q <= 1'b0;
      valid_q <= 1'b0;
      first_q <= 1'b1;
      dropping_q <= 1'b0;
      replay_q <= 1'b0;
      waiting_q <= '0;
      hold_q <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (valid_q && first_q) begin
      begin_q <= read_address_q;
      second_q <= next_q;
      single_q <= head_q.last;
      retag_q <= head_q.leave.retag;
    end
  end

  assign head_valid = valid_q;
  assign head_last = head_q.last;
  assign head_drop = first_q ? !link_up : dropping_q;

  // ----------------------------------------------------------------------------- what of it leaves
  logic again_q;

  always_ff @(posedge clk) begin
    again_q <= again;
    left_retag <= first_q && head_q.leave.retag;
    left_ends <= head_q.ends;
    if (again_q) left_logical <= next_logical;
    else if (valid_q && first_q && !replay_q) left_logical <= head_q.leave.logical;
    if (valid_q && first_q && !replay_q) left_epoch <= head_q.epoch;
  end

  // --------------------------------------------------------------------------------------- credits
  // Beats of this pass before the last that was popped; credits that are to be given back, if any.
  logic [CountWidth-1:0] before_q;
  logic [CountWidth-1:0] owed_q;
  logic owing_q;
  logic given;
  logic freed;

  assign given = pop && !head_q.leave.many;
  assign freed = waiting_q[PassClocks] && !again;

  always_ff @(posedge clk) begin
    if (pop) before_q <= first_q ? '0 : before_q + 1'b1;
    popped <= given || owing_q;
    // One is given back by `owing_q`; all ones are -1.
    if (!given) begin
      owed_q <= owed_q + (freed ? before_q : '1) + CountWidth'(!owing_q);
      owing_q <= freed || (owing_q && owed_q != CountWidth'(1));
    end
    if (rst) begin
      popped <= 1'b0;
      owed_q <= '0;
      owing_q <= 1'b0;
    end
  end

  // The head is read in every clock, popped or not, so that the arbiter's decision has to reach the
  // read address only and not the RAM.
  ram_sdp #(
      .Width($bits(Beat)),
      .Depth(QueueBeats),
      .ReadLatency(2)
  ) u_ram (
      .clk,
      .write_enable(write),
      .write_address(write_address_q),
      .write_data(write_beat),
      .read_enable(valid_q),
      .read_address(read_address_q),
      .read_data(read_beat)
  );

`ifndef SYNTHESIS
  // Places taken, as the sender counts them.
  logic [CountWidth-1:0] taken_q;

  always_ff @(posedge clk) begin
    taken_q <= taken_q + CountWidth'(write) - CountWidth'(popped);
    if (rst) taken_q <= '0;
  end

  always_ff @(posedge clk) if (!rst) overflow: assert (!write || taken_q < CountWidth'(QueueBeats));
  always_ff @(posedge clk) if (!rst) underrun: assert (first_q || valid_q);
  always_ff @(posedge clk) if (!rst) empty_pop: assert (!pop || valid_q);
  always_ff @(posedge clk) if (!rst) again_in_time: assert (!again || waiting_q[PassClocks]);
`endif

endmodule

`default_nettype wire
