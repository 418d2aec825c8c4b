//! What the card has counted, by the names of the configuration.

use flowswitch_api::{
    DropCount, FORMAT, MemberCounts, PortCounts, ProbeCounts, Statistics, Traffic,
};
use flowswitch_driver::counters::{LAST_DROP_REASON, MemberCounters, Traffic as Counted};
use flowswitch_driver::image::SERVERS;
use flowswitch_driver::{Card, Device, Error};
use flowswitch_sim::counters::DROP_REASONS;

use super::failed::Failed;
use super::line::Line;
use super::opener::Opener;
use super::owner::Owner;
use super::publisher::unix_ms;
use crate::config::{Attachment, Config};
use crate::image::PlannedMember;

/// Frames of this reason were consumed, not dropped.
const SWALLOWED: usize = 17;

impl<O: Opener> Owner<O> {
    /// Reads all counters.
    pub(super) fn statistics(
        &mut self,
        line: &mut Line<'_, O::Device>,
    ) -> Result<Statistics, Failed> {
        let card = line.card();
        let config = &self.running.config;
        let plan = &self.running.plan;
        let (ports, drops) = ports_and_drops(card, config)?;
        let flows = card.flow_counters()?;
        Ok(Statistics {
            format: FORMAT,
            unix_ms: unix_ms(),
            card_ns: if card.capabilities().rings {
                card.time_ns()?
            } else {
                0
            },
            ports,
            servers: members(card, &plan.servers)?,
            routers: members(card, &plan.routers)?,
            drops,
            live_flows: flows.live(),
            flows_inserted: flows.inserted,
            flows_refused: flows.refused,
            probes: self.probes(),
        })
    }
}

impl<O: Opener> Owner<O> {
    fn probes(&self) -> ProbeCounts {
        let counted = self.health.prober.statistics();
        ProbeCounts {
            begun: counted.probes,
            abandoned: counted.abandoned,
            frames_refused: counted.refused.total(),
            frames_lost: counted.frames_lost,
            late_p99_us: counted.lateness.quantile_us(990),
        }
    }
}

/// The name of a network port in a configuration, or its number.
pub(super) fn port_name(config: &Config, port: u8) -> String {
    attachment_name(config, Attachment { port, vlan: None })
}

/// The name of what a station is attached to, or its number.
pub(super) fn attachment_name(config: &Config, place: Attachment) -> String {
    let mut ports = config.ports.iter();
    let entry = ports.find(|entry| entry.attachment() == place);
    let name = entry.and_then(|entry| entry.name.as_ref());
    name.map_or_else(|| place.port.to_string(), |name| name.value.clone())
}

fn traffic(counted: Counted) -> Traffic {
    Traffic {
        frames: counted.frames,
        bytes: counted.bytes,
    }
}

fn ports_and_drops<D: Device>(
    card: &mut Card<D>,
    config: &Config,
) -> Result<(Vec<PortCounts>, Vec<DropCount>), Error> {
    let count = card.capabilities().ports;
    let mut ports = Vec::new();
    let mut sums = vec![0u64; LAST_DROP_REASON + 1];
    // The host is the last port.
    for port in 0..=count {
        let drops = card.drop_counters(port)?;
        for (sum, drops) in sums.iter_mut().zip(drops) {
            *sum = sum.wrapping_add(drops);
        }
        if port == count {
            break;
        }
        let counters = card.port_counters(port)?;
        let dropped = drops.iter().enumerate();
        let dropped = dropped.filter(|(reason, _)| *reason != SWALLOWED);
        ports.push(PortCounts {
            port,
            name: port_name(config, port),
            received: traffic(counters.received),
            transmitted: traffic(counters.transmitted),
            dropped: dropped.fold(0, |sum, (_, frames)| sum.wrapping_add(*frames)),
        });
    }
    let reasons = DROP_REASONS.iter().zip(sums.into_iter().skip(1));
    let drops = reasons.map(|(reason, frames)| DropCount {
        reason: (*reason).to_owned(),
        frames,
    });
    Ok((ports, drops.collect()))
}

fn members<D: Device>(
    card: &mut Card<D>,
    members: &[PlannedMember],
) -> Result<Vec<MemberCounts>, Error> {
    let mut counts = Vec::with_capacity(members.len());
    for member in members {
        let MemberCounters { input, output } = card.member_counters(member.number)?;
        counts.push(MemberCounts {
            name: member.name.clone(),
            to: traffic(input),
            from: traffic(output),
            live_flows: if member.number < SERVERS {
                card.server_flows(member.number)?.live().into()
            } else {
                0
            },
        });
    }
    Ok(counts)
}
