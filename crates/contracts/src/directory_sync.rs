//! Reading the organisation's directory into the roster, as the application sees it (ID-6): when, not how.

/// Whoever reads the directory.
pub trait DirectorySync: Send + Sync {
    /// Reads what has changed, now; what is being read already is not read twice.
    fn read_now(&self);
    /// Whether it is reading. `None`: there is no directory to read, for the issuer has none.
    fn is_at_work(&self) -> Option<bool>;
}

/// No directory: users are named by hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDirectory;

impl DirectorySync for NoDirectory {
    fn read_now(&self) {}

    fn is_at_work(&self) -> Option<bool> {
        None
    }
}
