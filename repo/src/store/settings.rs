//! How each connection is set up. `examples/raw_inserts.rs` measures with the very same.

/// Durable (a commit returns when it is on the disk, also over a power cut) and bounded in its waits.
pub(crate) const SQLITE_SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA wal_autocheckpoint = 4000;
";

/// The same for PostgreSQL. Row locks are read again after a wait, which only READ COMMITTED does. The keepalives let a server
/// notice that this machine is gone, and so give its locks back.
///
/// Statements stay parsed, but are planned at each call: a plan that was made while the tables were empty, and kept while they
/// grew, made batches of 100 messages twice as slow at 100,000 rows, and single ones ten times.
///
/// The planner takes any list of ids for 100 rows, and so would rather hash a table of messages whole than look 10 of them up: a sync
/// then reads every message. Each statement here goes from few rows to others by an index, for which nested loops are right; and a
/// plan that is used once is not worth compiling.
pub(crate) const POSTGRES_SETTINGS: &str = "
    SET synchronous_commit = on;
    SET default_transaction_isolation = 'read committed';
    SET statement_timeout = '10s';
    SET lock_timeout = '4s';
    SET idle_in_transaction_session_timeout = '10s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 3;
    SET client_min_messages = warning;
    SET plan_cache_mode = force_custom_plan;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off;
    SET random_page_cost = 1.1;
";
