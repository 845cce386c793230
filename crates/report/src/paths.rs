//! Paths of scripts and sources, as short as people still find them.

use std::borrow::Cow;

/// A place, `PATH:line:column` or the like, with as little of the path as tells
/// it: from the last `node_modules` on, within Rust's library or a crate, or else
/// from `folder` on. Anything else stays as it is.
pub(crate) fn short<'a>(place: &'a str, folder: &str) -> Cow<'a, str> {
    const PACKAGES: &str = "/node_modules/";
    let place = place.strip_prefix("file://").unwrap_or(place);
    if let Some(at) = place.rfind(PACKAGES) {
        return Cow::Borrowed(&place[at + 1..]);
    }
    // `/rustc/HASH/library/alloc/src/vec/mod.rs`
    if let Some((_, file)) = place
        .strip_prefix("/rustc/")
        .and_then(|rest| rest.split_once('/'))
    {
        return Cow::Borrowed(file);
    }
    // `.cargo/registry/src/HOST-HASH/serde-1.0.0/src/lib.rs`
    if let Some((_, behind)) = place.split_once("/registry/src/")
        && let Some((_, file)) = behind.split_once('/')
    {
        return Cow::Borrowed(file);
    }
    let below = place
        .strip_prefix(folder)
        .filter(|_| !folder.is_empty())
        .and_then(|rest| rest.strip_prefix('/'));
    Cow::Borrowed(below.unwrap_or(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_by_what_is_known_to_their_reader() {
        for (place, expected) in [
            ("/home/a/app/src/a.js:1:2", "src/a.js:1:2"),
            ("file:///home/a/app/a.mjs:1:2", "a.mjs:1:2"),
            (
                "/home/a/application/a.js:1:2",
                "/home/a/application/a.js:1:2",
            ),
            (
                "/home/a/app/node_modules/x/y.js:1:2",
                "node_modules/x/y.js:1:2",
            ),
            (
                "/srv/node_modules/.pnpm/x@1/node_modules/x/y.js:1",
                "node_modules/x/y.js:1",
            ),
            (
                "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/raw_vec.rs:7",
                "library/alloc/src/raw_vec.rs:7",
            ),
            (
                "/root/.cargo/registry/src/host-1949cf8c6b5b557f/serde-1.0.1/src/lib.rs:7",
                "serde-1.0.1/src/lib.rs:7",
            ),
            ("src/lib.rs:7", "src/lib.rs:7"),
            ("node:internal/x:1:2", "node:internal/x:1:2"),
            ("a.wasm:0x7", "a.wasm:0x7"),
        ] {
            assert_eq!(short(place, "/home/a/app"), expected);
        }
        assert_eq!(short("/a.js:1", ""), "/a.js:1");
    }
}
