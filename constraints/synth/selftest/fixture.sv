// Hardware of which every figure of the report is known beforehand.
`default_nettype none

module leaf (
    input  wire         clk,
    input  wire         enable,
    input  wire [15:0]  bits,
    input  wire [8:0]   address,
    input  wire [35:0]  word,
    output logic        all_q,
    output logic [35:0] wide_q,
    output logic [35:0] narrow_q
);
  (* ram_style = "block" *) logic [35:0] wide[512];
  (* ram_style = "distributed" *) logic [35:0] narrow[32];
  logic [15:0] bits_q;

  // 16 bits into one are two levels of six-input LUTs, the enable being a pin of its own.
  always_ff @(posedge clk) begin
    bits_q <= bits;
    if (enable) all_q <= &bits_q;
  end

  always_ff @(posedge clk) begin
    if (enable) begin
      wide[address] <= word;
      narrow[address[4:0]] <= word;
    end
    wide_q <= wide[address];
    narrow_q <= narrow[address[4:0]];
  end
endmodule

module fixture #(
    parameter int unsigned Ports = 2
) (
    input  wire                    clk,
    input  wire                    other_clk,
    input  wire                    enable,
    input  wire [Ports-1:0][15:0]  bits,
    input  wire [8:0]              address,
    input  wire [35:0]             word,
    output logic [Ports-1:0]       all_q,
    output logic [Ports-1:0][35:0] wide_q,
    output logic [Ports-1:0][35:0] narrow_q,
    output logic                   crossed_q,
    output logic                   held
);
  // Replicas: one flip-flop each, though they hold the same.
  (* keep *) logic [Ports-1:0] enable_q;

  for (genvar p = 0; p < Ports; p++) begin : gen_leaf
    always_ff @(posedge clk) enable_q[p] <= enable;

    leaf u_leaf (
        .clk,
        .enable(enable_q[p]),
        .bits(bits[p]),
        .address,
        .word,
        .all_q(all_q[p]),
        .wide_q(wide_q[p]),
        .narrow_q(narrow_q[p])
    );
  end

  always_ff @(posedge other_clk) crossed_q <= &{all_q, enable_q};

  always_latch if (enable) held = word[0];
endmodule

`default_nettype wire
