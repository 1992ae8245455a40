//! Faults that are made from outside the programs: on the wire between them, on their disk, in what they take for the time, and a look
//! at what they ask of the kernel.
//!
//! - [`wire`]: a proxy between two programs, or between a client and a gateway; [`wires`]: all of a cluster; [`origin`]: which program a connection comes from.
//! - [`disk`]: a disk so small that it can be filled.
//! - [`wall_clock`]: a clock that is put forward or back under a running program.
//! - [`syscalls`]: what a program asks of the kernel, in order; [`durability`]: whether it syncs before it answers.

pub(crate) mod disk;
pub(crate) mod durability;
mod origin;
pub(crate) mod syscalls;
pub(crate) mod wall_clock;
pub(crate) mod wire;
pub(crate) mod wires;

#[cfg(test)]
mod tests;
