use proptest::prelude::*;
use simple_dns::rdata::{A, AAAA, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, RCODE, ResourceRecord};

use super::Dns;
use crate::check::DnsCheck;
use crate::talk::{Talk, Verdict};

const ID: u16 = 0x1234;

fn talk(expect: Option<&str>) -> Dns {
    let check = DnsCheck {
        port: 53,
        name: "www.example.com".to_owned(),
        record: "A".to_owned(),
        expect: expect.map(|expect| expect.parse().expect("an address")),
    };
    Dns::new(&check, 0xabcd_0000 + u64::from(ID)).expect("a question")
}

/// An answer with some addresses.
fn answer(id: u16, code: RCODE, addresses: &[RData<'static>], flags: PacketFlag) -> Vec<u8> {
    let mut packet = Packet::new_reply(id);
    packet.set_flags(flags);
    *packet.rcode_mut() = code;
    let name = Name::new("www.example.com").expect("a name");
    for address in addresses {
        let record = ResourceRecord::new(name.clone(), CLASS::IN, 60, address.clone());
        packet.answers.push(record);
    }
    packet.build_bytes_vec_compressed().expect("it fits")
}

fn judged(expect: Option<&str>, datagram: &[u8]) -> Option<Verdict> {
    let mut talk = talk(expect);
    assert_eq!(talk.step(&[], false, &mut Vec::new()), None);
    talk.step(datagram, false, &mut Vec::new())
}

fn addresses() -> Vec<RData<'static>> {
    let ipv6 = u128::from(std::net::Ipv6Addr::LOCALHOST);
    vec![
        RData::A(A {
            address: 0xc000_0201,
        }),
        RData::A(A {
            address: 0xc000_0202,
        }),
        RData::AAAA(AAAA { address: ipv6 }),
    ]
}

#[test]
fn the_question() {
    let mut sent = Vec::new();
    let mut talk = talk(None);
    assert_eq!(talk.step(&[], false, &mut sent), None);
    let expected = [
        &[0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0][..],
        b"\x03www\x07example\x03com\x00\x00\x01\x00\x01",
    ];
    assert_eq!(sent, expected.concat());
    // It is sent once.
    assert_eq!(talk.step(b"", false, &mut sent), None);
    assert_eq!(sent.len(), expected.concat().len());
    let root = DnsCheck {
        port: 53,
        name: ".".to_owned(),
        record: "NS".to_owned(),
        expect: None,
    };
    let mut sent = Vec::new();
    let talk = Dns::new(&root, 1)
        .expect("a question")
        .step(&[], false, &mut sent);
    assert_eq!((talk, &sent[12..]), (None, &[0, 0, 2, 0, 1][..]));
}

#[test]
fn the_code_and_the_address_decide() {
    let none = PacketFlag::empty();
    let good = answer(ID, RCODE::NoError, &addresses(), none);
    assert_eq!(judged(None, &good), Some(Verdict::pass("3 records")));
    let found = judged(Some("192.0.2.2"), &good).expect("a verdict");
    assert_eq!(found, Verdict::pass("3 records, 192.0.2.2 among them"));
    assert!(judged(Some("::1"), &good).is_some_and(|verdict| verdict.passed));
    let missing = judged(Some("192.0.2.9"), &good).expect("a verdict");
    assert_eq!(
        missing,
        Verdict::fail("192.0.2.9 is not among the 3 records")
    );
    // Nothing of that name is an answer too.
    let empty = answer(ID, RCODE::NoError, &[], none);
    assert_eq!(judged(None, &empty), Some(Verdict::pass("0 records")));
    for (code, word) in [
        (RCODE::NameError, "NXDOMAIN"),
        (RCODE::ServerFailure, "SERVFAIL"),
        (RCODE::Refused, "REFUSED"),
        (RCODE::NotImplemented, "NOTIMP"),
        (RCODE::FormatError, "FORMERR"),
        (RCODE::NOTAUTH, "another error code"),
    ] {
        let verdict = judged(None, &answer(ID, code, &addresses(), none)).expect("a verdict");
        assert!(
            !verdict.passed && verdict.message.contains(word),
            "{verdict:?}"
        );
    }
}

#[test]
fn a_truncated_answer_is_good_unless_an_address_is_missing() {
    let cut = PacketFlag::TRUNCATION;
    let whole = answer(ID, RCODE::NoError, &addresses(), cut);
    assert_eq!(
        judged(None, &whole),
        Some(Verdict::pass("3 records, truncated"))
    );
    assert!(judged(Some("192.0.2.1"), &whole).is_some_and(|verdict| verdict.passed));
    let missing = judged(Some("192.0.2.9"), &whole).expect("a verdict");
    assert!(
        !missing.passed && missing.message.contains("truncated"),
        "{missing:?}"
    );
    // Some end in the middle of a record.
    let half = &whole[..whole.len() - 5];
    assert!(judged(None, half).is_some_and(|verdict| verdict.passed));
    assert!(judged(Some("192.0.2.1"), half).is_some_and(|verdict| !verdict.passed));
    let failure = answer(ID, RCODE::ServerFailure, &addresses(), cut);
    assert!(judged(None, &failure[..failure.len() - 5]).is_some_and(|verdict| !verdict.passed));
}

#[test]
fn what_was_not_asked_for_is_passed_over() {
    let good = answer(ID, RCODE::NoError, &addresses(), PacketFlag::empty());
    let spoofed = answer(ID + 1, RCODE::NoError, &addresses(), PacketFlag::empty());
    let mut question = Vec::new();
    let mut talk = talk(None);
    assert_eq!(talk.step(&[], false, &mut question), None);
    // Another id, an echo of the question, too little.
    for datagram in [&spoofed[..], &question, &good[..2], b"x"] {
        assert_eq!(talk.step(datagram, false, &mut Vec::new()), None);
    }
    let verdict = talk.step(&good, false, &mut Vec::new());
    assert_eq!(verdict, Some(Verdict::pass("3 records")));
    let cut = judged(None, &good[..good.len() - 5]).expect("a verdict");
    assert!(
        !cut.passed && cut.message.contains("cannot be read"),
        "{cut:?}"
    );
}

proptest! {
    #[test]
    fn no_datagram_makes_it_fail_otherwise(
        flip in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
        expect in prop::option::of(Just("192.0.2.9")),
    ) {
        let mut datagram = answer(ID, RCODE::NoError, &addresses(), PacketFlag::empty());
        for (place, value) in flip {
            let place = place.index(datagram.len());
            datagram[place] = value;
        }
        datagram.truncate(end.index(datagram.len() + 1));
        if let Some(verdict) = judged(expect, &datagram) {
            prop_assert!(datagram.len() >= 3 && verdict.message.len() < 200);
        }
    }

    #[test]
    fn no_bytes_make_it_fail_otherwise(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let datagram = [&ID.to_be_bytes()[..], &[0x80], &bytes].concat();
        prop_assert!(judged(None, &datagram).is_some());
    }
}
