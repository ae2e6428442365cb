//! A program seen from outside, through `/proc`: Linux only.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// Ticks of a process's start in `/proc`, by the kernel's interface always 100 a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// This program.
    pub fn own() -> Process {
        Process(std::process::id())
    }

    /// The newest program called `name` that was given this argument.
    pub fn find(name: &str, argument: &Path) -> Option<Process> {
        let wanted = argument.to_string_lossy();
        let is_it = |pid: &u32| {
            let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).into_owned();
            let mut words = command.split('\0');
            words.next().is_some_and(|program| program.ends_with(name)) && words.any(|word| word == wanted)
        };
        pids().into_iter().filter(is_it).max().map(Process)
    }

    /// When it was started, since 1970; to 10 ms.
    pub fn started(self) -> Option<Duration> {
        let booted = fs::read_to_string("/proc/stat").ok()?;
        let booted: f64 = booted.lines().find_map(|line| line.strip_prefix("btime "))?.parse().ok()?;
        let ticks: f64 = self.stat()?.get(19)?.parse().ok()?;
        let up = fs::read_to_string("/proc/uptime").ok()?;
        let up: f64 = up.split(' ').next()?.parse().ok()?;
        // `btime` is whole seconds; the clock and the uptime together know better.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?.as_secs_f64();
        let precise = now - up;
        let booted = if (precise - booted).abs() < 2.0 { precise } else { booted };
        Some(Duration::from_secs_f64(booted + ticks / TICKS_PER_SECOND))
    }

    /// Memory that is its own, with its share of what it shares, children included, in MiB.
    pub fn memory_mib(self) -> f64 {
        let all = pids();
        let mut family = vec![self.0];
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            family.extend(all.iter().copied().filter(|pid| Process(*pid).parent() == Some(parent)));
            at += 1;
        }
        family.into_iter().map(|pid| Process(pid).own_memory_kib()).sum::<f64>() / 1024.0
    }

    fn own_memory_kib(self) -> f64 {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0)).unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or_default()
    }

    fn parent(self) -> Option<u32> {
        self.stat()?.get(1)?.parse().ok()
    }

    /// The fields after the program's name.
    fn stat(self) -> Option<Vec<String>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
    }
}

fn pids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::Process;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    #[test]
    fn a_process_knows_when_it_was_started_and_what_it_needs() {
        let own = Process::own();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let started = own.started().expect("a running process has a beginning");
        // The kernel counts in steps of 10 ms.
        assert!(started <= now + Duration::from_millis(20), "{started:?} {now:?}");
        assert!(now.saturating_sub(started) < Duration::from_secs(60), "{started:?} {now:?}");
        assert!(own.memory_mib() > 0.1);
    }
}
