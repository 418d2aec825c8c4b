//! The thread that owns the card.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use flowswitch_api::server::messages::{Command, EVENTS, QUEUE, Switch};
use flowswitch_api::{DeviceState, EventKind};
use flowswitch_driver::image::Image;
use flowswitch_driver::{Card, Device, Error, Waker};
use tokio::sync::broadcast;

use super::counts::Counts;
use super::desired::{Desired, desired, weighted};
use super::failed::{Failed, is_loss};
use super::health::Health;
use super::journal::{Identity, Intent, Journal, Saved, fingerprint};
use super::line::Line;
use super::opener::Opener;
use super::publisher::{Publisher, unix_ms};
use super::running::Running;
use super::start::{StartError, begin};
use super::wishes::Wishes;
use crate::config::format_mac;
use crate::image::{Plan, PlanError};
use crate::remedy::remedy;

/// How long a card that is lost is left alone before it is tried again: at first, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What the thread is told at its start.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The card's name, as on the command line.
    pub device: String,
    /// The configuration file.
    pub file: PathBuf,
    /// The state folder.
    pub state: PathBuf,
}

/// What the service manager may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The card runs the configuration, or was found to be lost: the daemon is at work.
    Ready,
    /// The card has answered.
    Answered,
    /// The configuration file is read again.
    Reloading,
    /// How things stand, in a sentence.
    Status(String),
}

/// A change that is taken back unless it is confirmed.
pub(super) struct Unconfirmed {
    pub old: Running,
    pub old_wishes: Wishes,
    pub deadline: Instant,
}

/// The card as a client is told of it.
pub(super) struct CardState {
    pub state: DeviceState,
    pub since_unix_ms: u64,
    pub why: String,
    pub losses: u64,
    /// Links by network port, once they are known.
    pub links: Vec<bool>,
    pub generation: u32,
    pub digest: u64,
}

/// Why work with a card ended.
pub(super) enum Ended {
    /// The card failed.
    Card(Error),
    /// The configuration cannot be laid out.
    Plan(PlanError),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Card(error)
    }
}

impl From<PlanError> for Ended {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

/// Owns the card: keeps it as it is to be, and carries out requests one after the other.
pub struct Owner<O: Opener> {
    pub(super) setup: Setup,
    opener: O,
    notify: Box<dyn FnMut(Notice) + Send>,
    pub(super) commands: Receiver<Command>,
    waker: Arc<Mutex<Option<Waker>>>,
    pub(super) publisher: Publisher,
    pub(super) journal: Journal,
    pub(super) saved: Saved,
    /// The change that stands in the journal.
    pub(super) intent: Option<Intent>,
    /// What became of a change that was cut off before the start, until it is told.
    pub(super) outcome: Option<&'static str>,
    pub(super) started: Instant,
    pub(super) started_unix_ms: u64,
    pub(super) running: Running,
    pub(super) wishes: Wishes,
    pub(super) unconfirmed: Option<Unconfirmed>,
    pub(super) health: Health,
    /// The running plan with the weights of now.
    pub(super) base: Plan,
    /// What the card holds, as far as states change it; none if that is not known.
    pub(super) held: Option<Image>,
    /// By what the card is known to hold the running configuration.
    pub(super) identity: Option<Identity>,
    /// By cluster name.
    pub(super) all_down: BTreeMap<String, bool>,
    pub(super) card: CardState,
    pub(super) counts: Counts,
    pub(super) stopping: bool,
    /// The file was to be read again while there was no card.
    pub(super) reload_wanted: bool,
    /// The card has been attached since the start.
    pub(super) adopted: bool,
    told_ready: bool,
}

impl<O: Opener> Owner<O> {
    /// Finds out what is to run, and gives the way to the thread.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn new(
        setup: Setup,
        opener: O,
        notify: impl FnMut(Notice) + Send + 'static,
    ) -> Result<(Self, Switch), StartError> {
        let journal = Journal::open(&setup.state)?;
        let beginning = begin(&journal, &setup.file)?;
        let (sender, commands) = bounded(QUEUE);
        let (listeners, _) = broadcast::channel(EVENTS);
        let waker: Arc<Mutex<Option<Waker>>> = Arc::default();
        let slot = Arc::clone(&waker);
        let wake = move || {
            let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(waker) = &*slot {
                waker.wake();
            }
        };
        let switch = Switch::new(sender, Arc::new(wake), listeners.clone());
        let running = beginning.running;
        let mut saved = beginning.found.saved;
        let wishes = Wishes {
            servers: std::mem::take(&mut saved.servers),
            routers: std::mem::take(&mut saved.routers),
        };
        let wishes = wishes.fitting(&running.config);
        let owner = Self {
            opener,
            notify: Box::new(notify),
            commands,
            waker,
            publisher: Publisher::new(listeners),
            journal,
            identity: saved.card.clone(),
            saved,
            intent: beginning.intent,
            outcome: beginning.outcome,
            started: Instant::now(),
            started_unix_ms: unix_ms(),
            wishes,
            unconfirmed: None,
            health: Health::new(&running.config, fastrand::u64(..), 0),
            base: running.plan.clone(),
            held: None,
            all_down: BTreeMap::new(),
            card: CardState {
                state: DeviceState::Attaching,
                since_unix_ms: unix_ms(),
                why: String::new(),
                losses: 0,
                links: Vec::new(),
                generation: 0,
                digest: 0,
            },
            counts: Counts::default(),
            stopping: false,
            reload_wanted: false,
            adopted: false,
            told_ready: false,
            running,
            setup,
        };
        Ok((owner, switch))
    }

