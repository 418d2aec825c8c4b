// Requests that the register block sends to the core, and the core's responses.
//
// All of them travel through one FIFO, so that the core sees them in the order in which the bus
// gave them: a table entry that takes over a range of buckets never overtakes the writes that
// filled the range.

`default_nettype none

package csr_pkg;

  typedef enum logic [1:0] {
    BucketWrite,  // index: bucket, data: its word
    BucketRead,   // index: bucket
    TableWord,    // index: number of the word, data: the word; staged until the command
    TableCommand  // index: entry, data: see table_command_t
  } request_kind_t;

  typedef struct packed {
    logic       write;
    logic [7:0] number;
  } table_command_t;

  typedef struct packed {
    request_kind_t kind;
    logic [23:0]   index;
    logic [31:0]   data;
  } request_t;

  // A bucket read and a table write give one of these, a table read one for each of eight words.
  typedef struct packed {
    logic        bucket;  // answers a BucketRead, else a TableCommand
    logic        error;
    logic        last;
    logic [2:0]  word;
    logic [31:0] data;
  } response_t;

endpackage

`default_nettype wire
