//! Who is told when a user comes and goes.

use std::collections::HashMap;

use kit::batch::Flush;
use kit::grpc::Pool;
use protos::ids::UserId;
use protos::pb::repo::friend_service_client::FriendServiceClient;
use protos::pb::repo::{GetContactsOfUsersRequest, GetContactsResponse};
use protos::{Error, Result};

use super::{Repo, client};
use crate::detached::detached;

impl Repo {
    /// Whom each of the users shares a SINGLE or a friendship with, in their order, each of the newest activity first.
    pub(crate) async fn contacts(&self, users: Vec<UserId>) -> Result<Vec<Vec<UserId>>> {
        self.1.contacts.submit(users).await
    }
}

/// Looks contacts up for many callers at once, of each user once.
#[derive(Clone, Debug)]
pub(super) struct LookUps(pub(super) Pool);

impl Flush for LookUps {
    type Item = Vec<UserId>;
    type Reply = Vec<Vec<UserId>>;

    fn weight(users: &Self::Item) -> usize {
        users.len()
    }

    async fn flush(self, lists: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let mut all: Vec<UserId> = lists.iter().flatten().cloned().collect();
        all.sort_unstable();
        all.dedup();
        let found = detached(async move { look_up(&self.0, all).await }).await;
        let of_list = |users: Vec<UserId>| {
            let found = found.as_ref().map_err(Clone::clone)?;
            Ok(users.iter().map(|user| found.get(user).cloned().unwrap_or_default()).collect())
        };
        lists.into_iter().map(of_list).collect()
    }
}

/// The contacts of all who have any. Repo leaves out at the end what is too much for one answer.
async fn look_up(repo: &Pool, mut users: Vec<UserId>) -> Result<HashMap<UserId, Vec<UserId>>> {
    let mut known = HashMap::new();
    while !users.is_empty() {
        let user_ids = users.iter().map(ToString::to_string).collect();
        let request = GetContactsOfUsersRequest { user_ids };
        let call = |channel| {
            let request = request.clone();
            async move { client!(FriendServiceClient, channel).get_contacts_of_users(request).await }
        };
        let told = repo.idempotent(None, call).await?.contacts;
        if told.is_empty() {
            return Err(Error::internal("repo told nobody's contacts"));
        }
        let first = users.drain(..told.len().min(users.len()));
        let with_any = first.zip(told).filter(|(_, contacts)| !contacts.user_ids.is_empty());
        known.extend(with_any.map(|(user, contacts)| (user, read(contacts))));
    }
    Ok(known)
}

fn read(contacts: GetContactsResponse) -> Vec<UserId> {
    contacts.user_ids.into_iter().map(Into::into).collect()
}
