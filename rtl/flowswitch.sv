`default_nettype none

// The card: network ports, a host port, an AXI4-Lite register block. docs/src/card/interfaces.md
// has the promise of every port.
//
// Line cards, fabric and counters run on `path_clk`, everything else of the core on `clk`. The two
// are one clock; but edges of `path_clk` may be left out where `path_awake` is low before them.
//
// A frame's way: line card -> (key) -> look-up engine -> (verdict) -> line card -> fabric ->
// egress. `rx` never waits, whole frames are dropped and counted instead. First beat in to first
// beat out of an uncontended frame of n beats: 24 + n - 1 clocks.
module flowswitch
  import flowswitch_pkg::*;
#(
  parameter int unsigned Ports = 8,          // 2 to 8
  parameter int unsigned Engines = 1,        // 1 (Fig. 5E) or Ports (Fig. 5F)
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11,
  parameter int unsigned FlowsLog2 = 16,     // entries of the flow table, 12 to 22
  parameter int unsigned QueueBeats = 512,
  parameter int unsigned ClockKhz = 322266,  // core clock, shown in a register
  // Memories: "ultra" or "block".
  parameter string BucketStyle = "ultra",
  parameter string FlowStyle = "ultra",
  parameter string MemberStyle = "block"     // counters of members
) (
  input  wire logic                          clk,
  input  wire logic                          path_clk,   // `clk`, or its edges with `path_awake`
  output logic                               path_awake,
  input  wire logic                          rst,
  input  wire logic [63:0]                   time_ns,
  input  wire logic [Ports-1:0]              link_up,

  input  wire logic [Ports-1:0]              rx_valid,
  input  wire logic [Ports-1:0][511:0]       rx_data,
  input  wire logic [Ports-1:0][5:0]         rx_empty,
  input  wire logic [Ports-1:0]              rx_last,
  input  wire logic [Ports-1:0]              rx_err,

  output logic [Ports-1:0]                   tx_valid,
  input  wire logic [Ports-1:0]              tx_ready,
  output logic [Ports-1:0][511:0]            tx_data,
  output logic [Ports-1:0][5:0]              tx_empty,
  output logic [Ports-1:0]                   tx_last,
  output logic [Ports-1:0]                   tx_err,
  output logic [Ports-1:0][3:0]              tx_source,
  output logic [Ports-1:0][31:0]             tx_stamp,

  input  wire logic                          host_tx_valid,
  input  wire logic [511:0]                  host_tx_data,
  input  wire logic [5:0]                    host_tx_empty,
  input  wire logic                          host_tx_last,
  input  wire logic                          host_tx_err,
  input  wire logic [3:0]                    host_tx_port,

  output logic                               host_rx_valid,
  input  wire logic                          host_rx_ready,
  output logic [511:0]                       host_rx_data,
  output logic [5:0]                         host_rx_empty,
  output logic                               host_rx_last,
  output logic                               host_rx_err,
  output logic [3:0]                         host_rx_source,
  output logic [31:0]                        host_rx_stamp,
  output logic [3:0]                         host_rx_reason,

  input  wire logic                          host_rings,
  input  wire logic                          host_rst,
  input  wire logic                          host_flr,
  output logic                               host_busy,
  output logic                               m_axi_awvalid,
  input  wire logic                          m_axi_awready,
  output logic [1:0]                         m_axi_awid,
  output logic [63:0]                        m_axi_awaddr,
  output logic [7:0]                         m_axi_awlen,
  output logic                               m_axi_wvalid,
  input  wire logic                          m_axi_wready,
  output logic [511:0]                       m_axi_wdata,
  output logic [63:0]                        m_axi_wstrb,
  output logic                               m_axi_wlast,
  input  wire logic                          m_axi_bvalid,
  output logic                               m_axi_bready,
  input  wire logic [1:0]                    m_axi_bid,
  input  wire logic [1:0]                    m_axi_bresp,
  output logic                               m_axi_arvalid,
  input  wire logic                          m_axi_arready,
  output logic [1:0]                         m_axi_arid,
  output logic [63:0]                        m_axi_araddr,
  output logic [7:0]                         m_axi_arlen,
  input  wire logic                          m_axi_rvalid,
  output logic                               m_axi_rready,
  input  wire logic [1:0]                    m_axi_rid,
  input  wire logic [511:0]                  m_axi_rdata,
  input  wire logic [1:0]                    m_axi_rresp,
  input  wire logic                          m_axi_rlast,
  output logic [2:0]                         interrupt_request,
  input  wire logic [2:0]                    interrupt_acknowledge,

  input  wire logic                          csr_clk,
  input  wire logic                          csr_rst,
  input  wire logic                          s_axil_awvalid,
  output logic                               s_axil_awready,
  input  wire logic [19:0]                   s_axil_awaddr,
  input  wire logic [2:0]                    s_axil_awprot,
  input  wire logic                          s_axil_wvalid,
  output logic                               s_axil_wready,
  input  wire logic [31:0]                   s_axil_wdata,
  input  wire logic [3:0]                    s_axil_wstrb,
  output logic                               s_axil_bvalid,
  input  wire logic                          s_axil_bready,
  output logic [1:0]                         s_axil_bresp,
  input  wire logic                          s_axil_arvalid,
  output logic                               s_axil_arready,
  input  wire logic [19:0]                   s_axil_araddr,
  input  wire logic [2:0]                    s_axil_arprot,
  output logic                               s_axil_rvalid,
  input  wire logic                          s_axil_rready,
  output logic [31:0]                        s_axil_rdata,
  output logic [1:0]                         s_axil_rresp,

  output logic [Engines-1:0]                 verdict_valid,
  output logic [Engines-1:0][3:0]            verdict_port,
  output logic [Engines-1:0][4:0]            verdict_row,
  output logic [Engines-1:0][4:0]            verdict_reason,
  output logic [Engines-1:0][Ports:0]        verdict_egress,
  output logic [Engines-1:0][3:0]            verdict_flow,
  output logic [Engines-1:0][31:0]           verdict_stamp,
  output logic                               learn_valid,
  output logic [5:0]                         learn_logical,
  output logic [12:0]                        learn_domain,
  output logic [47:0]                        learn_mac
);

  localparam int unsigned Outputs = Ports + 1;       // the host is the last one
  localparam int unsigned QueueKeys = 16;
  // Whatever is on its way in a line card moves on, or waits for something that comes, in fewer
  // clocks.
  localparam int unsigned PathQuietClocks = 4 * QueueBeats > 2048 ? 4 * QueueBeats : 2048;

  parameter_check #(
    .Ports(Ports), .Engines(Engines), .Services(Services), .BucketsLog2(BucketsLog2),
    .Servers(Servers), .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
    .QueueBeats(QueueBeats), .ClockKhz(ClockKhz), .BucketStyle(BucketStyle),
    .FlowStyle(FlowStyle), .MemberStyle(MemberStyle)
  ) u_parameters ();

  function automatic logic [Outputs-1:0][Outputs-1:0] all_but_host_to_host();
    all_but_host_to_host = '1;
    all_but_host_to_host[Ports][Ports] = 1'b0;
  endfunction

  // ----------------------------------------------------------------------------------------- reset
  // Of its own, so that nothing combinational hangs on the pin: the card is in reset for one clock
  // longer than `rst`, and from the first clock on.
  logic rst_q;
  initial rst_q = 1'b1;
  always @(posedge clk) rst_q <= rst;

  // ------------------------------------------------------------------------------------------ time
  logic [31:0] clock_count;
  logic [15:0] tick, oldest;
  settings_t   settings;

  always_ff @(posedge clk) begin
    clock_count <= rst ? '0 : clock_count + 32'd1;
    tick <= time_ns[45:30];
    oldest <= tick - {1'b0, settings.fdb_age};
  end

  // ------------------------------------------------------------------------------------- registers
  logic [Ports-1:0]            usable;
  logic                        sweep_busy;
  logic [Ports-1:0]            bpdu_to_host;
  logic                        bus_valid, bus_ready, bus_write, bus_rvalid;
  table_access_t               bus_access;
  logic [255:0]                bus_rdata;
  logic                        bucket_write_valid, bucket_read_valid;
  logic [BucketsLog2-1:0]      bucket_write_index, bucket_read_index;
  logic [31:0]                 bucket_write_data;
  logic                        bucket_write_valid_q;
  logic [BucketsLog2-1:0]      bucket_write_index_q;
  logic [31:0]                 bucket_write_data_q;
  logic [Engines-1:0]          bucket_read_ready, bucket_read_rvalid;
  logic [Engines-1:0][31:0]    bucket_read_rdata;
  logic                        seed_write;
  logic [127:0]                seed;
  logic                        flows_ready, flow_pressure;
  logic                        flow_forget, learned_flush, flow_empty;
  logic                        flows_clear;         // the keeper has emptied the table
  logic                        rings_q;             // the host's frames pass by rings
  logic                        host_bus_valid, host_bus_write, host_bus_rvalid, host_bus_rerror;
  logic [11:0]                 host_bus_address;
  logic [31:0]                 host_bus_wdata, host_bus_rdata;

  always_ff @(posedge clk) rings_q <= host_rings;

  always_comb begin
    settings.bpdu_to_host = '0;
    for (int p = 0; p < int'(Ports); p++) settings.bpdu_to_host[p] = bpdu_to_host[p];
  end

  csr_block #(
    .Ports(Ports), .Engines(Engines), .Services(Services), .BucketsLog2(BucketsLog2),
    .Servers(Servers), .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
    .QueueBeats(QueueBeats)
  ) u_csr (
    .csr_clk, .csr_rst, .s_axil_awvalid, .s_axil_awready, .s_axil_awaddr, .s_axil_awprot,
    .s_axil_wvalid, .s_axil_wready, .s_axil_wdata, .s_axil_wstrb, .s_axil_bvalid, .s_axil_bready,
    .s_axil_bresp, .s_axil_arvalid, .s_axil_arready, .s_axil_araddr, .s_axil_arprot,
    .s_axil_rvalid, .s_axil_rready, .s_axil_rdata, .s_axil_rresp,
    .clk, .rst(rst_q), .link_up, .member_sweep_busy(sweep_busy), .bpdu_to_host,
    .drop_unknown(settings.drop_unknown), .fdb_age(settings.fdb_age), .announce(settings.announce),
    .client_bits4(settings.client_bits4), .client_bits6(settings.client_bits6), .seed_write, .seed,
    .flow_ready(flows_ready), .flow_pressure, .host_rings(rings_q), .flow_forget, .learned_flush,
    .flow_empty, .flow_cleared(flows_clear), .host_valid(host_bus_valid),
    .host_write(host_bus_write), .host_address(host_bus_address), .host_wdata(host_bus_wdata),
    .host_rvalid(host_bus_rvalid), .host_rerror(host_bus_rerror), .host_rdata(host_bus_rdata),
    .table_valid(bus_valid), .table_ready(bus_ready), .table_write(bus_write),
    .table_number(bus_access.number), .table_index(bus_access.index),
    .table_wdata(bus_access.data), .table_rvalid(bus_rvalid), .table_rdata(bus_rdata),
    .table_error(1'b0), .bucket_write_valid, .bucket_write_ready(1'b1), .bucket_write_index,
    .bucket_write_data, .bucket_read_valid, .bucket_read_ready(bucket_read_ready[0]),
    .bucket_read_index, .bucket_read_rvalid(bucket_read_rvalid[0]),
    .bucket_read_rdata(bucket_read_rdata[0])
  );

  // A clock for the way to all copies of the pool.
  always_ff @(posedge clk) begin
    bucket_write_valid_q <= bucket_write_valid && !rst_q;
    bucket_write_index_q <= bucket_write_index;
    bucket_write_data_q <= bucket_write_data;
  end

  // ---------------------------------------------------------------------------------------- tables
  localparam int unsigned Stores = 9;
  localparam int unsigned FlowCounts = Stores + Outputs; // the flow table's sources
  localparam int unsigned FlowEntries = FlowCounts + 1;
  localparam int unsigned HostCounters = FlowEntries + 1;
  localparam int unsigned Sources = HostCounters + 1;

  logic                      table_write, table_read;
  table_access_t             table_access;
  logic [Sources-1:0]        source_valid;
  logic [Sources-1:0][255:0] source_data;
  logic [Engines-1:0]        fdb_read_ready, fdb_read_hold, fdb_read_rvalid;
  fdb_entry_t                fdb_read_entry [Engines];
  logic                      fdb_read_valid;
  logic                      member_rvalid;
  member_entry_t             member_read_entry;

  table_bus #(.Sources(Sources)) u_table_bus (
    .clk, .rst(rst_q), .bus_valid, .bus_ready, .bus_write, .bus_access, .bus_rvalid, .bus_rdata,
    .write(table_write), .read(table_read), .access(table_access), .source_valid, .source_data,
    .fdb_valid(fdb_read_valid), .fdb_ready(fdb_read_ready[0]), .fdb_rvalid(fdb_read_rvalid[0]),
    .fdb_entry(fdb_read_entry[0]), .member_rvalid, .member_entry(member_read_entry)
  );

  table_store #(.Number(TableService), .Depth(Services), .Width(256), .Style("distributed"))
  u_services (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[0]), .read_data(source_data[0])
  );
  table_store #(.Number(TablePool), .Depth(Routers), .Width(64), .Style("distributed")) u_pools (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[1]), .read_data(source_data[1])
  );
  table_store #(.Number(TableStation), .Depth(4 * 2 ** StationSetsLog2), .Width(96)) u_stations (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[2]), .read_data(source_data[2])
  );
  table_store #(.Number(TableAddress), .Depth(4 * 2 ** AddressSetsLog2), .Width(160)) u_addresses (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[3]), .read_data(source_data[3])
  );
  table_store #(
    .Number(TableLogicalPort), .Depth(LogicalPorts), .Width(192), .Style("distributed")
  ) u_logical_ports (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[4]), .read_data(source_data[4])
  );
  table_store #(.Number(TableVip), .Depth(Vips), .Width(224), .Style("distributed")) u_vips (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[5]), .read_data(source_data[5])
  );
  table_store #(.Number(TableVipPorts), .Depth(Vips), .Width(128), .Style("distributed"))
  u_vip_ports (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[6]), .read_data(source_data[6])
  );
  table_store #(.Number(TableServerVips), .Depth(Servers), .Width(Vips)) u_server_vips (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[7]), .read_data(source_data[7])
  );
  // For the register block to read: the flow tables have copies of their own.
  table_store #(.Number(TableCluster), .Depth(64), .Width(128), .Style("distributed")) u_clusters (
    .clk, .rst(rst_q), .write(table_write), .read(table_read), .access(table_access),
    .read_valid(source_valid[8]), .read_data(source_data[8])
  );

  // The logical port table goes to where frames are read, steered and sent.
  logical_write_t logical_write;
  always_ff @(posedge clk) begin
    logical_write.write <= table_write && table_access.number == TableLogicalPort && !rst_q;
    logical_write.index <= table_access.index[$bits(logical_t)-1:0];
    logical_write.entry <= '{
      valid: table_access.data[0], untagged: table_access.data[1], own_tag: table_access.data[2],
      server: table_access.data[4], announce: table_access.data[5],
      port: table_access.data[8+:PortW], first_vlan: table_access.data[32+:12],
      last_vlan: table_access.data[48+:12], domain: table_access.data[64+:12],
      flood: table_access.data[128+:LogicalPorts]};
  end

  logic          member_write;
  member_t       member_index;
  member_entry_t member_entry, member_staged;
  logic          member_lost;

  assign member_staged = '{
    weight: table_access.data[32+24+:8], up_on_link: table_access.data[32+23],
    draining: table_access.data[32+22], up: table_access.data[32+21],
    valid: table_access.data[32+20], port: table_access.data[32+16+:PortW],
    own_tag: table_access.data[64+8], logical: table_access.data[64+:6],
    mac: table_access.data[47:0]};

  member_table #(.Ports(Ports), .Servers(Servers), .Routers(Routers)) u_members (
    .clk, .rst(rst_q), .link_up, .usable, .sweep_busy,
    .write_valid(table_write && table_access.number == TableMember),
    .write_index(table_access.index[MemberW-1:0]), .write_entry(member_staged),
    .read_valid(table_read && table_access.number == TableMember),
    .read_index(table_access.index[MemberW-1:0]), .read_rvalid(member_rvalid),
    .read_entry(member_read_entry), .copy_valid(member_write), .copy_index(member_index),
    .copy_entry(member_entry), .lost(member_lost)
  );

  // ------------------------------------------------------------------------------------ line cards
  logic [Outputs-1:0]              in_valid;
  beat_t                           in_beat [Outputs];
  logic [Outputs-1:0][Outputs-1:0] in_mask, popped;
  exit_t [Outputs-1:0][Outputs-1:0] in_exit;
  logic [Outputs-1:0]              generated_valid;
  check_t                          check [Ports];
  logic [Ports-1:0]                check_pop;
  logic [Ports-1:0]                key_coming, key_pushed, key_valid, key_ready;
  key_t                            key [Ports];
  logic [Ports-1:0]                card_verdict_valid;
  verdict_t                        card_verdict [Ports];
  logic [Outputs-1:0]              received_valid, drop_valid, host_full;
  logic [Outputs-1:0][15:0]        received_bytes, member_bytes;
  logic [Outputs-1:0][4:0]         drop_reason;
  logic [Outputs-1:0][3:0]         drop_count, copies;
  logic [Outputs-1:0]              to_member_valid, from_member_valid;
  member_t [Outputs-1:0]           to_member, from_member;
  logic [Ports-1:0]                learning_skipped;

  for (genvar p = 0; p < Ports; p++) begin : gen_line_card
    // Only its own entries are valid to a line card.
    logical_write_t own_write;
    always_ff @(posedge clk) begin
      own_write <= logical_write;
      own_write.entry.valid <= logical_write.entry.valid &&
                               logical_write.entry.port == port_t'(p);
    end

    line_card #(.Outputs(Outputs), .QueueBeats(QueueBeats), .QueueKeys(QueueKeys)) u_line_card (
      .clk(path_clk), .rst(rst_q), .clock_count, .link_up(link_up[p]), .logical_write(own_write),
      .rx_valid(rx_valid[p]), .rx_data(rx_data[p]),
      .rx_empty(rx_empty[p]), .rx_last(rx_last[p]), .rx_err(rx_err[p]),
      .received_valid(received_valid[p]), .received_bytes(received_bytes[p]),
      .key_coming(key_coming[p]), .key_pushed(key_pushed[p]), .key_valid(key_valid[p]),
      .key_ready(key_ready[p]),
      .key(key[p]), .check(check[p]), .check_pop(check_pop[p]),
      .verdict_valid(card_verdict_valid[p]), .verdict(card_verdict[p]),
      .out_valid(in_valid[p]), .out_beat(in_beat[p]), .out_mask(in_mask[p]),
      .out_exit(in_exit[p]), .generated_valid(generated_valid[p]),
      .popped(popped[p]), .drop_valid(drop_valid[p]), .drop_reason(drop_reason[p]),
      .drop_count(drop_count[p]), .host_full(host_full[p]), .copies(copies[p]),
      .to_member_valid(to_member_valid[p]), .to_member(to_member[p]),
      .from_member_valid(from_member_valid[p]), .from_member(from_member[p]),
      .bytes(member_bytes[p])
    );
  end

  // Announcements join the host's frames.
  logic         announce_valid, announce_ready, announce_last;
  logic [511:0] announce_data;
  logic [5:0]   announce_empty;
  port_t        announce_port;

  announcer #(.Ports(Ports)) u_announcer (
    .clk, .rst(rst_q), .interval(settings.announce), .tick, .link_up, .logical_write, .table_write,
    .table_access, .out_valid(announce_valid), .out_ready(announce_ready),
    .out_data(announce_data), .out_empty(announce_empty), .out_last(announce_last),
    .out_port(announce_port)
  );

  // Frames of the host: the streams' or the rings'.
  logic                   rings_tx_valid, rings_tx_last, rings_tx_err;
  logic                   inject_valid, inject_last, inject_err;
  logic [511:0]           rings_tx_data, inject_data;
  logic [5:0]             rings_tx_empty, inject_empty;
  port_t                  rings_tx_port, inject_port;
  logic [Ports-1:0][15:0] tx_room, tx_committed;

  assign inject_valid = rings_q ? rings_tx_valid : host_tx_valid;
  // A copy of the choice for each 128 bits.
  for (genvar i = 0; i < 4; i++) begin : gen_inject
    (* keep = "true" *) logic rings_copy_q;
    always_ff @(posedge clk) rings_copy_q <= host_rings;
    assign inject_data[128*i+:128] = rings_copy_q ? rings_tx_data[128*i+:128]
                                                  : host_tx_data[128*i+:128];
  end
  assign inject_empty = rings_q ? rings_tx_empty : host_tx_empty;
  assign inject_last = rings_q ? rings_tx_last : host_tx_last;
  assign inject_err = rings_q ? rings_tx_err : host_tx_err;
  assign inject_port = rings_q ? rings_tx_port : host_tx_port;

  injector #(.Ports(Ports), .QueueBeats(QueueBeats)) u_injector (
    .clk, .rst(rst_q), .clock_count, .link_up, .in_valid(inject_valid), .in_data(inject_data),
    .in_empty(inject_empty), .in_last(inject_last), .in_err(inject_err),
    .in_port(inject_port), .tx_room, .tx_committed, .announce_valid, .announce_ready,
    .announce_data,
    .announce_empty, .announce_last, .announce_port, .received_valid(received_valid[Ports]),
    .received_bytes(received_bytes[Ports]), .out_valid(in_valid[Ports]),
    .out_beat(in_beat[Ports]), .out_mask(in_mask[Ports]), .out_exit(in_exit[Ports]),
    .popped(popped[Ports]), .drop_valid(drop_valid[Ports]), .drop_reason(drop_reason[Ports]),
    .drop_count(drop_count[Ports]), .generated_valid(generated_valid[Ports])
  );

  assign host_full[Ports] = 1'b0;
  assign copies[Ports] = '0;
  assign to_member_valid[Ports] = 1'b0;
  assign to_member[Ports] = '0;
  assign from_member_valid[Ports] = 1'b0;
  assign from_member[Ports] = '0;
  assign member_bytes[Ports] = '0;

  // --------------------------------------------------------------------------------------- engines
  logic [Engines-1:0] engine_key_valid, learn_confirm, engine_verdict_valid;
  port_t              engine_key_port [Engines];
  key_t               engine_key [Engines];
  learn_t             learn_confirmed [Engines];
  port_t              engine_check_port [Engines];
  check_t             engine_check [Engines];
  logic [Engines-1:0] engine_check_pop;
  port_t              engine_verdict_port [Engines];
  verdict_t           engine_verdict [Engines];
  logic [Engines-1:0][3:0] engine_verdict_flow;
  fdb_write_t         fdb_write;
  logic               station_moved;
  logic [Engines-1:0] dropped;             // the verdict on the monitor is a drop
  drop_e              drop [Engines];

  // ----------------------------------------------------------------------------------------- flows
  logic [Engines-1:0] seed_ready;
  flow_load_write_t   flow_load;
  flow_op_t           flow_op [Engines];
  flow_request_t      flow_request [Engines];
  flow_op_t           flow_next, flow_bus;
  logic [Engines-1:0][1:0] flow_read, flow_read_ready;
  flow_row_t          flow_read_row [2];
  flow_word_t [7:0]   flow_read_words [Engines][2];
  logic [Engines-1:0] orphan, fragment_overwritten;
  logic               flow_hold;           // the keeper wants a clock without a key
  logic               learn_hold;          // .. the learner without a request

  // The keyed hash is filled, but forgotten after the card was cleared.
  logic seed_held_q, flows_begin;

  always_ff @(posedge clk) begin
    if (seed_write) seed_held_q <= 1'b1;
    if (flow_forget || rst_q) seed_held_q <= 1'b0;
    flows_ready <= (&seed_ready) && seed_held_q && flows_clear && !rst_q;
  end

  assign flows_begin = seed_write || flow_empty;

  flow_counts #(
    .Servers(Servers), .FlowsLog2(FlowsLog2), .Engines(Engines)
  ) u_flow_counts (
    .clk, .rst(rst_q), .bus(flow_bus), .member_write, .member_index, .member_entry,
    .load_write(flow_load),
    .pressure(flow_pressure), .orphan, .overwritten(fragment_overwritten), .table_read,
    .table_access,
    .read_valid(source_valid[FlowCounts]), .read_data(source_data[FlowCounts])
  );

  if (Engines == 1) begin : gen_shared
    key_arbiter #(.Cards(Ports), .QueueKeys(QueueKeys)) u_arbiter (
      .clk, .rst(rst_q), .hold(flow_hold || learn_hold || fdb_read_hold[0]),
      .coming(key_coming), .pushed(key_pushed),
      .key_ready, .key,
      .out_valid(engine_key_valid[0]),
      .out_port(engine_key_port[0]), .out_key(engine_key[0])
    );
    always_ff @(posedge clk) if (!rst_q) a_granted: assert ((key_ready & ~key_valid) == '0);

    for (genvar p = 0; p < Ports; p++) begin : gen_verdict
      assign card_verdict_valid[p] =
        engine_verdict_valid[0] && engine_verdict_port[0] == port_t'(p);
      assign card_verdict[p] = engine_verdict[0];
      assign check_pop[p] = engine_check_pop[0] && engine_check_port[0] == port_t'(p);
    end

    always_comb begin
      engine_check[0] = '0;
      for (int p = 0; p < int'(Ports); p++)
        if (engine_check_port[0] == port_t'(p)) engine_check[0] |= check[p];
    end

    // So is the keeper of the flow table.
    flow_keeper #(.FlowsLog2(FlowsLog2)) u_keeper (
      .clk, .rst(rst_q), .tick(tick[12:0]), .pressure(flow_pressure), .clear(flows_begin),
      .ready(flows_clear), .hold(flow_hold), .frame(flow_op[0]), .next(flow_next), .bus(flow_bus),
      .read(flow_read[0]), .read_row(flow_read_row), .read_ready(flow_read_ready[0]),
      .read_words(flow_read_words[0]), .table_write, .table_read, .table_access,
      .read_valid(source_valid[FlowEntries]), .read_data(source_data[FlowEntries])
    );

    // The learner is fed straight from the engine, so that each look-up sees all that earlier ones
    // learned.
    fdb_learn #(.SetsLog2(FdbSetsLog2)) u_learn (
      .clk, .rst(rst_q), .tick, .oldest, .request_valid(engine_key_valid[0]),
      .request('{
        mac: engine_key[0].source, domain: engine_key[0].domain, port: engine_key_port[0],
        logical: engine_key[0].logical}),
      .confirm(learn_confirm[0]), .flush(learned_flush), .write(fdb_write), .moved(station_moved),
      .hold(learn_hold)
    );

    assign learning_skipped = '0;
    assign learn_valid = 1'b0;
    assign learn_logical = '0;
    assign learn_domain = '0;
    assign learn_mac = '0;
  end else begin : gen_own
    // A learner's step stands beside the verdicts that do not see it yet.
    localparam int unsigned MonitorDelay = 8;

    for (genvar p = 0; p < Ports; p++) begin : gen_engine_key
      // Only the first engine's database is read.
      assign key_ready[p] = !fdb_read_hold[p];
      always_ff @(posedge clk) begin
        engine_key_valid[p] <= key_valid[p] && key_ready[p] && !rst_q;
        engine_key[p] <= key[p];
      end
      assign engine_key_port[p] = port_t'(p);
      assign card_verdict_valid[p] = engine_verdict_valid[p];
      assign card_verdict[p] = engine_verdict[p];
      assign engine_check[p] = check[p];
      assign check_pop[p] = engine_check_pop[p];
    end

    flow_writer #(
      .Ports(Ports), .Engines(Engines), .Servers(Servers), .FlowsLog2(FlowsLog2),
      .Style(FlowStyle)
    ) u_writer (
      .clk, .rst(rst_q), .enabled(flows_ready), .tick(tick[12:0]), .pressure(flow_pressure),
      .clear(flows_begin), .ready(flows_clear), .member_write, .member_index, .member_entry,
      .table_write, .table_read, .table_access, .read_valid(source_valid[FlowEntries]),
      .read_data(source_data[FlowEntries]), .usable, .request(flow_request), .next(flow_next),
      .bus(flow_bus)
    );

    // Only the writer's own table is read by the keeper.
    assign flow_hold = 1'b0;
    assign flow_read = '0;
    always_comb for (int b = 0; b < 2; b++) flow_read_row[b] = '0;

    logic       request_valid;
    learn_t     request;
    fdb_write_t write_q [MonitorDelay];

    learn_queue #(.Engines(Engines)) u_learn_queue (
      .clk, .rst(rst_q), .hold(learn_hold), .in_valid(learn_confirm), .in_request(learn_confirmed),
      .skipped(learning_skipped), .out_valid(request_valid), .out_request(request)
    );

    fdb_learn #(.SetsLog2(FdbSetsLog2)) u_learn (
      .clk, .rst(rst_q), .tick, .oldest, .request_valid, .request, .confirm(1'b1),
      .flush(learned_flush), .write(fdb_write), .moved(station_moved), .hold(learn_hold)
    );

    always_ff @(posedge clk) begin
      write_q[0] <= fdb_write;
      for (int i = 1; i < int'(MonitorDelay); i++) write_q[i] <= write_q[i-1];
    end
    assign learn_valid = |write_q[MonitorDelay-1].ways && write_q[MonitorDelay-1].entry.valid;
    assign learn_logical = write_q[MonitorDelay-1].entry.logical;
    assign learn_domain = write_q[MonitorDelay-1].entry.domain;
    assign learn_mac = write_q[MonitorDelay-1].entry.mac;
  end

  for (genvar e = 0; e < Engines; e++) begin : gen_engine
    lookup_engine #(
      .Ports(Ports), .Services(Services), .BucketsLog2(BucketsLog2), .Servers(Servers),
      .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
      .BucketStyle(BucketStyle), .FlowStyle(FlowStyle)
    ) u_engine (
      .clk, .rst(rst_q), .settings, .link_up, .usable, .oldest, .tick,
      .key_valid(engine_key_valid[e]), .key_port(engine_key_port[e]), .key(engine_key[e]),
      .check_port(engine_check_port[e]),
      .check(engine_check[e]), .check_pop(engine_check_pop[e]), .logical_write, .table_write,
      .table_access, .member_write, .member_index, .member_entry,
      .bucket_write_valid(bucket_write_valid_q),
      .bucket_write_index(bucket_write_index_q), .bucket_write_data(bucket_write_data_q),
      .bucket_read_valid, .bucket_read_ready(bucket_read_ready[e]),
      .bucket_read_index, .bucket_read_rvalid(bucket_read_rvalid[e]),
      .bucket_read_rdata(bucket_read_rdata[e]), .fdb_write,
      .fdb_read_valid(fdb_read_valid && e == 0), .fdb_read_ready(fdb_read_ready[e]),
      .fdb_read_hold(fdb_read_hold[e]),
      .fdb_read_index(table_access.index[FdbSetsLog2+1:0]),
      .fdb_read_rvalid(fdb_read_rvalid[e]), .fdb_read_entry(fdb_read_entry[e]),
      .learn_confirm(learn_confirm[e]), .learn_confirmed(learn_confirmed[e]),
      .seed_write, .seed, .seed_ready(seed_ready[e]), .flow_enabled(flows_ready),
      .flow_own(Engines == 1), .flow_pressure, .flow_load, .flow_op(flow_op[e]),
      .flow_request(flow_request[e]), .flow_next, .flow_bus, .flow_read(flow_read[e]),
      .flow_read_row, .flow_read_ready(flow_read_ready[e]), .flow_read_words(flow_read_words[e]),
      .orphan(orphan[e]), .fragment_overwritten(fragment_overwritten[e]),
      .verdict_flow(engine_verdict_flow[e]),
      .verdict_valid(engine_verdict_valid[e]),
      .verdict_port(engine_verdict_port[e]), .verdict(engine_verdict[e])
    );

    // The monitors have clocks of their own.
    logic     monitor_valid_q;
    port_t    monitor_port_q;
    verdict_t monitor_q;
    logic [3:0] monitor_flow_q;
    assign dropped[e] = monitor_valid_q && monitor_q.mask == '0;
    assign drop[e] = monitor_q.drop;
    always_ff @(posedge clk) begin
      monitor_valid_q <= engine_verdict_valid[e] && !rst_q;
      monitor_port_q <= engine_verdict_port[e];
      monitor_q <= engine_verdict[e];
      verdict_valid[e] <= monitor_valid_q && !rst_q;
      verdict_port[e] <= monitor_port_q;
      verdict_row[e] <= monitor_q.row;
      verdict_egress[e] <= monitor_q.mask[Ports:0];
      verdict_stamp[e] <= monitor_q.stamp;
      monitor_flow_q <= engine_verdict_flow[e];
      verdict_flow[e] <= monitor_flow_q;
      if (monitor_q.mask == '0) verdict_reason[e] <= monitor_q.drop;
      else verdict_reason[e] <= {1'b0, monitor_q.host};
    end
  end

  // ---------------------------------------------------------------------------------------- fabric
  logic [Outputs-1:0]       out_valid, out_ready, sent_valid, discarded, copied;
  beat_t                    out_beat [Outputs];
  logic [Outputs-1:0][3:0]  out_source, sent_source, discarded_source;
  logic [Outputs-1:0][3:0]  copied_source;
  logic [Outputs-1:0][15:0] sent_bytes;

  fabric #(
    .Inputs(Outputs), .Outputs(Outputs), .QueueBeats(QueueBeats), .Present(all_but_host_to_host())
  ) u_fabric (
    .clk(path_clk), .rst(rst_q), .logical_write, .in_valid, .in_beat, .in_mask, .in_exit, .popped,
    .link_up({1'b1, link_up}), .out_valid, .out_ready, .out_beat, .out_source, .sent_valid,
    .sent_bytes, .sent_source, .discarded, .discarded_source, .copied, .copied_source
  );

  for (genvar p = 0; p < Ports; p++) begin : gen_tx
    frame_outlet u_outlet (
      .clk(path_clk), .rst(rst_q), .in_valid(out_valid[p]), .in_ready(out_ready[p]),
      .in_last(out_beat[p].last), .out_valid(tx_valid[p]), .out_ready(tx_ready[p]),
      .out_last(tx_last[p]), .out_err(tx_err[p])
    );
    assign tx_data[p] = out_beat[p].data;
    assign tx_empty[p] = out_beat[p].empty;
    assign tx_source[p] = out_source[p];
    assign tx_stamp[p] = out_beat[p].stamp;
  end
  logic rings_rx_ready, stream_rx_ready;

  frame_outlet u_host_outlet (
    .clk(path_clk), .rst(rst_q), .in_valid(out_valid[Ports] && !rings_q),
    .in_ready(stream_rx_ready), .in_last(out_beat[Ports].last), .out_valid(host_rx_valid),
    .out_ready(host_rx_ready), .out_last(host_rx_last), .out_err(host_rx_err)
  );
  assign out_ready[Ports] = rings_q ? rings_rx_ready : stream_rx_ready;
  assign host_rx_data = out_beat[Ports].data;
  assign host_rx_empty = out_beat[Ports].empty;
  assign host_rx_source = out_source[Ports];
  assign host_rx_stamp = out_beat[Ports].stamp;
  assign host_rx_reason = out_beat[Ports].reason;

  // ------------------------------------------------------------------------------------- host port
  host_port #(.Ports(Ports), .Engines(Engines), .ClockKhz(ClockKhz)) u_host (
    .clk, .rst(rst_q), .rings(rings_q), .bus_reset(host_rst), .function_reset(host_flr),
    .busy(host_busy), .time_ns, .clock_count,
    .bus_valid(host_bus_valid), .bus_write(host_bus_write), .bus_address(host_bus_address),
    .bus_wdata(host_bus_wdata), .bus_rvalid(host_bus_rvalid), .bus_rerror(host_bus_rerror),
    .bus_rdata(host_bus_rdata), .table_read, .table_access,
    .read_valid(source_valid[HostCounters]), .read_data(source_data[HostCounters]), .link_up,
    .member_lost, .dropped, .drop, .flow_bus, .flow_pressure, .station_moved,
    .in_valid(out_valid[Ports] && rings_q), .in_ready(rings_rx_ready),
    .in_beat('{
      data: out_beat[Ports].data, empty: out_beat[Ports].empty, last: out_beat[Ports].last,
      source: out_source[Ports], stamp: out_beat[Ports].stamp, reason: out_beat[Ports].reason}),
    .out_valid(rings_tx_valid), .out_data(rings_tx_data), .out_empty(rings_tx_empty),
    .out_last(rings_tx_last), .out_err(rings_tx_err), .out_port(rings_tx_port), .tx_room,
    .tx_committed,
    .m_axi_awvalid, .m_axi_awready, .m_axi_awid, .m_axi_awaddr, .m_axi_awlen, .m_axi_wvalid,
    .m_axi_wready, .m_axi_wdata, .m_axi_wstrb, .m_axi_wlast, .m_axi_bvalid, .m_axi_bready,
    .m_axi_bid, .m_axi_bresp, .m_axi_arvalid, .m_axi_arready, .m_axi_arid, .m_axi_araddr,
    .m_axi_arlen, .m_axi_rvalid, .m_axi_rready, .m_axi_rid, .m_axi_rdata, .m_axi_rresp,
    .m_axi_rlast, .interrupt_request, .interrupt_acknowledge
  );

  // ----------------------------------------------------------------------------------------- sleep
  logic [Outputs-1:0] asked_q;             // the counters of an ingress
  logic [Ports-1:0]   link_seen_q;
  logic [Outputs-1:0] popped_any;          // by ingress
  logic               path_enters;
  logic [9:0]         moves_q;

  always_ff @(posedge clk) link_seen_q <= link_up;

  // What enters line cards, fabric and counters wakes them at once: from registers or pins. What the
  // injector says of a frame comes a few clocks behind it. A line card that is in a frame must see
  // its link fall.
  assign path_enters = |rx_valid || link_seen_q != link_up || inject_valid || announce_valid ||
                       in_valid[Ports] || |asked_q || logical_write.write;
  // What is thrown away moves too, and nothing of it is seen at an output.
  always_ff @(posedge clk)
    moves_q <= {|in_valid, |out_valid, |tx_valid, host_rx_valid, |popped_any, |discarded,
                |key_valid, |engine_verdict_valid, |received_valid, |drop_valid};

  always_comb for (int i = 0; i < int'(Outputs); i++) popped_any[i] = |popped[i];

  sleep_control #(.QuietClocks(PathQuietClocks)) u_sleep (
    .clk, .rst(rst_q), .enters(path_enters), .moves(|moves_q), .awake(path_awake)
  );

  // A pulse that stood over a clock that is left out would be taken twice, or not at all.
  always_ff @(posedge clk)
    if (!rst_q) a_sleep: assert (path_awake || (key_coming == '0 && key_pushed == '0 &&
                                 key_valid == '0 &&
                                 popped_any == '0 && sent_valid == '0 && discarded == '0 &&
                                 copied == '0 && in_valid == '0 && out_valid == '0 &&
                                 received_valid == '0 && drop_valid == '0 && host_full == '0 &&
                                 generated_valid == '0 && to_member_valid == '0 &&
                                 from_member_valid == '0 && engine_verdict_valid == '0 &&
                                 check_pop == '0 && learning_skipped == '0 && asked_q == '0 &&
                                 !logical_write.write));

  // -------------------------------------------------------------------------------------- counters
  for (genvar i = 0; i < Outputs; i++) begin : gen_stats
    logic [Outputs-1:0] sent_from, discarded_from, copied_from;
    logic               skipped, asked;
    logic [3:0]         asked_port;

    for (genvar o = 0; o < Outputs; o++) begin : gen_from
      assign sent_from[o] = sent_valid[o] && sent_source[o] == port_t'(i);
      assign discarded_from[o] = discarded[o] && discarded_source[o] == port_t'(i);
      assign copied_from[o] = copied[o] && copied_source[o] == port_t'(i);
    end
    if (i < Ports) begin : gen_network
      assign skipped = learning_skipped[i];
    end else begin : gen_host
      assign skipped = 1'b0;
    end

    always_comb begin
      unique case (table_access.number)
        TableMemberCounters: asked_port = table_access.index[15:12];
        TableDropCounters: asked_port = table_access.index[8:5];
        default: asked_port = table_access.index[3:0];
      endcase
      asked = table_read && asked_port == port_t'(i) &&
              table_access.number >= TableMemberCounters && table_access.number <= TableTotals;
    end

    always_ff @(posedge clk) asked_q[i] <= asked && !rst_q;

    line_card_stats #(
      .Outputs(Outputs), .GeneratedEnters(i == Ports), .MemberStyle(MemberStyle)
    ) u_stats (
      .clk(path_clk), .rst(rst_q), .drop_valid(drop_valid[i]), .drop_reason(drop_reason[i]),
      .drop_count(drop_count[i]), .host_full(host_full[i]), .link_down(discarded_from),
      .sent(sent_from), .member_in_valid(to_member_valid[i]), .member_in_index(to_member[i]),
      .member_out_valid(from_member_valid[i]), .member_out_index(from_member[i]),
      .member_bytes(member_bytes[i]), .received_valid(received_valid[i]),
      .received_bytes(received_bytes[i]), .transmitted_valid(sent_valid[i]),
      .transmitted_bytes(sent_bytes[i]), .copies(copies[i]), .copied(copied_from),
      .generated_valid(generated_valid[i]), .learning_skipped(skipped),
      .read_request(asked_q[i]), .read_table(table_access.number),
      .read_index(table_access.index[11:0]), .read_valid(source_valid[Stores+i]),
      .read_data(source_data[Stores+i])
    );
  end

endmodule

`default_nettype wire
