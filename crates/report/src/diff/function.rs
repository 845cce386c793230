//! Names of functions without what differs from build to build.

/// The name of a function of Rust, C++ or C, as two builds of its source have it,
/// whichever way the compiler mangled it.
///
/// Left out are hashes and disambiguators (`::h05af221e174051e9`, `[597d984130f212f5]`),
/// what a compiler adds to names of copies (`.llvm.123`, `.part.0`, `[3]`), and the numbers
/// of glue (`__wbg_adapter_48`). Rust's older mangling writes neither the arguments of
/// types nor the numbers of closures: these are left out too, and paths are written as
/// in the newer one (`<T as Trait>::f` for `imp::<impl Trait for T>::f`), but for
/// `<T>::f`, which is `T::f`.
pub fn function(name: &str) -> String {
    let name = without_copies(name);
    // What stands behind may hold any bracket.
    let path = match is_operator(name) {
        true => name.to_owned(),
        false => path(name),
    };
    without_number_of_glue(&path).to_owned()
}

/// Without the suffixes of copies, and the hash in front of them.
fn without_copies(name: &str) -> &str {
    const WORDS: [&str; 6] = ["cold", "constprop", "isra", "llvm", "part", "lto_priv"];
    let mut name = name;
    loop {
        let shorter = match name.rsplit_once('.') {
            Some((head, last)) if !head.is_empty() && is_number(last) => Some(head),
            Some((head, last)) if !head.is_empty() && WORDS.contains(&last) => Some(head),
            _ => name
                .strip_suffix(']')
                .and_then(|rest| rest.rsplit_once('['))
                .filter(|(head, number)| !head.is_empty() && is_number(number) && number.len() < 6)
                .map(|(head, _)| head),
        };
        let shorter = shorter.or_else(|| {
            let mut hashes = ["::h", "__h"].iter();
            hashes.find_map(|mark| match name.rsplit_once(mark) {
                Some((head, hash)) if hash.len() == 16 && is_hash(hash) => Some(head),
                _ => None,
            })
        });
        match shorter {
            Some(shorter) => name = shorter,
            None => return name,
        }
    }
}

/// `imports.wbg.__wbg_new` of `imports.wbg.__wbg_new_8a6f238a6ece86ea`, `__wbg_adapter` of
/// `__wbg_adapter_48`.
fn without_number_of_glue(name: &str) -> &str {
    let own = name.rsplit('.').next().unwrap_or(name);
    if !own.starts_with("__wb") {
        return name;
    }
    match name.rsplit_once('_') {
        Some((head, hash)) if hash.len() == 16 && is_hash(hash) => head,
        _ => name
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .trim_end_matches('_'),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hash(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (12..=16).contains(&text.len()) && text.bytes().all(is_digit)
}

/// Whether a function of C++ is called by an operator: `a::operator<<`.
fn is_operator(name: &str) -> bool {
    let next = |rest: &str| rest.bytes().next();
    let mut found = name.match_indices("operator");
    found.any(|(at, word)| {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let before = name[..at].bytes().next_back();
        let after = next(&name[at + word.len()..]);
        !before.is_some_and(is_name) && after.is_some_and(|after| !is_name(after) && after != b':')
    })
}

/// A path without arguments of types.
fn path(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    // Where the path begins that is being written.
    let mut begin = 0;
    let mut rest = name;
    while let Some(next) = rest.chars().next() {
        let behind = &rest[next.len_utf8()..];
        rest = match next {
            '<' => match closing(behind, ['<', '>']) {
                Some(end) => {
                    angle(&behind[..end], &mut written, begin);
                    &behind[end + 1..]
                }
                None => keep(next, behind, &mut written),
            },
            '{' => match closing(behind, ['{', '}']) {
                Some(end) => {
                    let inner = behind[..end].trim_matches(['{', '}']);
                    let inner = inner.split('#').next().unwrap_or(inner);
                    written.push('{');
                    written.push_str(inner);
                    written.push('}');
                    &behind[end + 1..]
                }
                None => keep(next, behind, &mut written),
            },
            '[' => match behind.split_once(']') {
                Some((hash, after)) if is_hash(hash) => after,
                _ => keep(next, behind, &mut written),
            },
            _ => keep(next, behind, &mut written),
        };
        if matches!(next, ' ' | ',' | '(' | '&' | '*' | '[') {
            begin = written.len();
        }
    }
    written
}

fn keep<'a>(next: char, behind: &'a str, written: &mut String) -> &'a str {
    written.push(next);
    behind
}

/// Writes what is between angle brackets: a type, where a path begins by it; what an
/// implementation is of, in place of where it is; nothing, where they are arguments.
fn angle(inner: &str, written: &mut String, begin: usize) {
    let of = match (inner.strip_prefix("impl "), written.len() == begin) {
        (Some(of), _) => of.split_once(" for ").map_or_else(
            || path(of),
            |(of, own)| format!("<{} as {}>", path(own), path(of)),
        ),
        (None, true) => match split_as(inner) {
            Some((own, of)) => format!("<{} as {}>", path(own), path(of)),
            None => path(inner),
        },
        (None, false) => {
            let shorter = written.strip_suffix("::").map(str::len);
            written.truncate(shorter.unwrap_or(written.len()));
            return;
        }
    };
    written.truncate(begin);
    written.push_str(&of);
}

