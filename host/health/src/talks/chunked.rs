//! The chunked transfer coding of HTTP/1.1 (RFC 9112, section 7.1).

/// Bytes of a line with the length of a chunk, extensions included.
const MOST_LINE: usize = 1024;
/// Bytes of the lines behind the last chunk.
const MOST_TRAILER: usize = 16 * 1024;

/// Takes a body out of its chunks, in pieces of any size.
#[derive(Debug)]
pub(super) struct Chunked {
    state: State,
    /// Length of the line so far.
    line: usize,
    /// Length of the chunk as far as it was read; None before its first digit.
    length: Option<u64>,
    /// Bytes behind the last chunk.
    trailer: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The digits of a chunk's length.
    Length,
    /// What follows them in the line.
    Extension,
    /// The chunk; so many bytes are left.
    Data(u64),
    /// The end of line behind a chunk.
    AfterData,
    /// Lines behind the last chunk, until an empty one.
    Trailer,
    Done,
}

impl Chunked {
    pub(super) fn new() -> Self {
        Self {
            state: State::Length,
            line: 0,
            length: None,
            trailer: 0,
        }
    }

    /// The body is complete.
    pub(super) fn done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes the next bytes, and gives those of the body to `body`.
    ///
    /// # Errors
    /// They are not chunks.
    pub(super) fn take(
        &mut self,
        mut bytes: &[u8],
        body: &mut dyn FnMut(&[u8]),
    ) -> Result<(), &'static str> {
        while let (Some((first, rest)), false) = (bytes.split_first(), self.done()) {
            if let State::Data(left) = self.state {
                let length =
                    usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                let (data, rest) = bytes.split_at(length);
                body(data);
                bytes = rest;
                self.state = match left - length as u64 {
                    0 => State::AfterData,
                    left => State::Data(left),
                };
                self.line = 0;
                continue;
            }
            self.take_framing(*first)?;
            bytes = rest;
        }
        Ok(())
    }

    fn take_framing(&mut self, byte: u8) -> Result<(), &'static str> {
        self.line += 1;
        if self.line > MOST_LINE && self.state != State::Trailer {
            return Err("the line with a chunk's length is too long");
        }
        match (self.state, byte) {
            (State::Length | State::Extension, b'\n') => {
                self.line = 0;
                self.state = match self.length.take() {
                    None => return Err("a chunk has no length"),
                    Some(0) => State::Trailer,
                    Some(length) => State::Data(length),
                };
            }
            (State::Length, b';' | b'\r' | b' ' | b'\t') => self.state = State::Extension,
            (State::Length, digit) => {
                let digit = char::from(digit).to_digit(16);
                let digit = digit.ok_or("a chunk's length is not a number")?;
                let length = self.length.unwrap_or(0).checked_mul(16);
                let length = length.ok_or("a chunk's length is too large")?;
                self.length = Some(length + u64::from(digit));
            }
            (State::Extension, _) => {}
            (State::AfterData, b'\r') if self.line == 1 => {}
            (State::AfterData, b'\n') => {
                self.line = 0;
                self.state = State::Length;
            }
            (State::AfterData, _) => return Err("a chunk is longer than it says"),
            (State::Trailer, byte) => {
                self.trailer += 1;
                if self.trailer > MOST_TRAILER {
                    return Err("too much stands behind the last chunk");
                }
                match byte {
                    b'\n' if self.line == 1 => self.state = State::Done,
                    b'\n' => self.line = 0,
                    b'\r' => self.line -= 1,
                    _ => {}
                }
            }
            (State::Data(_) | State::Done, _) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Chunked;

    fn body_of(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), &'static str> {
        let mut chunked = Chunked::new();
        let mut body = Vec::new();
        for piece in pieces {
            chunked.take(piece, &mut |data| body.extend_from_slice(data))?;
        }
        Ok((body, chunked.done()))
    }

    #[test]
    fn chunks_and_what_is_none() {
        let whole = b"4;name=value\r\nwiki\r\n5 \r\npedia\r\n0\r\nExpires: 0\r\n\r\n";
        assert_eq!(body_of(&[whole]), Ok((b"wikipedia".to_vec(), true)));
        assert_eq!(body_of(&[b"2\nok\n0\n\n"]), Ok((b"ok".to_vec(), true)));
        assert_eq!(body_of(&[b"5\r\nwi"]), Ok((b"wi".to_vec(), false)));
        for (wrong, error) in [
            (&b"\r\n"[..], "no length"),
            (b"x\r\n", "not a number"),
            (b"-1\r\n", "not a number"),
            (b"fffffffffffffffff\r\n", "too large"),
            (b"1\r\nab", "longer than it says"),
        ] {
            let found = body_of(&[wrong]).expect_err("no chunks");
            assert!(found.contains(error), "{found}");
        }
        let long = [&b"1;"[..], &[b'a'; 2000]].concat();
        assert!(body_of(&[&long]).is_err_and(|error| error.contains("too long")));
        let trailer = [&b"0\r\n"[..], &[b'a'; 20_000]].concat();
        assert!(body_of(&[&trailer]).is_err_and(|error| error.contains("behind the last")));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            size in 1usize..20,
        ) {
            let mut coded = Vec::new();
            for chunk in &chunks {
                coded.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                coded.extend_from_slice(chunk);
                coded.extend_from_slice(b"\r\n");
            }
            coded.extend_from_slice(b"0\r\n\r\n");
            let pieces: Vec<&[u8]> = coded.chunks(size).collect();
            prop_assert_eq!(body_of(&pieces), Ok((chunks.concat(), true)));
        }

        #[test]
        fn no_bytes_make_it_fail_otherwise(bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1usize..20) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            if let Ok((body, _)) = body_of(&pieces) {
                prop_assert!(body.len() <= bytes.len());
            }
        }
    }
}
