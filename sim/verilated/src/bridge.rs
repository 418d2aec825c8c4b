//! The bridge to the C++ shim in `cpp/`.

#[cxx::bridge(namespace = "flowswitch")]
#[allow(clippy::module_inception)]
pub(crate) mod ffi {
    /// How a card is built.
    #[derive(Clone, Copy, Debug)]
    struct CardSetup {
        /// Core clock in hertz.
        clock_hz: u64,
        /// Register clock in hertz.
        csr_hz: u64,
        /// Seed of the registers' initial values, of stalls, gaps and clock phases.
        seed: u64,
        /// Ports whose link is up from the first clock, bit 0 is port 0.
        links_up: u16,
        /// Whether verdicts and learning steps are recorded.
        monitoring: bool,
        /// Whether the host's frames pass through rings in its memory instead of as streams. Simulated time then never
        /// stands still.
        rings: bool,
    }

    /// A frame to enter; its bytes are handed over beside it.
    #[derive(Clone, Copy, Debug)]
    struct FrameIn {
        /// Network port, or the number of ports to inject.
        port: u8,
        /// Egress port of an injected frame.
        egress: u8,
        /// Marked bad on the last beat.
        error: bool,
        /// Bytes.
        length: u32,
        /// Time in ns before which it does not enter.
        at_ns: u64,
    }

