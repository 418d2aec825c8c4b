//! What the station itself is asked.

use flowswitch_health::{Kind, Prober};

use crate::network::{HOST_MAC, Network, SECOND, check, station, target};

const ASKER: [u8; 6] = [2, 0, 0, 0, 9, 9];

/// The frames that answer one.
fn answers(frame: &[u8]) -> Vec<Vec<u8>> {
    let mut prober = Prober::new(station(), 1);
    let ours = prober.receive(0, 5, frame);
    let mut answers = Vec::new();
    prober.poll(0, &mut |port, frame| {
        assert_eq!(port, 5);
        answers.push(frame.to_vec());
        true
    });
    assert_eq!(ours, !answers.is_empty());
    answers
}

fn arp(sender: [u8; 4], asked: [u8; 4]) -> Vec<u8> {
    let mut frame = [
        &[0xff; 6][..],
        &ASKER,
        &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1],
        &ASKER,
    ]
    .concat();
    frame.extend(sender);
    frame.extend([0; 6]);
    frame.extend(asked);
    frame.resize(60, 0);
    frame
}

#[test]
fn who_has_its_address_is_told() {
    // From a server that has but the shared address, from a client, from one that looks for duplicates.
    for sender in [[192, 31, 65, 1], [192, 31, 65, 77], [0; 4]] {
        let answers = answers(&arp(sender, [192, 31, 65, 5]));
        let [answer] = &answers[..] else {
            panic!("{answers:?}")
        };
        assert_eq!(answer[..6], ASKER);
        assert_eq!(answer[6..12], HOST_MAC);
        assert_eq!(answer[20..22], [0, 2]);
        assert_eq!(answer[22..28], HOST_MAC);
        assert_eq!(answer[28..32], [192, 31, 65, 5]);
        assert_eq!(answer[32..38], ASKER);
        assert_eq!(answer[38..42], sender);
    }
    // In a VLAN, it answers there.
    let mut tagged = arp([192, 31, 65, 1], [192, 31, 65, 5]);
    tagged.splice(12..12, [0x81, 0, 0x60, 9]);
    let tagged = answers(&tagged);
    assert_eq!(tagged[0][12..16], [0x81, 0, 0, 9]);
    assert_eq!(tagged[0].len(), 64);
}

#[test]
fn other_questions_and_claims_of_its_address_are_not_answered() {
    assert!(answers(&arp([192, 31, 65, 1], [192, 31, 65, 6])).is_empty());
    assert!(answers(&arp([192, 31, 65, 5], [192, 31, 65, 5])).is_empty());
    assert!(answers(&arp([192, 31, 65, 1], [192, 31, 65, 5])[..41]).is_empty());
}

#[test]
fn servers_find_it_by_both_families() {
    // Their stacks do not answer an echo before they know its MAC.
    let mut network = Network::new();
    network.server(10, 3, Some(5));
    for family in ["192.31.65.1", "2001:db8:65::1"] {
        let mut checked = target(10, 3, vec![check(Kind::Icmp)]);
        checked.address = family.parse().unwrap();
        checked.vlan = Some(5);
        network.configure(vec![checked]);
        network.run(4 * SECOND);
    }
    assert_eq!(network.prober.statistics().answered, 2);
    assert!(network.prober.statistics().passed > 4);
}

#[test]
fn it_answers_echoes() {
    let mut network = Network::new();
    network.server(10, 3, None);
    network.configure(vec![target(10, 3, vec![check(Kind::Icmp)])]);
    network.run(SECOND);
    let (_, probe) = network
        .sent
        .iter()
        .find(|(_, frame)| frame[12..14] == [8, 0])
        .unwrap();
    // Its own request, from somewhere else and to itself.
    let mut request = probe.clone();
    request[..6].copy_from_slice(&HOST_MAC);
    request[6..12].copy_from_slice(&ASKER);
    request[26..30].copy_from_slice(&probe[30..34]);
    request[30..34].copy_from_slice(&probe[26..30]);
    let answers = answers(&request);
    let [answer] = &answers[..] else {
        panic!("{answers:?}")
    };
    assert_eq!(answer[..6], ASKER);
    assert_eq!(answer[26..34], probe[26..34]);
    assert_eq!(answer[34], 0);
    assert_eq!(answer[38..], request[38..]);
    // To an address that is not its own, or with a wrong checksum: no answer.
    let mut other = request.clone();
    other[33] += 1;
    other[25] -= 1;
    assert!(self::answers(&other).is_empty());
    request[60] ^= 1;
    assert!(self::answers(&request).is_empty());
}
