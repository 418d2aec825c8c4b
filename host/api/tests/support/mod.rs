//! A daemon without a card: the real server and client, and a thread that answers for the card.

#![allow(dead_code)] // Each test file uses a part.

pub mod values;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use flowswitch_api::client::Client;
use flowswitch_api::server::messages::{Command, EVENTS, QUEUE, Switch};
use flowswitch_api::server::{Limits, bind, serve_metrics, serve_with};
use flowswitch_api::{ApiError, Event};
use tokio::sync::{broadcast, oneshot};

/// What the card is asked, in the order in which it came.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// A daemon that serves until it is dropped.
pub struct Daemon {
    pub folder: tempfile::TempDir,
    pub socket: PathBuf,
    pub metrics: std::net::SocketAddr,
    pub events: broadcast::Sender<Event>,
    /// Commands by their name and what they brought.
    pub asked: Asked,
    /// Times that the card's thread was woken.
    pub woken: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Daemon {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::answering(limits, answer)
    }

    /// A daemon whose card answers by `answer`.
    pub fn answering(limits: Limits, answer: fn(Command)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("api.sock");
        let (commands, inbox) = crossbeam_channel::bounded::<Command>(QUEUE);
        let (events, _) = broadcast::channel(EVENTS);
        let woken = Arc::new(AtomicU64::new(0));
        let waker = Arc::clone(&woken);
        let switch = Switch::new(
            commands,
            Arc::new(move || {
                waker.fetch_add(1, Ordering::Relaxed);
            }),
            events.clone(),
        );
        let asked = Asked::default();
        let seen = Arc::clone(&asked);
        let card = std::thread::spawn(move || {
            for command in inbox {
                seen.lock().unwrap().push(said(&command));
                answer(command);
            }
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let path = socket.clone();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = bind(&path, 0o660, None).unwrap();
                let loopback = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(loopback.local_addr().unwrap()).unwrap();
                let metrics = tokio::spawn(serve_metrics(
                    loopback,
                    switch.clone(),
                    std::future::pending::<()>(),
                ));
                serve_with(listener, switch, limits, stopped).await.unwrap();
                metrics.abort();
            });
        });
        let metrics = told.recv().unwrap();
        Self {
            folder,
            socket,
            metrics,
            events,
            asked,
            woken,
            stop: Some(stop),
            threads: vec![server, card],
        }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.socket).unwrap()
    }

    /// A normal client is answered.
    pub fn is_well(&self) {
        let status = self.client().status();
        assert_eq!(status.unwrap(), values::status());
    }

    pub fn connect(&self) -> UnixStream {
        connect(&self.socket)
    }

    /// Sends `request` and returns all that comes until the server closes.
    pub fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has refused may close before all is sent.
        let _ = stream.write_all(request);
        rest(&mut stream)
    }

    /// The status and body of the answer to one request.
    pub fn request(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        parts(&self.raw(&request))
    }

    /// `GET path` of the metrics port.
    pub fn scrape(&self, path: &str) -> (u16, String) {
        let mut stream = std::net::TcpStream::connect(self.metrics).unwrap();
        stream.set_read_timeout(Some(GUARD)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        parts(&rest(&mut stream))
    }

    /// Ends the server and waits for it.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.stop.take());
        for thread in self.threads.drain(..) {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "a thread of the daemon panicked"
            );
        }
    }
}

/// Against a test that hangs; nothing is measured by it.
pub const GUARD: Duration = Duration::from_secs(60);

pub fn connect(socket: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(GUARD)).unwrap();
    stream.set_write_timeout(Some(GUARD)).unwrap();
    stream
}

/// All that comes until the other side closes, or resets.
pub fn rest(stream: &mut impl Read) -> String {
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&part[..count]),
            Err(error) => {
                let hung = matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                );
                assert!(!hung, "the server neither answers nor closes");
                break;
            }
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The first answer of several; empty if the server closed.
pub fn first(stream: &mut impl Read) -> String {
    let mut answer = Vec::new();
    let mut byte = [0; 1];
    loop {
        let text = String::from_utf8_lossy(&answer).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|length| length.parse().ok())
                .unwrap_or(0);
            let mut left = vec![0; length - body.len()];
            stream.read_exact(&mut left).unwrap();
            answer.extend_from_slice(&left);
            break;
        }
        match stream.read(&mut byte) {
            Ok(1) => answer.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Status and body of an answer that came whole, not in chunks.
pub fn parts(answer: &str) -> (u16, String) {
    let status = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status.unwrap_or(0), body.to_owned())
}

fn said(command: &Command) -> String {
    match command {
        Command::Status(_) => "status".into(),
        Command::Statistics(_) => "statistics".into(),
        Command::Configuration(_) => "configuration".into(),
        Command::Check(text, _) => format!("check {text:?}"),
        Command::Diff(text, _) => format!("diff {text:?}"),
        Command::Apply(request, _) => format!("apply {request:?}"),
        Command::Confirm(_) => "confirm".into(),
        Command::Undo(_) => "undo".into(),
        Command::Reload(_) => "reload".into(),
        Command::SetServer(name, state, _) => format!("server {name} {state}"),
        Command::SetRouter(name, state, _) => format!("router {name} {state}"),
        Command::Flows(query, _) => format!("flows {query:?}"),
        Command::Trace(request, _) => format!("trace {request:?}"),
        Command::Stop => "stop".into(),
    }
}

/// Answers well, from [`values`]; a server or router that is not there is 404.
pub fn answer(command: Command) {
    match command {
        Command::Status(reply) => drop(reply.send(Ok(values::status()))),
        Command::Statistics(reply) => drop(reply.send(Ok(values::statistics()))),
        Command::Configuration(reply) => drop(reply.send(Ok(values::configuration()))),
        Command::Check(_, reply) => drop(reply.send(Ok(values::checked()))),
        Command::Diff(_, reply) => drop(reply.send(Ok(values::differences()))),
        Command::Apply(_, reply)
        | Command::Confirm(reply)
        | Command::Undo(reply)
        | Command::Reload(reply) => drop(reply.send(Ok(values::applied()))),
        Command::SetServer(name, _, reply) | Command::SetRouter(name, _, reply) => {
            let known = matches!(name.as_str(), "s1" | "r1");
            drop(reply.send(if known {
                Ok(values::status())
            } else {
                Err(ApiError::new(
                    404,
                    format!("there is no `{name}`"),
                    "see status",
                ))
            }));
        }
        Command::Flows(_, reply) => drop(reply.send(Ok(values::flows()))),
        Command::Trace(_, reply) => drop(reply.send(Ok(values::trace()))),
        Command::Stop => {}
    }
}

/// Refuses everything, as when the card is gone.
pub fn gone(command: Command) {
    let error = ApiError::new(503, "the card does not answer", "see dmesg");
    match command {
        Command::Statistics(reply) => drop(reply.send(Err(error))),
        Command::Status(reply) => {
            let mut status = values::status();
            status.device.state = flowswitch_api::DeviceState::Lost;
            drop(reply.send(Ok(status)));
        }
        // The sender is dropped: the daemon is ending.
        other => drop(other),
    }
}
