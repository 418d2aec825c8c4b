// The queue of one (ingress, egress) pair: beats in block RAM, their `last` bits in LUT RAM.
//
// Write side: `write` takes a beat in every clock; there is no ready, since the sender holds a
// credit for each of the QueueBeats places. Beats of one frame come in consecutive clocks.
// Read side: `head_*` describe the oldest beat from the clock after its write on; `pop` removes it,
// and `read_beat` is that beat 2 clocks after the pop. One beat a clock.
// `head_drop`: the oldest beat belongs to a frame that is thrown away, because the link was down
// when the turn of its first beat came. A frame once begun is finished.
`default_nettype none

module pair_queue #(
    parameter type Beat = flowswitch_pkg::beat_t,
    parameter int unsigned QueueBeats = 512
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       link_up,
    input  wire       write,
    input  wire  Beat write_beat,
    output logic      head_valid,
    output logic      head_last,
    output logic      head_drop,
    input  wire       pop,
    output Beat       read_beat
);
  localparam int unsigned AddressWidth = $clog2(QueueBeats);
  localparam int unsigned CountWidth = $clog2(QueueBeats + 2);
  localparam logic [AddressWidth-1:0] LastAddress = AddressWidth'(QueueBeats - 1);

  logic [AddressWidth-1:0] write_address_q;
  logic [AddressWidth-1:0] read_address_q;
  logic first_q;
  logic dropping_q;

  assign head_drop = first_q ? !link_up : dropping_q;

  always_ff @(posedge clk) begin
    if (write) write_address_q <= (write_address_q == LastAddress) ? '0 : write_address_q + 1'b1;
    if (pop) begin
      read_address_q <= (read_address_q == LastAddress) ? '0 : read_address_q + 1'b1;
      first_q <= head_last;
      dropping_q <= head_drop;
    end
    if (rst) begin
      write_address_q <= '0;
      read_address_q <= '0;
      first_q <= 1'b1;
      dropping_q <= 1'b0;
    end
  end

  // Whether a popped beat ends its frame is known when its read starts, and no later.
  logic last_ready;
  logic [CountWidth-1:0] beats;

  fifo_fwft #(
      .Data(logic),
      .Depth(QueueBeats)
  ) u_last (
      .clk,
      .rst,
      .in_valid(write),
      .in_ready(last_ready),
      .in_data(write_beat.last),
      .out_valid(head_valid),
      .out_ready(pop),
      .out_data(head_last),
      .count(beats)
  );

  // The oldest beat is read in every clock, popped or not, so that the arbiter's decision has to
  // reach the read address only and not the RAM.
  ram_sdp #(
      .Width($bits(Beat)),
      .Depth(QueueBeats),
      .ReadLatency(2)
  ) u_ram (
      .clk,
      .write_enable(write),
      .write_address(write_address_q),
      .write_data(write_beat),
      .read_enable(head_valid),
      .read_address(read_address_q),
      .read_data(read_beat)
  );

`ifndef SYNTHESIS
  overflow: assert property (@(posedge clk) disable iff (rst)
                             !write || (last_ready && beats < CountWidth'(QueueBeats)));
  underrun: assert property (@(posedge clk) disable iff (rst) first_q || head_valid);
  empty_pop: assert property (@(posedge clk) disable iff (rst) !pop || head_valid);
`endif
endmodule

`default_nettype wire
