//! TCP between the stacks: an echo server that says who it is, and a client that compares every byte.

use super::datagrams::echo_datagrams;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// Port of the echo server.
pub const ECHO_PORT: u16 = 80;
/// A connection that stands still for so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Serves both families until the process ends: the name on a line of its own, then what comes, back; and datagrams
/// at the addresses `at`, at any if there are none. It prints a line when it listens.
///
/// # Errors
/// If the port cannot be had.
pub fn serve(name: &str, at: &[IpAddr]) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, ECHO_PORT))?;
    let any = [Ipv6Addr::UNSPECIFIED.into()];
    for &address in if at.is_empty() { &any[..] } else { at } {
        let socket = UdpSocket::bind((address, ECHO_PORT))?;
        let name = name.to_owned();
        thread::spawn(move || echo_datagrams(&socket, &name));
    }
    println!("listening");
    loop {
        let (stream, _) = listener.accept()?;
        let greeting = format!("{name}\n");
        // A client that goes away is no failure of the server's.
        thread::spawn(move || echo(&stream, &greeting));
    }
}

fn echo(mut stream: &TcpStream, greeting: &str) -> io::Result<()> {
    stream.write_all(greeting.as_bytes())?;
    io::copy(&mut { stream }, &mut stream)?;
    Ok(())
}

/// Opens connections from each of the addresses `from` to the cluster, `each` from one, all at once, sends `bytes` by
/// each and compares what comes back. Returns how many connections each server had.
///
/// # Errors
/// If a connection fails or a byte differs.
pub fn talk(
    from: &[IpAddr],
    to: IpAddr,
    each: u16,
    bytes: usize,
) -> io::Result<BTreeMap<String, u64>> {
    let sources = from
        .iter()
        .flat_map(|&address| std::iter::repeat_n(address, each.into()));
    let connections: Vec<_> = sources
        .zip(0..)
        .map(|(from, seed)| thread::spawn(move || converse(from, to, seed, bytes)))
        .collect();
    let mut served = BTreeMap::new();
    for connection in connections {
        let server = connection
            .join()
            .map_err(|_| io::Error::other("a thread panicked"))??;
        *served.entry(server).or_default() += 1;
    }
    Ok(served)
}

/// Connects from an address to the cluster and reads who serves.
pub(super) fn connect(from: IpAddr, to: IpAddr) -> io::Result<(String, BufReader<TcpStream>)> {
    let socket = Socket::new(
        Domain::for_address(SocketAddr::new(to, 0)),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    socket.connect_timeout(&SocketAddr::new(to, ECHO_PORT).into(), PATIENCE)?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut name = String::new();
    reader.read_line(&mut name)?;
    Ok((name.trim().to_owned(), reader))
}

fn converse(from: IpAddr, to: IpAddr, seed: u32, bytes: usize) -> io::Result<String> {
    let (name, mut reader) = connect(from, to)?;
    let sent = pattern(seed, bytes);
    let mut writer = reader.get_ref().try_clone()?;
    let copy = sent.clone();
    let writes = thread::spawn(move || {
        writer.write_all(&copy)?;
        writer.shutdown(std::net::Shutdown::Write)
    });
    let mut returned = Vec::new();
    reader.read_to_end(&mut returned)?;
    writes
        .join()
        .map_err(|_| io::Error::other("a thread panicked"))??;
    match first_difference(&sent, &returned) {
        None => Ok(name),
        Some(at) => Err(io::Error::other(format!(
            "{} bytes sent, {} returned, the first difference at {at}",
            sent.len(),
            returned.len()
        ))),
    }
}

/// Bytes that differ from one connection to the next and repeat nowhere near.
pub fn pattern(seed: u32, bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9 ^ seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// Where the two differ first, if they do.
pub(super) fn first_difference(sent: &[u8], returned: &[u8]) -> Option<usize> {
    if sent == returned {
        return None;
    }
    let common = sent.iter().zip(returned).position(|(a, b)| a != b);
    Some(common.unwrap_or_else(|| sent.len().min(returned.len())))
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn a_lost_tail_is_a_difference() {
        assert_eq!(first_difference(b"abc", b"abc"), None);
        assert_eq!(first_difference(b"abc", b"abd"), Some(2));
        assert_eq!(first_difference(b"abc", b"ab"), Some(2));
        assert_eq!(first_difference(b"ab", b"abc"), Some(2));
    }
}
