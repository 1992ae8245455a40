//! Messages in partitions: the operator's script moves them while they are being written, and afterwards everything is as before.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::api::text;
use crate::support::{Api, DEADLINE, TestDatabase, TestRepo};
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use protos::pb::repo as pb;
use protos::pb::types::{Message, SyncPosition, SyncRequest};
use protos::{Error, Reason};
use tonic::Code;

const GROUPS: usize = 8;
const MESSAGES_BEFORE: usize = 40;
const PARTITIONS: usize = 4;

/// Runs steps of the script as an operator does.
async fn partition(database: &TestDatabase, steps: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/partition-messages.sh");
    // Small batches, so that many rows are written while they are copied.
    let options = ["--partitions", &PARTITIONS.to_string(), "--batch", "25", "--pause", "0.02"];
    let mut command = tokio::process::Command::new(script);
    command.args(options).args(steps).env("DATABASE_URL", &database.url).kill_on_drop(true);
    let output = tokio::time::timeout(DEADLINE, command.output()).await.expect("the script ends").unwrap();
    assert!(output.status.success(), "{steps:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn recall(message: &Message, operator: &str) -> pb::DeleteMessageRequest {
    pb::DeleteMessageRequest {
        message_id: message.id.clone(),
        operator_id: operator.to_owned(),
        ..Default::default()
    }
}

#[expect(clippy::disallowed_methods, reason = "a retry's wait, of what tells no event when it would succeed")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// Saves with the same key until it is answered, as logic does: the script has repo's sessions begin anew.
async fn save(api: &mut Api, group: &str, sender: &str, key: &str) -> Message {
    loop {
        match api.send(text(group, sender, key)).await {
            Ok(message) => return message,
            Err(reason) => assert_eq!(reason, Reason::ServiceUnavailable),
        }
        pause().await;
    }
}

async fn recall_until_answered(api: &mut Api, message: &Message, operator: &str) {
    while let Err(status) = api.messages.delete_message(recall(message, operator)).await {
        assert_eq!(status.code(), Code::Unavailable, "{}", Error::from(status));
        pause().await;
    }
}

/// The same for what is read.
async fn history(api: &mut Api, group: &str) -> Vec<Message> {
    loop {
        match api.try_history(group).await {
            Ok(messages) => return messages,
            Err(reason) => assert_eq!(reason, Reason::ServiceUnavailable),
        }
        pause().await;
    }
}

/// Writes to all groups, and recalls some of it and of what was there before, until it is told to stop: how often.
async fn chat(
    mut api: Api,
    groups: &[String],
    before: &[Vec<Message>],
    user: &str,
    stop: &Cell<bool>,
) -> usize {
    let mut rounds = 0;
    // A round more, so that the new table is written to as well.
    let mut last = false;
    while !last {
        last = stop.get();
        for (group, before) in groups.iter().zip(before) {
            let written = save(&mut api, group, user, &format!("meanwhile {rounds}")).await;
            if rounds % 3 == 0 {
                recall_until_answered(&mut api, &written, user).await;
                recall_until_answered(&mut api, &before[rounds % before.len()], user).await;
            }
        }
        rounds += 1;
    }
    rounds
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A query of names and numbers.
fn counts(database: &TestDatabase, query: &str) -> BTreeMap<String, i64> {
    let mut connection = PgConnection::establish(&database.url).unwrap();
    let rows = sql_query(query).load::<Counted>(&mut connection).unwrap();
    rows.into_iter().map(|row| (row.name, row.count)).collect()
}

/// How often each partition was read, by whatever way; whole once nobody else is connected.
async fn reads(database: &TestDatabase) -> BTreeMap<String, i64> {
    let others = "SELECT 'others' AS name, count(*) AS count FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while counts(database, others)["others"] > 0 {
        pause().await;
    }
    counts(
        database,
        "SELECT relname::text AS name, seq_scan + idx_scan AS count FROM pg_stat_user_tables WHERE relname LIKE 'messages_p_'",
    )
}

#[actix_rt::test]
async fn messages_move_into_partitions_while_they_are_written() {
    let database = TestDatabase::postgres();
    let repo = TestRepo::start(&database).await;
    let mut api = repo.api();
    let ann = api.user("ann").await;
    let (mut groups, mut before) = (Vec::new(), Vec::new());
    for _ in 0..GROUPS {
        let group = api.group(&ann, &[]).await;
        let requests = (0..MESSAGES_BEFORE).map(|key| text(&group, &ann, &key.to_string())).collect();
        assert!(api.send_all(requests).await.iter().all(Result::is_ok));
        before.push(api.history(&group).await);
        groups.push(group);
    }
    let stop = Cell::new(false);
    let moving = async {
        partition(&database, &["prepare"]).await;
        partition(&database, &["copy", "check", "switch"]).await;
        stop.set(true);
    };
    let chatting = chat(repo.api(), &groups, &before, &ann, &stop);
    let ((), rounds) = tokio::join!(moving, chatting);

    // Every row is there, in its place, once.
    for (group, before) in groups.iter().zip(&before) {
        let history = history(&mut api, group).await;
        let seqs: Vec<i64> = history.iter().map(|message| message.seq_id).collect();
        assert_eq!(seqs, (1..=(MESSAGES_BEFORE + rounds) as i64).collect::<Vec<_>>());
        for (old, new) in before.iter().zip(&history) {
            assert_eq!(old.client_msg_id, new.client_msg_id);
            assert!(new.deleted || new == old);
        }
        let recalled = history.iter().filter(|message| message.deleted);
        assert!(recalled.clone().all(|message| message.content.is_empty()));
        assert!(recalled.count() > 1, "recalls of before and of meanwhile");
        // The same keys are the same messages.
        for message in history.iter().step_by(7) {
            assert_eq!(api.send(text(group, &ann, &message.client_msg_id)).await.unwrap(), *message);
        }
    }
    // Over all partitions none was stored twice, and the hash has spread them.
    let placed = "SELECT tableoid::regclass::text AS name, count(*) AS count FROM messages GROUP BY 1";
    let placed = counts(&database, placed);
    assert_eq!(placed.values().sum::<i64>(), (GROUPS * (MESSAGES_BEFORE + rounds)) as i64);
    assert!(placed.len() > 1 && placed.len() <= PARTITIONS, "{placed:?}");

    partition(&database, &["drop"]).await;
    let left = "SELECT relname::text AS name, 1::bigint AS count FROM pg_class
                WHERE relname LIKE 'messages_move%' OR relname LIKE '%unpartitioned%'";
    assert_eq!(counts(&database, left), BTreeMap::new());
    check_catching_up(&mut api, &groups[0], &ann).await;
    repo.stop().await;
    check_one_partition(&database, &groups[0], &ann).await;
}

/// Sync tells the messages and the recalls, the list the last message.
async fn check_catching_up(api: &mut Api, group: &str, user: &str) {
    let history = api.history(group).await;
    let (last, tail) = (history.last().unwrap().clone(), history.len() as i64 - 5);
    api.messages.delete_message(recall(&last, user)).await.unwrap();
    let request = |change| SyncRequest {
        user_id: user.to_owned(),
        positions: vec![SyncPosition { conversation_id: group.to_owned(), seq_id: tail, change }],
        ..Default::default()
    };
    let synced = api.messages.sync(request(0)).await.unwrap().into_inner();
    let part = synced.conversations.iter().find(|part| part.conversation_id == group).unwrap();
    let seqs: Vec<i64> = part.messages.iter().map(|message| message.seq_id).collect();
    assert_eq!(seqs, (tail + 1..=tail + 5).collect::<Vec<_>>());
    let recalled_before = history.iter().filter(|message| message.deleted && message.seq_id <= tail).count();
    assert_eq!(part.recalls.len(), recalled_before);
    assert_eq!(synced.conversations.len(), GROUPS);
    let details = api.details(user, group).await.unwrap();
    assert_eq!(details.last_message.unwrap().id, last.id);
}

/// Repo's own statements for one conversation read the partition that it is in, and no other.
async fn check_one_partition(database: &TestDatabase, group: &str, user: &str) {
    let place = format!(
        "SELECT DISTINCT tableoid::regclass::text AS name, 1::bigint AS count FROM messages WHERE conversation_id = '{group}'"
    );
    let its_own = counts(database, &place).into_keys().next().unwrap();
    let before = reads(database).await;
    let repo = TestRepo::start(database).await;
    let mut api = repo.api();
    let saved = api.send(text(group, user, "the last one")).await.unwrap();
    let page = pb::GetConversationMessagesRequest {
        conversation_id: group.to_owned(),
        limit: 20,
        ..Default::default()
    };
    let page = api.messages.get_conversation_messages(page).await.unwrap().into_inner();
    assert_eq!(page.messages[0], saved);
    let positions = vec![SyncPosition { conversation_id: group.to_owned(), seq_id: 3, change: 1 }];
    let sync = SyncRequest { user_id: user.to_owned(), positions, partial: true, ..Default::default() };
    assert!(!api.messages.sync(sync).await.unwrap().into_inner().conversations[0].messages.is_empty());
    api.messages.delete_message(recall(&saved, user)).await.unwrap();
    repo.stop().await;
    let after = reads(database).await;
    let read: Vec<&String> = after.keys().filter(|name| after[*name] > before[*name]).collect();
    assert_eq!(read, [&its_own], "before: {before:?}, after: {after:?}");
}
