`default_nettype none

// What the host wrote into one table, kept to be read back where the look-up's own copies have no
// port to spare. `read_data` comes with `read_valid` 4 clocks after a read of table `Number`; it is
// zero otherwise.
module table_store
  import frame_pkg::*;
  import table_pkg::*;
#(
  parameter logic [7:0] Number = TableService,
  parameter int unsigned Depth = 64,
  parameter int unsigned Width = 256,
  parameter string Style = "block"
) (
  input  wire logic          clk,
  input  wire logic          rst,
  input  wire logic          write,
  input  wire logic          read,
  input  wire table_access_t access,
  output logic               read_valid,
  output logic [255:0]       read_data
);

  localparam int unsigned IndexW = index_width(Depth);

  // Of its own, or all tables would hang on one register of the bus.
  (* keep = "true" *) logic [IndexW-1:0] index_q;
  logic             write_q, asked_q, reading_1, reading_2;
  logic [Width-1:0] data_q, word;

  always_ff @(posedge clk) begin
    write_q <= write && access.number == Number && !rst;
    asked_q <= read && access.number == Number && !rst;
    index_q <= access.index[IndexW-1:0];
    data_q <= access.data[Width-1:0];
  end

  ram_sdp #(.Width(Width), .Depth(Depth), .ReadLatency(2), .Style(Style)) u_words (
    .clk, .write_enable(write_q), .write_address(index_q), .write_data(data_q),
    .read_enable(asked_q), .read_address(index_q), .read_data(word)
  );

  always_ff @(posedge clk) begin
    reading_1 <= asked_q && !rst;
    reading_2 <= reading_1 && !rst;
    read_valid <= reading_2 && !rst;
    read_data <= reading_2 ? 256'(word) : '0;
  end

endmodule

`default_nettype wire
