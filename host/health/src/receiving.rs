//! Frames that came: whose they are, and what they say.

use std::net::IpAddr;

use smoltcp::wire::{IpProtocol, TcpPacket};

use crate::echo::Message;
use crate::frame::{self, Frame, Place};
use crate::neighbour::Neighbour;
use crate::packet::{Packet, PacketError};
use crate::probe::{Exchange, Key, parse_datagram};
use crate::prober::Prober;
use crate::refusal;
use crate::statistics::Refused;
use crate::talk::Verdict;

/// What became of a frame.
enum Outcome {
    /// A probe took it.
    Accepted,
    /// It was answered for the station.
    Answered,
    /// It was not taken, and this says where that is counted.
    Refused(fn(&mut Refused) -> &mut u64),
}

const MALFORMED: Outcome = Outcome::Refused(|refused| &mut refused.malformed);
const NOT_OURS: Outcome = Outcome::Refused(|refused| &mut refused.not_ours);
const FRAGMENT: Outcome = Outcome::Refused(|refused| &mut refused.fragment);

impl Prober {
    /// Takes a frame that came by the host ring from this network port, with its tag if it has one. True if it was the
    /// answer of a probe or otherwise for the station; what is to be answered leaves with the next [`poll`](Self::poll).
    pub fn receive(&mut self, now_ns: u64, port: u8, frame: &[u8]) -> bool {
        self.clock.advance(now_ns);
        match self.take(port, frame) {
            Outcome::Accepted => self.statistics.accepted += 1,
            Outcome::Answered => self.statistics.answered += 1,
            Outcome::Refused(counter) => {
                *counter(&mut self.statistics.refused) += 1;
                return false;
            }
        }
        true
    }

    fn take(&mut self, port: u8, bytes: &[u8]) -> Outcome {
        let Some(frame) = Frame::parse(port, bytes) else {
            return MALFORMED;
        };
        let to_us = frame.destination == self.station.mac;
        let to_group = frame.destination[0] & 1 != 0;
        if !(to_us || to_group) || frame.place.mac == self.station.mac {
            return NOT_OURS;
        }
        match Neighbour::parse(&frame) {
            Some(Neighbour::Request { asked, from, mac }) => {
                let answer = self
                    .station
                    .answer_neighbour(&frame.place, mac, asked, from);
                return self.answer(&frame.place, answer, NOT_OURS);
            }
            Some(Neighbour::Answer { claimed, mac, to }) if to_us => {
                return self.take_neighbour(&frame.place, claimed, mac, to);
            }
            _ if !to_us => return NOT_OURS,
            _ => {}
        }
        if frame.ethertype == frame::ARP {
            return MALFORMED;
        }
        match Packet::parse(frame.ethertype, frame.payload) {
            Ok(packet) if self.station.has(packet.destination) => {
                self.take_packet(&frame.place, &packet)
            }
            Ok(_) | Err(PacketError::Other) => NOT_OURS,
            Err(PacketError::Malformed) => MALFORMED,
            Err(PacketError::Fragment) => FRAGMENT,
        }
    }

    fn take_packet(&mut self, place: &Place, packet: &Packet<'_>) -> Outcome {
        match packet.protocol {
            IpProtocol::Icmp | IpProtocol::Icmpv6 => match Message::parse(packet) {
                Some(message) => self.take_message(place, packet, message),
                None => MALFORMED,
            },
            IpProtocol::Tcp => self.take_segment(place, packet),
            IpProtocol::Udp => self.take_datagram(place, packet),
            _ => NOT_OURS,
        }
    }

    fn take_neighbour(
        &mut self,
        place: &Place,
        claimed: IpAddr,
        mac: [u8; 6],
        to: IpAddr,
    ) -> Outcome {
        let mut taken = false;
        for serial in self.waiting_for(Key::Neighbour(*place, claimed)) {
            let ours = self
                .probes
                .get(&serial)
                .is_some_and(|probe| probe.ends.own_address == to);
            if ours && mac == place.mac {
                taken = true;
                self.finish(serial, Some(Verdict::pass("it answers")), None);
            }
        }
        if taken {
            Outcome::Accepted
        } else {
            self.unexpected(place)
        }
    }

