//! A baseline is read as what was written, and what is none is refused with its line.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use unfreed_engine::Interval;
use unfreed_engine::compare::{Growth, Measure};
use unfreed_engine::findings::Grade;
use unfreed_report::{
    BaselineFault, Diff, Named, StackKey, Summary, read_baseline, write_baseline,
};

fn figure() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("a figure", |figure| figure.is_finite())
}

fn growth() -> impl Strategy<Value = Growth> {
    let figures = (figure(), figure(), figure(), 0.0..=1.0f64);
    (figures, any::<[bool; 2]>()).prop_map(
        |((mean, low, high, confidence), [is_exact, is_sure])| {
            // The interval of an exact figure is the figure.
            let [low, high] = if is_exact { [mean, mean] } else { [low, high] };
            let interval = is_sure.then_some(Interval {
                low,
                high,
                confidence,
            });
            Growth {
                mean,
                interval,
                is_exact,
            }
        },
    )
}

fn measure() -> impl Strategy<Value = Measure> {
    let at_end = any::<u32>().prop_map(u64::from);
    (at_end, option::of(growth())).prop_map(|(at_end, growth)| Measure { at_end, growth })
}

/// Any name, those that a line would misunderstand among them.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[ ;\\\\\u{7f}\n\r#0-9a-z{}-]{0,12}",
        Just(" rate 1".to_owned())
    ]
}

fn stacks() -> impl Strategy<Value = BTreeMap<StackKey, Measure>> {
    let key = (name(), vec(name(), 0..4));
    let key = key.prop_map(|(type_name, frames)| StackKey { type_name, frames });
    btree_map(key, measure(), 0..6)
}

prop_compose! {
    fn summary()(
        counts in any::<(u32, u32, u32)>(),
        flags in any::<[bool; 3]>(),
        temporary in option::of(any::<u64>()),
        live in option::of(growth()),
        whole in (option::of(measure()), option::of(measure())),
        handles in btree_map(name(), measure(), 0..3),
        stacks in stacks(),
    ) -> Summary {
        let mut types: BTreeMap<String, Measure> = BTreeMap::new();
        for (key, measure) in &stacks {
            let sum = types.entry(key.type_name.clone()).or_insert(Measure { at_end: 0, ..*measure });
            sum.at_end += measure.at_end;
        }
        Summary {
            iterations: counts.0 as usize,
            is_complete: flags[0],
            is_estimate: flags[1],
            trust: if flags[2] { Grade::High } else { Grade::Low },
            allocations: counts.1.into(),
            temporary,
            peak: counts.2.into(),
            live: Measure { at_end: types.values().map(|of| of.at_end).sum(), growth: live },
            memory: whole.0,
            holes: whole.1,
            handles,
            types,
            stacks,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(summary in summary()) {
        let text = write_baseline(&summary);
        let read = read_baseline(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        prop_assert_eq!(&read, &summary);
        prop_assert_eq!(write_baseline(&read), text);
    }

    #[test]
    fn no_text_is_too_odd(text in "(unfreed-baseline 1\\.[01]\n)?([a-z#]{0,10} ?[0-9a-z ;\\\\.{}-]{0,20}\n){0,8}") {
        if let Ok(read) = read_baseline(&text) {
            prop_assert_eq!(read_baseline(&write_baseline(&read)), Ok(read));
        }
    }

    #[test]
    fn nothing_differs_from_itself(mut summary in summary()) {
        for measure in summary.types.values_mut().chain(summary.stacks.values_mut()) {
            // Figures that vary in few iterations tell nothing.
            let mean = measure.growth.map_or(0.0, |growth| growth.mean);
            measure.growth = Some(Growth { mean, interval: None, is_exact: true });
        }
        let run = |name: &str| Named { name: name.to_owned(), summary: summary.clone() };
        let diff = Diff::of(run("a"), run("b"));
        prop_assert!(diff.types.iter().all(|row| row.amount == 0.0 && !row.is_worse()));
        prop_assert!(diff.stacks.iter().all(|row| row.amount == 0.0 && !row.is_worse()));
    }
}

const SMALL: &str = "\
unfreed-baseline 1.0
# A comment.
iterations 4
complete yes
estimated no
trust high
allocations 8
temporary 4
peak 500
live 400 rate 100 exact -
type 400 rate 100 exact - make
stack 400 rate 100 exact - make;make;main
";

fn fault(text: &str) -> (usize, BaselineFault) {
    let error = read_baseline(text).expect_err("it is wrong");
    (error.line, error.fault)
}

#[test]
fn a_small_baseline_is_read() {
    let summary = read_baseline(SMALL).expect("a baseline");
    let made: Vec<&StackKey> = summary.stacks.keys().collect();
    let key = StackKey {
        type_name: "make".to_owned(),
        frames: vec!["make".to_owned(), "main".to_owned()],
    };
    assert_eq!(made, [&key]);
    assert_eq!(read_baseline(&SMALL.replace('\n', "\r\n")), Ok(summary));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let unexpected = |found: &str, expected| BaselineFault::Unexpected {
        found: found.to_owned(),
        expected,
    };
    assert_eq!(fault(""), (1, BaselineFault::NotABaseline));
    assert_eq!(
        fault("@ALLOCATE A 1 a:1 0"),
        (1, BaselineFault::NotABaseline)
    );
    let newer = SMALL.replace("1.0", "2.0");
    assert_eq!(fault(&newer), (1, BaselineFault::TooNew("2.0".to_owned())));
    assert_eq!(
        fault(&SMALL.replace("iterations 4", "iterations four")),
        (3, unexpected("four", "a whole number"))
    );
    assert_eq!(
        fault(&SMALL.replace("complete yes", "complete maybe")),
        (4, unexpected("maybe", "yes or no"))
    );
    assert_eq!(
        fault(&SMALL.replace("live 400 rate 100 exact -", "live 400 rate 100 exactly")),
        (10, unexpected("exactly", "exact, from or unsure"))
    );
    assert_eq!(
        fault(&SMALL.replace("exact - make\n", "from 1 to NaN 0.9 make\n")),
        (11, unexpected("NaN", "a number"))
    );
    assert_eq!(
        fault(&SMALL.replace("peak 500\n", "")),
        (11, BaselineFault::Missing("peak"))
    );
    let twice = SMALL.replace("peak 500\n", "peak 500\npeak 501\n");
    assert_eq!(fault(&twice), (10, BaselineFault::Twice("peak".to_owned())));
    assert_eq!(fault(&SMALL.replace("trust high", "<<<<<<< HEAD")).0, 6);
    let lost = SMALL.replace("type 400 rate 100 exact - make\n", "");
    let sum = BaselineFault::Sum {
        of: "type",
        sum: 0,
        live: 400,
    };
    assert_eq!(fault(&lost), (11, sum));
}

#[test]
fn a_later_minor_version_may_say_more() {
    let later = SMALL.replace("1.0", "1.3") + "weather fine\n";
    assert_eq!(read_baseline(&later), read_baseline(SMALL));
    assert_eq!(fault(&(SMALL.to_owned() + "weather fine\n")).0, 13);
}
