// Access to slices of Verilated ports, whichever C++ type their width gave them.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

#include "verilated.h"

namespace flowswitch {

static_assert(std::endian::native == std::endian::little, "beats are copied as bytes");

// Bits low + width - 1 .. low of a port of up to 64 bits; width is at most 64.
template <typename Port>
inline uint64_t get_bits(const Port& port, unsigned low, unsigned width) {
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  return (static_cast<uint64_t>(port) >> low) & mask;
}

// The same of a wider port: a slice may straddle two of its 32-bit words, or three.
template <std::size_t Words>
inline uint64_t get_bits(const VlWide<Words>& port, unsigned low, unsigned width) {
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  const unsigned word = low / 32;
  const unsigned shift = low % 32;
  uint64_t value = port[word] >> shift;
  if (shift + width > 32) value |= uint64_t{port[word + 1]} << (32 - shift);
  if (shift + width > 64) value |= uint64_t{port[word + 2]} << (64 - shift);
  return value & mask;
}

// Replaces bits low + width - 1 .. low of a port of up to 64 bits; width is below 64.
template <typename Port>
inline void set_bits(Port& port, unsigned low, unsigned width, uint64_t value) {
  const uint64_t mask = ((uint64_t{1} << width) - 1) << low;
  port = static_cast<Port>((static_cast<uint64_t>(port) & ~mask) | ((value << low) & mask));
}

// The 64 bytes of beat `index` of a packed array of beats: byte k of a beat stands in its bits
// 8k+7..8k, which on a little-endian machine is memory order.
template <std::size_t Words>
inline uint8_t* beat_bytes(VlWide<Words>& port, unsigned index) {
  return reinterpret_cast<uint8_t*>(port.data() + 16 * index);
}

}  // namespace flowswitch
