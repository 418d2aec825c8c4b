// AXI4-Lite master for the register port: posted writes in order, one read at a time after them.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace flowswitch {

template <typename Top>
class AxiLiteMaster {
 public:
  void write(uint32_t address, uint32_t value) { writes_.push_back({address, value}); }

  // Only when no read is under way but one that was given up.
  void read(uint32_t address) {
    next_read_ = address;
    begin_read();
  }

  bool busy() const { return !writes_.empty() || next_read_ || (read_ != Read::kNone && !given_up_); }
  std::size_t queued() const { return writes_.size(); }
  uint32_t read_value() const { return read_value_; }

  // Address of the access that is next to be answered. Only when busy.
  uint32_t awaited() const {
    if (!writes_.empty()) return writes_.front().address;
    return next_read_ ? *next_read_ : read_address_;
  }

  // Transfers so far: who waits sees whether anything moves.
  uint64_t moves() const { return moves_; }

  // Nobody waits any more for the read that is under way. The bus does: an answer that comes late is swallowed, and
  // writes stay where they are.
  void give_up() {
    next_read_.reset();
    given_up_ = read_ != Read::kNone;
  }

  // The port is in reset: nothing is under way.
  void forget() {
    writes_.clear();
    address_sent_ = data_sent_ = 0;
    read_ = Read::kNone;
    given_up_ = false;
    next_read_.reset();
  }

  // Sets the pins; after a falling edge.
  void drive(Top& top) const {
    top.s_axil_awvalid = address_sent_ < writes_.size();
    if (address_sent_ < writes_.size()) top.s_axil_awaddr = writes_[address_sent_].address;
    top.s_axil_wvalid = data_sent_ < writes_.size();
    if (data_sent_ < writes_.size()) top.s_axil_wdata = writes_[data_sent_].value;
    top.s_axil_awprot = 0;
    top.s_axil_arprot = 0;
    top.s_axil_wstrb = 0xf;
    top.s_axil_bready = 1;
    top.s_axil_arvalid = read_ == Read::kShown || (read_ == Read::kWanted && writes_.empty());
    top.s_axil_araddr = read_address_;
    top.s_axil_rready = 1;
  }

  // The first access refused since the last call: its address.
  std::optional<uint32_t> take_refused() { return std::exchange(refused_, std::nullopt); }

  // Sees the transfers of the rising edge that is about to come. A violation of the protocol is
  // described in `fault`.
  void sample(const Top& top, std::string& fault) {
    if (!busy() && !given_up_) return;
    if (top.s_axil_awvalid && top.s_axil_awready) ++address_sent_, ++moves_;
    if (top.s_axil_wvalid && top.s_axil_wready) ++data_sent_, ++moves_;
    if (top.s_axil_bvalid) {
      ++moves_;
      if (address_sent_ == 0 || data_sent_ == 0) {
        fault = "the register port answered a write that it had not taken";
        return;
      }
      if (top.s_axil_bresp != 0) refuse(writes_.front().address);
      writes_.pop_front();
      --address_sent_;
      --data_sent_;
    }
    if (top.s_axil_arvalid) {
      // Once shown it stays, whatever is written meanwhile because nobody waits for it any more.
      read_ = top.s_axil_arready ? Read::kSent : Read::kShown;
      if (top.s_axil_arready) ++moves_;
    }
    if (top.s_axil_rvalid) {
      ++moves_;
      if (read_ != Read::kSent) {
        fault = "the register port answered a read that it had not taken";
        return;
      }
      read_ = Read::kNone;
      if (std::exchange(given_up_, false)) return begin_read();
      if (top.s_axil_rresp != 0) refuse(read_address_);
      read_value_ = top.s_axil_rdata;
    }
  }

 private:
  enum class Read { kNone, kWanted, kShown, kSent };
  struct Write {
    uint32_t address;
    uint32_t value;
  };

  void begin_read() {
    if (read_ != Read::kNone || !next_read_) return;
    read_address_ = *std::exchange(next_read_, std::nullopt);
    read_ = Read::kWanted;
  }

  void refuse(uint32_t address) {
    if (!refused_) refused_ = address;
  }

  std::deque<Write> writes_;       // not yet answered
  std::size_t address_sent_ = 0;   // of these, taken by the address channel
  std::size_t data_sent_ = 0;      // and by the data channel
  std::optional<uint32_t> refused_;
  uint32_t read_address_ = 0;
  uint32_t read_value_ = 0;
  uint64_t moves_ = 0;
  Read read_ = Read::kNone;
  bool given_up_ = false;              // nobody waits for the read that is under way
  std::optional<uint32_t> next_read_;  // .. behind which this one waits
};

}  // namespace flowswitch
