//! A daemon for tests: it answers each request as it is told to, well or badly.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flowswitch_api::{ApiError, ErrorBody, FORMAT};
use serde::Serialize;
use tempfile::TempDir;

use crate::command::flowswitch;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method and path with query, as in `GET /v1/status`.
    pub line: String,
    /// Its body.
    pub body: String,
}

/// A daemon that listens until it is dropped, and knows what it was asked.
pub struct Daemon {
    folder: TempDir,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Daemon {
    /// Answers each request with what `answer` makes of it: a whole HTTP answer, or anything else.
    pub fn new(answer: impl Fn(&Request, &mut UnixStream) + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = UnixListener::bind(folder.path().join("api.sock")).expect("a socket");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    log.lock().expect("the log").push(request.clone());
                    answer(&request, &mut stream);
                });
            }
        });
        Self { folder, asked }
    }

    /// Answers every request with one document.
    pub fn saying(document: &impl Serialize) -> Self {
        let text = serde_json::to_string(document).expect("JSON");
        Self::new(move |_, stream| send(stream, 200, &text))
    }

    /// Refuses every request.
    pub fn refusing(error: &ApiError) -> Self {
        let error = error.clone();
        Self::new(move |_, stream| refuse(stream, &error))
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("api.sock")
    }

    /// A folder that goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("the log").clone()
    }

    /// Runs a command against it: status, standard output, standard error.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let socket = self.socket().display().to_string();
        flowswitch(&[arguments, &["--socket", &socket]].concat())
    }

    /// Runs a command that must succeed, and gives what it prints.
    pub fn print(&self, arguments: &[&str]) -> String {
        let (status, out, error) = self.run(arguments);
        assert_eq!((status, error.as_str()), (Some(0), ""), "{out}");
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "over 100 columns: {line}");
        }
        out
    }
}

fn read(stream: &UnixStream) -> Option<Request> {
    let guard = Duration::from_secs(30);
    stream.set_read_timeout(Some(guard)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = first.trim().trim_end_matches(" HTTP/1.1").to_owned();
    let body = String::from_utf8(body).ok()?;
    Some(Request { line, body })
}

/// Sends a JSON body.
pub fn send(stream: &mut UnixStream, status: u16, body: &str) {
    let length = body.len() + 1;
    let answer = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}\n"
    );
    // Who asked may have gone.
    let _ = stream.write_all(answer.as_bytes());
}

/// Sends a document.
pub fn say(stream: &mut UnixStream, document: &impl Serialize) {
    send(stream, 200, &serde_json::to_string(document).expect("JSON"));
}

/// Sends a refusal.
pub fn refuse(stream: &mut UnixStream, error: &ApiError) {
    let body = ErrorBody {
        format: FORMAT,
        error: error.clone(),
    };
    let body = serde_json::to_string(&body).expect("JSON");
    send(stream, error.status, &body);
}
