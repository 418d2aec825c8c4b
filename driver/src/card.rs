//! A card: what is written to it.

use crate::access;
use crate::capabilities::Capabilities;
use crate::check::check;
use crate::device::Device;
use crate::error::Error;
use crate::flow_key::FlowSeed;
use crate::image::{Bucket, CLUSTERS, Image, SERVERS};
use crate::register_io::RegisterWindow;
use crate::state::State;
use crate::tables::{
    ADDRESS_SETS_LOG2, Entry, STATION_SETS_LOG2, Table, Words, Writable, decode_bucket,
    encode_bucket,
};
use crate::update::Step;
use crate::verify::{self, Difference};
use crate::watch::{Activity, Watcher};

/// A card that was identified.
///
/// A failed write leaves the card between two settings; [`Card::program`] may be called again.
#[derive(Debug)]
pub struct Card<D> {
    pub(crate) device: D,
    pub(crate) capabilities: Capabilities,
    pub(crate) state: State,
    /// The seed to give the flow table if it has none; else one is drawn.
    pub(crate) chosen_seed: Option<FlowSeed>,
    /// No table command can be under way.
    settled: bool,
    pub(crate) watcher: Watcher,
}

impl<D: Device> Card<D> {
    /// Identifies a card. Nothing is written.
    ///
    /// # Errors
    /// [`DeviceError::Gone`](crate::DeviceError::Gone) if nothing answers; [`Error::NotACard`], [`Error::Version`] or
    /// [`Error::Capability`] if it is not a card that this driver knows.
    pub fn open(mut device: D) -> Result<Self, Error> {
        let capabilities = Capabilities::identify(&mut device)?;
        let mut card = Self {
            device,
            capabilities,
            state: State::default(),
            chosen_seed: None,
            // A driver before this one may have left a command under way.
            settled: false,
            watcher: Watcher::default(),
        };
        // Tables that no driver has written since they were cleared are zero.
        card.wait_until_clear()?;
        if card.generation()? == 0 {
            card.state = State::empty();
        }
        Ok(card)
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
        self.state = std::mem::take(&mut self.state).forgotten();
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
        let buckets = image.buckets.len() as u64;
        for (index, bucket) in (0..).zip(&image.buckets) {
            let (expected, found) = (encode_bucket(*bucket), self.read_bucket_word(index)?);
            self.tell(Activity::ReadBuckets, u64::from(index) + 1, buckets);
            if found != expected {
                differences.push(Difference::Bucket {
                    index,
                    expected,
                    found,
                });
            }
        }
        differences.extend(self.settings_differences(image)?);
        Ok(differences)
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
            E::VALID,
        )?))
    }

    /// Commits an entry of a table, in one step: a look-up sees the old entry or the new.
    ///
    /// # Errors
    /// [`Error::Refused`] if the table has no such entry; [`Error::Reset`] if the card was reset since other entries were
    /// written: it is to be programmed. See [`Error`].
    pub fn write_entry<E: Writable>(&mut self, index: u32, entry: &E) -> Result<(), Error> {
        self.mark_written()?;
        self.carry_out(Step::Entry(E::TABLE, index, entry.encode()))
    }

    /// Commits the words of an entry as they are, in one step. To the flow table this is a removal.
    ///
    /// # Errors
    /// [`Error::Refused`] if the table has no such entry or cannot be written; [`Error::Reset`] as [`Card::write_entry`];
    /// see [`Error`].
    pub fn write_words(&mut self, table: Table, index: u32, words: &Words) -> Result<(), Error> {
        self.mark_written()?;
        match table {
            Table::Flow => self.commit(table, index, words),
            _ => self.carry_out(Step::Entry(table, index, *words)),
        }
    }

    /// Reads a bucket.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] if it is not in the pool; see [`Error`].
    pub fn read_bucket(&mut self, index: u32) -> Result<Bucket, Error> {
        Ok(decode_bucket(self.read_bucket_word(index)?))
    }

    /// Writes a bucket, by one posted write.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] if it is not in the pool; [`Error::Reset`] as [`Card::write_entry`]; see [`Error`].
    pub fn write_bucket(&mut self, index: u32, bucket: Bucket) -> Result<(), Error> {
        self.write_bucket_word(index, encode_bucket(bucket))
    }

    /// Writes the word of a bucket as it is, by one posted write.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] if it is not in the pool; [`Error::Reset`] as [`Card::write_entry`]; see [`Error`].
    pub fn write_bucket_word(&mut self, index: u32, word: u32) -> Result<(), Error> {
        self.in_pool(index)?;
        self.mark_written()?;
        self.carry_out(Step::Bucket(index, word))
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

    pub(crate) fn set_generation(&mut self, value: u32) -> Result<(), Error> {
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
            if !self.state.holds_nothing() {
                self.forget();
                return Err(Error::Reset);
            }
            // A card at 0 takes 1 alone.
            self.set_generation(1)?;
            self.set_generation(2)?;
        }
        Ok(())
    }

    pub(crate) fn carry_out(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Entry(table, index, words) => {
                self.commit(table, index, &words)?;
                self.state.set_entry(table, index, words);
                if table == Table::Member {
                    self.state.note_up(index, &words);
                }
            }
            Step::Bucket(index, word) => {
                access::write_bucket(&mut self.device, index, word)?;
                self.state.set_bucket(index, word);
            }
            Step::Port(port, setup) => self.set_port(port, &setup)?,
            Step::Forwarding {
                drop_unknown,
                fdb_age,
            } => self.set_forwarding(drop_unknown, fdb_age)?,
            Step::Announcer(interval) => self.set_announcer(interval)?,
            Step::Persistence(ipv4, ipv6) => self.set_persistence(ipv4, ipv6)?,
        }
        Ok(())
    }

    /// Reads all tables that can be written, so that what is in them is known.
    pub(crate) fn read_back(&mut self) -> Result<(), Error> {
        let Capabilities {
            services,
            servers,
            routers,
            logical_ports,
            vips,
            ..
        } = self.capabilities;
        let members = u32::from(SERVERS)..u32::from(SERVERS) + u32::from(routers);
        let tables = [
            (Table::Service, 0..u32::from(services)),
            (Table::Member, 0..u32::from(servers)),
            (Table::Member, members),
            (Table::Pool, 0..u32::from(routers)),
            (Table::Station, 0..4 << STATION_SETS_LOG2),
            (Table::Address, 0..4 << ADDRESS_SETS_LOG2),
            (Table::LogicalPort, 0..u32::from(logical_ports)),
            (Table::Vip, 0..u32::from(vips)),
            (Table::VipPorts, 0..u32::from(vips)),
            (Table::ServerVips, 0..u32::from(servers)),
            (Table::Cluster, 0..u32::from(CLUSTERS)),
        ];
        self.state.known = false;
        let of = tables.iter().map(|(_, indices)| indices.len() as u64).sum();
        let mut done = 0;
        for (table, indices) in tables {
            for index in indices {
                let words = self.read_words(table, index)?;
                self.state.set_entry(table, index, words);
                done += 1;
                self.tell(Activity::ReadTables, done, of);
            }
        }
        self.state.known = true;
        Ok(())
    }

    /// Writes an entry that is a command rather than something to be kept.
    pub(crate) fn command_entry<E: Writable>(
        &mut self,
        index: u32,
        entry: &E,
    ) -> Result<(), Error> {
        self.commit(E::TABLE, index, &entry.encode())
    }

    fn commit(&mut self, table: Table, index: u32, words: &Words) -> Result<(), Error> {
        self.settle()?;
        let result = access::write_entry(&mut self.device, table, index, words);
        self.settled = matches!(result, Ok(()) | Err(Error::Refused { .. }));
        result
    }

    /// Reads the words of an entry, whatever they mean; those without bits are zero.
    ///
    /// # Errors
    /// [`Error::Refused`] if the table has no such entry; see [`Error`].
    pub fn read_words(&mut self, table: Table, index: u32) -> Result<Words, Error> {
        self.settle()?;
        let result = access::read_entry(&mut self.device, table, index, None);
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

    /// Reads the word of a bucket, members that are not valid included.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] if it is not in the pool; see [`Error`].
    pub fn read_bucket_word(&mut self, index: u32) -> Result<u32, Error> {
        self.in_pool(index)?;
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
}
