//! The schemas in `docs` are what the code writes. A change of a shape shows in its
//! diff, where a person decides whether it may break a reader and so raises the
//! version; then `BLESS=1` rewrites the file.

use std::path::Path;
use std::{env, fs};

#[test]
fn the_documented_schema_of_an_analysis_is_that_of_the_code() {
    is_documented("analysis.schema.json", unfreed_report::json_schema());
}

#[test]
fn the_documented_schema_of_a_check_is_that_of_the_code() {
    is_documented("check.schema.json", unfreed_report::check_json_schema());
}

fn is_documented(name: &str, made: Result<String, serde_json::Error>) {
    let made = made.expect("a schema");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::write(&file, &made).expect("docs can be written");
    }
    let documented = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("docs/{name}: {error}; BLESS=1 makes it"));
    assert!(
        documented == made,
        "docs/{name} is not what the code writes: if the change is meant, see whether the version of \
         the shape must rise, and run this test with BLESS=1"
    );
}
