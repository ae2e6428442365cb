//! The attendant's state, and whether one is selectable for a call (CALL-2). Does not choose: see `distribution`.

/// What the person's presence says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Presence {
    /// There and free.
    #[default]
    Available,
    /// Occupied; selectable only where the service says so.
    Busy,
    /// Not at the desk; selectable only where the service says so.
    Away,
    /// Wants no calls.
    DoNotDisturb,
    /// In a call that is not ours.
    InACall,
    /// Not signed in.
    Offline,
}
