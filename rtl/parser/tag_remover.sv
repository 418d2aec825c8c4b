`default_nettype none

// Cuts Ethernet header and tags off a frame's window. Combinational: everything in the clock of
// `start`.
module tag_remover
  import parser_pkg::*;
#(
  parameter int unsigned TagCopies = 8
) (
  input  wire logic                 start,
  input  wire logic [1023:0]        window,
  input  wire logic [TagCopies-1:0] tag0,      // copies, all alike: they select a thousand bits
  input  wire logic [TagCopies-1:0] tag1,
  input  wire logic [15:0]          bytes,     // length of the frame
  output l3_t                       l3,
  output logic [15:0]               ethertype,
  output logic [7:0]                readable,  // readable bytes from L3 on
  output logic [1:0]                tags,
  output logic                      third,     // .. and one more behind them
  output logic [11:0]               vlan       // of the first tag, if there is one
);

  assign tags = tag0[0] ? (tag1[0] ? 2'd2 : 2'd1) : 2'd0;
  assign vlan = {window[8*14+:4], window[8*15+:8]};

  // The window from the first ethertype's end on; a byte beyond it reads as zero, `readable` tells.
  logic [8*(L3Bytes+8)-1:0] untagged;
  assign untagged = {64'd0, window[1023:8*14]};

  for (genvar c = 0; c < int'(TagCopies); c++) begin : gen_slice
    localparam int unsigned Slice = c;
    localparam int unsigned Low = (Slice * L3Bytes + TagCopies - 1) / TagCopies;
    localparam int unsigned High = ((Slice + 1) * L3Bytes + TagCopies - 1) / TagCopies;
    localparam int unsigned Bits = 8 * (High - Low);
    always_comb begin
      l3[8*Low+:Bits] = 'x;
      if (start) begin
        l3[8*Low+:Bits] = untagged[8*Low+:Bits];
        if (tag0[c]) l3[8*Low+:Bits] = untagged[8*(Low+4)+:Bits];
        if (tag0[c] && tag1[c]) l3[8*Low+:Bits] = untagged[8*(Low+8)+:Bits];
      end
    end
  end

  always_comb begin
    unique case (tags)
      2'd0: ethertype = {window[8*12+:8], window[8*13+:8]};
      2'd1: ethertype = {window[8*16+:8], window[8*17+:8]};
      default: ethertype = {window[8*20+:8], window[8*21+:8]};
    endcase
    third = tags[1] && is_tag(ethertype);
    readable = (bytes > 16'd128 ? 8'd128 : bytes[7:0]) - 8'd14 - {4'd0, tags, 2'd0};
  end

endmodule

`default_nettype wire
