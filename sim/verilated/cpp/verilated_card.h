// The clock loop over one generated model class.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>

#include "axi_lite_master.h"
#include "bench_loop.h"
#include "card.h"
#include "flowswitch-verilated/src/bridge.rs.h"
#include "packed.h"
#include "verilated.h"
#include "verilated_fst_c.h"

namespace flowswitch {

// Samples outputs at the beginning of a clock, then sets the inputs of that clock, then lets the edge that
// ends it come: no output but path_awake may depend on an input within the clock. The register clock is unrelated to the
// core's; its edges fall between the core's, but it only runs while an access is under way, some clocks before
// (so that what is synchronised into it is fresh) and some after (so that what crosses out of it arrives):
// this saves a quarter of the time of a simulation that hardly uses the registers. While nothing but registers
// moves it is the faster of the two: an access then takes as few clocks of the core as it can.
//
// The clock of the data path stops while the card says that it may; for some seeds it never does, as on boards
// that cannot stop a clock.
template <typename Top, unsigned Ports, unsigned Engines>
class VerilatedCard final : public Card {
 public:
  explicit VerilatedCard(const CardSetup& setup)
      : Card(setup, Ports),
        core_period_fs_(kFsPerSecond / setup.clock_hz),
        csr_period_fs_(kFsPerSecond / setup.csr_hz),
        path_never_stops_(setup.seed / 2 % 4 == 3),
        top_(std::make_unique<Top>(context_.get(), "card")) {
    const Entry entry(*this);
    reset(setup.seed % 2 == 0);
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

  ~VerilatedCard() override {
    const Entry entry(*this);
    if (trace_) trace_->close();
    top_->final();
  }

  void set_link(uint8_t port, bool up) override {
    if (port >= Ports) throw std::invalid_argument("no network port " + std::to_string(port));
    set_bits(top_->link_up, port, 1, up);
    if ((links_up_ & ~top_->link_up) != 0) {
      link_fell_ = true;
      quiet_clocks_ = 0;
    }
    links_up_ = static_cast<uint16_t>(top_->link_up);
  }

  LoopResult bench_loop(rust::Slice<const FrameIn> frames, rust::Slice<const uint8_t> bytes) override {
    const Entry entry(*this);
    const LoopResult result = run_bench_loop<Top, Ports>(*top_, frames, bytes, time_);
    if (!failure_.empty()) throw std::runtime_error(failure_);
    return result;
  }

 protected:
  void step() override {
    const bool moved = sample_outputs();
    const bool entered = drive_inputs();
    const bool on_bus = rings_ && !bus_is_reset_ && step_bus();
    quiet_clocks_ = moved || entered || on_bus ? 0 : quiet_clocks_ + 1;
    if (quiet_clocks_ >= kThrowClocks) link_fell_ = false;
    sample_monitors();
    edge();
    time_.advance(time_stands_);
  }

  void set_flr(bool asserted) override { top_->host_flr = asserted; }

  void set_host_reset(bool asserted) override {
    top_->host_rst = asserted;
    // The bus is the card's and its host's: what is shown on it while it is reset means nothing.
    bus_.forget();
    AxiMemory::rest(*top_);
    top_->interrupt_acknowledge = 0;
    interrupts_wait_ = 0;
  }

  uint64_t register_edges() const override { return csr_edges_; }

  void set_resets(bool core, bool registers) override {
    if (core) set_host_reset(false);
    top_->rst = core;
    top_->csr_rst = registers;
    if (registers) {
      registers_.forget();
      registers_.drive(*top_);
    }
    wake_registers();
    csr_clocks_left_ = kCsrResetSettle;
  }

  void start_read(uint32_t address) override {
    registers_.read(address);
    wake_registers();
  }

  void queue_write(uint32_t address, uint32_t value) override {
    registers_.write(address, value);
    wake_registers();
  }

  std::size_t register_accesses_queued() const override { return registers_.queued(); }
  bool register_port_busy() const override { return registers_.busy(); }
  uint64_t register_port_moves() const override { return registers_.moves(); }
  uint32_t register_awaited() const override { return registers_.awaited(); }
  uint32_t read_value() const override { return registers_.read_value(); }
  std::optional<uint32_t> take_refused() override { return registers_.take_refused(); }
  void give_up_register_access() override { registers_.give_up(); }

 private:
  static constexpr uint64_t kFsPerSecond = 1'000'000'000'000'000;
  // Register clocks run before an access that finds the clock stopped, and after the last one.
  static constexpr unsigned kCsrWarmUp = 8;
  static constexpr unsigned kCsrSettle = 24;
  // .. and from a change of a reset on, which both clocks have to do with.
  static constexpr unsigned kCsrResetSettle = 256;
  // Register clocks in a clock of the core while nothing but registers moves.
  static constexpr unsigned kCsrHaste = 4;
  static constexpr unsigned kResetClocks = 32;

  // Holds both resets, then releases one before the other.
  void reset(bool core_first) {
    Top& top = *top_;
    top.clk = 0;
    top.path_clk = 0;
    top.csr_clk = 0;
    top.link_up = static_cast<decltype(top.link_up + 0)>(links_up_);
    top.rx_valid = 0;
    top.host_tx_valid = 0;
    top.tx_ready = 0;
    top.host_rx_ready = 0;
    top.host_rings = rings_;
    top.host_flr = 0;
    AxiMemory::rest(top);
    top.interrupt_acknowledge = 0;
    top.host_rst = 0;
    top.time_ns = 0;
    top.rst = 1;
    top.csr_rst = 1;
    registers_.drive(top);
    csr_clocks_left_ = ~0U;
    next_csr_fs_ = random_.next() % csr_period_fs_;
    for (unsigned clock = 0; clock < kResetClocks; ++clock) edge();
    if (core_first) top.rst = 0;
    else top.csr_rst = 0;
    for (unsigned clock = 0; clock < kResetClocks; ++clock) edge();
    top.csr_rst = 0;
    if (!core_first) {
      top.rst = 0;
      // In the first clock after its reset the card takes nothing yet.
      edge();
    }
    // Both sides have to do with it before the first access.
    const uint64_t settle = kCsrSettle * (csr_period_fs_ / core_period_fs_ + 2);
    for (uint64_t clock = 0; clock < settle; ++clock) edge();
    csr_clocks_left_ = kCsrResetSettle;
    time_.count(core_first ? kResetClocks : 1);
    // Nobody saw these: the card's own count is ahead by so many.
    core_reset_clock_ = uint64_t{0} - settle;
  }

  bool sample_outputs() {
    if (core_is_reset_) {
      for (FrameSink& sink : sinks_) sink.release();
    }
    Top& top = *top_;
    std::string fault;
    bool moved = false;
    uint32_t ready_mask = 0;
    const uint32_t valid_mask = static_cast<uint32_t>(top.tx_valid);
    for (unsigned port = 0; port < Ports; ++port) {
      FrameSink& sink = sinks_[port];
      const bool ready = sink.draw_ready(random_);
      const bool valid = valid_mask >> port & 1;
      ready_mask |= static_cast<uint32_t>(ready) << port;
      if (!valid && !sink.watching()) continue;
      moved |= valid && ready;
      const SinkBeat beat{beat_bytes(top.tx_data, port),
                          static_cast<uint32_t>(get_bits(top.tx_stamp, 32 * port, 32)),
                          static_cast<uint8_t>(get_bits(top.tx_empty, 6 * port, 6)),
                          static_cast<uint8_t>(get_bits(top.tx_source, 4 * port, 4)),
                          0,
                          valid,
                          get_bits(top.tx_last, port, 1) != 0,
                          get_bits(top.tx_err, port, 1) != 0};
      if (sink.sample(beat, ready, clock(), now_ns(), fault)) record_departure(port, sink);
      if (!fault.empty()) return fail_port(port, fault), moved;
    }
    top.tx_ready = static_cast<CData>(ready_mask);
    FrameSink& host = sinks_[Ports];
    const bool ready = host.draw_ready(random_);
    top.host_rx_ready = ready;
    if (top.host_rx_valid || host.watching()) {
      moved |= top.host_rx_valid && ready;
      const SinkBeat beat{beat_bytes(top.host_rx_data, 0), top.host_rx_stamp,       top.host_rx_empty,
                          top.host_rx_source,              top.host_rx_reason,      top.host_rx_valid != 0,
                          top.host_rx_last != 0,
                          top.host_rx_err != 0};
      if (host.sample(beat, ready, clock(), now_ns(), fault)) record_departure(Ports, host);
      if (rings_) fault = "a frame on the stream beside the rings";
      if (!fault.empty()) fail_port(Ports, fault);
    }
    return moved;
  }

  bool drive_inputs() {
    Top& top = *top_;
    top.time_ns = now_ns();
    uint32_t valid_mask = 0;
    for (unsigned port = 0; port < Ports; ++port) {
      FrameSource& source = sources_[port];
      if (!source.due(now_ns()) || random_.chance(gap_)) continue;
      const SourceBeat beat = source.take();
      valid_mask |= 1U << port;
      std::memcpy(beat_bytes(top.rx_data, port), beat.data, FrameSource::kBeat);
      set_bits(top.rx_last, port, 1, beat.last);
      set_bits(top.rx_err, port, 1, beat.error);
      set_bits(top.rx_empty, 6 * port, 6, beat.empty);
      record_entry(port, beat);
    }
    top.rx_valid = static_cast<CData>(valid_mask);
    FrameSource& host = sources_[Ports];
    const bool inject = host.due(now_ns()) && !random_.chance(gap_);
    top.host_tx_valid = inject;
    if (inject) {
      const SourceBeat beat = host.take();
      std::memcpy(beat_bytes(top.host_tx_data, 0), beat.data, FrameSource::kBeat);
      top.host_tx_last = beat.last;
      top.host_tx_err = beat.error;
      top.host_tx_empty = static_cast<CData>(beat.empty);
      // Only the first beat's egress counts; a card that looks at a later one should be found out.
      top.host_tx_port = beat.first ? beat.egress : (~beat.egress & 0xf);
      record_entry(Ports, beat);
    }
    return inject || valid_mask != 0;
  }

  // The host's memory and interrupts; true if something is under way there.
  bool step_bus() {
    Top& top = *top_;
    std::string fault;
    bus_.step(top, clock(), fault);
    if (!fault.empty()) fail("bus: " + fault);
    // A function that is no master of the bus keeps its interrupts.
    uint32_t taken = 0;
    for (unsigned vector = 0; vector < kVectors; ++vector) {
      const uint32_t bit = 1U << vector;
      if ((top.interrupt_request & bit) == 0) {
        if ((interrupts_wait_ & bit) != 0) fail("an interrupt was withdrawn before it was acknowledged");
      } else if (bus_.master() && !bus_.stalls()) {
        taken |= bit;
        record_interrupt(vector);
      }
    }
    // A reset of the function withdraws them.
    interrupts_wait_ = top.host_flr ? 0 : top.interrupt_request & ~taken;
    top.interrupt_acknowledge = static_cast<CData>(taken);
    return taken != 0 || bus_.busy();
  }

  void sample_monitors() {
    Top& top = *top_;
    const uint32_t ended = static_cast<uint32_t>(top.verdict_valid);
    if (ended != 0) {
      for (unsigned engine = 0; engine < Engines; ++engine) {
        if ((ended >> engine & 1) == 0) continue;
        record_verdict(engine, static_cast<unsigned>(get_bits(top.verdict_port, 4 * engine, 4)),
                       static_cast<unsigned>(get_bits(top.verdict_row, 5 * engine, 5)),
                       static_cast<unsigned>(get_bits(top.verdict_reason, 5 * engine, 5)),
                       static_cast<uint32_t>(get_bits(top.verdict_egress, (Ports + 1) * engine, Ports + 1)),
                       static_cast<unsigned>(get_bits(top.verdict_flow, 4 * engine, 4)),
                       static_cast<uint32_t>(get_bits(top.verdict_stamp, 32 * engine, 32)));
      }
    }
    if (top.learn_valid) record_learn(top.learn_logical, top.learn_domain, top.learn_mac);
  }

  // The rising edge of the core clock, after the register clock's edges that come before it.
  void edge() {
    Top& top = *top_;
    next_core_fs_ += core_period_fs_;
    while (csr_clocks_left_ != 0 && next_csr_fs_ < next_core_fs_) csr_edge();
    // The falling edge comes last before it, so that what is combined from inputs has settled: assertions look at that.
    top.clk = 0;
    top.path_clk = 0;
    top.eval();
    top.clk = 1;
    top.path_clk = top.path_awake || path_never_stops_;
    top.eval();
    dump(next_core_fs_);
  }

  // Half a clock of the register clock.
  void csr_edge() {
    Top& top = *top_;
    if (top.csr_clk) {
      top.csr_clk = 0;
      if (csr_warm_up_ == 0) registers_.drive(top);
      else --csr_warm_up_;
      if (!registers_.busy()) --csr_clocks_left_;
    } else {
      std::string fault;
      registers_.sample(top, fault);
      if (!fault.empty()) fail(fault);
      ++csr_edges_;
      top.csr_clk = 1;
    }
    top.eval();
    dump(next_csr_fs_);
    next_csr_fs_ += registers_only_ ? hasty_half_clock() : csr_period_fs_ / 2;
  }

  // An eighth more or less: the edges of the two clocks meet in every order.
  uint64_t hasty_half_clock() {
    const uint64_t half = core_period_fs_ / kCsrHaste / 2;
    return half - half / 8 + random_.next() % (half / 4 + 1);
  }

  void wake_registers() {
    if (csr_clocks_left_ == 0) {
      next_csr_fs_ = next_core_fs_ + 1 + random_.next() % csr_period_fs_;
      csr_warm_up_ = kCsrWarmUp;
    }
    csr_clocks_left_ = std::max(csr_clocks_left_, kCsrSettle);
  }

  void dump(uint64_t at_fs) {
    if (trace_clocks_ == 0) return;
    if (clock() < trace_from_ || clock() >= trace_from_ + trace_clocks_) {
      if (trace_) {
        trace_->close();
        trace_.reset();
        trace_clocks_ = 0;
      }
      return;
    }
    if (!trace_) {
      trace_ = std::make_unique<VerilatedFstC>();
      top_->trace(trace_.get(), 99);
      trace_->open(trace_path_.c_str());
      if (!trace_->isOpen()) {
        trace_.reset();
        trace_clocks_ = 0;
        fail("cannot write " + trace_path_);
        return;
      }
    }
    trace_->dump(at_fs / 1000);
  }

  const uint64_t core_period_fs_;
  const uint64_t csr_period_fs_;
  uint64_t next_core_fs_ = 0;
  uint64_t next_csr_fs_ = 0;
  unsigned csr_clocks_left_ = 0;  // after the last access
  uint64_t csr_edges_ = 0;
  unsigned csr_warm_up_ = 0;
  const bool path_never_stops_;
  uint32_t interrupts_wait_ = 0;  // shown and not acknowledged
  AxiLiteMaster<Top> registers_;
  std::unique_ptr<Top> top_;
  std::unique_ptr<VerilatedFstC> trace_;
};

}  // namespace flowswitch
