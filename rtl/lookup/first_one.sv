`default_nettype none

// Keeps the lowest set bit; means something with `valid`. Combinational; groups of eight share what
// comes before them, which keeps it within four look-up-table levels up to 64 bits.
module first_one #(
  parameter int unsigned Width = 64
) (
  input  wire logic             valid,
  input  wire logic [Width-1:0] in,
  output logic [Width-1:0]      out
);

  localparam int unsigned Groups = (Width + 7) / 8;

  // Bits that stand at least so far up in their group of eight.
  function automatic logic [Width-1:0] above(input int distance);
    for (int b = 0; b < int'(Width); b++) above[b] = b % 8 >= distance;
  endfunction

  // The group's bits, if they are wanted.
  function automatic logic [Width-1:0] group_of(input int group, input logic wanted);
    for (int b = 0; b < int'(Width); b++) group_of[b] = b / 8 == group && wanted;
  endfunction

  // Bits of the groups before.
  function automatic logic [Width-1:0] below(input int group);
    for (int b = 0; b < int'(Width); b++) below[b] = b / 8 < group;
  endfunction

  logic [Width-1:0] lower;     // a lower bit of the group, or of one before it, is set

  always_comb begin
    lower = 'x;
    out = 'x;
    if (valid) begin
      lower = '0;
      for (int d = 1; d < 8; d++) lower |= (in << d) & above(d);
      for (int g = 1; g < int'(Groups); g++) lower |= group_of(g, |(in & below(g)));
      out = in & ~lower;
    end
  end

endmodule

`default_nettype wire
