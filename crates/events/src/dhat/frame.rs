//! The frames of the table of a profile, one text each:
//! `0x1091D9: work (leaky.c:26)`, `0x48417B4: malloc (in /usr/lib/libc.so)`,
//! `0x5625cb62dfff: dh::main (dh/src/main.rs:39:5)`.

/// A frame in its parts; empty where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub function: &'a str,
    pub module: &'a str,
    /// `file:line` or `file:line:column`.
    pub place: Option<&'a str>,
}

/// The parts of a frame.
pub(super) fn parts(text: &str) -> Parts<'_> {
    let text = without_address(text);
    let Some((function, inner)) = behind(text) else {
        return Parts {
            function: known(text),
            ..Parts::default()
        };
    };
    if let Some(module) = inner.strip_prefix("in ") {
        return Parts {
            function: known(function),
            module,
            place: None,
        };
    }
    match has_line(inner) {
        true => Parts {
            function: known(function),
            module: "",
            place: Some(inner),
        },
        // The parameters of a function of C++, of which no place is known.
        false => Parts {
            function: known(text),
            ..Parts::default()
        },
    }
}

/// What stands before and in the round brackets at the end, which may hold others:
/// files may be called so.
fn behind(text: &str) -> Option<(&str, &str)> {
    let open = text.strip_suffix(')')?;
    let bytes = open.as_bytes();
    let mut depth = 1usize;
    for at in (0..bytes.len()).rev() {
        match bytes[at] {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let before = open[..at].strip_suffix(' ')?;
            return Some((before, &open[at + 1..]));
        }
    }
    None
}

fn without_address(text: &str) -> &str {
    let Some((address, rest)) = text.split_once(": ") else {
        return text;
    };
    let digits = address.strip_prefix("0x");
    match digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        true => rest,
        false => text,
    }
}

fn known(function: &str) -> &str {
    match function {
        "???" => "",
        function => function,
    }
}

fn has_line(place: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    place
        .rsplit_once(':')
        .is_some_and(|(file, line)| !file.is_empty() && is_number(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_both_writers_are_cut_into_parts() {
        let frame = |function, module, place| Parts {
            function,
            module,
            place,
        };
        for (text, expected) in [
            (
                "0x1091D9: work (leaky.c:26)",
                frame("work", "", Some("leaky.c:26")),
            ),
            (
                "0x48417B4: malloc (in /usr/lib/a (1).so)",
                frame("malloc", "/usr/lib/a (1).so", None),
            ),
            (
                "0x5625cb62dfff: dh::main (dh/src/main.rs:39:5)",
                frame("dh::main", "", Some("dh/src/main.rs:39:5")),
            ),
            (
                "0x4005284: operator new(unsigned long) (vg_replace_malloc.c:422)",
                frame(
                    "operator new(unsigned long)",
                    "",
                    Some("vg_replace_malloc.c:422"),
                ),
            ),
            ("0x4005284: f (int)", frame("f (int)", "", None)),
            ("0x109269: ???", frame("", "", None)),
            ("0x109269: ??? (in /bin/a)", frame("", "/bin/a", None)),
            ("[root]", frame("[root]", "", None)),
            (")", frame(")", "", None)),
            (" ()", frame(" ()", "", None)),
            ("", frame("", "", None)),
            ("a: b", frame("a: b", "", None)),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
