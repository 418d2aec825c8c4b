// The host's memory without a card: what a test shows it clock by clock, in place of the card's pins.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "axi_memory.h"
#include "rust/cxx.h"

namespace flowswitch {

// Shared with Rust: defined in the header that cxx makes of src/bridge.rs, described there.
struct BusAsk;
struct BusAnswer;
struct BusError;
struct BusFaults;
struct MemoryTiming;

class BusBench {
 public:
  explicit BusBench(uint64_t seed) : memory_(seed) { AxiMemory::rest(pins_); }

  void add_window(uint64_t address, uint8_t* memory, uint64_t bytes, bool readable, bool writable) {
    memory_.windows().add(address, reinterpret_cast<uint64_t*>(memory), bytes, readable, writable);
  }
  void set_master(bool master) { memory_.set_master(master); }
  void set_timing(const MemoryTiming& timing);
  void fail_access(const BusError& error);
  BusFaults faults() const;
  bool busy() const { return memory_.busy(); }
  // One clock.
  BusAnswer step(const BusAsk& ask);

 private:
  struct Pins {
    uint8_t m_axi_awvalid, m_axi_awready, m_axi_awid, m_axi_awlen;
    uint64_t m_axi_awaddr;
    uint8_t m_axi_wvalid, m_axi_wready, m_axi_wlast;
    uint64_t m_axi_wstrb;
    std::array<uint32_t, 16> m_axi_wdata;
    uint8_t m_axi_bvalid, m_axi_bready, m_axi_bid, m_axi_bresp;
    uint8_t m_axi_arvalid, m_axi_arready, m_axi_arid, m_axi_arlen;
    uint64_t m_axi_araddr;
    uint8_t m_axi_rvalid, m_axi_rready, m_axi_rid, m_axi_rresp, m_axi_rlast;
    std::array<uint32_t, 16> m_axi_rdata;
  };

  AxiMemory memory_;
  Pins pins_{};
  uint64_t clock_ = 0;
};

std::unique_ptr<BusBench> new_bus_bench(uint64_t seed);

}  // namespace flowswitch
