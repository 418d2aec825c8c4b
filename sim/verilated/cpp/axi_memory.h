// The host's memory behind the card's AXI4 master: answers late, in any order that the protocol allows, and watches
// the protocol.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dma_windows.h"
#include "random.h"

namespace flowswitch {

// Memory changes when a write is answered, and is read when a beat is handed over: as late as may be. What no window
// allows, and everything while the card is no master of the bus, is answered by DECERR and recorded.
class AxiMemory {
 public:
  struct Timing {
    uint32_t read_latency = 32;   // clocks from the address to the first beat
    uint32_t write_latency = 32;  // clocks from the last beat to the answer
    uint32_t stall = 0;           // probability of a clock without ready or valid, by channel, in 65,536ths
    uint32_t shuffle = 0;         // probability of another ID's turn before a beat or answer, in 65,536ths
  };
  // A transaction to answer by SLVERR: of those with this ID the one after the next `skip`; of a read this beat.
  struct Error {
    bool write;
    uint8_t id;
    uint32_t skip;
    uint32_t beat;
  };
  struct Faults {
    uint64_t count = 0;
    uint64_t address = 0;  // of the first
    bool write = false;
  };
  // A transaction that has ended.
  struct Access {
    bool write;
    uint8_t id;
    uint8_t response;  // as on the bus, the worst of a read's beats
    uint32_t bytes;    // a write's: from the first strobed byte to the last
    uint64_t address;  // a write's: of the first strobed byte
    uint64_t asked;    // clock in which the address was taken
    uint64_t ended;    // clock in which the last beat or answer was taken
  };

  explicit AxiMemory(uint64_t seed) : random_(seed ^ kSalt) {}

  DmaWindows& windows() { return windows_; }
  void set_timing(const Timing& timing) { timing_ = timing; }
  void set_master(bool master) { master_ = master; }
  bool master() const { return master_; }
  void fail_later(const Error& error) { errors_.push_back(error); }
  const Faults& faults() const { return faults_; }
  void set_logging(bool logging) { logging_ = logging; }
  std::vector<Access> take_log() { return std::exchange(log_, {}); }

  // Transactions are under way.
  bool busy() const { return reads_open_ != 0 || writes_open_ != 0; }

  // The bus was reset: nothing is under way.
  void forget() {
    held_read_ = held_write_ = {};
    held_beat_.reset();
    for (auto& queue : reads_) queue.clear();
    for (auto& queue : answers_) queue.clear();
    writes_.clear();
    beats_.clear();
    std::fill(std::begin(writes_by_id_), std::end(writes_by_id_), 0);
    reads_open_ = writes_open_ = 0;
    answering_.reset();
    handing_.reset();
    burst_.reset();
  }
  // It answers nothing and takes nothing from now on, or does so again.
  void set_silent(bool silent) { silent_ = silent; }

  // Draws a stall.
  bool stalls() { return silent_ || random_.chance(timing_.stall); }

  // Sets the pins as before the first clock.
  template <typename Top>
  static void rest(Top& top) {
    top.m_axi_awready = top.m_axi_wready = top.m_axi_arready = 0;
    top.m_axi_bvalid = top.m_axi_rvalid = 0;
  }

  // Sees what the card shows in a clock and sets the pins for it. A violation of the protocol is described in `fault`.
  template <typename Top>
  void step(Top& top, uint64_t clock, std::string& fault) {
    clock_ = clock;
    take_addresses(top, fault);
    take_write_beats(top, fault);
    join_writes(fault);
    answer_write(top);
    answer_read(top);
  }

 private:
  static constexpr uint64_t kSalt = 0x62757300;
  static constexpr unsigned kIds = 4;
  // Transactions under way at most, by ID.
  static constexpr unsigned kReads[] = {16, 16, 32};
  static constexpr unsigned kWrites[] = {32, 64};
  static constexpr unsigned kBurst = 16;
  static constexpr std::size_t kBeatsAhead = 64;
  static constexpr uint64_t kPage = 4096;
  enum : uint8_t { kOkay = 0, kSlaveError = 2, kDecodeError = 3 };
  static constexpr uint32_t kNoBeat = ~0U;

  struct Beat {
    uint64_t data[DmaWindows::kWords];
    uint64_t strobes;
    bool last;
  };
  struct Transaction {
    uint64_t address;
    uint32_t beats;
    uint8_t id;
    uint32_t error_beat;  // or none
    uint64_t asked;
    uint64_t due;
    uint32_t done = 0;
    uint8_t response = kOkay;
    std::vector<Beat> data;  // of a write
  };
  // What an address channel showed and was not taken.
  struct Held {
    bool valid = false;
    uint64_t address;
    uint8_t id;
    uint8_t length;
  };

