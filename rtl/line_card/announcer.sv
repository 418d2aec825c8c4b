`default_nettype none

// Announces the virtual addresses (docs/src/card/verdicts.md): when a network port's link comes up,
// when the interval is set, at the two ticks after either, and once an interval.
//
// Out: valid/ready, the beats of one announcement in consecutive clocks once it has begun; `port`
// is its egress. The next is ready 64 clocks after the last one was taken, at the earliest. The
// lowest logical port that is due has its turn, with all VIPs; one whose link is down, or that does
// not announce, is no longer due. Table writes act at once; `rst` makes all entries invalid.
module announcer
  import frame_pkg::*;
  import table_pkg::*;
  import verdict_pkg::*;
#(
  parameter int unsigned Ports = 8
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic [14:0]      interval,  // ticks; 0: none
  input  wire logic [15:0]      tick,
  input  wire logic [Ports-1:0] link_up,
  input  wire logical_write_t   logical_write,
  input  wire logic             table_write,
  input  wire table_access_t    table_access,
  output logic                  out_valid,
  input  wire logic             out_ready,
  output logic [511:0]          out_data,
  output logic [5:0]            out_empty,
  output logic                  out_last,
  output port_t                 out_port
);

  // ------------------------------------------------------------------------------ what is announced
  typedef struct packed {
    logic         ipv6;
    logic [47:0]  mac;
    logic [127:0] address;
  } address_t;

  typedef struct packed {
    logic        own_tag;
    port_t       port;
    logic [11:0] vlan;
  } way_t;

  logic [Vips-1:0]         vip_valid_q;
  logic [LogicalPorts-1:0] announce_q;
  port_t                   network_q [LogicalPorts];
  logic                    vip_write;
  vip_t                    vip_index_q;
  logical_t                logical_index_q;
  address_t                address;
  way_t                    way;

  assign vip_write = table_write && table_access.number == TableVip;

  always_ff @(posedge clk) begin
    if (vip_write) vip_valid_q[table_access.index[5:0]] <= table_access.data[128];
    if (logical_write.write) begin
      announce_q[logical_write.index] <= logical_write.entry.valid && logical_write.entry.announce;
      network_q[logical_write.index] <= logical_write.entry.port;
    end
    if (rst) begin
      vip_valid_q <= '0;
      announce_q <= '0;
    end
  end

  ram_sdp #(.Width($bits(address_t)), .Depth(Vips), .ReadLatency(1), .Style("distributed")) u_vips (
    .clk, .write_enable(vip_write), .write_address(table_access.index[5:0]),
    .write_data({table_access.data[129], table_access.data[160+:48], table_access.data[127:0]}),
    .read_enable(1'b1), .read_address(vip_index_q), .read_data(address)
  );

  ram_sdp #(.Width($bits(way_t)), .Depth(LogicalPorts), .ReadLatency(1), .Style("distributed"))
  u_ways (
    .clk, .write_enable(logical_write.write), .write_address(logical_write.index),
    .write_data({logical_write.entry.own_tag, logical_write.entry.port,
                 logical_write.entry.first_vlan}),
    .read_enable(1'b1), .read_address(logical_index_q), .read_data(way)
  );

  // ------------------------------------------------------------------------------------ what is due
  logic [14:0]           interval_q;
  logic [15:0]           tick_q;
  logic [Ports-1:0]      link_q;
  logic                  ticked_q, set_q, expired;
  logic [Ports-1:0]      came_q;
  logic [14:0]           age_q;         // ticks since all were due by the interval
  logic [14:0]           oldest_q;      // one less than the interval
  logic [Ports-1:0][1:0] again_q;       // ticks at which a port is due once more
  logic                  all_due_q;
  logic [Ports-1:0]      port_due_q;
  logic [LogicalPorts-1:0] due_q;
  logic                  any_due_q;
  logic                  serve;         // what the logical port at the index was due for

  always_ff @(posedge clk) begin
    tick_q <= tick;
    link_q <= link_up;
    interval_q <= interval;
    ticked_q <= tick != tick_q && !rst;
    set_q <= interval != '0 && interval_q == '0;
    came_q <= link_up & ~link_q;
    oldest_q <= interval - 15'd1;
    if (set_q || expired) age_q <= '0;
    else if (ticked_q) age_q <= age_q + 15'd1;
    if (rst) begin
      interval_q <= '0;
      link_q <= '0;
      tick_q <= tick;
    end
  end

  assign expired = ticked_q && age_q >= oldest_q;

  always_ff @(posedge clk) begin
    all_due_q <= set_q || expired;
    for (int p = 0; p < int'(Ports); p++) begin
      port_due_q[p] <= came_q[p] || (ticked_q && again_q[p] != '0);
      if (set_q || came_q[p]) again_q[p] <= 2'd2;
      else if (ticked_q && again_q[p] != '0) again_q[p] <= again_q[p] - 2'd1;
    end
    if (serve || all_due_q || |port_due_q)
      for (int l = 0; l < int'(LogicalPorts); l++) begin
        if (serve && logical_index_q == logical_t'(l)) due_q[l] <= 1'b0;
        for (int p = 0; p < int'(Ports); p++)
          if (port_due_q[p] && network_q[l] == port_t'(p)) due_q[l] <= 1'b1;
        if (all_due_q) due_q[l] <= 1'b1;
      end
    any_due_q <= |due_q;
    if (rst || interval_q == '0) begin
      all_due_q <= 1'b0;
      port_due_q <= '0;
      again_q <= '0;
      due_q <= '0;
    end
  end

  // -------------------------------------------------------------------------------------- the turns
  typedef enum logic [2:0] {
    StateIdle,
    StateFetch,   // the tables are read
    StateFind,    // a logical port
    StateAddress, // a VIP for it
    StateBuild,
    StateLeave    // until the frame was taken
  } state_t;

  state_t       state_q;
  logic         turn_q;           // a logical port has been found
  logic         vip_now_q, announce_now_q, due_now_q;
  logic         able, taken, next_vip;
  logic [5:0]   pause_q;
  logic         build_valid, build_ready, beat_valid, beat_ready, beat_last;
  logic [511:0] beat_data;
  logic [5:0]   beat_empty;

  assign serve = state_q == StateFind && due_now_q;
  assign build_valid = state_q == StateBuild && able && pause_q == '0;
  assign taken = out_valid && out_ready && out_last;
  assign next_vip = taken || (state_q == StateAddress && able && !vip_now_q);

  always_comb begin
    able = 1'b0;
    for (int p = 0; p < int'(Ports); p++) able |= link_q[p] && way.port == port_t'(p);
    able &= announce_now_q;
  end

  always_ff @(posedge clk) begin
    vip_now_q <= vip_valid_q[vip_index_q];
    announce_now_q <= announce_q[logical_index_q];
    due_now_q <= due_q[logical_index_q];

    unique case (state_q)
      StateIdle: begin
        logical_index_q <= '0;
        vip_index_q <= '0;
        turn_q <= 1'b0;
        if (any_due_q) state_q <= StateFetch;
      end
      StateFetch: state_q <= turn_q ? StateAddress : StateFind;
      StateFind: begin
        turn_q <= due_now_q && able;
        if (due_now_q && able) state_q <= StateAddress;
        else begin
          logical_index_q <= logical_index_q + 6'd1;
          state_q <= &logical_index_q ? StateIdle : StateFetch;
        end
      end
      StateAddress:
        if (!able) state_q <= StateIdle;
        else if (vip_now_q) state_q <= StateBuild;
      StateBuild:
        if (!able) state_q <= StateIdle;
        else if (build_valid) state_q <= StateLeave;
      default: ;
    endcase
    // Idle begins with the lowest logical port again.
    if (next_vip) begin
      vip_index_q <= vip_index_q + 6'd1;
      state_q <= &vip_index_q ? StateIdle : StateFetch;
    end
    if (state_q == StateAddress) out_port <= way.port;

    if (taken) pause_q <= '1;
    else if (pause_q != '0) pause_q <= pause_q - 6'd1;

    // An interval of 0 stops what has not begun to leave.
    if (rst || (interval_q == '0 && state_q != StateLeave)) state_q <= StateIdle;
    if (rst) pause_q <= '0;
  end

  // ------------------------------------------------------------------------------------- the frames
  typedef struct packed {
    logic [511:0] data;
    logic [5:0]   empty;
    logic         last;
  } beat_word_t;

  job_t       job;
  beat_word_t beat;

  always_comb begin
    job = '0;
    job.ipv6 = address.ipv6;
    job.tags = {1'b0, way.own_tag};
    job.tag_bytes = {16'h8100, 4'd0, way.vlan, 32'd0};
    job.destination = address.ipv6 ? '0 : '1;   // an advertisement's is its builder's choice
    job.asked = address.address;
    job.claimed = address.ipv6 ? '0 : address.address;
  end

  frame_builder u_builder (
    .clk, .rst, .in_valid(build_valid), .in_ready(build_ready), .job, .mac(address.mac),
    .answer(address.ipv6), .router(1'b0), .out_valid(beat_valid), .out_data(beat_data),
    .out_empty(beat_empty), .out_last(beat_last)
  );

  fifo_fwft #(.Data(beat_word_t), .Depth(2)) u_beats (
    .clk, .rst, .in_valid(beat_valid), .in_ready(beat_ready),
    .in_data('{data: beat_data, empty: beat_empty, last: beat_last}), .out_valid, .out_ready,
    .out_data(beat), .count()
  );

  assign out_data = beat.data;
  assign out_empty = beat.empty;
  assign out_last = beat.last;

`ifndef SYNTHESIS
  always_ff @(posedge clk)
    if (!rst) a_one_at_a_time: assert ((!build_valid || build_ready) && (!beat_valid ||
                                       beat_ready));
`endif

endmodule

`default_nettype wire
