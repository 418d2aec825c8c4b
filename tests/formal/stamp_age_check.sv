// Properties of stamp_age behind a queue that may stand still for ever: the age it tells is never less
// than the true one, and is the true one for some slices after the queue was empty.
`default_nettype none

module stamp_age_check (
    input wire clk,
    input wire rst,
    input wire push,
    input wire pop
);
  localparam int unsigned StampBits = 4;
  localparam int unsigned AgeBits = 2;
  localparam logic [AgeBits-1:0] Most = '1;

  // A queue of two places. Of a true age the highest bit stays: a round or more.
  logic [StampBits-1:0] now;
  logic [1:0] count;
  logic [1:0][StampBits:0] ages;
  logic [2:0] empty;  // clocks in which nothing was there, up to 7: a slice is among them
  logic [2:0] moved;  // clocks since there were so many, up to 7
  logic valid;
  logic taken;
  logic [AgeBits-1:0] age;
  logic [AgeBits-1:0] true_age;

  function automatic logic [StampBits:0] older(input logic [StampBits:0] clocks);
    older = clocks + 1'b1;
    older[StampBits] |= clocks[StampBits];
  endfunction

  stamp_age #(
      .StampBits(StampBits),
      .AgeBits(AgeBits),
      .PlacesLog2(1),
      .GapLog2(1)
  ) u_age (
      .clk,
      .rst,
      .now,
      .valid,
      .taken,
      .stamp(now - ages[0][StampBits-1:0]),
      .age
  );

  assign valid = count != '0;
  assign taken = valid && pop;
  assign true_age = ages[0] >= (StampBits + 1)'(Most) ? Most : ages[0][AgeBits-1:0];

  logic started = 1'b0;
  always_ff @(posedge clk) started <= 1'b1;
  first_clock_resets: assume property (@(posedge clk) rst == !started);

  logic enters;
  logic [1:0] left;

  assign enters = push && (count != 2'd2 || taken);
  assign left = count - 2'(taken);

  always_ff @(posedge clk) begin
    now <= now + 1'b1;
    ages[0] <= older(taken ? ages[1] : ages[0]);
    ages[1] <= older(ages[1]);
    if (enters) ages[left[0]] <= (StampBits + 1)'(1);
    count <= left + 2'(enters);
    if (valid) empty <= '0;
    else if (empty != '1) empty <= empty + 1'b1;
    if (empty == '1) moved <= '0;
    else if (moved != '1) moved <= moved + 1'b1;
    if (rst) begin
      now <= '0;
      count <= '0;
      empty <= '0;
      moved <= '0;
    end
  end

  never_younger: assert property (@(posedge clk) disable iff (rst) !valid || age >= true_age);
  right: assert property (@(posedge clk) disable iff (rst)
                          !valid || moved == '1 || age == true_age);

  comes_round: cover property (@(posedge clk) !rst && valid && ages[0][StampBits] &&
                               u_age.since == '0 && age == '1);
  right_again: cover property (@(posedge clk) !rst && valid && u_age.full_q == '1 &&
                               age == AgeBits'(1));
endmodule

`default_nettype wire
