//! Names and their ids: every type, site and word is stored once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::fold::owner;
use crate::limits::{MAX_NAME_BYTES, MAX_NAMES};
use crate::record::{SiteId, TypeId, WordId};
use crate::stacks::{Frame, StackId, Stacks};

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing between the separators.
    Empty,
    /// Longer than [`MAX_NAME_BYTES`].
    TooLong,
    /// Not UTF-8, or a character in it that commands a terminal.
    NotText,
    /// The beginning of another record inside it: two writers shared a line.
    HoldsRecord,
    /// A location without `:` and a line number at its end.
    NoLine,
    /// More than [`MAX_NAMES`] names of its kind.
    TooMany,
}

/// All names of one log. Ids count from 0 in order of first appearance.
#[derive(Default)]
pub struct Names {
    hasher: DefaultHashBuilder,
    types: Table<()>,
    sites: Table<SiteKey>,
    words: Table<()>,
    pub(crate) stacks: Stacks,
    recent_types: Recent<Print, Option<TypeId>>,
    recent_sites: Recent<[Print; 2], Option<(TypeId, SiteId)>>,
}

/// What tells sites with the same text apart: where a stack is known, it is the
/// stack that makes a site, and the text only says where it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SiteKey {
    type_id: TypeId,
    stack: Option<StackId>,
}

/// Names with what they are qualified by: a location is told apart by type.
struct Table<Q> {
    index: HashTable<u32>,
    names: Vec<(Q, Box<str>)>,
}

impl<Q> Default for Table<Q> {
    fn default() -> Self {
        Table {
            index: HashTable::new(),
            names: Vec::new(),
        }
    }
}

/// Whether a terminal or a page would obey a character instead of showing it:
/// control characters, line separators, and what turns the direction of the
/// text that follows (Unicode Standard Annex 9, section 2).
pub fn commands_terminal(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl<Q: Copy + PartialEq> Table<Q> {
    /// The id of `name`, which is checked and stored if it is new. A name that
    /// was refused is not stored, so it is refused again.
    #[inline]
    fn intern(
        &mut self,
        hash: u64,
        qualifier: Q,
        name: &[u8],
        rehash: impl Fn(Q, &[u8]) -> u64,
    ) -> Result<u32, NameFault> {
        let same = |id: &u32| {
            let (held_qualifier, held) = &self.names[*id as usize];
            *held_qualifier == qualifier && held.as_bytes() == name
        };
        if let Some(id) = self.index.find(hash, same) {
            return Ok(*id);
        }
        self.add(hash, qualifier, name, rehash)
    }

    #[cold]
    fn add(
        &mut self,
        hash: u64,
        qualifier: Q,
        name: &[u8],
        rehash: impl Fn(Q, &[u8]) -> u64,
    ) -> Result<u32, NameFault> {
        let text = checked(name)?;
        self.add_text(hash, qualifier, text, rehash)
    }

    fn add_text(
        &mut self,
        hash: u64,
        qualifier: Q,
        text: &str,
        rehash: impl Fn(Q, &[u8]) -> u64,
    ) -> Result<u32, NameFault> {
        if self.names.len() >= MAX_NAMES {
            return Err(NameFault::TooMany);
        }
        let id = self.names.len() as u32;
        self.names.push((qualifier, text.into()));
        let names = &self.names;
        self.index.insert_unique(hash, id, |id| {
            let (qualifier, name) = &names[*id as usize];
            rehash(*qualifier, name.as_bytes())
        });
        Ok(id)
    }
}

/// A site with a stack is found without its text.
fn hash_site(hasher: &DefaultHashBuilder, key: SiteKey, location: &[u8]) -> u64 {
    match key.stack {
        None => hasher.hash_one((key.type_id, location)),
        Some(_) => hasher.hash_one(key),
    }
}

fn checked(name: &[u8]) -> Result<&str, NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(NameFault::TooLong);
    }
    let text = std::str::from_utf8(name).map_err(|_| NameFault::NotText)?;
    if text.chars().any(commands_terminal) {
        return Err(NameFault::NotText);
    }
    if crate::text::find_record_start(name).is_some() {
        return Err(NameFault::HoldsRecord);
    }
    Ok(text)
}

/// Length and both ends of a name: all of it, if it has 16 bytes or fewer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Print {
    first: u64,
    last: u64,
    length: usize,
}

