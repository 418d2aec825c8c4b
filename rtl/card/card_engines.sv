`default_nettype none

// What decides about frames: the look-up engines with the flow table's keeper or writer, the learner
// and the counters of flows.
//
// Keys come from the line cards, a queue each: `key` with `key_valid`, taken in a clock with
// `key_ready`; `key_pushed` tells of each that enters its queue. With one engine all line cards share
// it in turn; else each has its own. A verdict goes to the line card of its key, one clock, in the
// order of its keys: EngineLatency clocks after the key was taken into the engine. `check` is what is
// known of a frame's payload when its verdict is made, gone with `check_pop`. `verdict_any`: a verdict
// is given in this clock.
//
// Tables, members and buckets are written as card_tables and csr_block say. `seed_write`: a new seed
// for the flow table's keyed hash, which empties it; `flow_ready` tells that the seed is in force and
// the table empty or in use. `flow_forget`, `flow_empty`, `flow_cleared`, `learned_flush`: see
// csr_clear.
//
// `monitor_*`: each engine's verdicts for who watches, two clocks later; `dropped` and `drop` a clock
// before that. `learn_*`: with several engines, what was learned, beside the verdicts that do not see
// it yet.
module card_engines
  import frame_pkg::*;
  import key_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Engines = 1,
  parameter int unsigned Services = 64,
  parameter int unsigned BucketsLog2 = 17,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64,
  parameter int unsigned FdbSetsLog2 = 11,
  parameter int unsigned FlowsLog2 = 16,
  parameter int unsigned QueueKeys = 16,
  parameter string BucketStyle = "ultra",
  parameter string FlowStyle = "ultra"
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  input  wire settings_t              settings,
  input  wire logic [Ports-1:0]       link_up,
  input  wire logic [15:0]            tick,
  input  wire logic [15:0]            oldest,         // stamp of the oldest address that holds
  // Line cards.
  input  wire logic [Ports-1:0]       key_coming,
  input  wire logic [Ports-1:0]       key_pushed,
  input  wire logic [Ports-1:0]       key_valid,
  output logic [Ports-1:0]            key_ready,
  input  wire key_t                   key [Ports],
  input  wire check_t                 check [Ports],
  output logic [Ports-1:0]            check_pop,
  output logic [Ports-1:0]            verdict_valid,
  output verdict_t                    verdict [Ports],
  output logic                        verdict_any,
  output logic [Ports-1:0]            learning_skipped,
  // Tables.
  input  wire logic                   table_write,
  input  wire logic                   table_read,
  input  wire table_access_t          table_access,
  input  wire logical_write_t         logical_write,
  input  wire logic [Ports-1:0]       usable,
  input  wire logic                   member_write,
  input  wire member_t                member_index,
  input  wire member_entry_t          member_entry,
  output logic                        counts_valid,   // of flows
  output logic [255:0]                counts_data,
  output logic                        entries_valid,  // .. their entries
  output logic [255:0]                entries_data,
  input  wire logic                   fdb_read_valid,
  output logic                        fdb_read_ready,
  output logic                        fdb_read_rvalid,
  output fdb_entry_t                  fdb_read_entry,
  input  wire logic                   bucket_write_valid,
  input  wire logic [BucketsLog2-1:0] bucket_write_index,
  input  wire logic [31:0]            bucket_write_data,
  input  wire logic                   bucket_read_valid,
  output logic                        bucket_read_ready,
  input  wire logic [BucketsLog2-1:0] bucket_read_index,
  output logic                        bucket_read_rvalid,
  output logic [31:0]                 bucket_read_rdata,
  // Flows and learning.
  input  wire logic                   seed_write,
  input  wire logic [127:0]           seed,
  input  wire logic                   flow_forget,
  input  wire logic                   flow_empty,
  output logic                        flow_cleared,
  input  wire logic                   learned_flush,
  output logic                        flow_ready,
  output logic                        flow_pressure,
  output flow_op_t                    flow_bus,
  output logic                        station_moved,
  // Monitors.
  output logic [Engines-1:0]          dropped,        // the verdict is a drop
  output drop_e                       drop [Engines],
  output logic [Engines-1:0]          monitor_valid,
  output logic [Engines-1:0][3:0]     monitor_port,
  output logic [Engines-1:0][4:0]     monitor_row,
  output logic [Engines-1:0][4:0]     monitor_reason,
  output logic [Engines-1:0][Ports:0] monitor_egress,
  output logic [Engines-1:0][3:0]     monitor_flow,
  output logic [Engines-1:0][31:0]    monitor_stamp,
  output logic                        learn_valid,
  output logic [5:0]                  learn_logical,
  output logic [12:0]                 learn_domain,
  output logic [47:0]                 learn_mac
);

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
  logic [Engines-1:0]       fdb_ready, fdb_hold, fdb_rvalid;
  fdb_entry_t               fdb_entry [Engines];
  logic [Engines-1:0]       bucket_ready, bucket_rvalid;
  logic [Engines-1:0][31:0] bucket_rdata;

  // The first engine answers for all.
  assign fdb_read_ready = fdb_ready[0];
  assign fdb_read_rvalid = fdb_rvalid[0];
  assign fdb_read_entry = fdb_entry[0];
  assign bucket_read_ready = bucket_ready[0];
  assign bucket_read_rvalid = bucket_rvalid[0];
  assign bucket_read_rdata = bucket_rdata[0];
  assign verdict_any = |engine_verdict_valid;

  // A clock for the way of a table's write, or read, to all engines.
  logic          table_write_q, table_read_q;
  (* keep = "true", dont_touch = "true" *) table_access_t table_access_q;

  always_ff @(posedge clk) begin
    table_write_q <= table_write && !rst;
    table_read_q <= table_read && !rst;
    table_access_q <= table_access;
  end

  // .. and to all copies of the pool.
  logic                   bucket_write_q;
  logic [BucketsLog2-1:0] bucket_write_index_q;
  logic [31:0]            bucket_write_data_q;

  always_ff @(posedge clk) begin
    bucket_write_q <= bucket_write_valid && !rst;
    bucket_write_index_q <= bucket_write_index;
    bucket_write_data_q <= bucket_write_data;
  end

  // ----------------------------------------------------------------------------------------- flows
  logic [Engines-1:0] seed_ready;
  flow_load_write_t   flow_load;
  flow_heard_t        flow_mine [Engines];
  flow_request_t      flow_request [Engines];
  flow_heard_t        flow_heard;
  flow_op_t           flow_next;
  logic               flow_next_ready;
  logic [Engines-1:0] flow_take;
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
    if (flow_forget || rst) seed_held_q <= 1'b0;
    flow_ready <= (&seed_ready) && seed_held_q && flow_cleared && !rst;
  end

  assign flows_begin = seed_write || flow_empty;

  flow_counts #(
    .Servers(Servers), .FlowsLog2(FlowsLog2), .Engines(Engines)
  ) u_flow_counts (
    .clk, .rst, .bus(flow_bus), .member_write, .member_index, .member_entry,
    .load_write(flow_load),
    .pressure(flow_pressure), .orphan, .overwritten(fragment_overwritten),
    .table_read(table_read_q), .table_access(table_access_q),
    .read_valid(counts_valid), .read_data(counts_data)
  );

  // --------------------------------------------------------------------------------------- engines
  if (Engines == 1) begin : gen_shared
    key_arbiter #(.Cards(Ports), .QueueKeys(QueueKeys)) u_arbiter (
      .clk, .rst, .hold(flow_hold || learn_hold || fdb_hold[0]),
      .coming(key_coming), .pushed(key_pushed),
      .key_ready, .key,
      .out_valid(engine_key_valid[0]),
      .out_port(engine_key_port[0]), .out_key(engine_key[0])
    );
`ifndef SYNTHESIS
    always_ff @(posedge clk) if (!rst) a_granted: assert ((key_ready & ~key_valid) == '0);
`endif

    for (genvar p = 0; p < Ports; p++) begin : gen_verdict
      assign verdict_valid[p] =
        engine_verdict_valid[0] && engine_verdict_port[0] == port_t'(p);
      assign verdict[p] = engine_verdict[0];
      assign check_pop[p] = engine_check_pop[0] && engine_check_port[0] == port_t'(p);
    end

    always_comb begin
      engine_check[0] = '0;
      for (int p = 0; p < int'(Ports); p++)
        if (engine_check_port[0] == port_t'(p)) engine_check[0] |= check[p];
    end

    // So is the keeper of the flow table, whose one copy hears what it says itself.
    assign flow_heard = flow_mine[0];
    assign flow_bus = flow_heard.bus;

    flow_keeper #(.FlowsLog2(FlowsLog2)) u_keeper (
      .clk, .rst, .tick(tick[12:0]), .pressure(flow_pressure), .clear(flows_begin),
      .ready(flow_cleared), .hold(flow_hold), .told(flow_heard.told),
      .coming(flow_heard.coming), .next(flow_next), .next_ready(flow_next_ready),
      .take(flow_take[0]),
      .read(flow_read[0]), .read_row(flow_read_row), .read_ready(flow_read_ready[0]),
      .read_words(flow_read_words[0]), .table_write(table_write_q), .table_read(table_read_q),
      .table_access(table_access_q),
      .read_valid(entries_valid), .read_data(entries_data)
    );

    // The learner is fed straight from the engine, so that each look-up sees all that earlier ones
    // learned.
    fdb_learn #(.SetsLog2(FdbSetsLog2)) u_learn (
      .clk, .rst, .tick, .oldest, .request_valid(engine_key_valid[0]),
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
    localparam int unsigned MonitorDelay = 10;

    for (genvar p = 0; p < Ports; p++) begin : gen_engine_key
      // Only the first engine's database is read.
      assign key_ready[p] = !fdb_hold[p];
      always_ff @(posedge clk) begin
        engine_key_valid[p] <= key_valid[p] && key_ready[p] && !rst;
        engine_key[p] <= key[p];
      end
      assign engine_key_port[p] = port_t'(p);
      assign verdict_valid[p] = engine_verdict_valid[p];
      assign verdict[p] = engine_verdict[p];
      assign engine_check[p] = check[p];
      assign check_pop[p] = engine_check_pop[p];
    end

    flow_writer #(
      .Ports(Ports), .Engines(Engines), .Servers(Servers), .FlowsLog2(FlowsLog2),
      .Style(FlowStyle)
    ) u_writer (
      .clk, .rst, .enabled(flow_ready), .tick(tick[12:0]), .pressure(flow_pressure),
      .clear(flows_begin), .ready(flow_cleared), .member_write, .member_index, .member_entry,
      .table_write(table_write_q), .table_read(table_read_q), .table_access(table_access_q),
      .read_valid(entries_valid),
      .read_data(entries_data), .usable, .request(flow_request), .heard(flow_heard),
      .counted(flow_bus)
    );
    assign flow_next = '0;
    assign flow_next_ready = 1'b0;

    // Only the writer's own table is read by the keeper.
    assign flow_hold = 1'b0;
    assign flow_read = '0;
    always_comb for (int b = 0; b < 2; b++) flow_read_row[b] = '0;

    logic       request_valid;
    learn_t     request;
    fdb_write_t write_q [MonitorDelay];

    learn_queue #(.Engines(Engines)) u_learn_queue (
      .clk, .rst, .hold(learn_hold), .in_valid(learn_confirm), .in_request(learn_confirmed),
      .skipped(learning_skipped), .out_valid(request_valid), .out_request(request)
    );

    fdb_learn #(.SetsLog2(FdbSetsLog2)) u_learn (
      .clk, .rst, .tick, .oldest, .request_valid, .request, .confirm(1'b1),
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
      .clk, .rst, .settings, .link_up, .usable, .oldest, .tick,
      .key_valid(engine_key_valid[e]), .key_port(engine_key_port[e]), .key(engine_key[e]),
      .check_port(engine_check_port[e]),
      .check(engine_check[e]), .check_pop(engine_check_pop[e]), .logical_write,
      .table_write(table_write_q), .table_access(table_access_q), .member_write, .member_index,
      .member_entry,
      .bucket_write_valid(bucket_write_q),
      .bucket_write_index(bucket_write_index_q), .bucket_write_data(bucket_write_data_q),
      .bucket_read_valid, .bucket_read_ready(bucket_ready[e]),
      .bucket_read_index, .bucket_read_rvalid(bucket_rvalid[e]),
      .bucket_read_rdata(bucket_rdata[e]), .fdb_write,
      .fdb_read_valid(fdb_read_valid && e == 0), .fdb_read_ready(fdb_ready[e]),
      .fdb_read_hold(fdb_hold[e]),
      .fdb_read_index(table_access.index[FdbSetsLog2+1:0]),
      .fdb_read_rvalid(fdb_rvalid[e]), .fdb_read_entry(fdb_entry[e]),
      .learn_confirm(learn_confirm[e]), .learn_confirmed(learn_confirmed[e]),
      .seed_write, .seed, .seed_ready(seed_ready[e]), .flow_enabled(flow_ready),
      .flow_pressure, .flow_load, .flow_mine(flow_mine[e]), .flow_request(flow_request[e]),
      .flow_heard, .flow_next, .flow_next_ready, .flow_take(flow_take[e]),
      .flow_read(flow_read[e]), .flow_read_row,
      .flow_read_ready(flow_read_ready[e]), .flow_read_words(flow_read_words[e]),
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
      monitor_valid_q <= engine_verdict_valid[e] && !rst;
      monitor_port_q <= engine_verdict_port[e];
      monitor_q <= engine_verdict[e];
      monitor_valid[e] <= monitor_valid_q && !rst;
      monitor_port[e] <= monitor_port_q;
      monitor_row[e] <= monitor_q.row;
      monitor_egress[e] <= monitor_q.mask[Ports:0];
      monitor_stamp[e] <= monitor_q.stamp;
      monitor_flow_q <= engine_verdict_flow[e];
      monitor_flow[e] <= monitor_flow_q;
      if (monitor_q.mask == '0) monitor_reason[e] <= monitor_q.drop;
      else monitor_reason[e] <= {1'b0, monitor_q.host};
    end
  end

endmodule

`default_nettype wire
