//! A client's requests, one after the other at a steady pace: by short connections, by long ones, by datagrams. What became
//! of each is printed as a line of JSON.

use super::web::WEB_PORT;
use crate::live::talk::ECHO_PORT;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A request that takes longer has failed: the card is simulated, on a machine that may be busy.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// A line of an answer's head is no longer.
const LINE: u64 = 4_096;
/// A page is no longer.
const PAGE: u64 = 65_536;

/// How a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// HTTP, a connection for each.
    Short,
    /// HTTP, all by one connection, which is opened anew when it breaks.
    Held,
    /// UDP, all by one socket.
    Datagram,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How it went.
    pub kind: Kind,
    /// Which of the client's threads, to tell its connection from others.
    pub by: u32,
    /// When it began, in ms since 1970.
    pub began_ms: u64,
    /// Until it was answered or had failed, in ms.
    pub took_ms: u64,
    /// Who answered.
    pub server: Option<String>,
    /// Why nobody did.
    pub error: Option<String>,
}

impl Record {
    /// When it was answered or had failed, in ms since 1970.
    pub fn ended_ms(&self) -> u64 {
        self.began_ms.saturating_add(self.took_ms)
    }
}

/// Reads the records of a client that may still be at work.
///
/// # Errors
/// If the file cannot be read.
pub fn records(path: &Path) -> io::Result<Vec<Record>> {
    let text = std::fs::read_to_string(path)?;
    let lines = text.lines();
    // The last line may be half written.
    Ok(lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}

/// The clock on the wall, in ms since 1970.
pub fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    // Half a billion years fit.
    now.map_or(0, |now| now.as_millis() as u64)
}

/// Sends requests by `each` threads of each kind until there is a file `stop`, a thread `pace` after its last answer. The
/// threads take the addresses `to` in turns.
pub fn load(to: &[IpAddr], each: &[(Kind, u32)], pace: Duration, stop: &Path) {
    let kinds = each
        .iter()
        .flat_map(|&(kind, threads)| (0..threads).map(move |_| kind));
    thread::scope(|scope| {
        for ((kind, by), &to) in kinds.zip(0..).zip(to.iter().cycle()) {
            scope.spawn(move || {
                // They are not to ask all at once.
                thread::sleep(pace * (by % 8) / 8);
                let mut client = Client::new(kind, to);
                while !stop.exists() {
                    tell(&client.request(by));
                    thread::sleep(pace);
                }
            });
        }
    });
}

fn tell(record: &Record) {
    // All its members have texts.
    let line = serde_json::to_string(record).unwrap_or_default();
    // Whoever reads it has gone if this fails.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

struct Client {
    kind: Kind,
    to: IpAddr,
    held: Option<BufReader<TcpStream>>,
    socket: Option<UdpSocket>,
    number: u32,
}

impl Client {
    fn new(kind: Kind, to: IpAddr) -> Self {
        Self {
            kind,
            to,
            held: None,
            socket: None,
            number: 0,
        }
    }

    fn request(&mut self, by: u32) -> Record {
        let began_ms = now_ms();
        let begun = Instant::now();
        let answer = match self.kind {
            Kind::Short => connect(self.to).and_then(|mut stream| get(&mut stream, "close")),
            Kind::Held => self.get_held(),
            Kind::Datagram => self.ask(),
        };
        let took = begun.elapsed();
        let answer = match answer {
            Ok(_) if took > PATIENCE => Err("it took too long".to_owned()),
            other => other.map_err(|error| error.to_string()),
        };
        Record {
            kind: self.kind,
            by,
            began_ms,
            took_ms: took.as_millis() as u64,
            server: answer.as_ref().ok().cloned(),
            error: answer.err(),
        }
    }

    fn get_held(&mut self) -> io::Result<String> {
        let mut stream = match self.held.take() {
            Some(stream) => stream,
            None => connect(self.to)?,
        };
        let answer = get(&mut stream, "keep-alive")?;
        self.held = Some(stream);
        Ok(answer)
    }

    fn ask(&mut self) -> io::Result<String> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => {
                let any: IpAddr = if self.to.is_ipv4() {
                    std::net::Ipv4Addr::UNSPECIFIED.into()
                } else {
                    std::net::Ipv6Addr::UNSPECIFIED.into()
                };
                let socket = UdpSocket::bind((any, 0))?;
                socket.connect((self.to, ECHO_PORT))?;
                socket
            }
        };
        self.number += 1;
        let server = ask(&socket, self.number);
        // A socket outlives its datagrams, answered or not.
        self.socket = Some(socket);
        server
    }
}

fn ask(socket: &UdpSocket, number: u32) -> io::Result<String> {
    let sent = number.to_be_bytes();
    socket.send(&sent)?;
    let begun = Instant::now();
    let mut buffer = [0; 256];
    loop {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        let length = socket.recv(&mut buffer)?;
        let answer = &buffer[..length];
        let Some(end) = answer.iter().position(|byte| *byte == b'\n') else {
            return Err(io::Error::other("an answer without a name"));
        };
        // An answer that was given up comes late.
        if answer[end + 1..] == sent {
            return Ok(String::from_utf8_lossy(&answer[..end]).into_owned());
        }
    }
}

fn connect(to: IpAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&SocketAddr::new(to, WEB_PORT), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

/// Asks for the page that says who serves.
fn get(stream: &mut BufReader<TcpStream>, connection: &str) -> io::Result<String> {
    let request = format!("GET / HTTP/1.1\r\nHost: web\r\nConnection: {connection}\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes())?;
    let status = line(stream)?;
    if !status.starts_with("HTTP/1.1 200 ") {
        return Err(io::Error::other(format!("answered \"{status}\"")));
    }
    let mut length = None;
    loop {
        let header = line(stream)?;
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse::<u64>().ok();
        }
    }
    let length = length.filter(|length| *length <= PAGE);
    let length = length.ok_or_else(|| io::Error::other("a page without a length"))?;
    let mut page = String::new();
    stream.take(length).read_to_string(&mut page)?;
    if page.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(page.trim().to_owned())
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    stream.take(LINE).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::get;
    use std::io::{BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    fn answered(answer: &'static str) -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let to = listener.local_addr().expect("an address");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 64];
            let read = stream.read(&mut request).expect("a request");
            assert!(request[..read].starts_with(b"GET / HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).expect("written");
        });
        let mut stream = BufReader::new(TcpStream::connect(to).expect("connected"));
        let page = get(&mut stream, "close");
        server.join().expect("served");
        page
    }

    #[test]
    fn a_whole_page_is_an_answer() {
        let page = answered("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nserver-a\n");
        assert_eq!(page.expect("a page"), "server-a");
    }

    #[test]
    fn all_else_is_none() {
        for answer in [
            "",
            "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nserver",
            "HTTP/1.1 200 OK\r\nContent-Length: 9",
            "HTTP/1.1 200 OK\r\n\r\nserver-a\n",
        ] {
            assert!(answered(answer).is_err(), "{answer}");
        }
    }
}
