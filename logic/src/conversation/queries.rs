//! Reading: one conversation, the list, history and what is unread.

use protos::Result;
use protos::ids::{ConversationId, Seq, SessionId, UserId};
use protos::model::limits::MEMBER_PAGE;
use protos::model::{ConversationDetails, Member};

use super::Conversations;
use crate::repo::{ConversationPage, History, HistoryPage, MemberPage, Page, ReadUpTo, Search};
use crate::signals::{Receipt, What};

/// A stretch of history, and where to go on from it.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    pub(crate) page: HistoryPage,
    /// Where a call of the other direction begins; 0 when there is nothing on that side.
    pub(crate) previous: Seq,
}

/// What is unread, in all and in each conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) total: i64,
    pub(crate) counts: Vec<(ConversationId, i64)>,
}

impl Conversations {
    /// One conversation as a member sees it, with its first members when they are asked for.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn get(
        &self,
        user_id: &UserId,
        conversation_id: &ConversationId,
        include_members: bool,
    ) -> Result<(ConversationDetails, Vec<Member>)> {
        let details = self.repo.conversation_for(user_id, conversation_id).await?;
        if !include_members {
            return Ok((details, Vec::new()));
        }
        let first = MemberPage { offset: 0, limit: MEMBER_PAGE.max, role: None };
        let members = self.members_of(&details.conversation, &first).await?.items;
        Ok((details, members))
    }

    /// A part of the user's list, newest activity first.
    pub(crate) async fn list(
        &self,
        user_id: &UserId,
        page: &ConversationPage,
    ) -> Result<Page<ConversationDetails>> {
        self.repo.conversations_of(user_id, page).await
    }

    /// The user's own conversations whose shown names contain the query.
    pub(crate) async fn search(&self, user_id: &UserId, search: Search) -> Result<Vec<ConversationDetails>> {
        self.repo.search_conversations(user_id, search).await
    }

    /// A stretch of history, for a member.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn messages(&self, user_id: &UserId, history: &History) -> Result<Messages> {
        let details = self.repo.conversation_for(user_id, &history.conversation_id).await?;
        let page = self.repo.history(history).await?;
        let previous = previous(history, &page, details.last_seq);
        Ok(Messages { page, previous })
    }

    /// Moves the read pointer on; returns what is unread after it. Those who may know are told within a moment, `origin` aside.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn mark_as_read(
        &self,
        user_id: UserId,
        conversation_id: ConversationId,
        seq: Seq,
        origin: Option<SessionId>,
    ) -> Result<i64> {
        let read = self.repo.mark_as_read(&user_id, &conversation_id, seq).await?;
        if read.moved {
            let ReadUpTo { seq, member_version, .. } = read;
            self.receipts.note(Receipt {
                what: What::Read,
                conversation_id,
                user_id,
                seq,
                member_version,
                origin,
            });
        }
        Ok(read.unread)
    }

    /// What is unread in one conversation, or in all.
    ///
    /// # Errors
    /// `CONVERSATION_NOT_FOUND`.
    pub(crate) async fn unread(
        &self,
        user_id: &UserId,
        conversation_id: Option<ConversationId>,
    ) -> Result<Unread> {
        let mut counts: Vec<(ConversationId, i64)> = match conversation_id {
            Some(id) => vec![(id.clone(), self.repo.unread_count(user_id, &id).await?)],
            None => self.repo.unread_counts(user_id).await?.into_iter().collect(),
        };
        counts.sort();
        Ok(Unread { total: counts.iter().map(|(_, count)| count).sum(), counts })
    }
}

/// The seq on the other side of a page, next to it. Seqs have no gaps, so arithmetic is enough; with a filter on the type,
/// what stands there may be of another type.
fn previous(history: &History, page: &HistoryPage, last: Seq) -> Seq {
    let first = page.messages.first().map(|message| message.seq);
    // A message that came after `last` was read is there too.
    let last = page.messages.iter().map(|message| message.seq).fold(last, Seq::max);
    if history.ascending {
        let begin = first.unwrap_or(history.start).0;
        Seq((begin - 1).clamp(0, last.0))
    } else {
        let end = first.unwrap_or(history.end).0;
        if end > 0 && end < last.0 { Seq(end + 1) } else { Seq(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protos::ids::MessageId;
    use protos::model::{Message, MessageType};

    fn page(seqs: &[i64]) -> HistoryPage {
        let message = |seq: &i64| Message {
            id: MessageId::new(&"c".into(), Seq(*seq)),
            conversation_id: "c".into(),
            sender: Default::default(),
            kind: MessageType::Text,
            content: String::new(),
            seq: Seq(*seq),
            client_msg_id: "k".into(),
            deleted: false,
            extra: String::new(),
            created_at: 0,
            updated_at: 0,
        };
        HistoryPage { messages: seqs.iter().map(message).collect(), ..HistoryPage::default() }
    }

    #[test]
    fn the_other_side_of_a_page_begins_next_to_it() {
        let asked = |start, end, ascending| History {
            conversation_id: "c".into(),
            start: Seq(start),
            end: Seq(end),
            limit: 2,
            ascending,
            kind: None,
        };
        for (history, seqs, last, expected) in [
            (asked(0, 0, true), &[1, 2][..], 5, 0),
            (asked(3, 0, true), &[3, 4], 5, 2),
            (asked(9, 0, true), &[], 5, 5),
            (asked(0, 0, true), &[], 0, 0),
            (asked(0, 0, false), &[5, 4], 5, 0),
            (asked(0, 0, false), &[6, 5], 5, 0),
            (asked(0, 3, false), &[3, 2], 5, 4),
            (asked(0, 0, false), &[], 0, 0),
        ] {
            assert_eq!(previous(&history, &page(seqs), Seq(last)), Seq(expected), "{history:?} {seqs:?}");
        }
    }
}
