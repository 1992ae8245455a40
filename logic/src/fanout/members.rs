//! Who is to get a conversation's messages, cached by the version that every save returns.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use protos::Result;
use protos::ids::ConversationId;

use crate::repo::{MemberIds, Repo};

/// What all cached lists together may take, in bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// An id with its allocation, in bytes.
const ID_BYTES: usize = 64;
/// A conversation silent for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Lists of members. Cloning it shares them.
#[derive(Clone, Debug)]
pub(crate) struct MemberCache {
    repo: Repo,
    lists: Cache<ConversationId, Arc<MemberIds>>,
}

impl MemberCache {
    pub(crate) fn new(repo: Repo) -> Self {
        let weigh = |_: &ConversationId, list: &Arc<MemberIds>| {
            u32::try_from(list.user_ids.len().saturating_mul(ID_BYTES).saturating_add(256))
                .unwrap_or(u32::MAX)
        };
        let lists =
            Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).time_to_idle(FORGOTTEN_AFTER).build();
        Self { repo, lists }
    }

    /// The members at `version` or later: never an older list, which could name somebody who has been removed.
    pub(super) async fn at_least(
        &self,
        conversation: &ConversationId,
        version: i64,
    ) -> Result<Arc<MemberIds>> {
        if let Some(list) = self.lists.get(conversation).filter(|list| list.version >= version) {
            return Ok(list);
        }
        let list = Arc::new(self.repo.member_ids(conversation).await?);
        self.lists.insert(conversation.clone(), Arc::clone(&list));
        Ok(list)
    }
}
