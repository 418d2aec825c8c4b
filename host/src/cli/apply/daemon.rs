//! Configurations handed to the daemon.

use std::path::Path;

use flowswitch_api::{ApplyRequest, ConfigurationText, Difference, FORMAT};

use super::{Apply, Diff, sentence};
use crate::cli::amount::{counted, span};
use crate::cli::daemon_socket::refused;
use crate::cli::failure::{Failure, read_text};
use crate::cli::plain::{plain, plain_document};
use crate::cli::print::{print, print_document};
use crate::cli::progress::Busy;
use crate::cli::text::table;

/// The file's whole path, as which it is told: the daemon's folder is another.
fn whole_path(file: &Path) -> Option<String> {
    let path = std::fs::canonicalize(file).ok()?;
    path.to_str().map(str::to_owned)
}

/// Has the daemon run a configuration.
pub(super) fn apply(options: &Apply) -> Result<(), Failure> {
    let text = read_text(&options.config)?;
    let request = ApplyRequest {
        format: FORMAT,
        file: whole_path(&options.config),
        text,
        dry_run: options.dry_run,
        confirm_timeout_ms: options.confirm_timeout.map(|time| {
            // An hour at most.
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        }),
        yes: options.yes,
    };
    let name = options.config.display().to_string();
    let busy = Busy::new("waiting for the daemon");
    let client = options.place.client()?;
    let applied = client.apply(&request);
    drop(busy);
    let applied = applied.map_err(|error| refused(error, &name, &request.text))?;
    if options.json {
        return print_document(&applied);
    }
    let applied = plain_document(&applied)?;
    for note in &applied.notes {
        print(format_args!(
            "{name}:{}: note: {}: {}",
            note.line, note.key, note.text
        ))?;
    }
    let generation = applied.generation;
    if applied.unchanged {
        print(format_args!(
            "the card runs this configuration already: nothing to write, generation {generation}"
        ))?;
    } else {
        let written = applied.written;
        let written = sentence(
            applied.dry_run,
            written.entries,
            written.buckets,
            written.settings,
            written.writes,
        );
        print(format_args!("{written}, generation {generation}"))?;
    }
    if let Some(left) = applied.confirm_within_ms {
        let left = span(left);
        print(format_args!(
            "it is taken back in {left}, unless you keep it: flowswitch confirm"
        ))?;
    }
    if applied.dry_run {
        return Ok(());
    }
    // What is not known is not told: the change itself is done.
    let own = client.configuration().ok().and_then(|running| running.file);
    match own {
        Some(own) if Some(&own) != request.file.as_ref() => print(format_args!(
            "the daemon's own file is {}: it runs that at its next start, unless `flowswitch save --force` writes this there",
            plain(&own)
        )),
        _ => Ok(()),
    }
}

/// Has the daemon tell in what a configuration differs from the running one.
pub(super) fn diff(options: &Diff) -> Result<(), Failure> {
    let request = ConfigurationText {
        format: FORMAT,
        file: whole_path(&options.config),
        text: read_text(&options.config)?,
    };
    let name = options.config.display().to_string();
    let differences = options.place.client()?.diff(&request);
    let differences = differences.map_err(|error| refused(error, &name, &request.text))?;
    if options.json {
        print_document(&differences)?;
    } else {
        let plain = plain_document(&differences)?;
        if plain.same {
            print("the card runs this configuration")?;
        } else {
            let row = |difference: &Difference| {
                let value =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
                [
                    difference.key.clone(),
                    value(&difference.from),
                    value(&difference.to),
                ]
            };
            let rows = plain.differences.iter().map(row).collect();
            print(table(["key", "runs", "would be"], rows))?;
            let written = plain.would_write;
            let written = sentence(
                true,
                written.entries,
                written.buckets,
                written.settings,
                written.writes,
            );
            print(format_args!(
                "{}; {written}",
                counted(plain.differences.len(), "difference")
            ))?;
        }
    }
    if differences.same {
        Ok(())
    } else {
        Err(Failure::No)
    }
}
