//! A profile of DHAT, version 2 of its format, as `dh_view.html` of Valgrind opens it:
//! what <https://valgrind.org/docs/manual/dh-manual.html> calls a program point is a site.

use std::collections::HashMap;
use std::io::Write;

use serde::Serialize;
use unfreed_engine::findings::Figures;
use unfreed_engine::lifetimes::{Change, End, Life, Lifetimes, Moment};
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::{Event, Names, SiteId};

use super::frames::{FrameStyle, Kind, Shown};
use super::{ExportError, Part, RecordWriter, Rest};

/// Writes sums by site, with how long their blocks lived and the most that was live.
pub struct DhatWriter<W> {
    out: W,
    command: String,
    style: FrameStyle,
    engine: Engine,
    lifetimes: Lifetimes,
    frames: Frames,
    points: Points,
    /// Events without a time: then all times are running line numbers.
    timeless: u64,
    peak: Peak,
    pid: u32,
}

/// When most bytes were live, by the latest time until then.
#[derive(Default)]
struct Peak {
    live_bytes: u64,
    most_bytes: u64,
    at: Moment,
}

/// The program points: sites whose stacks are shown alike are one, since the viewer takes
/// no stack twice.
#[derive(Default)]
struct Points {
    of_sites: HashMap<SiteId, usize>,
    of_stacks: HashMap<Vec<usize>, usize>,
    stacks: Vec<Vec<usize>>,
    lived: Vec<Lived>,
}

/// What the ledger does not know of a point.
#[derive(Clone, Copy, Default)]
struct Lived {
    live: u64,
    live_bytes: u64,
    most: u64,
    most_bytes: u64,
    /// How long all blocks lived, in ns and in lines.
    time: u64,
    lines: u64,
}

#[derive(Serialize)]
struct Profile {
    #[serde(rename = "dhatFileVersion")]
    version: u32,
    mode: &'static str,
    verb: &'static str,
    /// That there are lifetimes, and that there are no accesses.
    bklt: bool,
    bkacc: bool,
    tu: &'static str,
    #[serde(rename = "Mtu")]
    millions: &'static str,
    /// Below this a lifetime counts as short.
    tuth: u64,
    cmd: String,
    pid: u32,
    tg: u64,
    te: u64,
    pps: Vec<Point>,
    ftbl: Vec<String>,
}

/// A program point: `b` is bytes, `bk` blocks; `t` total, `m` most, `g` at the peak of the
/// program, `e` at the end; `tl` is how long all of its blocks lived.
#[derive(Default, Serialize)]
struct Point {
    tb: u64,
    tbk: u64,
    tl: u64,
    mb: u64,
    mbk: u64,
    gb: u64,
    gbk: u64,
    eb: u64,
    ebk: u64,
    fs: Vec<usize>,
}

impl Point {
    fn add(&mut self, figures: &Figures) {
        self.tb += figures.allocated_bytes;
        self.tbk += figures.allocations;
        self.gb += figures.peak_bytes;
        self.gbk += figures.peak;
        self.eb += figures.leaked_bytes;
        self.ebk += figures.leaked;
    }
}

impl<W: Write> DhatWriter<W> {
    /// A writer that has written nothing. `command` is shown as what was run, where the
    /// input does not say it.
    pub fn new(out: W, command: String, style: FrameStyle) -> DhatWriter<W> {
        DhatWriter {
            out,
            command,
            style,
            engine: Engine::new(),
            lifetimes: Lifetimes::default(),
            frames: Frames::default(),
            points: Points::default(),
            timeless: 0,
            peak: Peak::default(),
            pid: 0,
        }
    }

    fn profile(&mut self, findings: &Findings, now: Moment) -> Profile {
        let has_times = self.timeless == 0;
        let stacks = std::mem::take(&mut self.points.stacks);
        let points = stacks.into_iter().zip(&self.points.lived);
        let mut pps: Vec<Point> = points
            .map(|(fs, lived)| Point {
                tl: match has_times {
                    true => lived.time / NS,
                    false => lived.lines,
                },
                mb: lived.most_bytes,
                mbk: lived.most,
                fs,
                ..Point::default()
            })
            .collect();
        for found in &findings.sites {
            let place = self.points.of_sites.get(&found.site);
            if let Some(point) = place.and_then(|place| pps.get_mut(*place)) {
                point.add(&found.figures);
            }
        }
        // Some stacks only grew a memory.
        pps.retain(|point| point.tbk > 0);
        let in_units = |at: Moment| match has_times {
            true => at.time.unwrap_or_default() / NS,
            false => at.line,
        };
        Profile {
            version: 2,
            mode: "unfreed",
            verb: "Allocated",
            bklt: true,
            bkacc: false,
            tu: if has_times { "µs" } else { "events" },
            millions: if has_times { "s" } else { "Mevents" },
            tuth: SHORT,
            cmd: self.command.clone(),
            pid: self.pid,
            tg: in_units(self.peak.at),
            te: in_units(now),
            pps,
            ftbl: std::mem::take(&mut self.frames.table),
        }
    }
}

/// Nanoseconds of a unit of time.
const NS: u64 = 1000;

/// Lifetimes that count as short, in units of time.
const SHORT: u64 = 500;

