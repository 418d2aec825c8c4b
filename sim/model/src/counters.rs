//! Counters: section 6 of the verdicts page.

use crate::outcome::DropReason;
use std::collections::BTreeMap;

/// Index of the drops that count as consumed.
const SWALLOWED: usize = DropReason::Swallowed as usize;

/// Frames and bytes (without FCS) of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames.
    pub frames: u64,
    /// Bytes, FCS not counted.
    pub bytes: u64,
}

impl Traffic {
    pub(crate) fn add(&mut self, bytes: usize) {
        self.frames += 1;
        self.bytes += bytes as u64;
    }

    /// Takes back one [`Traffic::add`].
    pub(crate) fn remove(&mut self, bytes: usize) {
        self.frames = self.frames.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes as u64);
    }
}

/// Counters of one port, the host included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortCounters {
    /// Frames that came by this port (injected ones, for the host), bad ones included.
    pub received: Traffic,
    /// Copies that left by this port.
    pub transmitted: Traffic,
    /// Drops, by reason number, of what had come by this port.
    pub drops: [u64; 32],
    /// Of each frame that had come by this port and left in several copies, these minus one.
    pub copies: u64,
    /// Answers to requests that had come by this port; announcements, for the host.
    pub generated: u64,
    /// Learning steps that frames of this port asked for.
    pub learning_requested: u64,
    /// Learning steps done for this port.
    pub learned: u64,
}

/// The load vector of a server or router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberCounters {
    /// Sent to the member by a unicast verdict, and accepted by the queue.
    pub input: Traffic,
    /// Sent by the member.
    pub output: Traffic,
}

/// All counters of the model. It holds no frame back: nothing is ever in flight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Network ports in order, then the host.
    pub ports: Vec<PortCounters>,
    /// Members that were ever named or counted.
    pub members: BTreeMap<u16, MemberCounters>,
}

impl Counters {
    /// Drops of all ports by reason number.
    pub fn drops(&self) -> [u64; 32] {
        let mut sums = [0; 32];
        for port in &self.ports {
            for (sum, drops) in sums.iter_mut().zip(port.drops) {
                *sum += drops;
            }
        }
        sums
    }

    /// Extra copies of all frames.
    pub fn copies(&self) -> u64 {
        self.ports.iter().map(|port| port.copies).sum()
    }

    /// Answers and announcements.
    pub fn generated(&self) -> u64 {
        self.ports.iter().map(|port| port.generated).sum()
    }

    /// Frames swallowed, and requests whose answers were sent.
    pub fn consumed(&self) -> u64 {
        let network = self
            .ports
            .split_last()
            .map_or(&[][..], |(_, network)| network);
        let answered: u64 = network.iter().map(|port| port.generated).sum();
        answered + self.drops()[SWALLOWED]
    }

    /// Both sides of the conservation law: frames received, injected and generated, and extra copies; frames
    /// transmitted, given to the host, consumed and dropped.
    pub fn conservation(&self) -> (u64, u64) {
        let received: u64 = self.ports.iter().map(|port| port.received.frames).sum();
        let transmitted: u64 = self.ports.iter().map(|port| port.transmitted.frames).sum();
        let drops = self.drops();
        let dropped = drops.iter().sum::<u64>() - drops[SWALLOWED];
        (
            received + self.generated() + self.copies(),
            transmitted + self.consumed() + dropped,
        )
    }

    pub(crate) fn drop_at(&mut self, port: u8, reason: DropReason) {
        if let Some(port) = self.ports.get_mut(usize::from(port)) {
            port.drops[usize::from(reason.number())] += 1;
        }
    }
}
