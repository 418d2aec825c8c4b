//! Long TCP connections: a few bytes now and then, each compared, for as long as a run lasts.

use super::talk::{connect, first_difference, pattern};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Time between two words of a connection.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of a word.
const WORD: usize = 64;

/// Opens `each` connections from each of the addresses `from` to the cluster and keeps them at work for `seconds`.
/// Returns how many each server had.
///
/// # Errors
/// If a connection ends early or a byte differs.
pub fn hold(
    from: &[IpAddr],
    to: IpAddr,
    each: u16,
    seconds: u64,
) -> io::Result<BTreeMap<String, u64>> {
    let sources = from
        .iter()
        .flat_map(|&address| std::iter::repeat_n(address, each.into()));
    let connections: Vec<_> = sources
        .map(|from| thread::spawn(move || hold_one(from, to, Duration::from_secs(seconds))))
        .collect();
    let mut held = BTreeMap::new();
    for connection in connections {
        let server = connection
            .join()
            .map_err(|_| io::Error::other("a thread panicked"))??;
        *held.entry(server).or_default() += 1;
    }
    Ok(held)
}

fn hold_one(from: IpAddr, to: IpAddr, time: Duration) -> io::Result<String> {
    let (name, mut reader) = connect(from, to)?;
    let begun = Instant::now();
    let mut number = 0;
    while begun.elapsed() < time {
        let sent = pattern(number, WORD);
        let mut returned = [0; WORD];
        let exchanged = reader
            .get_mut()
            .write_all(&sent)
            .and_then(|()| reader.read_exact(&mut returned));
        let seconds = begun.elapsed().as_secs_f64();
        let lost = |why: String| {
            let told =
                format!("a connection from {from} to {name} broke after {seconds:.1} s: {why}");
            io::Error::other(told)
        };
        exchanged.map_err(|error| lost(error.to_string()))?;
        if let Some(at) = first_difference(&sent, &returned) {
            return Err(lost(format!("byte {at} of word {number} differs")));
        }
        number += 1;
        thread::sleep(PAUSE);
    }
    Ok(name)
}
