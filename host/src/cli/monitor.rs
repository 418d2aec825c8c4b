//! `flowswitch monitor`: events as they happen.

use std::io::{ErrorKind, Write};

use clap::Args;

use super::daemon_socket::SocketOption;
use super::failure::Failure;
use super::plain::plain_json;

/// Prints events as they happen, a JSON document a line, until Ctrl-C.
///
/// It ends with status 1 when the daemon ends. A gap in the numbers means that the reader was too slow.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Monitor {
    #[command(flatten)]
    socket: SocketOption,
    /// End after so many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

const EXAMPLE: &str = "\
Example:
  flowswitch monitor
  flowswitch monitor | jq 'select(.event == \"server\")'";

impl Monitor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut left = self.count;
        if left == Some(0) {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        for event in self.socket.client()?.events()? {
            let line = serde_json::to_string(&event?).map_err(Failure::failed)?;
            let line = plain_json(&line);
            match writeln!(out, "{line}").and_then(|()| out.flush()) {
                // The reader has seen what it wanted.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                done => done.map_err(Failure::failed)?,
            }
            if let Some(left) = &mut left {
                *left -= 1;
                if *left == 0 {
                    return Ok(());
                }
            }
        }
        Err(Failure::failed_with(
            "the daemon ended the stream of events",
            "see why it ended (systemctl status flowswitch), and run this again",
        ))
    }
}
