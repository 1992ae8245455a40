//! The public service of GoChat.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use gateway::{Config, Gateway};
use kit::SystemClock;

fn main() -> ExitCode {
    let config = Config::parse();
    let common = config.common.clone();
    kit::process::main("gateway", &common, |shutdown| async move {
        Gateway::bind(config, Arc::new(SystemClock)).await?.run(shutdown).await
    })
}
