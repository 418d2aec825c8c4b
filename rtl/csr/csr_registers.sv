`default_nettype none

// The registers of flowswitch.rdl, behind the bus: the generated block, what the card tells of
// itself, and the words that belong to software.
//
// A read and a write each take one clock of valid and ready, and end with one clock of done, two
// clocks later; nothing more of that kind may be asked for before. A read goes first: the next one
// cannot be here before a write that waits has been taken. `rst` drops what is under way and leaves
// the registers as they are.
//
// `clear_begins`: settings and words of software become what they are after configuration.
// `writable`: the generation is not zero. While it is zero it takes 1 alone.
// Commands, `seed_written` and `clear_written` are one clock each; what they tell of is there when
// they come.

module csr_registers
  import frame_pkg::*;
  import table_pkg::*;
  import flow_pkg::*;
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
  input  wire logic            clk,
  input  wire logic            rst,
  // The bus.
  input  wire logic            write_valid,
  output logic                 write_ready,
  input  wire register_write_t write,
  output logic                 write_done,
  output logic                 write_error,
  input  wire logic            read_valid,
  output logic                 read_ready,
  input  wire logic [11:0]     read_address,
  output logic                 read_done,
  output logic                 read_error,
  output logic [31:0]          read_data,
  // What is shown.
  input  wire logic [7:0]      link_up,
  input  wire logic            member_sweep,
  input  wire logic            flow_ready,
  input  wire logic            flow_pressure,
  input  wire logic            host_rings,
  input  wire logic            clear_busy,
  input  wire logic            table_busy,
  input  wire logic            table_refused,
  // What was written.
  output settings_t            settings,
  output logic                 seed_written,
  output logic [3:0][31:0]     seed_words,
  output logic                 clear_written,
  output logic [31:0]          clear_key,
  input  wire logic            clear_begins,
  output logic                 writable,
  output logic                 command_write,
  output logic                 command_read,
  output logic [7:0]           table_number,
  output logic [23:0]          table_index,
  output logic [7:0][31:0]     table_words,
  input  wire logic [7:0]      table_load,  // these words become `table_word`
  input  wire logic [31:0]     table_word
);

  flowswitch_csr_pkg::flowswitch_csr__in_t  shown;
  flowswitch_csr_pkg::flowswitch_csr__out_t written;

  // Requests stand in registers, so that the block's decoder begins there.
  logic            request_q, is_write_q, busy_q;
  register_write_t word_q;
  logic            write_ack, write_fails;

  assign read_ready = !busy_q;
  assign write_ready = !busy_q && !read_valid;

  always_ff @(posedge clk) begin
    request_q <= 1'b0;
    if (!busy_q) begin
      is_write_q <= !read_valid;
      word_q <= write;
      if (read_valid) word_q.address <= read_address;
      request_q <= read_valid || write_valid;
      busy_q <= read_valid || write_valid;
    end else if (write_ack || read_done) begin
      busy_q <= 1'b0;
    end
    if (rst) begin
      request_q <= 1'b0;
      busy_q <= 1'b0;
    end
  end

  logic [31:0] bits;
  for (genvar i = 0; i < 4; i++) begin : gen_strobe
    assign bits[8*i+:8] = {8{word_q.strobe[i]}};
  end

  flowswitch_csr u_block (
    .clk, .rst, .s_cpuif_req(request_q), .s_cpuif_req_is_wr(is_write_q),
    .s_cpuif_addr(word_q.address), .s_cpuif_wr_data(word_q.data), .s_cpuif_wr_biten(bits),
    .s_cpuif_req_stall_wr(), .s_cpuif_req_stall_rd(), .s_cpuif_rd_ack(read_done),
    .s_cpuif_rd_err(read_error), .s_cpuif_rd_data(read_data), .s_cpuif_wr_ack(write_ack),
    .s_cpuif_wr_err(write_fails), .hwif_in(shown), .hwif_out(written)
  );

  // A write is answered in the clock of its request.
  always_ff @(posedge clk) begin
    write_done <= write_ack && !rst;
    write_error <= write_fails;
  end

  // ------------------------------------------------------------------------------------ the card
  assign shown.features.flow_table.next = 1'b1;
  assign shown.features.address_responder.next = 1'b1;
  assign shown.features.logical_ports.next = 1'b1;
  assign shown.features.rings.next = host_rings;
  assign shown.capability_ports.ports.next = 8'(Ports);
  assign shown.capability_ports.engines.next = 8'(Engines);
  assign shown.capability_ports.queue_beats.next = 16'(QueueBeats);
  assign shown.capability_members.servers.next = 16'(Servers);
  assign shown.capability_members.routers.next = 16'(Routers);
  assign shown.capability_tables.services.next = 16'(Services);
  assign shown.capability_tables.buckets_log2.next = 8'(BucketsLog2);
  assign shown.capability_tables.fdb_sets_log2.next = 8'(FdbSetsLog2);
  assign shown.capability_logical.logical_ports.next = 8'(LogicalPorts);
  assign shown.capability_logical.vips.next = 8'(Vips);
  assign shown.capability_flow.entries_log2.next = 8'(FlowsLog2);
  assign shown.capability_flow.store.next = 8'(FlowStore);

  // -------------------------------------------------------------------------------------- status
  assign shown.status.link_up.next = link_up;
  assign shown.status.member_sweep.next = member_sweep;
  assign shown.flow_status.ready.next = flow_ready;
  assign shown.flow_status.pressure.next = flow_pressure;
  assign shown.clear_status.busy.next = clear_busy;
  assign shown.table_status.busy.next = table_busy;
  assign shown.table_status.error.next = table_refused;

  // ------------------------------------------------------------------------------------ settings
  assign shown.clear_settings = clear_begins;

  always_comb begin
    settings.drop_unknown = written.forwarding.drop_unknown.value;
    settings.fdb_age = written.forwarding.fdb_age.value;
    settings.announce = written.announcer.interval.value;
    settings.client_bits4 = written.persistence.ipv4_bits.value;
    settings.client_bits6 = written.persistence.ipv6_bits.value;
    settings.bpdu_to_host = '0;
    for (int p = 0; p < int'(Ports); p++)
      settings.bpdu_to_host[p] = written.port[p].bpdu_to_host.value;
  end

  for (genvar i = 0; i < 4; i++) begin : gen_seed
    assign seed_words[i] = written.flow_seed[i].word.value;
  end
  // Of the last word, and of the key: they are there a clock after they were written.
  always_ff @(posedge clk) begin
    seed_written <= written.flow_seed[3].word.swmod;
    clear_written <= written.clear.key.swmod;
  end
  assign clear_key = written.clear.key.value;

  // -------------------------------------------------------------------------------------- tables
  assign command_write = written.table_command.write_entry.value;
  assign command_read = written.table_command.read_entry.value;
  assign table_number = written.table_address.table_.value;
  assign table_index = written.table_address.index.value;

  for (genvar i = 0; i < 8; i++) begin : gen_word
    assign table_words[i] = written.table_data[i].word.value;
    assign shown.table_data[i].word.next = table_word;
    assign shown.table_data[i].word.we = table_load[i];
  end

  // --------------------------------------------------------------------------- words of software
  logic [2:0]       kept_asked, kept_written;
  logic [2:0][31:0] kept;           // the generation, then the configuration

  csr_kept_words u_kept (
    .clk, .clear(clear_begins), .asked(kept_asked), .is_write(written.generation.req_is_wr),
    .data(written.generation.wr_data.value), .enable(written.generation.wr_biten.value),
    .words(kept)
  );

  assign kept_asked = {
    written.configuration[1].req, written.configuration[0].req, written.generation.req};
  assign kept_written = kept_asked & {3{written.generation.req_is_wr}};
  assign writable = kept[0] != '0;
  assign shown.generation.rd_data.value = kept[0];
  assign shown.generation.rd_ack = kept_asked[0] && !kept_written[0];
  assign shown.generation.wr_ack = kept_written[0];
  for (genvar i = 0; i < 2; i++) begin : gen_configuration
    assign shown.configuration[i].rd_data.word = kept[i+1];
    assign shown.configuration[i].rd_ack = kept_asked[i+1] && !kept_written[i+1];
    assign shown.configuration[i].wr_ack = kept_written[i+1];
  end

endmodule

`default_nettype wire
