//! What the file layer found damaged, in words. SQLite carries a number only from there to whoever asked; both ends are on
//! the same thread, so the words wait there.

use std::cell::RefCell;

thread_local! {
    static FOUND: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes that these bytes are not what was written.
pub(crate) fn note(what: &str) {
    FOUND.with_borrow_mut(|found| *found = Some(format!("{what} is not what was written")));
}

/// What was noted last on this thread; once.
pub(crate) fn take() -> Option<String> {
    FOUND.take()
}
