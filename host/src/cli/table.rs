//! `flowswitch table`: what the card's tables hold.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use flowswitch_driver::tables::Table;
use flowswitch_driver::{Difference, Row};
use serde_json::{Value, json};

use super::amount::counted;
use super::apply::open_with_plan;
use super::failure::Failure;
use super::open::DeviceOption;
use super::print::{print, print_json};
use super::progress::Progress;
use super::text;
use crate::report::FORMAT;

/// The name of the bucket pool, which is no table behind the table registers.
const BUCKET: &str = "bucket";

/// Dumps the card's tables, and compares them with a configuration.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct TableCommand {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLE: &str = "\
Example:
  flowswitch table dump member --device vfio:0000:01:00.0
  flowswitch table verify bucket --config my.toml --device vfio:0000:01:00.0";

#[derive(Debug, Subcommand)]
enum Action {
    /// Reads a table from the card: decoded columns and raw words of the entries in use.
    #[command(after_help = "Example:\n  flowswitch table dump service --device vfio:0000:01:00.0")]
    Dump(Dump),
    /// Compares a table of the card with a configuration. The status is 1 if they differ.
    #[command(
        after_help = "Example:\n  flowswitch table verify member --config my.toml --device vfio:0000:01:00.0"
    )]
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Dump {
    /// The table: its name or number on the page of tables, or bucket.
    #[arg(value_name = "NAME", value_parser = which)]
    table: Which,
    #[command(flatten)]
    device: DeviceOption,
    /// Show entries that are not in use, too.
    #[arg(long)]
    all: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Verify {
    /// The table: its name or number on the page of tables, or bucket.
    #[arg(value_name = "NAME", value_parser = which)]
    table: Which,
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    device: DeviceOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// A table behind the table registers, or the bucket pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Table(Table),
    Buckets,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Table(table) => table.name(),
            Self::Buckets => BUCKET,
        }
    }
}

/// The table of a name or number; else the nearest name is told.
fn which(text: &str) -> Result<Which, String> {
    if text == BUCKET {
        return Ok(Which::Buckets);
    }
    let numbered = |table: &Table| (*table as u8).to_string() == text;
    if let Some(table) = Table::by_name(text).or_else(|| Table::ALL.into_iter().find(numbered)) {
        return Ok(Which::Table(table));
    }
    let names = Table::ALL.into_iter().map(Table::name).chain([BUCKET]);
    let nearest = names
        .clone()
        .max_by(|a, b| strsim::jaro_winkler(a, text).total_cmp(&strsim::jaro_winkler(b, text)));
    let names: Vec<&str> = names.collect();
    Err(format!(
        "no such table; did you mean `{}`? They are {}",
        nearest.unwrap_or(BUCKET),
        names.join(", ")
    ))
}

impl TableCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::Dump(dump) => dump.run(),
            Action::Verify(verify) => verify.run(),
        }
    }
}

impl Dump {
    fn run(self) -> Result<(), Failure> {
        let mut card = self.device.open()?;
        let mut rows: Vec<Row> = Vec::new();
        let mut unused = 0u64;
        let keep = |row: &Row| {
            if row.used || self.all {
                rows.push(row.clone());
            } else {
                unused += 1;
            }
        };
        let progress = Progress::of(&mut card);
        match self.table {
            Which::Table(table) => card.dump(table, keep)?,
            Which::Buckets => {
                let pool = 0..1u32 << card.capabilities().buckets_log2;
                card.dump_buckets(pool, keep)?
            }
        };
        drop(progress);
        let words = match self.table {
            Which::Table(table) => table.words(),
            Which::Buckets => 1,
        };
        if self.json {
            let rows: Vec<Value> = rows.iter().map(|row| as_json(row, words)).collect();
            return print_json(&json!({
                "format": FORMAT,
                "device": self.device.device.to_string(),
                "table": self.table.name(),
                "entries": rows,
                "unused": unused,
            }));
        }
        if !rows.is_empty() {
            print(as_text(&rows, words))?;
        }
        print(format_args!(
            "{}: {} entries{}",
            self.table.name(),
            rows.len(),
            if self.all {
                String::new()
            } else {
                format!(" in use, {unused} not shown (--all)")
            }
        ))
    }
}

fn as_json(row: &Row, words: usize) -> Value {
    let fields: serde_json::Map<_, _> = (row.fields.iter())
        .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
        .collect();
    let raw: Vec<String> = row.words[..words]
        .iter()
        .map(|word| format!("{word:08x}"))
        .collect();
    json!({"index": row.index, "used": row.used, "fields": fields, "words": raw})
}

/// Words and fields that stand beside each other in a line.
const WORDS_BESIDE: usize = 3;
const FIELDS_BESIDE: usize = 6;

fn as_text(rows: &[Row], words: usize) -> String {
    let names = rows.iter().max_by_key(|row| row.fields.len());
    let names = names.iter().flat_map(|row| &row.fields);
    let names: Vec<&str> = names.map(|(name, _)| *name).collect();
    let index = |row: &Row| vec![row.index.to_string()];
    let fields = |row: &Row| -> Vec<String> {
        let value = |name: &&str| {
            let field = row.fields.iter().find(|(other, _)| other == name);
            field.map_or_else(String::new, |(_, value)| value.clone())
        };
        names.iter().map(value).collect()
    };
    let raw = |row: &Row| {
        // Zeros at the end say nothing.
        let last = row.words[..words].iter().rposition(|word| *word != 0);
        let raw = row.words[..=last.unwrap_or(0)].iter();
        let raw: Vec<String> = raw.map(|word| format!("{word:08x}")).collect();
        vec![raw.join(" ")]
    };
    let table = |header: &[&[&str]], line: &dyn Fn(&Row) -> Vec<String>| {
        text::table(header.concat(), rows.iter().map(line).collect())
    };
    if words <= WORDS_BESIDE && names.len() <= FIELDS_BESIDE {
        return table(&[&["index"], &names, &["words"]], &|row| {
            [index(row), fields(row), raw(row)].concat()
        });
    }
    let decoded = table(&[&["index"], &names], &|row| {
        [index(row), fields(row)].concat()
    });
    let raw = table(&[&["index", "words"]], &|row| {
        [index(row), raw(row)].concat()
    });
    format!("{decoded}\n{raw}")
}

impl Verify {
    fn run(self) -> Result<(), Failure> {
        let (mut card, plan) = open_with_plan(&self.config, &self.device)?;
        let progress = Progress::of(&mut card);
        let differences = card.verify(&plan.image)?;
        drop(progress);
        let ours = |difference: &&Difference| match self.table {
            Which::Table(table) => difference.table() == Some(table),
            Which::Buckets => matches!(difference, Difference::Bucket { .. }),
        };
        let lines: Vec<String> = (differences.iter())
            .filter(ours)
            .map(ToString::to_string)
            .collect();
        let (device, table) = (&self.device.device, self.table.name());
        if self.json {
            print_json(&json!({
                "format": FORMAT,
                "device": device.to_string(),
                "table": table,
                "config": self.config.display().to_string(),
                "same": lines.is_empty(),
                "differences": lines,
            }))?;
        } else if lines.is_empty() {
            print(format_args!(
                "{table}: {device} holds what the configuration asks for"
            ))?;
        } else {
            for line in &lines {
                print(text::wrapped(line))?;
            }
            print(format_args!(
                "{table}: {}",
                counted(lines.len(), "difference")
            ))?;
        }
        if lines.is_empty() {
            Ok(())
        } else {
            Err(Failure::No)
        }
    }
}
