//! What the screen shows, and what keys do to it.

use std::collections::VecDeque;

use flowswitch_api::{Administrative, Statistics, Status};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::cli::member_state::Kind;
use crate::cli::stats::rates::Rates;

/// Events that are kept for the screen.
const EVENTS: usize = 200;

/// What a key asks for beyond the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing.
    None,
    /// The end.
    Quit,
    /// A member's state.
    Set(Kind, String, Administrative),
}

/// What comes from the daemon.
#[derive(Debug)]
pub(super) enum News {
    /// How everything stands, and what was counted; the counters fail alone while the card is lost.
    Reading(Box<Status>, Option<Box<Statistics>>),
    /// An event, as a line.
    Event(String),
    /// What became of a wish.
    Done(String),
    /// There was no answer, and why.
    Trouble(String),
}

/// All that the screen shows.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) status: Option<Status>,
    pub(super) statistics: Option<Statistics>,
    pub(super) rates: Option<Rates>,
    /// The newest last.
    pub(super) events: VecDeque<String>,
    /// Why there was no answer at last.
    pub(super) trouble: Option<String>,
    /// What the last wish came to.
    pub(super) message: Option<String>,
    /// Whom maintenance is asked for and not yet answered yes.
    pub(super) question: Option<(Kind, String)>,
    /// Position in [`State::members`].
    pub(super) selected: usize,
}

impl State {
    /// Servers by cluster, then routers by pool, in the order of the screen.
    pub(super) fn members(&self) -> Vec<(Kind, &str)> {
        let Some(status) = &self.status else {
            return Vec::new();
        };
        let servers = status.clusters.iter().flat_map(|cluster| &cluster.servers);
        let servers = servers.map(|server| (Kind::Server, &*server.name));
        let routers = status.pools.iter().flat_map(|pool| &pool.routers);
        let routers = routers.map(|router| (Kind::Router, &*router.name));
        servers.chain(routers).collect()
    }

    /// Takes what came from the daemon.
    pub(super) fn take(&mut self, news: News) {
        match news {
            News::Reading(status, statistics) => {
                let chosen = self.chosen();
                self.status = Some(*status);
                // Who was chosen stays so when a configuration moves it.
                let again = chosen.and_then(|(kind, name)| {
                    let mut members = self.members().into_iter();
                    members.position(|member| member == (kind, &*name))
                });
                let last = self.members().len().saturating_sub(1);
                self.selected = again.unwrap_or(self.selected).min(last);
                let statistics = statistics.map(|statistics| *statistics);
                self.rates = match (&self.statistics, &statistics) {
                    (Some(before), Some(after)) => Rates::between(before, after),
                    _ => None,
                };
                self.statistics = statistics;
                self.trouble = None;
            }
            News::Event(line) => {
                if self.events.len() == EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back(line);
            }
            News::Done(text) => self.message = Some(text),
            News::Trouble(text) => {
                self.trouble = Some(text);
                // What cannot be compared with the next reading is no rate.
                self.statistics = None;
                self.rates = None;
            }
        }
    }

    fn chosen(&self) -> Option<(Kind, String)> {
        let members = self.members();
        let (kind, name) = members.get(self.selected)?;
        Some((*kind, (*name).to_owned()))
    }

    /// A key was pressed.
    pub(super) fn key(&mut self, key: KeyEvent) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::None;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('c') {
            return Wish::Quit;
        }
        if let Some((kind, name)) = self.question.take() {
            // Anything but yes is no.
            return match key.code {
                KeyCode::Char('y' | 'Y') => Wish::Set(kind, name, Administrative::Maintenance),
                _ => Wish::None,
            };
        }
        self.message = None;
        let last = self.members().len().saturating_sub(1);
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Wish::Quit,
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.selected = (self.selected + 1).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(10),
            KeyCode::PageDown => self.selected = (self.selected + 10).min(last),
            KeyCode::Home => self.selected = 0,
            KeyCode::End => self.selected = last,
            KeyCode::Char('m') => self.question = self.chosen(),
            KeyCode::Char('d') => return self.wish(Administrative::Drain),
            KeyCode::Char('r') => return self.wish(Administrative::Ready),
            _ => {}
        }
        Wish::None
    }

    fn wish(&self, state: Administrative) -> Wish {
        match self.chosen() {
            Some((kind, name)) => Wish::Set(kind, name, state),
            None => Wish::None,
        }
    }
}
