//! Who is told when a user comes and goes.

use protos::Result;
use protos::ids::UserId;
use protos::pb::logic as pb;
use protos::pb::logic::friend_service_client::FriendServiceClient;

use super::{LogicClient, call};

impl LogicClient {
    /// Whom the user shares a SINGLE or a friendship with, of the newest activity first, at most
    /// [`CONTACTS_MAX`](protos::model::limits::CONTACTS_MAX).
    ///
    /// # Errors
    /// Transient ones.
    pub(crate) async fn contacts(&self, user: &UserId) -> Result<Vec<UserId>> {
        let request = pb::GetContactsRequest { user_id: user.to_string() };
        let found = call!(self.pool, idempotent(None), FriendServiceClient, get_contacts, request)?;
        Ok(found.user_ids.into_iter().map(Into::into).collect())
    }
}
