//! The clients' side: typed requests to the daemon over its socket. Blocking; not for use inside an asynchronous runtime.

mod error;
mod events;

pub use error::ClientError;
pub use events::Events;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::blocking::{self, RequestBuilder, Response};
use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    Administrative, Applied, ApplyRequest, Checked, ConfigurationText, Differences, ErrorBody,
    FORMAT, FlowList, FlowQuery, SetAdministrative, Statistics, Status, Trace, TraceRequest, path,
};

/// How long a question may take, in s: a little longer than the daemon lets it, so that the daemon's own answer comes first.
const ASK_SECONDS: u64 = 65;
/// The same for what is written to the card.
const WRITE_SECONDS: u64 = 310;
/// Connections that are kept for the next request live shorter than the daemon leaves them idle.
const IDLE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read at most: the status of a full card with every check is under a tenth of it.
const ANSWER_LIMIT: u64 = 64 << 20;
/// A host name that HTTP wants and nobody looks up.
const BASE: &str = "http://flowswitch";

/// A way to a daemon. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: blocking::Client,
    socket: PathBuf,
}

impl Client {
    /// A way to the daemon that listens at `socket`. Nothing is connected yet.
    ///
    /// # Errors
    /// [`ClientError::Lost`] if this process can have no more threads or descriptors.
    pub fn new(socket: impl AsRef<Path>) -> Result<Self, ClientError> {
        let socket = socket.as_ref().to_owned();
        let http = blocking::Client::builder()
            .unix_socket(socket.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(IDLE)
            .timeout(None)
            .build()
            .map_err(|error| ClientError::from_transport(&error, &socket, 0))?;
        Ok(Self { http, socket })
    }

    /// The socket at which the daemon listens.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// How everything stands.
    ///
    /// # Errors
    /// As for all requests: [`ClientError`].
    pub fn status(&self) -> Result<Status, ClientError> {
        self.get(path::STATUS)
    }

    /// The counters, read from the card now.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Api`] with status 503 if the card does not answer.
    pub fn statistics(&self) -> Result<Statistics, ClientError> {
        self.get(path::STATISTICS)
    }

    /// The running configuration, administrative states as they are now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn configuration(&self) -> Result<ConfigurationText, ClientError> {
        self.get(path::CONFIGURATION)
    }

    /// Whether a configuration is valid for the daemon's card.
    ///
    /// # Errors
    /// [`ClientError::Api`] with its problems if it is not.
    pub fn check(&self, configuration: &ConfigurationText) -> Result<Checked, ClientError> {
        self.send(Method::POST, path::CHECK, configuration, ASK_SECONDS)
    }

    /// In what a configuration differs from the running one.
    ///
    /// # Errors
    /// [`ClientError::Api`] with its problems if it is not valid.
    pub fn diff(&self, configuration: &ConfigurationText) -> Result<Differences, ClientError> {
        self.send(Method::POST, path::DIFF, configuration, ASK_SECONDS)
    }

    /// Runs a configuration.
    ///
    /// # Errors
    /// [`ClientError::Api`]: its problems; status 409 if another waits to be confirmed; 503 if the card does not answer.
    pub fn apply(&self, request: &ApplyRequest) -> Result<Applied, ClientError> {
        self.send(Method::POST, path::APPLY, request, WRITE_SECONDS)
    }

    /// Keeps what was applied with a time-out.
    ///
    /// # Errors
    /// [`ClientError::Api`] with status 409 if nothing waits to be confirmed.
    pub fn confirm(&self) -> Result<Applied, ClientError> {
        self.ask(self.request(Method::POST, path::CONFIRM)?, WRITE_SECONDS)
    }

    /// Takes it back at once.
    ///
    /// # Errors
    /// [`ClientError::Api`] with status 409 if nothing waits to be confirmed.
    pub fn undo(&self) -> Result<Applied, ClientError> {
        self.ask(self.request(Method::POST, path::UNDO)?, WRITE_SECONDS)
    }

    /// Sets the administrative state of a server, and says how everything stands then.
    ///
    /// # Errors
    /// [`ClientError::Api`] with status 404 if there is no such server.
    pub fn set_server(&self, name: &str, state: Administrative) -> Result<Status, ClientError> {
        self.set(path::SERVER_STATE, name, state)
    }

    /// The same for a router.
    ///
    /// # Errors
    /// [`ClientError::Api`] with status 404 if there is no such router.
    pub fn set_router(&self, name: &str, state: Administrative) -> Result<Status, ClientError> {
        self.set(path::ROUTER_STATE, name, state)
    }

