`default_nettype none

// Clears the card: zeros into every entry of every table that can be written and into all buckets,
// then no flow, no seed and nothing learned.
//
// start is one clock; busy is high from the next one until all is done, `done` in its last clock.
// Meanwhile nobody else may
// use the table bus or write buckets. Buckets are written one a clock, an entry in every fourth
// clock (faster than software could, but a table may take a write as something that comes seldom);
// logical ports go first, so that no frame is learned from or forwarded by half of a table.
//
// forget is high from the first clock of busy on, for some clocks: the seed is in force no more.
// When the tables are zero, flush is high for Flush clocks and everything learned is to be
// dropped; then empty_flows is one clock, and flows_empty rises when the flow table is empty (it
// may be high before, but not in the second clock after empty_flows if there is something to do).

module csr_clear
  import hash_pkg::*;
#(
  parameter int unsigned Services     = 64,
  parameter int unsigned BucketsLog2  = 17,
  parameter int unsigned Servers      = 1024,
  parameter int unsigned Routers      = 64,
  parameter int unsigned LogicalPorts = 64,
  parameter int unsigned Vips         = 64,
  parameter int unsigned FdbSetsLog2  = 11
) (
  input  wire logic              clk,
  input  wire logic              rst,
  input  wire logic              start,
  output logic                   busy,
  output logic                   done,
  output logic                   table_valid,
  input  wire logic              table_ready,
  output logic [7:0]             table_number,
  output logic [23:0]            table_index,
  output logic                   bucket_valid,
  output logic [BucketsLog2-1:0] bucket_index,
  output logic                   forget,
  output logic                   flush,
  output logic                   empty_flows,
  input  wire logic              flows_empty
);

  localparam int unsigned Steps = 11;
  // What is learned is dropped set by set; the first ones once more, for what was on its way.
  localparam int unsigned Flush = (1 << FdbSetsLog2) + 16;
  localparam int unsigned FlushWidth = $clog2(Flush + 1);

  typedef struct packed {
    logic [7:0]  number;
    logic [23:0] first;
    logic [23:0] last;
  } step_t;

  function automatic step_t step_of(input logic [3:0] step);
    case (step)
      4'd0: return '{number: 8'd11, first: '0, last: 24'(LogicalPorts - 1)};
      4'd1: return '{number: 8'd1, first: '0, last: 24'(Services - 1)};
      4'd2: return '{number: 8'd2, first: '0, last: 24'(Servers - 1)};
      4'd3: return '{number: 8'd2, first: 24'd1024, last: 24'(1023 + Routers)};
      4'd4: return '{number: 8'd3, first: '0, last: 24'(Routers - 1)};
      4'd5: return '{number: 8'd4, first: '0, last: 24'(4 * 2 ** StationSetsLog2 - 1)};
      4'd6: return '{number: 8'd5, first: '0, last: 24'(4 * 2 ** AddressSetsLog2 - 1)};
      4'd7: return '{number: 8'd12, first: '0, last: 24'(Vips - 1)};
      4'd8: return '{number: 8'd13, first: '0, last: 24'(Vips - 1)};
      4'd9: return '{number: 8'd14, first: '0, last: 24'(Servers - 1)};
      default: return '{number: 8'd15, first: '0, last: 24'd63};
    endcase
  endfunction

  typedef enum logic [2:0] {
    Idle,
    Tables,
    Learned,
    Flows,    // the flow table is told
    Settle,   // .. and its answer not yet to be believed
    Rest      // the flow table and the buckets end
  } state_t;

  state_t                   state_q;
  logic   [            3:0] number_q;
  logic   [            7:0] table_q;
  logic   [           23:0] last_q;
  logic                     busy_q;   // a register of its own: the buses are chosen by it
  logic                     valid_q;
  logic   [            1:0] pace_q;
  logic   [           23:0] index_q;
  logic   [ FlushWidth-1:0] flush_q;
  logic   [            1:0] settle_q;
  logic                     buckets_q;
  logic   [BucketsLog2-1:0] bucket_q;

  step_t next;
  assign next = step_of(state_q == Idle ? 4'd0 : number_q + 4'd1);

  assign busy = busy_q;
  assign table_valid = valid_q;
  assign table_number = table_q;
  assign table_index = index_q;
  assign bucket_valid = buckets_q;
  assign bucket_index = bucket_q;
  assign forget = state_q == Tables;
  assign flush = state_q == Learned;
  assign empty_flows = state_q == Flows;
  assign done = state_q == Rest && flows_empty && !buckets_q && !rst;

  always_ff @(posedge clk) begin
    if (buckets_q) begin
      bucket_q <= bucket_q + 1'b1;
      if (bucket_q == '1) buckets_q <= 1'b0;
    end
    case (state_q)
      Idle: begin
        number_q <= '0;
        table_q  <= next.number;
        last_q   <= next.last;
        index_q  <= next.first;
        pace_q   <= '0;
        bucket_q <= '0;
        if (start) begin
          state_q   <= Tables;
          busy_q    <= 1'b1;
          buckets_q <= 1'b1;
        end
      end
      Tables: begin
        flush_q <= FlushWidth'(Flush - 1);
        // The next entry stands three clocks before it is written.
        pace_q  <= pace_q + 2'd1;
        valid_q <= pace_q == 2'd2 || (valid_q && !table_ready);
        if (valid_q && !table_ready) pace_q <= pace_q;
        if (valid_q && table_ready) begin
          index_q <= index_q + 24'd1;
          if (index_q == last_q) begin
            number_q <= number_q + 4'd1;
            table_q  <= next.number;
            last_q   <= next.last;
            index_q  <= next.first;
            if (number_q == 4'(Steps - 1)) state_q <= Learned;
          end
        end
      end
      Learned: begin
        settle_q <= '1;
        flush_q  <= flush_q - 1'b1;
        if (flush_q == '0) state_q <= Flows;
      end
      Flows:   state_q <= Settle;
      Settle: begin
        settle_q <= settle_q - 2'd1;
        if (settle_q == '0) state_q <= Rest;
      end
      Rest: begin
        if (done) begin
          state_q <= Idle;
          busy_q  <= 1'b0;
        end
      end
      default: state_q <= Idle;
    endcase
    if (rst) begin
      state_q   <= Idle;
      busy_q    <= 1'b0;
      valid_q   <= 1'b0;
      buckets_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
