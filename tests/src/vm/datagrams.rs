//! Numbered datagrams at a steady rate, counted at the other end: what is lost is known to the datagram.

use crate::live::talk::ECHO_PORT;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

/// Sockets for each address of a sender, so that there are many flows.
const SOCKETS: usize = 4;
/// After the last was sent, those under way have so long since the last that came.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a look at a socket waits.
const LOOK: Duration = Duration::from_millis(5);
/// Bytes of a datagram; its number comes first.
const BYTES: usize = 100;

/// Datagrams that servers echo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sent.
    pub sent: u64,
    /// Different ones that came back.
    pub returned: u64,
    /// That came back more than once.
    pub doubled: u64,
    /// Those that came back, by server.
    pub servers: BTreeMap<String, u64>,
}

impl Tally {
    /// Sent and not come back.
    pub fn lost(&self) -> u64 {
        self.sent - self.returned
    }

    /// As lines of a name and a number, to be read by [`Tally::parse`].
    pub fn lines(&self) -> String {
        let counts = [
            ("sent", self.sent),
            ("returned", self.returned),
            ("doubled", self.doubled),
        ];
        let counts = counts.map(|(name, count)| format!("{name} {count}\n"));
        let servers = self.servers.iter();
        let servers = servers.map(|(name, count)| format!("{name} {count}\n"));
        counts.into_iter().chain(servers).collect()
    }

    /// Of such lines.
    pub fn parse(lines: &str) -> Option<Self> {
        let mut tally = Self::default();
        for line in lines.lines() {
            let (name, count) = line.split_once(' ')?;
            let count = count.parse().ok()?;
            match name {
                "sent" => tally.sent = count,
                "returned" => tally.returned = count,
                "doubled" => tally.doubled = count,
                server => {
                    tally.servers.insert(server.to_owned(), count);
                }
            }
        }
        (tally.sent > 0).then_some(tally)
    }
}

/// Sends `count` datagrams, `per_second` of them a second, to the echo server at `to` from the addresses `from` in turn,
/// and counts what comes back.
///
/// # Errors
/// If a socket cannot be had, or an answer is of no datagram that was sent.
pub fn steady(to: IpAddr, count: u64, per_second: u32, from: &[IpAddr]) -> io::Result<Tally> {
    let mut sockets = Vec::new();
    for &address in from {
        for _ in 0..SOCKETS {
            let socket = UdpSocket::bind(SocketAddr::new(address, 0))?;
            socket.connect(SocketAddr::new(to, ECHO_PORT))?;
            socket.set_nonblocking(true)?;
            sockets.push(socket);
        }
    }
    if sockets.is_empty() {
        return Err(io::Error::other("no address to send from"));
    }
    let mut answers = Answers::default();
    let begun = Instant::now();
    for number in 0..count {
        let due = Duration::from_secs(1) * u32::try_from(number).unwrap_or(u32::MAX) / per_second;
        while begun.elapsed() < due {
            answers.collect(&sockets, number)?;
            thread::sleep(LOOK.min(due.saturating_sub(begun.elapsed())));
        }
        let socket = &sockets[(number % sockets.len() as u64) as usize];
        socket.send(&datagram(number))?;
    }
    let mut last = Instant::now();
    while (answers.numbers.len() as u64) < count && last.elapsed() < PATIENCE {
        if answers.collect(&sockets, count)? {
            last = Instant::now();
        }
        thread::sleep(LOOK);
    }
    // One that comes twice comes soon after.
    thread::sleep(20 * LOOK);
    answers.collect(&sockets, count)?;
    Ok(Tally {
        sent: count,
        returned: answers.numbers.len() as u64,
        doubled: answers.doubled,
        servers: answers.servers,
    })
}

#[derive(Default)]
struct Answers {
    numbers: BTreeSet<u64>,
    doubled: u64,
    servers: BTreeMap<String, u64>,
}

impl Answers {
    /// Takes what has come; whether anything has.
    fn collect(&mut self, sockets: &[UdpSocket], sent: u64) -> io::Result<bool> {
        let mut any = false;
        let mut buffer = [0; 512];
        for socket in sockets {
            while let Ok(length) = socket.recv(&mut buffer) {
                any = true;
                self.take(&buffer[..length], sent)?;
            }
        }
        Ok(any)
    }

    fn take(&mut self, answer: &[u8], sent: u64) -> io::Result<()> {
        let end = answer.iter().position(|byte| *byte == b'\n');
        let (name, payload) = answer.split_at(end.map_or(0, |end| end + 1));
        let number = number_of(payload).filter(|number| *number < sent);
        let number = number.ok_or_else(|| io::Error::other("an answer of no datagram sent"))?;
        if !self.numbers.insert(number) {
            self.doubled += 1;
            return Ok(());
        }
        let name = String::from_utf8_lossy(name).trim().to_owned();
        *self.servers.entry(name).or_default() += 1;
        Ok(())
    }
}

/// The datagram of a number; every byte depends on it.
pub fn datagram(number: u64) -> Vec<u8> {
    let begin = number.to_be_bytes();
    let fill =
        (begin.len()..BYTES).map(|at| (number.wrapping_mul(31) as u8).wrapping_add(at as u8));
    begin.into_iter().chain(fill).collect()
}

/// The number of a datagram, if all its bytes are right.
pub fn number_of(payload: &[u8]) -> Option<u64> {
    let number = u64::from_be_bytes(payload.get(..8)?.try_into().ok()?);
    (payload == datagram(number)).then_some(number)
}

/// Sends `count` datagrams to a port, `per_second` of them a second; nobody answers.
///
/// # Errors
/// If one cannot be sent.
pub fn tell(to: SocketAddr, count: u64, per_second: u32) -> io::Result<()> {
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    let pause = Duration::from_secs(1) / per_second;
    for number in 0..count {
        socket.send_to(&datagram(number), to)?;
        thread::sleep(pause);
    }
    Ok(())
}

/// Hears datagrams at an address; prints a line when it listens and the number of each, until the process ends.
///
/// # Errors
/// If the address cannot be had.
pub fn hear(at: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind(at)?;
    println!("listening");
    let mut buffer = [0; 2048];
    loop {
        let (length, _) = socket.recv_from(&mut buffer)?;
        match number_of(&buffer[..length]) {
            Some(number) => println!("{number}"),
            None => println!("wrong bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Tally, datagram, number_of};

    #[test]
    fn a_datagram_tells_its_number_if_whole() {
        let mut bytes = datagram(77);
        assert_eq!(number_of(&bytes), Some(77));
        bytes[50] ^= 1;
        assert_eq!(number_of(&bytes), None);
        assert_eq!(number_of(&bytes[..20]), None);
    }

    #[test]
    fn answers_are_counted_once() {
        let mut answers = Answers::default();
        let answer = |number| [b"a\n", &datagram(number)[..]].concat();
        for number in [0, 1, 0] {
            answers.take(&answer(number), 2).expect("sent");
        }
        assert_eq!((answers.numbers.len(), answers.doubled), (2, 1));
        assert!(answers.take(&answer(2), 2).is_err(), "not sent yet");
    }

    #[test]
    fn a_tally_is_read_back() {
        let tally = Tally {
            sent: 9,
            returned: 7,
            doubled: 1,
            servers: [("a".to_owned(), 3), ("b".to_owned(), 4)].into(),
        };
        assert_eq!(Tally::parse(&tally.lines()), Some(tally.clone()));
        assert_eq!(tally.lost(), 2);
        assert_eq!(Tally::parse("nonsense"), None);
    }
}
