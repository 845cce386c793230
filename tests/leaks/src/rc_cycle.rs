//! Nodes that point at one another: with `Rc` in both directions nothing frees
//! them, with `Weak` in one direction they are freed.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

struct Parent {
    child: RefCell<Option<Rc<Child>>>,
    value: u32,
}

struct Child {
    strong: RefCell<Option<Rc<Parent>>>,
    weak: RefCell<Weak<Parent>>,
}

#[inline(never)]
fn family(value: u32) -> (Rc<Parent>, Rc<Child>) {
    let parent = Rc::new(Parent {
        child: RefCell::new(None),
        value,
    });
    let child = Rc::new(Child {
        strong: RefCell::new(None),
        weak: RefCell::new(Weak::new()),
    });
    *parent.child.borrow_mut() = Some(child.clone());
    (parent, child)
}

#[no_mangle]
pub extern "C" fn cycle(value: u32) -> u32 {
    let (parent, child) = family(value);
    *child.strong.borrow_mut() = Some(parent.clone());
    parent.value
}

#[no_mangle]
pub extern "C" fn tree(value: u32) -> u32 {
    let (parent, child) = family(value);
    *child.weak.borrow_mut() = Rc::downgrade(&parent);
    parent.value
}
