//! `flowswitch reg`: registers by name.

use clap::{Args, Subcommand};
use flowswitch_driver::register_map::{self, Place};
use flowswitch_driver::{Card, Device, Error};
use serde_json::json;

use super::failure::Failure;
use super::open::DeviceOption;
use super::print::{print, print_json};
use super::text::table;
use crate::report::FORMAT;

/// Reads and writes the card's registers by name.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct RegisterCommand {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLE: &str = "\
Example:
  flowswitch reg list
  flowswitch reg read forwarding.fdb_age --device vfio:0000:01:00.0
  flowswitch reg write port[2].bpdu_to_host 1 --device vfio:0000:01:00.0";

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists all registers with their offsets, fields and access.
    #[command(after_help = "Example:\n  flowswitch reg list")]
    List(List),
    /// Reads a register or a field.
    #[command(
        after_help = "Example:\n  flowswitch reg read host.rx.tail --device vfio:0000:01:00.0"
    )]
    Read(Read),
    /// Writes a register or a field; a field's register is read first if it can be.
    #[command(
        after_help = "Example:\n  flowswitch reg write forwarding.fdb_age 300 --device vfio:0000:01:00.0"
    )]
    Write(Write),
}

#[derive(Debug, Args)]
struct List {
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Read {
    /// The register, or one of its fields: NAME or NAME.FIELD.
    #[arg(value_name = "NAME[.FIELD]")]
    name: String,
    #[command(flatten)]
    device: DeviceOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Write {
    /// The register, or one of its fields: NAME or NAME.FIELD.
    #[arg(value_name = "NAME[.FIELD]")]
    name: String,
    /// The value: decimal, or hexadecimal with 0x.
    #[arg(value_parser = number)]
    value: u32,
    #[command(flatten)]
    device: DeviceOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

fn number(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| "write a number of 32 bits, as in 300 or 0x12c".to_owned())
}

/// The place that a name stands for, or the nearest names.
fn find(name: &str) -> Result<Place, Failure> {
    register_map::find(name).map_err(|error| {
        let remedy = match error.nearest() {
            Some(nearest) => {
                format!("did you mean `{nearest}`? `flowswitch reg list` shows all names")
            }
            None => "`flowswitch reg list` shows all names".to_owned(),
        };
        Failure::wrong(error, &remedy)
    })
}

/// Reads a register of this program's own map.
pub(super) fn read_named<D: Device>(card: &mut Card<D>, name: &str) -> Result<u32, Error> {
    let place = register_map::find(name)?;
    card.read_register(&place)
}

impl RegisterCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::List(list) => list.run(),
            Action::Read(read) => read.run(),
            Action::Write(write) => write.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let registers = register_map::REGISTERS.iter();
        if self.json {
            let registers = registers.map(|register| {
                let fields = register.fields.iter().map(|field| {
                    json!({
                        "name": field.name,
                        "low": field.low,
                        "width": field.width,
                        "access": field.access.to_string(),
                        "description": field.description,
                    })
                });
                json!({
                    "name": register.name,
                    "offset": register.offset,
                    "description": register.description,
                    "fields": fields.collect::<Vec<_>>(),
                })
            });
            return print_json(
                &json!({"format": FORMAT, "registers": registers.collect::<Vec<_>>()}),
            );
        }
        let rows = registers.flat_map(|register| {
            register.fields.iter().map(|field| {
                [
                    format!("{:#06x}", register.offset),
                    format!("{}.{}", register.name, field.name),
                    format!("{}:{}", field.low + field.width - 1, field.low),
                    field.access.to_string(),
                    field.description.to_owned(),
                ]
            })
        });
        print(table(
            ["offset", "name", "bits", "access", "meaning"],
            rows.collect(),
        ))
    }
}

impl Read {
    fn run(self) -> Result<(), Failure> {
        let place = find(&self.name)?;
        let mut card = self.device.open()?;
        let value = card.read_register(&place)?;
        let fields = fields_of(&place, value);
        if self.json {
            let fields: serde_json::Map<_, _> = fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            return print_json(&json!({
                "format": FORMAT, "name": self.name, "offset": place.offset, "value": value, "fields": fields,
            }));
        }
        print(format_args!("{} = {value:#x} ({value})", self.name))?;
        for (name, value) in fields {
            print(format_args!("  {name} = {value:#x} ({value})"))?;
        }
        Ok(())
    }
}

/// The fields of a whole register's value.
fn fields_of(place: &Place, value: u32) -> Vec<(&'static str, u32)> {
    if place.field.is_some() {
        return Vec::new();
    }
    let fields = place.register.fields.iter();
    fields
        .filter(|field| field.access.readable())
        .map(|field| {
            let mask = u32::MAX >> (32 - u32::from(field.width));
            (field.name, value >> field.low & mask)
        })
        .collect()
}

impl Write {
    fn run(self) -> Result<(), Failure> {
        let place = find(&self.name)?;
        let mut card = self.device.open()?;
        card.write_register(&place, self.value)?;
        if self.json {
            return print_json(&json!({
                "format": FORMAT, "name": self.name, "offset": place.offset, "written": self.value,
            }));
        }
        print(format_args!("{} written: {:#x}", self.name, self.value))
    }
}
