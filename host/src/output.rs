//! Files that appear all at once, or not at all.

mod earlier;
mod unfinished;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flowswitch_sim::card::Departure;
use flowswitch_sim::pcap::Writer;
use serde::Serialize;

pub use earlier::{Earlier, REPORT};
pub use unfinished::Unfinished;

/// A folder that results are written to, into a folder of their own within it until all are complete.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    unfinished: Unfinished,
    pending: BTreeSet<String>,
    /// Files that stay, whatever they are.
    kept: BTreeSet<PathBuf>,
}

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {source}", path.display())]
pub struct OutputError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// The host's capture.
const HOST: &str = "host.pcap";

fn failed(path: &Path) -> impl Fn(io::Error) -> OutputError {
    move |source| OutputError {
        path: path.to_owned(),
        source,
    }
}

/// Names of the captures of what leaves a card: one for each network port, and the host's.
pub fn capture_names(ports: u8) -> impl Iterator<Item = String> {
    let network = (0..ports).map(|port| format!("port{port}.pcap"));
    network.chain([HOST.to_owned()])
}

impl Output {
    /// Makes the folder if it is not there, and makes sure that files can be written into it.
    ///
    /// # Errors
    /// When they cannot.
    pub fn new(folder: &Path) -> Result<Self, OutputError> {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            unfinished: Unfinished::new(folder).map_err(failed(folder))?,
            pending: BTreeSet::new(),
            kept: BTreeSet::new(),
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is there until all is complete.
    pub fn unfinished(&self) -> &Unfinished {
        &self.unfinished
    }

    /// A file that stays even if an earlier run left it: this one reads it.
    pub fn keep(&mut self, file: &Path) {
        self.kept.extend(file.canonicalize());
    }

    /// Where a file is written that will have this name.
    pub fn place(&mut self, name: &str) -> PathBuf {
        self.pending.insert(name.to_owned());
        self.unfinished.folder().join(name)
    }

    /// Writes a file that will have this name.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn file(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let place = self.place(name);
        let written = File::create(place).and_then(|file| {
            let mut buffer = BufWriter::new(file);
            write(&mut buffer)?;
            buffer.flush()
        });
        written.map_err(failed(&self.folder.join(name)))
    }

    /// Begins the capture of each network port, and of the host.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn captures(&mut self, ports: u8) -> Result<Captures, OutputError> {
        let writer = |name: String| {
            let begun = File::create(self.place(&name));
            let begun = begun.and_then(|file| Writer::new(BufWriter::new(file)));
            let path = self.folder.join(name);
            match begun {
                Ok(writer) => Ok((writer, path)),
                Err(source) => Err(OutputError { path, source }),
            }
        };
        let writers: Result<Vec<_>, OutputError> = capture_names(ports).map(writer).collect();
        Ok(Captures { writers: writers? })
    }

    /// Writes one capture of frames with their times in ns.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn capture<'a>(
        &mut self,
        name: &str,
        frames: impl Iterator<Item = (u64, &'a [u8])>,
    ) -> Result<(), OutputError> {
        self.file(name, |file| {
            let mut capture = Writer::new(file)?;
            for (at_ns, data) in frames {
                capture.write(at_ns, data)?;
            }
            capture.finish().map(drop)
        })
    }

    /// Writes `report.json`.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn report(&mut self, report: &impl Serialize) -> Result<(), OutputError> {
        self.file(REPORT, |file| {
            serde_json::to_writer_pretty(&mut *file, report)?;
            writeln!(file)
        })
    }

    /// Gives all files their names. Captures that an earlier run left and this one has not written are removed; those that
    /// no run of this program wrote are returned, and stay.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn finish(self) -> Result<Vec<String>, OutputError> {
        let Self {
            folder,
            unfinished,
            pending,
            kept,
        } = self;
        let stays = |name: &str| {
            let path = folder.join(name).canonicalize();
            pending.contains(name) || path.is_ok_and(|path| kept.contains(&path))
        };
        // Captures of ports are replaced by captures of ports alone.
        let earlier = if pending.contains(HOST) {
            Earlier::find(&folder, stays)
        } else {
            Earlier::default()
        };
        // From here on a signal waits until all have their names.
        unfinished.complete(|within| {
            for name in &earlier.own {
                let path = folder.join(name);
                std::fs::remove_file(&path).map_err(failed(&path))?;
            }
            for name in &pending {
                let path = folder.join(name);
                std::fs::rename(within.join(name), &path).map_err(failed(&path))?;
            }
            Ok(())
        })?;
        Ok(earlier.foreign)
    }
}

/// Captures of what leaves a card, written as it leaves.
pub struct Captures {
    /// By port, the host last.
    writers: Vec<(Writer<BufWriter<File>>, PathBuf)>,
}

impl Captures {
    /// Writes a frame that left, after those that left before it.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn write(&mut self, departure: &Departure) -> Result<(), OutputError> {
        let Some((writer, path)) = self.writers.get_mut(usize::from(departure.port)) else {
            return Ok(());
        };
        let written = writer.write(departure.at_ns, &departure.data);
        written.map_err(failed(path))
    }

    /// Ends the captures.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn finish(self) -> Result<(), OutputError> {
        for (writer, path) in self.writers {
            let ended = writer.finish().and_then(|mut buffer| buffer.flush());
            ended.map_err(failed(&path))?;
        }
        Ok(())
    }
}