impl Print {
    #[inline]
    fn of(name: &[u8]) -> Print {
        match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (Some(first), Some(last)) => Print {
                first: u64::from_le_bytes(*first),
                last: u64::from_le_bytes(*last),
                length: name.len(),
            },
            _ => Print {
                first: name
                    .iter()
                    .fold(0, |print, byte| print << 8 | u64::from(*byte)),
                last: 0,
                length: name.len(),
            },
        }
    }

    /// Whether names with this print are the same.
    #[inline]
    fn is_whole(self) -> bool {
        self.length <= 16
    }

    #[inline]
    fn mix(self) -> u64 {
        self.first ^ self.last.rotate_left(23) ^ self.length as u64
    }
}

/// What was found last, by prints, which are cheaper than hashes: a log has few
/// names and many lines.
struct Recent<K, V> {
    slots: Box<[(K, V); RECENT]>,
}

/// A power of two, so that a slot is chosen by the highest bits.
const RECENT: usize = 128;

impl<K: Copy + Default, V: Copy + Default> Default for Recent<K, V> {
    fn default() -> Self {
        Recent {
            slots: Box::new([(K::default(), V::default()); RECENT]),
        }
    }
}

impl<K, V> Recent<K, V> {
    #[inline]
    fn slot(&mut self, mixed: u64) -> &mut (K, V) {
        let hash = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &mut self.slots[(hash >> (64 - RECENT.ilog2())) as usize]
    }
}

/// Equality of two names. They are too short for a call to `memcmp` to pay, and
/// a loop over their bytes ends where no branch predictor can guess: both ends
/// are compared as wholes, which overlap in the middle.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => ends_are_same::<8>(a, b),
        17..=32 => ends_are_same::<16>(a, b),
        33..=64 => ends_are_same::<32>(a, b),
        _ => a == b,
    }
}

#[inline]
fn ends_are_same<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    let begins = a.first_chunk::<N>() == b.first_chunk::<N>();
    begins & (a.last_chunk::<N>() == b.last_chunk::<N>())
}

impl Names {
    /// The id of a type name.
    #[inline]
    pub fn intern_type(&mut self, name: &[u8]) -> Result<TypeId, NameFault> {
        let print = Print::of(name);
        let (held, found) = *self.recent_types.slot(print.mix());
        if let Some(id) = found
            && held == print
            && (print.is_whole() || is_same(self.type_name(id).as_bytes(), name))
        {
            return Ok(id);
        }
        let id = self.find_type(name)?;
        *self.recent_types.slot(print.mix()) = (print, Some(id));
        Ok(id)
    }

    fn find_type(&mut self, name: &[u8]) -> Result<TypeId, NameFault> {
        let Names { hasher, types, .. } = self;
        let hash = hasher.hash_one(name);
        types
            .intern(hash, (), name, |(), name| hasher.hash_one(name))
            .map(TypeId)
    }

    /// The ids of a type name and of a site: a type and its `file:line`.
    #[inline]
    pub fn intern_site(
        &mut self,
        type_name: &[u8],
        location: &[u8],
    ) -> Result<(TypeId, SiteId), NameFault> {
        let prints = [Print::of(type_name), Print::of(location)];
        let mixed = prints[0].mix() ^ prints[1].mix().rotate_left(32);
        let (held, found) = *self.recent_sites.slot(mixed);
        if let Some((type_id, site)) = found
            && held == prints
            && (prints[0].is_whole() || is_same(self.type_name(type_id).as_bytes(), type_name))
            && (prints[1].is_whole() || is_same(self.location(site).as_str().as_bytes(), location))
        {
            return Ok((type_id, site));
        }
        let text = std::str::from_utf8(location).map_err(|_| NameFault::NotText)?;
        if (Location { text }).line().is_none() {
            return Err(NameFault::NoLine);
        }
        let type_id = self.find_type(type_name)?;
        let site = self.find_site(type_id, location)?;
        *self.recent_sites.slot(mixed) = (prints, Some((type_id, site)));
        Ok((type_id, site))
    }

    fn find_site(&mut self, type_id: TypeId, location: &[u8]) -> Result<SiteId, NameFault> {
        let Names { hasher, sites, .. } = self;
        let key = SiteKey {
            type_id,
            stack: None,
        };
        let hash_of = |key: SiteKey, location: &[u8]| hash_site(hasher, key, location);
        sites
            .intern(hash_of(key, location), key, location, hash_of)
            .map(SiteId)
    }

