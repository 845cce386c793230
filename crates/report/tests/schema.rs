//! `docs/analysis.schema.json` is what the code writes. A change of the shape
//! shows in its diff, where a person decides whether it may break a reader and
//! so raises the version; then `BLESS=1` rewrites the file.

use std::path::Path;
use std::{env, fs};

const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/analysis.schema.json"
);

#[test]
fn the_documented_schema_is_that_of_the_code() {
    let made = unfreed_report::json_schema().expect("a schema");
    if env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::write(Path::new(SCHEMA), &made).expect("docs can be written");
    }
    let documented =
        fs::read_to_string(SCHEMA).expect("docs/analysis.schema.json is there; BLESS=1 makes it");
    assert!(
        documented == made,
        "docs/analysis.schema.json is not what the code writes: if the change is meant, see whether \
         the version in unfreed_report::SCHEMA must rise, and run this test with BLESS=1"
    );
}
