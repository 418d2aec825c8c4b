//! Requests, carried out one after the other.

use std::time::Instant;

use flowswitch_api::server::messages::{Command, Reply};
use flowswitch_api::{Administrative, ApiError, EventKind, FlowList, FlowQuery, Status};

use super::failed::{Failed, no_card};
use super::health::Place;
use super::line::Line;
use super::opener::Opener;
use super::owner::{Ended, Owner};
use super::transaction::told;
use crate::config::did_you_mean;
use crate::explain::{Names, answer as answer_trace};
use crate::flow_list::{self, FlowListError};

/// What a state is set for.
enum Whose {
    Server,
    Router,
}

impl<O: Opener> Owner<O> {
    /// Carries out a request; without a card only those that need none.
    ///
    /// # Errors
    /// If the card must be opened again.
    pub(super) fn carry_out(
        &mut self,
        line: Option<&mut Line<'_, O::Device>>,
        command: Command,
    ) -> Result<(), Ended> {
        match command {
            Command::Status(reply) => {
                let status = self.status(line);
                answer(reply, status)
            }
            Command::Configuration(reply) => answer(reply, Ok(self.running_text())),
            Command::Check(text, reply) => answer(reply, self.check(text)),
            Command::Stop => {
                self.stopping = true;
                Ok(())
            }
            Command::Statistics(reply) => {
                self.with_card(line, reply, |owner, line| owner.statistics(line))
            }
            Command::Diff(text, reply) => {
                self.with_card(line, reply, |owner, line| owner.diff(line, text))
            }
            Command::Apply(request, reply) => {
                self.with_card(line, reply, |owner, line| owner.apply(line, request))
            }
            Command::Confirm(reply) => self.with_card(line, reply, |owner, _| owner.confirm()),
            Command::Undo(reply) => self.with_card(line, reply, |owner, line| owner.undo(line)),
            Command::Reload(reply) => {
                if line.is_none() {
                    tracing::warn!(
                        "reload: there is no card; the file is read again as soon as it is back"
                    );
                    self.reload_wanted = true;
                }
                self.with_card(line, reply, |owner, line| owner.reload(line))
            }
            Command::SetServer(name, state, reply) => self.with_card(line, reply, |owner, line| {
                owner.set(line, &Whose::Server, &name, state)
            }),
            Command::SetRouter(name, state, reply) => self.with_card(line, reply, |owner, line| {
                owner.set(line, &Whose::Router, &name, state)
            }),
            Command::Flows(query, reply) => {
                self.with_card(line, reply, |owner, line| owner.flows(line, &query))
            }
            Command::Trace(request, reply) => self.with_card(line, reply, |owner, line| {
                let names = Names::of(&owner.running.config, &owner.running.plan);
                Ok(answer_trace(line.card(), &names, &request)?)
            }),
        }
    }

    fn with_card<'c, T>(
        &mut self,
        line: Option<&mut Line<'c, O::Device>>,
        reply: Reply<T>,
        work: impl FnOnce(&mut Self, &mut Line<'c, O::Device>) -> Result<T, Failed>,
    ) -> Result<(), Ended> {
        match line {
            Some(line) => {
                let done = work(self, line);
                answer(reply, done)
            }
            None => answer(reply, Err(no_card(&self.card.why).into())),
        }
    }

    /// Sets what the operator wants of a server or router.
    fn set(
        &mut self,
        line: &mut Line<'_, O::Device>,
        whose: &Whose,
        name: &str,
        state: Administrative,
    ) -> Result<Status, Failed> {
        let began = Instant::now();
        let before = self.wishes.clone();
        let config = &self.running.config;
        let (known, what) = match whose {
            Whose::Server => (self.wishes.set_server(config, name, state), "server"),
            Whose::Router => (self.wishes.set_router(config, name, state), "router"),
        };
        if !known {
            let message = format!("there is no {what} `{name}`");
            let members = match whose {
                Whose::Server => &self.running.plan.servers,
                Whose::Router => &self.running.plan.routers,
            };
            let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            let remedy = match did_you_mean(name, &names) {
                Some(question) => format!("{question} `flowswitch status` lists them"),
                None => "`flowswitch status` lists them".to_owned(),
            };
            return Err(ApiError::new(404, message, remedy).into());
        }
        if self.wishes != before {
            // It is kept before it acts: what is told to be done outlives the daemon.
            let saved = self.to_save();
            if let Err(error) = self.journal.save(&saved) {
                self.wishes = before;
                let remedy = "give the state folder room and let the daemon write there";
                return Err(ApiError::new(500, error.to_string(), remedy).into());
            }
            self.saved = saved;
            self.sync(line, began).map_err(Failed::from)?;
            self.publisher.tell(EventKind::Administrative {
                name: name.to_owned(),
                state,
            });
        }
        self.status(Some(line))
    }

    fn flows(
        &mut self,
        line: &mut Line<'_, O::Device>,
        query: &FlowQuery,
    ) -> Result<FlowList, Failed> {
        let listed = flow_list::list(line.card(), &self.running.plan.servers, query);
        listed.map_err(|error| match error {
            FlowListError::Card(error) => error.into(),
            error => {
                let status = if matches!(error, FlowListError::NoServer { .. }) {
                    404
                } else {
                    400
                };
                ApiError::new(status, error.to_string(), error.remedy()).into()
            }
        })
    }

    /// What is in maintenance is down for a reason of its own.
    pub(super) fn is_in_maintenance(&mut self, place: Place) -> bool {
        let states = self.health.states(&self.running.config, &self.wishes);
        let state = match place {
            Place::Server(c, s) => states.servers[c][s],
            Place::Router(p, r) => states.routers[p][r],
        };
        state.administrative == Administrative::Maintenance
    }
}

impl From<Ended> for Failed {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Card(error) => error.into(),
            Ended::Plan(error) => error.into(),
        }
    }
}

/// Answers; whoever asked may have gone meanwhile.
fn answer<T>(reply: Reply<T>, done: Result<T, Failed>) -> Result<(), Ended> {
    let (result, loss) = match done {
        Ok(done) => (Ok(done), None),
        Err(failed) => {
            let (error, loss) = told(failed);
            (Err(error), loss)
        }
    };
    drop(reply.send(result));
    match loss {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
