//! A reader that ends at a text that is longer than any that is written: a JSON
//! parser keeps a text as a whole, so that a few compressed bytes could ask for any
//! amount of memory.

use std::io::{self, Read};

/// Reads JSON whose texts have at most `most` bytes.
pub(super) struct ShortStrings<R> {
    input: R,
    most: usize,
    /// Bytes of the text so far; `None` between texts.
    length: Option<usize>,
    is_escaped: bool,
}

impl<R> ShortStrings<R> {
    pub fn new(input: R, most: usize) -> ShortStrings<R> {
        ShortStrings {
            input,
            most,
            length: None,
            is_escaped: false,
        }
    }

    fn look(&mut self, byte: u8) -> bool {
        match (self.length, byte) {
            (None, b'"') => self.length = Some(0),
            (None, _) => {}
            (Some(_), b'"') if !self.is_escaped => self.length = None,
            (Some(length), _) => {
                self.is_escaped = byte == b'\\' && !self.is_escaped;
                self.length = Some(length + 1);
            }
        }
        self.length.is_none_or(|length| length <= self.most)
    }
}

impl<R: Read> Read for ShortStrings<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        for byte in &buffer[..length] {
            if !self.look(*byte) {
                let message = format!("a text of more than {} bytes", self.most);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<usize> {
        io::copy(&mut ShortStrings::new(text.as_bytes(), 4), &mut io::sink()).map(|n| n as usize)
    }

    #[test]
    fn only_texts_are_measured() {
        for text in [
            r#"{"a": 123456789, "abcd": "x"}"#,
            r#"["\"\"", "\\\\"]"#,
            "          ",
        ] {
            assert_eq!(read(text).expect("short texts"), text.len());
        }
        for text in [r#"["abcde"]"#, r#"["\"\"\""]"#, r#"["ab\"cd""#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
