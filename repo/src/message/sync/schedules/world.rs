//! The server's side: the real database, and beside it what should be in it.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use protos::ids::{ConversationId, MessageId, Seq, UserId};
use protos::model::{Message, MessageType};
use protos::{Reason, Result};

use super::Act;
use crate::conversation::by_hand;
use crate::message::recall::{Permit, Recall, recall};
use crate::message::reply::replied_to;
use crate::message::save::{NewMessage, save};
use crate::store::{DatabaseUrl, DbConnection, connect_for_test, prepare};
use crate::test_database::TestDatabase;

pub(super) const USERS: usize = 3;
pub(super) const CONVERSATIONS: usize = 2;

/// A message as everybody should see it: its content, and whether it is gone.
pub(super) type Shown = (String, bool);

/// A live frame.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    Message(Message),
    Recalled { conversation: ConversationId, seq: Seq, change: i64 },
    Added(ConversationId),
    Removed(ConversationId),
}

/// Where all schedules run, one after the other.
pub(super) struct Home {
    _database: TestDatabase,
    url: DatabaseUrl,
}

impl Home {
    pub(super) async fn open() -> Self {
        let database = TestDatabase::sqlite();
        let url = DatabaseUrl::parse(&database.url).unwrap();
        prepare(&url).await.unwrap();
        Self { _database: database, url }
    }

    pub(super) fn connect(&self) -> DbConnection {
        let mut connection = connect_for_test(&self.url);
        // What a power cut would lose is no matter here.
        connection.batch_execute("PRAGMA synchronous = OFF").unwrap();
        connection
    }
}

#[derive(Default)]
struct Truth {
    messages: Vec<Shown>,
    /// Places by sender and key.
    keys: BTreeMap<(usize, u8), usize>,
    /// Members and their read pointers.
    members: BTreeMap<usize, i64>,
    changes: i64,
    /// The change of each recalled place.
    recalled: BTreeMap<usize, i64>,
}

pub(super) struct World {
    pub(super) connection: DbConnection,
    users: Vec<UserId>,
    conversations: Vec<ConversationId>,
    truth: Vec<Truth>,
}

