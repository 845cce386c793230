//! A progress bar on a terminal, if the work takes long enough to look at one.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that ends sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(700);

pub struct Progress {
    started: Instant,
    /// Bytes of all inputs, if all are files.
    total: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(total: Option<u64>) -> Progress {
        Progress {
            started: Instant::now(),
            total,
            bar: None,
        }
    }

    /// Shows that so many bytes were read.
    pub fn show(&mut self, read: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(read),
            None if self.started.elapsed() > PATIENCE => self.bar = Some(self.new_bar(read)),
            None => {}
        }
    }

    /// Takes the bar off the terminal.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// A bar that is hidden where standard error is no terminal.
    fn new_bar(&self, read: u64) -> ProgressBar {
        let target = ProgressDrawTarget::stderr();
        let (bar, template) = match self.total {
            Some(total) => (
                ProgressBar::with_draw_target(Some(total), target),
                "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            ),
            None => (
                ProgressBar::with_draw_target(None, target),
                "{spinner} {bytes} read, {bytes_per_sec}, {elapsed}",
            ),
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.with_style(style)
            .with_elapsed(self.started.elapsed())
            .with_position(read)
    }
}
