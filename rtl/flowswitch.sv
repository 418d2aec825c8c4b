`default_nettype none

// The card: network ports, a host port, an AXI4-Lite register block. docs/src/card/interfaces.md
// has the promise of every port.
//
// Line cards, fabric and counters run on `path_clk`, everything else of the core on `clk`. The two
// are one clock; but edges of `path_clk` may be left out where `path_awake` is low before them.
//
// A frame's way: line card -> (key) -> look-up engine -> (verdict) -> line card -> fabric ->
// egress. `rx` never waits, whole frames are dropped and counted instead. First beat in to first
// beat out of an uncontended frame of n beats: 26 + n - 1 clocks.
module flowswitch
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import verdict_pkg::*;
  import axi_pkg::*;
  import host_pkg::*;
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
  input  wire logic                    clk,
  input  wire logic                    path_clk,  // `clk`, or its edges with `path_awake`
  output logic                         path_awake,
  input  wire logic                    rst,
  input  wire logic [63:0]             time_ns,
  input  wire logic [Ports-1:0]        link_up,

  input  wire logic [Ports-1:0]        rx_valid,
  input  wire logic [Ports-1:0][511:0] rx_data,
  input  wire logic [Ports-1:0][5:0]   rx_empty,
  input  wire logic [Ports-1:0]        rx_last,
  input  wire logic [Ports-1:0]        rx_err,

  output logic [Ports-1:0]             tx_valid,
  input  wire logic [Ports-1:0]        tx_ready,
  output logic [Ports-1:0][511:0]      tx_data,
  output logic [Ports-1:0][5:0]        tx_empty,
  output logic [Ports-1:0]             tx_last,
  output logic [Ports-1:0]             tx_err,
  output logic [Ports-1:0][3:0]        tx_source,
  output logic [Ports-1:0][31:0]       tx_stamp,

  input  wire logic                    host_tx_valid,
  input  wire logic [511:0]            host_tx_data,
  input  wire logic [5:0]              host_tx_empty,
  input  wire logic                    host_tx_last,
  input  wire logic                    host_tx_err,
  input  wire logic [3:0]              host_tx_port,

  output logic                         host_rx_valid,
  input  wire logic                    host_rx_ready,
  output logic [511:0]                 host_rx_data,
  output logic [5:0]                   host_rx_empty,
  output logic                         host_rx_last,
  output logic                         host_rx_err,
  output logic [3:0]                   host_rx_source,
  output logic [31:0]                  host_rx_stamp,
  output logic [3:0]                   host_rx_reason,

  input  wire logic                    host_rings,
  input  wire logic                    host_rst,
  input  wire logic                    host_flr,
  output logic                         host_busy,
  output logic                         m_axi_awvalid,
  input  wire logic                    m_axi_awready,
  output logic [1:0]                   m_axi_awid,
  output logic [63:0]                  m_axi_awaddr,
  output logic [7:0]                   m_axi_awlen,
  output logic                         m_axi_wvalid,
  input  wire logic                    m_axi_wready,
  output logic [511:0]                 m_axi_wdata,
  output logic [63:0]                  m_axi_wstrb,
  output logic                         m_axi_wlast,
  input  wire logic                    m_axi_bvalid,
  output logic                         m_axi_bready,
  input  wire logic [1:0]              m_axi_bid,
  input  wire logic [1:0]              m_axi_bresp,
  output logic                         m_axi_arvalid,
  input  wire logic                    m_axi_arready,
  output logic [1:0]                   m_axi_arid,
  output logic [63:0]                  m_axi_araddr,
  output logic [7:0]                   m_axi_arlen,
  input  wire logic                    m_axi_rvalid,
  output logic                         m_axi_rready,
  input  wire logic [1:0]              m_axi_rid,
  input  wire logic [511:0]            m_axi_rdata,
  input  wire logic [1:0]              m_axi_rresp,
  input  wire logic                    m_axi_rlast,
  output logic [2:0]                   interrupt_request,
  input  wire logic [2:0]              interrupt_acknowledge,

  input  wire logic                    csr_clk,
  input  wire logic                    csr_rst,
  input  wire logic                    s_axil_awvalid,
  output logic                         s_axil_awready,
  input  wire logic [19:0]             s_axil_awaddr,
  input  wire logic [2:0]              s_axil_awprot,
  input  wire logic                    s_axil_wvalid,
  output logic                         s_axil_wready,
  input  wire logic [31:0]             s_axil_wdata,
  input  wire logic [3:0]              s_axil_wstrb,
  output logic                         s_axil_bvalid,
  input  wire logic                    s_axil_bready,
  output logic [1:0]                   s_axil_bresp,
  input  wire logic                    s_axil_arvalid,
  output logic                         s_axil_arready,
  input  wire logic [19:0]             s_axil_araddr,
  input  wire logic [2:0]              s_axil_arprot,
  output logic                         s_axil_rvalid,
  input  wire logic                    s_axil_rready,
  output logic [31:0]                  s_axil_rdata,
  output logic [1:0]                   s_axil_rresp,

  output logic [Engines-1:0]           verdict_valid,
  output logic [Engines-1:0][3:0]      verdict_port,
  output logic [Engines-1:0][4:0]      verdict_row,
  output logic [Engines-1:0][4:0]      verdict_reason,
  output logic [Engines-1:0][Ports:0]  verdict_egress,
  output logic [Engines-1:0][3:0]      verdict_flow,
  output logic [Engines-1:0][31:0]     verdict_stamp,
  output logic                         learn_valid,
  output logic [5:0]                   learn_logical,
  output logic [12:0]                  learn_domain,
  output logic [47:0]                  learn_mac
);

  localparam int unsigned Outputs = Ports + 1;       // the host is the last one
  localparam int unsigned QueueKeys = 16;

  parameter_check #(
    .Ports(Ports), .Engines(Engines), .Services(Services), .BucketsLog2(BucketsLog2),
    .Servers(Servers), .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
    .QueueBeats(QueueBeats), .ClockKhz(ClockKhz), .BucketStyle(BucketStyle),
    .FlowStyle(FlowStyle), .MemberStyle(MemberStyle)
  ) u_parameters ();

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
  axil_req_t              register_req;
  axil_resp_t             register_resp;
  logic                   rings_q;             // the host's frames pass by rings
  logic                   seed_write, flow_forget, learned_flush, flow_empty, flow_cleared;
  logic [127:0]           seed;
  logic                   flow_ready, flow_pressure, sweep_busy;
  logic                   host_bus_valid, host_bus_write, host_bus_rvalid, host_bus_rerror;
  logic [11:0]            host_bus_address;
  logic [31:0]            host_bus_wdata, host_bus_rdata;
  logic                   bus_valid, bus_ready, bus_write, bus_rvalid;
  table_access_t          bus_access;
  logic [255:0]           bus_rdata;
  logic                   bucket_write_valid, bucket_read_valid, bucket_read_ready;
  logic                   bucket_read_rvalid;
  logic [BucketsLog2-1:0] bucket_write_index, bucket_read_index;
  logic [31:0]            bucket_write_data, bucket_read_rdata;

  always_ff @(posedge clk) rings_q <= host_rings;

  assign register_req = '{
    aw_valid: s_axil_awvalid, aw_addr: s_axil_awaddr, aw_prot: s_axil_awprot,
    w_valid: s_axil_wvalid, w_data: s_axil_wdata, w_strb: s_axil_wstrb, b_ready: s_axil_bready,
    ar_valid: s_axil_arvalid, ar_addr: s_axil_araddr, ar_prot: s_axil_arprot,
    r_ready: s_axil_rready};
  assign s_axil_awready = register_resp.aw_ready;
  assign s_axil_wready = register_resp.w_ready;
  assign s_axil_bvalid = register_resp.b_valid;
  assign s_axil_bresp = register_resp.b_resp;
  assign s_axil_arready = register_resp.ar_ready;
  assign s_axil_rvalid = register_resp.r_valid;
  assign s_axil_rdata = register_resp.r_data;
  assign s_axil_rresp = register_resp.r_resp;

  csr_block #(
    .Ports(Ports), .Engines(Engines), .Services(Services), .BucketsLog2(BucketsLog2),
    .Servers(Servers), .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
    .QueueBeats(QueueBeats)
  ) u_csr (
    .csr_clk, .csr_rst, .bus_req(register_req), .bus_resp(register_resp), .clk, .rst(rst_q),
    .link_up, .member_sweep_busy(sweep_busy), .flow_ready, .flow_pressure,
    .host_rings(rings_q), .settings, .seed_write, .seed, .flow_forget, .learned_flush,
    .flow_empty, .flow_cleared, .host_valid(host_bus_valid),
    .host_write(host_bus_write), .host_address(host_bus_address), .host_wdata(host_bus_wdata),
    .host_rvalid(host_bus_rvalid), .host_rerror(host_bus_rerror), .host_rdata(host_bus_rdata),
    .table_valid(bus_valid), .table_ready(bus_ready), .table_write(bus_write),
    .table_access(bus_access), .table_rvalid(bus_rvalid), .table_rdata(bus_rdata),
    .bucket_write_valid, .bucket_write_index, .bucket_write_data, .bucket_read_valid,
    .bucket_read_ready, .bucket_read_index,
    .bucket_read_rvalid, .bucket_read_rdata
  );

  // ---------------------------------------------------------------------------------------- tables
  logic                      table_write, table_read;
  table_access_t             table_access;
  logical_write_t            logical_write;
  logic [Ports-1:0]          usable;
  logic                      member_write, member_lost;
  member_t                   member_index;
  member_entry_t             member_entry;
  logic [Outputs-1:0]        frame_counts_valid;
  logic [Outputs-1:0][255:0] frame_counts_data;
  logic                      flow_counts_valid, flow_entries_valid, host_counts_valid;
  logic [255:0]              flow_counts_data, flow_entries_data, host_counts_data;
  logic                      fdb_read_valid, fdb_read_ready, fdb_read_rvalid;
  fdb_entry_t                fdb_read_entry;

  card_tables #(
    .Ports(Ports), .Services(Services), .Servers(Servers), .Routers(Routers), .Others(Outputs + 3)
  ) u_tables (
    .clk, .rst(rst_q), .link_up, .bus_valid, .bus_ready, .bus_write, .bus_access, .bus_rvalid,
    .bus_rdata, .table_write, .table_read, .table_access, .logical_write, .usable, .member_write,
    .member_index, .member_entry, .member_lost, .sweep_busy,
    .other_valid({host_counts_valid, flow_entries_valid, flow_counts_valid, frame_counts_valid}),
    .other_data({host_counts_data, flow_entries_data, flow_counts_data, frame_counts_data}),
    .fdb_read_valid, .fdb_read_ready, .fdb_read_rvalid, .fdb_read_entry
  );

  // --------------------------------------------------------------------------------------- engines
  logic [Ports-1:0]   key_coming, key_pushed, key_valid, key_ready, check_pop;
  logic [Ports-1:0]   card_verdict_valid;
  key_t               key [Ports];
  check_t             check [Ports];
  verdict_t           card_verdict [Ports];
  logic               verdict_any, station_moved;
  logic [Ports-1:0]   learning_skipped;
  flow_op_t           flow_bus;
  logic [Engines-1:0] dropped;
  drop_e              drop [Engines];

  card_engines #(
    .Ports(Ports), .Engines(Engines), .Services(Services), .BucketsLog2(BucketsLog2),
    .Servers(Servers), .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
    .QueueKeys(QueueKeys), .BucketStyle(BucketStyle), .FlowStyle(FlowStyle)
  ) u_engines (
    .clk, .rst(rst_q), .settings, .link_up, .tick, .oldest, .key_coming, .key_pushed,
    .key_valid, .key_ready,
    .key, .check, .check_pop, .verdict_valid(card_verdict_valid), .verdict(card_verdict),
    .verdict_any, .learning_skipped, .table_write, .table_read, .table_access, .logical_write,
    .usable, .member_write, .member_index, .member_entry, .counts_valid(flow_counts_valid),
    .counts_data(flow_counts_data), .entries_valid(flow_entries_valid),
    .entries_data(flow_entries_data), .fdb_read_valid, .fdb_read_ready, .fdb_read_rvalid,
    .fdb_read_entry, .bucket_write_valid, .bucket_write_index, .bucket_write_data,
    .bucket_read_valid, .bucket_read_ready, .bucket_read_index, .bucket_read_rvalid,
    .bucket_read_rdata, .seed_write, .seed, .flow_forget, .flow_empty, .flow_cleared,
    .learned_flush, .flow_ready, .flow_pressure, .flow_bus, .station_moved, .dropped, .drop,
    .monitor_valid(verdict_valid), .monitor_port(verdict_port), .monitor_row(verdict_row),
    .monitor_reason(verdict_reason), .monitor_egress(verdict_egress),
    .monitor_flow(verdict_flow), .monitor_stamp(verdict_stamp), .learn_valid, .learn_logical,
    .learn_domain, .learn_mac
  );

  // ----------------------------------------------------------------------------------- frames sent
  host_beat_t             stream, ring;
  logic                   ring_valid;
  logic [Ports-1:0][15:0] tx_room, tx_committed;
  logic                   sender_enters, sender_valid;
  beat_t                  sender_beat;
  logic [Outputs-1:0]     sender_mask, sender_popped;
  exit_t [Outputs-1:0]    sender_exit;
  ingress_counts_t        sender_counts;

  assign stream = '{
    data: host_tx_data, empty: host_tx_empty, last: host_tx_last, err: host_tx_err,
    port: host_tx_port};

  card_sender #(.Ports(Ports), .QueueBeats(QueueBeats)) u_sender (
    .clk, .rst(rst_q), .clock_count, .tick, .interval(settings.announce), .link_up, .table_write,
    .table_access, .logical_write, .rings(rings_q), .stream_valid(host_tx_valid), .stream,
    .ring_valid, .ring, .tx_room, .tx_committed, .enters(sender_enters),
    .out_valid(sender_valid), .out_beat(sender_beat), .out_mask(sender_mask),
    .out_exit(sender_exit), .popped(sender_popped), .counts(sender_counts)
  );

  // ---------------------------------------------------------------------------------- frames' way
  logic  punt_valid, punt_ready;
  punt_t punt;

  card_path #(
    .Ports(Ports), .QueueBeats(QueueBeats), .QueueKeys(QueueKeys), .MemberStyle(MemberStyle)
  ) u_path (
    .clk, .path_clk, .path_awake, .rst(rst_q), .rings(rings_q), .clock_count, .link_up, .rx_valid,
    .rx_data, .rx_empty, .rx_last, .rx_err, .tx_valid, .tx_ready, .tx_data, .tx_empty, .tx_last,
    .tx_err, .tx_source, .tx_stamp, .stream_valid(host_rx_valid), .stream_ready(host_rx_ready),
    .stream_last(host_rx_last), .stream_err(host_rx_err), .ring_valid(punt_valid),
    .ring_ready(punt_ready), .punt, .sender_enters, .sender_valid, .sender_beat, .sender_mask,
    .sender_exit, .sender_popped, .sender_counts, .key_coming, .key_pushed, .key_valid,
    .key_ready, .key,
    .check, .check_pop, .engine_moves(verdict_any), .verdict_valid(card_verdict_valid),
    .verdict(card_verdict), .learning_skipped, .logical_write, .read(table_read),
    .read_table(table_access.number), .read_index(table_access.index[15:0]),
    .counts_valid(frame_counts_valid), .counts_data(frame_counts_data)
  );

  assign host_rx_data = punt.data;
  assign host_rx_empty = punt.empty;
  assign host_rx_source = punt.source;
  assign host_rx_stamp = punt.stamp;
  assign host_rx_reason = punt.reason;

  // ------------------------------------------------------------------------------------- host port
  axi_req_t  dma_req;
  axi_resp_t dma_resp;

  host_port #(.Ports(Ports), .Engines(Engines), .ClockKhz(ClockKhz)) u_host (
    .clk, .rst(rst_q), .rings(rings_q), .bus_reset(host_rst), .function_reset(host_flr),
    .busy(host_busy), .time_ns, .clock_count,
    .bus_valid(host_bus_valid), .bus_write(host_bus_write), .bus_address(host_bus_address),
    .bus_wdata(host_bus_wdata), .bus_rvalid(host_bus_rvalid), .bus_rerror(host_bus_rerror),
    .bus_rdata(host_bus_rdata), .table_read, .table_access,
    .read_valid(host_counts_valid), .read_data(host_counts_data), .link_up,
    .member_lost, .dropped, .drop, .flow_bus, .flow_pressure, .station_moved,
    .in_valid(punt_valid), .in_ready(punt_ready), .in_beat(punt), .out_valid(ring_valid),
    .out_data(ring.data), .out_empty(ring.empty), .out_last(ring.last), .out_err(ring.err),
    .out_port(ring.port), .tx_room, .tx_committed,
    .dma_req, .dma_resp, .interrupt_request, .interrupt_acknowledge
  );

  assign m_axi_awvalid = dma_req.aw_valid;
  assign m_axi_awid = dma_req.aw.id;
  assign m_axi_awaddr = dma_req.aw.addr;
  assign m_axi_awlen = dma_req.aw.len;
  assign m_axi_wvalid = dma_req.w_valid;
  assign m_axi_wdata = dma_req.w.data;
  assign m_axi_wstrb = dma_req.w.strb;
  assign m_axi_wlast = dma_req.w.last;
  assign m_axi_bready = dma_req.b_ready;
  assign m_axi_arvalid = dma_req.ar_valid;
  assign m_axi_arid = dma_req.ar.id;
  assign m_axi_araddr = dma_req.ar.addr;
  assign m_axi_arlen = dma_req.ar.len;
  assign m_axi_rready = dma_req.r_ready;
  assign dma_resp = '{
    aw_ready: m_axi_awready, w_ready: m_axi_wready, b_valid: m_axi_bvalid,
    b: '{id: m_axi_bid, resp: m_axi_bresp}, ar_ready: m_axi_arready, r_valid: m_axi_rvalid,
    r: '{id: m_axi_rid, data: m_axi_rdata, resp: m_axi_rresp, last: m_axi_rlast}};

endmodule

`default_nettype wire
