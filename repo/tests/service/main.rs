//! A whole repo over real sockets, over SQLite and over PostgreSQL.
//!
//! `scripts/with-services.sh cargo test -p repo` starts the PostgreSQL and installs the Redis that these tests need.

/// Defines each test once for each database.
macro_rules! on_both_databases {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $( #[actix_rt::test] async fn $test() { super::$test($crate::support::TestDatabase::sqlite()).await; } )*
        }
        mod postgres {
            $( #[actix_rt::test] async fn $test() { super::$test($crate::support::TestDatabase::postgres()).await; } )*
        }
    };
}
pub(crate) use on_both_databases;

#[cfg(test)]
mod contacts;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod friends;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod partitioned;
#[cfg(test)]
mod pushes;
#[cfg(test)]
mod recall;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod startup;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod users;
#[cfg(test)]
mod world;
