//! The Verilated card: the RTL itself, programmed through the same driver as a board.

mod announcing;
mod device;
mod options;
mod passing;
mod sharing;

use crate::card::{Arrival, Card, CardError, Departure, Injection, Pause};
use crate::counters::{Counters, FlowCounters, MemberCounters, PortCounters, SWALLOWED, Traffic};
use crate::grid::Grid;
use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::flows::{Flow, FlowFilter};
use flowswitch_driver::image::{Image, SERVERS};
use flowswitch_driver::{Device, DeviceError};
use flowswitch_verilated::{FrameIn, RunEnd, VerilatedCard};
use passing::TimePassing;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

pub use device::SimDevice;
pub use flowswitch_verilated::{LearnRecord, VerdictRecord};
pub use options::{RtlOptions, TraceWindow};

/// Queued frames due within that many clocks are waited for; time to later ones is skipped.
const HORIZON_CLOCKS: u64 = 64;
/// Clocks run between two looks at whether the card still makes progress.
const STRETCH_CLOCKS: u64 = 4_000_000;
/// Clocks between two looks at whether a card that shows nothing has become empty.
const PATIENCE_CLOCKS: u64 = 1_200;
/// So many such looks are taken.
const PATIENCE: u64 = 32;
/// Beats that a port holds while more frames are to come for it: time may pass while the card's counters are read, to see
/// whether it is empty, and a beat may enter in each clock of that.
const RESERVE_BEATS: u64 = 1 << 15;
/// An egress port number that no variant has.
const NO_PORT: u8 = 15;

/// The Verilated card.
///
/// Simulated time begins with the reset and stands still while an idle card's registers are accessed, so that
/// programming takes none of it; idle time is skipped in whole clocks. A frame due at a time thus enters in the same
/// clock of simulated time however the card got there.
pub struct RtlCard {
    driver: flowswitch_driver::Card<SimDevice>,
    /// Network ports in use; the variant may have more, whose links stay down.
    ports: u8,
    clock_hz: u64,
    passing: TimePassing,
    /// It announces addresses.
    announces: bool,
    /// All that was due up to this tick has been announced.
    announced_tick: u64,
    /// Members of the image in use.
    members: BTreeSet<u16>,
    /// The first offered frame that the harness refused.
    refused: Option<CardError>,
    /// Clocks since the card was last seen at rest or frames were waiting.
    busy_clocks: u64,
}

impl RtlCard {
    /// A card as after a reset, with so many network ports, their links up, and one look-up engine for all of them
    /// (`engines` = 1) or one for each (`engines` above 1). The smallest variant that has the ports is taken.
    ///
    /// # Errors
    /// If there is no such variant or it was not built, or the card does not answer as one.
    pub fn new(ports: u8, engines: u8, options: RtlOptions) -> Result<Self, CardError> {
        let device = SimDevice::new(ports, engines, &options)?;
        let mut card = Self {
            driver: flowswitch_driver::Card::open(device)?
                .with_flow_seed(FlowSeed::from_number(options.seed)),
            ports,
            clock_hz: options.clock_hz,
            passing: TimePassing::default(),
            announces: false,
            announced_tick: 0,
            members: BTreeSet::new(),
            refused: None,
            busy_clocks: 0,
        };
        for (port, share) in (0..=ports).zip(options.stalls) {
            card.set_stall(port, share)?;
        }
        Ok(card)
    }

    /// The harness, for what this type does not offer.
    pub fn harness(&self) -> &VerilatedCard {
        self.driver.device().harness()
    }

    /// The same, to run it.
    pub fn harness_mut(&mut self) -> &mut VerilatedCard {
        self.driver.device_mut().harness_mut()
    }

    /// The driver, to reach single tables and registers. Its writes are posted: they take effect as clocks run.
    pub fn driver_mut(&mut self) -> &mut flowswitch_driver::Card<SimDevice> {
        &mut self.driver
    }

    /// The entries of the flow table that the filter admits, expired ones that were not removed yet included.
    ///
    /// # Errors
    /// See [`CardError`].
    pub fn flows(&mut self, filter: FlowFilter) -> Result<Vec<Flow>, CardError> {
        let flows: Result<Vec<_>, _> = self.driver.flows(filter).collect();
        Ok(flows?)
    }

