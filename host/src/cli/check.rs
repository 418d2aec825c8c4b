//! `flowswitch check`: is a configuration valid, and what of it does the card not do yet?

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::failure::{Failure, read_text};
use super::print::{print, print_json};
use crate::config::{Config, ConfigError};
use crate::demo::CONFIG;
use crate::image;
use crate::report::FORMAT;

/// Checks a configuration and names every error with its line and remedy.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Check {
    /// The configuration.
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    config: Option<PathBuf>,
    /// Print a configuration to begin with, and check nothing.
    #[arg(long, conflicts_with_all = ["config", "json"])]
    example: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch check --example > my.toml
  flowswitch check --config my.toml";

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Some(file) = &self.config else {
            return print(CONFIG.trim_end());
        };
        let name = file.display().to_string();
        let text = read_text(file)?;
        let config = match Config::parse(&name, &text) {
            Ok(config) => config,
            Err(error) if self.json => {
                print_errors(&name, &error)?;
                return Err(Failure::Told);
            }
            Err(error) => return Err(error.into()),
        };
        let plan = image::plan(&config)?;
        if self.json {
            let result = json!({
                "format": FORMAT,
                "config": name,
                "valid": true,
                "errors": [],
                "notes": config.notes,
                "ports": config.switch.ports,
                "logical_ports": plan.image.logical_ports.len(),
                "clusters": config.clusters.len(),
                "addresses": plan.image.vips.len(),
                "server_addresses": plan.image.server_addresses.len(),
                "services": plan.image.services.len(),
                "servers": plan.servers.len(),
                "routers": plan.routers.len(),
                "buckets": plan.image.buckets.len(),
            });
            return print_json(&result);
        }
        print(format_args!(
            "{name}: valid; {} ports, {} logical ports, {} clusters, {} addresses, {} services, {} servers, {} routers, \
             {} buckets",
            config.switch.ports,
            plan.image.logical_ports.len(),
            config.clusters.len(),
            plan.image.vips.len(),
            plan.image.services.len(),
            plan.servers.len(),
            plan.routers.len(),
            plan.image.buckets.len(),
        ))?;
        for note in &config.notes {
            print(format_args!(
                "{name}:{}: note: {}: {}",
                note.line, note.key, note.note
            ))?;
        }
        Ok(())
    }
}

fn print_errors(name: &str, error: &ConfigError) -> Result<(), Failure> {
    let errors: Vec<_> = error
        .problems
        .iter()
        .map(|problem| {
            json!({
                "line": problem.line(),
                "column": problem.column(),
                "message": problem.message(),
                "remedy": problem.remedy(),
            })
        })
        .collect();
    let result = json!({"format": FORMAT, "config": name, "valid": false, "errors": errors,
        "left_out": error.left_out});
    print_json(&result)
}
