`default_nettype none

// The members' entries, kept true to the links: servers from 0, routers from FirstRouter.
//
// The host writes and reads entries; each write goes out to the engines' copies (`copy_*`). When a
// link changes, a sweep over all entries clears the up bits of the members on it, or sets those
// that ask for it; `usable` says which ports' members may be up meanwhile, so that none is from the
// next clock on. A write of the host goes first. A read's word comes 3 clocks after `read_valid`;
// one at a time. `lost`: a clock ago the sweep cleared a member's up bit.
module member_table
  import frame_pkg::*;
  import table_pkg::*;
#(
  parameter int unsigned Ports = 8,
  parameter int unsigned Servers = 1024,
  parameter int unsigned Routers = 64
) (
  input  wire logic             clk,
  input  wire logic             rst,
  input  wire logic [Ports-1:0] link_up,
  output logic [Ports-1:0]      usable,
  output logic                  sweep_busy,
  input  wire logic             write_valid,
  input  wire member_t          write_index,
  input  wire member_entry_t    write_entry,
  input  wire logic             read_valid,
  input  wire member_t          read_index,
  output logic                  read_rvalid,
  output member_entry_t         read_entry,
  output logic                  copy_valid,
  output member_t               copy_index,
  output member_entry_t         copy_entry,
  output logic                  lost
);

  localparam int unsigned Depth = 2 ** MemberW;
  localparam member_t LastServer = member_t'(Servers - 1);
  localparam member_t LastRouter = FirstRouter + member_t'(Routers - 1);

  typedef enum logic [2:0] {SweepIdle, SweepRead, SweepWait1, SweepWait2, SweepWrite} sweep_e;

  // ------------------------------------------------------------------------------ what has changed
  logic [Ports-1:0] link_q, fell_q, rose_q;      // changes that no sweep has taken up
  logic [Ports-1:0] falling_q, rising_q;         // those of the sweep under way
  logic [Ports-1:0] changing_q;
  sweep_e           sweep_q;
  member_t          index_q;
  logic             start, done, redo_q;

  assign start = sweep_q == SweepIdle && (|fell_q || |rose_q);
  assign usable = link_q & ~changing_q;

  always_ff @(posedge clk) begin
    link_q <= link_up;
    // Before `link_q` shows the link up again, `changing_q` shows the change.
    sweep_busy <= sweep_q != SweepIdle || |fell_q || |rose_q || link_q != link_up;
    changing_q <= (link_q ^ link_up) | fell_q | rose_q | falling_q | rising_q;
    if (rst) begin
      fell_q <= '0;
      rose_q <= '0;
      falling_q <= '0;
      rising_q <= '0;
    end else begin
      // A link that is down now has not risen, whatever it did in between.
      fell_q <= (start ? '0 : fell_q) | (link_q & ~link_up);
      rose_q <= ((start ? '0 : rose_q) & ~(link_q & ~link_up)) | (~link_q & link_up);
      if (start) begin
        falling_q <= fell_q;
        rising_q <= rose_q;
      end else if (done) begin
        falling_q <= '0;
        rising_q <= '0;
      end
    end
  end

  // ----------------------------------------------------------------------------------------- sweep
  member_entry_t swept_q;      // what the entry becomes, and whether its link has changed
  logic          changes_q, falls_q;
  logic          sweep_write;
  logic          on_falling, on_rising;
  member_entry_t entry;        // what was read, 2 clocks after its address

  always_comb begin
    on_falling = 1'b0;
    on_rising = 1'b0;
    for (int p = 0; p < int'(Ports); p++)
      if (entry.port == port_t'(p)) begin
        on_falling = falling_q[p];
        on_rising = rising_q[p];
      end
    sweep_write = sweep_q == SweepWrite && !write_valid && !redo_q && changes_q;
    done = sweep_q == SweepWrite && !write_valid && !redo_q && index_q == LastRouter;
  end

  // The entry is there in SweepWait2: it is judged by the clock in which it is written.
  always_ff @(posedge clk) begin
    swept_q <= entry;
    if (on_rising && entry.up_on_link) swept_q.up <= 1'b1;
    else if (on_falling) swept_q.up <= 1'b0;
    changes_q <= entry.valid && (on_falling || on_rising);
    falls_q <= entry.up && on_falling && !(on_rising && entry.up_on_link);
  end

  always_ff @(posedge clk) begin
    if (rst) sweep_q <= SweepIdle;
    else
      unique case (sweep_q)
        SweepIdle: if (start) sweep_q <= SweepRead;
        SweepRead: if (!read_valid) sweep_q <= SweepWait1;
        SweepWait1: sweep_q <= SweepWait2;
        SweepWait2: sweep_q <= SweepWrite;
        default: sweep_q <= done ? SweepIdle : SweepRead;
      endcase
    // The host wrote, or used the read port, while the entry was on its way: what was read is not
    // to be trusted.
    if (sweep_q == SweepRead) redo_q <= write_valid;
    else if (write_valid || read_valid) redo_q <= 1'b1;
    if (start) index_q <= '0;
    else if (sweep_q == SweepWrite && !write_valid && !redo_q)
      index_q <= index_q == LastServer ? FirstRouter : index_q + member_t'(1);
  end

  // --------------------------------------------------------------------------------------- storage
  assign copy_valid = write_valid || (sweep_q == SweepWrite && !redo_q && changes_q);
  assign copy_index = write_valid ? write_index : index_q;
  assign copy_entry = write_valid ? write_entry : swept_q;

  always_ff @(posedge clk) lost <= sweep_write && falls_q && !rst;

  logic host_1, host_2;
  always_ff @(posedge clk) begin
    host_1 <= read_valid && !rst;
    host_2 <= host_1 && !rst;
    read_rvalid <= host_2 && !rst;
    read_entry <= entry;
  end

  logic reading;
  assign reading = read_valid || sweep_q == SweepRead;

  ram_sdp #(.Width($bits(member_entry_t)), .Depth(Depth), .ReadLatency(2)) u_entries (
    .clk, .write_enable(copy_valid), .write_address(copy_index), .write_data(copy_entry),
    .read_enable(reading), .read_address(read_valid ? read_index : index_q), .read_data(entry)
  );

endmodule

`default_nettype wire
