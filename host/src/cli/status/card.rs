//! What a card tells of itself when no daemon is asked.

use std::path::Path;

use flowswitch_driver::image::SERVERS;
use flowswitch_driver::tables::MemberEntry;
use flowswitch_driver::{Card, Device, Error};
use serde_json::{Value, json};

use crate::cli::failure::{Failure, read_config};
use crate::cli::open::DeviceOption;
use crate::cli::print::{print, print_json};
use crate::cli::progress::Busy;
use crate::cli::text::{fields, table};
use crate::image::{self, Plan};
use crate::numbering;
use crate::report::FORMAT;

/// A member that the card has.
struct Found {
    number: u16,
    name: Option<String>,
    entry: MemberEntry,
    /// Of a server.
    live_flows: Option<u32>,
}

/// Reads a card and prints what it holds.
pub(super) fn run(device: &DeviceOption, config: Option<&Path>, json: bool) -> Result<(), Failure> {
    let config = config.map(read_config).transpose()?;
    let mut card = match &config {
        Some(config) => device.open_for(config.switch.ports)?,
        None => device.open()?,
    };
    let busy = Busy::new("reading the card's tables");
    let plan = match &config {
        Some(config) => {
            let numbers = numbering::of_card(&mut card, config)?;
            Some(image::plan_keeping(config, &numbers)?)
        }
        None => None,
    };
    let members = members(&mut card, plan.as_ref())?;
    let links = card.link_up()?;
    let links: Vec<bool> = (0..card.capabilities().ports)
        .map(|port| links >> port & 1 == 1)
        .collect();
    let generation = card.generation()?;
    let digest = format!("{:016x}", card.configuration()?);
    let live_flows = card.flow_counters()?.live();
    drop(busy);
    let name = device.device.to_string();
    if json {
        return print_json(&json!({
            "format": FORMAT,
            "device": name,
            "generation": generation,
            "digest": digest,
            "live_flows": live_flows,
            "links": links,
            "members": members.iter().map(as_json).collect::<Vec<_>>(),
        }));
    }
    let links: Vec<String> = (links.iter().enumerate())
        .map(|(port, up)| format!("{port} {}", if *up { "up" } else { "DOWN" }))
        .collect();
    let head = fields([
        ("card", format!("{name}: {live_flows} live flows")),
        ("links", links.join(", ")),
        (
            "configuration",
            match generation {
                0 => "none: it was never configured".to_owned(),
                odd if odd % 2 == 1 => format!("generation {odd}: an update that was not ended"),
                even => format!("generation {even}, digest {digest}"),
            },
        ),
    ]);
    print(if members.is_empty() {
        format!("{head}\n\nno servers, no routers")
    } else {
        format!("{head}\n\n{}", as_text(&members))
    })
}

fn members<D: Device>(card: &mut Card<D>, plan: Option<&Plan>) -> Result<Vec<Found>, Error> {
    let sizes = *card.capabilities();
    let named = |number: u16| {
        let planned = plan?.servers.iter().chain(&plan?.routers);
        let mut planned = planned.filter(|member| member.number == number);
        planned.next().map(|member| member.name.clone())
    };
    let mut members = Vec::new();
    for number in (0..sizes.servers).chain(SERVERS..SERVERS + sizes.routers) {
        let Some(entry) = card.read_entry::<Option<MemberEntry>>(number.into())? else {
            continue;
        };
        let live_flows = if number < SERVERS {
            Some(card.server_flows(number)?.live())
        } else {
            None
        };
        members.push(Found {
            number,
            name: named(number),
            entry,
            live_flows,
        });
    }
    Ok(members)
}

fn kind(number: u16) -> &'static str {
    if number < SERVERS { "server" } else { "router" }
}

fn as_json(found: &Found) -> Value {
    let member = &found.entry.member;
    json!({
        "number": found.number,
        "kind": kind(found.number),
        "name": found.name,
        "mac": member.mac.to_string(),
        "port": found.entry.port,
        "logical_port": member.logical_port,
        "up": member.up,
        "up_on_link": member.up_on_link,
        "draining": member.drains(),
        "weight": member.weight,
        "live_flows": found.live_flows,
    })
}

fn as_text(members: &[Found]) -> String {
    let header = [
        "number", "kind", "name", "up", "drains", "weight", "flows", "port", "MAC",
    ];
    let yes = |yes| if yes { "yes" } else { "no" }.to_owned();
    let row = |found: &Found| {
        let member = &found.entry.member;
        [
            found.number.to_string(),
            kind(found.number).to_owned(),
            found.name.clone().unwrap_or_else(|| "-".to_owned()),
            yes(member.up),
            yes(member.drains()),
            member.weight.to_string(),
            found
                .live_flows
                .map_or_else(|| "-".to_owned(), |flows| flows.to_string()),
            found.entry.port.to_string(),
            member.mac.to_string(),
        ]
    };
    table(header, members.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use flowswitch_driver::Card;
    use flowswitch_driver::fake::FakeDevice;

    use super::{as_json, as_text, members};
    use crate::config::Config;
    use crate::image::plan;

    #[test]
    fn members_as_the_card_holds_them() {
        let text = include_str!("../../../examples/least-load.toml");
        let config = Config::parse("least-load.toml", text).expect("an example");
        let plan = plan(&config).expect("it has room");
        let mut card = Card::open(FakeDevice::new(config.switch.ports)).expect("a card");
        assert!(members(&mut card, Some(&plan)).expect("members").is_empty());
        card.program(&plan.image).expect("it takes the image");
        let named = members(&mut card, Some(&plan)).expect("members");
        assert_eq!(named.len(), plan.image.members.len());
        for (found, planned) in named.iter().zip(plan.servers.iter().chain(&plan.routers)) {
            let member = &plan.image.members[&planned.number];
            let json = as_json(found);
            assert_eq!(json["name"], planned.name);
            assert_eq!(json["mac"], member.mac.to_string());
            assert_eq!(json["draining"], member.drains());
            assert_eq!(json["weight"], member.weight);
        }
        let kinds: Vec<_> = named
            .iter()
            .map(|found| as_json(found)["kind"].clone())
            .collect();
        let servers = kinds.iter().filter(|kind| *kind == "server").count();
        assert_eq!(servers, plan.servers.len());
        let unnamed = members(&mut card, None).expect("members");
        assert!(unnamed.iter().all(|found| found.name.is_none()));
        for text in [as_text(&named), as_text(&unnamed)] {
            assert!(
                text.lines().all(|line| line.chars().count() <= 100),
                "{text}"
            );
        }
    }
}
