//! What all scenarios are told.

use std::path::PathBuf;
use std::time::Duration;

use super::cluster::ClusterArgs;
use super::load::Timing;

/// How it is measured
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Measuring")]
pub(super) struct CommonArgs {
    /// How long a run is measured
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(super) seconds: Duration,

    /// How long the load runs before that
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(super) warm_up: Duration,

    /// How often it is measured; the median is told, with the least and the most
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(super) runs: u16,

    /// Threads that make the load
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) threads: u16,

    /// Write the report as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// Write the report as a page of HTML to this file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// Whether the yardsticks are measured, too, each between two runs of GoChat
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, default_value_t = true)]
    pub(super) yardsticks: bool,

    /// The bare broadcaster [default: examples/bare in the folder of the programs]
    #[arg(long, value_name = "FILE")]
    pub(super) bare: Option<PathBuf>,

    /// The raw inserts [default: examples/raw_inserts in the folder of the programs]
    #[arg(long, value_name = "FILE")]
    pub(super) raw_inserts: Option<PathBuf>,

    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}

impl CommonArgs {
    /// How long a load runs, and on how many threads.
    pub(super) fn timing(&self) -> Timing {
        Timing { warm_up: self.warm_up, measured: self.seconds, threads: self.threads.into() }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds, such as 10 or 0.5")?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "a number of seconds that is not negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_a_fraction_and_are_never_negative() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("10"), Ok(Duration::from_secs(10)));
        for wrong in ["", "-1", "NaN", "inf", "1s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
