// The core's end of the register block: carries out requests one after the other.
//
// Bucket writes pass at one a clock while bucket_write_ready holds. The words of a table write are
// staged here and put on table_wdata all at once with the command. Every table command and bucket
// read gives one response, held until response_ready; the next request waits for it.

`default_nettype none

module csr_core_access #(
  parameter int unsigned BucketsLog2 = 17
) (
  input logic clk,
  input logic rst,

  input  logic                   request_valid,
  output logic                   request_ready,
  input  wire csr_pkg::request_t request,
  output logic                   response_valid,
  input  logic                   response_ready,
  output csr_pkg::response_t     response,

  output logic         table_valid,
  input  logic         table_ready,
  output logic         table_write,
  output logic [  7:0] table_number,
  output logic [ 23:0] table_index,
  output logic [255:0] table_wdata,
  input  logic         table_rvalid,
  input  logic [255:0] table_rdata,
  input  logic         table_error,

  output logic                   bucket_write_valid,
  input  logic                   bucket_write_ready,
  output logic [BucketsLog2-1:0] bucket_write_index,
  output logic [           31:0] bucket_write_data,
  output logic                   bucket_read_valid,
  input  logic                   bucket_read_ready,
  output logic [BucketsLog2-1:0] bucket_read_index,
  input  logic                   bucket_read_rvalid,
  input  logic [           31:0] bucket_read_rdata
);

  typedef enum logic [2:0] {
    Write,        // bucket writes and staged words; a command or read moves on
    TableAsk,
    TableAwait,
    BucketAsk,
    BucketAwait,
    Respond
  } state_t;

  state_t                          state_q;
  logic                    [255:0] words_q;
  logic                    [ 23:0] index_q;
  csr_pkg::table_command_t         command_q;
  csr_pkg::response_t              response_q;
  logic                            take;

  assign take = state_q == Write && request_valid;

  assign bucket_write_valid = take && request.kind == csr_pkg::BucketWrite;
  assign bucket_write_index = request.index[BucketsLog2-1:0];
  assign bucket_write_data = request.data;
  assign request_ready =
      state_q == Write && (request.kind != csr_pkg::BucketWrite || bucket_write_ready);

  assign table_valid = state_q == TableAsk;
  assign table_write = command_q.write;
  assign table_number = command_q.number;
  assign table_index = index_q;
  assign table_wdata = words_q;

  assign bucket_read_valid = state_q == BucketAsk;
  assign bucket_read_index = index_q[BucketsLog2-1:0];

  assign response_valid = state_q == Respond;
  assign response = response_q;

  always_ff @(posedge clk) begin
    case (state_q)
      Write: begin
        if (take) begin
          case (request.kind)
            csr_pkg::TableWord: words_q[{request.index[2:0], 5'd0}+:32] <= request.data;
            csr_pkg::TableCommand: state_q <= TableAsk;
            csr_pkg::BucketRead: state_q <= BucketAsk;
            csr_pkg::BucketWrite: ;  // a bucket write is carried out by its own handshake
            default: ;
          endcase
          index_q   <= request.index;
          command_q <= csr_pkg::table_command_t'(request.data[8:0]);
        end
      end
      TableAsk, TableAwait: begin
        response_q <= '{bucket: 1'b0, error: table_error, data: table_rdata};
        if (state_q == TableAsk && table_ready) state_q <= TableAwait;
        if (command_q.write ? state_q == TableAsk && table_ready
            : table_rvalid && (state_q == TableAwait || table_ready)) begin
          state_q <= Respond;
        end
      end
      BucketAsk, BucketAwait: begin
        response_q <= '{bucket: 1'b1, error: 1'b0, data: 256'(bucket_read_rdata)};
        if (state_q == BucketAsk && bucket_read_ready) state_q <= BucketAwait;
        if (bucket_read_rvalid && (state_q == BucketAwait || bucket_read_ready)) begin
          state_q <= Respond;
        end
      end
      Respond: if (response_ready) state_q <= Write;
      default: state_q <= Write;
    endcase
    if (rst) state_q <= Write;
  end

endmodule

`default_nettype wire
