//! A baseline of any bytes is read without a panic, and written and read again it is
//! the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_report::{read_baseline, write_baseline};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(summary) = read_baseline(text) {
        let written = write_baseline(&summary);
        let read = read_baseline(&written);
        assert_eq!(read.as_ref(), Ok(&summary), "{written}");
    }
});
