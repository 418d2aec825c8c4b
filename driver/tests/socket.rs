//! The vfio-user client against the server of another crate, and against servers that talk nonsense.

use std::fs::File;
use std::io::{Error as IoError, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::FileExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::socket::{SocketDevice, SocketError};
use flowswitch_driver::{Card, Device, DeviceError};
use proptest::prelude::*;
use tempfile::TempDir;
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_INFO_EVENTFD, VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE,
    vfio_region_info,
};
use vfio_user::{DmaMapFlags, DmaUnmapFlags, IrqInfo, Server, ServerBackend, ServerRegion};

/// Past the registers of the card: a write of a page's number makes the server add one to the first byte of memory there and fire vector 1.
const TOUCH: u64 = 0x7_fffc;

/// What a server saw, and what it serves.
struct Function {
    card: FakeDevice,
    configuration: [u8; 256],
    memory: Vec<(u64, u64, File)>,
    counters: [Option<File>; 3],
    resets: u32,
}

impl Function {
    fn new(vendor: u16) -> Self {
        let mut configuration = [0; 256];
        configuration[..2].copy_from_slice(&vendor.to_le_bytes());
        configuration[2..4].copy_from_slice(&0xf105u16.to_le_bytes());
        Self {
            card: FakeDevice::new(4),
            configuration,
            memory: Vec::new(),
            counters: [None, None, None],
            resets: 0,
        }
    }

    fn touch(&mut self, page: u32) -> Result<(), IoError> {
        let address = u64::from(page) << 12;
        let found = self
            .memory
            .iter()
            .find(|(start, bytes, _)| (*start..start + bytes).contains(&address));
        let Some((start, _, file)) = found.filter(|_| self.configuration[4] & 4 != 0) else {
            return Err(IoError::other(
                "nothing is mapped, or the function is no bus master",
            ));
        };
        let mut byte = [0];
        file.read_exact_at(&mut byte, address - start)?;
        file.write_all_at(&[byte[0].wrapping_add(1)], address - start)?;
        if let Some(counter) = &mut self.counters[1] {
            counter.write_all(&1u64.to_ne_bytes())?;
        }
        Ok(())
    }
}

struct Backend(Arc<Mutex<Function>>);

impl ServerBackend for Backend {
    fn region_read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> Result<(), IoError> {
        let mut function = self.0.lock().expect("no panic");
        let offset = usize::try_from(offset).expect("small");
        if region == 7 {
            data.copy_from_slice(&function.configuration[offset..offset + data.len()]);
        } else {
            let word = function
                .card
                .read32(offset as u32)
                .map_err(IoError::other)?;
            data.copy_from_slice(&word.to_le_bytes());
        }
        Ok(())
    }

    fn region_write(&mut self, region: u32, offset: u64, data: &[u8]) -> Result<(), IoError> {
        let mut function = self.0.lock().expect("no panic");
        if region == 7 {
            let offset = usize::try_from(offset).expect("small");
            function.configuration[offset..offset + data.len()].copy_from_slice(data);
            return Ok(());
        }
        let word = u32::from_le_bytes(data.try_into().map_err(IoError::other)?);
        if offset == TOUCH {
            return function.touch(word);
        }
        function
            .card
            .write32(offset as u32, word)
            .map_err(IoError::other)
    }

    fn dma_map(
        &mut self,
        flags: DmaMapFlags,
        offset: u64,
        address: u64,
        size: u64,
        fd: Option<File>,
    ) -> Result<(), IoError> {
        assert_eq!((flags, offset), (DmaMapFlags::READ_WRITE, 0));
        let file = fd.ok_or_else(|| IoError::other("no file"))?;
        self.0
            .lock()
            .expect("no panic")
            .memory
            .push((address, size, file));
        Ok(())
    }

    fn dma_unmap(&mut self, _: DmaUnmapFlags, address: u64, size: u64) -> Result<(), IoError> {
        let memory = &mut self.0.lock().expect("no panic").memory;
        memory.retain(|(start, bytes, _)| (*start, *bytes) != (address, size));
        Ok(())
    }

