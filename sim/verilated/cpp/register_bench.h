// The master of the register port without a card: what a test answers it clock by clock, in place of the card's pins.
#pragma once
#include <cstdint>
#include <memory>

#include "axi_lite_master.h"

namespace flowswitch {

// Shared with Rust: defined in the header that cxx makes of src/bridge.rs, described there.
struct RegisterAnswer;
struct RegisterAsk;

class RegisterBench {
 public:
  void write(uint32_t address, uint32_t value) { master_.write(address, value); }
  void read(uint32_t address) { master_.read(address); }
  void give_up() { master_.give_up(); }
  bool busy() const { return master_.busy(); }
  uint32_t read_value() const { return master_.read_value(); }
  // One clock.
  RegisterAsk step(const RegisterAnswer& answer);

 private:
  struct Pins {
    uint8_t s_axil_awvalid, s_axil_awready, s_axil_awprot;
    uint32_t s_axil_awaddr;
    uint8_t s_axil_wvalid, s_axil_wready, s_axil_wstrb;
    uint32_t s_axil_wdata;
    uint8_t s_axil_bvalid, s_axil_bready, s_axil_bresp;
    uint8_t s_axil_arvalid, s_axil_arready, s_axil_arprot;
    uint32_t s_axil_araddr;
    uint8_t s_axil_rvalid, s_axil_rready, s_axil_rresp;
    uint32_t s_axil_rdata;
  };

  AxiLiteMaster<Pins> master_;
  Pins pins_{};
};

std::unique_ptr<RegisterBench> new_register_bench();

}  // namespace flowswitch
