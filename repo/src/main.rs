//! The repo process.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use kit::SystemClock;
use repo::{Config, Repo};

fn main() -> ExitCode {
    let config = Config::parse();
    let common = config.common.clone();
    kit::process::main("repo", &common, async move |shutdown| {
        Repo::bind(config, Arc::new(SystemClock)).await?.run(shutdown).await
    })
}
