// The register block: an AXI4-Lite slave on csr_clk before the buses of the core on clk. The clocks
// are unrelated; everything that passes between them does so here.
//
// Resets. csr_rst and rst may come each for itself, at any time, for one clock or more. Whichever
// comes, what is on its way between the sides is dropped, and accesses that wait for the core end
// with SLVERR. csr_rst ends accesses and nothing more: settings, generation and configuration stay, as
// the core's tables do. rst takes the tables away: settings, generation and configuration become zero,
// and the card is cleared (see below) before anything else reaches a table; clear_status shows it.
// While the generation is zero it takes 1 alone, and neither tables nor buckets can be written: an
// update that began before the reset cannot go on as if nothing had been. So the generation never
// tells of what is not there, and zero means that all tables are zero, or will be before anything
// else reaches them. The card does the same after configuration, where it finds nothing to clear.
//
// Bus. 0x00000 to 0x00fff: registers (flowswitch.rdl). 0x01000 to 0x01fff: registers of the host
// port (host.rdl), which are in the core. 0x80000 + 4*i: bucket i. Anything else, a bucket the card
// does not have, and a write of less than a word to a bucket or the host port answer SLVERR. Reads
// and writes have one access outstanding each. Writes of buckets and of the host port are posted,
// one in each clock of csr_clk; they wait only while 32 of them are on their way.
//
// Order. Accesses to buckets and to the host port, table commands and the clearing reach the core
// in the order in which the bus took them; a write's turn is its response, so what is asked for
// after that comes behind it.
//
// Settings (bpdu_to_host, drop_unknown, fdb_age, announce, client_bits4, client_bits6): registers
// of clk that change together, in one clock, some clocks after the register was written; zero while
// rst.
//
// Seed. seed_write is high for one clock when software has written the last word of a seed, and
// seed holds all of it from this clock on. flow_ready must fall at most four clocks later, and
// rise when the seed is in force and the table clear.
//
// Table bus. table_valid with its companions is held until table_ready; only entries that exist,
// and writes only to tables that can be written, are asked for. A write ends with table_ready, a
// read with one clock of table_rvalid, in the clock of table_ready or any later one; table_error
// counts with it (with table_ready for a write). No request is made before the last one has ended.
//
// Bucket bus. Writes and reads are held until their ready; a read ends with one clock of
// bucket_read_rvalid, in the clock of bucket_read_ready or any later one. Nothing else is asked for
// in between. Neither bus has a time limit: a search of the flow table may take some thousand
// clocks, in which bucket writes and accesses to the host port behind it wait.
//
// Host port. host_valid is one clock for each access; a read ends with host_rvalid in the next
// clock.
//
// Clearing (csr_clear): while it goes on, it has both buses. flow_forget is high for some clocks in
// which the seed goes out of force, learned_flush while everything learned is to be dropped,
// flow_empty for one clock; flow_cleared tells when the flow table is empty.
//
// link_up, member_sweep_busy, flow_ready, flow_pressure and host_rings are registers of clk; they
// are shown in the status registers, the last one as a feature.

