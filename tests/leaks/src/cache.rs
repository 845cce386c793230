//! Two caches of rendered pages: one forgets the oldest page when it has eight,
//! the other none.

use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    static PAGES: RefCell<HashMap<u32, Box<[u8]>>> = RefCell::default();
}

#[inline(never)]
fn render(page: u32) -> Box<[u8]> {
    vec![page as u8; 500].into_boxed_slice()
}

fn get(page: u32, most: usize) -> u32 {
    PAGES.with(|pages| {
        let mut pages = pages.borrow_mut();
        let byte = pages.entry(page).or_insert_with(|| render(page))[0];
        while pages.len() > most {
            let oldest = *pages.keys().min().expect("a page");
            pages.remove(&oldest);
        }
        byte.into()
    })
}

#[no_mangle]
pub extern "C" fn get_bounded(page: u32) -> u32 {
    get(page, 8)
}

#[no_mangle]
pub extern "C" fn get_unbounded(page: u32) -> u32 {
    get(page, usize::MAX)
}
