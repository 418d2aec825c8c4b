//! A card: identification, programming, counters.

use std::time::Duration;

use crate::access;
use crate::check::check;
use crate::counters::{DROP_REASONS, MemberCounters, PortCounters, Totals, Traffic};
use crate::device::{Device, DeviceError};
use crate::error::Error;
use crate::image::{Bucket, Image, Member, PortSetup, SERVERS};
use crate::register_io::RegisterWindow;
use crate::state::State;
use crate::tables::{
    Direction, Entry, ROUTER_ADDRESS_SETS_LOG2, STATION_SETS_LOG2, Table, Words, Writable,
    decode_bucket, drop_counters_index, encode_bucket, member_counters_index,
};
use crate::update::{self, Step};
use crate::verify::{self, Difference};

/// "FSW1", first letter in the lowest byte.
const IDENTITY: u32 = u32::from_le_bytes(*b"FSW1");
/// Major version of the register interface that this driver knows.
const MAJOR_VERSION: u16 = 1;
/// How long a link change may take to be seen and acted on: 2,048 clocks of the core, and the crossings.
const LINK_POLLS: u32 = 1000;
const LINK_POLL_INTERVAL: Duration = Duration::from_micros(1);

/// What a card was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Network ports, 2 to 8. The host is the port with this number.
    pub ports: u8,
    /// Look-up engines: 1, or as many as ports.
    pub engines: u8,
    /// Service entries.
    pub services: u16,
    /// Servers.
    pub servers: u16,
    /// Routers.
    pub routers: u16,
    /// Base-2 logarithm of the bucket pool.
    pub buckets_log2: u8,
    /// Base-2 logarithm of the forwarding database's sets of four.
    pub fdb_sets_log2: u8,
    /// Beats of 64 bytes per (ingress, egress) queue.
    pub queue_beats: u16,
}

/// A card that was identified.
///
/// A failed write leaves the card between two settings; [`Card::program`] may be called again.
#[derive(Debug)]
pub struct Card<D> {
    device: D,
    capabilities: Capabilities,
    state: State,
    /// No table command can be under way.
    settled: bool,
}

impl<D: Device> Card<D> {
    /// Identifies a card. Nothing is written.
    ///
    /// # Errors
    /// [`DeviceError::Gone`] if nothing answers; [`Error::NotACard`], [`Error::Version`] or
    /// [`Error::Capability`] if it is not a card that this driver knows.
    pub fn open(mut device: D) -> Result<Self, Error> {
        let window = RegisterWindow::new(&mut device);
        let registers = window.registers();
        let found = registers.identity().try_read()?.magic();
        if found == u32::MAX {
            return Err(DeviceError::Gone.into());
        }
        if found != IDENTITY {
            return Err(Error::NotACard { found });
        }
        let version = registers.version().try_read()?;
        if version.major() != MAJOR_VERSION {
            let (major, minor) = (version.major(), version.minor());
            return Err(Error::Version {
                major,
                minor,
                known: MAJOR_VERSION,
            });
        }
        let ports = registers.capability_ports().try_read()?;
        let members = registers.capability_members().try_read()?;
        let tables = registers.capability_tables().try_read()?;
        let capabilities = Capabilities {
            ports: ports.ports(),
            engines: ports.engines(),
            services: tables.services(),
            servers: members.servers(),
            routers: members.routers(),
            buckets_log2: tables.buckets_log2(),
            fdb_sets_log2: tables.fdb_sets_log2(),
            queue_beats: ports.queue_beats(),
        };
        capabilities.check()?;
        // Tables that no driver has written are zero.
        let fresh = registers.generation().try_read()?.value() == 0;
        let state = if fresh {
            State::empty()
        } else {
            State::default()
        };
        Ok(Self {
            device,
            capabilities,
            state,
            // A driver before this one may have left a command under way.
            settled: false,
        })
    }

    /// Gives the device back, with what is known of the tables.
    pub fn detach(self) -> (D, State) {
        (self.device, self.state)
    }

