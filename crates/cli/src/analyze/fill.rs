//! Reading pieces of a size of our own.

use std::io::{self, Read};

/// Reads until `bytes` are full, as pipes give few at once; what was read, and
/// how reading ended if it did.
pub fn fill(input: &mut impl Read, bytes: &mut [u8]) -> (usize, Option<io::Result<()>>) {
    let mut length = 0;
    while length < bytes.len() {
        match input.read(&mut bytes[length..]) {
            Ok(0) => return (length, Some(Ok(()))),
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Some(Err(error))),
        }
    }
    (length, None)
}
