//! The card on a vfio-user socket, driven by the driver's own client, and by clients that break the protocol.

use flowswitch_driver::image::{Image, LogicalPort, PortSetup};
use flowswitch_driver::rings::{HostPort, HostSettings, Status, Vectors};
use flowswitch_driver::socket::SocketDevice;
use flowswitch_driver::{Card, Device};
use flowswitch_sim::pcap::{Writer, read_file};
use flowswitch_sim::rtl::RtlOptions;
use flowswitch_sim::vfio_user::{ServeError, Serving, Wires, serve};
use flowswitch_verilated::{VARIANTS, is_built};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const IDENTITY: u32 = u32::from_le_bytes(*b"FSW1");
/// Frames that the host sends.
const SENT: u8 = 20;
/// Frames for the host: enough for any start of the receiver, beginning when it may be ready and going on for a minute.
const PUNTED: u8 = 200;
const PUNT_INTERVAL_NS: u64 = 300_000_000;
const PUNTS_FROM_NS: u64 = 1_000_000_000;
/// Frames for the host that are looked at.
const RECEIVED: usize = 6;
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports of the smallest card that was built.
fn ports() -> u8 {
    let built = VARIANTS
        .into_iter()
        .filter(|&(p, e)| e == 1 && is_built(p, e));
    built
        .map(|(ports, _)| ports)
        .min()
        .expect("a card of one engine was built")
}

struct Rig {
    folder: TempDir,
    /// What was told of clients.
    told: Arc<Mutex<Vec<String>>>,
    serving: Option<Serving>,
}

impl Rig {
    /// A card with captures at ports 0 and 1.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name| -> PathBuf { folder.path().join(name) };
        write_capture(&path("in0"), []);
        let control = |number: u8| {
            let at_ns = PUNTS_FROM_NS + u64::from(number) * PUNT_INTERVAL_NS;
            (at_ns, control_frame(number))
        };
        // The first frame of all comes at once: one that nobody waits for.
        let first = (0, broadcast(0));
        write_capture(
            &path("in1"),
            [first].into_iter().chain((0..PUNTED).map(control)),
        );
        let wires = [(0, "in0", "out0"), (1, "in1", "out1")].map(|(port, input, output)| {
            let text = format!(
                "{port}=pcap:{},{}",
                path(input).display(),
                path(output).display()
            );
            text.parse().expect("a wire")
        });
        let wires = Wires::connect(&wires, ports()).expect("captures");
        let socket = path("card");
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let events = Arc::clone(&told);
        let serving = serve(
            &socket,
            ports(),
            RtlOptions::default(),
            wires,
            move |event| {
                events.lock().expect("no panic").push(event.to_owned());
            },
        );
        Self {
            serving: Some(serving.expect("a card")),
            folder,
            told,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn connect(&self) -> Card<SocketDevice> {
        let device = SocketDevice::connect(&self.path("card")).expect("a card that serves");
        Card::open(device).expect("a card")
    }

    fn stop(&mut self) {
        let serving = self.serving.take().expect("it serves");
        serving.stopper().stop();
        serving.wait().expect("it ends well");
    }
}

fn write_capture(path: &Path, frames: impl IntoIterator<Item = (u64, Vec<u8>)>) {
    let mut writer = Writer::new(File::create(path).expect("made")).expect("a header");
    for (at_ns, frame) in frames {
        writer.write(at_ns, &frame).expect("written");
    }
    writer.finish().expect("complete");
}

/// A frame that bridges keep to themselves, which the card hands to its host.
fn control_frame(number: u8) -> Vec<u8> {
    let mut frame = vec![0x01, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 1, 0x88, 0xcc];
    frame.resize(60 + usize::from(number), number);
    frame
}

fn broadcast(number: u8) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend([2, 0, 0, 0, 0, 9, 0x88, 0xb5]);
    frame.resize(60 + 37 * usize::from(number), number);
    frame
}

/// All ports pass frames to one another.
fn image() -> Image {
    let whole = |port| LogicalPort {
        port,
        untagged: true,
        vlans: Some((1, 4094)),
        flood: (1 << ports()) - 1,
        ..LogicalPort::default()
    };
    Image {
        logical_ports: (0..ports()).map(whole).collect(),
        ports: vec![PortSetup::default(); ports().into()],
        fdb_age: 300,
        ..Image::default()
    }
}

