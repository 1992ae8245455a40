//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::cluster::Size;

/// Injects faults into GoChat clusters while clients chat, and checks that nothing is lost
#[derive(Parser, Clone, Debug)]
#[command(name = "chaos")]
pub(crate) struct Arguments {
    /// Run these only; otherwise all, or those of the short plan
    #[arg(long = "scenario", value_name = "NAME", num_args = 1..)]
    pub(crate) scenarios: Vec<String>,

    /// Over SQLite, over PostgreSQL and Redis with two of each process, or one after the other
    #[arg(long, value_enum, default_value_t = Sizes::Both)]
    pub(crate) size: Sizes,

    /// The full plan: all scenarios, and as many faults and messages as the promise is about
    #[arg(long)]
    pub(crate) full: bool,

    /// What all random choices follow from; printed, and random when not given
    #[arg(long)]
    pub(crate) seed: Option<u64>,

    /// How often a scenario injects its fault
    #[arg(long)]
    pub(crate) rounds: Option<usize>,

    /// How many clients chat
    #[arg(long)]
    pub(crate) clients: Option<usize>,

    /// How many messages must be acknowledged at the least
    #[arg(long)]
    pub(crate) acks: Option<usize>,

    /// Where the programs gateway, logic and repo are; otherwise beside this one
    #[arg(long, value_name = "DIR")]
    pub(crate) programs: Option<PathBuf>,

    /// Write the table into this file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// List the scenarios
    #[arg(long)]
    pub(crate) list: bool,

    /// Only scenarios whose name contains this, as `cargo test` passes it on
    #[arg(hide = true)]
    pub(crate) filter: Option<String>,
}

/// Which sizes to run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sizes {
    Small,
    Grown,
    Both,
}

impl Sizes {
    /// True when this size is meant.
    pub(crate) fn include(self, size: Size) -> bool {
        match self {
            Sizes::Both => true,
            Sizes::Small => size == Size::Small,
            Sizes::Grown => size == Size::Grown,
        }
    }
}
