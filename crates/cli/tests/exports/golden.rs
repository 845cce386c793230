//! Small outputs, as they were.

use insta::Settings;

use super::exported_text;

/// Compares with the file in `snapshots`.
fn assert_as_it_was(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn outputs_are_as_they_were() {
    for (format, options) in [
        ("folded", &["--by", "allocated"][..]),
        ("csv", &[]),
        ("dhat", &[]),
        ("heaptrack", &[]),
        ("log", &[]),
        ("speedscope", &[]),
        ("chrome", &[]),
        ("firefox", &[]),
    ] {
        let text = exported_text("tests/logs/good/v2.log", format, options);
        let text = match text.starts_with('{') {
            true => {
                let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                format!("{json:#}")
            }
            false => text,
        };
        assert_as_it_was(&format!("v2-{format}"), &text);
    }
}

#[test]
fn frames_of_a_stack_are_told_apart() {
    let input = "tests/foreign/leaky-c.heaptrack.gz";
    for (name, options) in [("own", &[][..]), ("all", &["--all-frames"])] {
        let text = exported_text(input, "folded", options);
        assert_as_it_was(&format!("leaky-c-folded-{name}"), &text);
    }
    let hostile = exported_text("tests/logs/good/hostile-names.log", "folded", &[]);
    assert_as_it_was("hostile-folded", &hostile);
}
