//! The contract in code, shared by every GoChat process.
//!
//! - [`pb`]: what prost makes of the `.proto` files; only conversions name it.
//! - [`ids`]: a newtype for every kind of id.
//! - [`model`]: the domain types that the services reason with, and the contract's limits.
//! - [`convert`]: between `pb` and `model`.
//! - [`error`]: the one table from an error's reason to gRPC, HTTP and close codes.

pub mod convert;
pub mod error;
pub mod ids;
pub mod model;
pub mod pb;

pub use error::{Error, Reason, Result};

/// Every compiled `.proto` file, for gRPC server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