    fn take_message(
        &mut self,
        place: &Place,
        packet: &Packet<'_>,
        message: Option<Message<'_>>,
    ) -> Outcome {
        match message {
            Some(Message::Request {
                identifier,
                sequence,
                data,
            }) => {
                let answer = self
                    .station
                    .answer_echo(place, packet, (identifier, sequence), data);
                self.answer(place, answer, NOT_OURS)
            }
            Some(Message::Reply {
                identifier,
                sequence,
                data,
            }) => {
                let Some(serial) = self.probe_of(Key::Echo(identifier), place, packet) else {
                    return self.unexpected(place);
                };
                let same = self.probes.get(&serial).is_some_and(|probe| {
                    matches!(&probe.exchange, Exchange::Echo { data: sent, .. } if sent == data)
                });
                let verdict = if same && sequence == 1 {
                    Verdict::pass("it answers")
                } else {
                    Verdict::fail("the echo holds other data than the request")
                };
                self.finish(serial, Some(verdict), None);
                Outcome::Accepted
            }
            Some(Message::Unreachable {
                code,
                protocol,
                source,
                destination,
                port,
            }) => {
                let key = match protocol {
                    IpProtocol::Tcp => Key::Tcp(port),
                    IpProtocol::Udp => Key::Udp(port),
                    _ => return self.unexpected(place),
                };
                let found = self.waiting_for(key).into_iter().find(|serial| {
                    self.probes.get(serial).is_some_and(|probe| {
                        let ends = &probe.ends;
                        ends.place == *place
                            && ends.own_address == source
                            && ends.address == destination
                    })
                });
                let Some(serial) = found else {
                    return self.unexpected(place);
                };
                let message = format!("refused: ICMP destination unreachable, code {code}");
                self.finish(serial, Some(Verdict::fail(message)), None);
                Outcome::Accepted
            }
            None => self.unexpected(place),
        }
    }

    fn take_segment(&mut self, place: &Place, packet: &Packet<'_>) -> Outcome {
        let Ok(segment) = TcpPacket::new_checked(packet.payload) else {
            return MALFORMED;
        };
        if !packet.checksum_is_right() {
            return MALFORMED;
        }
        let now = self.clock.now();
        if let Some(serial) = self.probe_of(Key::Tcp(segment.dst_port()), place, packet)
            && let Some(probe) = self.probes.get_mut(&serial)
            && let Exchange::Tcp {
                connection, talk, ..
            } = &mut probe.exchange
        {
            let verdict = connection.receive(now, packet.bytes, talk.as_mut());
            self.carry_on(serial, verdict);
            return Outcome::Accepted;
        }
        let refused = self.unexpected(place);
        if self.places.contains(place) {
            let answer = refusal::reset(packet)
                .map(|(ethertype, bytes)| frame::build(place, self.station.mac, ethertype, &bytes));
            if let Some(frame) = answer {
                self.outbox.push_answer(place.port, frame);
            }
        }
        refused
    }

    fn take_datagram(&mut self, place: &Place, packet: &Packet<'_>) -> Outcome {
        let Some((from, to, data)) = parse_datagram(packet) else {
            return MALFORMED;
        };
        let Some(serial) = self.probe_of(Key::Udp(to), place, packet) else {
            return self.unexpected(place);
        };
        let Some(probe) = self.probes.get_mut(&serial) else {
            return self.unexpected(place);
        };
        let ends = probe.ends;
        let Exchange::Udp { talk, port, remote } = &mut probe.exchange else {
            return self.unexpected(place);
        };
        if from != *remote {
            return self.unexpected(place);
        }
        let mut more = Vec::new();
        let verdict = talk.step(data, false, &mut more);
        if !more.is_empty()
            && let Some(frame) = ends.datagram(*port, *remote, &more)
        {
            self.outbox.push(serial, ends.place.port, frame);
        }
        self.carry_on(serial, verdict);
        Outcome::Accepted
    }

    /// The running probe that waits for this and whose ends are those of the packet.
    fn probe_of(&self, key: Key, place: &Place, packet: &Packet<'_>) -> Option<u64> {
        self.waiting_for(key).into_iter().find(|serial| {
            self.probes
                .get(serial)
                .is_some_and(|probe| probe.ends.holds(place, packet))
        })
    }

    fn waiting_for(&self, key: Key) -> Vec<u64> {
        self.waiting
            .range((key, 0)..=(key, u64::MAX))
            .map(|(_, serial)| *serial)
            .collect()
    }

    fn answer(&mut self, place: &Place, answer: Option<Vec<u8>>, otherwise: Outcome) -> Outcome {
        match answer {
            Some(frame) => {
                // If too many wait already, it is lost and counted there.
                self.outbox.push_answer(place.port, frame);
                Outcome::Answered
            }
            None => otherwise,
        }
    }

    /// Nobody waits for it.
    fn unexpected(&self, place: &Place) -> Outcome {
        if self.places.contains(place) {
            Outcome::Refused(|refused| &mut refused.unexpected)
        } else {
            Outcome::Refused(|refused| &mut refused.stranger)
        }
    }
}
