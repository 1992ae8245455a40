//! Who is to get a conversation's messages, cached by the version that every save returns.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use protos::Result;
use protos::ids::ConversationId;
use tokio::time::Instant;

use crate::repo::{MemberIds, Repo};

/// What all cached lists together may take, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// An id with its allocation, in bytes.
const ID_BYTES: usize = 64;
/// A list that is no older is recent: somebody who has been removed gets signals no longer.
const RECENT: Duration = Duration::from_secs(5);
/// A conversation silent for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Lists of members. Cloning it shares them.
#[derive(Clone, Debug)]
pub(crate) struct MemberCache {
    repo: Repo,
    lists: Cache<ConversationId, Listed>,
}

#[derive(Clone, Debug)]
struct Listed {
    list: Arc<MemberIds>,
    /// When it was true.
    at: Instant,
}

impl MemberCache {
    pub(crate) fn new(repo: Repo) -> Self {
        let weigh = |_: &ConversationId, listed: &Listed| {
            u32::try_from(listed.list.user_ids.len().saturating_mul(ID_BYTES).saturating_add(256))
                .unwrap_or(u32::MAX)
        };
        let lists =
            Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).time_to_idle(FORGOTTEN_AFTER).build();
        Self { repo, lists }
    }

    /// The members at `version` or later: never an older list, which could name somebody who has been removed.
    pub(crate) async fn at_least(
        &self,
        conversation: &ConversationId,
        version: i64,
    ) -> Result<Arc<MemberIds>> {
        let known = self.lists.get(conversation).filter(|listed| listed.list.version >= version);
        match known {
            Some(listed) => Ok(listed.list),
            None => self.look_up(conversation).await,
        }
    }

    /// The members now or a few seconds ago: for signals, which nothing is lost by.
    pub(crate) async fn recent(&self, conversation: &ConversationId) -> Result<Arc<MemberIds>> {
        match self.lists.get(conversation).filter(|listed| listed.at.elapsed() <= RECENT) {
            Some(listed) => Ok(listed.list),
            None => self.look_up(conversation).await,
        }
    }

    async fn look_up(&self, conversation: &ConversationId) -> Result<Arc<MemberIds>> {
        let at = Instant::now();
        let list = Arc::new(self.repo.member_ids(conversation).await?);
        self.lists.insert(conversation.clone(), Listed { list: Arc::clone(&list), at });
        Ok(list)
    }
}
