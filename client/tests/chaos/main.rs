//! The chaos tests: real programs and real sockets, faults while clients chat, and a checker after everything has healed.
//!
//! Each [`scenario`] injects one kind of fault and gives a row of a table. Without arguments, as `cargo test` runs it, a short plan is
//! run; `make chaos` runs the full one. What is random follows from the seed: a row that is not clean tells how to run it again.

#[cfg(test)]
#[expect(dead_code, reason = "it is made for the promises' tests, which use more of it")]
#[path = "../checker/mod.rs"]
mod checker;
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "it is made for the promises' tests, which use more of it")]
#[path = "../cluster/mod.rs"]
mod cluster;

#[cfg(test)]
mod arguments;
#[cfg(test)]
mod crowd;
#[cfg(test)]
#[expect(
    dead_code,
    unused_imports,
    reason = "its own tests are run by the end-to-end program, which has a harness"
)]
mod fault;
#[cfg(test)]
mod member;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod report;
#[cfg(test)]
mod row;
#[cfg(test)]
mod run;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod settling;
#[cfg(test)]
mod stage;

use std::process::ExitCode;

fn main() -> ExitCode {
    plan::main()
}
