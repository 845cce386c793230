//! A profile of pprof: a message of Protocol Buffers, packed with gzip.

mod message;
mod tables;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use unfreed_engine::findings::Figures;

use self::message::{Label, Profile, Sample, ValueType};
use self::tables::Tables;
use super::ExportError;
use super::frames::FrameStyle;
use crate::phrases;
use crate::view::View;
use crate::why;

/// A type of values, its unit, and what it is of a site.
type Type = (&'static str, &'static str, fn(&Figures) -> u64);

/// The types of values, as the heap profiles of Go name them.
const TYPES: [Type; 6] = [
    ("alloc_objects", "count", |figures| figures.allocations),
    ("alloc_space", "bytes", |figures| figures.allocated_bytes),
    ("peak_objects", "count", |figures| figures.peak),
    ("peak_space", "bytes", |figures| figures.peak_bytes),
    ("inuse_objects", "count", |figures| figures.leaked),
    ("inuse_space", "bytes", |figures| figures.leaked_bytes),
];

/// The one that is shown first.
const DEFAULT: &str = "inuse_space";

/// Writes a sample for each site, with its type and its verdict as labels.
///
/// # Errors
///
/// If the output takes no more, or a figure exceeds 63 bits.
pub fn write_pprof(view: &View<'_>, out: &mut dyn Write) -> Result<(), ExportError> {
    let mut tables = Tables::new();
    let mut profile = Profile::default();
    for (name, unit, _) in TYPES {
        profile.sample_type.push(ValueType {
            r#type: tables.string(name),
            unit: tables.string(unit),
        });
    }
    profile.default_sample_type = tables.string(DEFAULT);
    profile.sample = samples(view, &mut tables)?;
    if view.findings.sampling.is_some() {
        let comment = "The log is a sample: all figures are estimates.";
        profile.comment.push(tables.string(comment));
    }
    if let Some(facts) = view.recording {
        let start = facts.start.saturating_mul(1000);
        profile.time_nanos = i64::try_from(start).unwrap_or_default();
        let ends = facts.process_ends.iter().map(|said| said.time);
        let end = ends.max().unwrap_or_default().saturating_mul(1000);
        profile.duration_nanos = i64::try_from(end).unwrap_or_default();
        build_ids(view, &mut tables);
    }
    profile.mapping = tables.mappings;
    profile.location = tables.location_table;
    profile.function = tables.function_table;
    profile.string_table = tables.string_table;
    let mut packed = GzEncoder::new(out, Compression::default());
    packed.write_all(&profile.encode_to_vec())?;
    packed.finish()?;
    Ok(())
}

/// A sample for each site.
fn samples(view: &View<'_>, tables: &mut Tables) -> Result<Vec<Sample>, ExportError> {
    let style = FrameStyle::of(view);
    let mut samples = Vec::new();
    for found in &view.findings.sites {
        let mut value = Vec::with_capacity(TYPES.len());
        for (_, _, figure) in TYPES {
            value.push(held(figure(&found.figures))?);
        }
        let labels = [
            ("type", view.site_type(found.site).to_owned()),
            ("verdict", phrases::verdict(found.verdict, view)),
            ("why", why::in_words(found.site, view).unwrap_or_default()),
        ];
        let labels = labels.into_iter().filter(|(_, text)| !text.is_empty());
        samples.push(Sample {
            location_id: tables.stack(&style.stack(view.names, found.site)),
            value,
            label: labels
                .map(|(key, text)| Label {
                    key: tables.string(key),
                    str: tables.string(&text),
                })
                .collect(),
        });
    }
    for (_, _, figure) in TYPES {
        held(
            view.findings
                .sites
                .iter()
                .map(|found| figure(&found.figures))
                .sum(),
        )?;
    }
    Ok(samples)
}

/// Modules of a recording are known by the hash of their bytes.
fn build_ids(view: &View<'_>, tables: &mut Tables) {
    let modules = view.recording.map_or(&[][..], |facts| &facts.modules);
    for said in modules {
        let name = tables.string(&said.what.name);
        let id = tables.string(&said.what.id);
        let mut mappings = tables.mappings.iter_mut();
        if let Some(mapping) = mappings.find(|mapping| mapping.filename == name) {
            mapping.build_id = id;
        }
    }
}

