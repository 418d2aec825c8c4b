//! States of members and choices of buckets, changed without planning the whole image again.

use crate::card::Card;
use crate::device::Device;
use crate::error::Error;
use crate::image::Image;
use crate::reconcile::Report;
use crate::tables::{Entry, Table, VipPorts, Writable, encode_bucket};
use crate::update::Step;
use crate::wanted;

impl<D: Device> Card<D> {
    /// Brings the card from `held` to `wanted`, which differ in states and weights of members and in buckets alone; whatever else
    /// differs stays as it is. Without `held` the card is asked for what it holds of these.
    ///
    /// States of members are written first, buckets last: within a few microseconds on a board. The configuration's digest and the
    /// generation stay.
    ///
    /// # Errors
    /// [`Error::Reset`] if the card was reset: it is to be programmed.
    /// See [`Error`]; what the card holds is to be asked for again then.
    pub fn adjust(&mut self, held: Option<&Image>, wanted: &Image) -> Result<Report, Error> {
        let done = self.adjust_once(held, wanted);
        // A card that was reset refuses writes, or takes them for nothing.
        match self.generation() {
            Ok(0) => {
                self.forget();
                Err(Error::Reset)
            }
            Ok(_) => done,
            Err(error) => done.and(Err(error)),
        }
    }

    fn adjust_once(&mut self, held: Option<&Image>, wanted: &Image) -> Result<Report, Error> {
        let steps = match held {
            Some(held) => differences(held, wanted),
            None => self.lacking(wanted)?,
        };
        let mut report = Report {
            unchanged: steps.is_empty(),
            ..Report::default()
        };
        for step in steps {
            match &step {
                Step::Entry(table, ..) => {
                    report.entries += 1;
                    report.writes += table.words() as u64 + 2;
                }
                _ => {
                    report.buckets += 1;
                    report.writes += 1;
                }
            }
            self.carry_out(step)?;
        }
        Ok(report)
    }

    /// What the card lacks, by reading it.
    fn lacking(&mut self, wanted: &Image) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        for (table, index, words) in entries(wanted) {
            let found = self.read_words(table, index)?;
            self.state.set_entry(table, index, found);
            if found != words {
                steps.push(Step::Entry(table, index, words));
            }
        }
        for (index, bucket) in (0..).zip(&wanted.buckets) {
            let word = encode_bucket(*bucket);
            if self.read_bucket_word(index)? != word {
                steps.push(Step::Bucket(index, word));
            }
        }
        Ok(steps)
    }
}

/// Members, and the ports of live servers that follow from them.
fn entries(image: &Image) -> Vec<(Table, u32, [u32; 8])> {
    let members = wanted::members(image)
        .map(|(number, entry)| (Table::Member, u32::from(number), Some(entry).encode()));
    let ports = (0..).zip(wanted::vip_ports(image));
    let ports = ports.map(|(number, ports)| (VipPorts::TABLE, number, ports.encode()));
    members.chain(ports).collect()
}

fn differences(held: &Image, wanted: &Image) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, member) in &wanted.members {
        if held.members.get(number) != Some(member)
            && let Some(entry) = wanted::member(wanted, *number)
        {
            let words = Some(entry).encode();
            steps.push(Step::Entry(Table::Member, (*number).into(), words));
        }
    }
    if !steps.is_empty() {
        let before = wanted::vip_ports(held);
        for (number, ports) in wanted::vip_ports(wanted).into_iter().enumerate() {
            if before.get(number) != Some(&ports) {
                steps.push(Step::Entry(VipPorts::TABLE, number as u32, ports.encode()));
            }
        }
    }
    for (index, bucket) in wanted.buckets.iter().enumerate() {
        if held.buckets.get(index) != Some(bucket) {
            steps.push(Step::Bucket(index as u32, encode_bucket(*bucket)));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Commit, FakeDevice};
    use crate::image::{Bucket, ClusterSetup, LogicalPort, MacAddress, Member, PortSetup, Vip};

    fn image() -> Image {
        let member = |last: u8| Member {
            mac: MacAddress([2, 0, 0, 0, 2, last]),
            logical_port: last % 4,
            up: true,
            draining: false,
            up_on_link: true,
            weight: 1,
        };
        Image {
            ports: vec![PortSetup::default(); 4],
            fdb_age: 300,
            clusters: vec![ClusterSetup::default()],
            logical_ports: (0..4)
                .map(|port| LogicalPort {
                    port,
                    untagged: true,
                    ..LogicalPort::default()
                })
                .collect(),
            virtual_macs: vec![MacAddress([2, 0, 0, 0, 9, 9])],
            vips: vec![Vip {
                address: std::net::Ipv4Addr::new(10, 0, 0, 1).into(),
                virtual_mac: 0,
                servers: [1, 2].into(),
                persistent: false,
                cluster: 0,
            }],
            members: [(1, member(1)), (2, member(2))].into(),
            buckets: vec![
                Bucket {
                    first: Some(1),
                    second: Some(2),
                };
                8
            ],
            ..Image::default()
        }
    }

    /// Server 1 is down and taken out of a bucket.
    fn without_one() -> Image {
        let mut image = image();
        let member = image.members.get_mut(&1).unwrap();
        (member.up, member.up_on_link) = (false, false);
        image.buckets[5] = Bucket {
            first: Some(2),
            second: None,
        };
        image
    }

    #[test]
    fn only_what_differs_is_written_members_first() {
        let mut card = Card::open(FakeDevice::new(4)).unwrap();
        card.program(&image()).unwrap();
        let digest = card.configuration().unwrap();
        card.device_mut().commits.clear();
        let report = card.adjust(Some(&image()), &without_one()).unwrap();
        assert_eq!((report.entries, report.buckets), (2, 1));
        let tables: Vec<_> = (card.device().commits.iter())
            .map(|commit| match commit {
                Commit::Entry(table, index, _) => (*table, *index),
                Commit::Bucket(index, _) => (0, *index),
                Commit::Register(offset, _) => (255, *offset),
            })
            .collect();
        assert_eq!(tables, [(2, 1), (13, 0), (0, 5)]);
        assert_eq!(card.configuration().unwrap(), digest);
        assert_eq!(card.verify(&without_one()).unwrap(), []);
        let report = card.adjust(Some(&image()), &image()).unwrap();
        assert!(report.unchanged);
    }

    #[test]
    fn a_card_is_asked_for_what_it_holds() {
        let mut card = Card::open(FakeDevice::new(4)).unwrap();
        card.program(&without_one()).unwrap();
        let mut card = Card::open(card.detach().0).unwrap();
        assert!(card.adjust(None, &without_one()).unwrap().unchanged);
        let report = card.adjust(None, &image()).unwrap();
        assert_eq!((report.entries, report.buckets), (2, 1));
        assert_eq!(card.verify(&image()).unwrap(), []);
        // The whole image needs nothing more.
        assert_eq!(card.plan(&image()).unwrap().entries, 0);
    }
}
