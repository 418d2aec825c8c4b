`default_nettype none

// Exact match: an entry stands in one of two slots of one of two sets, each set named by a hash of
// the key. Placement is the host's work.
//
// One look-up a clock: `set0`, `set1` and `key` in clock 0, `hit` and `value` in clock 4. A write
// takes effect for look-ups of the next clock; it may come in any clock.
module exact_table #(
  parameter int unsigned KeyW = 48,
  parameter int unsigned ValueW = 17,
  parameter int unsigned SetsLog2 = 10
) (
  input  wire logic                clk,
  input  wire logic                write_valid,
  input  wire logic [SetsLog2+1:0] write_index,  // way, set, slot
  input  wire logic                write_used,
  input  wire logic [KeyW-1:0]     write_key,
  input  wire logic [ValueW-1:0]   write_value,
  input  wire logic                valid,        // of the look-up
  input  wire logic [SetsLog2-1:0] set0,
  input  wire logic [SetsLog2-1:0] set1,
  input  wire logic [KeyW-1:0]     key,
  output logic                     hit,
  output logic [ValueW-1:0]        value
);

  typedef struct packed {
    logic              used;
    logic [KeyW-1:0]   key;
    logic [ValueW-1:0] value;
  } entry_t;

  logic            valid_1, valid_2;
  logic [KeyW-1:0] key_1, key_2;
  always_ff @(posedge clk) begin
    valid_1 <= valid;
    valid_2 <= valid_1;
    key_1 <= key;
    key_2 <= key_1;
  end

  // A key is compared in parts, what they say is joined a clock later.
  localparam int unsigned PartW = 32;
  localparam int unsigned Parts = (KeyW + PartW - 1) / PartW;

  logic [3:0][Parts-1:0]  equal_3;
  logic [3:0]             found_3;
  logic [3:0][ValueW-1:0] value_3;

  for (genvar i = 0; i < 4; i++) begin : gen_slot
    entry_t entry_2;
    ram_sdp #(.Width($bits(entry_t)), .Depth(2 ** SetsLog2), .ReadLatency(2)) u_entries (
      .clk,
      .write_enable(write_valid && {write_index[SetsLog2+1], write_index[0]} == 2'(i)),
      .write_address(write_index[SetsLog2:1]),
      .write_data({write_used, write_key, write_value}),
      .read_enable(valid),
      .read_address(i / 2 == 0 ? set0 : set1),
      .read_data(entry_2)
    );
    for (genvar p = 0; p < int'(Parts); p++) begin : gen_part
      localparam int unsigned Low = p * PartW;
      localparam int unsigned Bits = KeyW - Low < PartW ? KeyW - Low : PartW;
      always_ff @(posedge clk) begin
        equal_3[i][p] <= 'x;
        if (valid_2)
          equal_3[i][p] <= (p > 0 || entry_2.used) &&
                           entry_2.key[Low+:Bits] == key_2[Low+:Bits];
      end
    end
    always_ff @(posedge clk) begin
      value_3[i] <= 'x;
      if (valid_2) value_3[i] <= entry_2.value;
    end
    assign found_3[i] = &equal_3[i];
  end

  always_ff @(posedge clk) begin
    hit <= |found_3;
    value <= ({ValueW{found_3[0]}} & value_3[0]) | ({ValueW{found_3[1]}} & value_3[1]) |
             ({ValueW{found_3[2]}} & value_3[2]) | ({ValueW{found_3[3]}} & value_3[3]);
  end

endmodule

`default_nettype wire
