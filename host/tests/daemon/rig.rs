//! A card in memory that outlives the daemon, and a daemon on it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flowswitch::config::Config;
use flowswitch::daemon::{Notice, Opener, Owner, Setup, StartError};
use flowswitch::image::plan;
use flowswitch_api::server::messages::{Command, Reply, Switch};
use flowswitch_api::{
    ApiError, Applied, ApplyRequest, ConfigurationText, DeviceState, Event, EventKind, FORMAT,
    Status,
};
use flowswitch_driver::dma::DmaBuffer;
use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::image::Image;
use flowswitch_driver::{Card, Device, DeviceError};
use tempfile::TempDir;
use tokio::sync::broadcast;

/// Guards against hanging; nothing that works comes near it.
const LONG: Duration = Duration::from_secs(60);

/// Two servers and a router; what varies stands in braces.
pub fn config(more: &str) -> String {
    format!(
        r#"
[switch]
ports = 4
[host]
mac = "02:00:00:00:00:fe"
addresses = ["10.0.0.5/24"]
[[cluster]]
name = "web"
addresses = ["10.0.0.1"]
virtual_mac = "02:00:5e:00:00:01"
services = ["tcp/80"]
  [[cluster.server]]
  name = "a" # the first
  mac = "02:00:00:00:02:01"
  port = 1
  [[cluster.server]]
  name = "b"
  mac = "02:00:00:00:02:02"
  port = 2
  {more}
[[router_pool]]
name = "edge"
  [[router_pool.router]]
  name = "r"
  addresses = ["10.0.0.2"]
  mac = "02:00:00:00:00:02"
  port = 0
"#
    )
}

/// A third server.
pub const THIRD: &str =
    "[[cluster.server]]\n name = \"c\"\n mac = \"02:00:00:00:02:03\"\n port = 3";

/// The tables of a configuration on a card that held nothing.
pub fn image(text: &str) -> Image {
    plan(&Config::parse("test", text).unwrap()).unwrap().image
}

/// The card, shared by all who open it.
#[derive(Clone)]
pub struct Shared {
    card: Arc<Mutex<FakeDevice>>,
    away: Arc<AtomicBool>,
}

impl Shared {
    pub fn new() -> Self {
        Self {
            card: Arc::new(Mutex::new(FakeDevice::new(4))),
            away: Arc::default(),
        }
    }

    pub fn card(&self) -> MutexGuard<'_, FakeDevice> {
        self.card.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The card is pulled, or put back.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
        self.card().gone = away;
    }

    /// The card answers again after it failed.
    pub fn mend(&self) {
        self.card().fail_after = None;
        self.set_away(false);
    }

    /// Writes to tables and settings from now on.
    pub fn forget_commits(&self) {
        self.card().commits.clear();
    }

    pub fn commits(&self) -> Vec<Commit> {
        self.card().commits.clone()
    }

    pub fn set_link(&self, port: u8, up: bool) {
        let mut card = self.card();
        let status = card.registers[&0x024];
        let bit = 1 << port;
        let status = if up { status | bit } else { status & !bit };
        card.registers.insert(0x024, status);
        card.host.event(1);
    }

    /// Where the card differs from an image.
    pub fn differences(&self, image: &Image) -> Vec<String> {
        let mut copy = self.card().clone();
        (copy.fail_after, copy.gone) = (None, false);
        let found = Card::open(copy).unwrap().verify(image).unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    /// Programs the card as another program would.
    pub fn program(&self, image: &Image) -> Result<(), flowswitch_driver::Error> {
        Card::open(self.clone()).and_then(|mut card| card.program(image).map(drop))
    }
}

impl Device for Shared {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.card().read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.card().write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.card().wait(duration)
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        self.card().allocate(bytes)
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        self.card().enable_interrupts(vectors)
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        let fired = self.card().wait_interrupt(mask, timeout)?;
        if fired == 0 {
            std::thread::sleep(timeout.min(Duration::from_millis(1)));
        }
        Ok(fired)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.card().reset()
    }
}

impl Opener for Shared {
    type Device = Self;

    fn open(&mut self, _ports: u8) -> Result<Self, String> {
        if self.away.load(Ordering::SeqCst) {
            return Err("it was pulled".to_owned());
        }
        Ok(self.clone())
    }
}

/// A daemon at work.
pub struct Daemon {
    pub switch: Switch,
    pub events: broadcast::Receiver<Event>,
    thread: Option<JoinHandle<()>>,
    runtime: tokio::runtime::Runtime,
    pub notices: Arc<Mutex<Vec<Notice>>>,
}

/// A folder with a configuration file and the state.
pub fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), text);
    folder
}

pub fn write_config(folder: &Path, text: &str) {
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

pub fn setup(folder: &Path) -> Setup {
    Setup {
        device: "fake".to_owned(),
        file: folder.join("config.toml"),
        state: folder.join("state"),
    }
}

impl Daemon {
    pub fn start(folder: &Path, card: &Shared) -> Self {
        Self::try_start(folder, card.clone()).unwrap()
    }

    pub fn try_start(folder: &Path, card: impl Opener + 'static) -> Result<Self, StartError> {
        let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
        let told = Arc::clone(&notices);
        let notify = move |notice| told.lock().unwrap().push(notice);
        let (owner, switch) = Owner::new(setup(folder), card, notify)?;
        let events = switch.events();
        Ok(Self {
            switch,
            events,
            thread: Some(std::thread::spawn(|| owner.run())),
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            notices,
        })
    }

    /// Starts it and waits until the card is attached.
    pub fn attached(folder: &Path, card: &Shared) -> Self {
        let mut daemon = Self::start(folder, card);
        daemon.wait_state(DeviceState::Attached);
        daemon
    }

    pub fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, ApiError> {
        self.runtime.block_on(self.switch.ask(command))
    }

    pub fn status(&self) -> Status {
        self.ask(Command::Status).unwrap()
    }

    pub fn wait_state(&mut self, state: DeviceState) {
        self.wait_status(|status| status.device.state == state);
    }

    /// Asks until it is so.
    pub fn wait_status(&self, is_so: impl Fn(&Status) -> bool) -> Status {
        let began = Instant::now();
        loop {
            let status = self.status();
            if is_so(&status) {
                return status;
            }
            assert!(began.elapsed() < LONG, "it stays {status:#?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn apply(&self, text: &str, confirm_timeout_ms: Option<u64>) -> Result<Applied, ApiError> {
        let request = ApplyRequest {
            format: FORMAT,
            file: None,
            text: text.to_owned(),
            dry_run: false,
            confirm_timeout_ms,
            yes: false,
        };
        self.ask(|reply| Command::Apply(request, reply))
    }

    pub fn running(&self) -> ConfigurationText {
        self.ask(Command::Configuration).unwrap()
    }

    /// Configuration events so far.
    pub fn actions(&mut self) -> Vec<String> {
        let mut actions = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let EventKind::Configuration { action, .. } = event.kind {
                actions.push(action);
            }
        }
        actions
    }

    /// Ends it; the card and the folder remain.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = self.switch.send(Command::Stop);
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.unwrap();
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

pub fn text(text: &str) -> ConfigurationText {
    ConfigurationText {
        format: FORMAT,
        file: Some("new.toml".to_owned()),
        text: text.to_owned(),
    }
}
