// One output port: accepts beats, watches the stream protocol, puts frames together.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "random.h"

namespace flowswitch {

// What an output port shows in one clock.
struct SinkBeat {
  const uint8_t* data;
  uint32_t stamp;
  uint8_t empty;
  uint8_t source;
  uint8_t reason;
  bool valid;
  bool last;
  bool error;  // with the last: the frame was cut off
};

class FrameSink {
 public:
  void set_stall(uint32_t share) { stall_ = share; }
  void set_blocked(bool blocked) { blocked_ = blocked; }

  // Draws this clock's ready.
  bool draw_ready(Random& random) const { return !blocked_ && !random.chance(stall_); }

  // The port must be looked at even without valid.
  bool watching() const { return within_ || stalled_; }

  // Takes in what the port shows in a clock in which its ready is `ready`. True when a frame has ended:
  // its bytes are then bytes(). A violation of the protocol is described in `fault`.
  bool sample(const SinkBeat& beat, bool ready, uint64_t clock, uint64_t now_ns, std::string& fault) {
    if (!beat.valid) {
      if (stalled_) fault = "valid fell before ready";
      else if (within_) fault = "valid fell within a frame";
      return false;
    }
    if (beat.error) {
      if (!within_ || !beat.last) fault = "an error that ends no frame";
      if (ready) within_ = false;
      stalled_ = false;
      return false;
    }
    if (stalled_ && !same_as_held(beat)) {
      fault = "a stalled beat changed";
      return false;
    }
    if (within_ && (beat.source != source_ || beat.stamp != stamp_ || beat.reason != reason_)) {
      fault = "source, stamp or reason changed within a frame";
      return false;
    }
    stalled_ = !ready;
    if (!ready) {
      hold(beat);
      return false;
    }
    if (!within_) {
      length_ = 0;
      source_ = beat.source;
      stamp_ = beat.stamp;
      reason_ = beat.reason;
      clock_ = clock;
      at_ns_ = now_ns;
    }
    if (bytes_.size() < length_ + 64) bytes_.resize(bytes_.size() * 2 + 64);
    std::memcpy(bytes_.data() + length_, beat.data, 64);
    length_ += 64;
    within_ = !beat.last;
    if (beat.last) length_ -= beat.empty;
    return beat.last;
  }

  // The card is in reset: what it shows and was not taken may change. A frame that has begun it must end all the same.
  void release() { stalled_ = false; }

  const uint8_t* bytes() const { return bytes_.data(); }
  uint32_t length() const { return length_; }
  uint8_t source() const { return source_; }
  uint8_t reason() const { return reason_; }
  uint32_t stamp() const { return stamp_; }
  // Clock and time in which the frame's first beat left.
  uint64_t clock() const { return clock_; }
  uint64_t at_ns() const { return at_ns_; }

 private:
  void hold(const SinkBeat& beat) {
    held_ = beat;
    std::memcpy(held_data_, beat.data, 64);
  }

  bool same_as_held(const SinkBeat& beat) const {
    return beat.last == held_.last && (!beat.last || beat.empty == held_.empty) &&
           beat.source == held_.source && beat.stamp == held_.stamp && beat.reason == held_.reason &&
           std::memcmp(beat.data, held_data_, 64) == 0;
  }

  std::vector<uint8_t> bytes_;
  uint32_t length_ = 0;
  uint32_t stamp_ = 0;
  uint64_t clock_ = 0;
  uint64_t at_ns_ = 0;
  uint32_t stall_ = 0;
  uint8_t source_ = 0;
  uint8_t reason_ = 0;
  bool within_ = false;
  bool stalled_ = false;
  bool blocked_ = false;
  SinkBeat held_{};
  uint8_t held_data_[64] = {};
};

}  // namespace flowswitch
