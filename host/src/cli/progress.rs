//! A bar on standard error for what takes long.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flowswitch_driver::{Activity, Card, Reached};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar is shown when the work takes longer than this.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bar that appears when the work takes long; gone when it is dropped.
pub(super) struct Progress(Bar);

#[derive(Clone)]
struct Bar {
    bar: ProgressBar,
    begun: Instant,
}

impl Bar {
    fn new(steps: u64) -> Self {
        Self {
            bar: ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden()),
            begun: Instant::now(),
        }
    }

    fn tell_of(&self, what: &str) {
        let template = format!("{{bar:50}} {{percent}} % {what}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            self.bar.set_style(style);
        }
    }

    fn done(&self, steps: u64) {
        if self.bar.is_hidden() && self.begun.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(steps);
    }
}

impl Progress {
    /// For so many steps; `what` says of what, as in "of simulated time".
    pub(super) fn new(steps: u64, what: &str) -> Self {
        let bar = Bar::new(steps);
        bar.tell_of(what);
        Self(bar)
    }

    /// For what is read from a card and written to it from now on; the entries are counted.
    pub(super) fn of<D>(card: &mut Card<D>) -> Self {
        let bar = Bar::new(1);
        let shown = bar.clone();
        let mut under_way: Option<(Activity, u64)> = None;
        card.watch(move |Reached { activity, done, of }| {
            if under_way != Some((activity, of)) {
                under_way = Some((activity, of));
                shown.bar.reset();
                shown.bar.set_length(of);
                shown.tell_of(match activity {
                    Activity::ReadTables => "of the entries read",
                    Activity::ReadBuckets => "of the buckets read",
                    Activity::Write => "of the entries written",
                });
            }
            shown.done(done);
        });
        Self(bar)
    }

    /// So many steps are done.
    pub(super) fn done(&self, steps: u64) {
        self.0.done(steps);
    }

    /// So many steps there are.
    pub(super) fn set_steps(&self, steps: u64) {
        self.0.bar.set_length(steps);
    }

    /// Runs `print` with the bar out of the way.
    pub(super) fn aside<R>(&self, print: impl FnOnce() -> R) -> R {
        self.0.bar.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.bar.finish_and_clear();
    }
}

/// A sign of life on standard error for work whose length is not known, after a while; gone when it is dropped.
pub(super) struct Busy {
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Busy {
    /// `what` says what is being done, as in "reading the card's tables".
    pub(super) fn new(what: &'static str) -> Self {
        let (end, ended) = channel();
        let thread = std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let spinner = ProgressBar::new_spinner().with_message(what);
            spinner.enable_steady_tick(Duration::from_millis(100));
            let _ = ended.recv();
            spinner.finish_and_clear();
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
