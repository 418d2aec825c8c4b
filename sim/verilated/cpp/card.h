// A Verilated card as Rust sees it: everything around the model but the clock loop, which needs to know
// the generated class (verilated_card.h).
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "axi_memory.h"
#include "card_clock.h"
#include "frame_sink.h"
#include "frame_source.h"
#include "random.h"
#include "rust/cxx.h"

class VerilatedContext;

namespace flowswitch {

// Shared with Rust: defined in the header that cxx makes of src/bridge.rs, described there.
struct CardSetup;
struct FrameIn;
struct FrameOut;
struct VerdictRecord;
struct LearnRecord;
struct RegisterAccess;
struct LoopResult;
struct StreamBeat;
struct MemoryTiming;
struct BusError;
struct BusFaults;
struct BusAccess;
struct Interrupts;
enum class RunEnd : uint8_t;

// One simulated card. Not for two threads at once. After an exception the card stays failed.
class Card {
 public:
  Card(const CardSetup& setup, unsigned ports);
  virtual ~Card();
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  uint64_t clock() const { return time_.clock(); }
  uint64_t now_ns() const { return time_.now_ns(); }

  // Queues frames. `bytes` holds them one after the other. Port `ports` injects.
  void offer(rust::Slice<const FrameIn> frames, rust::Slice<const uint8_t> bytes);
  // The earliest entry time of a queued frame, or all ones.
  uint64_t next_arrival_ns() const;
  // Beats queued for a port, those left of a frame that has begun to enter included.
  uint64_t queued_beats(uint8_t port) const;
  // Forgets the queued frames that have not begun to enter.
  void withdraw();

  void run(uint64_t clocks);
  // As run, but if nothing is in the card or due to enter it, simulated time stands still meanwhile.
  void pause(uint64_t clocks);
  // `open` are ports that more frames are to be queued for, bit 0 is port 0: it goes no further when one of them has
  // fewer than `reserve` beats queued.
  RunEnd run_until_quiet(uint64_t horizon_clocks, uint64_t max_clocks, uint16_t open, uint64_t reserve);
  // The caller knows from the card's own counters that nothing is inside it.
  void assume_empty() {
    lookups_awaited_ = copies_awaited_ = 0;
    injected_.clear();
    link_fell_ = false;
  }
  void skip_time(uint64_t clocks) { time_.skip(clocks); }
  uint64_t clocks_for_ns(uint64_t ns) const { return time_.clocks_for_ns(ns); }

  RegisterAccess read_register(uint32_t address);
  RegisterAccess write_register(uint32_t address, uint32_t value);
  RegisterAccess finish_writes();

  virtual void set_link(uint8_t port, bool up) = 0;
  void set_stall(uint8_t port, uint32_t share) { sinks_.at(port).set_stall(share); }
  void set_blocked(uint8_t port, bool blocked) { sinks_.at(port).set_blocked(blocked); }
  void set_gap(uint32_t share) { gap_ = share; }

  // The host's memory and what it does; of use with the rings alone. Memory of a window lasts until that is removed.
  void add_window(uint64_t address, uint8_t* memory, uint64_t bytes, bool readable, bool writable);
  bool remove_window(uint64_t address) { return bus_.windows().remove(address); }
  void set_bus_master(bool master) { bus_.set_master(master); }
  void set_memory_timing(const MemoryTiming& timing);
  void fail_access(const BusError& error);
  BusFaults bus_faults() const;
  bool bus_busy() const { return bus_.busy(); }
  void set_bus_log(bool logging) { bus_.set_logging(logging); }
  rust::Vec<BusAccess> take_bus_log();
  // Interrupts sent since the last call.
  Interrupts take_interrupts();
  // Runs until a vector of the mask has been sent and not taken, at most so many clocks: true if one has.
  bool run_until_interrupt(uint8_t mask, uint64_t clocks);
  // A function-level reset: a pulse on its pin, of a few clocks.
  void pulse_flr();
  // Resets of the core, of the register port or of both: a pulse of so many clocks on their pins, at least one (two edges of
  // the register clock, if it is that port's), and some clocks behind it. Of the core: what was in it is gone, its clock of stamps begins anew; frames go on
  // entering. Of the register port: accesses under way are gone.
  void pulse_resets(bool core, bool registers, uint64_t clocks);
  // A reset of the host's bus: a pulse on its pin of so many clocks, at least one, and some clocks behind it. What was under
  // way on the bus is forgotten.
  void pulse_host_reset(uint64_t clocks);
  // The host's bus takes and answers nothing from now on, or does so again.
  void set_bus_silent(bool silent) { bus_.set_silent(silent); }
  // Nothing moves, and nothing is due to enter.
  bool still() const;
  // Records an FST of `clocks` clocks from clock `from` on.
  void set_trace(rust::Str path, uint64_t from, uint64_t clocks);

  rust::Slice<const FrameOut> departures() const;
  rust::Slice<const uint8_t> departed_bytes() const;
  rust::Slice<const VerdictRecord> verdicts() const;
  rust::Slice<const LearnRecord> learns() const;
  void clear_departures();
  void clear_verdicts() { verdicts_.clear(); }
  void clear_learns() { learns_.clear(); }

