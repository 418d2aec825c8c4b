`default_nettype none

// Joins what the rings ask of their host's memory to one AXI4 master.
//
// Reads: valid/ready, descriptors before frames, one a clock. Writes: completions before frames, of
// both rings in turn; a frame's burst is taken with its first beat and its beats follow without
// others between. One beat a clock. Each request goes into a small FIFO, from whose registers the bus is driven; a
// request taken is on its way and stays. Answers are always taken and given on a clock later, by
// their ID. Up to 64 completions may be unanswered, both rings together.
// `voided`: who gave a burst's first beats has forgotten the rest; beats without bytes take their place.
module ring_bus
  import host_pkg::*;
  import axi_pkg::*;
(
  input  wire logic         clk,
  input  wire logic         rst,
  // Reads.
  input  wire logic         rx_ask_valid,
  output logic              rx_ask_ready,
  input  wire line_t        rx_ask_line,
  input  wire logic         tx_ask_valid,
  output logic              tx_ask_ready,
  input  wire line_t        tx_ask_line,
  input  wire logic         fetch_valid,
  output logic              fetch_ready,
  input  wire burst_t       fetch,
  output logic              rx_answer_valid,
  output logic              tx_answer_valid,
  output logic              fetched_valid,
  output logic              fetched_last,
  output logic              read_error,   // of the three above
  output logic [511:0]      read_data,
  // Writes.
  input  wire logic         rx_completion_valid,
  output logic              rx_completion_ready,
  input  wire completion_t  rx_completion,
  input  wire logic         tx_completion_valid,
  output logic              tx_completion_ready,
  input  wire completion_t  tx_completion,
  input  wire logic         burst_valid,
  output logic              burst_ready,
  input  wire burst_t       burst,
  input  wire logic         data_valid,
  output logic              data_ready,
  input  wire logic [511:0] data,
  input  wire logic [5:0]   data_empty,
  input  wire logic         voided,
  output logic              stored_valid,
  output logic              rx_written_valid,
  output logic              tx_written_valid,
  output logic              write_error,  // of the three above
  // AXI4.
  output axi_req_t          dma_req,
  input  wire axi_resp_t    dma_resp
);

  localparam logic [1:0] ReadReceive = 2'd0, ReadTransmit = 2'd1, ReadFrame = 2'd2;
  localparam logic [1:0] WriteFrame = 2'd0, WriteCompletion = 2'd1;

  typedef struct packed {
    logic [1:0] id;
    line_t      line;
    logic [1:0] quarter;   // 16 bytes of the line, from which a write begins
    logic [3:0] more;
  } request_t;

  // ----------------------------------------------------------------------------------------- reads
  request_t read_in, read_out;
  logic     read_room;

  assign rx_ask_ready = read_room;
  assign tx_ask_ready = read_room && !rx_ask_valid;
  assign fetch_ready = read_room && !rx_ask_valid && !tx_ask_valid;

  always_comb begin
    read_in = '{id: ReadFrame, line: fetch.line, quarter: '0, more: fetch.more};
    if (tx_ask_valid) read_in = '{id: ReadTransmit, line: tx_ask_line, quarter: '0, more: '0};
    if (rx_ask_valid) read_in = '{id: ReadReceive, line: rx_ask_line, quarter: '0, more: '0};
  end

  fifo_fwft #(.Data(request_t), .Depth(2)) u_reads (
    .clk, .rst, .in_valid(rx_ask_valid || tx_ask_valid || fetch_valid), .in_ready(read_room),
    .in_data(read_in), .out_valid(dma_req.ar_valid), .out_ready(dma_resp.ar_ready),
    .out_data(read_out), .count()
  );

  assign dma_req.ar = '{
    id: read_out.id, addr: {read_out.line, read_out.quarter, 4'd0}, len: 8'(read_out.more)};
  assign dma_req.r_ready = 1'b1;

  always_ff @(posedge clk) begin
    rx_answer_valid <= dma_resp.r_valid && dma_resp.r.id == ReadReceive && !rst;
    tx_answer_valid <= dma_resp.r_valid && dma_resp.r.id == ReadTransmit && !rst;
    fetched_valid <= dma_resp.r_valid && dma_resp.r.id == ReadFrame && !rst;
    fetched_last <= dma_resp.r.last;
    read_error <= dma_resp.r.resp != '0;
    read_data <= dma_resp.r.data;
  end

  // ---------------------------------------------------------------------------------------- writes
  logic       inside_q;            // a burst's further beats come
  logic [3:0] left_q;              // .. behind the next
  logic       address_room, beat_room, room, take_frame;
  logic       more_valid;          // a burst's further beat
  logic       address_in_valid, beat_in_valid;
  request_t   address_in, address_out;
  axi_write_t beat_in;

  // A completion waits here for its turn, so that what chooses between it and a frame's beat comes
  // from registers: one for each 128 bits of a beat.
  localparam int unsigned Slices = 4;

  logic        held_d, held_q, inside_d;
  logic        held_receive_q;
  completion_t waiting_q;
  logic        held_ready, choose_receive, load, push;
  logic        turn;           // .. of a completion

  assign room = address_room && beat_room;
  assign held_ready = !held_q || push;
  assign choose_receive = rx_completion_valid && !(tx_completion_valid && held_receive_q);
  assign load = held_ready && (rx_completion_valid || tx_completion_valid);
  assign rx_completion_ready = held_ready && choose_receive;
  assign tx_completion_ready = held_ready && !choose_receive;
  assign push = turn && room;
  assign burst_ready = room && !inside_q && !turn && data_valid;
  assign take_frame = burst_valid && burst_ready;
  assign data_ready = inside_q ? beat_room : take_frame;
  assign address_in_valid = push || take_frame;
  assign more_valid = inside_q && (data_valid || voided);
  assign beat_in_valid = inside_q ? more_valid && beat_room : address_in_valid;

  assign held_d = !rst && (load || (held_q && !push));
  always_comb begin
    inside_d = inside_q;
    if (take_frame) inside_d = burst.more != '0;
    else if (more_valid && beat_room) inside_d = left_q != '0;
    if (rst) inside_d = 1'b0;
  end

  always_ff @(posedge clk) begin
    held_q <= held_d;
    inside_q <= inside_d;
    if (take_frame) left_q <= burst.more - 4'd1;
    else if (more_valid && beat_room) left_q <= left_q - 4'd1;
    if (load) begin
      held_receive_q <= choose_receive;
      waiting_q <= choose_receive ? rx_completion : tx_completion;
    end
  end

  always_comb begin
    address_in = '{id: WriteFrame, line: burst.line, quarter: '0, more: burst.more};
    if (turn)
      address_in = '{id: WriteCompletion, line: waiting_q.line, quarter: waiting_q.quarter,
                     more: '0};
    beat_in.last = turn || (inside_q ? left_q == '0 : burst.more == '0);
  end

  for (genvar i = 0; i < int'(Slices); i++) begin : gen_slice
    (* keep = "true", dont_touch = "true" *) logic turn_q;

    always_ff @(posedge clk) turn_q <= held_d && !inside_d;

    if (i == 0) begin : gen_original
      assign turn = turn_q;
    end
    always_comb begin
      beat_in.data[128*i+:128] = 'x;
      beat_in.strb[16*i+:16] = 'x;
      if (beat_in_valid) begin
        beat_in.data[128*i+:128] = turn_q ? waiting_q.data : data[128*i+:128];
        for (int k = 16 * i; k < 16 * i + 16; k++)
          beat_in.strb[k] = turn_q ? waiting_q.quarter == 2'(i)
                                   : !voided && 7'(data_empty) < 7'(64 - k);
      end
    end
  end

  fifo_fwft #(.Data(request_t), .Depth(2)) u_addresses (
    .clk, .rst, .in_valid(address_in_valid), .in_ready(address_room), .in_data(address_in),
    .out_valid(dma_req.aw_valid), .out_ready(dma_resp.aw_ready), .out_data(address_out), .count()
  );

  fifo_fwft #(.Data(axi_write_t), .Depth(7)) u_beats (
    .clk, .rst, .in_valid(beat_in_valid), .in_ready(beat_room), .in_data(beat_in),
    .out_valid(dma_req.w_valid), .out_ready(dma_resp.w_ready), .out_data(dma_req.w), .count()
  );

  assign dma_req.aw = '{
    id: address_out.id, addr: {address_out.line, address_out.quarter, 4'd0},
    len: 8'(address_out.more)};
  assign dma_req.b_ready = 1'b1;

  // ------------------------------------------------------------------- whose completion is answered
  logic completed, owner_room, owner_valid, owner_receive;

  assign completed = dma_resp.b_valid && dma_resp.b.id == WriteCompletion;

  fifo_fwft #(.Data(logic), .Depth(63)) u_owners (
    .clk, .rst, .in_valid(push), .in_ready(owner_room),
    .in_data(held_receive_q), .out_valid(owner_valid), .out_ready(completed),
    .out_data(owner_receive), .count()
  );

  always_ff @(posedge clk) begin
    stored_valid <= dma_resp.b_valid && dma_resp.b.id == WriteFrame && !rst;
    rx_written_valid <= completed && owner_receive && !rst;
    tx_written_valid <= completed && !owner_receive && !rst;
    write_error <= dma_resp.b.resp != '0;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_owner_room: assert (!push || owner_room);
  always_ff @(posedge clk) if (!rst) a_owner: assert (!completed || owner_valid);
`endif

endmodule

`default_nettype wire
