//! Signals: who writes at the moment, who has read how far, and whose device has got how much. A later one makes an earlier one worthless, so under load they are
//! dropped, and nobody waits for them.

mod audience;
mod convert;
mod receipts;

pub(crate) use convert::{Signalled, signalled};
pub(crate) use receipts::{Receipt, Receipts, What};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::ready;
use futures::{StreamExt, stream};
use protos::ids::{ConversationId, UserId};
use protos::model::ChatEvent;
use tokio::time::timeout;

use crate::fanout::{Fanout, MemberCache};
use crate::repo::MemberIds;

/// A list of members that takes longer is not waited for.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(1);
/// Lists that are looked up at once.
const LOOKED_UP_AT_ONCE: usize = 16;

/// Passes signals on to those who may see them.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    pub(crate) members: MemberCache,
    pub(crate) fanout: Fanout,
}

/// A user begins or stops to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typing {
    pub(crate) user_id: UserId,
    pub(crate) conversation_id: ConversationId,
    /// False: they stopped.
    pub(crate) typing: bool,
}

impl Signals {
    /// Tells the other members of SINGLEs and groups who writes, in order. Who is no member tells nobody anything.
    pub(crate) async fn typing(&self, mut typings: Vec<Typing>) {
        typings.retain(|typing| !typing.conversation_id.is_world());
        let conversations: HashSet<ConversationId> =
            typings.iter().map(|typing| typing.conversation_id.clone()).collect();
        let lists: HashMap<ConversationId, Arc<MemberIds>> = stream::iter(conversations)
            .map(|id| async move {
                let list = timeout(LOOKED_UP_WITHIN, self.members.recent(&id)).await.ok()?.ok()?;
                Some((id, list))
            })
            .buffer_unordered(LOOKED_UP_AT_ONCE)
            .filter_map(ready)
            .collect()
            .await;
        for Typing { user_id, conversation_id, typing } in typings {
            let Some(list) = lists.get(&conversation_id) else { continue };
            let users = audience::of_typing(&user_id, &list.user_ids);
            let event = ChatEvent::Typing { conversation_id: conversation_id.clone(), user_id, typing };
            self.fanout.signal(&conversation_id, event, users, None);
        }
    }

    async fn receipt(&self, receipt: Receipt) {
        match receipt.what {
            What::Read => self.read(receipt).await,
            What::Delivered => self.delivered(receipt).await,
        }
    }

    /// Tells the other member of a SINGLE how much a device has got. A SINGLE's members never change, so any list of them will do.
    async fn delivered(&self, receipt: Receipt) {
        let Receipt { conversation_id, user_id, seq, .. } = receipt;
        let list = timeout(LOOKED_UP_WITHIN, self.members.at_least(&conversation_id, 0)).await;
        let Some(list) = list.ok().and_then(Result::ok).filter(|list| list.is_single) else { return };
        let users = audience::of_typing(&user_id, &list.user_ids);
        let event = ChatEvent::DeliveryReceipt { conversation_id: conversation_id.clone(), user_id, seq };
        self.fanout.signal(&conversation_id, event, users, None);
    }

    /// Tells the reader's other sessions, and members who may know, how far somebody has read.
    async fn read(&self, receipt: Receipt) {
        let Receipt { conversation_id, user_id, seq, member_version, origin, .. } = receipt;
        let users = if conversation_id.is_world() {
            Arc::from([user_id.clone()])
        } else {
            let list = self.members.at_least(&conversation_id, member_version);
            let Ok(Ok(list)) = timeout(LOOKED_UP_WITHIN, list).await else { return };
            audience::of_receipt(&user_id, &list.user_ids)
        };
        let event = ChatEvent::ReadReceipt { conversation_id: conversation_id.clone(), user_id, seq };
        self.fanout.signal(&conversation_id, event, users, origin);
    }
}