    /// The ids of a type name and of a site that is a type and a stack. Its
    /// location is that of the stack's first frame that does not only pass the
    /// request on.
    pub fn intern_stack_site(
        &mut self,
        type_name: &[u8],
        stack: StackId,
    ) -> Result<(TypeId, SiteId), NameFault> {
        let type_id = self.find_type(type_name)?;
        let key = SiteKey {
            type_id,
            stack: Some(stack),
        };
        let hash_of = |key: SiteKey, location: &[u8]| hash_site(&self.hasher, key, location);
        let hash = hash_of(key, b"");
        let names = &self.sites.names;
        if let Some(id) = self
            .sites
            .index
            .find(hash, |id| names[*id as usize].0 == key)
        {
            return Ok((type_id, SiteId(*id)));
        }
        let frames: Vec<Frame<'_>> = self.frames_of(stack).collect();
        let text = owner(&frames).map_or(String::new(), Frame::spelled);
        let id = self.sites.add_text(hash, key, &text, hash_of)?;
        Ok((type_id, SiteId(id)))
    }

    /// The stack of a site; `None` if it is known by its location only.
    pub fn stack_of(&self, id: SiteId) -> Option<StackId> {
        let (key, _) = self.sites.names.get(id.0 as usize)?;
        key.stack
    }

    /// The id of any other name.
    pub fn intern_word(&mut self, name: &[u8]) -> Result<WordId, NameFault> {
        let Names { hasher, words, .. } = self;
        let hash = hasher.hash_one(name);
        words
            .intern(hash, (), name, |(), name| hasher.hash_one(name))
            .map(WordId)
    }

    /// The id of a word, if there is such a word. Looks at all of them.
    pub fn find_word(&self, name: &str) -> Option<WordId> {
        let mut ids = (0..self.word_count() as u32).map(WordId);
        ids.find(|id| self.word(*id) == name)
    }

    /// The number of words.
    pub fn word_count(&self) -> usize {
        self.words.names.len()
    }

    /// The number of types.
    pub fn type_count(&self) -> usize {
        self.types.names.len()
    }

    /// The number of sites.
    pub fn site_count(&self) -> usize {
        self.sites.names.len()
    }

    /// The name of a type; empty for an id of another log.
    pub fn type_name(&self, id: TypeId) -> &str {
        self.types
            .names
            .get(id.0 as usize)
            .map_or("", |(_, name)| name)
    }

    /// Any other name; empty for an id of another log.
    pub fn word(&self, id: WordId) -> &str {
        self.words
            .names
            .get(id.0 as usize)
            .map_or("", |(_, name)| name)
    }

    /// The type of a site; `None` for an id of another log.
    pub fn site_type(&self, id: SiteId) -> Option<TypeId> {
        self.sites
            .names
            .get(id.0 as usize)
            .map(|(key, _)| key.type_id)
    }

    /// Where a site is; empty for an id of another log. That of a site with a
    /// stack need not have a line number.
    pub fn location(&self, id: SiteId) -> Location<'_> {
        let text = self
            .sites
            .names
            .get(id.0 as usize)
            .map_or("", |(_, name)| name);
        Location { text }
    }
}

/// A place in a source file: `file:line` or `file:line:column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    text: &'a str,
}

impl<'a> Location<'a> {
    /// A place as it is written.
    pub fn of(text: &'a str) -> Location<'a> {
        Location { text }
    }

    /// As logged.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// The file, which may itself hold colons and spaces.
    pub fn file(self) -> &'a str {
        self.parts().0
    }

    /// The line number.
    pub fn line(self) -> Option<u64> {
        self.parts().1
    }

    /// The column, if the location names one.
    pub fn column(self) -> Option<u64> {
        self.parts().2
    }

    /// File, line and column, told apart from the right: one number is the
    /// line, two are line and column.
    fn parts(self) -> (&'a str, Option<u64>, Option<u64>) {
        let Some((file, last)) = split_number(self.text) else {
            return (self.text, None, None);
        };
        match split_number(file) {
            Some((file, line)) => (file, Some(line), Some(last)),
            None => (file, Some(last), None),
        }
    }
}

