// The card's clock count and simulated time.
#pragma once
#include <cstdint>

namespace flowswitch {

// Simulated time lies on the grid of the core clock: slot k is at floor(k * 1e9 / hz) ns. Time may be skipped
// by whole slots, and may stand still while clocks go on; so a frame that is due at a time enters in the same
// slot however the card got there.
class CardClock {
 public:
  explicit CardClock(uint64_t hz) : hz_(hz) {}

  // Clocks since reset.
  uint64_t clock() const { return clock_; }
  uint64_t now_ns() const { return now_ns_; }
  uint64_t hz() const { return hz_; }

  // The next clock, in the next slot or, standing, in the same.
  void advance(bool standing) {
    ++clock_;
    if (standing) return;
    ++slot_;
    now_ns_ += kNsPerSecond / hz_;
    remainder_ += kNsPerSecond % hz_;
    if (remainder_ >= hz_) {
      remainder_ -= hz_;
      ++now_ns_;
    }
  }

  // Clocks that have passed while time stood still.
  void count(uint64_t clocks) { clock_ += clocks; }

  void skip(uint64_t slots) {
    slot_ += slots;
    const auto scaled = static_cast<unsigned __int128>(slot_) * kNsPerSecond;
    now_ns_ = static_cast<uint64_t>(scaled / hz_);
    remainder_ = static_cast<uint64_t>(scaled % hz_);
  }

  // Slots that begin within `ns` from now, rounded down.
  uint64_t clocks_for_ns(uint64_t ns) const {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(ns) * hz_ / kNsPerSecond);
  }

 private:
  static constexpr uint64_t kNsPerSecond = 1'000'000'000;

  uint64_t hz_;
  uint64_t clock_ = 0;
  uint64_t slot_ = 0;
  uint64_t now_ns_ = 0;
  uint64_t remainder_ = 0;  // of slot * 1e9 divided by hz
};

}  // namespace flowswitch
