// Properties of pair_queue under credits: what is known of the head, a pass is thrown away whole
// and only if the link was down when its first beat was popped. A marked beat is read in each pass
// of its frame, in its place and with what belongs to it; each credit comes back when it should.
`default_nettype none

module pair_queue_check (
    input wire       clk,
    input wire       rst,
    input wire       link_up,
    input wire       write,
    input wire       in_last,
    input wire       in_data,
    input wire       in_many,
    input wire       in_retag,
    input wire       in_logical,
    input wire       pop_wish,
    input wire       again_wish,
    input wire       next_wish,
    input wire       mark
);
  import frame_pkg::exit_t;
  import frame_pkg::logical_t;

  localparam int unsigned QueueBeats = 3;
  localparam int unsigned PassClocks = 4;

  typedef struct packed {
    logic data;
    logic last;
  } beat_t;

  beat_t write_beat;
  beat_t read_beat;
  exit_t write_exit;
  logic popped;
  logic head_valid;
  logic head_last;
  logic head_drop;
  logic pop;
  logic left_retag;
  logic left_ends;
  logical_t left_logical;
  logic again;
  logical_t next_logical;

  assign write_beat = '{data: in_data, last: in_last};
  assign write_exit = '{retag: in_retag, many: in_many, logical: logical_t'(in_logical)};
  assign pop = pop_wish && head_valid;
  assign next_logical = logical_t'(next_wish);

  pair_queue #(
      .Beat(beat_t),
      .QueueBeats(QueueBeats)
  ) u_queue (
      .*
  );

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) rst == !started);

  // What the sender promises: a credit for each beat, a frame's beats in consecutive clocks, all
  // leaving in one way.
  logic [1:0] taken;
  logic in_frame;
  exit_t last_exit;

  always_ff @(posedge clk) begin
    taken <= taken + 2'(write) - 2'(popped);
    in_frame <= write ? !in_last : in_frame;
    if (write) last_exit <= write_exit;
    if (rst) begin
      taken <= '0;
      in_frame <= 1'b0;
    end
  end

  credits: assume property (@(posedge clk) !write || taken < QueueBeats);
  no_gap: assume property (@(posedge clk) rst || !in_frame || write);
  one_exit: assume property (@(posedge clk) rst || !in_frame || write_exit == last_exit);

  // The beats still to be read in this pass or later frames, and which of them, oldest lowest, are
  // of a frame with many passes.
  logic [QueueBeats-1:0] many;
  logic [QueueBeats-1:0] many_d;
  logic [1:0] beats;
  logic [1:0] beats_d;
  logic held_many;
  // Beats that this pass has read.
  logic [1:0] passed;
  logic begun;
  logic thrown;
  logic [PassClocks:1] waiting;
  logic resolved;

  assign resolved = waiting[PassClocks];
  // A pass that was thrown away is the last.
  assign again = again_wish && resolved && !thrown;

  assign held_many = many[0];

  always_comb begin
    beats_d = beats - 2'(pop);
    many_d = pop ? many >> 1 : many;
    if (again) begin
      beats_d = beats + passed;
      many_d = (many << passed) | ~(QueueBeats'('1) << passed);
    end
    if (write) many_d[beats_d] = in_many;
  end

  always_ff @(posedge clk) begin
    beats <= beats_d + 2'(write);
    many <= many_d;
    waiting <= {waiting[PassClocks-1:1], pop && head_last && held_many};
    if (pop) begin
      passed <= begun ? passed + 1'b1 : 2'd1;
      begun <= !head_last;
      thrown <= head_drop;
    end
    if (rst) begin
      beats <= '0;
      many <= '0;
      waiting <= '0;
      begun <= 1'b0;
    end
  end

  head_known: assert property (@(posedge clk) disable iff (rst)
                               head_valid == (beats != 0 && waiting == 0));
  whole_pass: assert property (@(posedge clk) disable iff (rst) !begun || head_drop == thrown);
  by_link: assert property (@(posedge clk) disable iff (rst) begun || head_drop == !link_up);

  // Credits: at once, or with the end of the last pass, one a clock.
  logic [1:0] owed;
  logic given;

  assign given = pop && !held_many;

  always_ff @(posedge clk) begin
    owed <= owed + 2'(given) - 2'(given || owed != 0) + (resolved && !again ? passed : '0);
    if (rst) owed <= '0;
  end

  credit: assert property (@(posedge clk) disable iff (rst)
                           popped == ($past(given || owed != 0) && !$past(rst)));

  // One beat, followed through the passes of its frame.
  logic marked;
  logic reached;
  logic first_mark;
  logic replayed;
  beat_t marked_beat;
  exit_t marked_exit;
  logic [1:0] ahead;
  logic [1:0] offset;
  logic [2:1] leaving;
  logic [2:1] leaving_first;
  logic here;
  logical_t expected_logical;
  logic again_before;
  logic over;

  assign here = marked && !reached && ahead == 0;
  // The marked beat's frame has been read for the last time.
  assign over = marked && reached && (!marked_exit.many || (resolved && !again));

  always_ff @(posedge clk) begin
    leaving <= {leaving[1], here && pop};
    leaving_first <= {leaving_first[1], here && pop && !begun};
    again_before <= again;
    if (!marked && mark && write) begin
      marked <= 1'b1;
      reached <= 1'b0;
      first_mark <= !in_frame;
      replayed <= 1'b0;
      marked_beat <= write_beat;
      marked_exit <= write_exit;
      expected_logical <= write_exit.logical;
      ahead <= beats_d;
    end else if (marked) begin
      if (here && pop) begin
        reached <= 1'b1;
        offset <= begun ? passed : '0;
      end else if (pop && !reached) begin
        ahead <= ahead - 1'b1;
      end
      if (again && reached) begin
        reached <= 1'b0;
        replayed <= 1'b1;
        ahead <= offset;
      end else if (again) begin
        ahead <= ahead + passed;
      end
      if (again_before && replayed && !over) expected_logical <= next_logical;
      if (over && leaving == 0) marked <= 1'b0;
    end
    if (rst) begin
      marked <= 1'b0;
      leaving <= '0;
      leaving_first <= '0;
    end
  end

  in_place: assert property (@(posedge clk) disable iff (rst)
                             !(here && pop)
                             || (begun == !first_mark && head_last == marked_beat.last
                                 && held_many == marked_exit.many));
  read: assert property (@(posedge clk) disable iff (rst) !leaving[2] || read_beat == marked_beat);
  ends: assert property (@(posedge clk) disable iff (rst)
                         !leaving[1] || left_ends == (marked_beat.last && marked_exit.many));
  retag: assert property (@(posedge clk) disable iff (rst)
                          !leaving[1] || left_retag == (first_mark && marked_exit.retag));
  logical: assert property (@(posedge clk) disable iff (rst)
                            !leaving[1] || left_logical == expected_logical);

  full: cover property (@(posedge clk) !rst && beats == QueueBeats && marked && ahead == 2);
  thrown_away: cover property (@(posedge clk) !rst && begun && thrown && link_up);
  replay_behind: cover property (@(posedge clk) !rst && leaving[1] && replayed && beats != 0
                                 && !marked_beat.last);
  thrown_later: cover property (@(posedge clk) !rst && leaving[1] && replayed && thrown);
endmodule

`default_nettype wire
