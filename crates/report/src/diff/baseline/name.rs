//! Names in a line. `\` and what would end a line or command a terminal are escaped, and
//! `;`, which stands between the functions of a stack.

use unfreed_events::names::commands_terminal;

pub(super) fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\\' | ';' => text.extend(['\\', c]),
            c if commands_terminal(c) => text.extend(c.escape_unicode()),
            c => text.push(c),
        }
    }
    text
}

/// The names between semicolons; `None` if an escape is none.
pub(super) fn names(text: &str) -> Option<Vec<String>> {
    let mut names = vec![String::new()];
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let name = names.last_mut()?;
        match c {
            ';' => names.push(String::new()),
            '\\' => match rest.next()? {
                c @ ('\\' | ';') => name.push(c),
                'u' => {
                    let (digits, behind) = rest.as_str().strip_prefix('{')?.split_once('}')?;
                    name.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                    rest = behind.chars();
                }
                _ => return None,
            },
            c => name.push(c),
        }
    }
    Some(names)
}
