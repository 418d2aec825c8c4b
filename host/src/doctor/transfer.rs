//! The rings: descriptors and frames fetched from the host's memory, completions written to it, and a frame's way into the
//! card.
//!
//! Test frames are shorter or longer than Ethernet allows: the card fetches, injects and counts them, and drops them as
//! `runt` or `giant`. So every step of their way is tested on every device, whatever its links do, and no network sees
//! anything of it.

use std::time::Duration;

use flowswitch_driver::rings::{HostPort, HostSettings, Status, Vectors};
use flowswitch_driver::{Card, Device, Error};

use super::{Options, Report};

/// The port that the test frames name; every card has it.
const PORT: u8 = 0;
/// Numbers of drop reasons.
const RUNT: usize = 2;
const GIANT: usize = 3;
const LINK_DOWN: usize = 13;
/// Lengths of the test frames: too short or too long to be sent, with all remainders of a beat's words.
const RUNTS: [usize; 5] = [1, 15, 31, 48, 59];
const GIANTS: [usize; 3] = [9_601, 12_345, 16_320];
/// How often each length is sent.
const ROUNDS: usize = 8;
/// Base-2 logarithm of the ring's descriptors, and how many of them are in use at most.
const TRANSMIT_LOG2: u8 = 4;
/// See [`TRANSMIT_LOG2`].
const MOST_UNSENT: u16 = 12;
/// How long a ring may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// Bridges keep this destination to themselves, and the type is that of local experiments.
const HEADER: [u8; 14] = [
    0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x88, 0xb5,
];

/// What the card had counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    injected_frames: u64,
    injected_bytes: u64,
    runts: u64,
    giants: u64,
}

