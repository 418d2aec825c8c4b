//! Answers that are none.

use flowswitch_health::{Check, Kind, Prober, Report, Result};
use proptest::prelude::*;

use crate::network::{HOST_MAC, Network, SECOND, Tamper, check, shared, station, target};

const TCP: Kind = Kind::Tcp { port: 80 };

/// Whether a frame asks for somebody's MAC.
fn is_question(frame: &[u8]) -> bool {
    let tag = if frame[12..14] == [0x81, 0] { 4 } else { 0 };
    match frame[12 + tag..14 + tag] {
        [0x08, 0x06] => frame[21 + tag] == 1,
        [0x86, 0xdd] => frame[20 + tag] == 58 && frame[54 + tag] == 135,
        _ => false,
    }
}

/// What becomes of server 10, whose answers are changed on their way (its questions are not).
fn with(kind: Kind, family: usize, vlan: Option<u16>, mut change: Tamper) -> (Report, Network) {
    let mut network = Network::new();
    network.server(10, 3, vlan);
    network.tamper = Some(Box::new(move |port, frame| {
        if is_question(&frame) {
            return vec![(port, frame)];
        }
        change(port, frame)
    }));
    let check = Check {
        address: Some(shared()[family]),
        ..check(kind)
    };
    let mut server = target(10, 3, vec![check]);
    server.vlan = vlan;
    network.configure(vec![server]);
    network.run(4 * SECOND);
    (network.report(10), network)
}

fn all(mut examine: impl FnMut(Kind, usize)) {
    for kind in [Kind::Arp, Kind::Icmp, TCP] {
        for family in [0, 1] {
            examine(kind.clone(), family);
        }
    }
}

#[test]
fn untouched_answers_pass() {
    all(|kind, family| {
        let (report, _) = with(
            kind,
            family,
            Some(7),
            Box::new(|port, frame| vec![(port, frame)]),
        );
        assert_eq!(report.result, Result::Up);
    });
}

#[test]
fn an_answer_from_another_mac_is_refused() {
    all(|kind, family| {
        let tamper: Tamper = Box::new(|port, mut frame| {
            frame[11] = 0x99;
            vec![(port, frame)]
        });
        let (report, network) = with(kind, family, None, tamper);
        assert_eq!(report.result, Result::Down, "{report:?}");
        assert!(network.prober.statistics().refused.stranger > 0);
        assert_eq!(network.prober.statistics().accepted, 0);
    });
}

#[test]
fn an_answer_by_another_port_is_refused() {
    all(|kind, family| {
        let tamper: Tamper = Box::new(|port, frame| vec![(port + 1, frame)]);
        let (report, network) = with(kind, family, None, tamper);
        assert_eq!(report.result, Result::Down, "{report:?}");
        assert!(network.prober.statistics().refused.stranger > 0);
    });
}

#[test]
fn an_answer_in_another_vlan_is_refused() {
    all(|kind, family| {
        let tamper: Tamper = Box::new(|port, mut frame| {
            frame[15] = 8;
            vec![(port, frame)]
        });
        let (report, _) = with(kind.clone(), family, Some(7), tamper);
        assert_eq!(report.result, Result::Down, "{report:?}");
        let untagged: Tamper = Box::new(|port, mut frame| {
            frame.drain(12..16);
            vec![(port, frame)]
        });
        let (report, network) = with(kind, family, Some(7), untagged);
        assert_eq!(report.result, Result::Down, "{report:?}");
        assert!(network.prober.statistics().refused.stranger > 0);
    });
}

#[test]
fn an_answer_to_another_mac_is_refused() {
    all(|kind, family| {
        let tamper: Tamper = Box::new(|port, mut frame| {
            frame[5] ^= 1;
            vec![(port, frame)]
        });
        let (report, network) = with(kind, family, None, tamper);
        assert_eq!(report.result, Result::Down, "{report:?}");
        assert!(network.prober.statistics().refused.not_ours > 0);
    });
}

#[test]
fn a_neighbour_who_claims_another_mac_or_address_is_refused() {
    for byte in [14 + 8, 14 + 9, 14 + 17, 14 + 27] {
        let tamper: Tamper = Box::new(move |port, mut frame| {
            frame[byte] ^= 1;
            vec![(port, frame)]
        });
        let (report, _) = with(Kind::Arp, 0, None, tamper);
        assert_eq!(report.result, Result::Down, "byte {byte}: {report:?}");
    }
}

