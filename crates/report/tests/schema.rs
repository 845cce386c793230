//! The schemas in `docs` are what the code writes. A change of a shape shows in its
//! diff, where a person decides whether it may break a reader and so raises the
//! version; then `BLESS=1` rewrites the file.

use std::path::Path;
use std::{env, fs};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

fn assert_documented(file: &str, made: &str, version: &str) {
    let path = Path::new(DOCS).join(file);
    if env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, made).expect("docs can be written");
    }
    let documented = fs::read_to_string(&path);
    let documented = documented.unwrap_or_else(|_| panic!("no docs/{file}; BLESS=1 makes it"));
    assert!(
        documented == made,
        "docs/{file} is not what the code writes: if the change is meant, see whether the version in \
         unfreed_report::{version} must rise, and run this test with BLESS=1"
    );
}

#[test]
fn the_documented_schema_is_that_of_the_code() {
    let made = unfreed_report::json_schema().expect("a schema");
    assert_documented("analysis.schema.json", &made, "SCHEMA");
}

#[test]
fn the_documented_schema_of_comparisons_is_that_of_the_code() {
    let made = unfreed_report::diff_json_schema().expect("a schema");
    assert_documented("diff.schema.json", &made, "DIFF_SCHEMA");
}
