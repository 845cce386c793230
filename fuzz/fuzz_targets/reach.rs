//! Whatever a memory, its blocks and its roots are, classes, retained sizes and paths
//! are those of the reference, or they are refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_fuzz::heaps::input::Input;
use unfreed_fuzz::heaps::reference::assert_agrees;

fuzz_target!(|bytes: &[u8]| {
    if let Some(input) = Input::of(bytes) {
        assert_agrees(&input);
    }
});