#[test]
fn an_answer_from_another_address_is_refused() {
    let tamper: Tamper = Box::new(|port, mut frame| {
        if frame[12..14] == [8, 0] {
            let header = &mut frame[14..34];
            header[15] ^= 1;
            header[10..12].fill(0);
            let sum = !smoltcp::wire::checksum::data(header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        vec![(port, frame)]
    });
    let (report, network) = with(Kind::Icmp, 0, None, tamper);
    assert_eq!(report.result, Result::Down, "{report:?}");
    assert!(network.prober.statistics().refused.unexpected > 0);
}

#[test]
fn any_changed_byte_of_an_echo_is_noticed() {
    // Identifier, sequence, first and last byte of the data; the checksum is put right again.
    for byte in [4, 7, 8, 39] {
        let tamper: Tamper = Box::new(move |port, mut frame| {
            if frame[12..14] == [8, 0] {
                let message = &mut frame[14 + 20..14 + 20 + 40];
                message[byte] ^= 1;
                message[2..4].fill(0);
                let sum = !smoltcp::wire::checksum::data(message);
                message[2..4].copy_from_slice(&sum.to_be_bytes());
            }
            vec![(port, frame)]
        });
        let (report, _) = with(Kind::Icmp, 0, None, tamper);
        assert_eq!(report.result, Result::Down, "byte {byte}: {report:?}");
    }
}

#[test]
fn a_reset_is_believed_only_if_it_belongs_to_the_connection() {
    // A segment of no connection, before the right one: RST, sequence 1, from port 80 to port 40000.
    let tamper: Tamper = Box::new(|port, frame| {
        let mut forged = frame.clone();
        if frame[12..14] == [8, 0] {
            forged[14 + 20 + 8 + 3] ^= 1;
            let segment = &mut forged[34..];
            segment[13] = 0x14;
            let length = segment.len() as u32;
            segment[16..18].fill(0);
            let pseudo = smoltcp::wire::checksum::pseudo_header_v4(
                &"192.31.65.1".parse().unwrap(),
                &"192.31.65.5".parse().unwrap(),
                smoltcp::wire::IpProtocol::Tcp,
                length,
            );
            let sum = smoltcp::wire::checksum::data(segment);
            let sum = !smoltcp::wire::checksum::combine(&[pseudo, sum]);
            segment[16..18].copy_from_slice(&sum.to_be_bytes());
        }
        vec![(port, forged), (port, frame)]
    });
    let (report, network) = with(TCP, 0, None, tamper);
    assert_eq!(report.result, Result::Up, "{report:?}");
    assert_eq!(network.prober.statistics().failed, 0);
}

#[test]
fn fragments_and_redirects_are_ignored() {
    let tamper: Tamper = Box::new(|port, frame| {
        let mut fragment = frame.clone();
        if frame[12..14] == [8, 0] {
            fragment[14 + 6] = 0x20;
            let header = &mut fragment[14..34];
            header[10..12].fill(0);
            let sum = !smoltcp::wire::checksum::data(header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        vec![(port, fragment), (port, frame)]
    });
    let (report, network) = with(Kind::Icmp, 0, None, tamper);
    assert_eq!(report.result, Result::Up, "{report:?}");
    assert!(network.prober.statistics().refused.fragment > 0);
}

#[test]
fn an_unreachable_port_is_told_by_the_servers_icmp() {
    let (report, _) = with(
        TCP,
        0,
        None,
        Box::new(|port, frame| {
            if frame[12..14] != [8, 0] {
                return vec![(port, frame)];
            }
            // The server's SYN-ACK turned into an error that quotes the SYN.
            let mut quote = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0];
            quote.extend(&frame[30..34]);
            quote.extend(&frame[26..30]);
            quote.extend([&frame[36..38], &frame[34..36], &[0; 4][..]].concat());
            let mut message = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &quote].concat();
            let sum = !smoltcp::wire::checksum::data(&message);
            message[2..4].copy_from_slice(&sum.to_be_bytes());
            let mut header = vec![
                0x45,
                0,
                0,
                20 + message.len() as u8,
                0,
                0,
                0,
                0,
                64,
                1,
                0,
                0,
            ];
            header.extend(&frame[26..34]);
            let sum = !smoltcp::wire::checksum::data(&header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            vec![(port, [&frame[..14], &header, &message].concat())]
        }),
    );
    assert_eq!(report.result, Result::Down);
    assert!(
        report.why.contains("destination unreachable, code 3"),
        "{report:?}"
    );
}

/// A prober with one probe of each kind under way, and the frames of it.
fn busy() -> (Prober, Vec<Vec<u8>>) {
    let mut prober = Prober::new(station(), 3);
    let kinds = [Kind::Arp, Kind::Icmp, TCP];
    let checks = shared().into_iter().flat_map(|family| {
        kinds.clone().map(|kind| Check {
            address: Some(family),
            ..check(kind)
        })
    });
    prober.configure(vec![target(10, 3, checks.collect())], 0);
    let mut frames = Vec::new();
    let mut now = 0;
    while frames.len() < 6 {
        now = prober.poll(now, &mut |_, frame| {
            frames.push(frame.to_vec());
            true
        });
    }
    (prober, frames)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// No frame whatever makes it panic, and what does not come from the server changes nothing.
    #[test]
    fn garbage_is_survived(
        tails in prop::collection::vec((any::<bool>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..200)), 1..20),
    ) {
        let (mut prober, _) = busy();
        for (ours, port, tail) in &tails {
            let mut frame = tail.clone();
            if *ours && frame.len() >= 12 {
                frame[..6].copy_from_slice(&HOST_MAC);
                frame[6..12].copy_from_slice(&[2, 0, 0, 0, 2, 10]);
            }
            prober.receive(SECOND, if *ours { 3 } else { *port }, &frame);
        }
        prober.poll(SECOND, &mut |_, _| true);
        prop_assert_eq!(prober.statistics().passed, 0);
    }

    /// Nor do its own probes, sent back with bytes changed and ends cut.
    #[test]
    fn mutated_probes_are_survived(
        changes in prop::collection::vec((0usize..6, 0usize..90, any::<u8>(), 0usize..200), 1..40),
    ) {
        let (mut prober, frames) = busy();
        for (which, at, value, length) in changes {
            let mut frame = frames[which].clone();
            frame[..6].copy_from_slice(&HOST_MAC);
            frame[6..12].copy_from_slice(&[2, 0, 0, 0, 2, 10]);
            if let Some(byte) = frame.get_mut(at) {
                *byte = value;
            }
            frame.truncate(length);
            prober.receive(SECOND, 3, &frame);
        }
        prober.poll(SECOND, &mut |_, _| true);
        let statistics = prober.statistics();
        prop_assert_eq!(statistics.passed, 0);
    }
}

#[test]
fn a_flood_of_segments_does_not_fill_the_way_out() {
    let (mut prober, frames) = busy();
    let syn = frames
        .iter()
        .find(|frame| frame[12..14] == [8, 0] && frame[23] == 6)
        .unwrap();
    // From the server to the station, with right checksums: addresses and ports change places.
    let mut segment = syn.clone();
    segment[..6].copy_from_slice(&HOST_MAC);
    segment[6..12].copy_from_slice(&[2, 0, 0, 0, 2, 10]);
    segment[26..30].copy_from_slice(&syn[30..34]);
    segment[30..34].copy_from_slice(&syn[26..30]);
    segment[34..36].copy_from_slice(&syn[36..38]);
    segment[36..38].copy_from_slice(&syn[34..36]);
    // Sequence number and checksum: to a port of nobody.
    let port = u16::from_be_bytes([segment[36], segment[37]]);
    segment[36..38].copy_from_slice(&port.wrapping_sub(1000).to_be_bytes());
    let sum = u16::from_be_bytes([segment[50], segment[51]]);
    let (sum, carry) = sum.overflowing_add(1000);
    segment[50..52].copy_from_slice(&(sum + u16::from(carry)).to_be_bytes());
    for _ in 0..10_000 {
        prober.receive(SECOND, 3, &segment);
    }
    assert_eq!(prober.statistics().refused.unexpected, 10_000);
    let mut sent = 0;
    prober.poll(SECOND, &mut |_, _| {
        sent += 1;
        true
    });
    assert!((100..=600).contains(&sent), "{sent}");
    assert_eq!(prober.statistics().frames_lost, 10_000 - 512);
}
