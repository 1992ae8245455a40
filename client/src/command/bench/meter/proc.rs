//! What the kernel tells of processes, in /proc (proc(5)).

use std::fs;
use std::io;
use std::time::Duration;

use crate::command::Failure;

/// The kernel counts CPU in these for every program (USER_HZ), whatever its own clock ticks.
const TICKS_PER_SECOND: u64 = 100;

/// One line of /proc/PID/stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) parent: u32,
    /// Of all threads, those that have ended included.
    pub(super) own: Duration,
    /// Of children that have ended and were waited for, and of theirs.
    pub(super) ended_children: Duration,
}

impl Stat {
    /// What is known of a process.
    ///
    /// # Errors
    /// When there is no such process.
    pub(super) fn of(pid: u32) -> Result<Self, Failure> {
        let line = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&line).ok_or_else(|| format!("/proc/{pid}/stat cannot be read").into())
    }

    fn parse(line: &str) -> Option<Self> {
        // The program's name stands in brackets and may hold anything, brackets too.
        let (_, fields) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        // Fields count from 1; the first behind the name is number 3.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(field(4)?).ok()?,
            own: ticks(field(14)? + field(15)?),
            ended_children: ticks(field(16)? + field(17)?),
        })
    }
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
}

/// The CPU that a process has used with all its descendants, those that have ended included.
pub(super) fn cpu_of_tree(root: u32) -> Result<Duration, Failure> {
    let top = Stat::of(root)?;
    let mut cpu = top.own + top.ended_children;
    let all = all_processes()?;
    let mut family = vec![root];
    while let Some(parent) = family.pop() {
        for (pid, stat) in all.iter().filter(|(_, stat)| stat.parent == parent) {
            cpu += stat.own + stat.ended_children;
            family.push(*pid);
        }
    }
    Ok(cpu)
}

fn all_processes() -> io::Result<Vec<(u32, Stat)>> {
    let pids = fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // One that ends meanwhile is left out; its parent has its CPU by then.
    Ok(pids.filter_map(|pid| Some((pid, Stat::of(pid).ok()?))).collect())
}

/// The memory that a process has in RAM, in bytes.
///
/// # Errors
/// When there is no such process.
pub(in super::super) fn resident_bytes(pid: u32) -> Result<u64, Failure> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    parse_resident(&text).ok_or_else(|| format!("/proc/{pid}/smaps_rollup cannot be read").into())
}

fn parse_resident(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_program_is_called() {
        let rest = "S 17 1 1 0 -1 4194560 100 200 3 4 150 50 7 3 20 0 9 0 1234";
        for name in ["repo", "a) b (c", "(sd-pam)"] {
            let stat = Stat::parse(&format!("4711 ({name}) {rest}")).unwrap();
            assert_eq!(stat.parent, 17, "{name}");
            assert_eq!(stat.own, Duration::from_secs(2), "{name}");
            assert_eq!(stat.ended_children, Duration::from_millis(100), "{name}");
        }
        assert_eq!(Stat::parse("4711 (x"), None);
        assert_eq!(Stat::parse("4711 (x) S 1"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "55d0-7ffe ---p 00000000 00:00 0    [rollup]\nRss:              31340 kB\nPss:   1 kB\n";
        assert_eq!(parse_resident(text), Some(31_340 * 1024));
        assert_eq!(parse_resident("Pss: 1 kB"), None);
    }

    #[test]
    fn this_process_has_used_cpu_and_memory() {
        let pid = std::process::id();
        assert!(resident_bytes(pid).unwrap() > 100 * 1024);
        assert!(
            cpu_of_tree(pid).unwrap() >= Stat::of(pid).unwrap().own.saturating_sub(Duration::from_secs(1))
        );
    }
}
