// Host memory that the card may reach: windows of the bus's addresses onto memory of this process.
#pragma once
#include <atomic>
#include <bit>
#include <cstdint>
#include <iterator>
#include <map>
#include <stdexcept>

namespace flowswitch {

// The host's threads may use the memory meanwhile: it is only accessed by atomic words of eight bytes.
class DmaWindows {
 public:
  static constexpr uint64_t kBeat = 64;
  static constexpr unsigned kWords = kBeat / 8;

  // Addresses, memory and size are multiples of 64. The memory must last until the window is removed.
  void add(uint64_t address, uint64_t* memory, uint64_t bytes, bool readable, bool writable) {
    const auto misaligned = (address | reinterpret_cast<uintptr_t>(memory) | bytes) % kBeat != 0;
    if (misaligned || bytes == 0) throw std::invalid_argument("a window of no whole beats");
    const uint64_t last = address + (bytes - 1);
    if (last < address) throw std::invalid_argument("a window beyond the last address");
    const auto next = windows_.lower_bound(address);
    const bool meets_next = next != windows_.end() && next->first <= last;
    const bool meets_former = next != windows_.begin() && std::prev(next)->second.last >= address;
    if (meets_next || meets_former) throw std::invalid_argument("a window that overlaps another");
    windows_.emplace(address, Window{last, memory, readable, writable});
  }

  // False: no window begins there.
  bool remove(uint64_t address) { return windows_.erase(address) != 0; }

  // Copies the beat at `address`, a multiple of 64, into `data`. False: the card may not.
  bool read(uint64_t address, uint64_t (&data)[kWords]) const {
    const Window* window = nullptr;
    uint64_t* const words = find(address, window);
    if (words == nullptr || !window->readable) return false;
    for (unsigned word = 0; word < kWords; ++word) {
      data[word] = std::atomic_ref(words[word]).load(std::memory_order_acquire);
    }
    return true;
  }

  // Copies those bytes of a beat whose strobes are set. The beat's first words become visible last: whoever sees the
  // first word of a completion sees the rest. False: the card may not.
  bool write(uint64_t address, const uint64_t (&data)[kWords], uint64_t strobes) const {
    const Window* window = nullptr;
    uint64_t* const words = find(address, window);
    if (words == nullptr || !window->writable) return false;
    for (unsigned word = kWords; word-- > 0;) {
      const uint64_t mask = spread(static_cast<uint8_t>(strobes >> (8 * word)));
      const std::atomic_ref target(words[word]);
      if (mask == ~uint64_t{0}) {
        target.store(data[word], std::memory_order_release);
      } else if (mask != 0) {
        uint64_t old = target.load(std::memory_order_relaxed);
        while (!target.compare_exchange_weak(old, (old & ~mask) | (data[word] & mask),
                                             std::memory_order_release, std::memory_order_relaxed)) {
        }
      }
    }
    return true;
  }

 private:
  static_assert(std::endian::native == std::endian::little, "words are copied as the bus has them");

  struct Window {
    uint64_t last;  // address of the last byte
    uint64_t* memory;
    bool readable;
    bool writable;
  };

  uint64_t* find(uint64_t address, const Window*& window) const {
    auto behind = windows_.upper_bound(address);
    if (behind == windows_.begin()) return nullptr;
    const auto& [first, found] = *std::prev(behind);
    if (address > found.last) return nullptr;
    window = &found;
    return found.memory + (address - first) / sizeof(uint64_t);
  }

  // A byte for each bit.
  static uint64_t spread(uint8_t strobes) {
    uint64_t mask = 0;
    for (unsigned byte = 0; byte < 8; ++byte) {
      if (strobes >> byte & 1) mask |= uint64_t{0xff} << (8 * byte);
    }
    return mask;
  }

  std::map<uint64_t, Window> windows_;  // by first address
};

}  // namespace flowswitch
