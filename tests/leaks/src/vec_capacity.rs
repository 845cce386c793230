//! A list that is emptied in each round but keeps the capacity of the longest
//! one it ever was, and one that gives it back.

use std::cell::RefCell;

thread_local! {
    static LIST: RefCell<Vec<u32>> = RefCell::new(Vec::new());
}

#[inline(never)]
fn fill(list: &mut Vec<u32>, length: u32) -> u32 {
    list.clear();
    for value in 0..length {
        list.push(value);
    }
    list.iter().sum()
}

#[no_mangle]
pub extern "C" fn keep_capacity(length: u32) -> u32 {
    LIST.with(|list| fill(&mut list.borrow_mut(), length))
}

#[no_mangle]
pub extern "C" fn shrink(length: u32) -> u32 {
    LIST.with(|list| {
        let mut list = list.borrow_mut();
        let sum = fill(&mut list, length);
        *list = Vec::new();
        sum
    })
}