/// A figure as the format has it.
fn held(figure: u64) -> Result<i64, ExportError> {
    i64::try_from(figure).map_err(|_| ExportError::TooLarge {
        format: "pprof",
        figure,
        most: i64::MAX as u64,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use unfreed_engine::{Engine, Input, Options};
    use unfreed_events::stacks::{Frame, FrameKind, WasmPlace};
    use unfreed_events::text::TextStats;
    use unfreed_events::{AllocationId, Event, Names, Record, Sources};

    use super::*;
    use crate::units::Units;
    use crate::view::Sort;

    /// A function of a module, and one that was inlined into it.
    fn names() -> Names {
        let mut names = Names::default();
        let outer = Frame {
            kind: FrameKind::Wasm,
            function: "app::open",
            module: "app.wasm",
            place: Some("src/app.rs:7:3"),
            wasm: Some(WasmPlace {
                function: 4,
                offset: 0x120,
            }),
        };
        let inlined = Frame {
            function: "app::buffer",
            place: Some("src/buffer.rs:12:9"),
            wasm: None,
            ..outer
        };
        let outer = names.intern_frame(outer).expect("a frame");
        let inlined = names.intern_frame(inlined).expect("a frame");
        let stack = names.intern_stack(outer, None).expect("a stack");
        let stack = names.intern_stack(inlined, Some(stack)).expect("a stack");
        names
            .intern_stack_site(b"app::buffer", stack)
            .expect("a site");
        names
    }

    fn profile(sizes: &[u64]) -> Result<Profile, ExportError> {
        let names = names();
        let site = unfreed_events::SiteId(0);
        let type_id = names.site_type(site).expect("its type");
        let mut records = vec![Record {
            line: 0,
            event: Event::Site { site, type_id },
        }];
        for (line, size) in (1..).zip(sizes) {
            let (id, size) = (AllocationId(line), *size);
            let event = Event::Allocate { site, size, id };
            records.push(Record { line, event });
        }
        let mut engine = Engine::new();
        engine.apply(&records);
        let input = Input::of_text(TextStats::default());
        let view = View {
            findings: &engine.finish(&names, &input, &Options::default()),
            names: &names,
            sources: &Sources::default(),
            recording: None,
            units: Units::Auto,
            sort: Sort::default(),
            top: None,
            all_frames: false,
            types: None,
        };
        let (mut packed, mut bytes) = (Vec::new(), Vec::new());
        write_pprof(&view, &mut packed)?;
        GzDecoder::new(&packed[..]).read_to_end(&mut bytes)?;
        Ok(Profile::decode(&bytes[..]).expect("a profile"))
    }

    #[test]
    fn inlined_functions_are_lines_of_one_location() {
        let profile = profile(&[16, 24]).expect("written");
        let [sample] = &profile.sample[..] else {
            panic!("{profile:?}");
        };
        assert_eq!(sample.value, [2, 40, 2, 40, 2, 40]);
        let text = |number: i64| profile.string_table[number as usize].as_str();
        let [location] = &profile.location[..] else {
            panic!("{profile:?}");
        };
        assert_eq!(sample.location_id, [location.id]);
        assert_eq!(location.address, 0x120);
        let lines: Vec<(&str, &str, i64)> = location
            .line
            .iter()
            .map(|line| {
                let function = &profile.function[line.function_id as usize - 1];
                (text(function.name), text(function.filename), line.line)
            })
            .collect();
        let expected = [
            ("app::buffer", "src/buffer.rs", 12),
            ("app::open", "src/app.rs", 7),
        ];
        assert_eq!(lines, expected);
        let mapping = &profile.mapping[location.mapping_id as usize - 1];
        assert_eq!(text(mapping.filename), "app.wasm");
        assert_eq!(text(profile.default_sample_type), "inuse_space");
        let labels = sample.label.iter();
        let labels: Vec<(&str, &str)> = labels.map(|l| (text(l.key), text(l.str))).collect();
        assert_eq!(labels, [("type", "app::buffer")]);
    }

    #[test]
    fn what_the_format_cannot_hold_is_an_error() {
        let error = profile(&[u64::MAX - 1]).expect_err("too large");
        assert!(matches!(error, ExportError::TooLarge { .. }), "{error}");
    }
}
