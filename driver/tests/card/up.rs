//! Up bits: a member's own, and the live logical ports of a server's virtual addresses.

use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::tables::{MemberEntry, VipPorts};
use flowswitch_driver::{Card, Error};

use crate::fig2::{fig2, open};

fn live(card: &mut Card<FakeDevice>, vip: u32) -> u64 {
    let ports: VipPorts = card.read_entry(vip).unwrap();
    assert_eq!(
        ports.servers, 0b1111_1000,
        "the servers are where they were"
    );
    ports.live
}

#[test]
fn the_up_bit_changes_alone() {
    let mut card = open(FakeDevice::new(8));
    card.program(&fig2()).unwrap();
    let mut expected: Option<MemberEntry> = card.read_entry(2).unwrap();
    card.set_member_up(2, false).unwrap();
    let found: Option<MemberEntry> = card.read_entry(2).unwrap();
    expected.as_mut().unwrap().member.up = false;
    assert_eq!(found, expected);
    let strangers = [99, 2000].map(|member| card.set_member_up(member, true));
    assert!(matches!(
        strangers,
        [Err(Error::NoSuchMember(99)), Err(Error::NoSuchMember(2000))]
    ));
}

#[test]
fn live_ports_follow() {
    let mut card = open(FakeDevice::new(8));
    let mut image = fig2();
    // Servers 0 and 1 share a logical port; server 4 carries only the IPv4 address.
    image.members.get_mut(&0).unwrap().logical_port = 4;
    image.members.get_mut(&2).unwrap().logical_port = 3;
    image.vips[1].servers.remove(&4);
    image.vips[1].servers.remove(&3);
    image.members.get_mut(&3).unwrap().up = false;
    card.program(&image).unwrap();
    let ports = |card: &mut Card<FakeDevice>, vip| -> (u64, u64) {
        let ports: VipPorts = card.read_entry(vip).unwrap();
        (ports.servers, ports.live)
    };
    assert_eq!(ports(&mut card, 0), (0b1101_1000, 0b1001_1000));
    assert_eq!(ports(&mut card, 1), (0b0001_1000, 0b0001_1000));
    card.set_member_up(0, false).unwrap();
    assert_eq!(
        ports(&mut card, 0).1,
        0b1001_1000,
        "server 1 is still there"
    );
    card.set_member_up(1, false).unwrap();
    assert_eq!(ports(&mut card, 0).1, 0b1000_1000);
    assert_eq!(ports(&mut card, 1).1, 0b0000_1000);
    card.set_member_up(4, false).unwrap();
    card.set_member_up(3, true).unwrap();
    assert_eq!(ports(&mut card, 0).1, 0b0100_1000);
    assert_eq!(ports(&mut card, 1).1, 0b0000_1000);
    // A router has no virtual address.
    card.device_mut().commits.clear();
    card.set_member_up(1024, false).unwrap();
    assert_eq!(card.device().commits.len(), 1);
    // What was set by hand is what an image of it wants.
    for (server, up) in [(0, false), (1, false), (3, true), (4, false), (1024, false)] {
        image.members.get_mut(&server).unwrap().up = up;
    }
    assert_eq!(card.verify(&image).unwrap(), []);
}

#[test]
fn links_leave_live_ports_alone() {
    let mut card = open(FakeDevice::new(8));
    let image = fig2();
    card.program(&image).unwrap();
    // The card clears the bit of server 0, whose link is down, and the driver sees it.
    let words = card.device_mut().entries.get_mut(&(2, 0)).unwrap();
    words[1] &= !(1 << 21);
    assert_eq!(card.verify(&image).unwrap().len(), 1);
    card.set_member_up(1, false).unwrap();
    assert_eq!(live(&mut card, 0), 0b1110_1000, "server 0 was set up");
}

#[test]
fn a_driver_that_knows_nothing_reads_first() {
    let mut card = open(FakeDevice::new(8));
    card.program(&fig2()).unwrap();
    let mut card = open(card.detach().0);
    card.set_member_up(4, false).unwrap();
    assert_eq!([0, 1].map(|vip| live(&mut card, vip)), [0b0111_1000; 2]);
}
