//! A question to a name server.

use std::net::IpAddr;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE};

use crate::check::DnsCheck;
use crate::talk::{Talk, Verdict};

/// A question and its answer over UDP.
pub(super) struct Dns {
    id: u16,
    /// What is sent first, then empty.
    question: Vec<u8>,
    expect: Option<IpAddr>,
}

impl Dns {
    /// # Errors
    /// What is asked for is no name or no record.
    pub(super) fn new(check: &DnsCheck, random: u64) -> Result<Self, String> {
        let record = match check.record.as_str() {
            "A" => TYPE::A,
            "AAAA" => TYPE::AAAA,
            "NS" => TYPE::NS,
            "SOA" => TYPE::SOA,
            "TXT" => TYPE::TXT,
            other => return Err(format!("\"{other}\" is no record that can be asked for")),
        };
        let wrong = |error: simple_dns::SimpleDnsError| {
            format!("\"{}\" cannot be asked for: {error}", check.name)
        };
        let id = random as u16;
        let name = Name::new(&check.name).map_err(wrong)?;
        let mut packet = Packet::new_query(id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        let question = Question::new(name, QTYPE::TYPE(record), CLASS::IN.into(), false);
        packet.questions.push(question);
        Ok(Self {
            id,
            question: packet.build_bytes_vec().map_err(wrong)?,
            expect: check.expect,
        })
    }

    fn judge(&self, packet: &Packet<'_>) -> Verdict {
        let fault = match packet.rcode() {
            RCODE::NoError => None,
            RCODE::FormatError => Some("FORMERR: it did not understand the question"),
            RCODE::ServerFailure => Some("SERVFAIL: it could not answer"),
            RCODE::NameError => Some("NXDOMAIN: there is no such name"),
            RCODE::NotImplemented => Some("NOTIMP: it does not answer such questions"),
            RCODE::Refused => Some("REFUSED: it does not answer this host"),
            _ => Some("an answer with another error code"),
        };
        if let Some(fault) = fault {
            return Verdict::fail(fault);
        }
        let truncated = packet.has_flags(PacketFlag::TRUNCATION);
        let count = packet.answers.len();
        let Some(expect) = self.expect else {
            let truncated = if truncated { ", truncated" } else { "" };
            return Verdict::pass(format!("{count} records{truncated}"));
        };
        let addresses = packet
            .answers
            .iter()
            .filter_map(|record| match &record.rdata {
                RData::A(address) => Some(IpAddr::from(address.address.to_be_bytes())),
                RData::AAAA(address) => Some(IpAddr::from(address.address.to_be_bytes())),
                _ => None,
            });
        if addresses.into_iter().any(|address| address == expect) {
            return Verdict::pass(format!("{count} records, {expect} among them"));
        }
        match truncated {
            true => Verdict::fail(format!("{expect} is not in the answer, which is truncated")),
            false => Verdict::fail(format!("{expect} is not among the {count} records")),
        }
    }
}

impl Talk for Dns {
    fn step(&mut self, received: &[u8], _closed: bool, send: &mut Vec<u8>) -> Option<Verdict> {
        send.append(&mut self.question);
        // Another id, or no answer at all: not what was asked for, so the right one may still come.
        let id = received
            .first_chunk::<2>()
            .map(|id| u16::from_be_bytes(*id));
        let is_answer = received.get(2).is_some_and(|flags| flags & 0x80 != 0);
        if id != Some(self.id) || !is_answer {
            return None;
        }
        Some(match Packet::parse(received) {
            Ok(packet) => self.judge(&packet),
            // A truncated answer may end in the middle of a record; its code stands before.
            Err(_) if received.len() >= 12 && received[2] & 2 != 0 => {
                match (received[3] & 15, self.expect) {
                    (0, None) => Verdict::pass("truncated"),
                    (0, Some(expect)) => {
                        Verdict::fail(format!("{expect} is not in the answer, which is truncated"))
                    }
                    (code, _) => Verdict::fail(format!("truncated, error code {code}")),
                }
            }
            Err(error) => Verdict::fail(format!("its answer cannot be read: {error}")),
        })
    }
}

#[cfg(test)]
mod tests;
