//! Stored formats of events and effects. To be written.
