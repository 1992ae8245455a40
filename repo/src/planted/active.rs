//! `ack-before-commit` and `no-unique-key`.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use protos::model::SavedMessage;
use protos::{Error, Result};
use tokio::sync::oneshot;

use crate::store::{DbConnection, Store, StoreResult, sql};

static BUG: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("GOCHAT_PLANTED_BUG").ok());

/// How much later than its answer a transaction commits: a crash in between is to be likely.
const COMMIT_LATER: Duration = Duration::from_millis(40);

type Outcomes = Vec<Result<SavedMessage>>;

thread_local! {
    /// Where the answer to this connection's transaction goes before it commits.
    static EARLY: RefCell<Option<oneshot::Sender<Outcomes>>> = const { RefCell::new(None) };
}

fn is(bug: &str) -> bool {
    BUG.as_deref() == Some(bug)
}

/// Warns of what this program is.
pub(crate) fn announce() {
    let bug = BUG.as_deref().unwrap_or("none");
    tracing::error!(bug, "THIS PROGRAM IS BUILT WITH PLANTED BUGS: it is for tests only and serves nobody");
}

/// True: a save is answered before its transaction commits.
pub(crate) fn acks_early() -> bool {
    is("ack-before-commit")
}

/// True: whether a key was stored before is not looked up.
pub(crate) fn forgets_keys() -> bool {
    is("no-unique-key")
}

/// Runs a save whose [`answer`] overtakes its commit.
pub(crate) async fn answered_early(
    store: &Store,
    save: impl FnOnce(&mut DbConnection) -> StoreResult<Outcomes> + Send + 'static,
) -> Result<Outcomes> {
    let (sender, early) = oneshot::channel();
    let store = store.clone();
    let saved = tokio::spawn(async move {
        let work = move |connection: &mut DbConnection| {
            EARLY.set(Some(sender));
            let saved = save(connection);
            EARLY.take();
            saved
        };
        store.write(work).await
    });
    match early.await {
        Ok(outcomes) => Ok(outcomes),
        // It failed before there was an answer.
        Err(_) => saved.await.unwrap_or_else(|_| Err(Error::internal("the save panicked"))),
    }
}

/// Answers a save whose transaction has yet to commit, and gives crashes time.
#[expect(
    clippy::disallowed_methods,
    reason = "this thread is the connection's own, and there is no event to wait for"
)]
pub(crate) fn answer(outcomes: &[Result<SavedMessage>]) {
    if let Some(early) = EARLY.take() {
        early.send(outcomes.to_vec()).ok();
        std::thread::sleep(COMMIT_LATER);
    }
}

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Lets the database store the same key again.
pub(crate) fn drop_unique_key(connection: &mut DbConnection) -> StoreResult<()> {
    const KEY: &str = "UNIQUE (client_msg_id, conversation_id, sender_id)";
    if !forgets_keys() {
        return Ok(());
    }
    if matches!(connection, DbConnection::Postgres(_)) {
        connection.batch_execute("ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_same_key")?;
        return Ok(());
    }
    // SQLite keeps a table's constraints as long as the table, so it is made anew: first it, then its indexes.
    let definitions: Vec<Definition> =
        sql("SELECT sql AS text FROM sqlite_master WHERE tbl_name = 'messages' AND sql IS NOT NULL ORDER BY type DESC")
            .load(connection)?;
    let Some((table, indexes)) = definitions.split_first().filter(|(table, _)| table.text.contains(KEY))
    else {
        return Ok(());
    };
    let table = table.text.replace(KEY, "CHECK (TRUE)").replacen("messages", "unkeyed", 1);
    let indexes: String = indexes.iter().map(|index| format!("{};", index.text)).collect();
    connection.transaction(|connection| {
        Ok(connection.batch_execute(&format!(
            "{table}; INSERT INTO unkeyed SELECT * FROM messages; DROP TABLE messages;
             ALTER TABLE unkeyed RENAME TO messages; {indexes}"
        ))?)
    })
}