    /// Look-up engines.
    pub fn engines(&self) -> u8 {
        self.harness().engines()
    }

    /// Has a port (the number of ports is the host) refuse a beat with the probability `share` in 65,536ths.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn set_stall(&mut self, port: u8, share: u16) -> Result<(), CardError> {
        let port = self.inside(port);
        self.harness_mut().set_stall(port, share).map_err(failed)
    }

    /// Has every source leave out a clock before a beat with the probability `share` in 65,536ths.
    pub fn set_gap(&mut self, share: u16) {
        self.harness_mut().set_gap(share);
    }

    /// Has a port (the number of ports is the host) refuse everything until told otherwise.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn block_port(&mut self, port: u8, blocked: bool) -> Result<(), CardError> {
        let port = self.inside(port);
        self.harness_mut()
            .set_blocked(port, blocked)
            .map_err(failed)
    }

    /// Sets a link pin and does not wait for the effects; for a card under traffic.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn set_link_pin(&mut self, port: u8, up: bool) -> Result<(), CardError> {
        self.harness_mut().set_link(port, up).map_err(failed)
    }

    /// Runs that many clocks, idle or not.
    ///
    /// # Errors
    /// See [`CardError`].
    pub fn run(&mut self, clocks: u64) -> Result<(), CardError> {
        self.take_refused()?;
        self.harness_mut().run(clocks).map_err(failed)
    }

    /// Lets simulated time pass to `ns` as [`Card::jump_to`] does, for a caller that runs the clock afterwards: only then does the
    /// card take note. Only when idle.
    pub(crate) fn skip_to(&mut self, ns: u64) -> Result<(), CardError> {
        let clocks = self.clocks_to(Grid::new(self.clock_hz).slot_at(ns));
        self.passing.skip(&mut self.driver, clocks)
    }

    /// Records the next `clocks` clocks as an FST.
    pub fn trace(&mut self, path: &Path, clocks: u64) {
        let from = self.clock();
        self.harness_mut().set_trace(path, from, clocks);
    }

    /// Look-ups that ended since the last call, in order, those of one clock by engine.
    pub fn take_verdicts(&mut self) -> Vec<VerdictRecord> {
        let mut records = self.harness().verdicts().to_vec();
        self.harness_mut().clear_verdicts();
        let (host_inside, host) = (self.harness().ports(), self.ports);
        if host_inside != host {
            for record in &mut records {
                let to_host = record.egress >> host_inside & 1;
                record.egress = record.egress & !(1 << host_inside) | to_host << host;
            }
        }
        records
    }

    /// Learning steps since the last call, in order; only a card with an engine per port shows them.
    pub fn take_learns(&mut self) -> Vec<LearnRecord> {
        let records = self.harness().learns().to_vec();
        self.harness_mut().clear_learns();
        records
    }

    /// A port number as the variant has it.
    fn inside(&self, port: u8) -> u8 {
        if port == self.ports {
            self.harness().ports()
        } else {
            port
        }
    }

    /// A port number of the variant as the user of the card has it.
    fn outside(&self, port: u8) -> u8 {
        if port == self.harness().ports() {
            self.ports
        } else {
            port
        }
    }

    fn take_refused(&mut self) -> Result<(), CardError> {
        self.refused.take().map_or(Ok(()), Err)
    }

    fn enter(&mut self, frames: &[FrameIn], bytes: &[u8]) {
        if let Err(error) = self.harness_mut().offer(frames, bytes) {
            self.refused.get_or_insert(failed(error));
        }
    }

    /// Whether the card's own counters say that nothing is in it.
    fn is_empty(&mut self) -> Result<bool, CardError> {
        Ok(self.driver.totals()?.in_flight == 0)
    }

    /// A port that ran out of frames has let clocks go by in which others should have entered.
    fn require_fed(&self, open: u16) -> Result<(), CardError> {
        let mut ports = (0..self.ports).filter(|port| open >> port & 1 == 1);
        let starved = ports.find(|port| self.queued_beats(*port) == 0);
        starved.map_or(Ok(()), |port| Err(CardError::Starved(port)))
    }

    /// Ends a stretch in which the card has become quiet.
    fn settle(&mut self, end: RunEnd) -> Result<bool, CardError> {
        let more = self.harness().next_arrival_ns().is_some();
        if end == RunEnd::Empty && more {
            return Ok(true);
        }
        if self.is_empty()? {
            self.harness_mut().assume_empty();
            return Ok(true);
        }
        // Frames stuck behind a blocked port do not keep others from entering. What is thrown away is no such frame: it is
        // waited for.
        Ok(more && self.harness().is_still())
    }
}

