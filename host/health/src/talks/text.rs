//! What others said, as part of a message.

/// At most so many characters of it.
const MOST: usize = 80;

/// Printable ASCII stays, all else becomes a dot; the end is cut off.
pub(super) fn shown(said: &[u8]) -> String {
    let printable = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    };
    let mut text: String = said.iter().take(MOST).map(printable).collect();
    if said.len() > MOST {
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn only_printable_and_not_long() {
        assert_eq!(shown(b"busy \x1b[2J\xff"), "busy .[2J.");
        assert_eq!(shown(&[b'a'; 1000]), format!("{}...", "a".repeat(80)));
    }
}