impl World {
    /// New users; in each conversation the first owns it, and the second is a member.
    pub(super) fn begin(mut connection: DbConnection) -> Self {
        let users: Vec<UserId> = (0..USERS).map(|_| UserId::generate()).collect();
        let conversations: Vec<ConversationId> =
            (0..CONVERSATIONS).map(|_| ConversationId::generate()).collect();
        let mut statements = String::from("BEGIN;");
        for user in &users {
            statements += &format!(
                "INSERT INTO users (id, username, username_key, password_hash, avatar_url, is_guest, status, created_at,
                     updated_at) VALUES ('{user}', 'x', '{user}', '', '', FALSE, 1, 0, 0);"
            );
        }
        for conversation in &conversations {
            statements += &format!(
                "INSERT INTO conversations (id, type, name, avatar_url, description, owner_id, member_count,
                     member_version, last_seq, last_change, last_activity_at, created_at, updated_at)
                 VALUES ('{conversation}', 2, 'g', '', '', '{0}', 2, 1, 0, 0, 0, 0, 0);
                 INSERT INTO conversation_members (conversation_id, user_id, role, muted, last_read_seq, joined_at)
                 VALUES ('{conversation}', '{0}', 3, FALSE, 0, 0), ('{conversation}', '{1}', 1, FALSE, 0, 0);",
                users[0], users[1]
            );
        }
        connection.batch_execute(&format!("{statements}COMMIT;")).unwrap();
        let truth = conversations
            .iter()
            .map(|_| Truth { members: BTreeMap::from([(0, 0), (1, 0)]), ..Truth::default() })
            .collect();
        Self { connection, users, conversations, truth }
    }

    pub(super) fn user(&self, user: usize) -> &UserId {
        &self.users[user]
    }

    /// Does it for real, checks the outcome, and tells which users get which frame.
    pub(super) fn act(&mut self, act: Act) -> Vec<(usize, Frame)> {
        match act {
            Act::Send { user, conversation, key } => self.send(user, conversation, key),
            Act::Recall { user, conversation, back } => self.recall(user, conversation, back),
            Act::Read { user, conversation, back } => self.read(user, conversation, back),
            Act::Join { user, conversation } => self.join(user, conversation),
            Act::Leave { user, conversation } => self.leave(user, conversation),
        }
    }

    fn send(&mut self, user: usize, conversation: usize, key: u8) -> Vec<(usize, Frame)> {
        let (id, truth) = (self.conversations[conversation].clone(), &mut self.truth[conversation]);
        let (last, content) = (truth.messages.len(), format!("{user}: {key} after {}", truth.messages.len()));
        // Some reply: to the last message, or to the one that is not there yet.
        let extra = match key % 8 {
            0 => format!(r#"{{"replyTo":"{id}.{}"}}"#, last.max(1)),
            1 => format!(r#"{{"replyTo":"{id}.{}"}}"#, last + 1),
            _ => String::new(),
        };
        let new = NewMessage {
            reply_to: replied_to(&id, &extra).unwrap(),
            conversation_id: id,
            sender_id: self.users[user].clone(),
            kind: MessageType::Text,
            content: content.clone(),
            extra,
            client_msg_id: key.to_string().into(),
        };
        let answers_nothing = new.reply_to.is_some_and(|seq| seq.0 > last as i64);
        let saved = save(&mut self.connection, &[new], 7).unwrap().pop().unwrap();
        let expected: Result<usize, Reason> = if !truth.members.contains_key(&user) {
            Err(Reason::ConversationNotFound)
        } else if let Some(place) = truth.keys.get(&(user, key)) {
            Ok(*place)
        } else if answers_nothing {
            Err(Reason::InvalidParameter)
        } else {
            truth.keys.insert((user, key), last);
            truth.messages.push((content, false));
            truth.members.insert(user, last as i64 + 1);
            Ok(last)
        };
        let place = saved.as_ref().map(|saved| saved.message.seq.0 as usize - 1);
        assert_eq!(place.map_err(|error| error.reason()), expected);
        // A repetition is handed on again, too.
        saved.map_or_else(
            |_| Vec::new(),
            |saved| self.to_members(conversation, &Frame::Message(saved.message)),
        )
    }

    fn recall(&mut self, user: usize, conversation: usize, back: u8) -> Vec<(usize, Frame)> {
        let (id, truth) = (self.conversations[conversation].clone(), &mut self.truth[conversation]);
        let Some(place) = truth.messages.len().checked_sub(usize::from(back) + 1) else { return Vec::new() };
        let seq = Seq(place as i64 + 1);
        let wish =
            Recall { place: (id.clone(), seq), operator: self.users[user].clone(), permit: Permit::Any };
        let outcome = recall(&mut self.connection, &wish, 8);
        let is_own = truth.keys.iter().any(|((sender, _), at)| (*sender, *at) == (user, place));
        let is_member = truth.members.contains_key(&user);
        let was_gone = truth.messages[place].1;
        // User 0 is the owner.
        if !is_member || !(is_own || user == 0) {
            assert!(outcome.is_err());
            return Vec::new();
        }
        let recalled = outcome.unwrap();
        if !was_gone {
            truth.changes += 1;
            truth.messages[place] = (String::new(), true);
            truth.recalled.insert(place, truth.changes);
        }
        assert_eq!(recalled.change, truth.recalled[&place]);
        assert_eq!((recalled.message.id, recalled.message.deleted), (MessageId::new(&id, seq), true));
        self.to_members(conversation, &Frame::Recalled { conversation: id, seq, change: recalled.change })
    }

    fn read(&mut self, user: usize, conversation: usize, back: u8) -> Vec<(usize, Frame)> {
        let (id, truth) = (&self.conversations[conversation], &mut self.truth[conversation]);
        let to = (truth.messages.len() as i64 - i64::from(back)).max(0);
        let read = by_hand::read(&mut self.connection, id, &self.users[user], Seq(to)).unwrap();
        let expected = truth.members.get_mut(&user).map(|pointer| {
            *pointer = to.max(*pointer);
            Seq(*pointer)
        });
        assert_eq!(read, expected);
        Vec::new()
    }

    fn join(&mut self, user: usize, conversation: usize) -> Vec<(usize, Frame)> {
        let (id, truth) = (self.conversations[conversation].clone(), &mut self.truth[conversation]);
        by_hand::join(&mut self.connection, &id, &self.users[user]).unwrap();
        if truth.members.contains_key(&user) {
            return Vec::new();
        }
        truth.members.insert(user, truth.messages.len() as i64);
        vec![(user, Frame::Added(id))]
    }

    fn leave(&mut self, user: usize, conversation: usize) -> Vec<(usize, Frame)> {
        let (id, truth) = (self.conversations[conversation].clone(), &mut self.truth[conversation]);
        let left = by_hand::leave(&mut self.connection, &id, &self.users[user]);
        if user == 0 || truth.members.remove(&user).is_none() {
            assert!(left.is_err());
            return Vec::new();
        }
        left.unwrap();
        vec![(user, Frame::Removed(id))]
    }

    fn to_members(&self, conversation: usize, frame: &Frame) -> Vec<(usize, Frame)> {
        self.truth[conversation].members.keys().map(|user| (*user, frame.clone())).collect()
    }

    /// The history of every conversation of the user.
    pub(super) fn visible_to(&self, user: usize) -> BTreeMap<ConversationId, BTreeMap<i64, Shown>> {
        let mine =
            self.conversations.iter().zip(&self.truth).filter(|(_, truth)| truth.members.contains_key(&user));
        mine.map(|(id, truth)| (id.clone(), (1..).zip(truth.messages.iter().cloned()).collect())).collect()
    }

    pub(super) fn read_pointers_of(&self, user: usize) -> Vec<(&ConversationId, i64)> {
        let pointers = self.conversations.iter().zip(&self.truth);
        pointers.filter_map(|(id, truth)| Some((id, *truth.members.get(&user)?))).collect()
    }
}
