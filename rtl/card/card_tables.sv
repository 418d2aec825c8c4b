`default_nettype none

// What software writes into the card, dealt out to those who look it up: the table bus with the
// copies that are read back, the logical ports and the members.
//
// An access to a table, as the register block makes it (`bus_*`, see table_bus), becomes one clock of
// `table_write` or `table_read` with `table_access`, for everyone; a read is answered by the table
// that has it, here or outside (`other_*`: valid and data alone, one for each source).
// `logical_write` is a write of the logical port table, a clock later and in its fields.
// `member_write` writes an entry of every copy of the member table. The table is kept true to the
// links, which writes entries too: `usable`, `sweep_busy` and `member_lost` as in member_table.
module card_tables
  import frame_pkg::*;
  import hash_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Services = 64,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned Others = 12      // sources outside
) (
  input  wire logic                     clk,
  input  wire logic                     rst,
  input  wire logic [Ports-1:0]         link_up,
  input  wire logic                     bus_valid,
  output logic                          bus_ready,
  input  wire logic                     bus_write,
  input  wire table_access_t            bus_access,
  output logic                          bus_rvalid,
  output logic [255:0]                  bus_rdata,
  // To everyone.
  output logic                          table_write,
  output logic                          table_read,
  output table_access_t                 table_access,
  output logical_write_t                logical_write,
  output logic [Ports-1:0]              usable,
  output logic                          member_write,
  output member_t                       member_index,
  output member_entry_t                 member_entry,
  output logic                          member_lost,
  output logic                          sweep_busy,
  // Answers from outside.
  input  wire logic [Others-1:0]        other_valid,
  input  wire logic [Others-1:0][255:0] other_data,
  output logic                          fdb_read_valid,
  input  wire logic                     fdb_read_ready,
  input  wire logic                     fdb_read_rvalid,
  input  wire fdb_entry_t               fdb_read_entry
);

  localparam int unsigned Stores = 9;
  localparam int unsigned Sources = Stores + Others;

  logic [Sources-1:0]        source_valid;
  logic [Sources-1:0][255:0] source_data;
  logic                      member_rvalid;
  member_entry_t             member_staged, member_read_entry;

  assign source_valid[Sources-1:Stores] = other_valid;
  assign source_data[Sources-1:Stores] = other_data;

  table_bus #(.Sources(Sources)) u_table_bus (
    .clk, .rst, .bus_valid, .bus_ready, .bus_write, .bus_access, .bus_rvalid, .bus_rdata,
    .write(table_write), .read(table_read), .access(table_access), .source_valid, .source_data,
    .fdb_valid(fdb_read_valid), .fdb_ready(fdb_read_ready), .fdb_rvalid(fdb_read_rvalid),
    .fdb_entry(fdb_read_entry), .member_rvalid, .member_entry(member_read_entry)
  );

  table_store #(.Number(TableService), .Depth(Services), .Width(256), .Style("distributed"))
  u_services (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[0]), .read_data(source_data[0])
  );
  table_store #(.Number(TablePool), .Depth(Routers), .Width(64), .Style("distributed")) u_pools (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[1]), .read_data(source_data[1])
  );
  table_store #(.Number(TableStation), .Depth(4 * 2 ** StationSetsLog2), .Width(96)) u_stations (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[2]), .read_data(source_data[2])
  );
  table_store #(.Number(TableAddress), .Depth(4 * 2 ** AddressSetsLog2), .Width(160)) u_addresses (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[3]), .read_data(source_data[3])
  );
  table_store #(
    .Number(TableLogicalPort), .Depth(LogicalPorts), .Width(192), .Style("distributed")
  ) u_logical_ports (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[4]), .read_data(source_data[4])
  );
  table_store #(.Number(TableVip), .Depth(Vips), .Width(224), .Style("distributed")) u_vips (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[5]), .read_data(source_data[5])
  );
  table_store #(.Number(TableVipPorts), .Depth(Vips), .Width(128), .Style("distributed"))
  u_vip_ports (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[6]), .read_data(source_data[6])
  );
  table_store #(.Number(TableServerVips), .Depth(Servers), .Width(Vips)) u_server_vips (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[7]), .read_data(source_data[7])
  );
  // For the register block to read: the flow tables have copies of their own.
  table_store #(.Number(TableCluster), .Depth(64), .Width(128), .Style("distributed")) u_clusters (
    .clk, .rst, .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[8]), .read_data(source_data[8])
  );

  // Not the same register as other copies of the index.
  (* keep = "true", dont_touch = "true" *) logical_write_t logical_write_q;
  assign logical_write = logical_write_q;

  always_ff @(posedge clk) begin
    logical_write_q.write <= table_write && table_access.number == TableLogicalPort && !rst;
    logical_write_q.index <= table_access.index[$bits(logical_t)-1:0];
    logical_write_q.entry <= '{
      valid: table_access.data[0], untagged: table_access.data[1], own_tag: table_access.data[2],
      server: table_access.data[4], announce: table_access.data[5],
      port: table_access.data[8+:PortW], first_vlan: table_access.data[32+:12],
      last_vlan: table_access.data[48+:12], domain: table_access.data[64+:12],
      flood: table_access.data[128+:LogicalPorts]};
  end

  assign member_staged = '{
    weight: table_access.data[32+24+:8], up_on_link: table_access.data[32+23],
    draining: table_access.data[32+22], up: table_access.data[32+21],
    valid: table_access.data[32+20], port: table_access.data[32+16+:PortW],
    own_tag: table_access.data[64+8], logical: table_access.data[64+:6],
    mac: table_access.data[47:0]};

  member_table #(.Ports(Ports), .Servers(Servers), .Routers(Routers)) u_members (
    .clk, .rst, .link_up, .usable, .sweep_busy,
    .write_valid(table_write && table_access.number == TableMember),
    .write_index(table_access.index[MemberW-1:0]), .write_entry(member_staged),
    .read_valid(table_read && table_access.number == TableMember),
    .read_index(table_access.index[MemberW-1:0]), .read_rvalid(member_rvalid),
    .read_entry(member_read_entry), .copy_valid(member_write), .copy_index(member_index),
    .copy_entry(member_entry), .lost(member_lost)
  );

endmodule

`default_nettype wire
