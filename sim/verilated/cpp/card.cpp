#include "card.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "flowswitch-verilated/src/bridge.rs.h"
#include "verilated.h"

namespace flowswitch {
namespace {

// The card whose model runs in this thread.
thread_local Card* running = nullptr;

// Clocks without a visible event after which nothing is on its way in a card whose books balance: counters
// and the learner's queues have settled. The beats of a frame that is dropped, and the credits of one that left
// several times, go one a clock besides.
constexpr uint64_t kSettleClocks = 48;
// The same where frames may have been dropped unseen, before the card's counters are asked whether anything is left.
constexpr uint64_t kLookClocks = 256;
// .. and where nobody asks them: the longest frame takes 150 clocks, a queue 512.
constexpr uint64_t kQuietClocks = 1'200;
// Clocks of the core without a transfer after which a register access has failed. While a card is cleared, accesses
// to its tables wait: for as many clocks as it has buckets, 131,072, and some.
constexpr uint64_t kRegisterPatience = 400'000;
// Posted writes on their way at most.
constexpr std::size_t kWritesQueued = 256;

// A function-level reset's pulse, and clocks after it in which it has taken effect.
constexpr uint64_t kFlrClocks = 4;
// Clocks after a reset of the core's in which what it put out before has ended.
constexpr uint64_t kResetClocks = 4;

constexpr uint32_t kShortestFrame = 60;
constexpr uint32_t kLongestFrame = 9'600;

enum : uint8_t { kDone = 0, kRefused = 1, kNoAnswer = 2 };

}  // namespace

Card::Entry::Entry(Card& card) : outer_(running) {
  running = &card;
  Verilated::threadContextp(card.context_.get());
}

Card::Entry::~Entry() { running = outer_; }

Card::Card(const CardSetup& setup, unsigned ports)
    : ports_(ports),
      rings_(setup.rings),
      context_(std::make_unique<VerilatedContext>()),
      time_(setup.clock_hz),
      random_(setup.seed),
      sources_(ports + 1),
      sinks_(ports + 1),
      bus_(setup.seed),
      links_up_(setup.links_up),
      monitoring_(setup.monitoring) {
  context_->fatalOnError(false);
  context_->randReset(2);
  // A seed of 0 would be replaced by one from the system.
  context_->randSeed(static_cast<int>(setup.seed % 0x7ffffffe) + 1);
  context_->traceEverOn(true);
}

Card::~Card() = default;

void Card::fail(std::string what) {
  if (failure_.empty()) failure_ = "clock " + std::to_string(time_.clock()) + ": " + std::move(what);
}

void Card::fail_port(unsigned port, const std::string& what) {
  fail((port == ports_ ? std::string("host port") : "port " + std::to_string(port)) + ": " + what);
}

void Card::check() {
  if (!failure_.empty()) throw std::runtime_error(failure_);
}

void Card::report_failure(const char* file, int line, const char* hierarchy, const char* what) {
  std::string text = std::string(what) + " at " + file + ":" + std::to_string(line);
  if (hierarchy != nullptr && hierarchy[0] != '\0') text += std::string(" in ") + hierarchy;
  if (running != nullptr) {
    running->fail(std::move(text));
  } else {
    throw std::runtime_error(text);
  }
}

void Card::offer(rust::Slice<const FrameIn> frames, rust::Slice<const uint8_t> bytes) {
  std::size_t at = 0;
  for (const FrameIn& frame : frames) {
    if (frame.port > ports_) throw std::invalid_argument("no port " + std::to_string(frame.port));
    if (frame.port == ports_ && rings_) throw std::invalid_argument("the host's frames pass through its rings");
    if (frame.length == 0) throw std::invalid_argument("a frame of no bytes");
    if (bytes.size() - at < frame.length) throw std::invalid_argument("frames longer than their bytes");
    sources_[frame.port].push(frame.at_ns, frame.egress, frame.error, bytes.data() + at, frame.length);
    at += frame.length;
  }
}

uint64_t Card::next_arrival_ns() const {
  uint64_t next = ~uint64_t{0};
  for (const FrameSource& source : sources_) {
    if (!source.empty()) next = std::min(next, source.within_frame() ? 0 : source.next_at_ns());
  }
  return next;
}

uint64_t Card::queued_beats(uint8_t port) const { return sources_.at(port).queued_beats(); }

void Card::withdraw() {
  for (FrameSource& source : sources_) source.withdraw();
}

void Card::run(uint64_t clocks) {
  check();
  const Entry entry(*this);
  for (; clocks > 0; --clocks) {
    step();
    if (!failure_.empty()) check();
  }
}

void Card::pause(uint64_t clocks) {
  time_stands_ = stands();
  try {
    run(clocks);
  } catch (...) {
    time_stands_ = false;
    throw;
  }
  time_stands_ = false;
}

bool Card::known_empty() const { return lookups_awaited_ == 0 && copies_awaited_ == 0; }

bool Card::settled() const { return quiet_clocks_ >= kSettleClocks + most_beats_; }

bool Card::idle() const {
  return known_empty() && settled() && next_arrival_ns() > time_.now_ns();
}

// The rings' host goes by simulated time. What the card says of its own, announcements, needs none.
bool Card::stands() const { return !rings_ && known_empty() && next_arrival_ns() > time_.now_ns(); }

bool Card::still() const {
  return idle() || (quiet() && next_arrival_ns() > time_.now_ns());
}

bool Card::quiet() const { return quiet_clocks_ >= (link_fell_ ? kThrowClocks : kQuietClocks); }

bool Card::is_short(uint16_t open, uint64_t reserve) const {
  for (unsigned port = 0; port < ports_; ++port) {
    if ((open >> port & 1) != 0 && sources_[port].queued_beats() < reserve) return true;
  }
  return false;
}

RunEnd Card::run_until_quiet(uint64_t horizon_clocks, uint64_t max_clocks, uint16_t open, uint64_t reserve) {
  check();
  const Entry entry(*this);
  const uint64_t horizon_ns = horizon_clocks * 1'000'000'000 / time_.hz();
  for (; max_clocks > 0; --max_clocks) {
    if (open != 0 && is_short(open, reserve)) return RunEnd::Short;
    step();
    if (!failure_.empty()) check();
    if (!settled()) continue;
    const bool empty = known_empty();
    if (!empty && quiet_clocks_ < kLookClocks) continue;
    const uint64_t next = next_arrival_ns();
    if (next != ~uint64_t{0} && next <= time_.now_ns() + horizon_ns) continue;
    return empty ? RunEnd::Empty : RunEnd::Quiet;
  }
  return RunEnd::Busy;
}

void Card::set_trace(rust::Str path, uint64_t from, uint64_t clocks) {
  trace_path_ = std::string(path);
  trace_from_ = from;
  trace_clocks_ = clocks;
}

RegisterAccess Card::access_until(std::size_t queue_left, bool all) {
  check();
  const Entry entry(*this);
  // Time stands still for accesses to an idle card: programming takes none of the simulated time.
  time_stands_ = stands();
  registers_only_ = known_empty() && !bus_.busy() && next_arrival_ns() > time_.now_ns();
  uint64_t waited = 0;
  while (waited <= kRegisterPatience && (all ? register_port_busy() : register_accesses_queued() > queue_left)) {
    const uint64_t moves = register_port_moves();
    step();
    waited = register_port_moves() == moves ? waited + 1 : 0;
    if (!failure_.empty()) break;
  }
  time_stands_ = registers_only_ = false;
  check();
  if (waited > kRegisterPatience) {
    const uint32_t address = register_awaited();
    give_up_register_access();
    return {kNoAnswer, address, 0};
  }
  if (const auto refused = take_refused()) return {kRefused, *refused, 0};
  return {kDone, 0, read_value()};
}

RegisterAccess Card::read_register(uint32_t address) {
  start_read(address);
  return access_until(0, true);
}

RegisterAccess Card::write_register(uint32_t address, uint32_t value) {
  queue_write(address, value);
  return access_until(kWritesQueued, false);
}

RegisterAccess Card::finish_writes() { return access_until(0, true); }

void Card::add_window(uint64_t address, uint8_t* memory, uint64_t bytes, bool readable, bool writable) {
  bus_.windows().add(address, reinterpret_cast<uint64_t*>(memory), bytes, readable, writable);
}

void Card::set_memory_timing(const MemoryTiming& timing) {
  bus_.set_timing({timing.read_latency, timing.write_latency, timing.stall, timing.shuffle});
}

void Card::fail_access(const BusError& error) {
  bus_.fail_later({error.write, error.id, error.skip, error.beat});
}

BusFaults Card::bus_faults() const {
  const AxiMemory::Faults& faults = bus_.faults();
  return {faults.count, faults.address, faults.write};
}

rust::Vec<BusAccess> Card::take_bus_log() {
  rust::Vec<BusAccess> log;
  for (const AxiMemory::Access& access : bus_.take_log()) {
    log.push_back({access.write, access.id, access.response, access.bytes, access.address, access.asked, access.ended});
  }
  return log;
}

Interrupts Card::take_interrupts() { return {std::exchange(interrupts_, {})}; }

bool Card::run_until_interrupt(uint8_t mask, uint64_t clocks) {
  check();
  const Entry entry(*this);
  const auto sent = [&] {
    for (unsigned vector = 0; vector < kVectors; ++vector) {
      if ((mask >> vector & 1) != 0 && interrupts_[vector] != 0) return true;
    }
    return false;
  };
  while (!sent()) {
    if (clocks-- == 0) return false;
    step();
    if (!failure_.empty()) check();
  }
  return true;
}

void Card::pulse_flr() {
  set_flr(true);
  run(kFlrClocks);
  set_flr(false);
  run(kFlrClocks);
}

void Card::pulse_host_reset(uint64_t clocks) {
  bus_is_reset_ = true;
  set_host_reset(true);
  run(std::max<uint64_t>(clocks, 1));
  set_host_reset(false);
  run(kResetClocks);
  bus_is_reset_ = false;
}

void Card::pulse_resets(bool core, bool registers, uint64_t clocks) {
  core_is_reset_ = bus_is_reset_ = core;
  set_resets(core, registers);
  const uint64_t edges = register_edges();
  run(std::max<uint64_t>(clocks, 1));
  while (registers && register_edges() < edges + 2) run(1);
  set_resets(false, false);
  if (core) core_reset_clock_ = time_.clock();
  run(kResetClocks);
  if (core) {
    core_is_reset_ = bus_is_reset_ = false;
    assume_empty();
  }
}

void Card::record_interrupt(unsigned vector) {
  if (vector < kVectors) ++interrupts_[vector];
  else fail("an interrupt of vector " + std::to_string(vector));
}

void Card::record_entry(unsigned port, const SourceBeat& beat) {
  if (settled()) most_beats_ = 0;
  quiet_clocks_ = 0;
  most_beats_ = std::max(most_beats_, std::min(beat.frame_bytes, kLongestFrame) / FrameSource::kBeat + 1);
  if (port == ports_ && beat.first) injected_clock_ = card_clock();
  if (!beat.last || beat.error) return;
  if (beat.frame_bytes < kShortestFrame || beat.frame_bytes > kLongestFrame) return;
  if (port != ports_) {
    ++lookups_awaited_;
  } else if (beat.egress < ports_ && (links_up_ >> beat.egress & 1) != 0) {
    ++copies_awaited_;
    injected_.insert(injected_clock_);
  }
}

void Card::record_departure(unsigned port, const FrameSink& sink) {
  // What the rings sent was not seen to enter, nor was what the card announces: that is told by its stamp.
  if (sink.source() != ports_ || injected_.erase(sink.stamp()) != 0) --copies_awaited_;
  departures_.push_back({static_cast<uint8_t>(port), sink.source(), sink.reason(), sink.length(),
                         extend(sink.stamp()), sink.clock(), sink.at_ns(), departed_bytes_.size()});
  departed_bytes_.insert(departed_bytes_.end(), sink.bytes(), sink.bytes() + sink.length());
}

void Card::record_verdict(unsigned engine, unsigned port, unsigned row, unsigned reason, uint32_t egress,
                          unsigned flow, uint32_t stamp) {
  quiet_clocks_ = 0;
  --lookups_awaited_;
  // Nor is what leaves by the rings seen to leave.
  copies_awaited_ += std::popcount(rings_ ? egress & ~(1U << ports_) : egress);
  if (!monitoring_) return;
  verdicts_.push_back({static_cast<uint8_t>(engine), static_cast<uint8_t>(port), static_cast<uint8_t>(row),
                       static_cast<uint8_t>(reason), static_cast<uint16_t>(egress), static_cast<uint8_t>(flow),
                       time_.clock(), extend(stamp)});
}

void Card::record_learn(unsigned logical_port, unsigned domain, uint64_t mac) {
  quiet_clocks_ = 0;
  if (!monitoring_) return;
  learns_.push_back(
      {static_cast<uint8_t>(logical_port), static_cast<uint16_t>(domain), mac, time_.clock()});
}

rust::Slice<const FrameOut> Card::departures() const { return {departures_.data(), departures_.size()}; }

rust::Slice<const uint8_t> Card::departed_bytes() const {
  return {departed_bytes_.data(), departed_bytes_.size()};
}

rust::Slice<const VerdictRecord> Card::verdicts() const { return {verdicts_.data(), verdicts_.size()}; }

rust::Slice<const LearnRecord> Card::learns() const { return {learns_.data(), learns_.size()}; }

void Card::clear_departures() {
  departures_.clear();
  departed_bytes_.clear();
}

rust::String stream_fault(rust::Slice<const StreamBeat> clocks) {
  FrameSink sink;
  std::string fault;
  uint64_t clock = 0;
  for (const StreamBeat& shown : clocks) {
    uint8_t data[64];
    std::fill(std::begin(data), std::end(data), shown.byte);
    const SinkBeat beat{data, shown.stamp, shown.empty, shown.source, shown.reason, shown.valid, shown.last, shown.error};
    sink.sample(beat, shown.ready, clock, 0, fault);
    if (!fault.empty()) return "clock " + std::to_string(clock) + ": " + fault;
    ++clock;
  }
  return {};
}

}  // namespace flowswitch

// The Verilated runtime calls these instead of its own, which would end the process or only print.

void vl_stop(const char* file, int line, const char* hierarchy) {
  flowswitch::Card::report_failure(file, line, hierarchy, "assertion failed or $stop");
}

void vl_finish(const char* file, int line, const char* hierarchy) {
  flowswitch::Card::report_failure(file, line, hierarchy, "$finish");
}

void vl_fatal(const char* file, int line, const char* hierarchy, const char* message) {
  flowswitch::Card::report_failure(file, line, hierarchy, message);
  // The runtime does not expect this function to return.
  throw std::runtime_error(message);
}
