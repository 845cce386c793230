//! Exit codes, which scripts rely on.

/// The input was analysed, whatever was found.
pub const ANALYSED: u8 = 0;

/// Leaks were found and `--fail-on-leak` was given, or a budget of `unfreed check` was
/// broken.
pub const LEAKS: u8 = 1;

/// The command was used wrongly, or an input or output cannot be opened.
pub const USAGE: u8 = 2;

/// The input is incomplete or damaged: an input ends early, has malformed
/// lines, or no allocation record at all. Findings are still printed, but what
/// was freed in the missing part is shown as leaked; so this code comes before
/// [`LEAKS`]. Also, a budget of `unfreed check` could not be judged, and none was broken.
pub const INCOMPLETE: u8 = 3;
