//! Generated from the `.proto` files by prost and tonic.
#![expect(
    missing_docs,
    clippy::all,
    clippy::too_many_lines,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

/// Types that every service shares.
pub mod common {
    pub mod v1 {
        tonic::include_proto!("common.v1");
    }
}

/// The packages of the three services.
pub mod im {
    pub mod logic {
        pub mod v1 {
            tonic::include_proto!("im.logic.v1");
        }
    }
    pub mod repo {
        pub mod v1 {
            tonic::include_proto!("im.repo.v1");
        }
    }
    pub mod gateway {
        pub mod v1 {
            tonic::include_proto!("im.gateway.v1");
        }
    }
}

pub use common::v1 as types;
pub use im::gateway::v1 as gateway;
pub use im::logic::v1 as logic;
pub use im::repo::v1 as repo;
