`default_nettype none

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
// Bus (csr_write_channel, csr_read_channel). 0x00000 to 0x00fff: registers (flowswitch.rdl). 0x01000 to 0x01fff: registers of the host
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
// read with one clock of table_rvalid, in the clock of table_ready or any later one. No request is
// made before the last one has ended.
//
// Bucket bus. A write is one clock. A read is held until its ready and ends with one clock of
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

module csr_block
  import frame_pkg::*;
  import table_pkg::*;
  import axi_pkg::*;
  import csr_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Engines = 1,
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11,
  parameter int unsigned FlowsLog2 = 16,
  parameter int unsigned QueueBeats = 512
) (
  input  wire logic              csr_clk,
  input  wire logic              csr_rst,
  input  wire axil_req_t         bus_req,
  output axil_resp_t             bus_resp,

  input  wire logic              clk,
  input  wire logic              rst,
  // What is shown.
  input  wire logic [Ports-1:0]  link_up,
  input  wire logic              member_sweep_busy,
  input  wire logic              flow_ready,
  input  wire logic              flow_pressure,
  input  wire logic              host_rings,
  // What is set.
  output settings_t              settings,
  output logic                   seed_write,
  output logic [127:0]           seed,
  // Clearing.
  output logic                   flow_forget,
  output logic                   learned_flush,
  output logic                   flow_empty,
  input  wire logic              flow_cleared,
  // The host port.
  output logic                   host_valid,
  output logic                   host_write,
  output logic [11:0]            host_address,
  output logic [31:0]            host_wdata,
  input  wire logic              host_rvalid,
  input  wire logic              host_rerror,
  input  wire logic [31:0]       host_rdata,
  // Tables.
  output logic                   table_valid,
  input  wire logic              table_ready,
  output logic                   table_write,
  output table_access_t          table_access,
  input  wire logic              table_rvalid,
  input  wire logic [255:0]      table_rdata,
  // Buckets.
  output logic                   bucket_write_valid,
  output logic [BucketsLog2-1:0] bucket_write_index,
  output logic [31:0]            bucket_write_data,
  output logic                   bucket_read_valid,
  input  wire logic              bucket_read_ready,
  output logic [BucketsLog2-1:0] bucket_read_index,
  input  wire logic              bucket_read_rvalid,
  input  wire logic [31:0]       bucket_read_rdata
);

  localparam int unsigned RequestDepth = 32;
  localparam int unsigned ResponseDepth = 16;

  // --------------------------------------------------------------------------------------- reset
  // The sides are reset together.
  logic csr_hold, csr_cross_rst, hold, cross_rst, drains, core_idle, core_reset;

  crossing_reset u_crossing_reset (
    .a_clk(csr_clk), .a_rst(csr_rst), .a_idle(1'b1), .a_hold(csr_hold), .a_clear(csr_cross_rst),
    .a_drains(), .a_other(core_reset), .b_clk(clk), .b_rst(rst), .b_idle(core_idle),
    .b_hold(hold), .b_clear(cross_rst), .b_drains(drains), .b_other()
  );

  // ----------------------------------------------------------------------------------------- bus
  logic            write_valid, write_ready, write_done, write_error;
  register_write_t write;
  logic            read_valid, read_ready, read_done, read_error;
  logic [11:0]     read_address;
  logic [31:0]     read_data;
  logic            posted_valid, posted_ready, posted_host;
  logic [23:0]     posted_index;
  logic [31:0]     posted_data;
  logic            fetch_valid, fetch_ready, fetch_host;      // a read that the core answers
  logic [23:0]     fetch_index;
  logic            response_valid;
  response_t       response;
  logic            writable;      // the generation tells that tables are written

  csr_write_channel #(.BucketsLog2(BucketsLog2)) u_write_channel (
    .clk(csr_clk), .rst(csr_rst), .aw_valid(bus_req.aw_valid), .aw_ready(bus_resp.aw_ready),
    .aw_addr(bus_req.aw_addr), .w_valid(bus_req.w_valid), .w_ready(bus_resp.w_ready),
    .w_data(bus_req.w_data), .w_strb(bus_req.w_strb), .b_valid(bus_resp.b_valid),
    .b_ready(bus_req.b_ready), .b_resp(bus_resp.b_resp), .register_valid(write_valid),
    .register_ready(write_ready), .register_write(write), .register_done(write_done),
    .register_error(write_error), .posted_valid, .posted_ready, .posted_host, .posted_index,
    .posted_data, .core_lost(csr_hold), .writable
  );

  csr_read_channel #(.BucketsLog2(BucketsLog2)) u_read_channel (
    .clk(csr_clk), .rst(csr_rst), .ar_valid(bus_req.ar_valid), .ar_ready(bus_resp.ar_ready),
    .ar_addr(bus_req.ar_addr), .r_valid(bus_resp.r_valid), .r_ready(bus_req.r_ready),
    .r_data(bus_resp.r_data), .r_resp(bus_resp.r_resp), .register_valid(read_valid),
    .register_ready(read_ready), .register_address(read_address), .register_done(read_done),
    .register_error(read_error), .register_data(read_data), .core_valid(fetch_valid),
    .core_ready(fetch_ready), .core_host(fetch_host), .core_index(fetch_index),
    .core_rvalid(response_valid && response.target == ToBus), .core_rerror(response.error),
    .core_rdata(response.data), .core_lost(csr_hold)
  );

  // ----------------------------------------------------------------------------------- registers
  logic [Ports+2:0] status;
  settings_t        wanted;
  logic             seed_written, seed_idle, seed_in_force;
  logic [3:0][31:0] seed_words;
  logic             clear_written, clear_busy, clear_begins;
  logic [31:0]      clear_key;
  logic             command_write, command_read, table_busy, table_refused;
  logic [7:0]       table_number, table_load;
  logic [23:0]      table_index;
  logic [7:0][31:0] table_words;

  cdc_sync #(.Width(Ports + 3)) u_status (
    .clk(csr_clk), .in_level({host_rings, flow_pressure, member_sweep_busy, link_up}),
    .out_level(status)
  );

  csr_registers #(
    .Ports(Ports), .Engines(Engines), .Services(Services), .BucketsLog2(BucketsLog2),
    .Servers(Servers), .Routers(Routers), .FdbSetsLog2(FdbSetsLog2), .FlowsLog2(FlowsLog2),
    .QueueBeats(QueueBeats)
  ) u_registers (
    .clk(csr_clk), .rst(csr_rst), .write_valid, .write_ready, .write, .write_done, .write_error,
    .read_valid, .read_ready, .read_address, .read_done, .read_error, .read_data,
    .link_up(8'(status[Ports-1:0])), .member_sweep(status[Ports]), .flow_ready(seed_in_force),
    .flow_pressure(status[Ports+1]), .host_rings(status[Ports+2]), .clear_busy, .table_busy,
    .table_refused, .settings(wanted), .seed_written, .seed_words, .clear_written, .clear_key,
    .clear_begins, .writable, .command_write, .command_read, .table_number, .table_index,
    .table_words, .table_load, .table_word(response.data)
  );

  // ------------------------------------------------------------------------- tables and clearing
  logic     staged_valid, staged_ready;
  request_t staged;
  logic     clear_held, clear_valid, clear_ready;

  csr_table_access #(
    .Ports(Ports), .Services(Services), .Servers(Servers), .Routers(Routers),
    .FdbSetsLog2(FdbSetsLog2), .LogicalPorts(LogicalPorts), .Vips(Vips), .FlowsLog2(FlowsLog2)
  ) u_table_access (
    .clk(csr_clk), .rst(csr_rst), .command_write, .command_read, .writable,
    .number(table_number), .index(table_index), .words(table_words), .busy(table_busy),
    .refused(table_refused), .load(table_load), .request_valid(staged_valid),
    .request_ready(staged_ready), .request(staged),
    .response_valid(response_valid && response.target == ToTable),
    .response_error(response.error), .response_last(response.last),
    .response_word(response.word), .core_lost(csr_hold)
  );

  csr_clear_order u_clear_order (
    .clk(csr_clk), .written(clear_written), .key(clear_key), .busy(clear_busy),
    .begins(clear_begins), .seed_idle, .held(clear_held), .request_valid(clear_valid),
    .request_ready(clear_ready), .done(response_valid && response.target == ToClear),
    .core_lost(csr_hold), .core_reset
  );

  // ------------------------------------------------------------------------- to the core and back
  logic      request_valid, request_ready, core_request_valid, core_request_ready;
  request_t  request, core_request;
  logic      core_response_valid, core_response_ready, arrived_valid;
  response_t core_response;

  csr_requests u_requests (
    .clear_held, .clear_valid, .clear_ready, .table_valid(staged_valid),
    .table_ready(staged_ready), .table_request(staged), .read_valid(fetch_valid),
    .read_ready(fetch_ready), .read_host(fetch_host), .read_index(fetch_index), .posted_valid,
    .posted_ready, .posted_host, .posted_index, .posted_data, .out_valid(request_valid),
    .out_ready(request_ready), .out(request)
  );

  fifo_async #(.Data(request_t), .Depth(RequestDepth)) u_request_queue (
    .src_clk(csr_clk), .src_rst(csr_cross_rst), .src_valid(request_valid && !csr_hold),
    .src_ready(request_ready), .src_data(request), .dst_clk(clk), .dst_rst(cross_rst),
    .dst_valid(core_request_valid), .dst_ready(core_request_ready), .dst_data(core_request)
  );

  csr_core_side #(
    .Services(Services), .BucketsLog2(BucketsLog2), .Servers(Servers), .Routers(Routers),
    .FdbSetsLog2(FdbSetsLog2)
  ) u_core_side (
    .clk, .rst, .hold, .drains, .idle(core_idle), .request_valid(core_request_valid),
    .request_ready(core_request_ready), .request(core_request),
    .response_valid(core_response_valid), .response_ready(core_response_ready),
    .response(core_response), .seed_write, .table_valid, .table_ready, .table_write,
    .table_access, .table_rvalid, .table_rdata, .bucket_write_valid, .bucket_write_index,
    .bucket_write_data, .bucket_read_valid, .bucket_read_ready, .bucket_read_index,
    .bucket_read_rvalid, .bucket_read_rdata, .host_valid, .host_write, .host_address,
    .host_wdata, .host_rvalid, .host_rerror, .host_rdata, .flow_forget, .learned_flush,
    .flow_empty, .flow_cleared
  );

  fifo_async #(.Data(response_t), .Depth(ResponseDepth)) u_response_queue (
    .src_clk(clk), .src_rst(cross_rst), .src_valid(core_response_valid && !hold),
    .src_ready(core_response_ready), .src_data(core_response), .dst_clk(csr_clk),
    .dst_rst(csr_cross_rst), .dst_valid(arrived_valid), .dst_ready(1'b1), .dst_data(response)
  );

  assign response_valid = arrived_valid && !csr_hold;

  csr_settings u_settings (
    .csr_clk, .csr_hold, .csr_cross_rst, .wanted, .clk, .rst, .hold, .cross_rst, .settings
  );

  csr_flow_seed u_flow_seed (
    .csr_clk, .csr_hold, .csr_cross_rst, .written(seed_written), .words(seed_words),
    .ready(seed_in_force), .wait_unsent(clear_busy), .void_unsent(clear_begins),
    .idle(seed_idle), .clk, .rst, .hold, .cross_rst, .seed_write, .seed, .core_ready(flow_ready)
  );

endmodule

`default_nettype wire
