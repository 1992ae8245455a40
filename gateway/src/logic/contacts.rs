//! Who is told when a user comes and goes.

use std::collections::HashMap;

use kit::batch::Flush;
use kit::grpc::Pool;
use protos::ids::UserId;
use protos::pb::logic as pb;
use protos::pb::logic::friend_service_client::FriendServiceClient;
use protos::{Error, Result};

use super::{LogicClient, call};

impl LogicClient {
    /// Whom the user shares a SINGLE or a friendship with, of the newest activity first, at most
    /// [`CONTACTS_MAX`](protos::model::limits::CONTACTS_MAX). Users of many callers share a call, and stand in it once.
    ///
    /// # Errors
    /// Transient ones, also when too many wait.
    pub(crate) async fn contacts(&self, user: UserId) -> Result<Vec<UserId>> {
        self.connects.contacts.submit(user).await
    }
}

/// Asks for the contacts of many users in one call.
#[derive(Clone, Debug)]
pub(super) struct LookUps(pub(super) Pool);

impl Flush for LookUps {
    type Item = UserId;
    type Reply = Vec<UserId>;

    fn weight(user: &UserId) -> usize {
        user.as_str().len()
    }

    async fn flush(self, users: Vec<UserId>) -> Vec<Result<Vec<UserId>>> {
        let mut distinct = users.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let found = self.look_up(distinct).await;
        let of_user =
            |user| Ok(found.as_ref().map_err(Clone::clone)?.get(&user).cloned().unwrap_or_default());
        users.into_iter().map(of_user).collect()
    }
}

impl LookUps {
    /// The contacts of all who have any. Logic leaves out at the end what is too much for one answer.
    async fn look_up(&self, mut users: Vec<UserId>) -> Result<HashMap<UserId, Vec<UserId>>> {
        let mut known = HashMap::new();
        while !users.is_empty() {
            let user_ids = users.iter().map(ToString::to_string).collect();
            let request = pb::GetContactsOfUsersRequest { user_ids };
            let told = call!(self.0, idempotent(None), FriendServiceClient, get_contacts_of_users, request)?
                .contacts;
            if told.is_empty() {
                return Err(Error::internal("logic told nobody's contacts"));
            }
            let first = users.drain(..told.len().min(users.len()));
            let with_any = first.zip(told).filter(|(_, contacts)| !contacts.user_ids.is_empty());
            known.extend(with_any.map(|(user, contacts)| (user, read(contacts))));
        }
        Ok(known)
    }
}

fn read(contacts: pb::GetContactsResponse) -> Vec<UserId> {
    contacts.user_ids.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::future::join_all;

    use super::*;
    use crate::logic::fake::FakeLogic;

    #[actix_rt::test]
    async fn a_user_stands_in_a_call_once_and_what_is_left_out_is_asked_for_again() {
        let (logic, calls) = (FakeLogic::default(), Arc::new(Mutex::new(Vec::new())));
        let record = Arc::clone(&calls);
        logic.on(move |request: pb::GetContactsOfUsersRequest| {
            record.lock().unwrap().push(request.user_ids.join(" "));
            let contacts = |user: &String| pb::GetContactsResponse {
                user_ids: if user == "carl" { Vec::new() } else { vec![format!("{user}'s friend")] },
            };
            Ok(pb::GetContactsOfUsersResponse {
                contacts: request.user_ids.iter().take(2).map(contacts).collect(),
            })
        });
        let client = logic.serve().await;
        let users = ["carl", "ann", "bob", "ann", "dan"];
        let found = join_all(users.map(|user| client.contacts(user.into()))).await;
        let found: Vec<String> =
            found.into_iter().map(|contacts| format!("{:?}", contacts.unwrap())).collect();
        let friend = |user: &str| format!("[UserId({user}'s friend)]");
        assert_eq!(found, ["[]".to_owned(), friend("ann"), friend("bob"), friend("ann"), friend("dan")]);
        assert_eq!(*calls.lock().unwrap(), ["ann bob carl dan", "carl dan"]);
    }

    #[actix_rt::test]
    async fn nobody_waits_for_ever_for_lists_that_are_not_told() {
        let logic = FakeLogic::default();
        logic.on(|_: pb::GetContactsOfUsersRequest| Ok(pb::GetContactsOfUsersResponse::default()));
        let client = logic.serve().await;
        assert!(client.contacts("ann".into()).await.is_err());
    }
}