    /// A frame that left.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct FrameOut {
        /// Network port, or the number of ports for the host.
        port: u8,
        /// Ingress port, or the number of ports for the host.
        source: u8,
        /// Why the host gets it.
        reason: u8,
        /// Bytes.
        length: u32,
        /// Clock in which its first beat arrived.
        arrival_clock: u64,
        /// Clock in which its first beat left.
        clock: u64,
        /// Time in which its first beat left.
        at_ns: u64,
        /// Where its bytes begin.
        offset: usize,
    }

    /// One look-up's end, as the card's monitor port shows it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct VerdictRecord {
        /// Look-up engine.
        engine: u8,
        /// Ingress port.
        port: u8,
        /// Row of the verdict table.
        row: u8,
        /// Drop or host reason; 0 is none.
        reason: u8,
        /// Egress ports of the copies, the host is bit `ports`.
        egress: u16,
        /// What became of the frame's flow.
        flow: u8,
        /// Clock in which the look-up ended.
        clock: u64,
        /// Clock in which the frame's first beat had arrived.
        arrival_clock: u64,
    }

    /// One learning step, as the card's monitor port shows it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct LearnRecord {
        /// Logical port the station is on.
        logical_port: u8,
        /// Domain under which it is learned.
        domain: u16,
        /// Ethernet address, first octet highest.
        mac: u64,
        /// Clock of the step; verdicts of later clocks see it.
        clock: u64,
    }

    /// How a register access ended.
    #[derive(Clone, Copy, Debug)]
    struct RegisterAccess {
        /// 0 done, 1 refused, 2 not answered.
        outcome: u8,
        /// The access that failed.
        address: u32,
        /// What was read.
        value: u32,
    }

    /// How the host's memory answers. Probabilities are in 65,536ths.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct MemoryTiming {
        /// Clocks from a read's address to its first beat.
        read_latency: u32,
        /// Clocks from a write's last beat to its answer, which is when the memory changes.
        write_latency: u32,
        /// Probability that a channel of the bus stands still in a clock; interrupts too.
        stall: u32,
        /// Probability that a transaction of another ID gets its turn before the next beat or answer; else the oldest
        /// goes on.
        shuffle: u32,
    }

    /// A transaction to be answered by an error, once.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct BusError {
        /// A write, else a read.
        write: bool,
        /// Its ID.
        id: u8,
        /// So many transactions of that ID are left alone first, from now on.
        skip: u32,
        /// The beat of a read that fails, from 0; of a write all do.
        beat: u32,
    }

    /// Accesses that the host's memory refused: no window allowed them, or the card was not master of the bus.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    struct BusFaults {
        /// Beats of writes and reads.
        count: u64,
        /// Address of the first; 0 if there was none.
        address: u64,
        /// It was a write.
        write: bool,
    }

    /// A transaction on the bus that has ended.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct BusAccess {
        /// A write, else a read.
        write: bool,
        /// Its ID.
        id: u8,
        /// As on AXI: 0 done, 2 failed on request, 3 refused.
        response: u8,
        /// Bytes from the address on: of a write from the first with a strobe to the last.
        bytes: u32,
        /// Address of the first.
        address: u64,
        /// Clock in which the address was taken.
        asked: u64,
        /// Clock in which the last beat or the answer was taken.
        ended: u64,
    }

    /// What a master shows on the bus in one clock.
    #[derive(Clone, Copy, Debug, Default)]
    struct BusAsk {
        /// There is the address of a write.
        aw_valid: bool,
        /// Its ID.
        aw_id: u8,
        /// The address.
        aw_address: u64,
        /// Beats of 64 bytes less one.
        aw_length: u8,
        /// There is a beat to write.
        w_valid: bool,
        /// Its words, the first lowest.
        w_data: [u64; 8],
        /// A bit for each byte that counts.
        w_strobes: u64,
        /// It is its burst's last.
        w_last: bool,
        /// Answers to writes are taken.
        b_ready: bool,
        /// There is the address of a read.
        ar_valid: bool,
        /// Its ID.
        ar_id: u8,
        /// The address.
        ar_address: u64,
        /// Beats of 64 bytes less one.
        ar_length: u8,
        /// Beats that were read are taken.
        r_ready: bool,
    }

    /// What the memory shows in the same clock.
    #[derive(Clone, Debug, Default)]
    struct BusAnswer {
        /// The address of a write is taken.
        aw_ready: bool,
        /// The beat to write is taken.
        w_ready: bool,
        /// There is an answer to a write.
        b_valid: bool,
        /// The write's ID.
        b_id: u8,
        /// 0 done, 2 failed on request, 3 refused.
        b_response: u8,
        /// The address of a read is taken.
        ar_ready: bool,
        /// There is a beat that was read.
        r_valid: bool,
        /// The read's ID.
        r_id: u8,
        /// As of a write.
        r_response: u8,
        /// It is its burst's last.
        r_last: bool,
        /// Its words, the first lowest.
        r_data: [u64; 8],
        /// What is wrong with what the master showed; empty if nothing is.
        fault: String,
    }

    /// What the slave of a register bench answers in one clock.
    #[derive(Clone, Copy, Debug, Default)]
    struct RegisterAnswer {
        /// The address of a write is taken.
        aw_ready: bool,
        /// The word to write is taken.
        w_ready: bool,
        /// A write is done.
        b_valid: bool,
        /// The address of a read is taken.
        ar_ready: bool,
        /// There is a word that was read.
        r_valid: bool,
        /// The word.
        r_data: u32,
    }

    /// What the master of a register bench shows in the same clock.
    #[derive(Clone, Debug, Default)]
    struct RegisterAsk {
        /// There is the address of a write.
        aw_valid: bool,
        /// The address.
        aw_address: u32,
        /// There is a word to write.
        w_valid: bool,
        /// The word.
        w_data: u32,
        /// There is the address of a read.
        ar_valid: bool,
        /// The address.
        ar_address: u32,
        /// What is wrong with the answer; empty if nothing is.
        fault: String,
    }

    /// Interrupts that the card has sent, by vector.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Interrupts {
        /// 0 receive, 1 transmit, 2 events.
        sent: [u64; 3],
    }

    /// What the plain loop has done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct LoopResult {
        /// Clocks run.
        clocks: u64,
        /// Frames that left.
        frames: u64,
        /// Bytes that left.
        bytes: u64,
    }

    /// What an output port shows in one clock, and whether its sink is ready.
    #[derive(Clone, Copy, Debug)]
    struct StreamBeat {
        /// There is a beat.
        valid: bool,
        /// The sink takes it.
        ready: bool,
        /// It is its frame's last.
        last: bool,
        /// With the last: the frame was cut off.
        error: bool,
        /// Unused bytes at the end of the last.
        empty: u8,
        /// Each of its 64 bytes.
        byte: u8,
        /// Ingress port.
        source: u8,
        /// Why the host gets it.
        reason: u8,
        /// Clock of arrival.
        stamp: u32,
    }

    /// Why `run_until_quiet` returned.
    #[derive(Debug)]
    enum RunEnd {
        /// Everything that entered is accounted for by verdicts and departures.
        Empty,
        /// Nothing has moved for long, but frames are unaccounted for: dropped inside, or stuck.
        Quiet,
        /// The given clocks have passed.
        Busy,
        /// A port that more frames are to be queued for has too few.
        Short,
    }

    // SAFETY: cxx checks these signatures against the header's; what a function asks for besides stands beside it.
    unsafe extern "C++" {
        include!("bus_bench.h");

        type BusBench;

        fn new_bus_bench(seed: u64) -> UniquePtr<BusBench>;
        /// # Safety
        /// As of a card.
        unsafe fn add_window(
            self: Pin<&mut BusBench>,
            address: u64,
            memory: *mut u8,
            bytes: u64,
            readable: bool,
            writable: bool,
        ) -> Result<()>;
        fn set_master(self: Pin<&mut BusBench>, master: bool);
        fn set_timing(self: Pin<&mut BusBench>, timing: &MemoryTiming);
        fn fail_access(self: Pin<&mut BusBench>, error: &BusError);
        fn faults(&self) -> BusFaults;
        fn busy(&self) -> bool;
        fn step(self: Pin<&mut BusBench>, ask: &BusAsk) -> BusAnswer;
    }

    // SAFETY: cxx checks these signatures against the header's.
    unsafe extern "C++" {
        include!("register_bench.h");

        type RegisterBench;

        fn new_register_bench() -> UniquePtr<RegisterBench>;
        fn write(self: Pin<&mut RegisterBench>, address: u32, value: u32);
        fn read(self: Pin<&mut RegisterBench>, address: u32);
        fn give_up(self: Pin<&mut RegisterBench>);
        fn busy(&self) -> bool;
        fn read_value(&self) -> u32;
        fn step(self: Pin<&mut RegisterBench>, answer: &RegisterAnswer) -> RegisterAsk;
    }

    // SAFETY: cxx checks these signatures against the header's; what a function asks for besides stands beside it.
    unsafe extern "C++" {
        include!("card.h");

        type Card;

        fn stream_fault(clocks: &[StreamBeat]) -> String;
        fn new_card(name: &str, setup: &CardSetup) -> Result<UniquePtr<Card>>;
        fn clock(&self) -> u64;
        fn now_ns(&self) -> u64;
        fn offer(self: Pin<&mut Card>, frames: &[FrameIn], bytes: &[u8]) -> Result<()>;
        fn next_arrival_ns(&self) -> u64;
        fn run(self: Pin<&mut Card>, clocks: u64) -> Result<()>;
        fn pause(self: Pin<&mut Card>, clocks: u64) -> Result<()>;
        fn run_until_quiet(
            self: Pin<&mut Card>,
            horizon_clocks: u64,
            max_clocks: u64,
            open: u16,
            reserve: u64,
        ) -> Result<RunEnd>;
        fn queued_beats(&self, port: u8) -> Result<u64>;
        fn withdraw(self: Pin<&mut Card>);
        fn assume_empty(self: Pin<&mut Card>);
        fn skip_time(self: Pin<&mut Card>, clocks: u64);
        fn clocks_for_ns(&self, ns: u64) -> u64;
        fn read_register(self: Pin<&mut Card>, address: u32) -> Result<RegisterAccess>;
        fn write_register(self: Pin<&mut Card>, address: u32, value: u32)
        -> Result<RegisterAccess>;
        fn finish_writes(self: Pin<&mut Card>) -> Result<RegisterAccess>;
        fn set_link(self: Pin<&mut Card>, port: u8, up: bool) -> Result<()>;
        fn set_stall(self: Pin<&mut Card>, port: u8, share: u32) -> Result<()>;
        fn set_blocked(self: Pin<&mut Card>, port: u8, blocked: bool) -> Result<()>;
        fn set_gap(self: Pin<&mut Card>, share: u32);
        fn set_trace(self: Pin<&mut Card>, path: &str, from: u64, clocks: u64);
        /// # Safety
        /// `memory` must point to so many bytes, which this process may access as atomic words until the window is
        /// removed or the card is gone.
        unsafe fn add_window(
            self: Pin<&mut Card>,
            address: u64,
            memory: *mut u8,
            bytes: u64,
            readable: bool,
            writable: bool,
        ) -> Result<()>;
        fn remove_window(self: Pin<&mut Card>, address: u64) -> bool;
        fn set_bus_master(self: Pin<&mut Card>, master: bool);
        fn set_memory_timing(self: Pin<&mut Card>, timing: &MemoryTiming);
        fn fail_access(self: Pin<&mut Card>, error: &BusError);
        fn bus_faults(&self) -> BusFaults;
        fn bus_busy(&self) -> bool;
        fn set_bus_log(self: Pin<&mut Card>, logging: bool);
        fn take_bus_log(self: Pin<&mut Card>) -> Vec<BusAccess>;
        fn take_interrupts(self: Pin<&mut Card>) -> Interrupts;
        fn run_until_interrupt(self: Pin<&mut Card>, mask: u8, clocks: u64) -> Result<bool>;
        fn pulse_flr(self: Pin<&mut Card>) -> Result<()>;
        fn pulse_host_reset(self: Pin<&mut Card>, clocks: u64) -> Result<()>;
        fn set_bus_silent(self: Pin<&mut Card>, silent: bool);
        fn pulse_resets(
            self: Pin<&mut Card>,
            core: bool,
            registers: bool,
            clocks: u64,
        ) -> Result<()>;
        fn still(&self) -> bool;
        fn departures(&self) -> &[FrameOut];
        fn departed_bytes(&self) -> &[u8];
        fn verdicts(&self) -> &[VerdictRecord];
        fn learns(&self) -> &[LearnRecord];
        fn clear_departures(self: Pin<&mut Card>);
        fn clear_verdicts(self: Pin<&mut Card>);
        fn clear_learns(self: Pin<&mut Card>);
        fn bench_loop(self: Pin<&mut Card>, frames: &[FrameIn], bytes: &[u8])
        -> Result<LoopResult>;
    }
}
