//! Progress bars: on standard error where that is a terminal, and nowhere else.

use identity_core::roster::ReadProgress;
use indicatif::{ProgressBar, ProgressStyle};

/// How far long work is.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Of a file.
    pub(crate) fn of_bytes() -> Self {
        Self::styled("{bar:30} {percent:>3} %  {msg}  {eta} left")
    }

    /// Of MedHub's lists.
    pub(crate) fn of_lists() -> Self {
        Self::styled("{bar:30} {pos} of {len} lists  {eta} left")
    }

    fn styled(template: &str) -> Self {
        // Draws on standard error, and not at all where that is no terminal.
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn at(&self, done: u64, total: u64, message: impl Into<String>) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(message.into());
    }
}

impl ReadProgress for Bar {
    fn lists(&self, done: usize, total: usize) {
        self.at(done as u64, total as u64, "");
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
