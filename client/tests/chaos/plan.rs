//! Which scenarios are run over which sizes, one after the other, and what comes of it.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::time::{Instant, timeout};

use crate::arguments::Arguments;
use crate::report::markdown;
use crate::row::Row;
use crate::run::Run;
use crate::scenario::{SCENARIOS, Scenario};

/// A run that takes longer than this is given up.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// Runs what the command line asks for; fails when a row is not clean.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        let list = SCENARIOS.iter().map(|scenario| format!("{:<20} {}\n", scenario.name, scenario.about));
        write!(std::io::stdout(), "{}", list.collect::<String>()).unwrap();
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let rows = tokio::task::LocalSet::new().block_on(&runtime, run_all(&arguments));
    let table = markdown(&rows);
    write!(std::io::stdout(), "{table}").unwrap();
    if let Some(file) = &arguments.report {
        std::fs::write(file, table).unwrap();
    }
    if rows.iter().all(Row::is_clean) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says how things go, beside the table.
pub(crate) fn tell(what: &str) {
    writeln!(std::io::stderr(), "{what}").ok();
}

async fn run_all(arguments: &Arguments) -> Vec<Row> {
    let seed = arguments.seed.unwrap_or_else(|| rand::random_range(0..1_000_000));
    tell(&format!("chaos: seed {seed}"));
    let mut rows = Vec::new();
    for scenario in chosen(arguments) {
        // A scenario that is asked for by its name is run over all its sizes.
        let all = arguments.full || !arguments.scenarios.is_empty();
        let sizes = if all { scenario.sizes } else { scenario.short };
        for size in sizes.iter().filter(|size| arguments.size.include(**size)) {
            let run = Run {
                scenario: scenario.name,
                size: *size,
                seed,
                full: arguments.full,
                rounds: arguments.rounds,
                clients: arguments.clients,
                acks: arguments.acks,
                programs: arguments.programs.clone(),
            };
            tell(&format!("{}, {}: begins", scenario.name, size.name()));
            let row = run_one(scenario, run).await;
            let clean = if row.is_clean() { "clean" } else { "NOT CLEAN" };
            let took = row.took.as_secs();
            tell(&format!("{}, {}: {clean} after {took} s: {}", scenario.name, size.name(), row.findings));
            rows.push(row);
        }
    }
    rows
}

/// A scenario that panics or does not end is a row that says so, and the next one is run.
async fn run_one(scenario: &Scenario, run: Run) -> Row {
    let begun = Instant::now();
    let ended = tokio::task::spawn_local(timeout(LIMIT, (scenario.run)(run.clone()))).await;
    let mut row = match ended {
        Ok(Ok(row)) => row,
        Ok(Err(_)) => failed(&run, format!("it did not end within {LIMIT:?}")),
        Err(error) => failed(&run, format!("it broke off: {}", panic_text(error))),
    };
    row.took = begun.elapsed();
    row
}

fn failed(run: &Run, why: String) -> Row {
    let mut row = Row::new(run);
    row.blame(why);
    row
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "cancelled".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn chosen(arguments: &Arguments) -> Vec<&'static Scenario> {
    let Arguments { scenarios: named, filter, full, .. } = arguments;
    for name in named {
        assert!(SCENARIOS.iter().any(|one| one.name == name), "no scenario {name}: see --list");
    }
    let meant = |one: &&Scenario| {
        let by_name = named.iter().any(|name| name == one.name);
        let by_plan = named.is_empty() && (*full || !one.short.is_empty());
        let by_filter = filter.as_ref().is_none_or(|filter| one.name.contains(filter.as_str()));
        (by_name || by_plan) && by_filter
    };
    SCENARIOS.iter().filter(meant).collect()
}
