//! The self-test, on cards in memory: what it finds, and that it leaves a card in service alone.

use std::time::Duration;

use flowswitch::config::Config;
use flowswitch::doctor::{Finding, Options, Outcome, examine};
use flowswitch::{image, numbering};
use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::{Card, Device, DeviceError};

const CONFIG: &str = include_str!("../examples/fig2.toml");
const OPTIONS: Options = Options {
    port: None,
    watch: Duration::from_micros(100),
    real_time: false,
};

fn find<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    let found = findings.iter().find(|finding| finding.check == check);
    found.unwrap_or_else(|| panic!("{check} in {findings:?}"))
}

/// A card in service.
fn configured() -> FakeDevice {
    let config = Config::parse("fig2.toml", CONFIG).expect("it is valid");
    let plan = image::plan(&config).expect("it fits");
    let mut card = Card::open(FakeDevice::new(8)).expect("a card");
    card.program(&plan.image).expect("it has room");
    card.detach().0
}

/// Number of the table, and the word and bit of an entry that is in force.
const VALID: [(u8, usize, u32); 6] = [
    (1, 4, 0),
    (2, 1, 20),
    (4, 1, 16),
    (5, 4, 0),
    (11, 0, 0),
    (12, 4, 0),
];

#[test]
fn a_card_in_service_is_tested_where_nothing_is_in_force_and_left_as_it_was() {
    let mut device = configured();
    device.commits.clear();
    let before = device.clone();
    let findings = examine(&mut device, &OPTIONS, &mut |_| ());
    let memory: Vec<_> = (findings.iter())
        .filter(|finding| finding.check.starts_with("memory "))
        .collect();
    assert_eq!(memory.len(), 11);
    for finding in memory {
        assert_eq!(finding.outcome, Outcome::Pass, "{finding:?}");
    }
    assert_eq!(find(&findings, "restored").outcome, Outcome::Pass);
    let held = |device: &FakeDevice| {
        let entries = device.entries.clone().into_iter();
        let entries = entries.filter(|(_, words)| *words != [0; 8]);
        let buckets = device.buckets.clone().into_iter();
        let buckets = buckets.filter(|(_, word)| *word != 0);
        (entries.collect::<Vec<_>>(), buckets.collect::<Vec<_>>())
    };
    assert_eq!(held(&device), held(&before));
    assert_eq!(device.registers[&0x00c], before.registers[&0x00c]);
    let mut tested = 0;
    for commit in &device.commits {
        match commit {
            Commit::Entry(table, index, words) => {
                let valid = VALID.iter().find(|(number, ..)| number == table);
                let in_force = valid.is_some_and(|(_, word, bit)| words[*word] >> bit & 1 == 1);
                assert!(!in_force, "{commit:?}");
                assert!(
                    !before.entries.contains_key(&(*table, *index)),
                    "{commit:?}"
                );
                tested += 1;
            }
            Commit::Bucket(index, _) => assert!(!before.buckets.contains_key(index), "{commit:?}"),
            Commit::Register(..) => {}
        }
    }
    assert!(tested > 400, "{tested}");
}

/// A card one of whose table data bits is stuck at zero.
struct Stuck(FakeDevice);

impl Device for Stuck {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let word = self.0.read32(offset)?;
        Ok(if offset == 0x0a4 {
            word & !(1 << 17)
        } else {
            word
        })
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.0.write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.0.wait(duration)
    }
}

#[test]
fn a_bit_that_sticks_is_named() {
    let findings = examine(Stuck(FakeDevice::new(4)), &OPTIONS, &mut |_| ());
    let service = find(&findings, "memory service");
    assert_eq!(service.outcome, Outcome::Fail);
    assert!(
        service
            .detail
            .contains("word 1: ffffffff written, fffdffff read"),
        "{service:?}"
    );
    assert!(service.remedy.is_some());
    // Bit 17 of word 1 of these is not there, or not set by the test.
    for check in ["memory address", "memory bucket"] {
        let expected = if check == "memory address" {
            Outcome::Fail
        } else {
            Outcome::Pass
        };
        assert_eq!(find(&findings, check).outcome, expected);
    }
    let interrupts = find(&findings, "interrupts");
    assert_eq!(interrupts.outcome, Outcome::Skip);
}

