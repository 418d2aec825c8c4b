//! Changes of the configuration: one at a time, whole or not at all.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use flowswitch_api::{
    ApiError, Applied, ApplyRequest, Checked, ConfigurationText, Differences, EventKind, FORMAT,
    Note, Written,
};
use flowswitch_driver::{Error, Report};

use super::desired::{Desired, desired, numbers_of, weighted};
use super::differences::differences;
use super::failed::{Failed, api_error, is_loss, wrong_configuration};
use super::journal::{Intent, JournalError, Text, fingerprint};
use super::line::Line;
use super::opener::Opener;
use super::owner::{Ended, Notice, Owner, Unconfirmed};
use super::publisher::unix_ms;
use super::running::{Running, RunningError};
use super::start::read_file;
use super::text::with_states;
use super::wishes::Wishes;
use crate::config::{Config, LONGEST};
use crate::image::plan_keeping;
use crate::numbering::{Numbers, extended};

/// Times that a confirmation may take, in ms.
const CONFIRM_MS: std::ops::RangeInclusive<u64> = 1_000..=3_600_000;

/// When a change is taken back again that could not be.
const UNDO_AGAIN: Duration = Duration::from_secs(1);

impl<O: Opener> Owner<O> {
    /// The running text, with states as they are wanted now.
    pub(super) fn running_text(&self) -> ConfigurationText {
        let Wishes { servers, routers } = &self.wishes;
        ConfigurationText {
            format: FORMAT,
            // Where `save` puts it, as whoever saves it: never a path that a client chose.
            file: Some(self.setup.file.display().to_string()),
            text: with_states(&self.running.text.text, servers, routers),
        }
    }

    /// Whether a text is a valid configuration.
    pub(super) fn check(&self, text: ConfigurationText) -> Result<Checked, Failed> {
        let running = read(text.file, text.text)?;
        let config = &running.config;
        let servers = config.clusters.iter().map(|cluster| cluster.servers.len());
        let routers = config.pools.iter().map(|pool| pool.routers.len());
        Ok(Checked {
            format: FORMAT,
            clusters: config.clusters.len() as u32,
            servers: servers.sum::<usize>() as u32,
            routers: routers.sum::<usize>() as u32,
            notes: notes(config),
        })
    }

    /// In what a text differs from what runs.
    pub(super) fn diff(
        &mut self,
        line: &mut Line<'_, O::Device>,
        text: ConfigurationText,
    ) -> Result<Differences, Failed> {
        let old = self.running_text();
        let new = read(text.file, text.text)?;
        let found = differences(&old.text, &new.text.text);
        let report = self.tried(line, new)?;
        Ok(Differences {
            format: FORMAT,
            same: found.is_empty(),
            differences: found,
            would_write: written(&report),
        })
    }

    /// What a configuration would write. Nothing changes.
    fn tried(&mut self, line: &mut Line<'_, O::Device>, new: Running) -> Result<Report, Failed> {
        let new = self.numbered(line, new)?;
        let wishes = self.wishes.carried(&self.running.config, &new.config);
        let desired = self.planned(&new, &wishes)?;
        Ok(line.card().plan(&desired.image)?)
    }

    /// What the card is to hold with another configuration.
    fn planned(&self, new: &Running, wishes: &Wishes) -> Result<Desired, Failed> {
        let states = self.health.states(&new.config, wishes);
        let base = weighted(&new.config, &new.plan, &states)?;
        Ok(desired(&new.config, &base, &states))
    }

    /// Gives the servers of a configuration the numbers that the card knows them by.
    fn numbered(&self, line: &mut Line<'_, O::Device>, new: Running) -> Result<Running, Failed> {
        let numbers = extended(line.card(), &new.config, &numbers_of(&self.running.plan))?;
        Ok(Running {
            plan: plan_keeping(&new.config, &numbers)?,
            ..new
        })
    }

