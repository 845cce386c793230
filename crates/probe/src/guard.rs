//! Keeps the probe from watching itself.

use std::cell::Cell;

thread_local! {
    // Without a destructor: it works while the thread is taken down, too.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// While one is held, this thread is inside the probe: what is made there is
/// not announced, and what is allocated there is not counted.
pub(crate) struct Guard {
    was_inside: bool,
}

impl Guard {
    /// `None` if the thread is inside already.
    pub fn enter() -> Option<Guard> {
        let guard = Guard::enter_again();
        (!guard.was_inside).then_some(guard)
    }

    /// Also where the thread is inside already.
    pub fn enter_again() -> Guard {
        let was_inside = INSIDE
            .try_with(|inside| inside.replace(true))
            .unwrap_or(true);
        Guard { was_inside }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| inside.set(self.was_inside));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_is_inside_until_the_first_guard_ends() {
        let outer = Guard::enter();
        assert!(outer.is_some());
        assert!(Guard::enter().is_none());
        drop(Guard::enter_again());
        assert!(Guard::enter().is_none());
        drop(outer);
        assert!(Guard::enter().is_some());
    }
}
