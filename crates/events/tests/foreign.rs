//! Files of DHAT and heaptrack: what they say, and what comes of damaged ones.

use proptest::prelude::*;
use unfreed_events::dhat::{DhatError, DhatProfile, is_dhat, read_dhat};
use unfreed_events::heaptrack::{Damage, Fault, HeaptrackError, HeaptrackReader, is_heaptrack};
use unfreed_events::{Event, Record};

fn plain(name: &str) -> String {
    name.to_owned()
}

struct Read {
    records: Vec<Record>,
    sites: Vec<(String, String)>,
    damage: Option<Damage>,
}

fn heaptrack(text: &[u8]) -> Result<Read, HeaptrackError> {
    let mut reader = HeaptrackReader::new(text, plain)?;
    let mut records = Vec::new();
    while reader.decode(&mut records)? {}
    let names = reader.names();
    let sites = records.iter().filter_map(|record| match record.event {
        Event::Site { site, type_id } => Some((
            names.type_name(type_id).to_owned(),
            names.location(site).as_str().to_owned(),
        )),
        _ => None,
    });
    Ok(Read {
        sites: sites.collect(),
        damage: reader.damage().cloned(),
        records,
    })
}

/// Two kinds of blocks of one stack, in which `inner` is inlined into `outer`.
const FILE: &str = "v 10400 3
X ./a.out
I 1000 100
s 5 a.out
s 5 inner
s 5 outer
s 8 my app.c
i 1234 1 2 4 a 3 4 14
t 1 0
a 40 1
a 10 1
+ 0
c a
+ 1
+ 0
R 3
- 0
- 0
# strings: 4
# ips: 1
";

#[test]
fn lines_of_heaptrack_become_records() {
    let read = heaptrack(FILE.as_bytes()).expect("a file of heaptrack");
    assert_eq!(read.damage, None);
    assert_eq!(read.sites, [("inner".to_owned(), "my app.c:10".to_owned())]);
    let spelled: Vec<String> = read
        .records
        .iter()
        .filter_map(|record| match record.event {
            Event::Allocate { size, id, .. } => Some(format!("{} +{} {size}", record.line, id.0)),
            Event::Release { id } => Some(format!("{} -{}", record.line, id.0)),
            Event::Time { ns } => Some(format!("{} t{ns}", record.line)),
            Event::Memory { bytes, .. } => Some(format!("{} rss {bytes}", record.line)),
            _ => None,
        })
        .collect();
    // The latest of equal blocks goes first.
    assert_eq!(
        spelled,
        [
            "12 +0 64",
            "14 t10000000",
            "14 +1 16",
            "15 t10000000",
            "15 +2 64",
            "16 rss 12288",
            "17 -2",
            "18 -0"
        ]
    );
}

#[test]
fn what_is_wrong_with_a_line_is_said_and_ends_reading() {
    let missing = |what, number| Fault::Missing { what, number };
    for (from, to, line, fault) in [
        ("+ 1\n", "+ 2\n", 14, missing("kind of blocks", 2)),
        ("t 1 0", "t 2 0", 9, missing("instruction pointer", 2)),
        ("t 1 0", "t 1 1", 9, missing("node of a stack", 1)),
        ("1 2 4 a 3", "1 9 4 a 3", 8, missing("string", 9)),
        ("1 2 4 a 3 4 14", "1 2 4", 8, Fault::Short),
        ("a 40 1", "a 4g 1", 10, Fault::Number),
        ("a 40 1", "a 11112222333344445 1", 10, Fault::Number),
        ("c a", "q a", 13, Fault::Kind),
        ("R 3", "- 0\n- 0\n- 0", 18, Fault::NotLive(0)),
        (
            "s 5 inner",
            "s 5 inne",
            5,
            Fault::Length {
                found: 4,
                expected: 5,
            },
        ),
        (
            "strings: 4",
            "strings: 5",
            19,
            Fault::Count {
                found: 4,
                expected: 5,
            },
        ),
        ("# strings: 4\n# ips: 1\n", "", 19, Fault::NoEnd),
        ("ips: 1\n", "ips: 1", 20, Fault::Cut),
    ] {
        let text = FILE.replacen(from, to, 1);
        let read = heaptrack(text.as_bytes()).expect("a file of heaptrack");
        assert_eq!(read.damage, Some(Damage::Line { line, fault }), "{to}");
    }
}

