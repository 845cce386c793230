//! The engine against the reference, on heaps of any shape.

use proptest::prelude::*;

use super::heaps::input::Input;
use super::heaps::reference::assert_agrees;

proptest! {
    #[test]
    fn finds_what_the_reference_finds(bytes in proptest::collection::vec(any::<u8>(), 3..700)) {
        if let Some(input) = Input::of(&bytes) {
            assert_agrees(&input);
        }
    }
}
