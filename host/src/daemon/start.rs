//! What is to run when the daemon begins: the configuration file, what ran before, and a change that was cut off.

use std::path::{Path, PathBuf};

use tracing::{error, info, warn};

use super::journal::{Found, Intent, Journal, JournalError, Text, fingerprint};
use super::publisher::unix_ms;
use super::running::{Running, RunningError};
use crate::config::read_configuration;

/// Why the daemon does not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be read.
    #[error("{}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The configuration is wrong.
    #[error(transparent)]
    Running(#[from] RunningError),
    /// The state folder cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Reads a configuration file.
///
/// # Errors
/// If it is not there, too long, or not text.
pub(super) fn read_file(file: &Path) -> Result<Text, StartError> {
    let failed = |why: String| StartError::File {
        file: file.to_owned(),
        why,
    };
    let bytes = read_configuration(file).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes);
    Ok(Text {
        file: Some(file.display().to_string()),
        text: text.map_err(|_| failed("it is not UTF-8 text".to_owned()))?,
    })
}

/// What is to run, and how that came about.
pub(super) struct Beginning {
    pub running: Running,
    pub found: Found,
    /// The change that stands in the journal until the card holds it.
    pub intent: Option<Intent>,
    /// What became of a change that was cut off: `finished` or `undone`.
    pub outcome: Option<&'static str>,
}

/// Finds out what is to run. Nothing is written but the journal.
///
/// # Errors
/// See [`StartError`].
pub(super) fn begin(journal: &Journal, file: &Path) -> Result<Beginning, StartError> {
    let mut found = journal.read(|path| {
        warn!(path = %path.display(), "a file of the state folder is damaged, or of another version, and left out");
    })?;
    let before = found.running.clone();
    let (mut running, mut outcome) = (None, None);
    if let Some(intent) = found.intent.take() {
        let (text, ended) = resolve(&intent, before.as_ref());
        if ended == "undone" {
            found.saved.undone = Some(fingerprint(&intent.new.text));
            // Before the intent is replaced: it must not be run by the start after this one either.
            journal.save(&found.saved)?;
        }
        warn!("a change of the configuration was cut off; it is {ended}");
        outcome = Some(ended);
        running = text.and_then(|text| accepted(text, found.saved.applied_unix_ms));
    } else if let Some(text) = before.clone() {
        running = accepted(text, found.saved.applied_unix_ms);
    }
    let running = of_file(file, running, found.saved.undone.as_deref())?;
    let unchanged = before.as_ref().map(|text| &text.text) == Some(&running.text.text);
    let intent = (!unchanged || outcome.is_some())
        .then(|| Intent::new(before.clone(), running.text.clone(), None));
    if let Some(intent) = &intent {
        journal.begin(intent)?;
    }
    if !unchanged {
        found.saved.card = None;
    }
    Ok(Beginning {
        running,
        found,
        intent,
        outcome,
    })
}

/// What a change that was cut off comes to: what is to run, and what that is called.
fn resolve(intent: &Intent, running: Option<&Text>) -> (Option<Text>, &'static str) {
    let old = || intent.old.clone().or_else(|| running.cloned());
    // Nobody confirmed it: whoever could, was cut off with it.
    if intent.deadline_unix_ms.is_some() {
        return (old(), "undone");
    }
    match Running::new(intent.new.clone(), 0) {
        Ok(_) => (Some(intent.new.clone()), "finished"),
        Err(error) => {
            error!("the new configuration is not whole: {error}");
            (old(), "undone")
        }
    }
}

fn accepted(text: Text, applied_unix_ms: u64) -> Option<Running> {
    match Running::new(text, applied_unix_ms) {
        Ok(running) => Some(running),
        Err(error) => {
            error!("what ran before is no longer valid, so it is left out: {error}");
            None
        }
    }
}

/// The file's configuration; what ran before if the file is wrong, or was taken back.
fn of_file(
    file: &Path,
    running: Option<Running>,
    undone: Option<&str>,
) -> Result<Running, StartError> {
    let read = read_file(file).and_then(|text| Ok(Running::new(text, unix_ms())?));
    match (read, running) {
        (Ok(new), Some(running)) if new.text.text == running.text.text => Ok(Running {
            text: new.text,
            ..running
        }),
        (Ok(new), Some(running)) if undone == Some(&fingerprint(&new.text.text)) => {
            warn!(
                "{} holds a change that was taken back: what ran before it goes on; apply it again, or reload, to run it",
                new.text.name()
            );
            Ok(running)
        }
        (Ok(new), Some(running)) => {
            let name = new.text.name();
            if let Some(why) = running.config.emptied_by(&new.config) {
                error!(
                    "{name} differs from what ran before, and {why}: what ran goes on; mend the file and reload, or run \
                     `flowswitch apply --yes`"
                );
                return Ok(running);
            }
            info!("{name} differs from what ran before: it is applied");
            Ok(new)
        }
        (Ok(new), None) => Ok(new),
        (Err(error), Some(running)) => {
            error!("{error}: what ran before goes on; mend the file and reload");
            Ok(running)
        }
        (Err(error), None) => Err(error),
    }
}