#[test]
fn versions_that_are_not_known_and_raw_files_are_refused() {
    let error = |text: &str| {
        heaptrack(text.as_bytes())
            .err()
            .map(|error| error.to_string())
    };
    let message = |text: &str| error(text).unwrap_or_default();
    assert!(message("v 10400 4\n").contains("version 4"));
    assert!(message("v 10000\n").contains("version 0"));
    assert!(message("v 10400\n").contains("version 0"));
    assert!(message("v 10400 3\nm 1 -\n").contains("line 2: a raw recording"));
    assert!(message("version\n").contains("not a file of heaptrack"));
    assert_eq!(error("v 10200\n"), None);
    // Before version 3, texts are not sized.
    let old = FILE
        .replace("10400 3", "10100 2")
        .replace("s 5 ", "s ")
        .replace("s 8 ", "s ");
    assert_eq!(heaptrack(old.as_bytes()).expect("a file").damage, None);
}

#[test]
fn a_stack_that_is_too_deep_ends_reading() {
    let mut text = "v 10400 3\ni 1 0\n".to_owned();
    for node in 0..2000 {
        text.push_str(&format!("t 1 {node:x}\n"));
    }
    let read = heaptrack(text.as_bytes()).expect("a file of heaptrack");
    let (line, fault) = (1027, Fault::Many);
    assert_eq!(read.damage, Some(Damage::Line { line, fault }));
}

fn profile(text: &str) -> Result<DhatProfile, DhatError> {
    read_dhat(text.as_bytes(), plain)
}

const POINT: &str =
    r#"{"tb":100,"tbk":4,"tl":40,"mb":50,"mbk":2,"gb":50,"gbk":2,"eb":25,"ebk":1,"fs":[1,2]}"#;

fn with(points: &str) -> String {
    format!(
        r#"{{"dhatFileVersion":2,"mode":"heap","tu":"instrs","tg":7,"te":9,"pps":[{points}],
"ftbl":["[root]","0x1: malloc (in /lib/a.so)","0x2: keep (a.c:3)","0x3: keep (a.c:3)"]}}"#
    )
}

#[test]
fn points_of_one_stack_are_one_site() {
    let other = POINT.replace("[1,2]", "[1,3]").replace("\"tl\":40,", "");
    let found = profile(&with(&format!("{POINT},{POINT}"))).expect("a profile");
    assert_eq!(
        (found.points, found.sites.len(), found.damage),
        (2, 1, None)
    );
    assert_eq!(found.lifetimes, [Some(80)]);
    let found = profile(&with(&format!("{POINT},{other}"))).expect("a profile");
    let [site] = found.sites[..] else {
        panic!("one site");
    };
    assert_eq!(found.names.type_name(site.type_id), "keep");
    assert_eq!(found.names.location(site.site).as_str(), "a.c:3");
    let figures = [
        site.allocations,
        site.allocated_bytes,
        site.leaked,
        site.leaked_bytes,
    ];
    assert_eq!(figures, [8, 200, 2, 50]);
    assert_eq!((site.peak, site.peak_bytes), (4, 100));
    assert_eq!(found.lifetimes, [None]);
}

