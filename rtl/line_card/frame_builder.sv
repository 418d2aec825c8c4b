`default_nettype none

// Builds the ARP and neighbour-discovery frames of docs/src/card/verdicts.md: answers, requests
// anew, announcements. 60 or 64 bytes in one beat, 86 to 94 in two, checksum included.
//
// In: valid/ready; an ARP frame is taken in every clock, neighbour discovery in every other.
// Out: no ready. The first beat comes 4 clocks after the job was taken, the second in the clock
// after the first.
module frame_builder
  import verdict_pkg::*;
  import checksum_pkg::*;
(
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic        in_valid,
  output logic             in_ready,
  input  wire job_t        job,
  input  wire logic [47:0] mac,     // the MAC to tell
  input  wire logic        answer,  // else a request
  input  wire logic        router,  // the answer speaks for one
  output logic             out_valid,
  output logic [511:0]     out_data,
  output logic [5:0]       out_empty,
  output logic             out_last
);

  // From the ethertype on: the longest is IPv6 header, advertisement and one option.
  localparam int unsigned BodyBytes = 2 + 40 + 32;
  localparam int unsigned SumAt = 2 + 40 + 2;
  localparam int unsigned SecondBytes = 12 + 8 + BodyBytes - 64;
  // Copies of what selects wide words.
  localparam int unsigned Copies = 4;
  localparam logic [127:0] AllNodes = 128'hff02_0000_0000_0000_0000_0000_0000_0001;
  localparam logic [103:0] SolicitedNode = 104'hff_02_00_00_00_00_00_00_00_00_00_01_ff;

  // ------------------------------------------------------------------------------- clock 1: the job
  logic         take;
  logic         second_q;           // the beat after this one is taken by the same frame
  logic         valid_1;
  job_t         job_1;
  logic [47:0]  mac_1;
  logic         router_1;
  logic         unspecified_1;      // a solicitation from ::
  logic         group_1;            // .. sent to a group
  logic [Copies-1:0] answer_1;

  // What the body says of the address that is asked for and the MAC is known at once.
  localparam int unsigned EarlyWords = 8 + 3;

  logic [words_left(EarlyWords, 3)-1:0][15:0] early, early_1;
  logic [21:0] claimed_parts;

  checksum_tree #(.Words(EarlyWords), .Levels(3)) u_early (
    .valid(take), .words({job.asked, mac}), .left(early)
  );

  always_comb begin
    automatic logic [131:0] claimed = {4'd0, job.claimed};
    claimed_parts = 'x;
    if (take) for (int i = 0; i < 22; i++) claimed_parts[i] = |claimed[6*i+:6];
  end

  assign in_ready = !second_q;
  assign take = in_valid && in_ready;

  always_ff @(posedge clk) begin
    second_q <= take && job.ipv6 && !rst;
    valid_1 <= take && !rst;
    job_1 <= 'x;
    mac_1 <= 'x;
    early_1 <= 'x;
    if (take) begin
      job_1 <= job;
      mac_1 <= mac;
      early_1 <= early;
    end
    router_1 <= router;
    unspecified_1 <= job.ipv6 && claimed_parts == '0;
    group_1 <= job.ipv6 && job.destination[40];
  end

  for (genvar c = 0; c < int'(Copies); c++) begin : gen_answer
    (* keep = "true", dont_touch = "true" *) logic answer_q;
    always_ff @(posedge clk) answer_q <= answer;
    assign answer_1[c] = answer_q;
  end

  // ----------------------------------------------------- clock 2: the addresses, most of their sum
  localparam int unsigned SumWords = 2 * 8 + 2 + words_left(EarlyWords, 3);

  logic [127:0] source_ip, destination_ip;
  logic [47:0]  destination_mac;

  always_comb begin
    source_ip = 'x;
    destination_ip = 'x;
    destination_mac = 'x;
    if (valid_1) begin
      source_ip = answer_1[0] ? job_1.asked : job_1.claimed;
      if (answer_1[1]) destination_ip = job_1.claimed | (unspecified_1 ? AllNodes : '0);
      else destination_ip = group_1 ? {SolicitedNode, job_1.asked[23:0]} : job_1.asked;
      if (!answer_1[2]) destination_mac = job_1.destination;
      else destination_mac = unspecified_1 ? 48'h3333_0000_0001 : job_1.source;
    end
  end

  // 32 bytes of payload, next header 58, type and code, the fixed flag, the option's type and length.
  logic [15:0] constant_word, flags_word;
  assign flags_word = {answer_1[2] && router_1, answer_1[2] && !unspecified_1, answer_1[2], 13'd0};
  assign constant_word = answer_1[2] ? 16'd32 + 16'd58 + 16'h8800 + 16'h0201
                                     : 16'd32 + 16'd58 + 16'h8700 + 16'h0101;

  logic [SumWords-1:0][15:0]                sum_words;
  logic [words_left(SumWords, 2)-1:0][15:0] sum_left, sum_left_2;

  assign sum_words = {source_ip, destination_ip, flags_word, constant_word, early_1};

  checksum_tree #(.Words(SumWords), .Levels(2)) u_most (
    .valid(valid_1), .words(sum_words), .left(sum_left)
  );

  logic         valid_2;
  logic         answer_2;
  logic [15:0]  flags_2;
  logic [1:0]   tags_2;
  logic [63:0]  tag_bytes_2;
  logic [47:0]  destination_mac_2, mac_2, sender_2;
  logic [127:0] source_ip_2, destination_ip_2, target_2;
  logic [Copies-1:0] ipv6_2;

  always_ff @(posedge clk) begin
    valid_2 <= valid_1 && !rst;
    answer_2 <= answer_1[3];
    flags_2 <= flags_word;
    tags_2 <= job_1.tags;
    tag_bytes_2 <= job_1.tag_bytes;
    destination_mac_2 <= 'x;
    mac_2 <= 'x;
    sender_2 <= 'x;
    source_ip_2 <= 'x;
    destination_ip_2 <= 'x;
    target_2 <= 'x;
    sum_left_2 <= 'x;
    if (valid_1) begin
      destination_mac_2 <= destination_mac;
      mac_2 <= mac_1;
      sender_2 <= answer_1[3] ? job_1.sender : '0;
      source_ip_2 <= source_ip;
      destination_ip_2 <= destination_ip;
      target_2 <= job_1.asked;
      sum_left_2 <= sum_left;
    end
  end

  for (genvar c = 0; c < int'(Copies); c++) begin : gen_ipv6
    (* keep = "true", dont_touch = "true" *) logic ipv6_q;
    always_ff @(posedge clk) ipv6_q <= job_1.ipv6;
    assign ipv6_2[c] = ipv6_q;
  end

  // --------------------------------------------------------------------- clock 3: the body, the sum
  logic [8*BodyBytes-1:0] arp, discovery;   // first byte highest
  logic [1:0][15:0]       pair;

  always_comb begin
    arp = 'x;
    discovery = 'x;
    if (valid_2) begin
      arp = {16'h0806, 64'h0001_0800_0604_0000 | (answer_2 ? 64'd2 : 64'd1), mac_2,
             source_ip_2[31:0], sender_2, destination_ip_2[31:0], {8*(BodyBytes-30){1'b0}}};
      discovery = {16'h86dd, 32'h6000_0000, 16'd32, 8'd58, 8'd255, source_ip_2,
                   destination_ip_2, answer_2 ? 8'd136 : 8'd135, 8'd0, 16'd0, flags_2, 16'd0,
                   target_2, answer_2 ? 16'h0201 : 16'h0101, mac_2};
    end
  end

  checksum_tree #(.Words(words_left(SumWords, 2)), .Levels(2)) u_pair (
    .valid(valid_2), .words(sum_left_2), .left(pair)
  );

  logic                   valid_3;
  logic [8*BodyBytes-1:0] body_3;           // byte i in bits 8i+7..8i, as in a beat
  logic [95:0]            macs_3;
  logic [63:0]            tag_bytes_3;
  logic                   ipv6_3;
  logic [16:0]            sum_3;
  logic [Copies-1:0][1:0] tags_3;

  always_ff @(posedge clk) begin
    valid_3 <= valid_2 && !rst;
    body_3 <= 'x;
    macs_3 <= 'x;
    if (valid_2) begin
      for (int i = 0; i < int'(BodyBytes); i++) begin
        body_3[8*i+:8] <= arp[8*(int'(BodyBytes)-1-i)+:8];
        if (ipv6_2[i*int'(Copies)/int'(BodyBytes)])
          body_3[8*i+:8] <= discovery[8*(int'(BodyBytes)-1-i)+:8];
      end
      macs_3 <= {destination_mac_2, mac_2};
    end
    tag_bytes_3 <= tag_bytes_2;
    ipv6_3 <= ipv6_2[0];
    sum_3 <= {1'b0, pair[0]} + {1'b0, pair[1]};
  end

  for (genvar c = 0; c < int'(Copies); c++) begin : gen_tags
    (* keep = "true", dont_touch = "true" *) logic [1:0] tags_q;
    always_ff @(posedge clk) tags_q <= tags_2;
    assign tags_3[c] = tags_q;
  end

  // ------------------------------------------------------------------------ clock 4: tags, checksum
  localparam int unsigned FrameBytes = 64 + SecondBytes;

  logic [15:0]             checksum;
  logic [8*BodyBytes-1:0]  summed;
  logic [8*FrameBytes-1:0] frame;

  assign checksum = ~(sum_3[15:0] + 16'(sum_3[16]));

  always_comb begin
    summed = 'x;
    frame = 'x;
    if (valid_3) begin
      summed = body_3;
      if (ipv6_3) summed[8*SumAt+:16] = {checksum[7:0], checksum[15:8]};

      for (int i = 0; i < 12; i++) frame[8*i+:8] = macs_3[8*(11-i)+:8];
      for (int i = 12; i < int'(FrameBytes); i++) begin
        automatic logic [1:0] tags = tags_3[i*int'(Copies)/int'(FrameBytes)];
        automatic int at = i - 12;
        frame[8*i+:8] = '0;
        if (tags == 2'd0 && at < int'(BodyBytes)) frame[8*i+:8] = summed[8*(at%int'(BodyBytes))+:8];
        if (tags == 2'd1 && at >= 4 && at - 4 < int'(BodyBytes))
          frame[8*i+:8] = summed[8*((at+int'(BodyBytes)-4)%int'(BodyBytes))+:8];
        if (tags[1] && at >= 8) frame[8*i+:8] = summed[8*((at-8)%int'(BodyBytes))+:8];
        if (tags != 2'd0 && at < 4) frame[8*i+:8] = tag_bytes_3[8*(7-at%8)+:8];
        if (tags[1] && at >= 4 && at < 8) frame[8*i+:8] = tag_bytes_3[8*(7-at%8)+:8];
      end
    end
  end

  // The second beat is next; a copy for its data.
  (* keep = "true", dont_touch = "true" *) logic more_q;
  (* keep = "true", dont_touch = "true" *) logic more_copy_q;
  logic [8*SecondBytes-1:0] second_data_q;
  logic [5:0]               second_empty_q;

  always_ff @(posedge clk) begin
    out_valid <= (valid_3 || more_q) && !rst;
    more_q <= valid_3 && ipv6_3 && !rst;
    more_copy_q <= valid_3 && ipv6_3 && !rst;
    out_last <= more_q || !ipv6_3;
    out_data <= 'x;
    second_data_q <= 'x;
    if (valid_3) begin
      out_data <= frame[511:0];
      second_data_q <= frame[8*FrameBytes-1:512];
    end
    if (more_copy_q) out_data[8*SecondBytes-1:0] <= second_data_q;
    if (more_q) out_empty <= second_empty_q;
    else out_empty <= !ipv6_3 && tags_3[0] == 2'd0 ? 6'd4 : 6'd0;
    second_empty_q <= 6'd42 - {2'b0, tags_3[0], 2'b0};
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk) if (!rst) a_second: assert (!(valid_3 && more_q));
`endif

endmodule

`default_nettype wire
