//! curl in a machine.

use super::web::WEB_PORT;
use crate::live::command::{self, CommandError};
use crate::live::namespace::Namespace;
use std::path::Path;

/// Seconds that a transfer may take at most.
const PATIENCE: &str = "60";
/// The same for a large one.
const BULK_PATIENCE: &str = "300";

/// A file that was fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// Who sent it.
    pub server: String,
    /// Its SHA-256.
    pub sum: String,
    /// How long it took.
    pub seconds: f64,
}

/// Fetches the page that says who serves, `times` times by one connection, and returns who did.
///
/// # Errors
/// If one is not answered, or by different servers.
pub fn page(
    machine: &Namespace,
    from: &str,
    options: &[&str],
    times: u64,
) -> Result<String, CommandError> {
    let url = url(from, "");
    let mut words = vec!["curl", "-sS", "-f", "-m", PATIENCE];
    words.extend(options);
    words.extend((0..times).map(|_| url.as_str()));
    let said = machine.run(&words)?;
    let mut servers: Vec<&str> = said.lines().collect();
    let answers = servers.len() as u64;
    servers.dedup();
    match servers[..] {
        [server] if answers == times => Ok(server.to_owned()),
        _ => Err(failed(
            &words,
            format!("{times} pages wanted, got {said:?}"),
        )),
    }
}

/// Fetches a file that all servers have.
///
/// # Errors
/// If it does not come.
pub fn fetch(
    machine: &Namespace,
    from: &str,
    name: &str,
    folder: &Path,
) -> Result<Fetched, CommandError> {
    let url = url(from, &format!("files/{name}"));
    let into = folder.join(format!("{name}-of-{}", machine.name()));
    let into = into.display().to_string();
    let form = "%header{x-server} %{time_total}";
    let words = [
        "curl",
        "-sS",
        "-f",
        "-m",
        BULK_PATIENCE,
        "-o",
        &into,
        "-w",
        form,
        &url,
    ];
    let said = machine.run(&words)?;
    let parsed = said
        .split_once(' ')
        .and_then(|(server, seconds)| Some((server.to_owned(), seconds.parse().ok()?)));
    let (server, seconds) = parsed.ok_or_else(|| failed(&words, said))?;
    Ok(Fetched {
        server,
        sum: sum(Path::new(&into))?,
        seconds,
    })
}

/// Sends a file to whichever server it may be; returns how many seconds that took.
///
/// # Errors
/// If it does not arrive.
pub fn send(machine: &Namespace, to: &str, file: &Path, name: &str) -> Result<f64, CommandError> {
    let url = url(to, &format!("sent/{name}"));
    let file = file.display().to_string();
    let words = [
        "curl",
        "-sS",
        "-f",
        "-m",
        BULK_PATIENCE,
        "-T",
        &file,
        "-o",
        "/dev/null",
        "-w",
        "%{time_total}",
        &url,
    ];
    let said = machine.run(&words)?;
    said.parse().map_err(|_| failed(&words, said))
}

/// A file's SHA-256, hexadecimal.
///
/// # Errors
/// If it cannot be read.
pub fn sum(file: &Path) -> Result<String, CommandError> {
    let file = file.display().to_string();
    let words = ["sha256sum", "-b", &file];
    let said = command::run(&words)?;
    let sum = said.split_whitespace().next().map(str::to_owned);
    sum.ok_or_else(|| failed(&words, said))
}

fn url(address: &str, path: &str) -> String {
    if address.contains(':') {
        format!("http://[{address}]:{WEB_PORT}/{path}")
    } else {
        format!("http://{address}:{WEB_PORT}/{path}")
    }
}

fn failed(words: &[&str], said: String) -> CommandError {
    CommandError::Failed {
        line: words.join(" "),
        status: "an answer that is none".to_owned(),
        stderr: said,
    }
}
