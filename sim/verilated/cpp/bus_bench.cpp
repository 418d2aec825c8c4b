#include "bus_bench.h"

#include "flowswitch-verilated/src/bridge.rs.h"

namespace flowswitch {

void BusBench::set_timing(const MemoryTiming& timing) {
  memory_.set_timing({timing.read_latency, timing.write_latency, timing.stall, timing.shuffle});
}

void BusBench::fail_access(const BusError& error) {
  memory_.fail_later({error.write, error.id, error.skip, error.beat});
}

BusFaults BusBench::faults() const {
  const AxiMemory::Faults& faults = memory_.faults();
  return {faults.count, faults.address, faults.write};
}

BusAnswer BusBench::step(const BusAsk& ask) {
  pins_.m_axi_awvalid = ask.aw_valid;
  pins_.m_axi_awid = ask.aw_id;
  pins_.m_axi_awaddr = ask.aw_address;
  pins_.m_axi_awlen = ask.aw_length;
  pins_.m_axi_wvalid = ask.w_valid;
  std::memcpy(pins_.m_axi_wdata.data(), ask.w_data.data(), sizeof pins_.m_axi_wdata);
  pins_.m_axi_wstrb = ask.w_strobes;
  pins_.m_axi_wlast = ask.w_last;
  pins_.m_axi_bready = ask.b_ready;
  pins_.m_axi_arvalid = ask.ar_valid;
  pins_.m_axi_arid = ask.ar_id;
  pins_.m_axi_araddr = ask.ar_address;
  pins_.m_axi_arlen = ask.ar_length;
  pins_.m_axi_rready = ask.r_ready;
  std::string fault;
  memory_.step(pins_, clock_++, fault);
  BusAnswer answer{};
  answer.fault = fault;
  answer.aw_ready = pins_.m_axi_awready;
  answer.w_ready = pins_.m_axi_wready;
  answer.b_valid = pins_.m_axi_bvalid;
  answer.b_id = pins_.m_axi_bid;
  answer.b_response = pins_.m_axi_bresp;
  answer.ar_ready = pins_.m_axi_arready;
  answer.r_valid = pins_.m_axi_rvalid;
  answer.r_id = pins_.m_axi_rid;
  answer.r_response = pins_.m_axi_rresp;
  answer.r_last = pins_.m_axi_rlast;
  std::memcpy(answer.r_data.data(), pins_.m_axi_rdata.data(), sizeof pins_.m_axi_rdata);
  return answer;
}

std::unique_ptr<BusBench> new_bus_bench(uint64_t seed) { return std::make_unique<BusBench>(seed); }

}  // namespace flowswitch