    /// Works until told to stop. The card goes on forwarding afterwards.
    pub fn run(mut self) {
        let mut backoff = BACKOFF.0;
        while !self.stopping {
            let why = match self.opener.open(self.running.config.switch.ports) {
                Err(why) => why,
                Ok(device) => {
                    self.set_waker(device.waker());
                    let ended = self.work(device);
                    self.set_waker(None);
                    if self.card.state == DeviceState::Attached {
                        backoff = BACKOFF.0;
                    }
                    match ended {
                        Ok(()) => break,
                        Err(Ended::Card(error)) => format!("{error} ({})", remedy(&error)),
                        Err(Ended::Plan(error)) => error.to_string(),
                    }
                }
            };
            self.lose(why);
            self.wait_without_card(backoff);
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    /// ns since the start.
    pub(super) fn now_ns(&self) -> u64 {
        // Centuries fit.
        self.started.elapsed().as_nanos() as u64
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        (self.notify)(notice);
    }

    fn set_waker(&self, waker: Option<Waker>) {
        let mut slot = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = waker;
    }

    fn work(&mut self, device: O::Device) -> Result<(), Ended> {
        let mut card = Card::open(device)?;
        self.attach(&mut card)?;
        let mut line = Line::open(&mut card)?;
        self.set_state(DeviceState::Attached, String::new());
        self.tell_ready();
        self.go_on(&mut line)
    }

    /// Keeps the card as it is to be, until it fails or the daemon is to stop.
    fn go_on(&mut self, line: &mut Line<'_, O::Device>) -> Result<(), Ended> {
        if std::mem::take(&mut self.reload_wanted) {
            // What came of it has been told.
            if let Err(Failed::Card(error)) = self.reload(line) {
                Self::loss(error)?;
            }
        }
        while !self.stopping {
            while let Ok(command) = self.commands.try_recv() {
                self.carry_out(Some(line), command)?;
                if self.stopping {
                    return Ok(());
                }
            }
            self.take_back_in_time(line)?;
            let wake_ns = self.look(line)?;
            let timeout = Duration::from_nanos(wake_ns.saturating_sub(self.now_ns()));
            let events = self.events_wanted();
            self.counts.events_told |= line.wait(events, timeout)?;
        }
        Ok(())
    }

    /// The card does not answer.
    fn lose(&mut self, why: String) {
        if self.card.state == DeviceState::Attached {
            self.card.losses += 1;
        }
        self.held = None;
        self.set_state(DeviceState::Lost, why);
        self.tell_ready();
    }

    /// Answers what can be answered without a card.
    fn wait_without_card(&mut self, backoff: Duration) {
        let until = Instant::now() + backoff;
        while !self.stopping {
            let left = until.saturating_duration_since(Instant::now());
            match self.commands.recv_timeout(left) {
                // Without a card nothing fails.
                Ok(command) => drop(self.carry_out(None, command)),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.stopping = true,
            }
        }
    }

    pub(super) fn set_state(&mut self, state: DeviceState, why: String) {
        if (self.card.state, &self.card.why) == (state, &why) && self.told_ready {
            return;
        }
        if self.card.state != state {
            self.card.since_unix_ms = unix_ms();
        }
        (self.card.state, self.card.why) = (state, why.clone());
        let told = match state {
            DeviceState::Attaching => "reading the card".to_owned(),
            DeviceState::Attached => format!("{} runs the configuration", self.setup.device),
            DeviceState::Lost => format!("the card is lost: {why}"),
        };
        self.notify(Notice::Status(told));
        self.publisher.tell(EventKind::Device { state, why });
    }

    fn tell_ready(&mut self) {
        if !self.told_ready {
            self.told_ready = true;
            self.notify(Notice::Ready);
        }
    }

    /// What the card is to hold now.
    pub(super) fn desire(&mut self) -> Result<Desired, PlanError> {
        self.refresh_base()?;
        let states = self.health.states(&self.running.config, &self.wishes);
        self.health.remember_alive(&self.running.config, &states);
        Ok(desired(&self.running.config, &self.base, &states))
    }

    /// Follows weights that may change now; tells whether any did, and when to look again.
    pub(super) fn refresh_base(&mut self) -> Result<(bool, Option<u64>), PlanError> {
        let now = self.now_ns();
        let (due, next) = self.health.take_weights(&self.running.config, now);
        if due {
            let states = self.health.states(&self.running.config, &self.wishes);
            self.base = weighted(&self.running.config, &self.running.plan, &states)?;
        }
        Ok((due, next))
    }

    /// What belongs to the configuration that runs if the daemon ends now, for the state folder: the running one, or the one
    /// before as long as that is not confirmed.
    pub(super) fn to_save(&self) -> Saved {
        let members = &self.running.plan.image.members;
        let numbers = self.running.plan.servers.iter().filter_map(|server| {
            let member = members.get(&server.number)?;
            Some((format_mac(member.mac), server.number))
        });
        let (lasting, card, wishes) = match &self.unconfirmed {
            None => (&self.running, self.identity.clone(), self.wishes.clone()),
            // The card holds the other one.
            Some(change) => (&change.old, None, self.wishes_without(change)),
        };
        Saved {
            format: flowswitch_api::FORMAT,
            fingerprint: fingerprint(&lasting.text.text),
            file: lasting.text.file.clone(),
            applied_unix_ms: lasting.applied_unix_ms,
            card,
            numbers: numbers.collect(),
            servers: wishes.servers,
            routers: wishes.routers,
            undone: self.saved.undone.clone(),
        }
    }

    /// Writes down that this runs. What cannot be written is told, and found again at the next start.
    pub(super) fn settle(&mut self) {
        let saved = self.to_save();
        let written = match &self.unconfirmed {
            None => self.journal.settle(&self.running.text.text, &saved),
            // It is not what is to run if the daemon ends now.
            Some(_) => self.journal.save(&saved),
        };
        match written {
            Ok(()) if self.unconfirmed.is_none() => self.intent = None,
            Ok(()) => {}
            Err(error) => tracing::error!("{error}"),
        }
        self.saved = saved;
    }

    /// An error that ends work with this card, or none.
    pub(super) fn loss(error: Error) -> Result<(), Ended> {
        if is_loss(&error) {
            Err(error.into())
        } else {
            tracing::error!("{error}");
            Ok(())
        }
    }
}
