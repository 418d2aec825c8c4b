// Frames waiting to enter one port, handed out beat by beat.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

namespace flowswitch {

// One 64-byte beat on its way in. `data` always points to 64 bytes; those beyond `64 - empty` are filler.
struct SourceBeat {
  const uint8_t* data;
  unsigned empty;
  bool first;
  bool last;
  bool error;
  uint8_t egress;
  uint32_t frame_bytes;
};

class FrameSource {
 public:
  static constexpr uint32_t kBeat = 64;

  // Appends a frame of at least one byte.
  void push(uint64_t at_ns, uint8_t egress, bool error, const uint8_t* bytes, uint32_t length) {
    if (frames_.empty()) {
      arena_.clear();
    } else if (position_ > kCompactAbove && position_ * 2 > arena_.size()) {
      arena_.erase(arena_.begin(), arena_.begin() + static_cast<std::ptrdiff_t>(position_));
      position_ = 0;
    }
    if (frames_.empty()) position_ = 0;
    arena_.insert(arena_.end(), bytes, bytes + length);
    const uint32_t padded = (length + kBeat - 1) / kBeat * kBeat;
    // Bytes after a frame's end carry no meaning; a card that reads them should be found out.
    arena_.resize(arena_.size() + (padded - length), kFiller);
    frames_.push_back({at_ns, length, egress, error});
  }

  bool empty() const { return frames_.empty(); }

  // A frame has begun and not ended.
  bool within_frame() const { return sent_ != 0; }

  // Beats that have not entered.
  uint64_t queued_beats() const { return frames_.empty() ? 0 : (arena_.size() - position_) / kBeat; }

  // Forgets the frames that have not begun to enter.
  void withdraw() {
    if (!within_frame()) {
      frames_.clear();
      return;
    }
    const uint32_t left = frames_.front().length - sent_;
    frames_.resize(1);
    arena_.resize(position_ + (left + kBeat - 1) / kBeat * kBeat);
  }

  // A beat may enter at this time.
  bool due(uint64_t now_ns) const {
    return !frames_.empty() && (sent_ != 0 || frames_.front().at_ns <= now_ns);
  }

  // Entry time of the next frame. Only when not empty.
  uint64_t next_at_ns() const { return frames_.front().at_ns; }

  // Takes the next beat. Only when due; the data are valid until the next push.
  SourceBeat take() {
    const Frame& frame = frames_.front();
    const uint32_t left = frame.length - sent_;
    const bool last = left <= kBeat;
    const SourceBeat beat{arena_.data() + position_, last ? kBeat - left : 0, sent_ == 0, last,
                          last && frame.error,       frame.egress,            frame.length};
    position_ += kBeat;
    sent_ += kBeat;
    if (last) {
      sent_ = 0;
      frames_.pop_front();
    }
    return beat;
  }

 private:
  static constexpr uint8_t kFiller = 0xa5;
  static constexpr std::size_t kCompactAbove = 1 << 20;

  struct Frame {
    uint64_t at_ns;
    uint32_t length;
    uint8_t egress;
    bool error;
  };

  std::deque<Frame> frames_;
  std::vector<uint8_t> arena_;
  std::size_t position_ = 0;  // of the next beat in the arena
  uint32_t sent_ = 0;         // bytes of the first frame that have entered, rounded up to beats
};

}  // namespace flowswitch
