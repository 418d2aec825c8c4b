`default_nettype none

// Reads the whole of a neighbour-discovery packet: checksum, options, and the rules that need them
// (docs/src/card/verdicts.md section 1). `check` follows its frame by 4 clocks and has a meaning if
// the header says that the frame is neighbour discovery. One frame a clock; no back-pressure.
module discovery_check
  import key_pkg::*;
  import checksum_pkg::*;
#(
  localparam int unsigned L3Bytes = 114
) (
  input  wire logic                 clk,
  input  wire logic                 valid,     // of what follows
  input  wire logic [8*L3Bytes-1:0] aligned,   // the frame from L3 on, byte i in bits 8i+7..8i
  input  wire logic [7:0]           readable,  // bytes of it
  output check_t                    check
);

  localparam int unsigned PayloadBytes = L3Bytes - 40;
  localparam int unsigned PayloadWords = PayloadBytes / 2;
  // Options stand behind the first 24 bytes of a solicitation or advertisement, in units of 8.
  localparam int unsigned Options = (PayloadBytes - 24) / 8;
  localparam logic [103:0] SolicitedNode = 104'hff_01_00_00_00_00_00_00_00_00_00_02_ff;

  // ---------------------------------------- clock 1: which bytes count, what each option would say
  logic [8*PayloadBytes-1:0]      payload;
  logic [15:0]                    length;
  logic [15:0][15:0]              address_words;
  logic [words_left(16, 3)-1:0][15:0] address_left;

  assign payload = aligned[8*40+:8*PayloadBytes];
  assign length = {aligned[8*4+:8], aligned[8*5+:8]};

  always_comb begin
    address_words = 'x;
    if (valid)
      for (int i = 0; i < 16; i++)
        address_words[i] = {aligned[8*(8+2*i)+:8], aligned[8*(9+2*i)+:8]};
  end

  logic valid_1, valid_2, valid_3;
  always_ff @(posedge clk) begin
    valid_1 <= valid;
    valid_2 <= valid_1;
    valid_3 <= valid_2;
  end

  checksum_tree #(.Words(16), .Levels(3)) u_addresses (
    .valid, .words(address_words), .left(address_left)
  );

  logic [8*PayloadBytes-1:0]      payload_1;
  logic [PayloadBytes-1:0]        inside_1;      // bytes within the payload length
  logic [15:0]                    length_1;
  logic [7:0]                     space_1;       // readable bytes behind the IPv6 header
  logic [$bits(address_left)-1:0] address_left_1;
  logic                           solicitation_1, advertisement_1;
  logic                           unspecified_1; // the source is ::
  logic                           node_group_1, group_1;
  logic [Options-1:0]             link_layer_1;  // an option of type 1 would stand here
  logic [Options:0]               end_1;         // the payload ends before this option
  logic [Options-1:0][Options:1]  step_1;        // this option would be so many units long

  always_ff @(posedge clk) begin
    payload_1 <= 'x;
    inside_1 <= 'x;
    step_1 <= 'x;
    if (valid) begin
      payload_1 <= payload;
      for (int i = 0; i < int'(PayloadBytes); i++) inside_1[i] <= length[6:0] > 7'(i);
      length_1 <= length;
      space_1 <= readable - 8'd40;
      address_left_1 <= address_left;
      solicitation_1 <= payload[7:0] == 8'd135;
      advertisement_1 <= payload[7:0] == 8'd136;
      unspecified_1 <= aligned[8*8+:128] == '0;
      node_group_1 <= aligned[8*24+:104] == SolicitedNode;
      group_1 <= &aligned[8*24+:8];
      for (int i = 0; i <= int'(Options); i++) end_1[i] <= length[6:0] == 7'(24 + 8 * i);
      for (int i = 0; i < int'(Options); i++) begin
        link_layer_1[i] <= payload[8*(24+8*i)+:8] == 8'd1;
        for (int d = 1; d <= int'(Options); d++) step_1[i][d] <= payload[8*(25+8*i)+:8] == 8'(d);
      end
    end
  end

  // ------------------------------------------------------- clock 2: most of the sum, first options
  localparam int unsigned SumWords = PayloadWords + words_left(16, 3) + 2;

  logic [SumWords-1:0][15:0]                sum_words;
  logic [words_left(SumWords, 3)-1:0][15:0] sum_left, sum_left_2;

  always_comb begin
    sum_words = 'x;
    if (valid_1) begin
      for (int i = 0; i < int'(PayloadWords); i++)
        sum_words[i] = {payload_1[8*2*i+:8] & {8{inside_1[2*i]}},
                        payload_1[8*(2*i+1)+:8] & {8{inside_1[2*i+1]}}};
      // Behind the payload: the pseudo-header of RFC 8200.
      sum_words[SumWords-1:PayloadWords] = {address_left_1, length_1, 16'd58};
    end
  end

  checksum_tree #(.Words(SumWords), .Levels(3)) u_most (
    .valid(valid_1), .words(sum_words), .left(sum_left)
  );

  logic                          whole_2;
  logic                          solicitation_2, advertisement_2;
  logic                          probe_2, probe_group_2, forbidden_2;
  logic [3:0]                    near_2;         // a chain of options reaches this one
  logic [Options-1:0]            link_layer_2;
  logic [Options:0]              end_2;
  logic [Options-1:0][Options:1] step_2;

  always_ff @(posedge clk) begin
    sum_left_2 <= 'x;
    step_2 <= 'x;
    if (valid_1) begin
      sum_left_2 <= sum_left;
      whole_2 <= length_1 <= {8'd0, space_1};
      solicitation_2 <= solicitation_1;
      advertisement_2 <= advertisement_1;
      probe_2 <= solicitation_1 && unspecified_1;
      probe_group_2 <= node_group_1;
      // An advertisement to a group that says it was solicited.
      forbidden_2 <= group_1 && payload_1[8*4+6];
      near_2[0] <= 1'b1;
      near_2[1] <= step_1[0][1];
      near_2[2] <= step_1[0][2] || (step_1[0][1] && step_1[1][1]);
      near_2[3] <= step_1[0][3] || (step_1[0][1] && step_1[1][2]) ||
                   (step_1[0][2] && step_1[2][1]) ||
                   (step_1[0][1] && step_1[1][1] && step_1[2][1]);
      for (int i = 0; i < int'(Options); i++)
        link_layer_2[i] <= link_layer_1[i] && inside_1[24+8*i];
      end_2 <= end_1;
      step_2 <= step_1;
    end
  end

  // ----------------------------------------------------------------- clock 3: the sum, all options
  logic [1:0][15:0] pair;
  logic [16:0]      sum_3;
  logic [Options:0] reached, reached_3;
  logic             whole_3, solicitation_3, advertisement_3, probe_3, probe_group_3, forbidden_3;
  logic [Options-1:0] link_layer_3;
  logic [Options:0]   end_3;

  checksum_tree #(.Words(words_left(SumWords, 3)), .Levels(2)) u_pair (
    .valid(valid_2), .words(sum_left_2), .left(pair)
  );

  always_comb begin
    reached = 'x;
    if (valid_2) begin
      reached = '0;
      reached[3:0] = near_2;
      for (int j = 4; j <= int'(Options); j++)
        for (int i = 0; i < j; i++) reached[j] |= reached[i] && step_2[i][j-i];
    end
  end

  always_ff @(posedge clk) begin
    if (valid_2) begin
      sum_3 <= {1'b0, pair[0]} + {1'b0, pair[1]};
      reached_3 <= reached;
      whole_3 <= whole_2;
      solicitation_3 <= solicitation_2;
      advertisement_3 <= advertisement_2;
      probe_3 <= probe_2;
      probe_group_3 <= probe_group_2;
      forbidden_3 <= forbidden_2;
      link_layer_3 <= link_layer_2;
      end_3 <= end_2;
    end
  end

  // ------------------------------------------------------------------------ clock 4: what it tells
  logic sum_right, options_right, has_link_layer, right;

  always_comb begin
    sum_right = 'x;
    options_right = 'x;
    has_link_layer = 'x;
    right = 'x;
    if (valid_3) begin
      // Not zero, and around the end all ones: 0xffff, or a carry and 0xfffe.
      sum_right = (&sum_3[15:1]) && (sum_3[16] ^ sum_3[0]);
      options_right = |(reached_3 & end_3);
      has_link_layer = |(reached_3[Options-1:0] & link_layer_3);
      right = sum_right;
      if (solicitation_3 || advertisement_3) right &= options_right;
      if (probe_3) right &= probe_group_3 && !has_link_layer;
      if (advertisement_3) right &= !forbidden_3;
    end
  end

  always_ff @(posedge clk) begin
    check.checked <= whole_3 && right;
    check.unchecked <= !whole_3;
  end

endmodule

`default_nettype wire