/// Where the bracket is closed that was open at the begin.
fn closing(text: &str, [open, close]: [char; 2]) -> Option<usize> {
    let mut depth = 1usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close && before != '-' {
            depth -= 1;
        }
        if depth == 0 {
            return Some(at);
        }
        before = c;
    }
    None
}

/// `TYPE as TRAIT`, cut where no bracket is open.
fn split_as(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' | '[' | '(' => depth += 1,
            '>' if before == '-' => {}
            '>' | ']' | ')' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => {
                if let Some(of) = text[at..].strip_prefix(" as ") {
                    return Some((&text[..at], of));
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As rustc 1.95 mangles functions of one source in both ways.
    #[test]
    fn both_manglings_of_rust_give_one_name() {
        for (legacy, v0, expected) in [
            (
                "_ZN1a14Cache$LT$T$GT$3add17h3e33fc7418643903E",
                "_RNvMCs4Q2Qx8jI5j6_1aINtB2_5CacheNtNtCslNYArtu3iFV_5alloc6string6StringE3addB2_",
                "a::Cache::add",
            ),
            (
                "_ZN1a3imp52_$LT$impl$u20$a..Build$u20$for$u20$$u5b$u16$u5d$$GT$5build17h5fc9d3c326769694E",
                "_RNvXs_NtCs4Q2Qx8jI5j6_1a3impStNtB6_5Build5build",
                "<[u16] as a::Build>::build",
            ),
            (
                "_ZN1a3imp64_$LT$impl$u20$a..Build$u20$for$u20$alloc..vec..Vec$LT$u8$GT$$GT$5build17hd7e30934307f213dE",
                "_RNvXNtCs4Q2Qx8jI5j6_1a3impINtNtCslNYArtu3iFV_5alloc3vec3VechENtB4_5Build5build",
                "<alloc::vec::Vec as a::Build>::build",
            ),
            (
                "_ZN1a3run28_$u7b$$u7b$closure$u7d$$u7d$17h62fc9031695e1ad9E",
                "_RNCNvCs4Q2Qx8jI5j6_1a3run0B3_",
                "a::run::{closure}",
            ),
            (
                "_ZN1a5Plain4fill17h7a89b37774022fb3E",
                "_RNvMs_Cs4Q2Qx8jI5j6_1aNtB4_5Plain4fill",
                "a::Plain::fill",
            ),
            (
                "_ZN1a7generic17h01c7480354f83b8aE",
                "_RINvCs4Q2Qx8jI5j6_1a7genericNCNvB2_3run0EB2_",
                "a::generic",
            ),
            (
                "_ZN47_$LT$a..Plain$u20$as$u20$core..fmt..Display$GT$3fmt17hc1d508a174c7fdd1E",
                "_RNvXs0_Cs4Q2Qx8jI5j6_1aNtB5_5PlainNtNtCsgEmfK2I1SDS_4core3fmt7Display3fmt",
                "<a::Plain as core::fmt::Display>::fmt",
            ),
            (
                "_ZN5alloc3vec9from_elem17ha318a76b0e0d9b38E",
                "_RINvNtCslNYArtu3iFV_5alloc3vec9from_elemhECs4Q2Qx8jI5j6_1a",
                "alloc::vec::from_elem",
            ),
        ] {
            for mangled in [legacy, v0] {
                let demangled = rustc_demangle::demangle(mangled);
                for form in [format!("{demangled}"), format!("{demangled:#}")] {
                    assert_eq!(function(&form), expected, "{form}");
                }
            }
        }
    }

    #[test]
    fn what_a_build_adds_is_left_out() {
        for (name, expected) in [
            ("forget", "forget"),
            ("forget.llvm.1234567", "forget"),
            ("app::fill::h05af221e174051e9.llvm.77", "app::fill"),
            ("app::fill.part.0.cold", "app::fill"),
            ("<a[597d984130f212f5]::B>::c[3]", "a::B::c"),
            (
                "byn$mgfn-shared$alloc::boxed::f.4727",
                "byn$mgfn-shared$alloc::boxed::f",
            ),
            (
                "imports.wbg.__wbg_new_8a6f238a6ece86ea",
                "imports.wbg.__wbg_new",
            ),
            ("__wbg_adapter_48", "__wbg_adapter"),
            (
                "convert::closures::invoke0_mut__h0123456789abcdef",
                "convert::closures::invoke0_mut",
            ),
            (
                "void std::__2::vector<int>::push<int>(int&&)",
                "void std::__2::vector::push(int&&)",
            ),
            (
                "a::operator<<(std::__2::vector<int>&)",
                "a::operator<<(std::__2::vector<int>&)",
            ),
            ("Cache::operator_of<T>::f", "Cache::operator_of::f"),
            (
                "(anonymous namespace)::Cache::add(int)",
                "(anonymous namespace)::Cache::add(int)",
            ),
            ("Module.prove [as run]", "Module.prove [as run]"),
            ("version1.2", "version1"),
            (
                "<fn(u8) -> u8 as a::F<(u8,)>>::call",
                "<fn(u8) -> u8 as a::F>::call",
            ),
        ] {
            assert_eq!(function(name), expected, "{name}");
        }
    }

    #[test]
    fn no_name_is_too_odd() {
        for name in [
            "", "<", ">", "<<", "<>", "{", "}", "{{", "[", "]", ".", ".1", "[3]", "::h", "<impl >",
            "é<ü>", "->", "<a as", "__wb",
        ] {
            assert!(function(name).len() <= name.len(), "{name}");
        }
    }
}
