//! `flowswitch device list`.

use clap::Args;
use flowswitch_driver::vfio::{Function, Host};
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::print::{print, print_json};
use crate::cli::text::table;
use crate::report::FORMAT;

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print the list as JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let functions = Host::default().list().map_err(Failure::failed)?;
        if self.json {
            let functions: Vec<_> = functions.iter().map(as_json).collect();
            return print_json(&json!({"format": FORMAT, "functions": functions}));
        }
        if functions.is_empty() {
            return print(
                "no PCI function here is a Flowswitch card, or could be one\n\
                 load a bitstream and rescan the bus (echo 1 > /sys/bus/pci/rescan); `--device sim` needs no card",
            );
        }
        print(table(
            ["address", "vendor:device", "driver", "group", "state"],
            functions.iter().map(row).collect(),
        ))?;
        for function in &functions {
            if let Err(missing) = &function.state {
                print(format_args!("\n{}: {missing}", function.address))?;
            }
        }
        Ok(())
    }
}

fn row(function: &Function) -> [String; 5] {
    let state = match (&function.state, function.ours) {
        (Ok(()), _) => "ready",
        (Err(_), true) => "not ready, see below",
        (Err(_), false) => "not a card, or not ready",
    };
    [
        function.address.clone(),
        format!("{:04x}:{:04x}", function.vendor, function.device),
        function.driver.clone().unwrap_or_else(|| "-".to_owned()),
        function
            .group
            .map_or_else(|| "-".to_owned(), |group| group.to_string()),
        state.to_owned(),
    ]
}

fn as_json(function: &Function) -> serde_json::Value {
    json!({
        "address": function.address,
        "vendor": format!("{:04x}", function.vendor),
        "device": format!("{:04x}", function.device),
        "ours": function.ours,
        "driver": function.driver,
        "group": function.group,
        "ready": function.state.is_ok(),
        "missing": function.state.as_ref().err().map(ToString::to_string),
    })
}
