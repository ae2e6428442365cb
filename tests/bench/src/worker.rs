//! The programs that are measured: each reads the name of a task from standard input, does it, and answers with a line: what it
//! spent on how many operations, and what it found, so that all can be held to the same answers. Chooses no order of tasks.
//!
//! Programs of other workspaces include this file.

use super::spent::Spent;
use std::io::Write;

/// What a worker did.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// What it cost altogether.
    pub spent: Spent,
    /// How many of the same.
    pub operations: i64,
    /// What came out: every worker that does this task must find the same.
    pub found: i64,
}

/// Does every task that is asked for, until nobody asks any more.
pub fn serve(mut perform: impl FnMut(&str) -> Done) {
    for task in std::io::stdin().lines() {
        let task = task.expect("tasks are text");
        let Done { spent, operations, found } = perform(&task);
        let (cpu, elapsed) = (spent.cpu.as_nanos(), spent.elapsed.as_nanos());
        println!(
            r#"{{"task":"{task}","cpu_ns":{cpu},"elapsed_ns":{elapsed},"operations":{operations},"found":{found}}}"#
        );
        std::io::stdout().flush().expect("somebody asked");
    }
}