`default_nettype none

module csr_block #(
  parameter int unsigned Ports        = 8,
  parameter int unsigned Engines      = 1,
  parameter int unsigned Services     = 64,
  parameter int unsigned BucketsLog2  = 17,
  parameter int unsigned Servers      = 1024,
  parameter int unsigned Routers      = 64,
  parameter int unsigned FdbSetsLog2  = 11,
  parameter int unsigned LogicalPorts = 64,
  parameter int unsigned Vips         = 64,
  parameter int unsigned QueueBeats   = 512,
  parameter int unsigned FlowsLog2    = 16,   // entries of the flow table
  parameter int unsigned FlowStore    = 16    // .. and places in the store before it
) (
  input logic csr_clk,
  input logic csr_rst,

  input  logic        s_axil_awvalid,
  output logic        s_axil_awready,
  input  logic [19:0] s_axil_awaddr,
  input  logic [ 2:0] s_axil_awprot,
  input  logic        s_axil_wvalid,
  output logic        s_axil_wready,
  input  logic [31:0] s_axil_wdata,
  input  logic [ 3:0] s_axil_wstrb,
  output logic        s_axil_bvalid,
  input  logic        s_axil_bready,
  output logic [ 1:0] s_axil_bresp,
  input  logic        s_axil_arvalid,
  output logic        s_axil_arready,
  input  logic [19:0] s_axil_araddr,
  input  logic [ 2:0] s_axil_arprot,
  output logic        s_axil_rvalid,
  input  logic        s_axil_rready,
  output logic [31:0] s_axil_rdata,
  output logic [ 1:0] s_axil_rresp,

  input logic clk,
  input logic rst,

  input logic [Ports-1:0] link_up,
  input logic             member_sweep_busy,
  input logic             flow_ready,
  input logic             flow_pressure,
  input logic             host_rings,

  output logic [Ports-1:0] bpdu_to_host,
  output logic             drop_unknown,
  output logic [     14:0] fdb_age,
  output logic [     14:0] announce,
  output logic [      5:0] client_bits4,
  output logic [      7:0] client_bits6,

  output logic         seed_write,
  output logic [127:0] seed,

  output logic flow_forget,
  output logic learned_flush,
  output logic flow_empty,
  input  logic flow_cleared,

  output logic        host_valid,
  output logic        host_write,
  output logic [11:0] host_address,
  output logic [31:0] host_wdata,
  input  logic        host_rvalid,
  input  logic        host_rerror,
  input  logic [31:0] host_rdata,

  output logic         table_valid,
  input  logic         table_ready,
  output logic         table_write,
  output logic [  7:0] table_number,
  output logic [ 23:0] table_index,
  output logic [255:0] table_wdata,
  input  logic         table_rvalid,
  input  logic [255:0] table_rdata,
  input  logic         table_error,

  output logic                   bucket_write_valid,
  input  logic                   bucket_write_ready,
  output logic [BucketsLog2-1:0] bucket_write_index,
  output logic [           31:0] bucket_write_data,
  output logic                   bucket_read_valid,
  input  logic                   bucket_read_ready,
  output logic [BucketsLog2-1:0] bucket_read_index,
  input  logic                   bucket_read_rvalid,
  input  logic [           31:0] bucket_read_rdata
);

  localparam int unsigned RequestDepth = 32;
  localparam int unsigned ResponseDepth = 16;

  // The sides are reset together.

  logic csr_hold, csr_cross_rst, hold, cross_rst, drains, core_idle, core_reset;

  crossing_reset u_crossing_reset (
    .a_clk   (csr_clk),
    .a_rst   (csr_rst),
    .a_idle  (1'b1),
    .a_hold  (csr_hold),
    .a_clear (csr_cross_rst),
    .a_drains(),
    .a_other (core_reset),
    .b_clk   (clk),
    .b_rst   (rst),
    .b_idle  (core_idle),
    .b_hold  (hold),
    .b_clear (cross_rst),
    .b_drains(drains),
    .b_other ()
  );

  // Tables are written only when the generation tells that they are.

  logic writable;

  // Registers.

  logic register_awvalid, register_awready, register_wvalid, register_wready;
  logic [11:0] register_awaddr, register_araddr;
  logic [31:0] register_wdata, register_rdata;
  logic [3:0] register_wstrb;
  logic register_bvalid, register_bready, register_arvalid, register_arready;
  logic register_rvalid, register_rready;
  logic [1:0] register_bresp, register_rresp;

  flowswitch_csr_pkg::flowswitch_csr__in_t  to_registers;
  flowswitch_csr_pkg::flowswitch_csr__out_t from_registers;

  flowswitch_csr u_registers (
    .clk           (csr_clk),
    .rst           (csr_rst),
    .s_axil_awready(register_awready),
    .s_axil_awvalid(register_awvalid),
    .s_axil_awaddr (register_awaddr),
    .s_axil_awprot (s_axil_awprot),
    .s_axil_wready (register_wready),
    .s_axil_wvalid (register_wvalid),
    .s_axil_wdata  (register_wdata),
    .s_axil_wstrb  (register_wstrb),
    .s_axil_bready (register_bready),
    .s_axil_bvalid (register_bvalid),
    .s_axil_bresp  (register_bresp),
    .s_axil_arready(register_arready),
    .s_axil_arvalid(register_arvalid),
    .s_axil_araddr (register_araddr),
    .s_axil_arprot (s_axil_arprot),
    .s_axil_rready (register_rready),
    .s_axil_rvalid (register_rvalid),
    .s_axil_rdata  (register_rdata),
    .s_axil_rresp  (register_rresp),
    .hwif_in       (to_registers),
    .hwif_out      (from_registers)
  );

  // Bus.

  logic posted_valid, posted_ready, posted_host, read_valid, read_ready, read_host;
  logic [23:0] posted_index, read_index;
  logic [31:0] posted_data;
  csr_pkg::response_t response;
  logic response_valid;

  csr_write_channel #(
    .BucketsLog2(BucketsLog2)
  ) u_write_channel (
    .clk             (csr_clk),
    .rst             (csr_rst),
    .s_axil_awvalid  (s_axil_awvalid),
    .s_axil_awready  (s_axil_awready),
    .s_axil_awaddr   (s_axil_awaddr),
    .s_axil_wvalid   (s_axil_wvalid),
    .s_axil_wready   (s_axil_wready),
    .s_axil_wdata    (s_axil_wdata),
    .s_axil_wstrb    (s_axil_wstrb),
    .s_axil_bvalid   (s_axil_bvalid),
    .s_axil_bready   (s_axil_bready),
    .s_axil_bresp    (s_axil_bresp),
    .register_awvalid(register_awvalid),
    .register_awready(register_awready),
    .register_awaddr (register_awaddr),
    .register_wvalid (register_wvalid),
    .register_wready (register_wready),
    .register_wdata  (register_wdata),
    .register_wstrb  (register_wstrb),
    .register_bvalid (register_bvalid),
    .register_bready (register_bready),
    .register_bresp  (register_bresp),
    .posted_valid    (posted_valid),
    .posted_ready    (posted_ready),
    .posted_host     (posted_host),
    .posted_index    (posted_index),
    .posted_data     (posted_data),
    .core_lost       (csr_hold),
    .writable        (writable)
  );

  csr_read_channel #(
    .BucketsLog2(BucketsLog2)
  ) u_read_channel (
    .clk             (csr_clk),
    .rst             (csr_rst),
    .s_axil_arvalid  (s_axil_arvalid),
    .s_axil_arready  (s_axil_arready),
    .s_axil_araddr   (s_axil_araddr),
    .s_axil_rvalid   (s_axil_rvalid),
    .s_axil_rready   (s_axil_rready),
    .s_axil_rdata    (s_axil_rdata),
    .s_axil_rresp    (s_axil_rresp),
    .register_arvalid(register_arvalid),
    .register_arready(register_arready),
    .register_araddr (register_araddr),
    .register_rvalid (register_rvalid),
    .register_rready (register_rready),
    .register_rdata  (register_rdata),
    .register_rresp  (register_rresp),
    .core_valid      (read_valid),
    .core_ready      (read_ready),
    .core_host       (read_host),
    .core_index      (read_index),
    .core_rvalid     (response_valid && response.target == csr_pkg::ToBus),
    .core_rerror     (response.error),
    .core_rdata      (response.data),
    .core_lost       (csr_hold)
  );

  // Tables.

  logic staged_valid, staged_ready, table_busy, table_refused;
  logic [7:0] table_load;
  logic [7:0][31:0] table_words;
  csr_pkg::request_t staged;

  for (genvar i = 0; i < 8; i++) begin : gen_table_words
    assign table_words[i] = from_registers.table_data[i].word.value;
    assign to_registers.table_data[i].word.next = response.data;
    assign to_registers.table_data[i].word.we = table_load[i];
  end

  csr_table_access #(
    .Ports       (Ports),
    .Services    (Services),
    .Servers     (Servers),
    .Routers     (Routers),
    .FdbSetsLog2 (FdbSetsLog2),
    .LogicalPorts(LogicalPorts),
    .Vips        (Vips),
    .FlowsLog2   (FlowsLog2)
  ) u_table_access (
    .clk           (csr_clk),
    .rst           (csr_rst),
    .command_write (from_registers.table_command.write_entry.value),
    .command_read  (from_registers.table_command.read_entry.value),
    .writable      (writable),
    .number        (from_registers.table_address.table_.value),
    .index         (from_registers.table_address.index.value),
    .words         (table_words),
    .busy          (table_busy),
    .refused       (table_refused),
    .load          (table_load),
    .request_valid (staged_valid),
    .request_ready (staged_ready),
    .request       (staged),
    .response_valid(response_valid && response.target == csr_pkg::ToTable),
    .response_error(response.error),
    .response_last (response.last),
    .response_word (response.word),
    .core_lost     (csr_hold)
  );

  assign to_registers.table_status.busy.next  = table_busy;
  assign to_registers.table_status.error.next = table_refused;

  // Clearing.

  logic clear_busy, clear_begins, clear_held, clear_valid, clear_ready, seed_idle;

  csr_clear_order u_clear_order (
    .clk          (csr_clk),
    .written      (from_registers.clear.key.swmod),
    .key          (from_registers.clear.key.value),
    .busy         (clear_busy),
    .begins       (clear_begins),
    .seed_idle    (seed_idle),
    .held         (clear_held),
    .request_valid(clear_valid),
    .request_ready(clear_ready),
    .done         (response_valid && response.target == csr_pkg::ToClear),
    .core_lost    (csr_hold),
    .core_reset   (core_reset)
  );

  assign to_registers.clear_status.busy.next = clear_busy;
  assign to_registers.clear_settings = clear_begins;

  // Requests to the core. A read goes before a write: the bus has one read outstanding, so writes
  // cannot starve. What comes behind the order to clear stays behind it.

  logic request_valid, request_ready, core_request_valid, core_request_ready;
  csr_pkg::request_t request, core_request;

  always_comb begin
    request = '{
        kind: posted_host ? csr_pkg::HostWrite : csr_pkg::BucketWrite,
        index: posted_index,
        data: posted_data
    };
    clear_ready = 1'b0;
    staged_ready = 1'b0;
    read_ready = 1'b0;
    posted_ready = 1'b0;
    if (clear_held) begin
      request_valid = clear_valid;
      request = '{kind: csr_pkg::Clear, index: '0, data: '0};
      clear_ready = request_ready;
    end else if (staged_valid) begin
      request_valid = 1'b1;
      request = staged;
      staged_ready = request_ready;
    end else if (read_valid) begin
      request_valid = 1'b1;
      request = '{
          kind: read_host ? csr_pkg::HostRead : csr_pkg::BucketRead,
          index: read_index,
          data: '0
      };
      read_ready = request_ready;
    end else begin
      request_valid = posted_valid;
      posted_ready = request_ready;
    end
  end

  fifo_async #(
    .Data (csr_pkg::request_t),
    .Depth(RequestDepth)
  ) u_requests (
    .src_clk  (csr_clk),
    .src_rst  (csr_cross_rst),
    .src_valid(request_valid && !csr_hold),
    .src_ready(request_ready),
    .src_data (request),
    .dst_clk  (clk),
    .dst_rst  (cross_rst),
    .dst_valid(core_request_valid),
    .dst_ready(core_request_ready),
    .dst_data (core_request)
  );

  logic core_response_valid, core_response_ready, arrived_valid;

  assign response_valid = arrived_valid && !csr_hold;

  csr_pkg::response_t core_response;
  logic core_table_valid, core_table_write, core_bucket_write;
  logic [7:0] core_table_number;
  logic [23:0] core_table_index;
  logic [255:0] core_table_wdata;
  logic [BucketsLog2-1:0] core_bucket_index;
  logic [31:0] core_bucket_data;
  logic clear_start, clearing, clear_done, dirty_q;

  csr_core_access #(
    .BucketsLog2(BucketsLog2)
  ) u_core_access (
    .clk               (clk),
    .rst               (rst),
    .request_valid     (core_request_valid),
    .request_ready     (core_request_ready),
    .request           (core_request),
    .response_valid    (core_response_valid),
    .response_ready    (core_response_ready),
    .response          (core_response),
    .table_valid       (core_table_valid),
    .table_ready       (table_ready),
    .table_write       (core_table_write),
    .table_number      (core_table_number),
    .table_index       (core_table_index),
    .table_wdata       (core_table_wdata),
    .table_rvalid      (table_rvalid),
    .table_rdata       (table_rdata),
    .table_error       (table_error),
    .bucket_write_valid(core_bucket_write),
    .bucket_write_ready(bucket_write_ready),
    .bucket_write_index(core_bucket_index),
    .bucket_write_data (core_bucket_data),
    .bucket_read_valid (bucket_read_valid),
    .bucket_read_ready (bucket_read_ready),
    .bucket_read_index (bucket_read_index),
    .bucket_read_rvalid(bucket_read_rvalid),
    .bucket_read_rdata (bucket_read_rdata),
    .host_valid        (host_valid),
    .host_write        (host_write),
    .host_address      (host_address),
    .host_wdata        (host_wdata),
    .host_rvalid       (host_rvalid),
    .host_rerror       (host_rerror),
    .host_rdata        (host_rdata),
    .clear             (clear_start),
    .clear_busy        (clearing),
    .hold              (hold),
    .drains            (drains),
    .idle              (core_idle),
    .dirty             (dirty_q)
  );

  // Something was written since configuration or since the card was cleared.

  initial dirty_q = 1'b0;

  always @(posedge clk) begin
    if (clear_done) dirty_q <= 1'b0;
    if (core_bucket_write || (core_table_valid && core_table_write) || seed_write) dirty_q <= 1'b1;
  end

  // The buses are the clearing's while it goes on: nothing else is under way then.

  logic zero_table, zero_bucket;
  logic [7:0] zero_number;
  logic [23:0] zero_index;
  logic [BucketsLog2-1:0] zero_bucket_index;

  csr_clear #(
    .Services    (Services),
    .BucketsLog2 (BucketsLog2),
    .Servers     (Servers),
    .Routers     (Routers),
    .LogicalPorts(LogicalPorts),
    .Vips        (Vips),
    .FdbSetsLog2 (FdbSetsLog2)
  ) u_clear (
    .clk         (clk),
    .rst         (rst),
    .start       (clear_start),
    .busy        (clearing),
    .done        (clear_done),
    .table_valid (zero_table),
    .table_ready (table_ready),
    .table_number(zero_number),
    .table_index (zero_index),
    .bucket_valid(zero_bucket),
    .bucket_ready(bucket_write_ready),
    .bucket_index(zero_bucket_index),
    .forget      (flow_forget),
    .flush       (learned_flush),
    .empty_flows (flow_empty),
    .flows_empty (flow_cleared)
  );

  assign table_valid = core_table_valid || zero_table;
  assign table_write = core_table_write || clearing;
  assign table_number = clearing ? zero_number : core_table_number;
  assign table_index = clearing ? zero_index : core_table_index;
  assign table_wdata = clearing ? '0 : core_table_wdata;
  assign bucket_write_valid = core_bucket_write || zero_bucket;
  assign bucket_write_index = clearing ? zero_bucket_index : core_bucket_index;
  assign bucket_write_data = clearing ? '0 : core_bucket_data;

  fifo_async #(
    .Data (csr_pkg::response_t),
    .Depth(ResponseDepth)
  ) u_responses (
    .src_clk  (clk),
    .src_rst  (cross_rst),
    .src_valid(core_response_valid && !hold),
    .src_ready(core_response_ready),
    .src_data (core_response),
    .dst_clk  (csr_clk),
    .dst_rst  (csr_cross_rst),
    .dst_valid(arrived_valid),
    .dst_ready(1'b1),
    .dst_data (response)
  );

  // Settings.

  logic [Ports-1:0] register_bpdu_to_host;

  for (genvar i = 0; i < Ports; i++) begin : gen_port_settings
    assign register_bpdu_to_host[i] = from_registers.port[i].bpdu_to_host.value;
  end

  csr_settings #(
    .Ports(Ports)
  ) u_settings (
    .csr_clk              (csr_clk),
    .csr_hold             (csr_hold),
    .csr_cross_rst        (csr_cross_rst),
    .register_bpdu_to_host(register_bpdu_to_host),
    .register_drop_unknown(from_registers.forwarding.drop_unknown.value),
    .register_fdb_age     (from_registers.forwarding.fdb_age.value),
    .register_announce    (from_registers.announcer.interval.value),
    .register_client_bits4(from_registers.persistence.ipv4_bits.value),
    .register_client_bits6(from_registers.persistence.ipv6_bits.value),
    .clk                  (clk),
    .rst                  (rst),
    .hold                 (hold),
    .cross_rst            (cross_rst),
    .bpdu_to_host         (bpdu_to_host),
    .drop_unknown         (drop_unknown),
    .fdb_age              (fdb_age),
    .announce             (announce),
    .client_bits4         (client_bits4),
    .client_bits6         (client_bits6)
  );

  // Seed. Its words are the register block's; those of the last one are there a clock after swmod.

  logic [3:0][31:0] seed_words;
  logic seed_in_force;

  for (genvar i = 0; i < 4; i++) begin : gen_seed_words
    assign seed_words[i] = from_registers.flow_seed[i].word.value;
  end

  csr_flow_seed u_flow_seed (
    .csr_clk    (csr_clk),
    .csr_hold   (csr_hold),
    .csr_cross_rst(csr_cross_rst),
    .written    (from_registers.flow_seed[3].word.swmod),
    .words      (seed_words),
    .ready      (seed_in_force),
    .wait_unsent(clear_busy),
    .void_unsent(clear_begins),
    .idle       (seed_idle),
    .clk        (clk),
    .rst        (rst),
    .hold       (hold),
    .cross_rst  (cross_rst),
    .seed_write (seed_write),
    .seed       (seed),
    .core_ready (flow_ready)
  );

  assign to_registers.flow_status.ready.next = seed_in_force;

  // Status.

  logic [Ports+2:0] status;
  logic [7:0] links;

  cdc_sync #(
    .Width(Ports + 3)
  ) u_status (
    .clk(csr_clk),
    .in_level({host_rings, flow_pressure, member_sweep_busy, link_up}),
    .out_level(status)
  );

  always_comb begin
    links = '0;
    links[Ports-1:0] = status[Ports-1:0];
  end

  assign to_registers.status.link_up.next = links;
  assign to_registers.status.member_sweep.next = status[Ports];
  assign to_registers.flow_status.pressure.next = status[Ports+1];

  // Identification.

  assign to_registers.features.flow_table.next = 1'b1;
  assign to_registers.features.address_responder.next = 1'b1;
  assign to_registers.features.logical_ports.next = 1'b1;
  assign to_registers.features.rings.next = status[Ports+2];
  assign to_registers.capability_ports.ports.next = 8'(Ports);
  assign to_registers.capability_ports.engines.next = 8'(Engines);
  assign to_registers.capability_ports.queue_beats.next = 16'(QueueBeats);
  assign to_registers.capability_members.servers.next = 16'(Servers);
  assign to_registers.capability_members.routers.next = 16'(Routers);
  assign to_registers.capability_tables.services.next = 16'(Services);
  assign to_registers.capability_tables.buckets_log2.next = 8'(BucketsLog2);
  assign to_registers.capability_tables.fdb_sets_log2.next = 8'(FdbSetsLog2);
  assign to_registers.capability_logical.logical_ports.next = 8'(LogicalPorts);
  assign to_registers.capability_logical.vips.next = 8'(Vips);
  assign to_registers.capability_flow.entries_log2.next = 8'(FlowsLog2);
  assign to_registers.capability_flow.store.next = 8'(FlowStore);

  // Words that belong to software. They are zero whenever the card begins to be cleared.

  logic [2:0][31:0] kept_q;   // the generation, then the configuration
  logic [2:0]       kept_req, kept_write;
  logic [2:0][31:0] kept_data, kept_enable, kept_d;

  initial kept_q = '0;

  assign kept_req = {
    from_registers.configuration[1].req,
    from_registers.configuration[0].req,
    from_registers.generation.req
  };
  assign kept_write = {
    from_registers.configuration[1].req_is_wr,
    from_registers.configuration[0].req_is_wr,
    from_registers.generation.req_is_wr
  };
  assign kept_data = {
    from_registers.configuration[1].wr_data.word,
    from_registers.configuration[0].wr_data.word,
    from_registers.generation.wr_data.value
  };
  assign kept_enable = {
    from_registers.configuration[1].wr_biten.word,
    from_registers.configuration[0].wr_biten.word,
    from_registers.generation.wr_biten.value
  };

  assign kept_d = (kept_q & ~kept_enable) | (kept_data & kept_enable);

  for (genvar i = 0; i < 3; i++) begin : gen_kept
    always @(posedge csr_clk) begin
      if (kept_req[i] && kept_write[i] && (i != 0 || kept_q[0] != '0 || kept_d[0] == 32'd1))
        kept_q[i] <= kept_d[i];
      if (clear_begins) kept_q[i] <= '0;
    end
  end

  assign writable = kept_q[0] != '0;
  assign to_registers.generation.rd_data.value = kept_q[0];
  assign to_registers.generation.rd_ack = kept_req[0] && !kept_write[0];
  assign to_registers.generation.wr_ack = kept_req[0] && kept_write[0];
  for (genvar i = 0; i < 2; i++) begin : gen_configuration
    assign to_registers.configuration[i].rd_data.word = kept_q[i+1];
    assign to_registers.configuration[i].rd_ack = kept_req[i+1] && !kept_write[i+1];
    assign to_registers.configuration[i].wr_ack = kept_req[i+1] && kept_write[i+1];
  end

endmodule

`default_nettype wire
