//! Heap profiles of DHAT, version 2 of their JSON, as Valgrind's tool (`--tool=dhat`)
//! and the crate `dhat` of Rust write it. The format is described in a comment at the
//! begin of `dhat/dh_main.c` of Valgrind.
//!
//! A profile has no events: for each program point, a stack that allocates, it has
//! sums over the run, what was live when most was, and what was live at the end.

mod frame;
mod json;
mod strings;

use std::io::{BufReader, Read};

use serde::de::DeserializeSeed;
use thiserror::Error;

use self::frame::parts;
use self::json::{Content, Point};
use self::strings::ShortStrings;
use crate::fold::{UNKNOWN, label};
use crate::limits::{MAX_LINE_BYTES, MAX_NAME_BYTES};
use crate::names::{NameFault, Names};
use crate::record::SiteSums;
use crate::stacks::{Frame, FrameId, FrameKind, StackId, printable};

/// The version of the format that is known.
const VERSION: u64 = 2;

/// Whether a file that begins so is a profile of DHAT.
pub fn is_dhat(head: &[u8]) -> bool {
    let inner = head.trim_ascii_start().strip_prefix(b"{");
    inner.is_some_and(|inner| inner.trim_ascii_start().starts_with(b"\"dhatFileVersion\""))
}

/// Why a profile cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DhatError {
    /// It is of another version.
    #[error("version {0} of DHAT's format; expected version 2")]
    Version(u64),
    /// It does not count memory that is allocated.
    #[error(
        "a profile of the mode {0}, which does not say what is allocated; expected heap or rust-heap"
    )]
    Mode(String),
    /// It ends, or cannot be read on, before it says what it is.
    #[error("not a profile of DHAT: {0}")]
    NotAProfile(String),
    /// More different names than can be kept.
    #[error("too many different names")]
    Names,
}

impl DhatError {
    fn mode(mode: &str) -> DhatError {
        DhatError::Mode(printable(mode, 40))
    }
}

/// Who wrote a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Valgrind's tool.
    Heap,
    /// The crate `dhat` of Rust.
    RustHeap,
    /// `unfreed export`.
    Unfreed,
}

impl Mode {
    fn named(name: &str) -> Option<Mode> {
        match name {
            "heap" => Some(Mode::Heap),
            "rust-heap" => Some(Mode::RustHeap),
            "unfreed" => Some(Mode::Unfreed),
            _ => None,
        }
    }
}

/// A profile.
pub struct DhatProfile {
    /// Who wrote it.
    pub mode: Mode,
    /// The command that was run.
    pub command: String,
    /// What times are counted in, such as `instrs` or `µs`.
    pub time_unit: String,
    /// When most bytes were live, in units of time.
    pub peak_at: Option<u64>,
    /// When the profile ended.
    pub end_at: Option<u64>,
    /// How many program points it has.
    pub points: u64,
    /// Sums of each site, in the order of their ids. Program points whose stacks
    /// differ by addresses only are one site.
    pub sites: Vec<SiteSums>,
    /// How long the blocks of each site lived, all of them together, in units of
    /// time, those that live on to the end included; in the order of `sites`.
    pub lifetimes: Vec<Option<u64>>,
    /// What the ids stand for.
    pub names: Names,
    /// Program points that are left out since sums with them exceed 64 bits.
    pub left_out: u64,
    /// Why reading ended before the end, if it did.
    pub damage: Option<String>,
}

/// Reads a profile; `demangle` makes a name of a symbol.
///
/// # Errors
///
/// If it is none that says what is allocated. One that is cut is no error: what stands
/// before is in the profile.
pub fn read_dhat(
    input: impl Read,
    demangle: impl Fn(&str) -> String,
) -> Result<DhatProfile, DhatError> {
    let mut content = Content::default();
    let input = BufReader::new(ShortStrings::new(input, MAX_LINE_BYTES));
    let mut json = serde_json::Deserializer::from_reader(input);
    let read = (&mut content).deserialize(&mut json);
    let read = read.and_then(|()| json.end());
    if let Some(refused) = content.refused {
        return Err(refused);
    }
    let mut damage = read.err().map(|error| reason(&error));
    let mode = match (content.version, content.mode, &damage) {
        (Some(_), Some(mode), _) => mode,
        (None, ..) => return Err(not_a_profile(&damage, "it does not say its version")),
        (_, None, _) => return Err(not_a_profile(&damage, "it does not say its mode")),
    };
    if damage.is_none() && !content.has_points {
        damage = Some("it has no program points; expected `pps`".to_owned());
    }
    let mut sums = Sums {
        names: Names::default(),
        frames: Vec::new(),
        sites: Vec::new(),
        lifetimes: Vec::new(),
        left_out: 0,
    };
    sums.intern_frames(&content.frames, demangle)
        .and_then(|()| content.points.iter().try_for_each(|point| sums.add(point)))
        .map_err(|_| DhatError::Names)?;
    Ok(DhatProfile {
        mode,
        command: printable(&content.command, MAX_NAME_BYTES),
        time_unit: printable(&content.time_unit, 40),
        peak_at: content.peak_at,
        end_at: content.end_at,
        points: content.points.len() as u64,
        sites: sums.sites,
        lifetimes: sums.lifetimes,
        names: sums.names,
        left_out: sums.left_out,
        damage,
    })
}

