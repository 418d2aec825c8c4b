//! Bringing a card to hold an image: what differs is written, and nothing else.

use std::fmt;
use std::time::Duration;

use crate::access;
use crate::card::Card;
use crate::check::check;
use crate::device::{Device, DeviceError};
use crate::digest::digest;
use crate::error::Error;
use crate::image::{Image, SERVERS};
use crate::register_io::RegisterWindow;
use crate::state::State;
use crate::tables::{Table, Writable};
use crate::update::{self, Step};
use crate::wanted;
use crate::watch::Activity;

/// What the clear register takes.
const CLEAR_KEY: u32 = u32::from_le_bytes(*b"CLER");
/// How often the card is asked whether it is clear, and how long is waited in between: 4 M flows take some milliseconds.
const CLEAR_POLLS: u32 = 100_000;
/// Of so many polls one asks whether the card is there at all.
const PRESENCE_POLLS: u32 = 1_000;
const CLEAR_POLL_INTERVAL: Duration = Duration::from_micros(10);
/// How often a card is programmed anew that is reset meanwhile.
const ATTEMPTS: u32 = 3;
/// Register writes besides those of an entry's words: its address and the command.
const COMMAND_WRITES: u64 = 2;
/// Register writes that tell that an update is under way and over, and which.
const GENERATION_WRITES: u64 = 2;
const DIGEST_WRITES: u64 = 2;
const SEED_WRITES: u64 = 4;

/// What programming a card took, or would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Register writes, all together; addresses and commands of entries that are only read are not counted.
    pub writes: u64,
    /// Table entries written.
    pub entries: u64,
    /// Buckets written, by one posted write each.
    pub buckets: u64,
    /// Settings in registers written.
    pub settings: u64,
    /// The card held everything already: nothing was written.
    pub unchanged: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unchanged {
            return f.write_str("nothing to write");
        }
        write!(
            f,
            "{} entries, {} buckets and {} settings by {} register writes",
            self.entries, self.buckets, self.settings, self.writes
        )
    }
}

/// What a card lacks of an image.
struct Work {
    /// The generation before anything was read.
    generation: u32,
    steps: Vec<Step>,
    digest: u64,
    /// The flow table has no seed.
    seed: bool,
    report: Report,
}

impl<D: Device> Card<D> {
    /// Identifies a card and reads back what its tables hold. Nothing is written but the table registers.
    ///
    /// # Errors
    /// As [`Card::open`]; see [`Error`].
    pub fn attach(device: D) -> Result<Self, Error> {
        let mut card = Self::open(device)?;
        if !card.state.known {
            card.read_back()?;
        }
        Ok(card)
    }

    /// Brings the card to hold `image`: writes what differs, in an order that leaves no hole for frames that
    /// both the old and the new setting deliver, and clears what is no longer wanted. Buckets behind those of
    /// the image are left as they are, and so are ages of clusters behind its clusters, for the flows they have left.
    ///
    /// A card whose flow table has no seed gets one first: see [`Card::with_flow_seed`]. One that was reset gets all anew,
    /// also if that happens meanwhile.
    ///
    /// # Errors
    /// [`Error::Image`] or [`Error::Full`] if the card cannot hold the image, [`Error::ServerInUse`] if a server's number
    /// would pass to another station while flows are left: nothing was written then. [`Error::Reset`] if the card is reset
    /// again and again.
    /// See [`Error`] for failures on the way; the tables are read back before the next attempt then.
    pub fn program(&mut self, image: &Image) -> Result<Report, Error> {
        let mut attempts = 1;
        let report = loop {
            match self.program_once(image) {
                // Accesses under way in a reset fail, and seeds are lost.
                Err(
                    Error::Reset | Error::Device(_) | Error::Refused { .. } | Error::Timeout(_),
                ) if attempts < ATTEMPTS && matches!(self.generation(), Ok(0)) => {
                    attempts += 1;
                }
                done => break done?,
            }
        };
        for (member, entry) in wanted::members(image) {
            self.state.note_up(member.into(), &Some(entry).encode());
        }
        Ok(report)
    }