    /// Puts a configuration into the place of the running one, without a word to the card; returns that.
    fn exchange(&mut self, new: Running, wishes: Wishes) -> (Running, Wishes) {
        let now = self.now_ns();
        let states = self.health.states(&new.config, &wishes);
        // It was laid out with these weights before.
        self.base = weighted(&new.config, &new.plan, &states).unwrap_or_else(|_| new.plan.clone());
        let old = std::mem::replace(&mut self.running, new);
        let old_wishes = std::mem::replace(&mut self.wishes, wishes);
        self.health.configure(&self.running.config, now);
        self.counts.forget();
        (old, old_wishes)
    }

    /// Runs a text.
    pub(super) fn apply(
        &mut self,
        line: &mut Line<'_, O::Device>,
        request: ApplyRequest,
    ) -> Result<Applied, Failed> {
        if self.unconfirmed.is_some() {
            return Err(not_now().into());
        }
        let confirm = request.confirm_timeout_ms;
        if let Some(ms) = confirm.filter(|ms| !CONFIRM_MS.contains(ms)) {
            let message = format!("a time-out of {ms} ms is not possible");
            let remedy = "give 1,000 to 3,600,000 ms (one second to one hour)";
            return Err(ApiError::new(400, message, remedy).into());
        }
        let new = read(request.file, request.text)?;
        let notes = notes(&new.config);
        if request.dry_run {
            let report = self.tried(line, new)?;
            return Ok(self.applied(&report, true, notes));
        }
        let emptied = self.running.config.emptied_by(&new.config);
        if let Some(why) = emptied.filter(|_| !request.yes) {
            let remedy = "if that is meant, say so: `flowswitch apply --yes`; a file that was emptied or cut off is to be mended";
            return Err(ApiError::new(400, format!("refused: {why}"), remedy).into());
        }
        let report = self.run_text(line, new, confirm)?;
        self.tell_configuration("applied", &report);
        Ok(self.applied(&report, false, notes))
    }

    /// Brings the card to a text; if that fails, back to what ran.
    fn run_text(
        &mut self,
        line: &mut Line<'_, O::Device>,
        new: Running,
        confirm_ms: Option<u64>,
    ) -> Result<Report, Failed> {
        let new = self.numbered(line, new)?;
        let wishes = self.wishes.carried(&self.running.config, &new.config);
        let planned = self.planned(&new, &wishes)?;
        let deadline = confirm_ms.map(|ms| unix_ms() + ms);
        let intent = Intent::new(Some(self.running.text.clone()), new.text.clone(), deadline);
        self.journal
            .begin(&intent)
            .map_err(|error| unwritable(&error))?;
        self.intent = Some(intent);
        match self.program(line, planned) {
            Ok(report) => {
                let (old, old_wishes) = self.exchange(new, wishes);
                self.saved.undone = None;
                self.unconfirmed = confirm_ms.map(|ms| Unconfirmed {
                    old,
                    old_wishes,
                    deadline: Instant::now() + Duration::from_millis(ms),
                });
                self.settle();
                Ok(report)
            }
            Err(failed) => {
                self.go_back(line, new.text)?;
                Err(failed)
            }
        }
    }

    /// Brings the card back to what runs after a change that failed. If that fails too, it stands in the journal.
    fn go_back(&mut self, line: &mut Line<'_, O::Device>, new: Text) -> Result<(), Failed> {
        let back = Intent::new(Some(new), self.running.text.clone(), None);
        if let Err(error) = self.journal.begin(&back) {
            tracing::error!("{error}");
        }
        self.intent = Some(back);
        let desired = self.desire()?;
        let report = self.program(line, desired)?;
        self.settle();
        if !report.unchanged {
            self.tell_configuration("undone", &report);
        }
        Ok(())
    }

    /// Brings the whole card to what it is to hold.
    fn program(
        &mut self,
        line: &mut Line<'_, O::Device>,
        desired: Desired,
    ) -> Result<Report, Failed> {
        self.held = None;
        let report = line.card().program(&desired.image)?;
        self.held = Some(desired.image);
        self.note_identity(line.card())?;
        Ok(report)
    }

