//! What checking costs: many servers in real time, with answers made outside the measured time.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpProtocol, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use crate::check::{Check, Kind};
use crate::frame::{self, Frame};
use crate::packet::{self, Packet};
use crate::prober::Prober;
use crate::statistics::ProberStatistics;
use crate::target::{Result, Station, Target, TargetId};

/// The MAC of the one who asks.
const HOST: [u8; 6] = [2, 0, 0, 0, 0, 1];
/// The address that all servers share.
const SHARED: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Servers.
    pub targets: u32,
    /// Servers that were up at the end.
    pub up: u32,
    /// Time that passed.
    pub wall: Duration,
    /// Time of a core that the prober took.
    pub cpu: Duration,
    /// What it counted: probes, and how late they began.
    pub statistics: ProberStatistics,
}

impl Measured {
    /// How much of one core the prober took, in per cent.
    pub fn cpu_percent(&self) -> f64 {
        100.0 * self.cpu.as_secs_f64() / self.wall.as_secs_f64()
    }
}

/// Checks so many servers of one address for so long, each by a TCP connection every second; all answer at once.
/// At most 65,536 are checked. The calling thread sleeps while nothing is due.
pub fn measure(targets: u32, span: Duration) -> Measured {
    let targets = targets.min(1 << 16);
    let station = Station {
        mac: HOST,
        addresses: vec![Ipv4Addr::new(192, 0, 2, 2).into()],
    };
    let mut prober = Prober::new(station, 1);
    prober.configure((0..targets).map(target).collect(), 0);
    let begun = Instant::now();
    let mut cpu = Duration::ZERO;
    let mut frames = Vec::new();
    let mut answers: Vec<(u8, Vec<u8>)> = Vec::new();
    while begun.elapsed() < span {
        let from = cpu_time();
        for (port, answer) in answers.drain(..) {
            prober.receive(nanoseconds(begun), port, &answer);
        }
        let next = prober.poll(nanoseconds(begun), &mut |port, frame| {
            frames.push((port, frame.to_vec()));
            true
        });
        prober.take_changes();
        cpu += cpu_time().saturating_sub(from);
        answers.extend(
            frames
                .drain(..)
                .filter_map(|(port, frame)| Some((port, accept(port, &frame)?))),
        );
        if answers.is_empty() {
            std::thread::sleep(Duration::from_nanos(
                next.saturating_sub(nanoseconds(begun)),
            ));
        }
    }
    let wall = begun.elapsed();
    let up = (0..targets)
        .filter_map(|number| prober.report(TargetId(number), nanoseconds(begun)))
        .filter(|report| report.result == Result::Up)
        .count();
    Measured {
        targets,
        up: up as u32,
        wall,
        cpu,
        statistics: prober.statistics(),
    }
}

fn nanoseconds(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Time that this thread has had of a core.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn target(number: u32) -> Target {
    let [_, _, high, low] = number.to_be_bytes();
    Target {
        id: TargetId(number),
        name: format!("server {number}"),
        mac: [2, 0, 0, 1, high, low],
        port: low & 7,
        vlan: None,
        address: SHARED,
        checks: vec![Check {
            kind: Kind::Tcp { port: 80 },
            address: None,
            interval: Duration::from_secs(1),
            fast_interval: Duration::from_secs(1),
            timeout: Duration::from_millis(500),
            jitter_percent: 10,
            rise: 2,
            fall: 3,
        }],
        slow_start: Duration::ZERO,
    }
}

/// A server's SYN-ACK for a SYN.
fn accept(port: u8, bytes: &[u8]) -> Option<Vec<u8>> {
    let checks = ChecksumCapabilities::default();
    let frame = Frame::parse(port, bytes)?;
    let asked = Packet::parse(frame.ethertype, frame.payload).ok()?;
    let (source, destination) = (asked.source.into(), asked.destination.into());
    let segment = TcpPacket::new_checked(asked.payload).ok()?;
    let syn = TcpRepr::parse(&segment, &source, &destination, &checks).ok()?;
    if syn.control != TcpControl::Syn {
        return None;
    }
    let answer = TcpRepr {
        src_port: syn.dst_port,
        dst_port: syn.src_port,
        seq_number: TcpSeqNumber(17),
        ack_number: Some(syn.seq_number + 1),
        ..syn
    };
    let mut payload = vec![0; answer.buffer_len()];
    answer.emit(
        &mut TcpPacket::new_unchecked(&mut payload[..]),
        &destination,
        &source,
        &checks,
    );
    let (ethertype, packet) = packet::build(
        asked.destination,
        asked.source,
        IpProtocol::Tcp,
        packet::HOP_LIMIT,
        &payload,
    )?;
    Some(frame::build(
        &frame.place,
        frame.destination,
        ethertype,
        &packet,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_up_in_the_end() {
        let measured = measure(64, Duration::from_secs(2));
        // Not all of them on a machine that has much else to do.
        assert!((1..=64).contains(&measured.up), "{measured:?}");
        assert_eq!(measured.statistics.failed, 0);
        // A server is up by a check that it passed.
        assert!(measured.statistics.passed >= u64::from(measured.up));
        assert!(measured.cpu > Duration::ZERO);
    }
}