    /// Identifies a card again. `state` must come from [`Card::detach`] of the same card, and nobody else may have
    /// written its tables since.
    ///
    /// # Errors
    /// As [`Card::open`].
    pub fn resume(device: D, state: State) -> Result<Self, Error> {
        Ok(Self {
            state,
            // A driver before this one may have left a command under way.
            settled: false,
            ..Self::open(device)?
        })
    }

    /// What the card was built with.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The device.
    pub fn device(&self) -> &D {
        &self.device
    }

    /// The device. Who writes tables by it must [`Card::forget`] what was known.
    pub fn device_mut(&mut self) -> &mut D {
        &mut self.device
    }

    /// Forgets what is known of the tables: the next [`Card::program`] reads them back first.
    pub fn forget(&mut self) {
        self.state = State::default();
    }

    /// Brings the card to hold `image`: writes what differs, in an order that leaves no hole for frames that
    /// both the old and the new setting deliver, and clears what is no longer wanted. Buckets behind those of
    /// the image are left as they are.
    ///
    /// # Errors
    /// [`Error::Image`] or [`Error::Full`] if the card cannot hold the image: nothing was written then.
    /// See [`Error`] for failures on the way.
    pub fn program(&mut self, image: &Image) -> Result<(), Error> {
        check(image, &self.capabilities)?;
        if !self.state.known {
            self.read_back()?;
        }
        let steps = update::steps(&self.state, image, &self.capabilities)?;
        let generation = self.generation()? | 1;
        self.set_generation(generation)?;
        for step in steps {
            self.carry_out(step)?;
        }
        // Odd numbers mean an update under way, 0 an untouched card.
        let next = generation.wrapping_add(1);
        self.set_generation(if next == 0 { 2 } else { next })
    }

    /// Reads the card back and lists where it differs from `image`, the up bits of members included (the card
    /// itself clears and sets them when links change).
    ///
    /// # Errors
    /// [`Error::Image`] if no card of this size could hold the image; see [`Error`].
    pub fn verify(&mut self, image: &Image) -> Result<Vec<Difference>, Error> {
        check(image, &self.capabilities)?;
        self.read_back()?;
        let mut differences = verify::tables(&self.state, image, &self.capabilities);
        for (index, bucket) in (0..).zip(&image.buckets) {
            let (expected, found) = (encode_bucket(*bucket), self.read_bucket_word(index)?);
            if found != expected {
                differences.push(Difference::Bucket {
                    index,
                    expected,
                    found,
                });
            }
        }
        for port in 0..self.capabilities.ports {
            let expected = image
                .ports
                .get(usize::from(port))
                .cloned()
                .unwrap_or_default();
            let found = self.port_setup(port)?;
            if found != expected {
                differences.push(Difference::Port {
                    port,
                    expected,
                    found,
                });
            }
        }
        let expected = (image.drop_unknown, image.fdb_age);
        let found = self.forwarding()?;
        if found != expected {
            differences.push(Difference::Forwarding { expected, found });
        }
        Ok(differences)
    }

    /// Sets or clears a member's up bit; everything else in its entry stays.
    ///
    /// # Errors
    /// [`Error::NoSuchMember`] if the card holds no such member; see [`Error`].
    pub fn set_member_up(&mut self, member: u16, up: bool) -> Result<(), Error> {
        let index = u32::from(member);
        let entry = match self.read_entry::<Option<Member>>(index) {
            Ok(Some(entry)) => entry,
            Ok(None) | Err(Error::Refused { .. }) => return Err(Error::NoSuchMember(member)),
            Err(error) => return Err(error),
        };
        self.write_entry(index, &Some(Member { up, ..entry }))
    }

    /// Reads an entry of a table.
    ///
    /// # Errors
    /// [`Error::Refused`] if the table has no such entry; see [`Error`].
    pub fn read_entry<E: Entry>(&mut self, index: u32) -> Result<E, Error> {
        Ok(E::decode(&access::read_entry(
            &mut self.device,
            E::TABLE,
            index,
        )?))
    }

    /// Commits an entry of a table, in one step: a look-up sees the old entry or the new.
    ///
    /// # Errors
    /// [`Error::Refused`] if the table has no such entry; see [`Error`].
    pub fn write_entry<E: Writable>(&mut self, index: u32, entry: &E) -> Result<(), Error> {
        self.mark_written()?;
        self.carry_out(Step::Entry(E::TABLE, index, entry.encode()))
    }