    fn reset(&mut self) -> Result<(), IoError> {
        let mut function = self.0.lock().expect("no panic");
        function.resets += 1;
        function.configuration[4] = 0;
        function.card.reset().map_err(IoError::other)
    }

    fn set_irqs(
        &mut self,
        index: u32,
        _: u32,
        start: u32,
        count: u32,
        fds: Vec<File>,
    ) -> Result<(), IoError> {
        assert_eq!(index, 2);
        let mut function = self.0.lock().expect("no panic");
        if count == 0 {
            function.counters = [None, None, None];
        }
        for (vector, counter) in (start as usize..).zip(fds) {
            let place = function.counters.get_mut(vector);
            *place.ok_or_else(|| IoError::other("no such vector"))? = Some(counter);
        }
        Ok(())
    }
}

/// A server of one connection.
struct Serving {
    function: Arc<Mutex<Function>>,
    path: PathBuf,
    thread: JoinHandle<()>,
    _folder: TempDir,
}

fn serve(vendor: u16, window: u64) -> Serving {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card");
    let regions = (0..9).map(|index| ServerRegion {
        region_info: vfio_region_info {
            argsz: 32,
            flags: VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
            index,
            size: match index {
                0 => window,
                7 => 256,
                _ => 0,
            },
            ..Default::default()
        },
        sparse_areas: Vec::new(),
        mmap_fd: None,
    });
    let irqs = (0..5).map(|index| IrqInfo {
        index,
        count: if index == 2 { 3 } else { 0 },
        flags: VFIO_IRQ_INFO_EVENTFD,
    });
    let server = Server::new(&path, true, irqs.collect(), regions.collect()).expect("a server");
    let function = Arc::new(Mutex::new(Function::new(vendor)));
    let mut backend = Backend(function.clone());
    // It ends when the client does.
    let thread = std::thread::spawn(move || {
        let _ = server.run(&mut backend);
    });
    Serving {
        function,
        path,
        thread,
        _folder: folder,
    }
}

#[test]
fn a_card_is_driven_through_a_socket() {
    let serving = serve(0x10ee, 1 << 20);
    let mut card = Card::open(SocketDevice::connect(&serving.path).unwrap()).unwrap();
    assert_eq!(card.capabilities().ports, 4);
    card.write_bucket(9, Default::default()).unwrap();
    card.device_mut().write32(0x20, 5 << 16 | 1).unwrap();
    assert_eq!(card.device_mut().read32(0x20).unwrap(), 5 << 16 | 1);
    // No such register.
    assert!(matches!(
        card.device_mut().read32(0xffc),
        Err(DeviceError::Refused { offset: 0xffc })
    ));
    // The error of a posted write stays unseen, and harms nothing behind it.
    card.device_mut().write32(0xffc, 1).unwrap();
    assert_eq!(card.device_mut().read32(0x20).unwrap(), 5 << 16 | 1);
    assert_eq!(card.link_up().unwrap(), 15);
    drop(card);
    serving.thread.join().unwrap();
}

#[test]
fn memory_and_interrupts_pass_both_ways() {
    let serving = serve(0x10ee, 1 << 20);
    let mut device = SocketDevice::connect(&serving.path).unwrap();
    let (first, second) = (device.allocate(5000).unwrap(), device.allocate(1).unwrap());
    assert_eq!((first.bytes(), second.bytes()), (8192, 4096));
    assert_eq!(serving.function.lock().unwrap().memory.len(), 2);
    assert!(matches!(
        device.wait_interrupt(7, Duration::ZERO),
        Err(DeviceError::Unsupported(_))
    ));
    assert!(matches!(
        device.enable_interrupts(4),
        Err(DeviceError::Unsupported(_))
    ));
    device.enable_interrupts(3).unwrap();
    assert_eq!(serving.function.lock().unwrap().configuration[4] & 6, 6);
    first.store(4096, 0x1122_3344_5566_77ff);
    let page = ((first.address() >> 12) + 1) as u32;
    device.write32(TOUCH as u32, page).unwrap();
    assert_eq!(
        device.wait_interrupt(7, Duration::from_secs(20)).unwrap(),
        2
    );
    assert_eq!(first.load(4096), 0x1122_3344_5566_7700);
    assert_eq!((first.load(0), second.load(0)), (0, 0));
    // Reset: interrupts and mastery of the bus are gone, memory stays mapped.
    device.reset().unwrap();
    {
        let function = serving.function.lock().unwrap();
        assert_eq!(
            (function.resets, function.counters.iter().flatten().count()),
            (1, 0)
        );
    }
    drop(second);
    assert_eq!(serving.function.lock().unwrap().memory.len(), 1);
    drop(device);
    // The connection lives as long as the memory.
    drop(first);
    serving.thread.join().unwrap();
    assert_eq!(serving.function.lock().unwrap().memory.len(), 0);
}

