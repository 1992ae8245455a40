//! What gathers single calls into common ones.

use kit::batch::Flush;
use protos::ids::{PushId, UserId};
use protos::{Error, Result};

use super::client::Client;
use super::{Found, Kept, KeptPush, PushToKeep, PushUsers, Received};

/// What stands around an id or a number on the wire.
const AROUND_AN_ID: usize = 12;

/// Reads queues.
#[derive(Clone, Debug)]
pub(super) struct Pages(pub(super) Client);

/// Puts pushes into queues.
#[derive(Clone, Debug)]
pub(super) struct Keeps(pub(super) Client);

/// Takes out of queues what users have got.
#[derive(Clone, Debug)]
pub(super) struct Drops(pub(super) Client);

/// Finds who needs a push no more.
#[derive(Clone, Debug)]
pub(super) struct Finds(pub(super) Client);

/// Notes who had a push.
#[derive(Clone, Debug)]
pub(super) struct Notes(pub(super) Client);

impl Flush for Pages {
    type Item = UserId;
    type Reply = Vec<KeptPush>;

    fn weight(user: &UserId) -> usize {
        user.as_str().len() + AROUND_AN_ID
    }

    async fn flush(self, users: Vec<UserId>) -> Vec<Result<Self::Reply>> {
        let pages = self.0.pages(users.clone()).await;
        let page = |user| Ok(pages.as_ref().map_err(Clone::clone)?.get(&user).cloned().unwrap_or_default());
        users.into_iter().map(page).collect()
    }
}

impl Flush for Keeps {
    type Item = PushToKeep;
    type Reply = Kept;

    fn weight(push: &PushToKeep) -> usize {
        ids(&push.users) + push.kind.len() + push.data.get().len()
    }

    async fn flush(self, pushes: Vec<PushToKeep>) -> Vec<Result<Kept>> {
        let count = pushes.len();
        one_by_one(self.0.keep(pushes).await, count)
    }
}

impl Flush for Drops {
    type Item = Vec<Received>;
    type Reply = ();

    fn weight(received: &Self::Item) -> usize {
        let push = |(_, id): &(i64, PushId)| id.as_str().len() + 2 * AROUND_AN_ID;
        let one = |(user, pushes): &Received| {
            user.as_str().len() + AROUND_AN_ID + pushes.iter().map(push).sum::<usize>()
        };
        received.iter().map(one).sum()
    }

    async fn flush(self, received: Vec<Self::Item>) -> Vec<Result<()>> {
        let count = received.len();
        vec![self.0.take_out(received.into_iter().flatten().collect()).await; count]
    }
}

impl Flush for Finds {
    type Item = PushUsers;
    type Reply = Found;

    fn weight((_, users): &PushUsers) -> usize {
        ids(users)
    }

    async fn flush(self, pushes: Vec<PushUsers>) -> Vec<Result<Found>> {
        let count = pushes.len();
        one_by_one(self.0.find(pushes).await, count)
    }
}

impl Flush for Notes {
    type Item = PushUsers;
    type Reply = ();

    fn weight((_, users): &PushUsers) -> usize {
        ids(users)
    }

    async fn flush(self, pushes: Vec<PushUsers>) -> Vec<Result<()>> {
        let count = pushes.len();
        vec![self.0.note(pushes).await; count]
    }
}

fn ids(users: &[UserId]) -> usize {
    users.iter().map(|user| user.as_str().len() + AROUND_AN_ID).sum()
}

/// The answers to a common call, for each of its callers.
fn one_by_one<T>(answers: Result<Vec<T>>, count: usize) -> Vec<Result<T>> {
    match answers {
        Ok(answers) if answers.len() == count => answers.into_iter().map(Ok).collect(),
        Ok(_) => (0..count).map(|_| Err(Error::internal("repo answered for other pushes"))).collect(),
        Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
    }
}