impl<W: Write> RecordWriter for DhatWriter<W> {
    fn take(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        self.style.learn(part.facts);
        if let Some(began) = part.facts.and_then(|facts| facts.processes.first()) {
            self.command = began.what.argv.join(" ");
            self.pid = began.what.pid;
        }
        self.engine.apply(part.records);
        let (points, frames, style) = (&mut self.points, &mut self.frames, &self.style);
        for record in part.records {
            if let Event::Site { site, .. } = record.event {
                points.add(site, || frames.numbers(&style.stack(part.names, site)));
            }
            let mut live_bytes = self.peak.live_bytes;
            let mut timeless = false;
            self.lifetimes.apply(record, &mut |change| {
                points.follow(change, Moment::default());
                match change {
                    Change::Allocated(life) => {
                        timeless = life.born.time.is_none();
                        live_bytes += life.last_size;
                    }
                    Change::Resized { life, from } => {
                        live_bytes = live_bytes - from + life.last_size
                    }
                    Change::Ended(life, _) => live_bytes -= life.last_size,
                    Change::FreedBefore(..) => {}
                }
            });
            self.timeless += u64::from(timeless);
            self.peak.reached(live_bytes, self.lifetimes.now());
        }
        match self.lifetimes.is_sample() {
            true => Err(ExportError::Sample("dhat")),
            false => Ok(()),
        }
    }

    fn finish(&mut self, names: &Names) -> Result<Rest, ExportError> {
        let now = self.lifetimes.now();
        let points = &mut self.points;
        self.lifetimes
            .finish(&mut |change| points.follow(change, now));
        let engine = std::mem::take(&mut self.engine);
        let findings = engine.finish(names, &Input::default(), &Options::default());
        let profile = self.profile(&findings, now);
        serde_json::to_writer(&mut self.out, &profile)?;
        self.out.flush()?;
        Ok(Rest::default())
    }
}

impl Peak {
    fn reached(&mut self, live_bytes: u64, at: Moment) {
        self.live_bytes = live_bytes;
        if live_bytes > self.most_bytes {
            self.most_bytes = live_bytes;
            self.at = at;
        }
    }
}

impl Points {
    /// Declares a site.
    fn add(&mut self, site: SiteId, stack: impl FnOnce() -> Vec<usize>) {
        let Points {
            of_stacks,
            stacks,
            lived,
            ..
        } = self;
        self.of_sites.entry(site).or_insert_with(|| {
            let stack = stack();
            *of_stacks.entry(stack).or_insert_with_key(|stack| {
                stacks.push(stack.clone());
                lived.push(Lived::default());
                stacks.len() - 1
            })
        });
    }

    /// Accounts for a change; what is live at the end lived until `now`.
    fn follow(&mut self, change: Change, now: Moment) {
        let (Change::Allocated(life)
        | Change::Resized { life, .. }
        | Change::Ended(life, _)
        | Change::FreedBefore(life, _)) = change;
        let place = self.of_sites.get(&life.site);
        let Some(point) = place.and_then(|place| self.lived.get_mut(*place)) else {
            return;
        };
        match change {
            Change::Allocated(_) => {
                point.live += 1;
                point.live_bytes += life.last_size;
                point.rose();
            }
            Change::Resized { from, .. } => {
                point.live_bytes = point.live_bytes - from + life.last_size;
                point.rose();
            }
            Change::Ended(_, end) => {
                let until = match end {
                    End::Freed(at) | End::Superseded(at) => at,
                    End::Live => now,
                };
                point.live -= 1;
                point.live_bytes -= life.last_size;
                point.lived(&life, until);
            }
            // It is known to have been there, and not for how long.
            Change::FreedBefore(..) => {}
        }
    }
}

impl Lived {
    fn rose(&mut self) {
        self.most = self.most.max(self.live);
        self.most_bytes = self.most_bytes.max(self.live_bytes);
    }

    fn lived(&mut self, life: &Life, until: Moment) {
        let time = |moment: Moment| moment.time.unwrap_or_default();
        let lived = time(until).saturating_sub(time(life.born));
        self.time = self.time.saturating_add(lived);
        let lines = until.line.saturating_sub(life.born.line);
        self.lines = self.lines.saturating_add(lines);
    }
}

/// Each frame once; the first is the root, which no point names.
struct Frames {
    table: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Default for Frames {
    fn default() -> Frames {
        Frames {
            table: vec!["[root]".to_owned()],
            numbers: HashMap::new(),
        }
    }
}

impl Frames {
    /// Of a stack, innermost frame first, as program points have it.
    fn numbers(&mut self, stack: &[Shown]) -> Vec<usize> {
        let table = &mut self.table;
        let number = |shown: &Shown| {
            let text = text(shown);
            *self.numbers.entry(text).or_insert_with_key(|text| {
                table.push(text.clone());
                table.len() - 1
            })
        };
        stack.iter().map(number).collect()
    }
}

/// As Valgrind writes frames: an address, a function, and in brackets where it is.
fn text(shown: &Shown) -> String {
    let address = u64::from(shown.offset.unwrap_or_default());
    let place = match (shown.file.as_str(), shown.line, shown.column) {
        _ if shown.kind == Kind::Place => String::new(),
        ("", ..) => match shown.module.as_str() {
            "" => String::new(),
            module => format!(" (in {module})"),
        },
        (file, 0, _) => format!(" ({file})"),
        (file, line, 0) => format!(" ({file}:{line})"),
        (file, line, column) => format!(" ({file}:{line}:{column})"),
    };
    format!("{address:#X}: {}{place}", shown.function).replacen("0X", "0x", 1)
}
