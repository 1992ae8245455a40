//! Room for many sockets.

use tokio::process::Command;

use crate::command::Failure;

/// What a process has open beside its sessions.
const OTHERS: u64 = 500;

/// Sees to it that this process, and those that it starts, may have so many sockets open.
///
/// # Errors
/// When the machine does not allow it.
pub(super) async fn make_room(sessions: u32) -> Result<(), Failure> {
    let wanted = u64::from(sessions) + OTHERS;
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let Some((soft, hard)) = open_files(&limits) else {
        return Err("/proc/self/limits cannot be read".into());
    };
    if soft >= wanted {
        return Ok(());
    }
    if hard < wanted {
        return Err(format!("{wanted} open files are needed, and {hard} are allowed").into());
    }
    let own = std::process::id().to_string();
    let limit = format!("--nofile={hard}:{hard}");
    let raised = Command::new("prlimit").args(["--pid", &own, &limit]).status().await;
    match raised.is_ok_and(|status| status.success()) {
        true => Ok(()),
        false => Err(format!("{soft} open files are allowed: say `ulimit -n {hard}` first").into()),
    }
}

/// How many files may be open, and how far that may be raised.
fn open_files(limits: &str) -> Option<(u64, u64)> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut words = line.split_whitespace().map(|word| match word {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    });
    Some((words.next()??, words.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let limits = "Limit    Soft Limit   Hard Limit  Units\nMax open files            1024                 20000                files\n";
        assert_eq!(open_files(limits), Some((1_024, 20_000)));
        assert_eq!(open_files("Max open files 1024 unlimited files"), Some((1_024, u64::MAX)));
        assert_eq!(open_files("Max processes 1 2"), None);
    }
}
