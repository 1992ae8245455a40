//! The `gochat` command and the library under it, run against a real cluster: one program, because linking it takes longer than running it.

#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "it is made for the promises' tests, which use more of it")]
#[path = "../cluster/mod.rs"]
mod cluster;

#[cfg(test)]
mod bench;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod gochat;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod push;
#[cfg(test)]
mod session;
