//! Bytes written by hand.

/// The bytes that hexadecimal text stands for, parts joined; white space separates nothing.
///
/// # Panics
/// If a character is not a hexadecimal digit or a digit is left over: the text is a test's own.
pub fn hex(parts: &[&str]) -> Vec<u8> {
    let digits: Vec<u8> = parts
        .iter()
        .flat_map(|part| part.chars())
        .filter(|character| !character.is_whitespace())
        .map(|character| character.to_digit(16).expect("a hexadecimal digit") as u8)
        .collect();
    assert!(digits.len().is_multiple_of(2), "half a byte is left over");
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// Like [`hex`], padded with zeros to the 60 bytes of the shortest legal frame.
///
/// # Panics
/// As [`hex`].
pub fn hex60(parts: &[&str]) -> Vec<u8> {
    let mut bytes = hex(parts);
    bytes.resize(bytes.len().max(60), 0);
    bytes
}

/// Hexadecimal text, 16 bytes a line, for failure reports.
pub fn dump(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes
        .chunks(16)
        .enumerate()
        .map(|(line, chunk)| {
            let text: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("  {:04x}  {}", 16 * line, text.join(" "))
        })
        .collect();
    lines.join("\n")
}

/// Where two frames differ first, both dumped around that place; `None` if they are equal.
pub fn difference(left: &[u8], right: &[u8]) -> Option<String> {
    let common = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    if common == left.len() && common == right.len() {
        return None;
    }
    let from = common / 16 * 16;
    let part = |bytes: &[u8]| dump(&bytes[from.min(bytes.len())..(from + 48).min(bytes.len())]);
    Some(format!(
        "{} bytes against {}, equal up to byte {common}; from byte {from:#x}:\n{}\nagainst\n{}",
        left.len(),
        right.len(),
        part(left),
        part(right)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_bytes() {
        assert_eq!(hex(&["01 8\n0", "c2ff"]), [0x01, 0x80, 0xc2, 0xff]);
        assert_eq!(hex60(&["aa"]).len(), 60);
    }

    #[test]
    fn a_difference_is_located() {
        assert_eq!(difference(&[1, 2], &[1, 2]), None);
        assert!(difference(&[1; 20], &[1; 19]).is_some_and(|text| text.contains("up to byte 19")));
    }
}