  // A plain clock loop over the same model, to compare the harness with (bench_loop.h).
  virtual LoopResult bench_loop(rust::Slice<const FrameIn> frames, rust::Slice<const uint8_t> bytes) = 0;

  // Called by the Verilated runtime for the card that runs in this thread.
  static void report_failure(const char* file, int line, const char* hierarchy, const char* what);

 protected:
  // Runs one clock of the model.
  virtual void step() = 0;
  virtual void set_flr(bool asserted) = 0;
  virtual void set_resets(bool core, bool registers) = 0;
  virtual void set_host_reset(bool asserted) = 0;
  // Edges of the register clock so far.
  virtual uint64_t register_edges() const = 0;
  virtual void start_read(uint32_t address) = 0;
  virtual void queue_write(uint32_t address, uint32_t value) = 0;
  virtual std::size_t register_accesses_queued() const = 0;
  virtual bool register_port_busy() const = 0;
  // Transfers of the register port so far.
  virtual uint64_t register_port_moves() const = 0;
  virtual uint32_t register_awaited() const = 0;
  virtual uint32_t read_value() const = 0;
  virtual std::optional<uint32_t> take_refused() = 0;
  virtual void give_up_register_access() = 0;

  // While it lives, failures of the model in this thread are this card's.
  class Entry {
   public:
    explicit Entry(Card& card);
    ~Entry();

   private:
    Card* outer_;
  };

  void fail(std::string what);
  void fail_port(unsigned port, const std::string& what);
  // The card's own count of clocks, 32 bits of it.
  uint32_t card_clock() const { return static_cast<uint32_t>(time_.clock() - core_reset_clock_); }
  // Extends a count of the card's in the past to a clock.
  uint64_t extend(uint32_t stamp) const { return time_.clock() - static_cast<uint32_t>(card_clock() - stamp); }
  void record_entry(unsigned port, const SourceBeat& beat);
  void record_departure(unsigned port, const FrameSink& sink);
  void record_verdict(unsigned engine, unsigned port, unsigned row, unsigned reason, uint32_t egress,
                      unsigned flow, uint32_t stamp);
  void record_interrupt(unsigned vector);
  void record_learn(unsigned logical_port, unsigned domain, uint64_t mac);

  static constexpr unsigned kVectors = 3;
  // Quiet clocks that a port needs whose link fell: it throws away what is queued for it, nine queues, a beat a clock.
  static constexpr uint64_t kThrowClocks = 5'200;

  const unsigned ports_;
  // The host's frames pass through rings in its memory; else as streams.
  const bool rings_;
  std::unique_ptr<VerilatedContext> context_;
  CardClock time_;
  Random random_;
  std::vector<FrameSource> sources_;  // network ports, then the host
  std::vector<FrameSink> sinks_;      // the same
  AxiMemory bus_;
  uint16_t links_up_;
  bool link_fell_ = false;       // since the card was last quiet
  uint32_t gap_ = 0;
  uint64_t quiet_clocks_ = ~uint64_t{0} / 2;  // since a beat, verdict or learning step was last seen
  bool time_stands_ = false;
  uint64_t core_reset_clock_ = 0;   // in which the card's count began
  bool core_is_reset_ = false;      // or was, a few clocks ago
  bool bus_is_reset_ = false;       // nor is the bus
  bool registers_only_ = false;  // nothing else moves
  std::string failure_;

  std::string trace_path_;
  uint64_t trace_from_ = 0;
  uint64_t trace_clocks_ = 0;

 private:
  void check();
  bool known_empty() const;
  // A port of `open` has fewer than `reserve` beats queued.
  bool is_short(uint16_t open, uint64_t reserve) const;
  // Nothing has been seen for so long that nothing is under way, whatever the books say.
  bool quiet() const;
  // What entered has come to its end, if the card's books balance.
  bool settled() const;
  // Nothing is in the card, and nothing is due to enter it.
  bool idle() const;
  // Time stands still while registers are accessed.
  bool stands() const;
  // Runs until at most so many writes wait or, with `all`, until no access does.
  RegisterAccess access_until(std::size_t queue_left, bool all);

  const bool monitoring_;
  // Of a frame that entered since the card was last at rest: its length so far.
  uint32_t most_beats_ = 0;
  // Frames that entered and whose verdict has not been seen, copies awaited by the verdicts seen. Drops
  // inside the card are not visible here: they leave these counts above zero.
  int64_t lookups_awaited_ = 0;
  int64_t copies_awaited_ = 0;
  // Clocks in which the frames entered, as their stamps tell them, that the host injected and that have not left.
  std::set<uint32_t> injected_;
  uint32_t injected_clock_ = 0;
  std::vector<FrameOut> departures_;
  std::vector<uint8_t> departed_bytes_;
  std::vector<VerdictRecord> verdicts_;
  std::vector<LearnRecord> learns_;
  std::array<uint64_t, kVectors> interrupts_{};
};

// Shows a fresh port monitor one clock after the other: what it objects to, or nothing.
rust::String stream_fault(rust::Slice<const StreamBeat> clocks);

// Builds the variant with exactly these numbers of ports and engines.
std::unique_ptr<Card> new_card(rust::Str name, const CardSetup& setup);

}  // namespace flowswitch
