//! The list of a user with 500 conversations and 100,000 messages: one statement, and no walk over messages.
//!
//! `SHOW_PLAN=1` prints the plans.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::Connection as _;
use diesel::connection::{InstrumentationEvent, SimpleConnection};

use super::*;
use crate::store::{DatabaseUrl, connect_for_test};
use crate::test_database::TestDatabase;

const CONVERSATIONS: i64 = 500;
const MESSAGES_EACH: i64 = 200;

/// Of others.
const STRANGERS: i64 = 5_000;

/// Half the conversations are SINGLEs of "me" and one peer each, half are groups of 50.
fn fill(connection: &mut DbConnection) {
    let numbers = |to: i64| match connection.dialect() {
        crate::store::Dialect::Postgres => format!("generate_series(1, {to}) AS n(i)"),
        crate::store::Dialect::Sqlite => {
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT i FROM n) AS n"
            )
        }
    };
    let (many, members, strangers) = (numbers(CONVERSATIONS), numbers(49), numbers(STRANGERS));
    let each = numbers(MESSAGES_EACH)
        .replace("n(i)", "s(q)")
        .replace("SELECT i", "SELECT q")
        .replace("i + 1", "q + 1");
    let each = each
        .replace("FROM n WHERE i", "FROM s WHERE q")
        .replace("FROM n)", "FROM s)")
        .replace("AS n", "AS s");
    let statements = format!(
        "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at, updated_at)
             SELECT 'u' || i, 'u' || i, 'u' || i, '', '', FALSE, 1, 0, 0 FROM {strangers};
         INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at, updated_at)
             VALUES ('me', 'me', 'me', '', '', FALSE, 1, 0, 0);
         INSERT INTO conversations (id, type, name, avatar_url, description, member_count, member_version, last_seq,
                 last_change, last_activity_at, created_at, updated_at)
             SELECT 'c' || i, 1 + i % 2, '', '', '', 2, 1, {MESSAGES_EACH}, 0, i, 0, 0 FROM {many};
         INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
             SELECT 'c' || i, 'me', 1, FALSE, 0, 0 FROM {many};
         INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
             SELECT 'c' || i, 'u' || i, 1, FALSE, 0, 0 FROM {many} WHERE i % 2 = 0;
         INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
             SELECT c.id, 'u' || i, 1, FALSE, 0, 0 FROM conversations c CROSS JOIN {members} WHERE c.type = 2;
         INSERT INTO messages (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted,
                 change, created_at, updated_at)
             SELECT c.id, q, 'me', 1, 'some words to read', '', 'k' || q, FALSE, 0, 0, 0
             FROM conversations c CROSS JOIN {each} WHERE c.type < 3;
         INSERT INTO conversations (id, type, name, avatar_url, description, member_count, member_version, last_seq,
                 last_change, last_activity_at, created_at, updated_at)
             SELECT 's' || i, 2, '', '', '', 1, 1, 0, 0, i, 0, 0 FROM {strangers};
         INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
             SELECT 's' || i, 'u' || i, 3, FALSE, 0, 0 FROM {strangers};
         ANALYZE;"
    );
    connection.batch_execute(&statements).unwrap();
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    step: String,
}

fn explain<Row>(connection: &mut DbConnection, explain: &str) -> Vec<Row>
where
    Row: QueryableByName<crate::store::MultiBackend> + 'static,
{
    sql(format!("{explain} {}", complete(PAGE_OF_USER, "$5", "$6")))
        .bind::<Text, _>("me")
        .bind::<Integer, _>(0)
        .bind::<BigInt, _>(20)
        .bind::<BigInt, _>(0)
        .bind::<Bool, _>(true)
        .bind::<Bool, _>(true)
        .load::<Row>(connection)
        .unwrap()
}

fn show(title: &str, steps: &[String]) {
    if std::env::var_os("SHOW_PLAN").is_some() {
        writeln!(std::io::stdout(), "{title}\n{}\n", steps.join("\n")).unwrap();
    }
}

/// The list is right, and it is one statement, however many conversations are asked for.
fn check_list(connection: &mut DbConnection) {
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    for limit in [1, 20, 100] {
        statements.store(0, Ordering::SeqCst);
        let page = ListPage { user_id: "me".into(), kind: None, offset: 0, limit };
        let listed = of_user(connection, &page, Include { last_message: true, sender_info: true }).unwrap();
        assert_eq!(statements.load(Ordering::SeqCst), 1);
        assert_eq!((listed.items.len(), listed.total), (limit as usize, CONVERSATIONS));
        let newest = &listed.items[0];
        assert_eq!(newest.conversation.id.as_str(), format!("c{CONVERSATIONS}"));
        assert_eq!(newest.last_message.as_ref().unwrap().seq, Seq(MESSAGES_EACH));
        assert_eq!(newest.peer.as_ref().unwrap().id.as_str(), format!("u{CONVERSATIONS}"));
        assert!(listed.items.get(1).is_none_or(|group| group.peer.is_none()));
    }
}

async fn open(database: &TestDatabase) -> DbConnection {
    let url = DatabaseUrl::parse(&database.url).unwrap();
    crate::store::prepare(&url).await.unwrap();
    let mut connection = connect_for_test(&url);
    fill(&mut connection);
    connection
}

#[tokio::test]
async fn sqlite_lists_by_indexes_alone() {
    let database = TestDatabase::sqlite();
    let mut connection = open(&database).await;
    check_list(&mut connection);
    let steps = explain::<SqliteStep>(&mut connection, "EXPLAIN QUERY PLAN");
    let steps: Vec<String> = steps.into_iter().map(|row| row.detail).collect();
    show("SQLite", &steps);
    let found = |step: &str| steps.iter().any(|line| line.starts_with(step));
    assert!(
        found("SEARCH messages USING INDEX sqlite_autoindex_messages_1 (conversation_id=? AND seq_id=?)"),
        "{steps:#?}"
    );
    assert!(found("SEARCH m USING"), "{steps:#?}");
    assert!(found("SEARCH other USING"), "{steps:#?}");
    let tables = ["messages", "m", "c", "other", "me", "sender", "peer"];
    let walked =
        tables.iter().filter(|table| steps.iter().any(|line| line.trim_end() == format!("SCAN {table}")));
    assert_eq!(walked.count(), 0, "{steps:#?}");
}

#[tokio::test]
async fn postgres_lists_without_a_walk_over_messages() {
    let database = TestDatabase::postgres();
    let mut connection = open(&database).await;
    check_list(&mut connection);
    let steps = explain::<PostgresStep>(
        &mut connection,
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS, SUMMARY OFF)",
    );
    let steps: Vec<String> = steps.into_iter().map(|row| row.step).collect();
    show("PostgreSQL", &steps);
    let touching = |table: &str| {
        steps.iter().filter(|line| line.contains(&format!(" on {table}"))).cloned().collect::<Vec<_>>()
    };
    let messages = touching("messages");
    assert_eq!(messages.len(), 1, "{steps:#?}");
    assert!(messages[0].contains("Index Scan using messages_pkey"), "{steps:#?}");
    assert!(messages[0].contains("loops=20"), "one look-up for each conversation of the page: {steps:#?}");
    let members = touching("conversation_members");
    assert!(members.iter().all(|line| line.contains("Index") || line.contains("Bitmap Heap")), "{steps:#?}");
}
