//! UDP between the stacks: an echo server that says who it is, and a client that sends small and large datagrams by one
//! socket and compares every byte. Large ones go in fragments, both ways.

use super::talk::{ECHO_PORT, PATIENCE, first_difference, pattern};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;

/// A datagram that any wire takes whole.
const SMALL: usize = 40;
/// The largest datagram of UDP.
const LARGEST: usize = 65_535;

/// Echoes datagrams until the process ends: the name on a line of its own, then what came.
pub(super) fn echo_datagrams(socket: &UdpSocket, name: &str) -> io::Result<()> {
    let mut buffer = vec![0; LARGEST];
    loop {
        let (length, from) = socket.recv_from(&mut buffer)?;
        let mut answer = format!("{name}\n").into_bytes();
        answer.extend(&buffer[..length]);
        // A client that is gone is no failure of the server's.
        let _ = socket.send_to(&answer, from);
    }
}

/// Sends `count` small datagrams and as many of `bytes` bytes in turns, by one socket for each of the addresses `from`,
/// all at once, and compares what comes back. Returns how many of the sockets each server had.
///
/// # Errors
/// If a datagram is not answered, a byte differs, or a socket meets two servers.
pub fn ask(
    from: &[IpAddr],
    to: IpAddr,
    count: u16,
    bytes: usize,
) -> io::Result<BTreeMap<String, u64>> {
    let sockets: Vec<_> = from
        .iter()
        .map(|&from| thread::spawn(move || ask_from(from, to, count, bytes)))
        .collect();
    let mut served = BTreeMap::new();
    for socket in sockets {
        let server = socket
            .join()
            .map_err(|_| io::Error::other("a thread panicked"))??;
        *served.entry(server).or_default() += 1;
    }
    Ok(served)
}

fn ask_from(from: IpAddr, to: IpAddr, count: u16, bytes: usize) -> io::Result<String> {
    let socket = UdpSocket::bind(SocketAddr::new(from, 0))?;
    socket.connect(SocketAddr::new(to, ECHO_PORT))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut server: Option<String> = None;
    for number in 0..2 * u32::from(count) {
        let length = if number.is_multiple_of(2) {
            SMALL
        } else {
            bytes
        };
        let name = ask_once(&socket, number, length)?;
        match &server {
            None => server = Some(name),
            Some(server) if *server == name => {}
            Some(server) => {
                let told = format!("datagram {number} of {from} went from {server} to {name}");
                return Err(io::Error::other(told));
            }
        }
    }
    server.ok_or_else(|| io::Error::other("nothing was asked"))
}

/// Sends one datagram and returns who answered.
fn ask_once(socket: &UdpSocket, number: u32, length: usize) -> io::Result<String> {
    let sent = pattern(number, length);
    socket.send(&sent)?;
    let mut buffer = vec![0; LARGEST];
    let received = socket.recv(&mut buffer).map_err(|error| {
        let told = format!("datagram {number} of {length} bytes is not answered: {error}");
        io::Error::new(error.kind(), told)
    })?;
    let answer = &buffer[..received];
    let line = answer.iter().position(|byte| *byte == b'\n');
    let (name, returned) = answer.split_at(line.map_or(0, |end| end + 1));
    match first_difference(&sent, returned) {
        None => Ok(String::from_utf8_lossy(name).trim().to_owned()),
        Some(at) => Err(io::Error::other(format!(
            "datagram {number}: {length} bytes sent, {} returned, the first difference at {at}",
            returned.len()
        ))),
    }
}
