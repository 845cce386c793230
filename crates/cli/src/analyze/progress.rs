//! A progress bar on a terminal, if the work takes long enough to look at one.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that ends sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// Redraws per second.
const RATE: u8 = 5;

pub struct Progress {
    started: Instant,
    /// Hidden at first, so that its rate is that of the whole work.
    bar: ProgressBar,
    is_shown: bool,
}

impl Progress {
    /// `total` is the size of all inputs in bytes, if all are files.
    pub fn new(total: Option<u64>) -> Progress {
        let template = match total {
            Some(_) => "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{spinner} {bytes} read, {bytes_per_sec}, {elapsed}",
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Progress {
            started: Instant::now(),
            bar: ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden())
                .with_style(style),
            is_shown: false,
        }
    }

    /// Shows that so many bytes were read, where standard error is a terminal.
    pub fn show(&mut self, read: u64) {
        self.bar.set_position(read);
        if !self.is_shown && self.started.elapsed() > PATIENCE {
            self.is_shown = true;
            self.bar
                .set_draw_target(ProgressDrawTarget::stderr_with_hz(RATE));
        }
    }

    /// Takes the bar off the terminal.
    pub fn end(&mut self) {
        self.bar.finish_and_clear();
    }
}
