//! The part of a capture that is looked at, read as it is needed.

use std::io::{self, ErrorKind, Read};

/// Bytes that are read at once.
const PORTION: usize = 1 << 18;

/// Bytes of an input from a place on that moves forward.
pub(super) struct Window<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is the window.
    start: usize,
    end: usize,
    /// Bytes of the input before the window.
    passed: u64,
}

impl<R: Read> Window<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            buffer: vec![0; PORTION],
            start: 0,
            end: 0,
            passed: 0,
        }
    }

    /// Bytes of the input before the window.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// The window, widened to so many bytes. It has fewer only at the end of the input. What it takes of memory grows with what
    /// was read, not with what was asked for.
    pub(super) fn widened(&mut self, bytes: usize) -> io::Result<&[u8]> {
        while self.end - self.start < bytes {
            if self.end == self.buffer.len() {
                self.make_room();
            }
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.seen())
    }

    /// The window as it is.
    pub(super) fn seen(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Moves the window forward over bytes that it shows.
    pub(super) fn pass(&mut self, bytes: usize) {
        let bytes = bytes.min(self.end - self.start);
        self.start += bytes;
        self.passed += bytes as u64;
    }

    /// Moves the window forward over so many bytes; false if the input ends before.
    pub(super) fn skip(&mut self, mut bytes: u64) -> io::Result<bool> {
        while bytes > 0 {
            let seen = self.widened(1)?.len();
            if seen == 0 {
                return Ok(false);
            }
            let passed = usize::try_from(bytes).map_or(seen, |bytes| bytes.min(seen));
            self.pass(passed);
            bytes -= passed as u64;
        }
        Ok(true)
    }

    /// Bytes of memory that it takes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buffer.len()
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        }
    }
}
