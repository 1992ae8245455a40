//! The rules service of GoChat.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use kit::SystemClock;
use logic::{Config, Logic};

fn main() -> ExitCode {
    let config = Config::parse();
    let common = config.common.clone();
    kit::process::main("logic", &common, |shutdown| async move {
        Logic::bind(config, Arc::new(SystemClock)).await?.run(shutdown).await
    })
}