impl Card for RtlCard {
    fn ports(&self) -> u8 {
        self.ports
    }

    fn clock(&self) -> u64 {
        self.harness().clock()
    }

    fn clock_hz(&self) -> u64 {
        self.clock_hz
    }

    fn now_ns(&self) -> u64 {
        self.harness().now_ns()
    }

    fn program(&mut self, image: &Image) -> Result<(), CardError> {
        let mut whole = image.clone();
        whole
            .ports
            .resize(self.harness().ports().into(), Default::default());
        self.driver.program(&whole)?;
        self.harness_mut().finish_writes().map_err(failed)?;
        self.members = image.members.keys().copied().collect();
        self.announces = image.announce != 0 && !image.vips.is_empty();
        self.announce_all()
    }

    fn offer(&mut self, arrivals: Vec<Arrival>) {
        let mut frames = Vec::with_capacity(arrivals.len());
        let mut bytes = Vec::new();
        for Arrival {
            port,
            at_ns,
            data,
            error,
        } in arrivals
        {
            // The host's number is no network port's, nor are those of the variant's ports not in use.
            let port = if port < self.ports { port } else { u8::MAX };
            let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
            frames.push(FrameIn {
                port,
                egress: 0,
                error,
                length,
                at_ns,
            });
            bytes.extend_from_slice(&data);
        }
        self.enter(&frames, &bytes);
    }

    fn inject(&mut self, injections: Vec<Injection>) {
        let port = self.harness().ports();
        let mut frames = Vec::with_capacity(injections.len());
        let mut bytes = Vec::new();
        for Injection {
            egress,
            at_ns,
            data,
        } in injections
        {
            let egress = if egress < self.ports { egress } else { NO_PORT };
            let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
            frames.push(FrameIn {
                port,
                egress,
                error: false,
                length,
                at_ns,
            });
            bytes.extend_from_slice(&data);
        }
        self.enter(&frames, &bytes);
    }

    fn run_while_fed(&mut self, open: u16, clocks: u64) -> Result<Pause, CardError> {
        self.take_refused()?;
        let open = open & ((1 << self.ports) - 1);
        let last = self.clock().saturating_add(clocks);
        let (mut looks, mut all_looks) = (0, 0);
        loop {
            let begun = self.clock();
            if begun >= last {
                return Ok(Pause::Clocks);
            }
            let limit = STRETCH_CLOCKS.min(last - begun);
            let end = self
                .harness_mut()
                .run_while_fed(HORIZON_CLOCKS, limit, open, RESERVE_BEATS)
                .map_err(failed)?;
            let waiting = self.harness().next_arrival_ns();
            if end == RunEnd::Short {
                return Ok(Pause::Short);
            }
            if end == RunEnd::Busy {
                // Without frames to enter, a card that moves for so long does so without end.
                self.busy_clocks += self.clock() - begun;
                if waiting.is_some() {
                    self.busy_clocks = 0;
                } else if self.busy_clocks >= STRETCH_CLOCKS {
                    return Err(CardError::NotIdle(self.busy_clocks));
                }
                continue;
            }
            self.busy_clocks = 0;
            // Before the card is looked at: time may stand still for that.
            if self.announces_in_its_time()? {
                self.require_fed(open)?;
            } else if self.settle(end)? {
                let Some(next) = waiting else {
                    return Ok(Pause::Idle);
                };
                // It enters in the slot behind.
                let slot = Grid::new(self.clock_hz).slot_at(next);
                self.pass_to(slot.saturating_sub(1))?;
                self.require_fed(open)?;
            } else if looks < PATIENCE && all_looks < STRETCH_CLOCKS / PATIENCE_CLOCKS {
                self.harness_mut().run(PATIENCE_CLOCKS).map_err(failed)?;
                // What moves, however slowly, is not stuck.
                looks = if self.harness().is_still() {
                    looks + 1
                } else {
                    0
                };
                all_looks += 1;
            } else {
                return Err(CardError::NotIdle(all_looks * PATIENCE_CLOCKS));
            }
        }
    }

