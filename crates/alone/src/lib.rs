//! Composition of the alone mode.