impl Counts {
    fn read<D: Device>(card: &mut Card<D>) -> Result<Self, Error> {
        let host = card.capabilities().ports;
        let received = card.port_counters(host)?.received;
        let drops = card.drop_counters(host)?;
        Ok(Self {
            injected_frames: received.frames,
            injected_bytes: received.bytes,
            runts: drops[RUNT],
            giants: drops[GIANT],
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            injected_frames: self.injected_frames.wrapping_sub(before.injected_frames),
            injected_bytes: self.injected_bytes.wrapping_sub(before.injected_bytes),
            runts: self.runts.wrapping_sub(before.runts),
            giants: self.giants.wrapping_sub(before.giants),
        }
    }
}

/// What became of the frames that were handed to the transmit ring.
#[derive(Debug, Default)]
struct Completed {
    frames: usize,
    /// Completions whose length or status is not that of their frame.
    wrong: usize,
    /// Completions whose time is not between the first doorbell and the end.
    out_of_time: usize,
}

fn frame(length: usize) -> Vec<u8> {
    let header = HEADER.into_iter();
    header.chain((0..=255).cycle()).take(length).collect()
}

/// Lengths of all test frames, in the order in which they are sent.
fn lengths() -> Vec<usize> {
    [RUNTS.as_slice(), GIANTS.as_slice()]
        .concat()
        .repeat(ROUNDS)
}

/// A short transmit ring, so that it wraps, with room for the longest frames.
fn settings() -> HostSettings {
    HostSettings {
        transmit_log2: TRANSMIT_LOG2,
        transmit_buffer: 16_320,
        ..HostSettings::default()
    }
}

/// Tests the rings and what passes through them.
pub(super) fn test<D: Device>(
    report: &mut Report<'_>,
    card: &mut Card<D>,
    options: &Options,
) -> Result<(), Error> {
    if !card.capabilities().rings {
        report.skip(
            "rings",
            "this card hands its host's frames to a DMA engine of the shell",
            "load a bitstream with rings (features.rings reads 1)",
        );
        return Ok(());
    }
    let before = Counts::read(card)?;
    let mut host = HostPort::open(card, &settings())?;
    let status = host.card().host_status()?;
    if status.receive_running && status.transmit_running {
        let way = if host.uses_interrupts() {
            "interrupts"
        } else {
            "polling"
        };
        report.pass("rings", format!("both run, by {way}"));
    } else {
        report.fail(
            "rings",
            format!("enabled and not running: {status:?}"),
            "reset the card (`flowswitch device reset`) and try again",
        );
        return Ok(());
    }
    let completed = send(&mut host)?;
    let sent = lengths();
    let counted = Counts::read(host.card())?.since(before);
    to_card(report, &sent, counted);
    to_host(report, &sent, &completed);
    through(report, counted);
    leave(report, &mut host, options.port)?;
    let statistics = host.close()?;
    let odd = statistics.malformed + statistics.lost + statistics.refused;
    if odd == 0 {
        report.pass(
            "receive",
            format!(
                "descriptors posted; {} frames came meanwhile",
                statistics.received
            ),
        );
    } else {
        report.fail(
            "receive",
            format!("{odd} completions were malformed, or tell of a bus error or a bad descriptor"),
            "see what the IOMMU refused (dmesg), and reset the card (`flowswitch device reset`)",
        );
    }
    Ok(())
}

/// Sends all test frames and gathers their completions.
fn send<D: Device>(host: &mut HostPort<'_, D>) -> Result<Completed, Error> {
    let begin = host.card().time_ns()?;
    let lengths = lengths();
    let mut completed = Completed::default();
    let mut times = Vec::new();
    let mut queued = lengths.iter();
    let mut next = queued.next();
    loop {
        let seen = completed.frames;
        host.poll_transmit(|sent| {
            let fits = lengths.get(completed.frames) == Some(&usize::from(sent.length));
            completed.wrong += usize::from(!fits || sent.status != Status::Done);
            completed.frames += 1;
            times.push(sent.time_ns);
        })?;
        // A ring that is full would read completions by itself, and these would be missed here.
        while let Some(length) = next.filter(|_| host.unsent() < MOST_UNSENT) {
            if !host.queue(PORT, &frame(*length))? {
                break;
            }
            next = queued.next();
        }
        host.flush()?;
        if next.is_none() && host.unsent() == 0 && completed.frames >= lengths.len() {
            break;
        }
        let ready = host.wait(Vectors::TRANSMIT, PATIENCE)?;
        if ready.is_empty() && completed.frames == seen {
            break;
        }
    }
    let end = host.card().time_ns()?;
    completed.out_of_time = times
        .iter()
        .filter(|time| !(begin..=end).contains(time))
        .count();
    Ok(completed)
}

/// The card has fetched every descriptor and every byte.
fn to_card(report: &mut Report<'_>, sent: &[usize], counted: Counts) {
    let bytes: usize = sent.iter().sum();
    let detail = format!(
        "{} frames of {bytes} bytes handed over, {} of {} bytes arrived",
        sent.len(),
        counted.injected_frames,
        counted.injected_bytes
    );
    let whole =
        counted.injected_frames == sent.len() as u64 && counted.injected_bytes == bytes as u64;
    if whole {
        report.pass("DMA to card", detail);
    } else {
        report.fail(
            "DMA to card",
            detail,
            "see that the card may be master of the bus (lspci -vv: BusMaster+) and what the IOMMU refused (dmesg)",
        );
    }
}

/// The card has written every completion.
fn to_host(report: &mut Report<'_>, sent: &[usize], completed: &Completed) {
    let detail = format!(
        "{} completions of {}; {} wrong, {} with a time that is not theirs",
        completed.frames,
        sent.len(),
        completed.wrong,
        completed.out_of_time
    );
    let whole = completed.frames == sent.len() && completed.wrong + completed.out_of_time == 0;
    if whole {
        report.pass("DMA to host", detail);
    } else {
        report.fail(
            "DMA to host",
            detail,
            "see that the card may be master of the bus (lspci -vv: BusMaster+) and what the IOMMU refused (dmesg)",
        );
    }
}

/// Every frame went its way into the card and was judged there.
fn through(report: &mut Report<'_>, counted: Counts) {
    let (runts, giants) = (RUNTS.len() * ROUNDS, GIANTS.len() * ROUNDS);
    let detail = format!(
        "{} of {runts} short and {} of {giants} long frames were judged and dropped by the card",
        counted.runts, counted.giants
    );
    if (counted.runts, counted.giants) == (runts as u64, giants as u64) {
        report.pass("loop", detail);
    } else {
        report.fail(
            "loop",
            detail,
            "reset the card (`flowswitch device reset`); if it stays, load the bitstream anew",
        );
    }
}

/// One frame leaves by a network port, if one was named.
fn leave<D: Device>(
    report: &mut Report<'_>,
    host: &mut HostPort<'_, D>,
    port: Option<u8>,
) -> Result<(), Error> {
    let Some(port) = port else {
        report.skip(
            "leaves",
            "nothing was sent to a network",
            "name a port with --port: one frame of 60 bytes (type 88b5) leaves by it",
        );
        return Ok(());
    };
    let check = format!("leaves by {port}");
    let ports = host.card().capabilities().ports;
    if port >= ports {
        report.fail(
            &check,
            format!("the card has {ports} ports"),
            "name a port of the card, counted from 0",
        );
        return Ok(());
    }
    let before = host.card().port_counters(port)?.transmitted.frames;
    let dropped = host.card().drop_counters(ports)?[LINK_DOWN];
    // The ring is empty: it takes a frame.
    let _ = host.transmit(port, &frame(60))?;
    while host.unsent() != 0 {
        if host.wait(Vectors::TRANSMIT, PATIENCE)?.is_empty() {
            break;
        }
        host.poll_transmit(|_| ())?;
    }
    host.card().device_mut().wait(Duration::from_micros(50))?;
    if host.card().drop_counters(ports)?[LINK_DOWN] != dropped {
        report.skip(
            &check,
            "its link is down: the frame was dropped and counted",
            "connect the port, or name another",
        );
        return Ok(());
    }
    let left = host.card().port_counters(port)?.transmitted.frames - before;
    if left == 0 {
        report.fail(
            &check,
            "the frame was handed over and is not among those transmitted".to_owned(),
            "see whether the port's peer sends pause frames without end; else load the bitstream anew",
        );
    } else {
        report.pass(&check, format!("{left} transmitted"));
    }
    Ok(())
}
