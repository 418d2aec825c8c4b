//! Bytes written in hexadecimal digits.

/// A text that is not whole bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// A letter that is no digit.
    #[error("{0:?} is no hexadecimal digit")]
    Letter(char),
    /// Half a byte is left over.
    #[error("{0} hexadecimal digits are no whole bytes")]
    Odd(usize),
}

/// The bytes; blanks and colons do not count.
///
/// # Errors
/// See [`HexError`].
pub fn decode(text: &str) -> Result<Vec<u8>, HexError> {
    let mut digits = Vec::with_capacity(text.len());
    for letter in text.chars().filter(|c| !c.is_whitespace() && *c != ':') {
        let digit = letter.to_digit(16).ok_or(HexError::Letter(letter))?;
        digits.push(digit as u8);
    }
    if digits.len() % 2 == 1 {
        return Err(HexError::Odd(digits.len()));
    }
    let pairs = digits.chunks_exact(2);
    Ok(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The digits of bytes, two for each.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{HexError, decode, encode};

    #[test]
    fn bytes_and_what_is_none() {
        assert_eq!(decode("01:80 c2\nFf"), Ok(vec![0x01, 0x80, 0xc2, 0xff]));
        assert_eq!(encode(&[0x01, 0xff]), "01ff");
        assert_eq!(decode(""), Ok(Vec::new()));
        assert_eq!(decode("0x"), Err(HexError::Letter('x')));
        assert_eq!(decode("123"), Err(HexError::Odd(3)));
    }
}
