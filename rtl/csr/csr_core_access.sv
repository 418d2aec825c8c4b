`default_nettype none

// The core's end of the register block: carries out requests one after the other.
//
// Bucket writes and writes of the host port's registers pass at one a clock. The words of a table
// write are staged here and put on table_wdata all at once with the command; those of a table read
// are kept here until they have left, one a clock while response_ready holds. The next request waits
// for the end of the response. Commands and bucket reads begin two clocks after the last bucket write
// was handed over, at the earliest.
//
// clear is one clock, and clear_busy high from the next one on, until the card is clear; then it
// is answered. Table commands and bucket accesses wait meanwhile, and what is behind them; accesses
// to the host port's registers go on.
//
// hold: the way to the register block is closed; only with drains are requests taken from it, and
// their answers are for nobody. `idle` tells that nothing of them is left. A clear goes on, but is
// answered no more.
// A clear while dirty is low is answered at once: the card is clear.
//
// The host port's registers take an access in every clock; a read is answered in the next one.
//
// All outputs to the core come from registers; a request needs one clock to get there.

module csr_core_access #(
  parameter int unsigned BucketsLog2 = 17
) (
  input  wire logic              clk,
  input  wire logic              rst,

  input  wire logic              request_valid,
  output logic                   request_ready,
  input  wire csr_pkg::request_t request,
  output logic                   response_valid,
  input  wire logic              response_ready,
  output csr_pkg::response_t     response,

  output logic                   table_valid,
  input  wire logic              table_ready,
  output logic                   table_write,
  output logic [7:0]             table_number,
  output logic [23:0]            table_index,
  output logic [255:0]           table_wdata,
  input  wire logic              table_rvalid,
  input  wire logic [255:0]      table_rdata,

  output logic                   bucket_write_valid,
  output logic [BucketsLog2-1:0] bucket_write_index,
  output logic [31:0]            bucket_write_data,
  output logic                   bucket_read_valid,
  input  wire logic              bucket_read_ready,
  output logic [BucketsLog2-1:0] bucket_read_index,
  input  wire logic              bucket_read_rvalid,
  input  wire logic [31:0]       bucket_read_rdata,

  output logic                   host_valid,
  output logic                   host_write,
  output logic [11:0]            host_address,
  output logic [31:0]            host_wdata,
  input  wire logic              host_rvalid,
  input  wire logic              host_rerror,
  input  wire logic [31:0]       host_rdata,

  output logic                   clear,
  input  wire logic              clear_busy,

  input  wire logic              hold,
  input  wire logic              drains,
  output logic                   idle,
  input  wire logic              dirty
);

  typedef enum logic [2:0] {
    Serve,      // takes requests
    Ask,        // the request is offered to the core
    Await,      // the core has taken it
    AwaitHost,
    Respond
  } state_t;

  state_t                          state_q;
  csr_pkg::target_t                target_q;
  logic                            bucket_q;  // a bucket read is under way, else a table command
  logic                            table_valid_q;
  logic                            bucket_read_valid_q;
  logic                            bucket_write_valid_q;
  logic                            host_valid_q;
  logic                            host_write_q;
  logic                            clear_q;
  logic                            clear_owed_q;  // a clear is to be answered
  logic                    [ 23:0] index_q;
  logic                    [ 31:0] data_q;
  logic                    [255:0] words_q;
  csr_pkg::table_command_t         command_q;
  logic                            error_q;
  logic                    [  2:0] word_q;
  logic                            last;
  logic taken, answered, take, passes, host_answers, cleared;

  // While the card is being cleared only what does not touch its tables passes.
  always_comb begin
    case (request.kind)
      csr_pkg::TableWord, csr_pkg::HostWrite, csr_pkg::HostRead: passes = 1'b1;
      default: passes = !clear_owed_q && !clear_q && !clear_busy;
    endcase
  end

  // A request goes on when the bucket write before it has been handed over; a bucket write may
  // follow in the same clock.
  assign request_ready = state_q == Serve && passes && (!hold || drains) && !cleared
      && (!bucket_write_valid_q || request.kind == csr_pkg::BucketWrite);
  assign take = request_valid && request_ready;
  assign cleared = clear_owed_q && !clear_q && !clear_busy;
  assign idle = state_q == Serve && !bucket_write_valid_q && !host_valid_q &&
                !(drains && request_valid && passes);

  assign bucket_write_valid = bucket_write_valid_q;
  assign bucket_write_index = index_q[BucketsLog2-1:0];
  assign bucket_write_data = data_q;
  assign bucket_read_valid = bucket_read_valid_q;
  assign bucket_read_index = index_q[BucketsLog2-1:0];
  assign table_valid = table_valid_q;
  assign table_write = command_q.write;
  assign table_number = command_q.number;
  assign table_index = index_q;
  assign table_wdata = words_q;
  assign host_valid = host_valid_q;
  assign host_write = host_write_q;
  assign host_address = index_q[11:0];
  assign host_wdata = data_q;
  assign clear = clear_q;
  assign last = target_q != csr_pkg::ToTable || error_q || command_q.write || word_q == '1;

  // A host register's word leaves in the clock in which it comes.
  assign host_answers = state_q == AwaitHost && host_rvalid;
  assign response_valid = state_q == Respond || host_answers;
  always_comb begin
    response = '{
        target: target_q,
        error: error_q,
        last: last,
        word: word_q,
        data: target_q == csr_pkg::ToTable ? words_q[{word_q, 5'd0}+:32] : data_q
    };
    if (host_answers) begin
      response.error = host_rerror;
      response.data  = host_rdata;
    end
  end

  assign taken = bucket_q ? bucket_read_ready : table_ready;
  // A table write is answered by being taken.
  assign answered = bucket_q ? bucket_read_rvalid : (command_q.write ? 1'b1 : table_rvalid);

  always_ff @(posedge clk) begin
    bucket_write_valid_q <= 1'b0;
    host_valid_q <= 1'b0;
    clear_q <= 1'b0;
    case (state_q)
      Serve: begin
        if (take) begin
          index_q <= request.index;
          data_q <= request.data;
          bucket_q <= request.kind == csr_pkg::BucketRead;
          target_q <= request.kind == csr_pkg::TableCommand ? csr_pkg::ToTable : csr_pkg::ToBus;
          host_write_q <= request.kind == csr_pkg::HostWrite;
          case (request.kind)
            csr_pkg::BucketWrite: bucket_write_valid_q <= 1'b1;
            csr_pkg::BucketRead: begin
              bucket_read_valid_q <= 1'b1;
              state_q <= Ask;
            end
            csr_pkg::TableWord: ;  // staged below
            csr_pkg::TableCommand: begin
              command_q <= csr_pkg::table_command_t'(request.data[8:0]);
              table_valid_q <= 1'b1;
              state_q <= Ask;
            end
            csr_pkg::HostWrite: host_valid_q <= 1'b1;
            csr_pkg::HostRead: begin
              host_valid_q <= 1'b1;
              state_q <= AwaitHost;
            end
            csr_pkg::Clear: begin
              clear_q <= dirty;
              clear_owed_q <= 1'b1;
            end
            default: ;
          endcase
        end else if (cleared) begin
          clear_owed_q <= 1'b0;
          target_q <= csr_pkg::ToClear;
          error_q <= 1'b0;
          state_q <= Respond;
        end
      end
      Ask: begin
        if (taken) begin
          bucket_read_valid_q <= 1'b0;
          table_valid_q <= 1'b0;
          state_q <= answered ? Respond : Await;
        end
      end
      Await:   if (answered) state_q <= Respond;
      AwaitHost: begin
        if (host_rvalid) begin
          data_q  <= host_rdata;
          error_q <= host_rerror;
          state_q <= response_ready ? Serve : Respond;
        end
      end
      Respond: begin
        if (response_ready) begin
          word_q <= word_q + 1'b1;
          if (last) state_q <= Serve;
        end
      end
      default: state_q <= Serve;
    endcase
    if (hold) clear_owed_q <= 1'b0;
    if (state_q == Ask || state_q == Await) begin
      error_q <= 1'b0;
      word_q  <= '0;
      if (bucket_q) data_q <= bucket_read_rdata;
    end
    if (rst) begin
      state_q <= Serve;
      bucket_write_valid_q <= 1'b0;
      bucket_read_valid_q <= 1'b0;
      table_valid_q <= 1'b0;
      host_valid_q <= 1'b0;
      clear_q <= 1'b0;
      clear_owed_q <= 1'b0;
    end
  end

  // The words of an entry, on their way to the core or from it.
  logic [7:0] stage;
  logic       found;

  always_comb begin
    stage = '0;
    stage[request.index[2:0]] = take && request.kind == csr_pkg::TableWord;
  end

  assign found = (state_q == Ask || state_q == Await) && !bucket_q && !command_q.write
      && table_rvalid;

  for (genvar i = 0; i < 8; i++) begin : gen_words
    always_ff @(posedge clk) begin
      if (stage[i]) words_q[32*i+:32] <= request.data;
      else if (found) words_q[32*i+:32] <= table_rdata[32*i+:32];
    end
  end

endmodule

`default_nettype wire
