#include "register_bench.h"

#include <string>

#include "flowswitch-verilated/src/bridge.rs.h"

namespace flowswitch {

RegisterAsk RegisterBench::step(const RegisterAnswer& answer) {
  master_.drive(pins_);
  pins_.s_axil_awready = answer.aw_ready;
  pins_.s_axil_wready = answer.w_ready;
  pins_.s_axil_bvalid = answer.b_valid;
  pins_.s_axil_bresp = 0;
  pins_.s_axil_arready = answer.ar_ready;
  pins_.s_axil_rvalid = answer.r_valid;
  pins_.s_axil_rdata = answer.r_data;
  pins_.s_axil_rresp = 0;
  RegisterAsk ask{};
  ask.aw_valid = pins_.s_axil_awvalid;
  ask.aw_address = pins_.s_axil_awaddr;
  ask.w_valid = pins_.s_axil_wvalid;
  ask.w_data = pins_.s_axil_wdata;
  ask.ar_valid = pins_.s_axil_arvalid;
  ask.ar_address = pins_.s_axil_araddr;
  std::string fault;
  master_.sample(pins_, fault);
  ask.fault = fault;
  return ask;
}

std::unique_ptr<RegisterBench> new_register_bench() { return std::make_unique<RegisterBench>(); }

}  // namespace flowswitch
