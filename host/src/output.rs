//! Files that appear all at once, or not at all.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flowswitch_sim::card::Departure;
use flowswitch_sim::pcap::Writer;
use serde::Serialize;
use tempfile::NamedTempFile;

/// A folder that results are written to under temporary names, until all are complete.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    pending: Vec<(NamedTempFile, PathBuf)>,
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

/// Names of the captures of what leaves a card: one for each network port, and the host's.
pub fn capture_names(ports: u8) -> impl Iterator<Item = String> {
    let network = (0..ports).map(|port| format!("port{port}.pcap"));
    network.chain(["host.pcap".to_owned()])
}

impl Output {
    /// Makes the folder if it is not there, and makes sure that files can be written into it.
    ///
    /// # Errors
    /// When they cannot.
    pub fn new(folder: &Path) -> Result<Self, OutputError> {
        let failed = |source| OutputError {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        NamedTempFile::new_in(folder).map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
            pending: Vec::new(),
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
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
        let path = self.folder.join(name);
        let failed = |source| OutputError {
            path: path.clone(),
            source,
        };
        let file = NamedTempFile::new_in(&self.folder).map_err(failed)?;
        let mut buffer = BufWriter::new(file);
        write(&mut buffer).map_err(failed)?;
        let file = buffer
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        self.pending.push((file, path));
        Ok(())
    }

    /// Begins the capture of each network port, and of the host.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn captures(&self, ports: u8) -> Result<Captures, OutputError> {
        let writer = |name| {
            let path = self.folder.join(name);
            let begun = NamedTempFile::new_in(&self.folder)
                .and_then(|file| Writer::new(BufWriter::new(file)));
            match begun {
                Ok(writer) => Ok((writer, path)),
                Err(source) => Err(OutputError { path, source }),
            }
        };
        let writers: Result<Vec<_>, OutputError> = capture_names(ports).map(writer).collect();
        Ok(Captures { writers: writers? })
    }

    /// Ends the captures.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn add(&mut self, captures: Captures) -> Result<(), OutputError> {
        for (writer, path) in captures.writers {
            let ended = writer.finish().and_then(|buffer| Ok(buffer.into_inner()?));
            match ended {
                Ok(file) => self.pending.push((file, path)),
                Err(source) => return Err(OutputError { path, source }),
            }
        }
        Ok(())
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
        self.file("report.json", |file| {
            serde_json::to_writer_pretty(&mut *file, report)?;
            writeln!(file)
        })
    }

    /// Gives all files their names.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn finish(self) -> Result<(), OutputError> {
        for (file, path) in self.pending {
            // Temporary files are for their owner alone; results are as readable as any other file.
            let persisted = readable(file.as_file()).and_then(|()| Ok(file.persist(&path)?));
            persisted.map_err(|source| OutputError { path, source })?;
        }
        Ok(())
    }
}

/// Captures of what leaves a card, written as it leaves.
pub struct Captures {
    /// By port, the host last.
    writers: Vec<(Writer<BufWriter<NamedTempFile>>, PathBuf)>,
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
        written.map_err(|source| OutputError {
            path: path.clone(),
            source,
        })
    }
}

#[cfg(unix)]
fn readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}
