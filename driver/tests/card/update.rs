//! Updates leave no hole: after each single write.

use std::net::IpAddr;

use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::image::{Image, MacAddress, Service, Vip};
use proptest::prelude::*;

use crate::fig2::{fig2, open};
use crate::random::{image, key};
use crate::shadow::{Shadow, mac_bits, ports_of};

/// Updates a card from `old` to `new`; after every single write, what both images have must be found, and nothing be
/// flooded or answered as neither wants it.
fn check_update(old: &Image, new: &Image) {
    let mut card = open(FakeDevice::new(8));
    card.program(old).expect("the old image fits");
    let mut shadow = Shadow::of(card.device());
    card.device_mut().commits.clear();
    card.program(new).expect("the new image fits");
    assert_eq!(card.verify(new).expect("the card answers"), []);
    let stations: Vec<MacAddress> = macs(old)
        .filter(|mac| macs(new).any(|other| other == *mac))
        .collect();
    let routers = new.router_addresses.iter();
    let routers = routers.map(|(address, _)| *address);
    let addresses: Vec<IpAddr> = routers
        .filter(|address| old.router_addresses.iter().any(|(a, _)| a == address))
        .collect();
    let vips: Vec<(&Vip, &Vip)> = (old.vips.iter())
        .flat_map(|vip| new.vips.iter().map(move |other| (vip, other)))
        .filter(|(vip, other)| vip.address == other.address)
        .collect();
    let both = |service: &&Service| new.services.iter().any(|other| key(other) == key(service));
    let services: Vec<&Service> = old.services.iter().filter(both).collect();
    let floods = [shadow.floods(), Shadow::of(card.device()).floods()];
    for commit in card.device().commits.clone() {
        shadow.apply(commit);
        // A look-up can only be spoiled by the table that was written.
        match commit {
            Commit::Entry(4, ..) => {
                for mac in &stations {
                    let found = shadow.station(*mac).is_some();
                    assert!(found, "{mac} is lost at {commit:x?}");
                }
            }
            Commit::Entry(1, ..) => {
                for service in &services {
                    let found = shadow.service(service).is_some();
                    assert!(found, "{service:?} is lost at {commit:x?}");
                }
            }
            Commit::Entry(11, ..) => {
                let strange = shadow.floods();
                let strange = strange
                    .iter()
                    .find(|f| floods.iter().all(|set| !set.contains(*f)));
                assert_eq!(strange, None, "flooded at {commit:x?}");
            }
            Commit::Entry(5 | 12 | 13 | 14, ..) => {
                for address in &addresses {
                    let found = shadow.address(*address);
                    assert!(found.is_some(), "{address} is lost at {commit:x?}");
                }
                for gone in &old.vips {
                    // As long as it is answered for, with what is right for it.
                    let _ = shadow.vip(gone.address);
                }
                for (old_vip, new_vip) in &vips {
                    check_vip(&shadow, [(old, old_vip), (new, new_vip)], commit);
                }
            }
            Commit::Entry(..) | Commit::Bucket(..) | Commit::Register(..) => {}
        }
    }
    assert!(shadow.holds(new));
}

/// A virtual address of both images is answered for as one of them wants it, and never to its own servers.
fn check_vip(shadow: &Shadow, images: [(&Image, &Vip); 2], commit: Commit) {
    let [(_, old), (_, new)] = images;
    let address = old.address;
    let Some((index, mac)) = shadow.vip(address) else {
        panic!("{address} is lost at {commit:x?}");
    };
    let macs = images.map(|(image, vip)| image.virtual_macs[usize::from(vip.virtual_mac)]);
    assert!(
        macs.map(mac_bits).contains(&mac),
        "{address} at {commit:x?}"
    );
    let carriers = shadow.carriers(index);
    let own = old.servers.intersection(&new.servers);
    let unknown: Vec<&u16> = own.filter(|server| !carriers.contains(*server)).collect();
    assert_eq!(unknown, Vec::<&u16>::new(), "{address} at {commit:x?}");
    let ports = images.map(|(image, vip)| ports_of(image, vip, |_| true));
    assert!(
        ports.contains(&shadow.pair(13, index, 0)),
        "{address} at {commit:x?}"
    );
}

