//! The lines of a process, with an end to every wait.

use super::failure::Failure;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Lines kept to be shown when there is a failure.
const KEPT: usize = 20;

/// What a process prints, line by line.
#[derive(Debug)]
pub struct Lines {
    who: &'static str,
    lines: Receiver<String>,
    last: VecDeque<String>,
}

impl Lines {
    /// Of the process `who`, which prints to `from`.
    pub fn new(who: &'static str, from: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            // It ends with the process. What is no text is shown as well as it can be.
            while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        Self {
            who,
            lines,
            last: VecDeque::new(),
        }
    }

    /// Waits for the first line of which `found` makes something; lines before it are passed over.
    ///
    /// # Errors
    /// [`Failure::Silent`] if there is none in time or the process has ended.
    pub fn find<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut found: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        loop {
            let left = patience.saturating_sub(begun.elapsed());
            let why = match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let result = found(&line);
                    self.keep(line);
                    match result {
                        Some(result) => return Ok(result),
                        None => continue,
                    }
                }
                Err(RecvTimeoutError::Timeout) => format!("does not {what}"),
                Err(RecvTimeoutError::Disconnected) => format!("has ended and did not {what}"),
            };
            return Err(Failure::Silent {
                who: self.who,
                what: why,
                after: begun.elapsed(),
                said: Vec::from(self.last.clone()).join("\n"),
            });
        }
    }

    fn keep(&mut self, line: String) {
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use std::io::{Cursor, Read};
    use std::time::Duration;

    const SHORT: Duration = Duration::from_millis(50);

    #[test]
    fn a_line_is_found_after_others() {
        let mut lines = Lines::new("it", Cursor::new("one\ntwo\r\nthree\n"));
        let found = lines.find("say it", SHORT, |line| (line == "two").then_some(2));
        assert_eq!(found.expect("it is there"), 2);
        let failure = lines.find("say it", SHORT, |line| (line == "two").then_some(2));
        let told = failure.expect_err("not twice").to_string();
        assert!(told.contains("has ended and did not say it"), "{told}");
        assert!(told.ends_with("one\ntwo\nthree"), "{told}");
    }

    #[test]
    fn who_is_silent_is_not_waited_for_without_end() {
        struct Silence;
        impl Read for Silence {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                loop {
                    std::thread::park();
                }
            }
        }
        let mut lines = Lines::new("it", Silence);
        let failure = lines.find("speak", SHORT, |_| Some(()));
        assert!(
            failure
                .expect_err("silence")
                .to_string()
                .contains("does not speak")
        );
    }
}