    fn program_once(&mut self, image: &Image) -> Result<Report, Error> {
        let work = self.work(image)?;
        let report = work.report;
        if !report.unchanged {
            let written = self.carry_out_all(work);
            if written.is_err() {
                self.forget();
            }
            written?;
        }
        Ok(report)
    }

    /// What [`Card::program`] would write. Nothing is written but the table registers.
    ///
    /// # Errors
    /// As [`Card::program`].
    pub fn plan(&mut self, image: &Image) -> Result<Report, Error> {
        Ok(self.work(image)?.report)
    }

    /// Whether the card was programmed with `image` and no update is under way, as its digest tells; [`Card::verify`] reads the tables. Entries that
    /// were written one by one, and up bits, are not in the digest.
    ///
    /// # Errors
    /// [`Error::Image`] or [`Error::Full`] if no card of this size could hold the image; see [`Error`].
    pub fn runs(&mut self, image: &Image) -> Result<bool, Error> {
        check(image, &self.capabilities)?;
        let generation = self.generation()?;
        let expected = digest(image, &self.capabilities)?;
        Ok(is_settled(generation) && self.configuration()? == expected)
    }

    /// The digest of what the card was programmed with; 0 if nobody has, or by a driver that knew no digest.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn configuration(&mut self) -> Result<u64, Error> {
        if self.capabilities.minor_version == 0 {
            return Ok(0);
        }
        let window = RegisterWindow::new(&mut self.device);
        let [low, high] = window.registers().configuration();
        let (low, high) = (low.try_read()?.word(), high.try_read()?.word());
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn set_configuration(&mut self, digest: u64) -> Result<(), Error> {
        if self.capabilities.minor_version == 0 {
            return Ok(());
        }
        let window = RegisterWindow::new(&mut self.device);
        let [low, high] = window.registers().configuration();
        low.try_write(|r| r.set_word((digest & 0xffff_ffff) as u32))?;
        high.try_write(|r| r.set_word((digest >> 32) as u32))?;
        Ok(())
    }

    /// Brings the card to the state after its configuration: all tables empty, settings as they were then, no flow, no seed,
    /// nothing learned. No frame is forwarded from then on. Counters, links and rings go on.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] if the card cannot, [`Error::Timeout`] if it is not clear within about a second;
    /// see [`Error`].
    pub fn clear(&mut self) -> Result<(), Error> {
        if self.capabilities.minor_version == 0 {
            return Err(DeviceError::Unsupported("clearing: its register interface is 3.0").into());
        }
        self.state = State::default();
        let window = RegisterWindow::new(&mut self.device);
        let registers = window.registers();
        registers.clear().try_write(|r| r.set_key(CLEAR_KEY))?;
        self.wait_until_clear()?;
        self.state = State::empty();
        Ok(())
    }

    /// Waits for the end of a clearing, if there is one: a reset begins one too.
    pub(crate) fn wait_until_clear(&mut self) -> Result<(), Error> {
        if self.capabilities.minor_version == 0 {
            return Ok(());
        }
        for poll in 0..CLEAR_POLLS {
            // A card that is gone reads as ones.
            if poll % PRESENCE_POLLS == 1 {
                access::present(&mut self.device)?;
            }
            let window = RegisterWindow::new(&mut self.device);
            if !window.registers().clear_status().try_read()?.busy() {
                return Ok(());
            }
            self.device.wait(CLEAR_POLL_INTERVAL)?;
        }
        access::present(&mut self.device)?;
        Err(Error::Timeout("clearing"))
    }

