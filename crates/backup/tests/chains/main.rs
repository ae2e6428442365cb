//! Backups of stores that change at random, on targets that fail at random: whatever happens, a backup that is said to be
//! there restores to exactly the pages of its time. Real services are in `tests/journeys/object_stores.rs`.

mod faults;
mod random;
mod restoring;
mod retention;
mod schedule;
mod shaky;
mod world;
