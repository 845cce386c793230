//! Names of functions as their source has them.

/// The name of a function as its source has it, of Rust or C++: demangled,
/// without the hash that the compiler adds.
#[must_use]
pub fn demangled(name: &str) -> String {
    if let Ok(demangled) = rustc_demangle::try_demangle(name) {
        return format!("{demangled:#}");
    }
    if name.starts_with("_Z")
        && let Ok(symbol) = cpp_demangle::Symbol::new(name)
        && let Ok(demangled) = symbol.demangle()
    {
        return demangled;
    }
    without_hashes(name)
}

/// A name that was demangled before it came here without what tells its crate
/// and its copies apart: `::h` and 16 hexadecimal digits at the end (legacy
/// mangling), `[16 hexadecimal digits]` behind a crate (v0), and the number of a
/// copy at the end, `[3]`.
fn without_hashes(name: &str) -> String {
    let name = without_copy(name);
    let name = match name.rsplit_once("::h") {
        Some((head, digits)) if digits.len() == 16 && is_hash(digits) => head,
        _ => name,
    };
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((head, after)) = rest.split_once('[') {
        kept.push_str(head);
        rest = match after.split_once(']') {
            Some((digits, after)) if is_hash(digits) => after,
            _ => {
                kept.push('[');
                after
            }
        };
    }
    kept + rest
}

fn without_copy(name: &str) -> &str {
    let Some((head, number)) = name
        .strip_suffix(']')
        .and_then(|name| name.rsplit_once('['))
    else {
        return name;
    };
    let is_number = !number.is_empty() && number.len() < 6;
    match is_number && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => head,
        false => name,
    }
}

fn is_hash(digits: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (12..=16).contains(&digits.len()) && digits.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_their_source_has_them() {
        for (name, expected) in [
            ("_ZN3foo3bar17h05af221e174051e9E", "foo::bar"),
            ("foo::bar::h05af221e174051e9", "foo::bar"),
            ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
            (
                "_ZNSt6vectorIiSaIiEE9push_backEOi",
                "std::vector<int, std::allocator<int> >::push_back(int&&)",
            ),
            ("plain", "plain"),
            (
                "<alloc[597d984130f212f5]::raw_vec::RawVecInner>::finish_grow[3]",
                "<alloc::raw_vec::RawVecInner>::finish_grow",
            ),
            ("<[u8] as a[1]::B>::c", "<[u8] as a[1]::B>::c"),
            ("a[597d984130f212f5", "a[597d984130f212f5"),
            ("[]", "[]"),
            ("语::h05af221e174051", "语::h05af221e174051"),
        ] {
            assert_eq!(demangled(name), expected, "{name}");
        }
    }
}
