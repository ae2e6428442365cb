//! The real window of `usher-desktop` on a screen in memory, with a session bus, a keychain and a home of its own, driven
//! through WebDriver as a person would: keys and what can be seen. Reads nothing but the page.

pub mod desk;
pub mod session;
