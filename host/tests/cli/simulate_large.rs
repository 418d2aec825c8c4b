//! `flowswitch simulate` on captures that are too large to be waited for, come by a pipe, or run back in time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flowswitch_sim::pcap::{Reader, Writer};

use crate::command::{flowswitch, write};
use crate::simulate::{CONFIG, capture, json, query, written};

/// A guard against hanging.
const LONG: Duration = Duration::from_secs(120);

/// Killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn arguments<'a>(config: &'a str, input: &'a str, output: &'a str) -> [&'a str; 10] {
    [
        "simulate", "--card", "model", "--config", config, "--input", input, "--output", output,
        "--json",
    ]
}

/// Whether something is written into the folder, or one within it.
fn has_content(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.path()).any(|path| {
        if path.is_dir() {
            has_content(&path)
        } else {
            path.metadata().is_ok_and(|file| file.len() > 0)
        }
    })
}

#[test]
fn ctrl_c_ends_it_with_what_there_is() {
    const FRAMES: u64 = 4_000_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let config = write(folder, "c.toml", CONFIG).display().to_string();
    let input = folder.join("in.pcap");
    let file = BufWriter::new(File::create(&input).expect("a temporary file"));
    let mut writer = Writer::new(file).expect("a temporary file");
    for number in 0..FRAMES {
        writer.write(number, &query()).expect("a temporary file");
    }
    drop(writer.finish().expect("a temporary file"));
    let input = format!("0={}", input.display());
    let output = folder.join("out");
    let child = Command::new(env!("CARGO_BIN_EXE_flowswitch"))
        .args(arguments(&config, &input, &output.display().to_string()))
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built for this test");
    let mut running = Running(child);
    let began = Instant::now();
    while !has_content(&output) {
        assert!(began.elapsed() < LONG, "nothing is written");
        std::thread::sleep(Duration::from_millis(1));
    }
    let id = running.0.id().to_string();
    let sent = Command::new("kill").args(["-s", "INT", &id]).status();
    assert!(sent.expect("a signal").success());
    let read = |pipe: &mut dyn std::io::Read| {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("text");
        text
    };
    let out = read(running.0.stdout.as_mut().expect("a pipe"));
    let error = read(running.0.stderr.as_mut().expect("a pipe"));
    let status = running.0.wait().expect("it ends").code();

    assert_eq!(status, Some(1), "{error}");
    let report = json(&out);
    let written_report = std::fs::read_to_string(output.join("report.json")).expect("a report");
    assert_eq!(report, json(&written_report));
    let entered = report["frames_in"].as_u64().expect("a number");
    assert!((1..FRAMES).contains(&entered), "{entered}");
    assert_eq!(report["interrupted"]["frames"], entered);
    assert_eq!(report["interrupted"]["of_frames"], FRAMES);
    assert!(report["interrupted"]["at_ns"].as_u64() > Some(0));
    assert_eq!(report["in_flight"], 0);
    assert!(
        error.contains(&format!("interrupted after {entered} of {FRAMES} frames")),
        "{error}"
    );
    // Closed, and whole: what entered has left.
    let file = File::open(output.join("port1.pcap")).expect("a capture");
    let mut reader = Reader::new(file).expect("a capture");
    while reader.read().expect("a sound capture").is_some() {}
    assert_eq!(reader.records() as u64, entered);
    let files = std::fs::read_dir(&output).expect("the folder");
    assert_eq!(files.count(), 5, "three ports, the host, the report");
}

#[test]
fn a_pipe_is_as_good_as_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let config = write(folder, "c.toml", CONFIG).display().to_string();
    let output = folder.join("out").display().to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowswitch"))
        .args(arguments(&config, "0=/dev/stdin", &output))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary was built for this test");
    let mut pipe = child.stdin.take().expect("a pipe");
    for part in capture(&[(0, query()), (0, query())]).chunks(50) {
        pipe.write_all(part).expect("it is read");
    }
    drop(pipe);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(written(folder, "port1.pcap").len(), 2);
}

#[test]
fn a_stamp_that_runs_back_is_that_of_the_frame_before() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let config = write(folder, "c.toml", CONFIG).display().to_string();
    let times = [5_000_000, 9_000_000, 6_000_000, 4_000_000, 10_000_000];
    let records = times.map(|at_ns| (at_ns, query()));
    let input = write(folder, "in.pcap", capture(&records));
    let input = format!("0={}", input.display());
    let output = folder.join("out").display().to_string();
    let pace = ["--pace", "capture"];
    let arguments = [&arguments(&config, &input, &output)[..], &pace].concat();
    let (status, _, error) = flowswitch(&arguments);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let left = written(folder, "port1.pcap");
    let left: Vec<u64> = left.iter().map(|record| record.at_ns / 1_000).collect();
    // In us: the earliest stamp is time 0, wherever it stands.
    assert_eq!(left, [1_000, 5_000, 5_000, 5_000, 6_000]);
}
