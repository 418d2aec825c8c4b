//! `flowswitch save`: the running configuration back into its file.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use clap::Args;
use flowswitch_api::{ApplyRequest, ConfigurationText, FORMAT};
use tempfile::NamedTempFile;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::daemon_socket::SocketOption;
use super::failure::{Failure, read_text};
use super::plain::plain;
use super::print::print;

/// Writes the running configuration, with its comments and the states of members as they are now, into the daemon's file.
///
/// The file appears whole or stays as it was.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Save {
    #[command(flatten)]
    socket: SocketOption,
    /// Write to this file rather than the daemon's own; - is standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite what was changed in the file and never applied.
    #[arg(long, conflicts_with = "output")]
    force: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch save
  flowswitch save --output backup.toml";

impl Save {
    pub(super) fn run(self) -> Result<(), Failure> {
        let client = self.socket.client()?;
        let running = client.configuration()?;
        let mut unsaved = false;
        let path = match &self.output {
            Some(path) if path.as_os_str() == "-" => return to_standard_output(&running.text),
            Some(path) => path.clone(),
            None => {
                let configuration = client.status()?.configuration;
                unsaved = configuration.unsaved;
                if configuration.unconfirmed.is_some() {
                    return Err(Failure::failed_with(
                        "the running configuration is not confirmed: it may be taken back",
                        "run `flowswitch confirm` first, or name another file with --output",
                    ));
                }
                let path = file(running.file.as_deref())?;
                if !self.force {
                    unchanged(&path, &running.text)?;
                }
                path
            }
        };
        write_whole(&path, running.text.as_bytes()).map_err(|error| {
            Failure::file(
                error.kind(),
                format!("{} cannot be written: {error}", path.display()),
                "run it as a user who may write there, or name another file with --output",
            )
        })?;
        print(format_args!("saved to {}", path.display()))?;
        if unsaved && let Err(error) = client.apply(&request(running)) {
            let error = plain(&format!("{error}; {}", error.remedy()));
            eprintln!("the daemon goes by the saved states from its next reload on: {error}");
        }
        Ok(())
    }
}

/// Has the daemon take the states for the configuration's own, as they are in the file now. Nothing changes on the card.
fn request(saved: ConfigurationText) -> ApplyRequest {
    ApplyRequest {
        format: FORMAT,
        file: saved.file,
        text: saved.text,
        dry_run: false,
        confirm_timeout_ms: None,
        yes: false,
    }
}

/// The file that the daemon has its configuration from at its start.
fn file(name: Option<&str>) -> Result<PathBuf, Failure> {
    let remedy = "name a file with --output";
    let Some(name) = name else {
        let message = "the running configuration came from no file";
        return Err(Failure::wrong(message, remedy));
    };
    let path = PathBuf::from(name);
    // Relative to the folder that the daemon was started in, which is not this one.
    if path.is_absolute() {
        Ok(path)
    } else {
        let message = format!("the daemon's file has no whole path: {}", plain(name));
        Err(Failure::wrong(message, remedy))
    }
}

/// Refuses if the file says something else than what runs, states of members apart.
fn unchanged(path: &Path, running: &str) -> Result<(), Failure> {
    if !path.exists() {
        return Ok(());
    }
    let there = read_text(path)?;
    let same = match (without_states(&there), without_states(running)) {
        (Some(there), Some(running)) => there == running,
        _ => false,
    };
    if same {
        return Ok(());
    }
    Err(Failure::failed_with(
        format!("{} was changed and does not run", path.display()),
        "apply it first (`flowswitch diff` shows how it differs), overwrite it with --force, or name another file with --output",
    ))
}

/// A configuration without the states of its members; none if it is no TOML.
fn without_states(text: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    remove_states(document.as_table_mut());
    Some(document.to_string())
}

fn remove_states(table: &mut dyn TableLike) {
    table.remove("state");
    for (_, item) in table.iter_mut() {
        match item {
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| remove_states(table)),
            Item::Value(Value::Array(values)) => {
                let tables = values.iter_mut().filter_map(Value::as_inline_table_mut);
                tables.for_each(|table| remove_states(table));
            }
            _ => {}
        }
    }
}

fn to_standard_output(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = if out.is_terminal() {
        let mut lines = text.lines();
        lines.try_for_each(|line| writeln!(out, "{}", plain(&line.replace('\t', "    "))))
    } else {
        out.write_all(text.as_bytes())
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}

/// Replaces a file in one step, with the rights of the one before. A link goes on to point where it points.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    match fs::metadata(&path) {
        Ok(before) => {
            // Only root may give a file away; else it is the one's who saved it.
            let _ = chown(file.path(), Some(before.uid()), Some(before.gid()));
            file.as_file().set_permissions(before.permissions())?;
        }
        Err(_) => (file.as_file()).set_permissions(fs::Permissions::from_mode(0o644))?,
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::without_states;

    #[test]
    fn states_alone_make_no_difference() {
        let file = "# ours\n[[cluster]]\nname = \"web\"\n[[cluster.server]]\nname = \"a\" # first\nweight = 2\n";
        let drained = file.replace("weight = 2\n", "weight = 2\nstate = \"drain\"\n");
        assert_ne!(file, drained);
        assert_eq!(without_states(file), without_states(&drained));
        for other in ["weight = 2\n", "# first", "# ours\n"] {
            let changed = file.replace(other, "");
            assert_ne!(without_states(file), without_states(&changed), "{other}");
        }
        assert_eq!(without_states("name = "), None);
    }
}
