`default_nettype none

// Finds the service of a key: the lowest-numbered entry that matches, and whether the address is
// any service's.
//
// One key a clock in clock 0, the result in clock 4. A write acts on keys of the clock after the
// next and travels with them: what is compared changes three clocks before what comes of a match,
// so that a key sees one entry or the other, never a mixture.
module service_match
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Services = 64
) (
  input  wire logic            clk,
  input  wire logic            rst,
  input  wire logic            write_valid,
  input  wire logic [index_width(Services)-1:0] write_index,
  input  wire service_match_t  write_match,
  input  wire service_result_t write_result,
  input  wire logic            valid,              // of the key
  input  wire key_t            key,
  output logic                 hit,
  output service_result_t      result,
  output logic                 address_hit,
  output logic                 no_service_to_host  // of its lowest entry
);

  localparam int unsigned Chunks = 8;
  localparam int unsigned IndexW = index_width(Services);

  // A write chooses its entry a clock before it acts.
  service_match_t            write_match_q;
  logic [3:0]                writes_q;          // .. any
  logic [3:0][Services-1:0]  write_q;
  service_result_t [3:0]     write_result_q;

  always_ff @(posedge clk) begin
    writes_q <= rst ? '0 : {writes_q[2:0], write_valid};
    write_q[0] <= '0;
    if (write_valid)
      for (int s = 0; s < int'(Services); s++) write_q[0][s] <= write_index == IndexW'(s);
    write_match_q <= write_match;
    write_q[3:1] <= write_q[2:0];
    write_result_q <= {write_result_q[2:0], write_result};
    if (rst) write_q <= '0;
  end

  logic [Services-1:0]     address_2, match_2;
  service_match_t          entry_q [Services];
  service_result_t         result_of [Services];

  always_ff @(posedge clk) begin
    if (writes_q[0])
      for (int s = 0; s < int'(Services); s++) if (write_q[0][s]) entry_q[s] <= write_match_q;
    if (rst) for (int s = 0; s < int'(Services); s++) entry_q[s].valid <= 1'b0;
    if (writes_q[3])
      for (int s = 0; s < int'(Services); s++)
        if (write_q[3][s]) result_of[s] <= write_result_q[3];
  end

  logic                            valid_1, valid_2, valid_3;
  logic [Services-1:0][Chunks-1:0] equal_1;
  logic [Services-1:0]             family_1, protocol_1, above_1, below_1, vlan_1;

  always_ff @(posedge clk) begin
    valid_1 <= valid && !rst;
    valid_2 <= valid_1 && !rst;
    valid_3 <= valid_2 && !rst;
  end

  always_ff @(posedge clk) begin
    equal_1 <= 'x;
    family_1 <= 'x;
    protocol_1 <= 'x;
    above_1 <= 'x;
    below_1 <= 'x;
    vlan_1 <= 'x;
    if (valid)
      for (int s = 0; s < int'(Services); s++) begin
        for (int c = 0; c < int'(Chunks); c++)
          equal_1[s][c] <= key.destination_ip[16*c+:16] == entry_q[s].address[16*c+:16];
        family_1[s] <= entry_q[s].valid && key.ip && key.ipv6 == entry_q[s].ipv6;
        protocol_1[s] <= entry_q[s].any_protocol || !key.protocol_known ||
                         key.protocol == entry_q[s].protocol;
        above_1[s] <= !key.ports_known || entry_q[s].any_port ||
                      key.l4[15:0] >= entry_q[s].port_low;
        below_1[s] <= !key.ports_known || entry_q[s].any_port ||
                      key.l4[15:0] <= entry_q[s].port_high;
        vlan_1[s] <= entry_q[s].any_vlan || (key.has_tag && key.vlan == entry_q[s].vlan);
      end
    address_2 <= 'x;
    match_2 <= 'x;
    if (valid_1)
      for (int s = 0; s < int'(Services); s++) begin
        address_2[s] <= &equal_1[s] && family_1[s];
        match_2[s] <= &equal_1[s] && family_1[s] && protocol_1[s] && above_1[s] && below_1[s] &&
                      vlan_1[s];
      end
  end

  logic [Services-1:0] lowest_address, lowest_match, lowest_address_3, lowest_match_3;
  first_one #(.Width(Services)) u_first_address (
    .valid(valid_2), .in(address_2), .out(lowest_address)
  );
  first_one #(.Width(Services)) u_first_match (
    .valid(valid_2), .in(match_2), .out(lowest_match)
  );

  service_result_t chosen;
  logic            to_host;
  always_comb begin
    chosen = 'x;
    to_host = 'x;
    if (valid_3) begin
      chosen = '0;
      to_host = 1'b0;
      for (int s = 0; s < int'(Services); s++) begin
        if (lowest_match_3[s]) chosen |= result_of[s];
        if (lowest_address_3[s]) to_host |= result_of[s].no_service_to_host;
      end
    end
  end

  always_ff @(posedge clk) begin
    lowest_address_3 <= lowest_address;
    lowest_match_3 <= lowest_match;
    hit <= |lowest_match_3;
    result <= chosen;
    address_hit <= |lowest_address_3;
    no_service_to_host <= to_host;
  end

endmodule

`default_nettype wire
