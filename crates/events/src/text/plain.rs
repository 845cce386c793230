//! Lines as most lines of a log are, read once from left to right. What a name
//! is, and so where it ends, is known from a line before, and numbers are read
//! eight digits at a time: no byte is searched for, and no branch depends on
//! how long names and numbers are.
//!
//! Whatever is read here [`parse`](super::line::parse) reads in the same way;
//! to all that is not certain the answer is `None`.

mod known;

use self::known::{Key, Known};
use crate::record::{AllocationId, Event, SiteId, TypeId};
use crate::text::number::leading_number;

/// Places for types, and for sites. A power of two, so that a place is chosen
/// by the highest bits of a product.
const PLACES: usize = 512;

/// Sites of one type that are looked for without a hash of their location.
const FIRST_SITES: usize = 2;

/// The types and sites of the lines before. What finds its place taken is put
/// in a second one; what finds that taken too drives out what is there.
pub(super) struct Plain {
    types: Box<[KnownType]>,
    /// Sites of types that have many.
    sites: Box<[KnownSite]>,
}

#[derive(Clone, Default)]
struct KnownType {
    key: Key,
    /// The key tells this name from all others.
    is_whole: bool,
    type_id: Option<TypeId>,
    name: Known,
    /// Filled by allocations only: where the name ends is another question in
    /// the line of a free, which may give a name that has a number in it.
    sites: Vec<(SiteId, Known)>,
}

#[derive(Clone, Default)]
struct KnownSite {
    key: Key,
    id: Option<(TypeId, SiteId)>,
    location: Known,
}

impl Default for Plain {
    fn default() -> Plain {
        Plain {
            types: vec![KnownType::default(); PLACES].into_boxed_slice(),
            sites: vec![KnownSite::default(); PLACES].into_boxed_slice(),
        }
    }
}

impl Plain {
    /// The event of the line that `text` begins with, and the length of that
    /// line with its end.
    #[inline]
    pub fn read(&self, text: &[u8]) -> Option<(Event, usize)> {
        let (event, rest) = match text.strip_prefix(b"@DROP ") {
            Some(rest) => self.free(rest)?,
            None => self.allocation(text.strip_prefix(b"@ALLOCATE ")?)?,
        };
        let rest = match rest {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
            _ => return None,
        };
        Some((event, text.len() - rest.len()))
    }

    #[inline]
    fn free<'a>(&self, text: &'a [u8]) -> Option<(Event, &'a [u8])> {
        let (known, rest) = self.known_type(text)?;
        let (size, rest) = number(rest)?;
        let (id, rest) = number(rest.strip_prefix(b" ")?)?;
        let event = Event::Free {
            type_id: known.type_id?,
            size,
            id: AllocationId(id),
        };
        Some((event, rest))
    }

    #[inline]
    fn allocation<'a>(&self, text: &'a [u8]) -> Option<(Event, &'a [u8])> {
        let (known, rest) = self.known_type(text)?;
        let (size, rest) = number(rest)?;
        let (site, rest) = self.known_site(known, rest.strip_prefix(b" ")?)?;
        let (id, rest) = number(rest)?;
        let event = Event::Allocate {
            site,
            size,
            id: AllocationId(id),
        };
        Some((event, rest))
    }

    /// The type whose name `text` begins with, and what follows its space.
    #[inline]
    fn known_type<'a>(&self, text: &'a [u8]) -> Option<(&KnownType, &'a [u8])> {
        let (key, length) = Key::of_begin(text)?;
        let known = &self.types[key.place(PLACES)];
        if known.key == key {
            // The length comes from the text: to look it up would take longer, and
            // all that follows waits for it.
            let rest = match known.is_whole {
                true => text.get(length..),
                false => known.name.strip(text),
            };
            if let Some(rest) = rest {
                return Some((known, rest));
            }
        }
        self.type_elsewhere(text)
    }

    #[inline(never)]
    fn type_elsewhere<'a>(&self, text: &'a [u8]) -> Option<(&KnownType, &'a [u8])> {
        let key = Key::of_token(text, 0)?;
        let known = &self.types[key.place(PLACES)];
        (known.key == key).then_some((known, known.name.strip(text)?))
    }

    /// The site of a type whose location `text` begins with, and what follows
    /// its space.
    #[inline]
    fn known_site<'a>(&self, known: &KnownType, text: &'a [u8]) -> Option<(SiteId, &'a [u8])> {
        for (site, location) in &known.sites {
            if let Some(rest) = location.strip(text) {
                return Some((*site, rest));
            }
        }
        if known.sites.len() < FIRST_SITES {
            return None;
        }
        self.site_elsewhere(known.type_id?, text)
    }

    #[inline(never)]
    fn site_elsewhere<'a>(&self, type_id: TypeId, text: &'a [u8]) -> Option<(SiteId, &'a [u8])> {
        let key = Key::of_token(text, type_id.0)?;
        let known = &self.sites[key.place(PLACES)];
        let (owner, site) = known.id?;
        (known.key == key && owner == type_id).then_some((site, known.location.strip(text)?))
    }

    /// Notes the type of a free.
    pub fn learn_type(&mut self, name: &[u8], type_id: TypeId) {
        self.place_for_type(name, type_id);
    }

    /// Notes the site of an allocation.
    pub fn learn_site(&mut self, name: &[u8], type_id: TypeId, location: &[u8], site: SiteId) {
        let Some(known) = self.place_for_type(name, type_id) else {
            return;
        };
        if known.sites.iter().any(|(held, _)| *held == site) {
            return;
        }
        if known.sites.len() < FIRST_SITES {
            known.sites.push((site, Known::new(location)));
            return;
        }
        let Some(key) = Key::of_token(location, type_id.0) else {
            return;
        };
        let known = &mut self.sites[key.place(PLACES)];
        if known.id != Some((type_id, site)) {
            *known = KnownSite {
                key,
                id: Some((type_id, site)),
                location: Known::new(location),
            };
        }
    }

    /// Where a type is or, if it was not known, is from now on; `None` for a
    /// name that is not worth it.
    fn place_for_type(&mut self, name: &[u8], type_id: TypeId) -> Option<&mut KnownType> {
        let key = Key::of_name(name);
        let first = self.types[key.place(PLACES)].type_id;
        let is_first = first.is_none_or(|held| held == type_id);
        let key = match is_first {
            true => key,
            false => Key::of_token(name, 0)?,
        };
        let known = &mut self.types[key.place(PLACES)];
        if known.type_id != Some(type_id) {
            *known = KnownType {
                key,
                is_whole: is_first && name.len() < 16 && !name.contains(&b' '),
                type_id: Some(type_id),
                name: Known::new(name),
                sites: Vec::new(),
            };
        }
        Some(known)
    }
}

#[inline]
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (value, digits) = leading_number(text)?;
    Some((value, text.get(digits..)?))
}
