//! Attaching to a card that runs: what differs is written, and nothing else.

use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::image::{Bucket, Image, MacAddress};
use flowswitch_driver::{Card, Device, DeviceError, Difference, Error, Report};

use super::fig2::{fig2, open};

/// A card that runs the cluster of Fig. 2, as a driver finds it that was just started.
fn running() -> FakeDevice {
    let mut card = open(FakeDevice::new(8));
    card.program(&fig2()).unwrap();
    let (mut device, _) = card.detach();
    device.commits.clear();
    device
}

const NOTHING: Report = Report {
    writes: 0,
    entries: 0,
    buckets: 0,
    settings: 0,
    unchanged: true,
};

#[test]
fn a_card_that_holds_everything_gets_no_write() {
    let mut card = Card::attach(running()).unwrap();
    let generation = card.generation().unwrap();
    assert!(card.runs(&fig2()).unwrap());
    assert_eq!(card.plan(&fig2()).unwrap(), NOTHING);
    assert_eq!(card.program(&fig2()).unwrap(), NOTHING);
    assert_eq!(card.device().commits, []);
    assert_eq!(card.generation().unwrap(), generation);
    // Nor does it from one who did not read first, or has just written.
    let mut card = open(card.detach().0);
    assert_eq!(card.program(&fig2()).unwrap(), NOTHING);
    assert_eq!(card.program(&fig2()).unwrap(), NOTHING);
    assert_eq!(card.device().commits, []);
}

#[test]
fn each_change_takes_the_writes_it_needs() {
    // A bucket: one posted write, besides generation and digest twice each.
    let mut image = fig2();
    image.buckets[5] = Bucket {
        first: Some(4),
        second: None,
    };
    let mut card = Card::attach(running()).unwrap();
    let planned = card.plan(&image).unwrap();
    assert_eq!(card.device().commits, []);
    let report = card.program(&image).unwrap();
    assert_eq!(report, planned);
    assert_eq!((report.buckets, report.entries, report.settings), (1, 0, 0));
    assert_eq!(report.writes, 1 + 2 + 2);
    let commits = &card.device().commits;
    assert_eq!(commits.len(), 5);
    assert_eq!(commits[1], Commit::Bucket(5, 0x8004));
    // A setting.
    image.fdb_age = 77;
    let report = card.program(&image).unwrap();
    assert_eq!((report.buckets, report.entries, report.settings), (0, 0, 1));
    // A member that the card took down itself is put up again: three words, address, command.
    let words = card.device_mut().entries.get_mut(&(2, 1)).unwrap();
    words[1] &= !(1 << 21);
    let report = card.program(&image).unwrap();
    assert_eq!((report.buckets, report.entries, report.settings), (0, 1, 0));
    assert_eq!(report.writes, 5 + 2 + 2);
    assert_eq!(card.verify(&image).unwrap(), []);
}

#[test]
fn the_digest_tells_configurations_apart() {
    let mut card = Card::attach(running()).unwrap();
    let digest = card.configuration().unwrap();
    assert_ne!(digest, 0);
    let changes: [fn(&mut Image); 5] = [
        |image| image.fdb_age += 1,
        |image| image.announce += 1,
        |image| image.buckets[3].first = None,
        |image| image.members.get_mut(&2).unwrap().mac = MacAddress([2, 9, 9, 9, 9, 9]),
        |image| image.ports[1].bpdu_to_host = true,
    ];
    for change in changes {
        let mut image = fig2();
        change(&mut image);
        assert!(!card.runs(&image).unwrap());
        card.program(&image).unwrap();
        assert!(card.runs(&image).unwrap());
        assert_ne!(card.configuration().unwrap(), digest);
        card.program(&fig2()).unwrap();
        assert_eq!(card.configuration().unwrap(), digest);
    }
    // An update that did not end is no configuration.
    card.device_mut().registers.insert(0x0c, 7);
    assert!(!card.runs(&fig2()).unwrap());
    assert!(!card.program(&fig2()).unwrap().unchanged);
    assert!(card.runs(&fig2()).unwrap());
}

#[test]
fn a_card_of_an_older_interface_has_no_digest() {
    let mut device = FakeDevice::new(8);
    device.registers.insert(0x004, 0x0004_0000);
    for offset in [0x30, 0x34] {
        device.registers.remove(&offset);
    }
    let mut card = open(device);
    assert_eq!(card.configuration().unwrap(), 0);
    card.program(&fig2()).unwrap();
    assert!(card.program(&fig2()).unwrap().unchanged);
    assert!(!card.capabilities().rings);
    assert!(matches!(
        card.clear(),
        Err(Error::Device(DeviceError::Unsupported(_)))
    ));
}

#[test]
fn a_cleared_card_is_as_new() {
    let mut card = Card::attach(running()).unwrap();
    card.clear().unwrap();
    assert_eq!(
        (card.generation().unwrap(), card.configuration().unwrap()),
        (0, 0)
    );
    assert!(!card.flow_status().unwrap().ready);
    // Nothing is left but that it remembers no flows: this is what a new card holds.
    let new = Image {
        fdb_age: 279,
        ..Image::default()
    };
    assert_eq!(card.verify(&new).unwrap(), [Difference::NoFlows]);
    let report = card.program(&fig2()).unwrap();
    assert!(report.entries > 0 && report.buckets > 0);
    assert_eq!(card.verify(&fig2()).unwrap(), []);
}

/// Counts accesses of a card in memory, and pulls it after so many.
struct Metered {
    card: FakeDevice,
    reads: u64,
    writes: u64,
    most: u64,
}

impl Device for Metered {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.reads += 1;
        self.card.gone = self.reads + self.writes > self.most;
        self.card.read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.writes += 1;
        self.card.gone = self.reads + self.writes > self.most;
        self.card.write32(offset, value)
    }

    fn wait(&mut self, duration: std::time::Duration) -> Result<(), DeviceError> {
        self.card.wait(duration)
    }
}

#[test]
fn a_large_image_takes_one_write_for_each_bucket() {
    let mut image = fig2();
    image.buckets.resize(1 << 16, Bucket::default());
    for (index, bucket) in image.buckets.iter_mut().enumerate() {
        bucket.first = Some((index % 5) as u16);
    }
    let card = FakeDevice::new(8);
    let mut card = Card::open(Metered {
        card,
        reads: 0,
        writes: 0,
        most: u64::MAX,
    })
    .unwrap();
    let report = card.program(&image).unwrap();
    assert_eq!(report.buckets, 1 << 16);
    // Each of the eight members is read before: an address and a command.
    assert_eq!(card.device().writes, report.writes + 8 * 2);
    assert!(card.device().reads < 1000, "a fresh card is not read back");
    // One server in five goes: its buckets are written, and no others.
    for bucket in image
        .buckets
        .iter_mut()
        .filter(|bucket| bucket.first == Some(4))
    {
        bucket.first = Some(3);
    }
    let report = card.program(&image).unwrap();
    assert_eq!((report.buckets, report.entries), ((1 << 16) / 5, 0));
}

#[test]
fn a_card_that_vanishes_anywhere_is_told() {
    let image = fig2();
    for most in (0..4000).step_by(37) {
        let metered = Metered {
            card: FakeDevice::new(8),
            reads: 0,
            writes: 0,
            most,
        };
        let ended = Card::open(metered).and_then(|mut card| {
            card.program(&image)?;
            card.verify(&image)
        });
        assert!(
            matches!(ended, Err(Error::Device(DeviceError::Gone))),
            "after {most} accesses: {ended:?}"
        );
    }
}
