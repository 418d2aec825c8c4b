//! The function against clients that know nothing of its limits; a thread plays the card.

use super::super::requests::{CardLink, Request};
use super::super::windows::{PAGE, Window};
use super::{Function, LONGEST_ACCESS, VECTORS};
use crossbeam_channel::Receiver;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex};
use std::thread;
use vfio_user::{DmaMapFlags, DmaUnmapFlags, ServerBackend};

const CONFIG: u32 = 7;
const MSIX: u32 = 2;
const COMMAND: u64 = 4;
const DEVICE_CONTROL: u64 = 0x68;

/// What the card was asked.
#[derive(Debug, Default)]
struct Asked {
    registers: BTreeMap<u32, u32>,
    windows: BTreeMap<u64, Window>,
    bus_master: bool,
    connected: [bool; VECTORS as usize],
    resets: u32,
    sent: u32,
}

fn play(requests: &Receiver<Request>, asked: &Mutex<Asked>) {
    for request in requests {
        let mut asked = asked.lock().expect("no panic");
        match request {
            Request::Read(at, reply) => {
                assert!(at < 1 << 20 && at % 4 == 0, "register {at:#x}");
                let value = asked.registers.get(&at).copied().unwrap_or(at);
                reply.send(value).expect("the reader waits");
            }
            Request::Write(at, value) => {
                assert!(at < 1 << 20 && at % 4 == 0, "register {at:#x}");
                asked.registers.insert(at, value);
            }
            Request::Map(window) => {
                let again = asked.windows.insert(window.address, window);
                assert!(again.is_none(), "a window twice");
            }
            Request::Unmap(at) => {
                asked.windows.remove(&at).expect("a window of the card's");
            }
            Request::BusMaster(on) => asked.bus_master = on,
            Request::Vector(vector, to) => asked.connected[usize::from(vector)] = to.is_some(),
            Request::Send(mask) => asked.sent |= mask,
            Request::Reset => asked.resets += 1,
            Request::Fence(reply) => reply.send(()).expect("someone waits"),
            Request::Stop => return,
        }
    }
}

struct Rig {
    function: Function,
    asked: Arc<Mutex<Asked>>,
}

impl Rig {
    fn new() -> Self {
        let (link, requests) = CardLink::new();
        let asked = Arc::new(Mutex::default());
        let book = Arc::clone(&asked);
        thread::spawn(move || play(&requests, &book));
        Self {
            function: Function::new(link, 1, Arc::default()),
            asked,
        }
    }

    /// What the card was asked, all requests carried out.
    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.function.card.finish().expect("the card plays");
        self.asked.lock().expect("no panic")
    }

    fn map(&mut self, address: u64, pages: u64) {
        let both = DmaMapFlags::READ_WRITE;
        let mapped = self
            .function
            .dma_map(both, 0, address, pages * PAGE, Some(memory(8)));
        mapped.expect("mapped");
    }
}

fn memory(pages: u64) -> File {
    let file = tempfile::tempfile().expect("a temporary file");
    file.set_len(pages * PAGE).expect("its length");
    file
}

#[test]
fn registers_are_accessed_in_words() {
    let mut rig = Rig::new();
    let words: Vec<u8> = [7u32, 8]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    rig.function.region_write(0, 0x100, &words).expect("posted");
    let mut read = [0; 12];
    rig.function.region_read(0, 0x100, &mut read).expect("read");
    assert_eq!(&read[..8], &words[..]);
    assert_eq!(read[8..], 0x108u32.to_le_bytes());
}

#[test]
fn other_accesses_to_registers_read_ones_and_write_nothing() {
    let mut rig = Rig::new();
    for (at, length) in [
        (2, 4),
        (0, 1),
        (0, 6),
        ((1 << 20) - 4, 8),
        (u64::MAX - 3, 4),
    ] {
        let mut bytes = vec![0x55; length];
        rig.function.region_write(0, at, &bytes).expect("lost");
        rig.function.region_read(0, at, &mut bytes).expect("read");
        assert!(
            bytes.iter().all(|byte| *byte == 0xff),
            "{length} at {at:#x}"
        );
    }
    assert!(rig.asked().registers.is_empty());
}

#[test]
fn the_end_of_a_client_takes_all_that_was_its() {
    let mut rig = Rig::new();
    rig.map(0, 4);
    rig.map(1 << 30, 4);
    let connected = rig
        .function
        .set_irqs(MSIX, 0x24, 0, 3, vec![memory(1), memory(1), memory(1)]);
    connected.expect("connected");
    rig.function
        .region_write(CONFIG, COMMAND, &[4])
        .expect("written");
    {
        let asked = rig.asked();
        assert_eq!((asked.windows.len(), asked.connected), (2, [true; 3]));
        assert!(asked.bus_master);
    }
    rig.function.detach().expect("the card plays");
    let asked = rig.asked();
    assert_eq!((asked.windows.len(), asked.connected), (0, [false; 3]));
    assert!(!asked.bus_master && asked.resets == 1);
}