/// Cuts off a number as it is written: digits that begin with 0 are a part of
/// the file's name.
fn split_number(text: &str) -> Option<(&str, u64)> {
    let (head, tail) = text.rsplit_once(':')?;
    let is_written_so = tail == "0" || !tail.starts_with('0');
    if head.is_empty() || !is_written_so || !tail.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((head, tail.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_id_and_a_location_one_for_each_type() {
        let mut names = Names::default();
        let a = names.intern_type(b"Vec<u8>").expect("a name");
        let b = names.intern_type(b"String").expect("a name");
        assert_eq!(names.intern_type(b"Vec<u8>"), Ok(a));
        assert_ne!(a, b);
        let (_, at_a) = names.intern_site(b"Vec<u8>", b"x.rs:1").expect("a site");
        let (_, at_b) = names.intern_site(b"String", b"x.rs:1").expect("a site");
        assert_ne!(at_a, at_b);
        assert_eq!(names.intern_site(b"Vec<u8>", b"x.rs:1"), Ok((a, at_a)));
        assert_eq!(names.site_type(at_b), Some(b));
        assert_eq!(names.type_name(b), "String");
    }

    #[test]
    fn names_with_the_same_print_are_told_apart() {
        let mut names = Names::default();
        let long = |middle: &str| format!("beginning {middle} the end of it");
        let (one, two) = (long("a"), long("b"));
        assert!(Print::of(one.as_bytes()) == Print::of(two.as_bytes()));
        let first = names.intern_type(one.as_bytes());
        let second = names.intern_type(two.as_bytes());
        assert_ne!(first, second);
        assert_eq!(names.intern_type(one.as_bytes()), first);
        assert_eq!(names.intern_type(two.as_bytes()), second);
    }

    #[test]
    fn names_that_are_not_text_are_refused_every_time() {
        let mut names = Names::default();
        for _ in 0..2 {
            assert_eq!(names.intern_type(b""), Err(NameFault::Empty));
            assert_eq!(names.intern_type(b"a\0b"), Err(NameFault::NotText));
            assert_eq!(names.intern_type(b"\xff\xfe"), Err(NameFault::NotText));
            assert_eq!(
                names.intern_type("a\u{202e}b".as_bytes()),
                Err(NameFault::NotText)
            );
            assert_eq!(
                names.intern_type(b"Fo@DROP Bar 8 4"),
                Err(NameFault::HoldsRecord)
            );
            assert_eq!(
                names.intern_type(&[b'x'; MAX_NAME_BYTES + 1]),
                Err(NameFault::TooLong)
            );
        }
        assert_eq!(names.type_count(), 0);
    }

    #[test]
    fn a_stack_makes_a_site_whatever_its_location_says() {
        let mut names = Names::default();
        let mut stack = |function| {
            let frame = crate::stacks::Frame {
                kind: crate::stacks::FrameKind::Js,
                function,
                module: "",
                place: Some("a.js:1"),
                wasm: None,
            };
            let frame = names.intern_frame(frame).expect("a frame");
            names.intern_stack(frame, None).expect("a stack")
        };
        let (one, two) = (stack("one"), stack("two"));
        let (type_id, at_one) = names.intern_stack_site(b"T", one).expect("a site");
        let (_, at_two) = names.intern_stack_site(b"T", two).expect("a site");
        let (_, by_name) = names.intern_site(b"T", b"a.js:1").expect("a site");
        assert!(at_one != at_two && by_name != at_one && by_name != at_two);
        assert_eq!(names.intern_stack_site(b"T", one), Ok((type_id, at_one)));
        assert_eq!(names.intern_site(b"T", b"a.js:1"), Ok((type_id, by_name)));
        assert_eq!(names.stack_of(at_two), Some(two));
        assert_eq!(names.stack_of(by_name), None);
        assert_eq!(names.location(at_one).line(), Some(1));
        assert_eq!(names.site_type(at_one), Some(type_id));
    }

    #[test]
    fn a_location_without_a_line_number_is_refused() {
        let mut names = Names::default();
        for location in ["a.rs", ":3", "a.rs:", "3", "", "a.rs:18446744073709551616"] {
            let refused = names.intern_site(b"Foo", location.as_bytes());
            assert_eq!(refused, Err(NameFault::NoLine), "{location}");
        }
        assert_eq!(names.site_count(), 0);
    }

    #[test]
    fn locations_are_split_from_the_right() {
        let parts = |text| Location { text }.parts();
        assert_eq!(parts("src/a.rs:12"), ("src/a.rs", Some(12), None));
        assert_eq!(parts("src/a.rs:12:5"), ("src/a.rs", Some(12), Some(5)));
        assert_eq!(
            parts(r"C:\my code\a.rs:12"),
            (r"C:\my code\a.rs", Some(12), None)
        );
        assert_eq!(parts("a.rs"), ("a.rs", None, None));
    }
}
