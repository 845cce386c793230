//! Where lines go.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::TcpStream;

/// Where the lines of a log go. Each line is written by one call, under a lock,
/// so that threads never tear each other's lines.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// unfreed_probe::start(unfreed_probe::Sink::file("objects.log")?);
/// # Ok(())
/// # }
/// ```
pub struct Sink(Kind);

enum Kind {
    Writer {
        to: Box<dyn Write + Send>,
        name: String,
    },
    Callback(fn(&str)),
}

impl Sink {
    /// A file, which is made empty first. It is written without a buffer: the
    /// lines before a crash are there.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened for writing.
    pub fn file(path: &str) -> io::Result<Sink> {
        // Appending, so that whoever empties the file meanwhile gets no hole.
        File::create(path)
            .and_then(|_| OpenOptions::new().append(true).open(path))
            .map(|file| Sink::writer(file, path))
            .map_err(|error| named(&error, path))
    }

    /// Standard error.
    #[must_use]
    pub fn stderr() -> Sink {
        Sink::writer(io::stderr(), "stderr")
    }

    /// A TCP connection to `address`, as in `127.0.0.1:9000`.
    ///
    /// # Errors
    ///
    /// If nobody listens there.
    pub fn tcp(address: &str) -> io::Result<Sink> {
        TcpStream::connect(address)
            .map(|stream| Sink::writer(stream, address))
            .map_err(|error| named(&error, address))
    }

    /// A Unix domain socket.
    ///
    /// # Errors
    ///
    /// If nobody listens there.
    #[cfg(unix)]
    pub fn unix(path: &str) -> io::Result<Sink> {
        std::os::unix::net::UnixStream::connect(path)
            .map(|stream| Sink::writer(stream, path))
            .map_err(|error| named(&error, path))
    }

    /// Anything that takes bytes; `name` is for messages. It gets whole lines.
    #[must_use]
    pub fn writer(to: impl Write + Send + 'static, name: &str) -> Sink {
        Sink(Kind::Writer {
            to: Box::new(to),
            name: name.to_owned(),
        })
    }

    /// A function that takes each line, without its end. Where there is no file
    /// and no stderr, as on wasm32, this is the way out. Objects that it makes
    /// itself are not logged.
    #[must_use]
    pub fn callback(line: fn(&str)) -> Sink {
        Sink(Kind::Callback(line))
    }

    /// `console.log` of the JavaScript around the module.
    #[cfg(all(feature = "wasm-bindgen", target_family = "wasm"))]
    #[must_use]
    pub fn console() -> Sink {
        Sink::callback(crate::console::log)
    }

    /// What a variable of the environment says: `stderr`, `tcp:HOST:PORT`,
    /// `unix:PATH`, or the path of a file. In a path, `{pid}` stands for the
    /// number of the process.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn parse(text: &str) -> io::Result<Sink> {
        if text == "stderr" {
            return Ok(Sink::stderr());
        }
        if let Some(address) = text.strip_prefix("tcp:") {
            return Sink::tcp(address);
        }
        #[cfg(unix)]
        if let Some(path) = text.strip_prefix("unix:") {
            return Sink::unix(path);
        }
        Sink::file(&text.replace("{pid}", &std::process::id().to_string()))
    }

    /// The function that takes the lines, if one does.
    pub(crate) fn taker(&self) -> Option<fn(&str)> {
        match self.0 {
            Kind::Callback(callback) => Some(callback),
            Kind::Writer { .. } => None,
        }
    }

    /// Writes a line that ends with a line end.
    pub(crate) fn write(&mut self, line: &str) -> Result<(), Lost> {
        match &mut self.0 {
            Kind::Callback(callback) => callback(line.trim_end_matches('\n')),
            Kind::Writer { to, name } => {
                to.write_all(line.as_bytes()).map_err(|error| Lost {
                    name: std::mem::take(name),
                    error,
                })?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Writer { name, .. } => write!(f, "Sink({name})"),
            Kind::Callback(_) => write!(f, "Sink(callback)"),
        }
    }
}

/// The sink took no more.
pub(crate) struct Lost {
    name: String,
    error: io::Error,
}

impl Lost {
    /// A log that ends too early without a word would be taken for a whole one.
    pub fn tell(&self) {
        complain(&format!("{}: {}; the log ends here", self.name, self.error));
    }
}

fn named(error: &io::Error, path: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}

/// One line on stderr. There is nobody to return an error to.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "unfreed-probe: {message}");
}

/// The sink that a variable asks for, if it is set. A wrong one is told.
pub(crate) fn from_environment(variable: &str) -> Option<Sink> {
    let text = std::env::var(variable)
        .ok()
        .filter(|text| !text.is_empty())?;
    Sink::parse(&text)
        .map_err(|error| complain(&format!("{variable}: {error}; nothing is logged")))
        .ok()
}