    /// Flows of the card's table.
    ///
    /// # Errors
    /// [`ClientError::Api`] with status 400 or 404 for what cannot be asked.
    pub fn flows(&self, query: &FlowQuery) -> Result<FlowList, ClientError> {
        let mut url = self.url(path::FLOWS)?;
        {
            let FlowQuery {
                server,
                state,
                limit,
                from,
            } = query;
            let mut pairs = url.query_pairs_mut();
            for (key, value) in [
                ("server", server.clone()),
                ("state", state.clone()),
                ("limit", limit.map(|number| number.to_string())),
                ("from", from.map(|number| number.to_string())),
            ] {
                if let Some(value) = value {
                    pairs.append_pair(key, &value);
                }
            }
        }
        self.ask(self.http.get(url), ASK_SECONDS)
    }

    /// What the card would do with a frame, and why.
    ///
    /// # Errors
    /// [`ClientError::Api`] with status 400 if that is no frame or no port.
    pub fn trace(&self, request: &TraceRequest) -> Result<Trace, ClientError> {
        self.send(Method::POST, path::TRACE, request, ASK_SECONDS)
    }

    /// What happens from now on, until the daemon ends.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn events(&self) -> Result<Events, ClientError> {
        let answer = self.transport(self.request(Method::GET, path::EVENTS)?, None)?;
        Ok(Events::new(answer))
    }

    /// The description of the API as the daemon gives it (OpenAPI 3.1).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn openapi(&self) -> Result<serde_json::Value, ClientError> {
        let answer =
            self.transport(self.request(Method::GET, path::OPENAPI)?, Some(ASK_SECONDS))?;
        parse(&read(answer)?)
    }

    fn set<T: DeserializeOwned>(
        &self,
        template: &str,
        name: &str,
        state: Administrative,
    ) -> Result<T, ClientError> {
        // A URL cannot hold these, however they are encoded: two are its own, and line breaks are dropped.
        if matches!(name, "" | "." | "..") || name.contains(char::is_control) {
            return Err(ClientError::Name {
                name: name.to_owned(),
            });
        }
        let mut url = self.url("/")?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear();
            for segment in template.split('/').skip(1) {
                segments.push(if segment == "{name}" { name } else { segment });
            }
        }
        let request = self.http.put(url).json(&SetAdministrative { state });
        self.ask(request, WRITE_SECONDS)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.ask(self.request(Method::GET, path)?, ASK_SECONDS)
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        seconds: u64,
    ) -> Result<T, ClientError> {
        self.ask(self.request(method, path)?.json(body), seconds)
    }

    fn url(&self, path: &str) -> Result<Url, ClientError> {
        Url::parse(BASE)
            .and_then(|base| base.join(path))
            .map_err(|error| ClientError::NotAnAnswer {
                why: error.to_string(),
            })
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.http.request(method, self.url(path)?))
    }

    fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        seconds: u64,
    ) -> Result<T, ClientError> {
        document(&read(self.transport(request, Some(seconds))?)?)
    }

    /// The answer, if it is a good one.
    fn transport(
        &self,
        request: RequestBuilder,
        seconds: Option<u64>,
    ) -> Result<Response, ClientError> {
        let request = match seconds {
            Some(seconds) => request.timeout(Duration::from_secs(seconds)),
            None => request,
        };
        let answer = request.send().map_err(|error| {
            ClientError::from_transport(&error, &self.socket, seconds.unwrap_or_default())
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = read(answer)?;
        let refusal: ErrorBody = document(&body).map_err(|error| match error {
            ClientError::NotAnAnswer { .. } => ClientError::NotAnAnswer {
                why: format!("HTTP status {status}"),
            },
            other => other,
        })?;
        Err(refusal.error.into())
    }
}

fn read(answer: Response) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    answer
        .take(ANSWER_LIMIT + 1)
        .read_to_end(&mut body)
        .map_err(|error| ClientError::Lost {
            why: error.to_string(),
        })?;
    if body.len() as u64 > ANSWER_LIMIT {
        return Err(ClientError::NotAnAnswer {
            why: format!("it is longer than {ANSWER_LIMIT} bytes"),
        });
    }
    Ok(body)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|error| ClientError::NotAnAnswer {
        why: error.to_string(),
    })
}

/// Reads a document after its format version has been found to be known.
fn document<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    #[derive(serde::Deserialize)]
    struct Version {
        format: u64,
    }
    let Version { format } = parse(body)?;
    if format != u64::from(FORMAT) {
        return Err(ClientError::Format { found: format });
    }
    parse(body)
}