#[test]
fn what_is_wrong_with_a_profile_is_said() {
    for (from, to, expected) in [
        (
            r#""eb":25"#,
            r#""eb":101"#,
            "`eb` is 101, more than its `tb` of 100",
        ),
        (r#""gbk":2,"#, "", "missing field `gbk`"),
        (r#""tb":100"#, r#""tb":-1"#, "invalid value"),
        (
            r#""tb":100"#,
            r#""tb":18446744073709551616"#,
            "invalid type",
        ),
        ("[1,2]", "[1,", "expected value"),
    ] {
        let text = with(&POINT.replacen(from, to, 1));
        let found = profile(&text).expect("a profile");
        let damage = found.damage.expect("damage");
        assert!(
            damage.contains(expected) && damage.contains("line 1"),
            "{damage}"
        );
        assert_eq!(found.points, 0);
    }
    let too_many = POINT.replace(r#""tb":100"#, r#""tb":18446744073709551615"#);
    let found = profile(&with(&format!("{POINT},{too_many}"))).expect("a profile");
    assert_eq!((found.left_out, found.sites[0].allocations), (1, 4));
    let long = with(POINT).replace("instrs", &"x".repeat(2 << 20));
    let found = profile(&long).expect("a profile");
    assert!(
        found
            .damage
            .is_some_and(|damage| damage.contains("a text of more than"))
    );
}

#[test]
fn a_profile_that_is_cut_anywhere_has_what_stands_before() {
    let text = with(&format!("{POINT},{}", POINT.replace("[1,2]", "[2]")));
    for end in 0..text.len() {
        match profile(&text[..end]) {
            Ok(found) => assert!(found.damage.is_some(), "{end}"),
            Err(error) => assert!(
                matches!(error, DhatError::NotAProfile(_)) && end < 35,
                "{end}"
            ),
        }
    }
    let cut = profile(&text[..text.find("ftbl").expect("a table")]).expect("a profile");
    assert_eq!((cut.points, cut.sites.len()), (2, 2));
    assert_eq!(cut.names.type_name(cut.sites[0].type_id), "(frame 1)");
}

#[test]
fn files_are_known_by_their_begin() {
    for head in [
        "{\"dhatFileVersion\":2",
        "{\n\"dhatFileVersion\": 2",
        " { \"dhatFileVersion\"",
    ] {
        assert!(is_dhat(head.as_bytes()), "{head}");
    }
    for head in [
        "",
        "{",
        "{\"a\":1}",
        "@{\"dhatFileVersion\"",
        "dhatFileVersion",
    ] {
        assert!(!is_dhat(head.as_bytes()), "{head}");
    }
    for head in ["v 10400 3\n", "v 10200\nX", "v 10500 3\nx"] {
        assert!(is_heaptrack(head.as_bytes()), "{head}");
    }
    for head in [
        "v 10400 3",
        "v 1 2\n",
        "v 10400 3 4\n",
        "version 1.2\n",
        "v 1.2.3\n",
        "\n",
        "",
    ] {
        assert!(!is_heaptrack(head.as_bytes()), "{head}");
    }
}

/// A text with some bytes replaced, removed or doubled.
fn damaged(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..3u8);
    prop::collection::vec(change, 1..8).prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (place, byte, how) in changes {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes[place] = text.as_bytes()[place % text.len()],
                _ => bytes.truncate(place.max(1)),
            }
        }
        bytes
    })
}

proptest! {
    /// Blocks that go were there, each once, and lines do not go back.
    #[test]
    fn damaged_files_of_heaptrack_are_read_as_far_as_they_hold(bytes in damaged(FILE)) {
        if let Ok(read) = heaptrack(&bytes) {
            let mut live = std::collections::HashSet::new();
            let mut latest = 0;
            for record in read.records {
                prop_assert!(record.line >= latest);
                latest = record.line;
                match record.event {
                    Event::Allocate { id, .. } => prop_assert!(live.insert(id)),
                    Event::Release { id } => prop_assert!(live.remove(&id)),
                    _ => {}
                }
            }
        }
    }

    /// No part of a site is larger than its whole.
    #[test]
    fn damaged_profiles_are_read_as_far_as_they_hold(bytes in damaged(PROFILE)) {
        if let Ok(found) = read_dhat(&bytes[..], plain) {
            for site in found.sites {
                prop_assert!(site.leaked <= site.allocations && site.peak <= site.allocations);
                prop_assert!(site.leaked_bytes <= site.allocated_bytes);
                prop_assert!(site.peak_bytes <= site.allocated_bytes);
            }
        }
    }
}

const PROFILE: &str = r#"{"dhatFileVersion":2,"mode":"rust-heap","tu":"µs","pps":[
{"tb":100,"tbk":4,"tl":40,"gb":50,"gbk":2,"eb":25,"ebk":1,"fs":[1,2]},
{"tb":9,"tbk":9,"gb":0,"gbk":0,"eb":0,"ebk":0,"fs":[]}],
"ftbl":["[root]","0x1: a::b (a.rs:1:2)","0x2: ???"]}"#;
