//! Who is told when a user comes and goes.

use protos::Result;
use protos::ids::UserId;
use protos::pb::repo::GetContactsRequest;
use protos::pb::repo::friend_service_client::FriendServiceClient;

use super::{Repo, client};

impl Repo {
    /// Whom the user shares a SINGLE or a friendship with, of the newest activity first.
    pub(crate) async fn contacts(&self, user_id: &UserId) -> Result<Vec<UserId>> {
        let request = GetContactsRequest { user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).get_contacts(request).await }
        };
        Ok(self.0.idempotent(None, call).await?.user_ids.into_iter().map(Into::into).collect())
    }
}
