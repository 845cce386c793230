//! The text log of `docs/log-format.md`, version 2.

use std::io::Write;

use unfreed_events::Names;
use unfreed_events::text::TextEncoder;

use super::{ExportError, Part, RecordWriter, Rest};

/// Writes a log, which has the same findings. Of a site it says only where the function
/// is that asked for the memory, not the stack.
pub struct LogWriter<W> {
    encoder: TextEncoder,
    lines: Vec<u8>,
    out: W,
}

impl<W: Write> LogWriter<W> {
    /// A writer that has written nothing.
    pub fn new(out: W) -> LogWriter<W> {
        LogWriter {
            encoder: TextEncoder::default(),
            lines: Vec::new(),
            out,
        }
    }
}

impl<W: Write> RecordWriter for LogWriter<W> {
    fn take(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        for record in part.records {
            self.encoder.encode(part.names, record, &mut self.lines);
        }
        self.out.write_all(&self.lines)?;
        self.lines.clear();
        Ok(())
    }

    fn finish(&mut self, _: &Names) -> Result<Rest, ExportError> {
        self.out.flush()?;
        let mut rest = Rest::default();
        if self.encoder.left_out() > 0 {
            rest.missing.push(format!(
                "{} frees of blocks that are not live cannot be written",
                self.encoder.left_out()
            ));
        }
        if self.encoder.handles_left_out() > 0 {
            rest.remarks.push(format!(
                "{} records of handles are left out, which a log cannot have; see unfreed handles",
                self.encoder.handles_left_out()
            ));
        }
        Ok(rest)
    }
}