    /// Keeps what was applied with a time-out.
    pub(super) fn confirm(&mut self) -> Result<Applied, Failed> {
        let Some(change) = self.unconfirmed.take() else {
            return Err(nothing_unconfirmed().into());
        };
        let saved = self.to_save();
        if let Err(error) = self.journal.settle(&self.running.text.text, &saved) {
            self.unconfirmed = Some(change);
            return Err(unwritable(&error).into());
        }
        (self.saved, self.intent) = (saved, None);
        let report = Report {
            unchanged: true,
            ..Report::default()
        };
        self.tell_configuration("confirmed", &report);
        Ok(self.applied(&report, false, Vec::new()))
    }

    /// Takes it back. Until that is done the change stays unconfirmed.
    pub(super) fn undo(&mut self, line: &mut Line<'_, O::Device>) -> Result<Applied, Failed> {
        let Some(change) = &self.unconfirmed else {
            return Err(nothing_unconfirmed().into());
        };
        let (old, wishes) = (change.old.clone(), self.wishes_without(change));
        let numbers = extended(line.card(), &old.config, &self.numbers_before(change))?;
        let old = Running {
            plan: plan_keeping(&old.config, &numbers)?,
            ..old
        };
        let planned = self.planned(&old, &wishes)?;
        let report = self.program(line, planned)?;
        self.unconfirmed = None;
        self.saved.undone = Some(fingerprint(&self.running.text.text));
        self.exchange(old, wishes);
        self.settle();
        self.tell_configuration("undone", &report);
        Ok(self.applied(&report, false, Vec::new()))
    }

    /// Numbers that servers have if a change is taken back: those they have now, else those they had before, unless another
    /// server, which may have flows by now, got them.
    fn numbers_before(&self, change: &Unconfirmed) -> Numbers {
        let mut numbers = numbers_of(&self.running.plan);
        let taken: BTreeSet<u16> = numbers.values().copied().collect();
        for (mac, number) in numbers_of(&change.old.plan) {
            if !taken.contains(&number) {
                numbers.entry(mac).or_insert(number);
            }
        }
        numbers
    }

    /// What is wanted if a change is taken back. What the operator set meanwhile stays, where it is known.
    pub(super) fn wishes_without(&self, change: &Unconfirmed) -> Wishes {
        let mut wishes = change.old_wishes.clone();
        let set = self
            .wishes
            .carried(&self.running.config, &change.old.config);
        wishes.servers.extend(set.servers);
        wishes.routers.extend(set.routers);
        wishes
    }

    /// Takes an unconfirmed change back when its time is over, and tries again until that is done.
    pub(super) fn take_back_in_time(
        &mut self,
        line: &mut Line<'_, O::Device>,
    ) -> Result<(), Ended> {
        let due = self.unconfirmed.as_ref();
        if due.is_none_or(|change| change.deadline > Instant::now()) {
            return Ok(());
        }
        tracing::warn!("nobody confirmed the configuration in time: it is taken back");
        let Err(failed) = self.undo(line) else {
            return Ok(());
        };
        if let Some(change) = &mut self.unconfirmed {
            change.deadline = Instant::now() + UNDO_AGAIN;
        }
        match failed {
            Failed::Card(error) => Self::loss(error),
            Failed::Refused(error) => {
                tracing::error!("{error} ({}); it is tried again", error.remedy);
                Ok(())
            }
        }
    }

    /// When the unconfirmed change is taken back, in ns since the start.
    pub(super) fn deadline_ns(&self) -> u64 {
        let deadline = self.unconfirmed.as_ref().map(|change| change.deadline);
        deadline.map_or(u64::MAX, |at| {
            let ahead = at.saturating_duration_since(Instant::now());
            self.now_ns() + ahead.as_nanos() as u64
        })
    }