fn not_a_profile(damage: &Option<String>, missing: &str) -> DhatError {
    DhatError::NotAProfile(damage.clone().unwrap_or_else(|| missing.to_owned()))
}

/// What is wrong, with line and column.
fn reason(error: &serde_json::Error) -> String {
    match error.is_eof() {
        true => format!("it ends early: {error}"),
        false => printable(&error.to_string(), MAX_NAME_BYTES),
    }
}

/// Program points by site.
struct Sums {
    names: Names,
    /// The frames of the table.
    frames: Vec<FrameId>,
    sites: Vec<SiteSums>,
    lifetimes: Vec<Option<u64>>,
    left_out: u64,
}

impl Sums {
    fn intern_frames(
        &mut self,
        table: &[String],
        demangle: impl Fn(&str) -> String,
    ) -> Result<(), NameFault> {
        for text in table {
            let parts = parts(text);
            let frame = Frame {
                kind: FrameKind::Machine,
                function: &demangle(parts.function),
                module: parts.module,
                place: parts.place,
                wasm: None,
            };
            self.frames.push(self.names.intern_frame(frame)?);
        }
        Ok(())
    }

    fn frame(&mut self, index: u32) -> Result<FrameId, NameFault> {
        if let Some(frame) = self.frames.get(index as usize) {
            return Ok(*frame);
        }
        // The table stands behind the points, so that a cut file has none.
        self.names.intern_frame(Frame {
            kind: FrameKind::Machine,
            function: &format!("(frame {index})"),
            module: "",
            place: None,
            wasm: None,
        })
    }

    fn add(&mut self, point: &Point) -> Result<(), NameFault> {
        let mut stack: Option<StackId> = None;
        for index in point.stack.0.iter().rev() {
            let frame = self.frame(*index)?;
            stack = Some(self.names.intern_stack(frame, stack)?);
        }
        let (type_id, site) = match stack {
            Some(stack) => {
                let frames: Vec<Frame<'_>> = self.names.frames_of(stack).collect();
                let name = label(&frames);
                self.names.intern_stack_site(name.as_bytes(), stack)?
            }
            None => {
                let place = format!("{UNKNOWN}:0");
                self.names
                    .intern_site(UNKNOWN.as_bytes(), place.as_bytes())?
            }
        };
        let sums = SiteSums {
            site,
            type_id,
            allocations: point.allocations,
            allocated_bytes: point.allocated_bytes,
            leaked: point.leaked,
            leaked_bytes: point.leaked_bytes,
            peak: point.peak,
            peak_bytes: point.peak_bytes,
        };
        match self.sites.get_mut(site.0 as usize) {
            None => {
                self.sites.push(sums);
                self.lifetimes.push(point.lifetimes);
            }
            Some(held) => match joined(held, &sums) {
                Some(joined) => {
                    *held = joined;
                    let lifetimes = &mut self.lifetimes[site.0 as usize];
                    *lifetimes = lifetimes
                        .zip(point.lifetimes)
                        .and_then(|(held, more)| held.checked_add(more));
                }
                None => self.left_out += 1,
            },
        }
        Ok(())
    }
}

/// The sums of two; `None` if they exceed 64 bits.
fn joined(held: &SiteSums, more: &SiteSums) -> Option<SiteSums> {
    Some(SiteSums {
        allocations: held.allocations.checked_add(more.allocations)?,
        allocated_bytes: held.allocated_bytes.checked_add(more.allocated_bytes)?,
        // No part is larger than its whole.
        leaked: held.leaked + more.leaked,
        leaked_bytes: held.leaked_bytes + more.leaked_bytes,
        peak: held.peak + more.peak,
        peak_bytes: held.peak_bytes + more.peak_bytes,
        ..*held
    })
}
