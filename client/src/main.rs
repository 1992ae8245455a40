//! The `gochat` command: chat from a terminal, push from a job.

mod command;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use command::Cli;

/// What is still under way at the end is left after this; a read of standard input cannot be taken back.
const LEAVE_AFTER: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(shown) => {
            // Status 2 means that a push did not reach everybody, so a wrong argument is 1 like every failure.
            let code = if shown.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            shown.print().ok();
            return code;
        }
    };
    let runtime = kit::process::runtime();
    let code = runtime.block_on(cli.run());
    runtime.shutdown_timeout(LEAVE_AFTER);
    code
}