    fn reserve(&self) -> u64 {
        RESERVE_BEATS
    }

    fn queued_beats(&self, port: u8) -> u64 {
        self.harness().queued_beats(port).unwrap_or_default()
    }

    fn withdraw(&mut self) {
        self.harness_mut().withdraw();
    }

    fn jump_to(&mut self, ns: u64) -> Result<(), CardError> {
        self.pass_to(Grid::new(self.clock_hz).slot_at(ns))
    }

    fn take_departures(&mut self) -> Vec<Departure> {
        let left = self.harness().departures();
        let departure = |frame| {
            let &flowswitch_verilated::FrameOut {
                port,
                source,
                arrival_clock,
                clock,
                at_ns,
                reason,
                ..
            } = frame;
            Departure {
                port: self.outside(port),
                source: self.outside(source),
                arrival_clock,
                clock,
                at_ns,
                reason,
                data: left.bytes(frame).to_vec(),
            }
        };
        let mut departures: Vec<_> = left.frames.iter().map(departure).collect();
        departures.sort_by_key(|departure| (departure.clock, departure.port));
        self.harness_mut().clear_departures();
        departures
    }

    fn set_link(&mut self, port: u8, up: bool) -> Result<(), CardError> {
        if port >= self.ports {
            return Err(CardError::Simulation(format!(
                "there is no network port {port}"
            )));
        }
        self.set_link_pin(port, up)?;
        self.driver.wait_link(port, up)?;
        self.announce_all()
    }

    fn set_member_up(&mut self, member: u16, up: bool) -> Result<(), CardError> {
        self.driver.set_member_up(member, up)?;
        self.harness_mut().finish_writes().map_err(failed)
    }

    fn flush_server(&mut self, server: u16) -> Result<u64, CardError> {
        Ok(self.driver.flush_server(server)?)
    }

    fn counters(&mut self) -> Result<Counters, CardError> {
        let host = self.harness().ports();
        let mut counters = Counters::default();
        for port in (0..self.ports).chain([host]) {
            let counted = self.driver.port_counters(port)?;
            counters.ports.push(PortCounters {
                received: traffic(counted.received),
                transmitted: traffic(counted.transmitted),
            });
            let drops = self.driver.drop_counters(port)?;
            for (sum, drops) in counters.drops.iter_mut().zip(drops) {
                *sum += drops;
            }
        }
        for &member in &self.members {
            let counted = self.driver.member_counters(member)?;
            let (input, output) = (traffic(counted.input), traffic(counted.output));
            counters
                .members
                .insert(member, MemberCounters { input, output });
        }
        for &server in self.members.range(..SERVERS) {
            let flows = self.driver.server_flows(server)?;
            counters.server_flows.insert(server, flows.live().into());
        }
        counters.flows = flow_counters(self.driver.flow_counters()?);
        let totals = self.driver.totals()?;
        counters.copies = totals.copies;
        counters.in_flight = totals.in_flight;
        counters.learning_skipped = totals.learning_skipped;
        counters.generated = totals.generated;
        counters.consumed = counters.drops[SWALLOWED];
        for port in 0..self.ports {
            // Each answers a request.
            counters.consumed += self.driver.ingress_totals(port)?.generated;
        }
        Ok(counters)
    }
}

impl Device for RtlCard {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.driver.device_mut().read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.driver.device_mut().write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.driver.device_mut().wait(duration)
    }
}

fn traffic(counted: flowswitch_driver::counters::Traffic) -> Traffic {
    Traffic {
        frames: counted.frames,
        bytes: counted.bytes,
    }
}

fn flow_counters(counted: flowswitch_driver::counters::FlowCounters) -> FlowCounters {
    FlowCounters {
        inserted: counted.inserted,
        removed: counted.removed,
        refused: counted.refused,
        reassigned: counted.reassigned,
        restarted: counted.restarted,
        conflicts: counted.conflicts,
        orphan_fragments: counted.orphan_fragments,
        fragments_overwritten: counted.fragments_overwritten,
    }
}

fn failed(error: flowswitch_verilated::Error) -> CardError {
    CardError::Simulation(error.to_string())
}
