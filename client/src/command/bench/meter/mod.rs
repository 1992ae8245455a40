//! What processes use: CPU and memory, by their ids.

mod proc;

use std::time::Duration;

use tokio::time::interval;

use crate::command::Failure;

pub(super) use proc::resident_bytes;

/// What the load itself is called among the processes.
pub(super) const TOOL: &str = "tool";

/// How often processes are looked at that are to come to rest, and how often at most.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LOOKS: usize = 60;
/// What they may use between two looks, so many times in a row.
const NEXT_TO_NOTHING: Duration = Duration::from_millis(20);
const QUIET_LOOKS: usize = 3;

/// The processes whose use counts, by the name that they are told by. Several may share one.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    processes: Vec<Metered>,
}

#[derive(Clone, Debug)]
struct Metered {
    name: String,
    pid: u32,
    with_children: bool,
}

/// CPU by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Used(pub(super) Vec<(String, Duration)>);

impl Meter {
    /// One more process.
    pub(super) fn watch(&mut self, name: &str, pid: u32) {
        self.processes.push(Metered { name: name.to_owned(), pid, with_children: false });
    }

    /// One more process and whatever it starts.
    pub(super) fn watch_tree(&mut self, name: &str, pid: u32) {
        self.processes.push(Metered { name: name.to_owned(), pid, with_children: true });
    }

    /// Waits until the processes do next to nothing: what an earlier run has left to do is not to count for the next.
    ///
    /// # Errors
    /// When one has ended.
    pub(super) async fn settle(&self) -> Result<(), Failure> {
        let mut look = interval(LOOK_EVERY);
        look.tick().await;
        let (mut before, mut quiet) = (self.read()?, 0);
        for _ in 0..LOOKS {
            look.tick().await;
            let now = self.read()?;
            let used =
                now.since(&before).0.into_iter().filter(|(name, _)| name != TOOL).map(|(_, used)| used);
            quiet = if used.sum::<Duration>() <= NEXT_TO_NOTHING { quiet + 1 } else { 0 };
            if quiet == QUIET_LOOKS {
                break;
            }
            before = now;
        }
        Ok(())
    }

    /// What each has used so far; this process last.
    ///
    /// # Errors
    /// When one has ended.
    pub(super) fn read(&self) -> Result<Used, Failure> {
        let mut used = Used::default();
        for Metered { name, pid, with_children } in &self.processes {
            let cpu = match with_children {
                true => proc::cpu_of_tree(*pid),
                false => proc::Stat::of(*pid).map(|stat| stat.own),
            };
            used.add(name, cpu.map_err(|why| format!("{name} (process {pid}) is gone: {why}"))?);
        }
        used.add(TOOL, proc::Stat::of(std::process::id())?.own);
        Ok(used)
    }
}

impl Used {
    fn add(&mut self, name: &str, cpu: Duration) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => *sum += cpu,
            None => self.0.push((name.to_owned(), cpu)),
        }
    }

    /// What the processes of this name have used.
    pub(super) fn of(&self, name: &str) -> Option<Duration> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, used)| *used)
    }

    /// What was used since `earlier`, by the same meter.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let differences = self.0.iter().zip(&earlier.0);
        Self(differences.map(|((name, now), (_, then))| (name.clone(), now.saturating_sub(*then))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_of_one_name_are_put_together() {
        let mut meter = Meter::default();
        let pid = std::process::id();
        meter.watch("repo", pid);
        meter.watch("repo", pid);
        meter.watch_tree("database", pid);
        let names: Vec<String> = meter.read().unwrap().0.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["repo", "database", TOOL]);
    }

    #[test]
    fn what_was_used_is_a_difference() {
        let used = |seconds| Used(vec![("repo".into(), Duration::from_secs(seconds))]);
        assert_eq!(used(5).since(&used(2)), used(3));
    }
}
