//! `flowswitch device info`.

use clap::Args;
use flowswitch_driver::counters::{FlowCounters, PortCounters};
use flowswitch_driver::flows::FlowStatus;
use flowswitch_driver::rings::control::{HostCounters, HostStatus};
use flowswitch_driver::{Capabilities, Card, Device, Error};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::open::DeviceOption;
use crate::cli::print::{print, print_json};
use crate::cli::register::read_named;
use crate::cli::text::table;
use crate::report::FORMAT;

#[derive(Debug, Args)]
pub(super) struct Info {
    #[command(flatten)]
    device: DeviceOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What a card tells of itself.
struct Facts {
    device: String,
    version: (u32, u32),
    sizes: Capabilities,
    generation: u32,
    configuration: u64,
    links: u8,
    flow_status: FlowStatus,
    flows: FlowCounters,
    /// Its clock in kHz, state and counters, if it has rings.
    rings: Option<(u32, HostStatus, HostCounters)>,
    /// By port, the host's last.
    ports: Vec<PortCounters>,
}

impl Info {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut card = self.device.open()?;
        let facts = Facts::read(self.device.device.to_string(), &mut card)?;
        if self.json {
            print_json(&facts.as_json())
        } else {
            print(facts.text())
        }
    }
}

impl Facts {
    fn read<D: Device>(device: String, card: &mut Card<D>) -> Result<Self, Error> {
        let sizes = *card.capabilities();
        let rings = sizes
            .rings
            .then(|| -> Result<_, Error> {
                Ok((
                    card.core_clock_khz()?,
                    card.host_status()?,
                    card.host_counters()?,
                ))
            })
            .transpose()?;
        Ok(Self {
            device,
            version: (
                read_named(card, "version.major")?,
                read_named(card, "version.minor")?,
            ),
            sizes,
            generation: card.generation()?,
            configuration: card.configuration()?,
            links: card.link_up()?,
            flow_status: card.flow_status()?,
            flows: card.flow_counters()?,
            rings,
            ports: (0..=sizes.ports)
                .map(|port| card.port_counters(port))
                .collect::<Result<_, _>>()?,
        })
    }

    fn holds(&self) -> String {
        match self.generation {
            0 => "nothing: it was never configured".to_owned(),
            odd if odd % 2 == 1 => format!("generation {odd}: an update that was not ended"),
            even => format!(
                "generation {even}, configuration {:016x}",
                self.configuration
            ),
        }
    }