#[test]
fn a_card_that_injects_nothing_is_not_taken_for_healthy() {
    // The card in memory completes descriptors, and neither counts frames nor drops them.
    let findings = examine(FakeDevice::new(4), &OPTIONS, &mut |_| ());
    assert_eq!(
        find(&findings, "rings").outcome,
        Outcome::Pass,
        "{findings:?}"
    );
    assert_eq!(find(&findings, "DMA to card").outcome, Outcome::Fail);
    assert_eq!(find(&findings, "loop").outcome, Outcome::Fail);
    let leaves = find(&findings, "leaves");
    assert_eq!(leaves.outcome, Outcome::Skip);
    assert!(
        leaves
            .remedy
            .as_ref()
            .is_some_and(|remedy| remedy.contains("--port"))
    );
}

#[test]
fn what_is_no_card_ends_the_examination() {
    let mut device = FakeDevice::new(4);
    device.registers.insert(0, 0x1234_5678);
    let findings = examine(&mut device, &OPTIONS, &mut |_| ());
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].outcome, Outcome::Fail);
    assert!(device.commits.is_empty());
    device.gone = true;
    let findings = examine(&mut device, &OPTIONS, &mut |_| ());
    assert!(findings[0].detail.contains("gone"), "{findings:?}");
}

#[test]
fn an_update_that_was_not_ended_is_told() {
    let mut device = FakeDevice::new(4);
    device.registers.insert(0x00c, 7);
    let findings = examine(&mut device, &OPTIONS, &mut |_| ());
    assert_eq!(find(&findings, "state").outcome, Outcome::Fail);
    assert_eq!(device.registers[&0x00c], 7);
}

#[test]
fn servers_keep_their_numbers_and_a_number_with_flows_is_not_given_away() {
    let mut card = Card::open(configured()).expect("a card");
    let all = Config::parse("fig2.toml", CONFIG).expect("it is valid");
    let mac = |config: &Config, name: &str| {
        let servers = config.clusters.iter().flat_map(|cluster| &cluster.servers);
        let mut named = servers.filter(|server| server.name.value == name);
        named.next().expect("a server").mac.value
    };
    // The first server goes, and another comes.
    let (first, others) = CONFIG.split_once("  [[cluster.server]]").expect("servers");
    let (_, others) = others
        .split_once("  [[cluster.server]]")
        .expect("more servers");
    let changed = format!("{first}  [[cluster.server]]{others}");
    let old = mac(&all, "s210").to_string();
    let fewer = Config::parse("c.toml", &changed).expect("it is valid");
    let numbers = numbering::of_card(&mut card, &fewer).expect("a card");
    assert_eq!(numbers[&mac(&fewer, "s220")], 1);
    assert_eq!(numbers.len(), 4);
    let exchanged = CONFIG.replace(&old, "02:00:00:00:77:77");
    let exchanged = Config::parse("c.toml", &exchanged).expect("it is valid");
    let new = mac(&exchanged, "s210");
    let free = numbering::of_card(&mut card, &exchanged).expect("a card");
    assert_eq!(free[&new], 0);
    // Server 0 still has a flow.
    let mut flow = [0; 8];
    flow[1] = 2 << 18;
    card.device_mut().insert_flow(160, flow);
    let kept = numbering::of_card(&mut card, &exchanged).expect("a card");
    assert_eq!(kept[&new], 5);
    let plan = image::plan_keeping(&exchanged, &kept).expect("it fits");
    assert_eq!(plan.server("s210"), Some(5));
    assert!(plan.image.members.contains_key(&5) && !plan.image.members.contains_key(&0));
}
