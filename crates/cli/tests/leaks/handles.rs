//! Handles: the Rust values that JavaScript owns, and the closures that it may call.

use serde_json::Value;

use crate::recorded::{ROUNDS, Recorded, array, number, string};

/// What makes the block that a handle of `Document` points to, and the one of its text.
const BLOCKS: [(&str, u64); 2] = [("<handles::Document>::new", 100), ("document_new", 24)];

impl Recorded {
    /// The only class of handles that there is.
    fn class(&self, name: &str) -> Value {
        let handles = self.json("handles", &[]);
        let classes = array(&handles["classes"]);
        assert_eq!(classes.len(), 1, "{handles:#}");
        assert_eq!(classes[0]["class"], name);
        classes[0].clone()
    }

    fn has_documents(&self, freed: u64, consumed: u64, collected: u64, held: u64) {
        let class = self.class("Document");
        let got = [
            &class["made"],
            &class["freed"],
            &class["consumed"],
            &class["collected"]["count"],
            &class["held"]["count"],
        ];
        let got = got.map(|count| number(count) as u64);
        assert_eq!(got, [ROUNDS, freed, consumed, collected, held], "{class:#}");
        assert_eq!(class["unknown"], 0, "{class:#}");
    }

    fn documents_leak(&self) {
        let mut accused = self.accused();
        accused.sort_unstable();
        assert_eq!(accused, BLOCKS.map(|(name, _)| name));
        for (name, bytes) in BLOCKS {
            self.leaks_exactly(name, 1, bytes);
        }
        let verdict = &self.class("Document")["verdict"];
        assert_eq!(verdict["kind"], "systematic", "{verdict:#}");
        assert_eq!(verdict["per_iteration"], 1.0, "{verdict:#}");
    }

    fn documents_are_clean(&self) {
        self.is_clean();
        assert_eq!(self.analysis["totals"]["allocations"], 2 * ROUNDS);
        let kind = &self.class("Document")["verdict"]["kind"];
        assert!(["clean", "bounded"].contains(&string(kind)), "{kind}");
        self.does_not_say("JavaScript handles");
    }

    /// What `unfreed why` says of a type.
    fn why(&self, name: &str) -> String {
        let why = self.json("why", &[]);
        let mut sites = array(&why["memories"][0]["sites"]).iter();
        let site = sites.find(|site| site["type"] == name);
        string(&site.unwrap_or_else(|| panic!("no {name} in {why:#}"))["why"]).to_owned()
    }
}

#[test]
fn an_array_that_does_not_stop_growing() {
    let recorded = Recorded::new("handle-held");
    recorded.documents_leak();
    recorded.has_documents(0, 0, 0, ROUNDS);
    for (name, _) in BLOCKS {
        recorded.is_held(name, "reachable", Some("handle"));
        assert_eq!(recorded.why(name), "held by JS: a handle of Document");
    }
    recorded.says("held by JS: a handle of Document; call free() on the JS objects");
    let held = &recorded.class("Document")["held"];
    assert_eq!(held["bytes"], 24 * ROUNDS);
    assert_eq!(held["retained_bytes"], 124 * ROUNDS);
    assert_eq!(held["lost"], 0);
}

#[test]
fn an_array_that_stops_growing() {
    let recorded = Recorded::new("handle-ring");
    assert_eq!(recorded.accused(), [""; 0]);
    for (name, bytes) in BLOCKS {
        recorded.leaves(name, "bounded", 3, 3 * bytes);
        recorded.is_held(name, "reachable", Some("handle"));
    }
    recorded.has_documents(ROUNDS - 3, 0, 0, 3);
    assert_eq!(recorded.class("Document")["verdict"]["kind"], "bounded");
    recorded.does_not_say("JavaScript handles");
    recorded.does_not_say("Next steps");
}

#[test]
fn handles_that_the_collector_took() {
    let recorded = Recorded::new("handle-collected");
    recorded.documents_leak();
    recorded.has_documents(0, 0, ROUNDS, 0);
    // The handle's own block, and the text that only that points to.
    recorded.is_lost(ROUNDS, ROUNDS);
    recorded.is_held("document_new", "definitely_lost", None);
    let reason = "their JS handles were collected without being freed";
    assert_eq!(recorded.why("document_new"), reason);
    recorded.says(&format!(
        "{reason}; call free() on each, or declare them with `using`"
    ));
    let (text, _) = BLOCKS[0];
    recorded.is_held(text, "indirectly_lost", None);
    let reason =
        "lost with what points to them, whose JS handles were collected without being freed";
    assert_eq!(recorded.why(text), reason);
    recorded.says(&format!(
        "{reason}; call free() on each, or declare them with `using`"
    ));
    let collected = &recorded.class("Document")["collected"];
    assert_eq!(collected["never_freed"], ROUNDS);
    assert_eq!(collected["never_freed_bytes"], 24 * ROUNDS);
    recorded.says(
        "Document: 12 handles were collected without free(), and what they owned was never freed",
    );
}

#[test]
fn handles_that_the_collector_took_and_the_glue_freed() {
    let recorded = Recorded::new("handle-collected-freed");
    recorded.documents_are_clean();
    recorded.has_documents(0, 0, ROUNDS, 0);
    assert_eq!(recorded.class("Document")["collected"]["never_freed"], 0);
}

#[test]
fn handles_that_are_freed() {
    let recorded = Recorded::new("handle-freed");
    recorded.documents_are_clean();
    recorded.has_documents(ROUNDS, 0, 0, 0);
}

/// The second `free()` throws, in the same words (`Recorded::new` compares them), and
/// frees nothing more.
#[test]
fn handles_that_are_freed_twice() {
    let recorded = Recorded::new("handle-freed-twice");
    recorded.documents_are_clean();
    recorded.has_documents(ROUNDS, 0, 0, 0);
    let totals = &recorded.analysis["totals"];
    assert_eq!(totals["frees"], 2 * ROUNDS);
    assert_eq!(totals["matched_frees"], 2 * ROUNDS);
}

#[test]
fn handles_that_are_passed_by_value() {
    let recorded = Recorded::new("handle-consumed");
    recorded.documents_are_clean();
    recorded.has_documents(0, ROUNDS, 0, 0);
}

#[test]
fn closures_that_are_never_dropped() {
    let recorded = Recorded::new("closure-forgotten");
    assert_eq!(recorded.accused(), ["handles::adding"]);
    recorded.leaks_exactly("handles::adding", 1, 4);
    recorded.is_held("handles::adding", "reachable", Some("handle"));
    assert_eq!(
        recorded.why("handles::adding"),
        "held by JS: a handle of Closure"
    );
    let class = recorded.class("Closure");
    assert_eq!(
        (&class["made"], &class["held"]["count"]),
        (&ROUNDS.into(), &ROUNDS.into())
    );
    assert_eq!(class["verdict"]["kind"], "systematic");
    recorded.says("Closure: let Rust drop each closure when it is not needed any more");
    recorded.says("have Rust drop each closure when it is not needed any more");
}

#[test]
fn closures_that_are_dropped() {
    let recorded = Recorded::new("closure-dropped");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("handles::adding", "clean", 0, 0);
    recorded.leaves("listener_new", "clean", 0, 0);
    let handles = recorded.json("handles", &[]);
    for class in array(&handles["classes"]) {
        let counts = [&class["made"], &class["freed"], &class["held"]["count"]];
        assert_eq!(
            counts,
            [&ROUNDS.into(), &ROUNDS.into(), &Value::from(0)],
            "{class:#}"
        );
    }
    recorded.does_not_say("JavaScript handles");
}
