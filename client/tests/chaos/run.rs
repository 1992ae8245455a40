//! One run of a scenario, as the command line wants it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::cluster::{Setup, Size};

/// What a scenario is told.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) scenario: &'static str,
    pub(crate) size: Size,
    pub(crate) seed: u64,
    pub(crate) full: bool,
    pub(crate) rounds: Option<usize>,
    pub(crate) clients: Option<usize>,
    pub(crate) acks: Option<usize>,
    pub(crate) programs: Option<PathBuf>,
}

impl Run {
    /// How often to inject the fault: as the command line says, else so often in the full plan or in the short one.
    pub(crate) fn rounds(&self, full: usize, short: usize) -> usize {
        self.rounds.unwrap_or(self.pick(full, short))
    }

    /// How many clients chat.
    pub(crate) fn clients(&self, full: usize, short: usize) -> usize {
        self.clients.unwrap_or(self.pick(full, short))
    }

    /// How many messages must be acknowledged.
    pub(crate) fn acks(&self, full: usize, short: usize) -> usize {
        self.acks.unwrap_or(self.pick(full, short))
    }

    /// One thing in the full plan, another in the short one.
    pub(crate) fn pick<T>(&self, full: T, short: T) -> T {
        if self.full { full } else { short }
    }

    /// Where this scenario's random choices come from.
    pub(crate) fn rng(&self) -> StdRng {
        let mut hasher = DefaultHasher::new();
        (self.scenario, self.size.name()).hash(&mut hasher);
        StdRng::seed_from_u64(self.seed ^ hasher.finish())
    }

    /// A cluster of this size, of the programs that were named.
    pub(crate) fn setup(&self) -> Setup {
        let setup = Setup::of(self.size);
        match &self.programs {
            Some(folder) => setup.programs(folder),
            None => setup,
        }
    }

    /// The arguments that run it again.
    pub(crate) fn replay(&self) -> String {
        let mut told =
            format!("--scenario {} --size {} --seed {}", self.scenario, self.size.name(), self.seed);
        if self.full {
            told.push_str(" --full");
        }
        let numbers = [("rounds", self.rounds), ("clients", self.clients), ("acks", self.acks)];
        for (name, number) in numbers {
            if let Some(number) = number {
                told.push_str(&format!(" --{name} {number}"));
            }
        }
        if let Some(folder) = &self.programs {
            told.push_str(&format!(" --programs {}", folder.display()));
        }
        told
    }
}
