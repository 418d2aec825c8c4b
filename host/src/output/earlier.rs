//! Captures of an earlier run in the same folder, of ports that the card of this run does not have.

use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;

use crate::report::FORMAT;

/// The report's name.
pub const REPORT: &str = "report.json";

/// What an earlier run left, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Written by a run of this program.
    pub own: Vec<String>,
    /// Captures of the same names that somebody else wrote, or changed since.
    pub foreign: Vec<String>,
}

/// As much of a report as tells what was written with it.
#[derive(Deserialize)]
struct Written {
    format: u32,
    ports: Vec<serde::de::IgnoredAny>,
}

impl Earlier {
    /// Looks through a folder for captures of ports, but those that are `kept`. A capture is a run's own if the run's report
    /// is still there, tells of that port, and is no older: reports are written last.
    pub fn find(folder: &Path, kept: impl Fn(&str) -> bool) -> Self {
        let mut earlier = Self::default();
        let report = Report::read(folder);
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let Some(port) = port_of(&name).filter(|_| !kept(&name)) else {
                continue;
            };
            let changed = entry.metadata().ok().filter(|about| about.is_file());
            let changed = changed.and_then(|about| about.modified().ok());
            let own = match (&report, changed) {
                (Some(report), Some(changed)) => port < report.ports && changed <= report.written,
                _ => false,
            };
            if own {
                earlier.own.push(name);
            } else {
                earlier.foreign.push(name);
            }
        }
        earlier.own.sort();
        earlier.foreign.sort();
        earlier
    }
}

struct Report {
    ports: usize,
    written: SystemTime,
}

impl Report {
    fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(REPORT);
        let read: Written = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        let written = path.metadata().ok()?.modified().ok()?;
        (read.format == FORMAT).then_some(Self {
            ports: read.ports.len(),
            written,
        })
    }
}

/// The port of a capture of what left by it.
fn port_of(name: &str) -> Option<usize> {
    let digits = name.strip_prefix("port")?.strip_suffix(".pcap")?;
    let port: usize = digits.parse().ok()?;
    // As this program writes it, without a sign or leading zeros.
    (port.to_string() == digits).then_some(port)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, write};
    use std::time::{Duration, SystemTime};

    use super::Earlier;

    #[test]
    fn what_is_of_a_run_and_what_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let names = [
            "port0.pcap",
            "port3.pcap",
            "input3.pcap",
            "port4.pcap",
            "port03.pcap",
            "port3.pcapng",
            "mine.pcap",
        ];
        for name in names {
            write(path(name), "").expect("a file");
        }
        let found = || Earlier::find(folder.path(), |name| name == "port0.pcap");
        let none = found();
        assert_eq!(none.own, Vec::<String>::new(), "without a report");
        assert_eq!(none.foreign, ["port3.pcap", "port4.pcap"]);

        let report = r#"{"format": 1, "card": "model", "ports": [{}, {}, {}, {}]}"#;
        write(path("report.json"), report).expect("a report");
        let earlier = found();
        assert_eq!(earlier.own, ["port3.pcap"]);
        assert_eq!(earlier.foreign, ["port4.pcap"]);

        let later = SystemTime::now() + Duration::from_secs(60);
        let changed = File::options().append(true).open(path("port3.pcap"));
        changed.expect("a file").set_modified(later).expect("set");
        assert_eq!(found().foreign, ["port3.pcap", "port4.pcap"]);

        write(path("report.json"), r#"{"format": 1}"#).expect("no report of ours");
        assert_eq!(found().own, Vec::<String>::new());
    }
}
