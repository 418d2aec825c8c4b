//! What the thread does again and again: frames to and from the prober, what the card reports, states that change.

use std::time::{Duration, Instant};

use flowswitch_api::EventKind;
use flowswitch_driver::image::{BucketRange, Image, SERVERS};
use flowswitch_driver::rings::Events;
use flowswitch_driver::{Card, Device, Error, Report};

use super::desired::cluster_range;
use super::health::{Place, Told};
use super::line::Line;
use super::opener::Opener;
use super::owner::{Ended, Notice, Owner};
use crate::config::AllDown;

/// The card is asked whether it is there at least so often.
const ROUND: Duration = Duration::from_secs(1);
/// After events that changed nothing the next is not waited for during this time.
const QUIET: Duration = Duration::from_millis(10);
/// Events that go by no other kind, and their names.
const NAMES: [(Events, &str); 9] = [
    (Events::MEMBER_LOST, "member-lost"),
    (Events::NO_SERVER, "no-server"),
    (Events::FLOW_REFUSED, "flow-refused"),
    (Events::FLOW_PRESSURE, "flow-pressure"),
    (Events::STATION_MOVED, "station-moved"),
    (Events::FORGED_SOURCE, "forged-source"),
    (Events::ADDRESS_CONFLICT, "address-conflict"),
    (Events::FLOW_CONFLICT, "flow-conflict"),
    (Events::PUNT_DROPPED, "punt-dropped"),
];
/// What frames are called that the prober did not want.
const UNWANTED: &str = "frames for the host that nobody asked for";
/// What probes are called that found no room.
const NO_ROOM: &str = "probes that found no room in the transmit ring";

impl<O: Opener> Owner<O> {
    /// Does what is due; returns when to look again, in ns since the start.
    pub(super) fn look(&mut self, line: &mut Line<'_, O::Device>) -> Result<u64, Ended> {
        let began = Instant::now();
        let now = self.now_ns();
        let health = &mut self.health;
        let mut unwanted = 0;
        line.receive(|port, frame| {
            if !health.prober.receive(now, port, frame) {
                unwanted += 1;
            }
        })?;
        self.publisher.refuse(UNWANTED, unwanted);
        if std::mem::take(&mut self.counts.events_told) {
            self.take_events(line)?;
        }
        let (mut failed, mut full) = (None, 0);
        let mut next =
            self.health
                .prober
                .poll(now, &mut |port, frame| match line.send(port, frame) {
                    Ok(true) => true,
                    Ok(false) => {
                        full += 1;
                        false
                    }
                    Err(error) => {
                        failed = Some(error);
                        false
                    }
                });
        self.publisher.refuse(NO_ROOM, full);
        if let Some(error) = failed {
            Self::loss(error)?;
        }
        self.follow_health(line, began)?;
        if let Some(weights) = self.follow_weights(line)? {
            next = next.min(weights);
        }
        let next = next.min(self.make_round(line)?).min(self.deadline_ns());
        Ok(next.min(self.ns_of(self.counts.quiet_until)))
    }

    /// A time to come in ns since the start; never, if there is none or it is over.
    fn ns_of(&self, at: Option<Instant>) -> u64 {
        let ahead = at.and_then(|at| at.checked_duration_since(Instant::now()));
        ahead.map_or(u64::MAX, |ahead| self.now_ns() + ahead.as_nanos() as u64)
    }

    /// Whether events are to end the wait.
    pub(super) fn events_wanted(&self) -> bool {
        self.counts
            .quiet_until
            .is_none_or(|until| until <= Instant::now())
    }

    /// Sees once in a while that the card answers; returns when next.
    fn make_round(&mut self, line: &mut Line<'_, O::Device>) -> Result<u64, Ended> {
        let now = Instant::now();
        if self.counts.next_round.is_none_or(|next| next <= now) {
            self.counts.next_round = Some(now + ROUND);
            self.card.generation = line.card().generation()?;
            // A card that was reset has no digest, even if somebody has written an entry to it since.
            let lost = self.card.digest != 0 && line.card().configuration()? == 0;
            if self.card.generation == 0 || lost {
                return Err(Error::Reset.into());
            }
            // An interrupt that told of events may have been lost.
            self.take_events(line)?;
            self.look_at_links(line)?;
            self.notify(Notice::Answered);
        }
        let next = self.counts.next_round.unwrap_or(now);
        let ahead = next.saturating_duration_since(now).as_nanos() as u64;
        Ok(self.now_ns() + ahead)
    }

    fn take_events(&mut self, line: &mut Line<'_, O::Device>) -> Result<(), Ended> {
        let events = line.events()?;
        if events.is_empty() {
            return Ok(());
        }
        for (event, name) in NAMES {
            if events.contains(event) {
                self.publisher.tell_card(name);
            }
        }
        let urgent = Events::LINK | Events::MEMBER_LOST;
        if events.intersects(urgent | Events::NO_SERVER) {
            self.look_at_links(line)?;
        }
        if !events.intersects(urgent) {
            self.counts.quiet_until = Some(Instant::now() + QUIET);
        }
        Ok(())
    }

    /// Takes note of the links, and of what follows from them at once.
    fn look_at_links(&mut self, line: &mut Line<'_, O::Device>) -> Result<(), Ended> {
        let began = Instant::now();
        self.note_links(line.card())?;
        self.follow_health(line, began)
    }

