//! The fields of a line: hexadecimal numbers between spaces.

use super::Fault;

pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn new(line: &'a [u8]) -> Fields<'a> {
        Fields { rest: line }
    }

    /// The next number.
    pub fn number(&mut self) -> Result<u64, Fault> {
        self.next_number()?.ok_or(Fault::Short)
    }

    /// The next number that is one of a table or a line of a source.
    pub fn index(&mut self) -> Result<u32, Fault> {
        u32::try_from(self.number()?).map_err(|_| Fault::Number)
    }

    /// The next number; `None` at the end of the line.
    pub fn next_number(&mut self) -> Result<Option<u64>, Fault> {
        let field = self.rest.trim_ascii_start();
        if field.is_empty() {
            return Ok(None);
        }
        let end = memchr::memchr(b' ', field).unwrap_or(field.len());
        let (digits, rest) = field.split_at(end);
        if digits.len() > 16 {
            return Err(Fault::Number);
        }
        let mut number = 0;
        for digit in digits {
            let value = char::from(*digit).to_digit(16).ok_or(Fault::Number)?;
            number = number << 4 | u64::from(value);
        }
        self.rest = rest;
        Ok(Some(number))
    }

    /// A text behind its length in bytes, which is the rest of the line.
    pub fn sized_text(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.number()?;
        let text = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
        match text.len() as u64 == length {
            true => Ok(text),
            false => Err(Fault::Length {
                found: text.len() as u64,
                expected: length,
            }),
        }
    }
}
