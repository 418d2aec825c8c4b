`default_nettype none

// Keeps the lowest set bit. Combinational; groups of eight share what comes before them, which
// keeps it within four look-up-table levels up to 64 bits.
module first_one #(
  parameter int unsigned Width = 64
) (
  input  wire logic [Width-1:0] in,
  output logic [Width-1:0]      out
);

  localparam int unsigned Groups = (Width + 7) / 8;
  for (genvar g = 0; g < Groups; g++) begin : gen_group
    localparam int unsigned Low = 8 * g;
    localparam int unsigned High = Low + 8 < Width ? Low + 8 : Width;
    logic earlier;
    if (g == 0) begin : gen_first
      assign earlier = 1'b0;
    end else begin : gen_later
      assign earlier = |in[Low-1:0];
    end
    for (genvar i = Low; i < High; i++) begin : gen_bit
      if (i == Low) begin : gen_lowest
        assign out[i] = in[i] && !earlier;
      end else begin : gen_other
        assign out[i] = in[i] && !earlier && !(|in[i-1:Low]);
      end
    end
  end

endmodule

`default_nettype wire