#[test]
fn both_resets_stop_the_master_and_keep_the_windows() {
    for by_config in [false, true] {
        let mut rig = Rig::new();
        rig.map(0, 4);
        rig.function
            .region_write(CONFIG, COMMAND, &[4])
            .expect("written");
        if by_config {
            rig.function
                .region_write(CONFIG, DEVICE_CONTROL, &[0, 0x80])
                .expect("reset");
        } else {
            rig.function.reset().expect("reset");
        }
        let asked = rig.asked();
        assert_eq!(
            (asked.resets, asked.bus_master, asked.windows.len()),
            (1, false, 1)
        );
        drop(asked);
        let mut command = [0xff; 2];
        rig.function
            .region_read(CONFIG, COMMAND, &mut command)
            .expect("read");
        assert_eq!(command, [0, 0]);
    }
}

#[test]
fn vectors_are_taken_away_and_tried() {
    let mut rig = Rig::new();
    rig.function
        .set_irqs(MSIX, 0x24, 1, 1, vec![memory(1)])
        .expect("connected");
    assert_eq!(rig.asked().connected, [false, true, false]);
    rig.function
        .set_irqs(MSIX, 0x21, 1, 2, vec![])
        .expect("sent");
    assert_eq!(rig.asked().sent, 0b110);
    rig.function
        .set_irqs(MSIX, 0x21, 0, 0, vec![])
        .expect("off");
    assert_eq!(rig.asked().connected, [false; 3]);
    for (index, start, count) in [(MSIX, 3, 1), (MSIX, u32::MAX, 2), (0, 0, 1), (MSIX, 0, 4)] {
        let wrong = rig.function.set_irqs(index, 0x24, start, count, vec![]);
        assert!(wrong.is_err(), "{count} from {start} of {index}");
    }
}

#[test]
fn a_card_that_has_stopped_is_an_error() {
    let (link, requests) = CardLink::new();
    drop(requests);
    let mut function = Function::new(link, 1, Arc::default());
    let gone = function.region_read(0, 0, &mut [0; 4]);
    assert_eq!(gone.expect_err("no card").kind(), ErrorKind::BrokenPipe);
}

/// What a client may do.
#[derive(Clone, Debug)]
enum Ask {
    Read(u32, u64, usize),
    Write(u32, u64, Vec<u8>),
    Map(u32, u64, u64, u64, bool),
    Unmap(u32, u64, u64),
    Irqs(u32, u32, u32, u32, usize),
    Reset,
}

/// Small numbers, limits, and anything.
fn number() -> impl Strategy<Value = u64> {
    let page = (0..20u64).prop_map(|n| n * PAGE);
    let edge = prop::sample::select(vec![0, (1 << 20) - 4, 1 << 20, 4095, u64::MAX, 1 << 63]);
    prop_oneof![0..300u64, page, edge, any::<u64>()]
}

fn ask() -> impl Strategy<Value = Ask> {
    let bytes = prop::collection::vec(any::<u8>(), 0..70);
    let length = prop_oneof![0..70usize, 4000..9000usize];
    let small = || prop_oneof![0..6u32, any::<u32>()];
    prop_oneof![
        (0..10u32, number(), length).prop_map(|(r, at, n)| Ask::Read(r, at, n)),
        (0..10u32, number(), bytes).prop_map(|(r, at, b)| Ask::Write(r, at, b)),
        (any::<u32>(), number(), number(), number(), any::<bool>())
            .prop_map(|(f, o, a, s, fd)| Ask::Map(f, o, a, s, fd)),
        (any::<u32>(), number(), number()).prop_map(|(f, a, s)| Ask::Unmap(f, a, s)),
        (0..6u32, any::<u32>(), small(), small(), 0..4usize)
            .prop_map(|(i, f, s, c, fds)| Ask::Irqs(i, f, s, c, fds)),
        Just(Ask::Reset),
    ]
}

proptest! {
    /// Nothing panics or hangs, the card is never asked for what does not exist, and the windows that it has are those of
    /// the function, each within its memory.
    #[test]
    fn nothing_a_client_asks_reaches_beyond_the_function(asks in prop::collection::vec(ask(), 0..60)) {
        let mut rig = Rig::new();
        let (file, function) = (memory(8), &mut rig.function);
        let copy = || file.try_clone().expect("a copy");
        for ask in asks {
            // Most are refused, which is as well.
            let _ = match ask {
                Ask::Read(region, at, length) => {
                    let mut bytes = vec![0; length];
                    let read = function.region_read(region, at, &mut bytes);
                    prop_assert_eq!(read.is_ok(), length <= LONGEST_ACCESS);
                    read
                }
                Ask::Write(region, at, bytes) => function.region_write(region, at, &bytes),
                Ask::Map(flags, offset, address, size, with) => {
                    let flags = DmaMapFlags::from_bits_truncate(flags);
                    function.dma_map(flags, offset, address, size, with.then(copy))
                }
                Ask::Unmap(flags, address, size) => {
                    function.dma_unmap(DmaUnmapFlags::from_bits_truncate(flags), address, size)
                }
                Ask::Irqs(index, flags, start, count, files) => {
                    let files = (0..files).map(|_| copy()).collect();
                    function.set_irqs(index, flags, start, count, files)
                }
                Ask::Reset => function.reset(),
            };
        }
        let asked = rig.asked();
        let within = |window: &Window| window.offset + window.bytes <= window.memory.len() as u64;
        prop_assert!(asked.windows.values().all(within));
        let count = asked.windows.len();
        drop(asked);
        prop_assert_eq!(rig.function.windows.clear().len(), count);
    }
}
