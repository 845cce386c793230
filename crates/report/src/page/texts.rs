//! Texts, each once.

use std::collections::HashMap;

/// Texts that are referred to by their place.
#[derive(Default)]
pub(super) struct Texts {
    places: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Texts {
    /// The place of a text.
    pub fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }

    /// The place of a text; -1 if it is empty.
    pub fn place_if_any(&mut self, text: &str) -> i64 {
        match text {
            "" => -1,
            text => i64::from(self.place(text)),
        }
    }

    /// The texts by their places.
    pub fn into_list(self) -> Vec<String> {
        self.texts
    }
}