fn macs(image: &Image) -> impl Iterator<Item = MacAddress> {
    let members = image.members.values().map(|member| member.mac);
    members
        .chain(image.virtual_macs.iter().copied())
        .chain(image.host)
}

#[test]
fn nothing_is_told_before_it_is_so() {
    let mut device = FakeDevice::new(8);
    // Whoever had the card before announces something.
    device.registers.insert(0x28, 9);
    let mut card = open(device);
    let image = fig2();
    card.program(&image).unwrap();
    let commits = std::mem::take(&mut card.device_mut().commits);
    let is_entry =
        |table: u8| move |commit: &Commit| matches!(commit, Commit::Entry(t, ..) if *t == table);
    let first = |is: &dyn Fn(&Commit) -> bool| commits.iter().position(is).unwrap();
    let last = |is: &dyn Fn(&Commit) -> bool| commits.iter().rposition(is).unwrap();
    // Logical ports, members, what servers carry, stations, services, virtual MACs, their addresses.
    let is_virtual =
        |commit: &Commit| matches!(commit, Commit::Entry(4, _, words) if words[1] >> 17 & 3 == 2);
    let is_vip_address =
        |commit: &Commit| matches!(commit, Commit::Entry(5, _, words) if words[4] >> 2 & 3 == 1);
    let order = [
        (first(&is_entry(11)), last(&is_entry(11))),
        (first(&is_entry(2)), last(&is_entry(2))),
        (first(&is_entry(14)), last(&is_entry(14))),
        (first(&is_entry(4)), first(&is_virtual) - 1),
        (first(&is_virtual), last(&is_entry(4))),
        (first(&is_vip_address), last(&is_vip_address)),
    ];
    assert!(
        order.windows(2).all(|pair| pair[0].1 < pair[1].0),
        "{order:?}"
    );
    assert!(last(&is_entry(1)) < first(&is_virtual));
    // Announcements stand still meanwhile, and begin at last.
    let stop = first(&|commit| *commit == Commit::Register(0x28, 0));
    let start = first(&|commit| *commit == Commit::Register(0x28, 56));
    assert!(stop < order[0].0 && start > order[5].1);
    // They go on if nothing of theirs changes.
    card.program(&image).unwrap();
    let stops = card
        .device()
        .commits
        .iter()
        .filter(|commit| **commit == Commit::Register(0x28, 0));
    assert_eq!(stops.count(), 0);
}

#[test]
fn services_that_change_places_are_never_missing() {
    let mut old = fig2();
    let mut new = old.clone();
    new.services.reverse();
    check_update(&old, &new);
    // All entries in use but one.
    let template = old.services[0].clone();
    old.services = (0..63u16)
        .map(|n| Service {
            ports: Some((n, n)),
            ..template.clone()
        })
        .collect();
    new.services = old.services.clone();
    new.services.rotate_left(20);
    check_update(&old, &new);
}

/// A server's own address is never told with the MAC of another that gets the server's number.
#[test]
fn a_number_that_goes_to_another_server_takes_no_address_along() {
    let own: IpAddr = "192.31.65.10".parse().unwrap();
    let mut old = fig2();
    old.server_addresses = vec![(own, 1)];
    let held = old.members[&1].mac;
    for elsewhere in [None, Some(2)] {
        let mut new = old.clone();
        new.members.get_mut(&1).unwrap().mac.0[3] = 9;
        new.server_addresses = elsewhere.map(|server| (own, server)).into_iter().collect();
        check_update(&old, &new);
        let mut card = open(FakeDevice::new(8));
        card.program(&old).unwrap();
        let mut shadow = Shadow::of(card.device());
        card.device_mut().commits.clear();
        card.program(&new).unwrap();
        for commit in card.device().commits.clone() {
            shadow.apply(commit);
            if shadow.address(own) == Some((3, 1)) {
                let mac = (shadow.word(2, 1, 0), shadow.word(2, 1, 1) & 0xffff);
                let held = mac_bits(held);
                assert_eq!(mac, (held as u32, (held >> 32) as u32), "at {commit:x?}");
            }
        }
        assert_eq!(
            shadow.address(own),
            elsewhere.map(|server| (3, server.into()))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn updates_leave_no_hole(old in any::<u64>(), new in any::<u64>()) {
        check_update(&image(old), &image(new));
    }
}
