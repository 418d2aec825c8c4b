// A small seeded generator for stalls and gaps: cheap enough for every clock, equal on every machine.
#pragma once
#include <cstdint>

namespace flowswitch {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(mix(seed)) {}

  // True with the probability share / 65536. A share of 0 costs no draw.
  bool chance(uint32_t share) { return share != 0 && (next() & 0xffff) < share; }

  // xorshift64* (Vigna, 2016)
  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545f4914f6cdd1dULL) >> 32);
  }

 private:
  // splitmix64 spreads small seeds; the generator's state must not be 0.
  static uint64_t mix(uint64_t seed) {
    uint64_t z = seed + 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return z == 0 ? 1 : z;
  }

  uint64_t state_;
};

}  // namespace flowswitch