#[test]
fn a_client_drives_the_card_and_the_next_finds_it_as_it_was() {
    let mut rig = Rig::new();
    let mut card = rig.connect();
    card.program(&image()).expect("programmed");
    let mut host = HostPort::open(&mut card, &HostSettings::default()).expect("rings");
    assert!(host.uses_interrupts());
    let begun = Instant::now();
    for number in 0..SENT {
        assert!(
            host.transmit(0, &broadcast(number)).expect("posted"),
            "room for all"
        );
    }
    let (mut done, mut numbers) = (0, Vec::new());
    while numbers.len() < RECEIVED || done < SENT {
        assert!(
            begun.elapsed() < PATIENCE,
            "{done} sent, received {numbers:?}"
        );
        host.wait(Vectors::RECEIVE | Vectors::TRANSMIT, Duration::from_secs(1))
            .expect("the card works");
        host.poll_transmit(|sent| {
            assert_eq!(sent.status, Status::Done);
            done += 1;
        })
        .expect("completions");
        host.poll_receive(|frame| {
            let number = *frame.bytes.last().expect("no empty frame");
            assert_eq!((frame.port, frame.bytes), (1, &control_frame(number)[..]));
            numbers.push(number);
        })
        .expect("frames");
    }
    let one_by_one = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(one_by_one, "in order and without a gap: {numbers:?}");
    let statistics = host.close().expect("stopped");
    assert!(statistics.interrupts > 0, "{statistics:?}");
    // The client goes, without a word.
    drop(card);
    let mut next = rig.connect();
    // Reading back all tables takes a minute here; the test in a virtual machine does it.
    assert!(next.runs(&image()).expect("digest and generation"));
    drop(next);
    rig.stop();
    let left = read_file(&rig.path("out0")).expect("a capture").records;
    let injected = left
        .iter()
        .filter(|record| record.data[12..14] == [0x88, 0xb5]);
    let wanted: Vec<_> = (0..SENT).map(broadcast).collect();
    assert_eq!(
        injected
            .map(|record| record.data.clone())
            .collect::<Vec<_>>(),
        wanted
    );
    assert!(!rig.path("card").exists(), "the socket is removed");
}

#[test]
fn who_breaks_the_protocol_loses_its_connection_alone() {
    let mut rig = Rig::new();
    let header = |command: u16, size: u32| {
        let mut bytes = vec![1, 0];
        bytes.extend(command.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend([0; 8]);
        bytes
    };
    let read_all = [
        header(9, 32),
        vec![0; 8],
        vec![0; 4],
        u32::MAX.to_le_bytes().to_vec(),
    ]
    .concat();
    let attacks = [
        vec![],
        vec![7; 5],
        vec![0xff; 4096],
        // A version that is shorter than its header, and one that is no text.
        [header(1, 0), vec![0; 64]].concat(),
        [header(1, 24), vec![0; 4], vec![0xff; 4]].concat(),
        // All registers and more at once.
        read_all,
    ];
    for attack in attacks {
        let mut stream = UnixStream::connect(rig.path("card")).expect("a card that serves");
        // The card may have hung up already.
        let _ = stream.write_all(&attack);
        drop(stream);
        let mut card = rig.connect();
        let identity = card.device_mut().read32(0).expect("the card answers");
        assert_eq!(identity, IDENTITY);
    }
    let told = rig.told.lock().expect("no panic").clone();
    for breach in [
        "version message is shorter than 20 bytes",
        "no text that ends in a zero byte",
    ] {
        let tellings = told.iter().filter(|event| event.contains(breach)).count();
        assert_eq!(tellings, 1, "{breach} in {told:?}");
    }
    let again = serve(
        &rig.path("card"),
        ports(),
        RtlOptions::default(),
        Wires::connect(&[], ports()).expect("no wires"),
        |_| (),
    );
    assert!(matches!(again, Err(ServeError::InUse(_))));
    rig.stop();
}

#[test]
fn a_client_that_breaks_the_protocol_is_told_in_one_plain_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("card");
    let mut card = Command::new(env!("CARGO_BIN_EXE_flowswitch-card"))
        .arg("--socket")
        .arg(&socket)
        .args(["--ports", &ports().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut ready = String::new();
    let out = card.stdout.take().expect("a pipe");
    BufReader::new(out).read_line(&mut ready).expect("a line");
    assert!(ready.starts_with("serving"), "{ready}");
    let mut client = UnixStream::connect(&socket).expect("a card that serves");
    // A version whose length is less than its own fixed part.
    let version = [1u8, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    client.write_all(&version).expect("sent");
    // The card hangs up; then it serves the next.
    let _ = client.read(&mut [0; 16]);
    let device = SocketDevice::connect(&socket).expect("a card that serves");
    drop(device);
    let stopped = Command::new("kill").arg(card.id().to_string()).status();
    assert!(stopped.expect("a signal").success());
    let mut told = String::new();
    let mut errors = card.stderr.take().expect("a pipe");
    errors.read_to_string(&mut told).expect("text");
    assert!(card.wait().expect("it ends").success(), "{told}");
    let breaches: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("protocol"))
        .collect();
    let [breach] = breaches[..] else {
        panic!("not one line: {told}");
    };
    assert!(breach.contains("shorter than 20 bytes"), "{breach}");
    assert!(!told.contains("panicked"), "{told}");
}
