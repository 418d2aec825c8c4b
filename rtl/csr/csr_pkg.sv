`default_nettype none

// Requests that the register block sends to the core, and the core's responses.
//
// All of them travel through one FIFO, so that the core sees them in the order in which the bus
// gave them: a table entry that takes over a range of buckets never overtakes the writes that
// filled the range, a doorbell never the address of its ring.

package csr_pkg;

  typedef enum logic [2:0] {
    BucketWrite,   // index: bucket, data: its word
    BucketRead,    // index: bucket
    TableWord,     // index: number of the word, data: the word; staged until the command
    TableCommand,  // index: entry, data: see table_command_t
    HostWrite,     // index: byte address among the host port's registers, data: the word
    HostRead,      // index: the same
    Clear          // the card becomes what it is after configuration
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

  // A write of a register.
  typedef struct packed {
    logic [11:0] address;
    logic [31:0] data;
    logic [3:0]  strobe;
  } register_write_t;

  // Whose the response is.
  typedef enum logic [1:0] {
    ToBus,    // BucketRead, HostRead
    ToTable,  // TableCommand
    ToClear
  } target_t;

  // A table read gives one of these for each of eight words; everything else that is answered gives
  // one.
  typedef struct packed {
    target_t     target;
    logic        error;
    logic        last;
    logic [2:0]  word;
    logic [31:0] data;
  } response_t;

endpackage

`default_nettype wire
