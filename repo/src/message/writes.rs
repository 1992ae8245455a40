//! New messages and what follows from them: the conversations' last seq, the senders' read pointers.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Integer, Text};
use diesel::{PgConnection, RunQueryDsl, SqliteConnection};
use protos::ids::{ConversationId, Seq, UserId};
use protos::model::Message;

use crate::store::{DbConnection, StoreResult, sql};

/// What a transaction that holds the conversations' locks is about to write.
#[derive(Debug)]
pub(crate) struct Writes {
    messages: Vec<Message>,
    heads: BTreeMap<ConversationId, Seq>,
    pointers: BTreeMap<(ConversationId, UserId), Seq>,
    /// Unix seconds.
    now: i64,
}

impl Writes {
    /// Nothing yet.
    pub(crate) fn at(now: i64) -> Self {
        Self { messages: Vec::new(), heads: BTreeMap::new(), pointers: BTreeMap::new(), now }
    }

    /// Adds a message; those of one conversation come in the order of their seqs.
    pub(crate) fn add(&mut self, message: Message) {
        let conversation = message.conversation_id.clone();
        self.heads.insert(conversation.clone(), message.seq);
        self.pointers.insert((conversation, message.sender.id.clone()), message.seq);
        self.messages.push(message);
    }

    /// Writes it all.
    pub(crate) fn apply(&self, connection: &mut DbConnection) -> StoreResult<()> {
        if self.messages.is_empty() {
            return Ok(());
        }
        match connection {
            DbConnection::Sqlite(file) => self.apply_to_sqlite(file),
            DbConnection::Postgres(server) => self.apply_to_postgres(server),
        }
    }

    /// One statement, whatever the number of messages.
    fn apply_to_postgres(&self, server: &mut PgConnection) -> StoreResult<()> {
        fn column<'a, T>(messages: &'a [Message], of: impl Fn(&'a Message) -> T) -> Vec<T> {
            messages.iter().map(of).collect()
        }
        let messages = &self.messages;
        let (heads, seqs): (Vec<&str>, Vec<i64>) =
            self.heads.iter().map(|(conversation, seq)| (conversation.as_str(), seq.0)).unzip();
        let members = |part: fn(&(ConversationId, UserId)) -> &str| -> Vec<&str> {
            self.pointers.keys().map(part).collect()
        };
        sql("WITH stored AS (
                 INSERT INTO messages (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id,
                     deleted, change, created_at, updated_at)
                 SELECT m.*, FALSE, 0, $8, $8 FROM UNNEST($1, $2, $3, $4, $5, $6, $7) AS m
             ), heads AS (
                 UPDATE conversations SET last_seq = h.seq, last_activity_at = $8
                 FROM UNNEST($9, $10) AS h (id, seq) WHERE conversations.id = h.id
             )
             UPDATE conversation_members SET last_read_seq = p.seq
             FROM UNNEST($11, $12, $13) AS p (conversation_id, user_id, seq)
             WHERE conversation_members.conversation_id = p.conversation_id AND conversation_members.user_id = p.user_id
                 AND conversation_members.last_read_seq < p.seq")
        .bind::<Array<Text>, _>(column(messages, |m| m.conversation_id.as_str()))
        .bind::<Array<BigInt>, _>(column(messages, |m| m.seq.0))
        .bind::<Array<Text>, _>(column(messages, |m| m.sender.id.as_str()))
        .bind::<Array<Integer>, _>(column(messages, |m| m.kind as i32))
        .bind::<Array<Text>, _>(column(messages, |m| m.content.as_str()))
        .bind::<Array<Text>, _>(column(messages, |m| m.extra.as_str()))
        .bind::<Array<Text>, _>(column(messages, |m| m.client_msg_id.as_str()))
        .bind::<BigInt, _>(self.now)
        .bind::<Array<Text>, _>(heads)
        .bind::<Array<BigInt>, _>(seqs)
        .bind::<Array<Text>, _>(members(|(conversation, _)| conversation.as_str()))
        .bind::<Array<Text>, _>(members(|(_, user)| user.as_str()))
        .bind::<Array<BigInt>, _>(self.pointers.values().map(|seq| seq.0).collect::<Vec<_>>())
        .execute(server)?;
        Ok(())
    }

    /// Row by row: SQLite is a function call away, and each statement stays prepared.
    fn apply_to_sqlite(&self, file: &mut SqliteConnection) -> StoreResult<()> {
        for message in &self.messages {
            sql("INSERT INTO messages (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id,
                     deleted, change, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, 0, $8, $8)")
            .bind::<Text, _>(message.conversation_id.as_str())
            .bind::<BigInt, _>(message.seq.0)
            .bind::<Text, _>(message.sender.id.as_str())
            .bind::<Integer, _>(message.kind as i32)
            .bind::<Text, _>(&message.content)
            .bind::<Text, _>(&message.extra)
            .bind::<Text, _>(message.client_msg_id.as_str())
            .bind::<BigInt, _>(self.now)
            .execute(file)?;
        }
        for (conversation, seq) in &self.heads {
            sql("UPDATE conversations SET last_seq = $1, last_activity_at = $2 WHERE id = $3")
                .bind::<BigInt, _>(seq.0)
                .bind::<BigInt, _>(self.now)
                .bind::<Text, _>(conversation.as_str())
                .execute(file)?;
        }
        for ((conversation, user), seq) in &self.pointers {
            sql("UPDATE conversation_members SET last_read_seq = $1
                 WHERE conversation_id = $2 AND user_id = $3 AND last_read_seq < $1")
            .bind::<BigInt, _>(seq.0)
            .bind::<Text, _>(conversation.as_str())
            .bind::<Text, _>(user.as_str())
            .execute(file)?;
        }
        Ok(())
    }
}
