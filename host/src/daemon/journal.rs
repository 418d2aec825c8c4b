//! What outlives the daemon: the running configuration, and a change that is under way.
//!
//! Each file is replaced in one step and is on the disk before the next thing happens. `running.toml` is the configuration that was last
//! applied and, if asked for, confirmed. `state.json` has what belongs to it. `intent.json` is there from before the first write of a
//! change until its end.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use flowswitch_api::{Administrative, FORMAT};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

const RUNNING: &str = "running.toml";
const STATE: &str = "state.json";
const INTENT: &str = "intent.json";

/// A configuration as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What it is called in messages.
    pub file: Option<String>,
    /// TOML.
    pub text: String,
}

/// What belongs to the running configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Version of the file.
    pub format: u32,
    /// Which text it belongs to.
    pub fingerprint: String,
    /// What that text is called.
    pub file: Option<String>,
    /// When it was applied, in ms since 1970.
    pub applied_unix_ms: u64,
    /// By what the card is known to hold it.
    pub card: Option<Identity>,
    /// Numbers of the servers on the card, by MAC.
    pub numbers: BTreeMap<String, u16>,
    /// What the operator wants of servers, where that is not what the text says.
    pub servers: BTreeMap<String, Administrative>,
    /// The same of routers.
    pub routers: BTreeMap<String, Administrative>,
    /// Fingerprint of a text that was taken back: it is not run again by itself.
    pub undone: Option<String>,
}

/// What a card was programmed with, as it tells itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its digest, 16 hexadecimal digits.
    pub digest: String,
    /// Its generation.
    pub generation: u32,
}

/// A change that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Version of the file.
    pub format: u32,
    /// What ran before.
    pub old: Option<Text>,
    /// What is to run.
    pub new: Text,
    /// When it is taken back if nobody confirms it, in ms since 1970; none: it need not be confirmed.
    pub deadline_unix_ms: Option<u64>,
}

impl Intent {
    /// A change from one configuration to another.
    pub fn new(old: Option<Text>, new: Text, deadline_unix_ms: Option<u64>) -> Self {
        Self {
            format: FORMAT,
            old,
            new,
            deadline_unix_ms,
        }
    }
}

/// All that was found at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The configuration that ran.
    pub running: Option<Text>,
    /// What belongs to it. States of servers and routers are kept even if it belongs to another.
    pub saved: Saved,
    /// A change that did not come to its end.
    pub intent: Option<Intent>,
}

/// A file of the state folder that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}; the folder must be there and belong to the daemon's user, with room on its disk", path.display())]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub error: io::Error,
}

/// Tells texts from each other (FNV-1a, 64 bits).
pub fn fingerprint(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// What every document begins with.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The state folder.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// Uses a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(|error| JournalError {
            path: folder.to_owned(),
            error,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// What is there. A file that is no longer whole, or of another version, counts as absent, and is told by `damaged`.
    ///
    /// # Errors
    /// If a file is there and cannot be read.
    pub fn read(&self, mut damaged: impl FnMut(&Path)) -> Result<Found, JournalError> {
        let running = self.read_file(RUNNING)?.and_then(|bytes| {
            let text = String::from_utf8(bytes).ok();
            if text.is_none() {
                damaged(&self.folder.join(RUNNING));
            }
            text
        });
        let saved: Option<Saved> = self.read_json(STATE, &mut damaged)?;
        let intent: Option<Intent> = self.read_json(INTENT, &mut damaged)?;
        let mut saved = saved.unwrap_or_default();
        let belongs = running
            .as_deref()
            .is_some_and(|text| fingerprint(text) == saved.fingerprint);
        let file = saved.file.clone().filter(|_| belongs);
        if !belongs {
            saved.card = None;
        }
        Ok(Found {
            running: running.map(|text| Text { file, text }),
            saved,
            intent,
        })
    }

    /// A change begins.
    ///
    /// # Errors
    /// If it cannot be written; nothing has begun then.
    pub fn begin(&self, intent: &Intent) -> Result<(), JournalError> {
        self.write_json(INTENT, intent)
    }

    /// The change has come to its end: this runs.
    ///
    /// # Errors
    /// If it cannot be written; the change is finished at the next start then.
    pub fn settle(&self, text: &str, saved: &Saved) -> Result<(), JournalError> {
        if self.read_file(RUNNING)?.as_deref() != Some(text.as_bytes()) {
            self.write(RUNNING, text.as_bytes())?;
        }
        self.save(saved)?;
        let path = self.folder.join(INTENT);
        match fs::remove_file(&path) {
            Ok(()) => self.sync_folder(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(JournalError { path, error }),
        }
    }

    /// Keeps what belongs to the configuration.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, saved: &Saved) -> Result<(), JournalError> {
        let saved = Saved {
            format: FORMAT,
            ..saved.clone()
        };
        self.write_json(STATE, &saved)
    }

    fn read_file(&self, name: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(JournalError { path, error }),
        }
    }

    fn read_json<T: DeserializeOwned>(
        &self,
        name: &str,
        damaged: &mut impl FnMut(&Path),
    ) -> Result<Option<T>, JournalError> {
        let Some(bytes) = self.read_file(name)? else {
            return Ok(None);
        };
        // A daemon to come may mean something else by the same words.
        let format: Option<Format> = serde_json::from_slice(&bytes).ok();
        let known = format.is_some_and(|format| format.format == FORMAT);
        let read = known.then(|| serde_json::from_slice(&bytes).ok()).flatten();
        if read.is_none() {
            damaged(&self.folder.join(name));
        }
        Ok(read)
    }

    fn write_json<T: Serialize>(&self, name: &str, content: &T) -> Result<(), JournalError> {
        let bytes = serde_json::to_vec_pretty(content).map_err(|error| JournalError {
            path: self.folder.join(name),
            error: error.into(),
        })?;
        self.write(name, &bytes)
    }

    /// Replaces a file in one step, and waits for the disk.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        let path = self.folder.join(name);
        let new = self.folder.join(format!("{name}.new"));
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)
        });
        written.map_err(|error| JournalError { path, error })?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> Result<(), JournalError> {
        let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| JournalError {
            path: self.folder.clone(),
            error,
        })
    }
}
