//! Runs a test over clusters of both sizes.

use crate::cluster::{Size, TestCluster};

/// Makes of each function two tests: over SQLite, and over PostgreSQL and Redis.
macro_rules! on_both_sizes {
    ($($test:ident),+ $(,)?) => {
        mod over_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    crate::sizes::run(crate::cluster::Size::Small, super::$test).await;
                }
            )+
        }
        mod over_postgres_and_redis {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    crate::sizes::run(crate::cluster::Size::Grown, super::$test).await;
                }
            )+
        }
    };
}
pub(crate) use on_both_sizes;

/// Runs one test over a cluster of its own, which must stop well at the end.
pub(crate) async fn run(size: Size, test: impl AsyncFnOnce(&mut TestCluster)) {
    let mut cluster = TestCluster::start(size).await;
    test(&mut cluster).await;
    cluster.stop().await;
}
