`default_nettype none

// The buses of the card's shell as they go through it: what a master says (request) and what its
// slave says (response), a structure each. Flat only at the ports of flowswitch.sv.
package axi_pkg;

  // AXI4-Lite of the registers. Nobody looks at the protection bits.
  typedef struct packed {
    logic        aw_valid;
    logic [19:0] aw_addr;
    logic [2:0]  aw_prot;
    logic        w_valid;
    logic [31:0] w_data;
    logic [3:0]  w_strb;
    logic        b_ready;
    logic        ar_valid;
    logic [19:0] ar_addr;
    logic [2:0]  ar_prot;
    logic        r_ready;
  } axil_req_t;

  typedef struct packed {
    logic        aw_ready;
    logic        w_ready;
    logic        b_valid;
    logic [1:0]  b_resp;
    logic        ar_ready;
    logic        r_valid;
    logic [31:0] r_data;
    logic [1:0]  r_resp;
  } axil_resp_t;

  localparam logic [1:0] RespOkay = 2'b00;
  localparam logic [1:0] RespSlaveError = 2'b10;

  // AXI4 into the host's memory: bursts of whole beats, two bits of ID.
  typedef struct packed {
    logic [1:0]  id;
    logic [63:0] addr;
    logic [7:0]  len;
  } axi_address_t;

  typedef struct packed {
    logic [511:0] data;
    logic [63:0]  strb;
    logic         last;
  } axi_write_t;

  typedef struct packed {
    logic [1:0] id;
    logic [1:0] resp;
  } axi_answer_t;

  typedef struct packed {
    logic [1:0]   id;
    logic [511:0] data;
    logic [1:0]   resp;
    logic         last;
  } axi_read_t;

  typedef struct packed {
    logic         aw_valid;
    axi_address_t aw;
    logic         w_valid;
    axi_write_t   w;
    logic         b_ready;
    logic         ar_valid;
    axi_address_t ar;
    logic         r_ready;
  } axi_req_t;

  typedef struct packed {
    logic        aw_ready;
    logic        w_ready;
    logic        b_valid;
    axi_answer_t b;
    logic        ar_ready;
    logic        r_valid;
    axi_read_t   r;
  } axi_resp_t;

endpackage

`default_nettype wire