    /// Reads a bucket.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] if it is not in the pool; see [`Error`].
    pub fn read_bucket(&mut self, index: u32) -> Result<Bucket, Error> {
        self.in_pool(index)?;
        Ok(decode_bucket(self.read_bucket_word(index)?))
    }

    /// Writes a bucket, by one posted write.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] if it is not in the pool; see [`Error`].
    pub fn write_bucket(&mut self, index: u32, bucket: Bucket) -> Result<(), Error> {
        self.in_pool(index)?;
        self.mark_written()?;
        self.carry_out(Step::Bucket(index, encode_bucket(bucket)))
    }

    /// The links as the card sees them: bit 0 is port 0.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn link_up(&mut self) -> Result<u8, Error> {
        Ok(RegisterWindow::new(&mut self.device)
            .registers()
            .status()
            .try_read()?
            .link_up())
    }

    /// Waits until the card sees a port's link in this state and has changed the up bits of the members on it.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it does not within about 1 ms; see [`Error`].
    pub fn wait_link(&mut self, port: u8, up: bool) -> Result<(), Error> {
        let mut settled = 0;
        for _ in 0..LINK_POLLS {
            let status = RegisterWindow::new(&mut self.device)
                .registers()
                .status()
                .try_read()?;
            let seen = u32::from(status.link_up()) >> port & 1 == u32::from(up);
            settled = if seen && !status.member_sweep() {
                settled + 1
            } else {
                0
            };
            // The bits come over one by one: the link's may be a clock ahead of the sweep's.
            if settled == 2 {
                return Ok(());
            }
            self.device.wait(LINK_POLL_INTERVAL)?;
        }
        access::present(&mut self.device)?;
        Err(Error::Timeout("a link change"))
    }

    /// A member's load vector, all ingress ports together.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn member_counters(&mut self, member: u16) -> Result<MemberCounters, Error> {
        let mut sum = MemberCounters::default();
        for port in 0..self.capabilities.ports {
            let mut read = |direction| {
                self.read_entry::<Traffic>(member_counters_index(port, direction, member))
            };
            sum.input += read(Direction::Input)?;
            sum.output += read(Direction::Output)?;
        }
        Ok(sum)
    }

    /// Drops by reason of the frames that one port received; the number of network ports names the host.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no such port; see [`Error`].
    pub fn drop_counters(&mut self, port: u8) -> Result<[u64; DROP_REASONS], Error> {
        let mut drops = [0; DROP_REASONS];
        for (reason, drops) in (0..).zip(&mut drops).skip(1) {
            *drops = self.read_entry::<u64>(drop_counters_index(port, reason))?;
        }
        Ok(drops)
    }

    /// A port's counters; the number of network ports names the host.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no such port; see [`Error`].
    pub fn port_counters(&mut self, port: u8) -> Result<PortCounters, Error> {
        self.read_entry(u32::from(port))
    }

    /// The counts of the whole card, all ingress ports together.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn totals(&mut self) -> Result<Totals, Error> {
        let mut sum = Totals::default();
        for port in 0..=self.capabilities.ports {
            sum += self.read_entry::<Totals>(u32::from(port))?;
        }
        Ok(sum)
    }

    /// Software's number of the tables: 0 never written, odd while being written.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn generation(&mut self) -> Result<u32, Error> {
        Ok(RegisterWindow::new(&mut self.device)
            .registers()
            .generation()
            .try_read()?
            .value())
    }

    fn set_generation(&mut self, value: u32) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        window
            .registers()
            .generation()
            .try_write(|r| r.set_value(value))?;
        Ok(())
    }

    /// Makes sure that no later driver takes the tables for untouched.
    fn mark_written(&mut self) -> Result<(), Error> {
        if self.generation()? == 0 {
            self.set_generation(2)
        } else {
            Ok(())
        }
    }

    fn carry_out(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Entry(table, index, words) => {
                self.settle()?;
                let result = access::write_entry(&mut self.device, table, index, &words);
                self.settled = matches!(result, Ok(()) | Err(Error::Refused { .. }));
                result?;
                self.state.set_entry(table, index, words);
            }
            Step::Bucket(index, word) => {
                access::write_bucket(&mut self.device, index, word)?;
                self.state.set_bucket(index, word);
            }
            Step::Port(port, setup) => {
                let window = RegisterWindow::new(&mut self.device);
                if let Some(register) = window.registers().port().get(usize::from(port)) {
                    register.try_write(|r| {
                        r.set_flood_mask(setup.flood_mask.to_le_bytes()[0]);
                        r.set_bpdu_to_host(setup.bpdu_to_host);
                    })?;
                }
            }
            Step::Forwarding {
                drop_unknown,
                fdb_age,
            } => {
                let window = RegisterWindow::new(&mut self.device);
                window.registers().forwarding().try_write(|r| {
                    r.set_drop_unknown(drop_unknown);
                    r.set_fdb_age(fdb_age);
                })?;
            }
        }
        Ok(())
    }

    /// Reads all tables that can be written, so that what is in them is known.
    fn read_back(&mut self) -> Result<(), Error> {
        let Capabilities {
            services,
            servers,
            routers,
            ..
        } = self.capabilities;
        let members = u32::from(SERVERS)..u32::from(SERVERS) + u32::from(routers);
        let tables = [
            (Table::Service, 0..u32::from(services)),
            (Table::Member, 0..u32::from(servers)),
            (Table::Member, members),
            (Table::Pool, 0..u32::from(routers)),
            (Table::Station, 0..4 << STATION_SETS_LOG2),
            (Table::RouterAddress, 0..4 << ROUTER_ADDRESS_SETS_LOG2),
        ];
        self.state.known = false;
        for (table, indices) in tables {
            for index in indices {
                let words = self.read_words(table, index)?;
                self.state.set_entry(table, index, words);
            }
        }
        self.state.known = true;
        Ok(())
    }

    fn read_words(&mut self, table: Table, index: u32) -> Result<Words, Error> {
        self.settle()?;
        let result = access::read_entry(&mut self.device, table, index);
        self.settled = matches!(result, Ok(_) | Err(Error::Refused { .. }));
        result
    }

    /// Lets a command end that was left under way, by a failure or by another driver.
    fn settle(&mut self) -> Result<(), Error> {
        if !self.settled {
            access::await_idle(&mut self.device)?;
            self.settled = true;
        }
        Ok(())
    }

    fn read_bucket_word(&mut self, index: u32) -> Result<u32, Error> {
        let word = access::read_bucket(&mut self.device, index)?;
        self.state.set_bucket(index, word);
        Ok(word)
    }

    fn in_pool(&self, index: u32) -> Result<(), Error> {
        if index < 1 << self.capabilities.buckets_log2 {
            Ok(())
        } else {
            Err(Error::NoSuchBucket(index))
        }
    }

    fn port_setup(&mut self, port: u8) -> Result<PortSetup, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let register = window.registers().port()[usize::from(port)].try_read()?;
        Ok(PortSetup {
            bpdu_to_host: register.bpdu_to_host(),
            flood_mask: u16::from(register.flood_mask()),
        })
    }

    fn forwarding(&mut self) -> Result<(bool, u16), Error> {
        let register = RegisterWindow::new(&mut self.device)
            .registers()
            .forwarding()
            .try_read()?;
        Ok((register.drop_unknown(), register.fdb_age()))
    }
}

impl Capabilities {
    /// Refuses sizes that the register interface cannot address.
    fn check(&self) -> Result<(), Error> {
        let most = [
            ("ports", u32::from(self.ports), 2..=8),
            ("engines", u32::from(self.engines), 1..=8),
            ("services", u32::from(self.services), 1..=1 << 15),
            ("servers", u32::from(self.servers), 1..=u32::from(SERVERS)),
            ("routers", u32::from(self.routers), 1..=1024),
            ("bucket address bits", u32::from(self.buckets_log2), 1..=17),
            (
                "forwarding database address bits",
                u32::from(self.fdb_sets_log2),
                0..=22,
            ),
        ];
        for (what, value, range) in most {
            if !range.contains(&value) {
                return Err(Error::Capability { what, value });
            }
        }
        Ok(())
    }
}
