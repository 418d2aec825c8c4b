`default_nettype none

// Table commands: turns a command of the register block into requests to the core and waits for the
// response.
//
// command_write and command_read are pulses; number and index stand a clock before them, the words
// of a write are taken in the eight clocks that follow. A command that is not allowed is refused at
// once, one that comes while busy is not carried out: refused tells, until the next command. So it is
// with one that is under way when the way to the core is brought into reset (core_lost), or this
// side, and with writes while they are not allowed (writable). load is a pulse in the clock of the
// response of a successful read.

module csr_table_access #(
  parameter int unsigned Ports        = 8,
  parameter int unsigned Services     = 64,
  parameter int unsigned Servers      = 1024,
  parameter int unsigned Routers      = 64,
  parameter int unsigned FdbSetsLog2  = 11,
  parameter int unsigned LogicalPorts = 64,
  parameter int unsigned Vips         = 64,
  parameter int unsigned FlowsLog2    = 16
) (
  input  wire logic             clk,
  input  wire logic             rst,

  input  wire logic             command_write,
  input  wire logic             command_read,
  input  wire logic             writable,  // writes are allowed
  input  wire logic [7:0]       number,
  input  wire logic [23:0]      index,
  input  wire logic [7:0][31:0] words,
  output logic                  busy,
  output logic                  refused,
  output logic [7:0]            load,

  output logic                  request_valid,
  input  wire logic             request_ready,
  output csr_pkg::request_t     request,
  input  wire logic             response_valid,
  input  wire logic             response_error,
  input  wire logic             response_last,
  input  wire logic [2:0]       response_word,
  input  wire logic             core_lost
);

  typedef enum logic [1:0] {
    Idle,
    Words,
    Command,
    Await
  } state_t;

  state_t                         state_q;
  logic                    [ 2:0] word_q;
  logic                           refused_q;
  csr_pkg::table_command_t        command_q;
  logic                    [23:0] index_q;
  logic                           exists, exists_q, table_writable, table_writable_q;
  logic                           allowed;

  csr_table_range #(
    .Ports       (Ports),
    .Services    (Services),
    .Servers     (Servers),
    .Routers     (Routers),
    .FdbSetsLog2 (FdbSetsLog2),
    .LogicalPorts(LogicalPorts),
    .Vips        (Vips),
    .FlowsLog2   (FlowsLog2)
  ) u_range (
    .number  (number),
    .index   (index),
    .exists  (exists),
    .writable(table_writable)
  );

  always_ff @(posedge clk) begin
    exists_q <= exists;
    table_writable_q <= table_writable;
  end

  assign allowed = exists_q &&
                   (!command_write || (table_writable_q && writable && !command_read));

  assign busy = state_q != Idle;
  assign refused = refused_q;
  always_comb begin
    load = '0;
    load[response_word] = state_q == Await && response_valid && !response_error && !command_q.write;
  end

  assign request_valid = state_q == Words || state_q == Command;

  always_comb begin
    request.kind  = csr_pkg::TableWord;
    request.index = 24'(word_q);
    request.data  = words[word_q];
    if (state_q == Command) begin
      request.kind  = csr_pkg::TableCommand;
      request.index = index_q;
      request.data  = 32'(command_q);
    end
  end

  initial begin
    state_q   = Idle;
    refused_q = 1'b0;
  end

  always @(posedge clk) begin
    case (state_q)
      Idle: begin
        word_q <= '0;
        index_q <= index;
        command_q <= '{write: command_write, number: number};
        if (command_write || command_read) begin
          refused_q <= !allowed;
          if (allowed) state_q <= command_write ? Words : Command;
        end
      end
      Words: begin
        if (request_ready) begin
          word_q <= word_q + 1'b1;
          if (word_q == '1) state_q <= Command;
        end
      end
      Command: if (request_ready) state_q <= Await;
      Await: begin
        if (response_valid && response_last) begin
          refused_q <= refused_q || response_error;
          state_q   <= Idle;
        end
      end
      default: state_q <= Idle;
    endcase
    if (busy && (command_write || command_read)) refused_q <= 1'b1;
    if (busy && core_lost) begin
      refused_q <= 1'b1;
      state_q   <= Idle;
    end
    if (rst) begin
      state_q <= Idle;
      if (busy) refused_q <= 1'b1;
    end
  end

endmodule

`default_nettype wire
