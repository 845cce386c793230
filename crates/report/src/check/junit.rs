//! The check as JUnit's XML: a test case for each budget. There is no standard; this
//! keeps to what the common readers share: `testsuites`, `testsuite`, `testcase`,
//! `failure` for a broken budget, `error` for one that could not be judged.

use std::collections::HashMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use unfreed_engine::budget::Outcome;

use super::words::{failure, sentence, what};
use super::{Check, CheckedBudget, CheckedInput};
use crate::xml;

/// The check as JUnit's XML.
///
/// # Errors
/// Those of the writer.
pub fn check_to_junit(check: &Check<'_>) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all: Vec<Suite<'_>> = check.inputs.iter().map(Suite::of).collect();
    let sum = |of: &dyn Fn(&Suite<'_>) -> usize| all.iter().map(of).sum::<usize>().to_string();
    xml.create_element("testsuites")
        .with_attribute(("name", "unfreed check"))
        .with_attribute(("tests", sum(&|suite| suite.tests()).as_str()))
        .with_attribute(("failures", sum(&|suite| suite.failures()).as_str()))
        .with_attribute(("errors", sum(&|suite| suite.errors()).as_str()))
        .write_inner_content(|xml| all.iter().try_for_each(|suite| suite.write(xml)))?;
    let mut text = String::from_utf8(xml.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

/// An input.
struct Suite<'a> {
    name: &'a str,
    cases: Vec<Case>,
}

/// A budget.
struct Case {
    name: String,
    class: String,
    /// `failure` or `error`, its message, its type and its text; `None` if it was kept.
    bad: Option<(&'static str, String, String, String)>,
}

impl Suite<'_> {
    fn of<'a>(input: &'a CheckedInput<'a>) -> Suite<'a> {
        let mut cases: Vec<Case> = input
            .budgets
            .iter()
            .map(|budget| Case::of(budget, input))
            .collect();
        cases.extend(input.problems.iter().map(|problem| Case {
            name: "input is complete".to_owned(),
            class: "unfreed.input".to_owned(),
            bad: Some((
                "error",
                problem.clone(),
                "incomplete".to_owned(),
                problem.clone(),
            )),
        }));
        let mut seen: HashMap<String, usize> = HashMap::new();
        for case in &mut cases {
            let same = seen.entry(case.name.clone()).or_default();
            *same += 1;
            if *same > 1 {
                case.name = format!("{} ({same})", case.name);
            }
        }
        // The folder may be a temporary one, and systems know suites by their name.
        let name = input.source.rsplit('/').next();
        Suite {
            name: name.unwrap_or(&input.source),
            cases,
        }
    }

    fn tests(&self) -> usize {
        self.cases.len()
    }

    fn failures(&self) -> usize {
        self.bad("failure")
    }

    fn errors(&self) -> usize {
        self.bad("error")
    }

    fn bad(&self, tag: &str) -> usize {
        let bad = self.cases.iter().filter_map(|case| case.bad.as_ref());
        bad.filter(|bad| bad.0 == tag).count()
    }

    fn write(&self, xml: &mut Writer<Vec<u8>>) -> io::Result<()> {
        xml.create_element("testsuite")
            .with_attribute(("name", xml::allowed(self.name).as_str()))
            .with_attribute(("tests", self.tests().to_string().as_str()))
            .with_attribute(("failures", self.failures().to_string().as_str()))
            .with_attribute(("errors", self.errors().to_string().as_str()))
            .with_attribute(("skipped", "0"))
            .write_inner_content(|xml| self.cases.iter().try_for_each(|case| case.write(xml)))?;
        Ok(())
    }
}

impl Case {
    fn of(budget: &CheckedBudget, input: &CheckedInput<'_>) -> Case {
        let message = format!("{}: {}", what(budget), sentence(budget, input));
        let bad = match budget.judged.outcome {
            Outcome::Pass | Outcome::NotShown => None,
            // What is missing may be frees.
            Outcome::Fail if !input.problems.is_empty() => Some(("error", "incomplete")),
            Outcome::Fail => Some(("failure", budget.kind.word())),
            outcome => Some(("error", super::words::outcome_word(outcome))),
        };
        Case {
            name: budget.name.clone(),
            class: format!("unfreed.{}", budget.kind.word()),
            bad: bad.map(|(tag, kind)| {
                let text = failure(budget, input);
                (tag, message, kind.to_owned(), text)
            }),
        }
    }

    fn write(&self, xml: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let (name, class) = (xml::allowed(&self.name), xml::allowed(&self.class));
        let case = xml
            .create_element("testcase")
            .with_attribute(("name", name.as_str()))
            .with_attribute(("classname", class.as_str()));
        let Some((tag, message, kind, text)) = &self.bad else {
            case.write_empty()?;
            return Ok(());
        };
        case.write_inner_content(|xml| {
            xml.create_element(*tag)
                .with_attribute(("message", xml::allowed(message).as_str()))
                .with_attribute(("type", kind.as_str()))
                .write_text_content(BytesText::new(&xml::allowed(text)))?;
            Ok(())
        })?;
        Ok(())
    }
}