    /// Takes note of the links.
    pub(super) fn note_links<D: Device>(&mut self, card: &mut Card<D>) -> Result<(), Error> {
        let found = card.link_up()?;
        let now = self.now_ns();
        for port in 0..card.capabilities().ports {
            let up = found >> port & 1 == 1;
            let held = self.card.links.get(usize::from(port)).copied();
            if held == Some(up) {
                continue;
            }
            match self.card.links.get_mut(usize::from(port)) {
                Some(link) => *link = up,
                None => self.card.links.push(up),
            }
            self.health.prober.link(port, up, now);
            if held.is_some() || !up {
                self.publisher.tell(EventKind::Link { port, up });
            }
        }
        Ok(())
    }

    /// Brings the card to what the prober found since it was last asked.
    fn follow_health(
        &mut self,
        line: &mut Line<'_, O::Device>,
        began: Instant,
    ) -> Result<(), Ended> {
        let now = self.now_ns();
        let changes = self.health.take_changes(now);
        if changes.is_empty() {
            return Ok(());
        }
        // First the card, then the tale of it.
        let done = self.sync(line, began);
        self.tell_changes(changes);
        done.map(drop)
    }

    /// Tells of servers and routers whose operational state changed.
    pub(super) fn tell_changes(&mut self, changes: Vec<Told>) {
        let config = &self.running.config;
        for change in changes {
            let Some(operational) = change.operational else {
                continue;
            };
            let why = change.why;
            self.publisher.tell(match change.place {
                Place::Server(c, s) => EventKind::Server {
                    cluster: config.clusters[c].name.value.clone(),
                    server: config.clusters[c].servers[s].name.value.clone(),
                    operational,
                    why,
                },
                Place::Router(p, r) => EventKind::Router {
                    router: config.pools[p].routers[r].name.value.clone(),
                    operational,
                    why,
                },
            });
        }
    }

    /// Gives clusters the weights of now, if it is time; returns when next.
    fn follow_weights(&mut self, line: &mut Line<'_, O::Device>) -> Result<Option<u64>, Ended> {
        let (due, next) = self.refresh_base()?;
        if due {
            let desired = self.desire()?;
            self.adjust(line, desired.image)?;
        }
        Ok(next)
    }

    /// Brings the card to what the states make of the configuration; `began` is when the reason for it came.
    pub(super) fn sync(
        &mut self,
        line: &mut Line<'_, O::Device>,
        began: Instant,
    ) -> Result<Report, Ended> {
        let desired = self.desire()?;
        let before = self.held.clone();
        let report = self.adjust(line, desired.image)?;
        let took_us = began.elapsed().as_micros() as u64;
        if let Some(before) = before {
            self.tell_rebuilt(&before, took_us);
        }
        self.tell_all_down(&desired.all_down);
        Ok(report)
    }

    fn adjust(&mut self, line: &mut Line<'_, O::Device>, image: Image) -> Result<Report, Error> {
        let report = match self.held.take() {
            Some(held) => line.card().adjust(Some(&held), &image)?,
            // What it holds may be of another configuration, whose servers have other numbers: it is not only states that
            // differ then.
            None => line.card().program(&image)?,
        };
        self.held = Some(image);
        Ok(report)
    }

    fn tell_rebuilt(&mut self, before: &Image, took_us: u64) {
        let Some(held) = &self.held else { return };
        let config = &self.running.config;
        let mut ranges: Vec<(String, BucketRange)> = Vec::new();
        for (index, cluster) in config.clusters.iter().enumerate() {
            let range = cluster_range(held, index);
            ranges.extend(range.map(|range| (cluster.name.value.clone(), range)));
        }
        let mut router = 0;
        for pool in &config.pools {
            let range = held.pools.get(&router).map(|pool| pool.flows);
            ranges.extend(range.map(|range| (pool.name.value.clone(), range)));
            router += pool.routers.len() as u16;
        }
        debug_assert!(router < SERVERS);
        let mut told = Vec::new();
        for (name, range) in ranges {
            let place = range.base as usize..(range.base as usize + (1 << range.log2));
            let (old, new) = (before.buckets.get(place.clone()), held.buckets.get(place));
            let pairs = old.unwrap_or_default().iter().zip(new.unwrap_or_default());
            let buckets = pairs.filter(|(old, new)| old != new).count() as u64;
            if buckets > 0 {
                told.push(EventKind::Rebuilt {
                    name,
                    buckets,
                    took_us,
                });
            }
        }
        for event in told {
            self.publisher.tell(event);
        }
    }

    /// Tells of clusters whose servers are all down since now, or no longer.
    pub(super) fn tell_all_down(&mut self, all_down: &[bool]) {
        let mut told = Vec::new();
        for (cluster, all_down) in self.running.config.clusters.iter().zip(all_down) {
            let name = cluster.name.value.clone();
            let before = self.all_down.insert(name.clone(), *all_down);
            if before.unwrap_or_default() != *all_down {
                told.push(EventKind::Cluster {
                    cluster: name,
                    all_down: *all_down,
                    action: action(cluster.all_down).to_owned(),
                });
            }
        }
        for event in told {
            self.publisher.tell(event);
        }
    }
}

/// The word of the configuration.
pub(super) fn action(all_down: AllDown) -> &'static str {
    match all_down {
        AllDown::Keep => "keep",
        AllDown::Drop => "drop",
        AllDown::Sorry => "sorry",
    }
}