  // One address channel: true if an address was taken.
  bool take_address(bool valid, bool ready, const Held& shown, Held& held, const char* channel, std::string& fault) {
    if (held.valid) {
      if (!valid) {
        fault = std::string(channel) + ": valid fell before ready";
      } else if (shown.address != held.address || shown.id != held.id || shown.length != held.length) {
        fault = std::string(channel) + ": an address changed while it waited";
      }
    }
    held = shown;
    held.valid = valid && !ready;
    if (!valid || !ready) return false;
    const uint64_t beats = shown.length + uint64_t{1};
    if (beats > kBurst) fault = std::string(channel) + ": a burst of more than 16 beats";
    if (shown.address % kPage / DmaWindows::kBeat + beats > kPage / DmaWindows::kBeat) {
      fault = std::string(channel) + ": a burst crosses a boundary of 4 KiB";
    }
    return true;
  }

  Transaction begin(bool write, const Held& shown) {
    return {shown.address, shown.length + 1U, shown.id, drawn_error(write, shown.id), clock_, 0, 0, kOkay, {}};
  }

  template <typename Top>
  void take_addresses(Top& top, std::string& fault) {
    top.m_axi_arready = !stalls();
    const Held read{true, top.m_axi_araddr, top.m_axi_arid, top.m_axi_arlen};
    if (take_address(top.m_axi_arvalid, top.m_axi_arready, read, held_read_, "AR", fault)) {
      auto& queue = reads_[read.id % kIds];
      if (read.id >= std::size(kReads)) fault = "AR: an ID that no read has";
      else if (queue.size() == kReads[read.id]) fault = "AR: more reads than may be under way";
      queue.push_back(begin(false, read));
      queue.back().due = clock_ + timing_.read_latency;
      ++reads_open_;
    }
    top.m_axi_awready = !stalls();
    const Held write{true, top.m_axi_awaddr, top.m_axi_awid, top.m_axi_awlen};
    if (take_address(top.m_axi_awvalid, top.m_axi_awready, write, held_write_, "AW", fault)) {
      unsigned& open = writes_by_id_[write.id % kIds];
      if (write.id >= std::size(kWrites)) fault = "AW: an ID that no write has";
      else if (open == kWrites[write.id]) fault = "AW: more writes than may be under way";
      writes_.push_back(begin(true, write));
      ++open;
      ++writes_open_;
    }
  }

  // Data may come before their address.
  template <typename Top>
  void take_write_beats(Top& top, std::string& fault) {
    const bool ready = beats_.size() < kBeatsAhead && !stalls();
    top.m_axi_wready = ready;
    if (!top.m_axi_wvalid) {
      if (held_beat_) fault = "W: valid fell before ready";
      return;
    }
    Beat beat;
    std::memcpy(beat.data, top.m_axi_wdata.data(), sizeof beat.data);
    beat.strobes = top.m_axi_wstrb;
    beat.last = top.m_axi_wlast != 0;
    if (held_beat_ && !same(beat, *held_beat_)) fault = "W: a beat changed while it waited";
    held_beat_.reset();
    if (ready) beats_.push_back(beat);
    else held_beat_ = beat;
  }

  // Bytes without a strobe carry no meaning.
  static bool same(const Beat& one, const Beat& other) {
    if (one.strobes != other.strobes || one.last != other.last) return false;
    for (unsigned byte = 0; byte < DmaWindows::kBeat; ++byte) {
      const uint64_t differs = one.data[byte / 8] ^ other.data[byte / 8];
      if ((one.strobes >> byte & 1) != 0 && (differs >> (8 * (byte % 8)) & 0xff) != 0) return false;
    }
    return true;
  }

  // Gives beats to their addresses; what is complete awaits its answer.
  void join_writes(std::string& fault) {
    while (!writes_.empty() && !beats_.empty()) {
      Transaction& write = writes_.front();
      const Beat& beat = beats_.front();
      const uint64_t below = (uint64_t{1} << write.address % DmaWindows::kBeat) - 1;
      if (write.data.empty() && (beat.strobes & below) != 0) fault = "W: a strobe below the burst's address";
      write.data.push_back(beat);
      beats_.pop_front();
      const bool complete = write.data.size() == write.beats;
      if (write.data.back().last != complete) fault = "W: last does not stand with a burst's last beat";
      if (!complete) continue;
      write.due = clock_ + timing_.write_latency;
      answers_[write.id % kIds].push_back(std::move(write));
      writes_.pop_front();
    }
  }

  // The ID whose oldest transaction is to go on, or none.
  std::optional<uint8_t> pick(const std::deque<Transaction> (&queues)[kIds], std::optional<uint8_t> within) {
    const bool shuffled = random_.chance(timing_.shuffle);
    const unsigned start = shuffled ? random_.next() : 0;
    std::optional<uint8_t> picked;
    for (unsigned turn = 0; turn < kIds; ++turn) {
      const auto id = static_cast<uint8_t>((start + turn) % kIds);
      if (queues[id].empty() || queues[id].front().due > clock_) continue;
      if (shuffled) return id;
      if (within == id) return id;
      if (!picked || queues[id].front().due < queues[*picked].front().due) picked = id;
    }
    return picked;
  }

  template <typename Top>
  void answer_write(Top& top) {
    if (!answering_) {
      const auto id = stalls() ? std::nullopt : pick(answers_, std::nullopt);
      answering_ = id;
      top.m_axi_bvalid = id.has_value();
      if (!id) return;
      Transaction& write = answers_[*id].front();
      perform(write);
      top.m_axi_bid = *id;
      top.m_axi_bresp = write.response;
    }
    if (!top.m_axi_bready) return;
    finish(answers_[*answering_], true);
    --writes_by_id_[*answering_];
    --writes_open_;
    answering_.reset();
  }

