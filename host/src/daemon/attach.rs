//! Bringing a card that was opened to what it is to hold.

use flowswitch_api::{DeviceState, EventKind};
use flowswitch_driver::image::SERVERS;
use flowswitch_driver::tables::MemberEntry;
use flowswitch_driver::{Card, Device, Error, Report};

use super::health::Place;
use super::journal::Identity;
use super::opener::Opener;
use super::owner::{Ended, Owner};
use crate::config::format_mac;
use crate::image::{plan, plan_keeping};
use crate::numbering::{Numbers, of_card};

impl<O: Opener> Owner<O> {
    /// Adopts what the card runs, and writes what it lacks.
    pub(super) fn attach<D: Device>(&mut self, card: &mut Card<D>) -> Result<(), Ended> {
        self.set_state(DeviceState::Attaching, String::new());
        let found = identity(card)?;
        let in_service = card.generation()? != 0;
        let known = found.is_some() && self.identity == found;
        let runs = known || in_service && card.runs(&plan(&self.running.config)?.image)?;
        let numbers = match (known, runs) {
            (true, _) if self.adopted => None,
            (true, _) => Some(self.saved_numbers()),
            // The image that it runs has the numbers of a card that held nothing.
            (false, true) => Some(Numbers::new()),
            (false, false) => Some(of_card(card, &self.running.config)?),
        };
        if let Some(numbers) = numbers {
            self.running.plan = plan_keeping(&self.running.config, &numbers)?;
            self.base = self.running.plan.clone();
        }
        if in_service && !self.adopted {
            self.learn_who_is_down(card)?;
        }
        self.note_links(card)?;
        let now = self.now_ns();
        let changes = self.health.take_changes(now);
        let desired = self.desire()?;
        self.held = None;
        let report = if runs {
            card.adjust(None, &desired.image)?
        } else {
            card.program(&desired.image)?
        };
        self.held = Some(desired.image);
        self.adopted = true;
        self.note_identity(card)?;
        self.settle();
        self.tell_attached(report);
        self.tell_changes(changes);
        self.tell_all_down(&desired.all_down);
        Ok(())
    }

    fn tell_attached(&mut self, report: Report) {
        let action = self.outcome.take();
        if action.is_some() || !report.unchanged {
            self.publisher.tell(EventKind::Configuration {
                action: action.unwrap_or("applied").to_owned(),
                writes: report.writes,
                generation: self.card.generation,
            });
        }
    }

    /// By what the card is known from now on to hold what runs.
    pub(super) fn note_identity<D: Device>(&mut self, card: &mut Card<D>) -> Result<(), Error> {
        self.card.generation = card.generation()?;
        self.card.digest = card.configuration()?;
        self.identity = identity(card)?;
        Ok(())
    }

    /// Numbers that the servers had when the configuration was last written.
    fn saved_numbers(&self) -> Numbers {
        let servers = self.running.config.clusters.iter();
        let servers = servers.flat_map(|cluster| &cluster.servers);
        let known = servers.filter_map(|server| {
            let mac = server.mac.value;
            let number = self.saved.numbers.get(&format_mac(mac)).copied();
            Some((mac, number.filter(|number| *number < SERVERS)?))
        });
        known.collect()
    }

    /// Servers and routers that the card holds to be down, and that only a check can have brought there, are down until they are found to be up.
    fn learn_who_is_down<D: Device>(&mut self, card: &mut Card<D>) -> Result<(), Error> {
        let mut places = Vec::new();
        for (c, cluster) in self.running.config.clusters.iter().enumerate() {
            for (s, server) in cluster.servers.iter().enumerate() {
                let number = self.running.plan.server(&server.name.value);
                places.push((Place::Server(c, s), number, server.mac.value));
            }
        }
        for (p, pool) in self.running.config.pools.iter().enumerate() {
            for (r, router) in pool.routers.iter().enumerate() {
                let number = self.running.plan.router(&router.name.value);
                places.push((Place::Router(p, r), number, router.mac.value));
            }
        }
        for (place, number, mac) in places {
            let Some(number) = number else { continue };
            let entry = card.read_entry::<Option<MemberEntry>>(number.into())?;
            let down = |entry: MemberEntry| {
                entry.member.mac == mac && !entry.member.up && !entry.member.up_on_link
            };
            if entry.is_some_and(down) && !self.is_in_maintenance(place) {
                self.health.assume_down(place);
            }
        }
        Ok(())
    }
}

/// What a card tells of what it was programmed with; none if it is in the middle of that, or was never.
fn identity<D: Device>(card: &mut Card<D>) -> Result<Option<Identity>, Error> {
    let generation = card.generation()?;
    let digest = card.configuration()?;
    let settled = generation != 0 && generation.is_multiple_of(2) && digest != 0;
    Ok(settled.then(|| Identity {
        digest: format!("{digest:016x}"),
        generation,
    }))
}
