// The plain loop one would write by hand for a single purpose: what the harness's speed is compared with.
// No stalls, gaps, monitors, protocol checks, registers or traces; frames enter back to back.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "card_clock.h"
#include "flowswitch-verilated/src/bridge.rs.h"
#include "packed.h"
#include "rust/cxx.h"

namespace flowswitch {

// Sends the frames (network ports only, entry times not asked) and ends `kTail` clocks after the last beat
// was seen. What came out is collected, then summed up.
template <typename Top, unsigned Ports>
LoopResult run_bench_loop(Top& top, rust::Slice<const FrameIn> frames, rust::Slice<const uint8_t> bytes,
                          CardClock& time) {
  constexpr unsigned kTail = 200;
  struct Input {
    const uint8_t* at;
    uint32_t length;
  };
  std::array<std::vector<Input>, Ports> inputs;
  std::array<std::size_t, Ports> next{};
  std::array<uint32_t, Ports> sent{};
  const uint8_t* at = bytes.data();
  for (const FrameIn& frame : frames) {
    if (frame.port >= Ports) throw std::invalid_argument("the plain loop serves network ports only");
    inputs[frame.port].push_back({at, frame.length});
    at += frame.length;
  }

  std::array<std::vector<uint8_t>, Ports + 1> collected;
  std::array<std::vector<std::size_t>, Ports + 1> ends;
  const auto collect = [&](unsigned port, const uint8_t* data, bool last, unsigned empty) {
    collected[port].insert(collected[port].end(), data, data + 64 - (last ? empty : 0));
    if (last) ends[port].push_back(collected[port].size());
  };

  top.tx_ready = (1U << Ports) - 1;
  top.host_rx_ready = 1;
  top.host_tx_valid = 0;
  uint64_t clocks = 0;
  for (unsigned tail = 0; tail < kTail; ++tail, ++clocks) {
    top.time_ns = time.now_ns();
    uint32_t valid = 0;
    for (unsigned port = 0; port < Ports; ++port) {
      if (top.tx_valid >> port & 1) {
        collect(port, beat_bytes(top.tx_data, port), top.tx_last >> port & 1,
                static_cast<unsigned>(get_bits(top.tx_empty, 6 * port, 6)));
        tail = 0;
      }
      if (next[port] == inputs[port].size()) continue;
      const Input& input = inputs[port][next[port]];
      const uint32_t left = input.length - sent[port];
      std::memcpy(beat_bytes(top.rx_data, port), input.at + sent[port], left < 64 ? left : 64);
      set_bits(top.rx_last, port, 1, left <= 64);
      set_bits(top.rx_err, port, 1, 0);
      set_bits(top.rx_empty, 6 * port, 6, left < 64 ? 64 - left : 0);
      valid |= 1U << port;
      sent[port] += 64;
      if (left <= 64) {
        sent[port] = 0;
        ++next[port];
      }
      tail = 0;
    }
    if (top.host_rx_valid) {
      collect(Ports, beat_bytes(top.host_rx_data, 0), top.host_rx_last, top.host_rx_empty);
      tail = 0;
    }
    top.rx_valid = static_cast<CData>(valid);
    top.clk = 0;
    top.path_clk = 0;
    top.eval();
    top.clk = 1;
    top.path_clk = top.path_awake;
    top.eval();
    time.advance(false);
  }

  LoopResult result{clocks, 0, 0};
  for (unsigned port = 0; port <= Ports; ++port) {
    result.frames += ends[port].size();
    result.bytes += collected[port].size();
  }
  return result;
}

}  // namespace flowswitch