  template <typename Top>
  void answer_read(Top& top) {
    if (!handing_) {
      const auto id = stalls() ? std::nullopt : pick(reads_, burst_);
      handing_ = id;
      top.m_axi_rvalid = id.has_value();
      if (!id) return;
      Transaction& read = reads_[*id].front();
      uint64_t data[DmaWindows::kWords];
      const uint8_t response = read_beat(read, data);
      std::memcpy(top.m_axi_rdata.data(), data, sizeof data);
      top.m_axi_rid = *id;
      top.m_axi_rresp = response;
      top.m_axi_rlast = read.done + 1 == read.beats;
    }
    if (!top.m_axi_rready) return;
    Transaction& read = reads_[*handing_].front();
    burst_ = handing_;
    if (++read.done == read.beats) {
      finish(reads_[*handing_], false);
      --reads_open_;
      burst_.reset();
    }
    handing_.reset();
  }

  void perform(Transaction& write) {
    if (write.error_beat != kNoBeat) {
      write.response = kSlaveError;
      return;
    }
    uint64_t address = write.address & ~(DmaWindows::kBeat - 1);
    for (const Beat& beat : write.data) {
      if (!master_ || !windows_.write(address, beat.data, beat.strobes)) {
        if (write.response == kOkay) refuse(address, true);
        write.response = kDecodeError;
      }
      address += DmaWindows::kBeat;
    }
  }

  uint8_t read_beat(Transaction& read, uint64_t (&data)[DmaWindows::kWords]) {
    const uint64_t first = read.address & ~(DmaWindows::kBeat - 1);
    const uint64_t address = first + DmaWindows::kBeat * read.done;
    uint8_t response = kOkay;
    if (read.error_beat == read.done) {
      response = kSlaveError;
    } else if (!master_ || !windows_.read(address, data)) {
      if (read.response != kDecodeError) refuse(address, false);
      response = kDecodeError;
    }
    // A card that uses the data of a failed beat should be found out.
    if (response != kOkay) std::memset(data, 0xee, sizeof data);
    if (response > read.response) read.response = response;
    return response;
  }

  void refuse(uint64_t address, bool write) {
    if (faults_.count++ == 0) {
      faults_.address = address;
      faults_.write = write;
    }
  }

  uint32_t drawn_error(bool write, uint8_t id) {
    uint32_t beat = kNoBeat;
    for (auto error = errors_.begin(); error != errors_.end();) {
      if (error->write != write || error->id != id || error->skip-- != 0) {
        ++error;
        continue;
      }
      beat = error->beat;
      error = errors_.erase(error);
    }
    return beat;
  }

  void finish(std::deque<Transaction>& queue, bool write) {
    const Transaction& ended = queue.front();
    if (logging_) {
      const uint64_t first = ended.address & ~(DmaWindows::kBeat - 1);
      uint64_t from = ended.address;
      uint64_t behind = first + DmaWindows::kBeat * ended.beats;
      if (write) {
        const auto strobed = strobed_bytes(ended);
        from = first + strobed.first;
        behind = first + strobed.second;
      }
      log_.push_back({write, ended.id, ended.response, static_cast<uint32_t>(behind - from), from, ended.asked, clock_});
    }
    queue.pop_front();
  }

  // From the first strobed byte of a write to behind the last; nothing: 0, 0.
  static std::pair<uint64_t, uint64_t> strobed_bytes(const Transaction& write) {
    uint64_t from = 0;
    uint64_t behind = 0;
    uint64_t base = 0;
    for (const Beat& beat : write.data) {
      if (beat.strobes != 0) {
        if (behind == 0) from = base + static_cast<unsigned>(std::countr_zero(beat.strobes));
        behind = base + DmaWindows::kBeat - static_cast<unsigned>(std::countl_zero(beat.strobes));
      }
      base += DmaWindows::kBeat;
    }
    return {from, behind};
  }

  DmaWindows windows_;
  Timing timing_;
  Random random_;
  bool master_ = false;
  bool silent_ = false;
  bool logging_ = false;
  uint64_t clock_ = 0;
  std::vector<Error> errors_;
  Faults faults_;
  std::vector<Access> log_;

  Held held_read_;
  Held held_write_;
  std::optional<Beat> held_beat_;
  std::deque<Transaction> reads_[kIds];    // by ID, in order
  std::deque<Transaction> writes_;         // whose data are not complete
  std::deque<Beat> beats_;                 // whose address has not come
  std::deque<Transaction> answers_[kIds];  // writes to be answered, by ID
  unsigned writes_by_id_[kIds] = {};
  unsigned reads_open_ = 0;
  unsigned writes_open_ = 0;
  std::optional<uint8_t> answering_;  // ID of the answer that waits for ready
  std::optional<uint8_t> handing_;    // ID of the read beat that does
  std::optional<uint8_t> burst_;      // ID of the read of which some beats were handed over
};

}  // namespace flowswitch