    /// Reads what is not known and plans the writes.
    fn work(&mut self, image: &Image) -> Result<Work, Error> {
        check(image, &self.capabilities)?;
        let generation = self.generation()?;
        if generation == 0 {
            self.wait_until_clear()?;
            // A seed that was given since holds.
            let flow_hash = self.state.flow_hash.take();
            self.state = State::empty();
            self.state.flow_hash = flow_hash;
        }
        if self.state.known {
            // The card changes the up bits by itself.
            for member in image.members.keys() {
                let words = self.read_words(Table::Member, u32::from(*member))?;
                self.state.set_entry(Table::Member, (*member).into(), words);
            }
        } else {
            self.read_back()?;
        }
        let buckets = image.buckets.len() as u64;
        for (index, _) in (0..).zip(&image.buckets) {
            if self.state.bucket(index).is_none() {
                self.read_bucket_word(index)?;
                self.tell(Activity::ReadBuckets, u64::from(index) + 1, buckets);
            }
        }
        let mut steps = update::steps(&self.state, image, &self.capabilities)?;
        self.leave_out_settings(&mut steps)?;
        let seed = !self.flow_status()?.ready;
        if !seed {
            self.check_reuse(image)?;
        }
        let digest = digest(image, &self.capabilities)?;
        let digests = self.capabilities.minor_version > 0;
        let noted = !digests || self.configuration()? == digest;
        let settled = is_settled(generation);
        let mut report = Report {
            unchanged: steps.is_empty() && !seed && noted && settled,
            ..Report::default()
        };
        for step in &steps {
            let (count, writes) = match step {
                Step::Entry(table, ..) => {
                    (&mut report.entries, table.words() as u64 + COMMAND_WRITES)
                }
                Step::Bucket(..) => (&mut report.buckets, 1),
                _ => (&mut report.settings, 1),
            };
            *count += 1;
            report.writes += writes;
        }
        if !report.unchanged {
            report.writes += GENERATION_WRITES
                + if digests { DIGEST_WRITES } else { 0 }
                + if seed { SEED_WRITES } else { 0 };
        }
        Ok(Work {
            generation,
            steps,
            digest,
            seed,
            report,
        })
    }

    /// Leaves out the steps that set what is set already.
    fn leave_out_settings(&mut self, steps: &mut Vec<Step>) -> Result<(), Error> {
        // Announcements that stop meanwhile must be started again.
        let stops = steps.contains(&Step::Announcer(0));
        let mut kept = Vec::with_capacity(steps.len());
        for step in steps.drain(..) {
            let same = match &step {
                Step::Port(port, setup) => self.port(*port)? == *setup,
                Step::Forwarding {
                    drop_unknown,
                    fdb_age,
                } => self.forwarding()? == (*drop_unknown, *fdb_age),
                Step::Persistence(ipv4, ipv6) => self.persistence()? == (*ipv4, *ipv6),
                Step::Announcer(interval) => {
                    let held = self.announcer()?;
                    held == *interval && (held == 0 || !stops)
                }
                Step::Entry(..) | Step::Bucket(..) => false,
            };
            if !same {
                kept.push(step);
            }
        }
        *steps = kept;
        Ok(())
    }

    fn carry_out_all(&mut self, work: Work) -> Result<(), Error> {
        let under_way = begun(work.generation);
        self.enter_generation(under_way)?;
        if work.seed {
            self.ensure_flow_seed()?;
        }
        let of = work.steps.len() as u64;
        for (done, step) in (1..).zip(work.steps) {
            self.carry_out(step)?;
            self.tell(Activity::Write, done, of);
        }
        self.set_configuration(work.digest)?;
        let next = under_way.wrapping_add(1);
        self.enter_generation(if next == 0 { 2 } else { next })
    }

    /// Writes the generation, and sees that the card took it: at 0, where a reset leaves it, it takes 1 alone.
    fn enter_generation(&mut self, generation: u32) -> Result<(), Error> {
        self.set_generation(generation)?;
        if self.generation()? == generation {
            Ok(())
        } else {
            Err(Error::Reset)
        }
    }

    /// Refuses an image that gives a server's number to another station while entries of the flow table name it.
    fn check_reuse(&mut self, image: &Image) -> Result<(), Error> {
        for (server, member) in image.members.range(..SERVERS) {
            if self.state.last_station(*server) == Some(member.mac) {
                continue;
            }
            let (server, live) = (*server, self.server_flows(*server)?.live());
            if live > 0 {
                return Err(Error::ServerInUse { server, live });
            }
        }
        Ok(())
    }
}

/// The number of an update that begins: odd, and 1 only on an untouched card, whose number is 0.
fn begun(generation: u32) -> u32 {
    match generation {
        0 => 1,
        odd if odd % 2 == 1 => odd.checked_add(2).unwrap_or(3),
        even => even + 1,
    }
}

/// Somebody wrote the tables, and no update is under way.
fn is_settled(generation: u32) -> bool {
    generation != 0 && generation.is_multiple_of(2)
}
