//! Pictures for people who paste: SVG files without scripts.

mod diff;
mod flame;
mod map;
mod timeline;

use std::fmt::Display;

use thiserror::Error;

pub use self::diff::diff_svg;
pub use self::flame::flame_svg;
pub use self::map::map_svg;
pub use self::timeline::timeline_svg;

/// Why there is no picture.
#[derive(Debug, Error)]
pub enum SvgError {
    /// Nothing leaked.
    #[error("nothing is live at the end, so that there is no flame graph of it")]
    NothingLeaked,
    /// Nothing leaks in either run.
    #[error("nothing leaks in either run, so that there is no flame graph of the difference")]
    NothingDiffers,
    /// The findings have no history.
    #[error("the run was analysed without its history, which the picture shows")]
    NoHistory,
    /// The input has no addresses.
    #[error("the input has no linear memory to draw; a recording of `unfreed record` has")]
    NoMemory,
    /// It could not be drawn.
    #[error("cannot draw the picture: {0}")]
    Draw(String),
}

impl SvgError {
    fn draw(error: impl Display) -> SvgError {
        SvgError::Draw(error.to_string())
    }
}