#[test]
fn strangers_are_told() {
    let error = SocketDevice::connect(Path::new("/nonexistent/card")).unwrap_err();
    assert!(
        error.to_string().contains("flowswitch-card --socket"),
        "{error}"
    );
    let serving = serve(0x8086, 1 << 20);
    let error = SocketDevice::connect(&serving.path).unwrap_err();
    assert!(
        matches!(error, SocketError::NotOurs { vendor: 0x8086, .. }),
        "{error}"
    );
    let serving = serve(0x10ee, 4096);
    let error = SocketDevice::connect(&serving.path).unwrap_err();
    assert!(matches!(error, SocketError::Protocol { .. }), "{error}");
}

/// Listens, lets `answer` talk to one client, and closes.
fn impostor(answer: impl FnOnce(UnixStream) + Send + 'static) -> (PathBuf, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card");
    let listener = UnixListener::bind(&path).expect("a socket");
    std::thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            answer(stream);
        }
    });
    (path, folder)
}

#[test]
fn a_server_that_dies_is_gone() {
    let serving = serve(0x10ee, 1 << 20);
    let (relay, _folder) = impostor({
        let path = serving.path.clone();
        // Passes on the first bytes that the card answers.
        move |mut client| {
            let mut card = UnixStream::connect(path).expect("the card");
            let mut asking = (
                client.try_clone().expect("it"),
                card.try_clone().expect("it"),
            );
            std::thread::spawn(move || std::io::copy(&mut asking.0, &mut asking.1));
            let mut answers = Read::by_ref(&mut card).take(600);
            let _ = std::io::copy(&mut answers, &mut client);
            let _ = card.shutdown(Shutdown::Both);
            let _ = client.shutdown(Shutdown::Both);
        }
    });
    let mut device = SocketDevice::connect(&relay).unwrap();
    let began = Instant::now();
    let error = loop {
        match device.read32(0) {
            Ok(_) => assert!(began.elapsed() < Duration::from_secs(60)),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DeviceError::Gone), "{error}");
    assert!(matches!(device.write32(0x20, 1), Err(DeviceError::Gone)));
    assert!(matches!(device.allocate(1), Err(DeviceError::Gone)));
    assert!(matches!(device.reset(), Err(DeviceError::Gone)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nonsense_is_an_error(replies in prop::collection::vec(
        (any::<u8>(), any::<u8>(), 0u32..64, any::<u32>(), prop::collection::vec(any::<u8>(), 0..64)),
        0..8,
    )) {
        let (path, _folder) = impostor(move |mut stream| {
            let mut ask = [0; 4096];
            for (honest, command, flags, error, body) in replies {
                let Ok(read) = stream.read(&mut ask) else { return };
                if read < 16 {
                    return;
                }
                // Often the right number and command, so that the bodies are looked at.
                let mut reply = ask[..4].to_vec();
                if honest < 60 {
                    reply[2] = command;
                }
                let bytes = if honest < 200 { 16 + body.len() as u32 } else { error };
                reply.extend(bytes.to_le_bytes());
                reply.extend(if honest < 250 { 1 } else { flags }.to_le_bytes());
                reply.extend(error.to_le_bytes());
                reply.extend(body);
                if stream.write_all(&reply).is_err() {
                    return;
                }
            }
        });
        let began = Instant::now();
        let error = SocketDevice::connect(&path).map(|_| ()).expect_err("it is no card");
        prop_assert!(!error.to_string().is_empty());
        prop_assert!(began.elapsed() < Duration::from_secs(60));
    }
}