    fn text(&self) -> String {
        let sizes = &self.sizes;
        let mut lines = vec![
            format!("device       {}", self.device),
            format!(
                "interface    FSW1, version {}.{}",
                self.version.0, self.version.1
            ),
            format!(
                "card         {} ports, {} look-up engine(s), {} beats a queue",
                sizes.ports, sizes.engines, sizes.queue_beats
            ),
            format!(
                "room for     {} services, {} servers, {} routers, {} logical ports, {} addresses,",
                sizes.services, sizes.servers, sizes.routers, sizes.logical_ports, sizes.vips
            ),
            format!(
                "             {} buckets, {} flows, {} learned stations",
                1u64 << sizes.buckets_log2,
                1u64 << sizes.flows_log2,
                4u64 << sizes.fdb_sets_log2
            ),
            format!("holds        {}", self.holds()),
            format!(
                "flows        {}, {} live, {} inserted, {} refused",
                match (self.flow_status.ready, self.flow_status.pressure) {
                    (false, _) => "not remembered (no seed)",
                    (true, false) => "remembered",
                    (true, true) => "remembered, table over three quarters full",
                },
                self.flows.live(),
                self.flows.inserted,
                self.flows.refused
            ),
        ];
        match &self.rings {
            None => {
                lines.push("rings        none: the shell has a DMA engine of its own".to_owned())
            }
            Some((khz, status, counters)) => {
                let state = |running: bool| if running { "runs" } else { "off" };
                lines.push(format!("core clock   {:.3} MHz", f64::from(*khz) / 1e3));
                lines.push(format!(
                    "rings        receive {}, transmit {}{}",
                    state(status.receive_running),
                    state(status.transmit_running),
                    if status.busy {
                        ", transactions under way"
                    } else {
                        ""
                    }
                ));
                for (name, stop) in [
                    ("receive", &status.receive_error),
                    ("transmit", &status.transmit_error),
                ] {
                    if let Some(stop) = stop {
                        lines.push(format!("             {name} stopped: {stop}"));
                    }
                }
                lines.push(format!(
                    "to the host  {} received, {} off, {} limited, {} lost, {} truncated",
                    counters.received,
                    counters.off,
                    counters.limited.iter().sum::<u64>(),
                    counters.lost,
                    counters.truncated
                ));
                lines.push(format!(
                    "from host    {} transmitted, {} failed",
                    counters.transmitted, counters.transmit_failed
                ));
            }
        }
        let row = |(port, counters): (usize, &PortCounters)| {
            let host = port == usize::from(sizes.ports);
            [
                if host {
                    "host".to_owned()
                } else {
                    port.to_string()
                },
                match (host, self.links >> port.min(7) & 1) {
                    (true, _) => "-",
                    (false, 1) => "up",
                    (false, _) => "down",
                }
                .to_owned(),
                counters.received.frames.to_string(),
                counters.received.bytes.to_string(),
                counters.transmitted.frames.to_string(),
                counters.transmitted.bytes.to_string(),
            ]
        };
        let ports = table(
            [
                "port",
                "link",
                "frames in",
                "bytes in",
                "frames out",
                "bytes out",
            ],
            self.ports.iter().enumerate().map(row).collect(),
        );
        format!("{}\n\n{ports}", lines.join("\n"))
    }

    fn as_json(&self) -> Value {
        let sizes = &self.sizes;
        let rings = self.rings.as_ref().map(|(khz, status, counters)| {
            json!({
                "core_clock_khz": khz,
                "busy": status.busy,
                "receive_running": status.receive_running,
                "transmit_running": status.transmit_running,
                "receive_error": status.receive_error.as_ref().map(ToString::to_string),
                "transmit_error": status.transmit_error.as_ref().map(ToString::to_string),
                "received": counters.received,
                "off": counters.off,
                "lost": counters.lost,
                "truncated": counters.truncated,
                "transmitted": counters.transmitted,
                "transmit_failed": counters.transmit_failed,
                "refused": counters.refused,
                "limited": counters.limited,
            })
        });
        let port = |(port, counters): (u8, &PortCounters)| {
            let host = port == sizes.ports;
            json!({
                "port": if host { json!("host") } else { json!(port) },
                "link_up": (!host).then_some(self.links >> port.min(7) & 1 == 1),
                "frames_in": counters.received.frames,
                "bytes_in": counters.received.bytes,
                "frames_out": counters.transmitted.frames,
                "bytes_out": counters.transmitted.bytes,
            })
        };
        let ports: Vec<Value> = (0u8..).zip(&self.ports).map(port).collect();
        json!({
            "format": FORMAT,
            "device": self.device,
            "identity": "FSW1",
            "version": format!("{}.{}", self.version.0, self.version.1),
            "capabilities": {
                "ports": sizes.ports,
                "engines": sizes.engines,
                "services": sizes.services,
                "servers": sizes.servers,
                "routers": sizes.routers,
                "logical_ports": sizes.logical_ports,
                "addresses": sizes.vips,
                "buckets": 1u64 << sizes.buckets_log2,
                "flows": 1u64 << sizes.flows_log2,
                "learned_stations": 4u64 << sizes.fdb_sets_log2,
                "queue_beats": sizes.queue_beats,
                "rings": sizes.rings,
            },
            "generation": self.generation,
            "configuration": format!("{:016x}", self.configuration),
            "flows": {
                "ready": self.flow_status.ready,
                "pressure": self.flow_status.pressure,
                "live": self.flows.live(),
                "inserted": self.flows.inserted,
                "removed": self.flows.removed,
                "refused": self.flows.refused,
            },
            "rings": rings,
            "ports": ports,
        })
    }
}
