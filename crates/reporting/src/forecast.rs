//! What queueing theory foretells. Pure; simulates nothing.

pub mod erlang;