    /// Reads the configuration file again and runs it.
    pub(super) fn reload(&mut self, line: &mut Line<'_, O::Device>) -> Result<Applied, Failed> {
        self.notify(Notice::Reloading);
        let done = read_file(&self.setup.file)
            .map_err(|error| {
                let remedy = "see that the file is there and may be read by the daemon's user";
                Failed::from(ApiError::new(400, error.to_string(), remedy))
            })
            .and_then(|text| {
                let request = ApplyRequest {
                    format: FORMAT,
                    file: text.file,
                    text: text.text,
                    dry_run: false,
                    confirm_timeout_ms: None,
                    yes: false,
                };
                self.apply(line, request)
            });
        if let Err(failed) = &done {
            match failed {
                Failed::Refused(error) => {
                    tracing::error!("reload: {error} ({})", error.remedy);
                    for problem in &error.problems {
                        let place = format!("{}:{}", problem.file, problem.line);
                        tracing::error!("{place}: {} ({})", problem.message, problem.remedy);
                    }
                }
                Failed::Card(error) => tracing::error!("reload: {error}"),
            }
        }
        self.notify(Notice::Ready);
        done
    }

    fn applied(&self, report: &Report, dry_run: bool, notes: Vec<Note>) -> Applied {
        let left = self.unconfirmed.as_ref().map(|change| change.deadline);
        let left = left.map(|at| at.saturating_duration_since(Instant::now()));
        Applied {
            format: FORMAT,
            dry_run,
            unchanged: report.unchanged,
            written: written(report),
            generation: self.card.generation,
            confirm_within_ms: left.map(|left| left.as_millis() as u64),
            notes,
        }
    }

    fn tell_configuration(&mut self, action: &str, report: &Report) {
        self.publisher.tell(EventKind::Configuration {
            action: action.to_owned(),
            writes: report.writes,
            generation: self.card.generation,
        });
    }
}

/// Reads a client's text.
fn read(file: Option<String>, text: String) -> Result<Running, ApiError> {
    if text.len() > LONGEST {
        let remedy = "a configuration has at most 1 MiB";
        return Err(ApiError::new(413, "the configuration is too long", remedy));
    }
    let text = Text { file, text };
    let name = text.name().to_owned();
    Running::new(text, unix_ms()).map_err(|error| match error {
        RunningError::Config(error) => wrong_configuration(&name, &error),
        RunningError::Plan(error) => {
            ApiError::new(400, error.to_string(), "make the configuration smaller")
        }
    })
}

fn notes(config: &Config) -> Vec<Note> {
    let notes = config.notes.iter().map(|note| Note {
        key: note.key.clone(),
        line: u32::try_from(note.line).unwrap_or(u32::MAX),
        text: note.note.clone(),
    });
    notes.collect()
}

fn written(report: &Report) -> Written {
    Written {
        entries: report.entries,
        buckets: report.buckets,
        settings: report.settings,
        writes: report.writes,
    }
}

fn not_now() -> ApiError {
    ApiError::new(
        409,
        "another change waits to be confirmed",
        "`flowswitch confirm` keeps it, `flowswitch undo` takes it back",
    )
}

fn nothing_unconfirmed() -> ApiError {
    ApiError::new(
        409,
        "no change waits to be confirmed",
        "`flowswitch apply --confirm-timeout 60s` makes one; it may have been taken back already",
    )
}

fn unwritable(error: &JournalError) -> ApiError {
    ApiError::new(
        500,
        error.to_string(),
        "give the state folder room and let the daemon write there; nothing was changed",
    )
}

/// What a failure is to the client, and whether the card must be opened again.
pub(super) fn told(failed: Failed) -> (ApiError, Option<Error>) {
    match failed {
        Failed::Refused(error) => (error, None),
        Failed::Card(error) => {
            let told = api_error(&error);
            (told, is_loss(&error).then_some(error))
        }
    }
}
