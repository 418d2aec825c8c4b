`default_nettype none

// Tells whether a table has the entry, and whether the table can be written. Combinational. The numbers and
// indices are those of the tables page; the host is the port with number Ports.

module csr_table_range
  import hash_pkg::*;
#(
  parameter int unsigned Ports        = 8,
  parameter int unsigned Services     = 64,
  parameter int unsigned Servers      = 1024,
  parameter int unsigned Routers      = 64,
  parameter int unsigned FdbSetsLog2  = 11,
  parameter int unsigned LogicalPorts = 64,
  parameter int unsigned Vips         = 64,
  parameter int unsigned FlowsLog2    = 16
) (
  input  wire logic [7:0]  number,
  input  wire logic [23:0] index,
  output logic             exists,
  output logic             writable
);

  localparam logic [23:0] FirstRouter = 24'd1024;
  localparam logic [23:0] StationSlots = 24'(4 * 2 ** StationSetsLog2);
  localparam logic [23:0] AddressSlots = 24'(4 * 2 ** AddressSetsLog2);
  localparam logic [23:0] FdbEntries = 24'd4 << FdbSetsLog2;
  localparam logic [23:0] Clusters = 24'd64;
  localparam logic [23:0] Flows = 24'd1 << FlowsLog2;
  localparam logic [23:0] FlowCounters = 24'd8;
  localparam logic [23:0] HostCounters = 24'd32;
  localparam logic [23:0] MemberCounters = 24'(Ports) << 12;
  localparam logic [23:0] DropCounters = 24'(Ports + 1) << 5;

  always_comb begin
    case (number)
      8'd1: exists = index < 24'(Services);
      8'd2: exists = index < 24'(Servers) ||
                     (index >= FirstRouter && index < FirstRouter + 24'(Routers));
      8'd3: exists = index < 24'(Routers);
      8'd4: exists = index < StationSlots;
      8'd5: exists = index < AddressSlots;
      8'd6: exists = index < FdbEntries;
      8'd7: exists = index < MemberCounters;
      8'd8: exists = index < DropCounters;
      8'd9, 8'd10: exists = index <= 24'(Ports);
      8'd11: exists = index < 24'(LogicalPorts);
      8'd12, 8'd13: exists = index < 24'(Vips);
      8'd14: exists = index < 24'(Servers);
      8'd15: exists = index < Clusters;
      8'd16: exists = index < Flows;
      8'd17: exists = index < FlowCounters;
      8'd18: exists = index < 24'(Servers);
      8'd19: exists = index < HostCounters;
      default: exists = 1'b0;
    endcase
  end

  always_comb begin
    case (number)
      8'd6, 8'd7, 8'd8, 8'd9, 8'd10, 8'd17, 8'd18, 8'd19: writable = 1'b0;
      default: writable = 1'b1;
    endcase
  end

endmodule

`default_nettype wire
