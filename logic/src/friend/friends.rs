//! Friends: who asks, who answers, and who hears of it.

use protos::ids::{FriendRequestId, UserId};
use protos::model::{ChatEvent, FriendRequest, UserInfo};
use protos::{Error, Result};

use super::policy;
use crate::detached::detached;
use crate::fanout::Fanout;
use crate::repo::{AnsweredRequest, Repo};

/// Makes and ends friendships, and blocks.
#[derive(Clone, Debug)]
pub(crate) struct Friends {
    pub(crate) repo: Repo,
    pub(crate) fanout: Fanout,
}

/// Which of a user's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Others want to be their friend.
    Received,
    /// They want to be others'.
    Sent,
}

/// What somebody answers to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Yes.
    Accept,
    /// No.
    Reject,
}

impl Friends {
    /// A user's friends by name.
    pub(crate) async fn list(&self, user_id: &UserId) -> Result<Vec<UserInfo>> {
        self.repo.friends(user_id).await
    }

    /// The requests that wait for an answer, newest first.
    pub(crate) async fn requests(
        &self,
        user_id: &UserId,
        direction: Direction,
    ) -> Result<Vec<FriendRequest>> {
        self.repo.friend_requests(user_id, direction == Direction::Sent).await
    }

    /// Asks somebody to be a friend, and tells them.
    ///
    /// # Errors
    /// See [`policy::may_ask`]; `FRIEND_REQUEST_ALREADY_EXISTS` when they are friends or a request waits, in either direction;
    /// `FORBIDDEN` where a block stands between the two.
    pub(crate) async fn ask(&self, from: UserId, to: UserId, message: String) -> Result<FriendRequest> {
        policy::two_users(&from, &to)?;
        policy::check_message(&message)?;
        let users = self.repo.users(&[from.clone(), to.clone()]).await?;
        let find = |id: &UserId| users.iter().find(|user| user.id == *id);
        policy::may_ask(find(&from).ok_or_else(Error::user_not_found)?, find(&to))?;
        let friends = self.clone();
        detached(async move {
            let request = friends.repo.create_friend_request(&from, &to, &message).await?;
            friends.fanout.tell(vec![to], ChatEvent::FriendRequested(request.clone()));
            Ok(request)
        })
        .await
    }

    /// Answers a request; accepting opens the SINGLE of the two and tells both. The same answer again is the first one's.
    ///
    /// # Errors
    /// `FRIEND_REQUEST_NOT_FOUND` for anybody but its receiver, and after the other answer.
    pub(crate) async fn answer(
        &self,
        user_id: UserId,
        id: FriendRequestId,
        action: Action,
    ) -> Result<AnsweredRequest> {
        let friends = self.clone();
        detached(async move {
            let accept = action == Action::Accept;
            let answered = friends.repo.answer_friend_request(&id, &user_id, accept).await?;
            friends.tell_both(&answered);
            Ok(answered)
        })
        .await
    }

    /// Also after a repetition, whose first answer may have got lost before anybody was told; not when they have parted since.
    fn tell_both(&self, answered: &AnsweredRequest) {
        let Some(conversation_id) = answered.conversation_id.as_ref().filter(|_| answered.friends) else {
            return;
        };
        let (from, to) = (&answered.request.from, &answered.request.to);
        for (told, friend) in [(from, to), (to, from)] {
            let event =
                ChatEvent::FriendAccepted { user: friend.clone(), conversation_id: conversation_id.clone() };
            self.fanout.tell(vec![told.id.clone()], event);
        }
    }

    /// Ends a friendship, for both. Their SINGLE stays.
    ///
    /// # Errors
    /// `USER_NOT_FOUND` for who is no friend.
    pub(crate) async fn remove(&self, user_id: &UserId, friend_id: &UserId) -> Result<()> {
        policy::two_users(user_id, friend_id)?;
        if self.repo.remove_friend(user_id, friend_id).await? {
            return Ok(());
        }
        Err(Error::new(protos::Reason::UserNotFound, "this user is no friend of yours"))
    }

    /// Blocks a user: no friendship, no requests, and no word from them in the SINGLE. Blocking again is no error.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`.
    pub(crate) async fn block(&self, blocker: &UserId, blocked: &UserId) -> Result<()> {
        policy::two_users(blocker, blocked)?;
        self.repo.block_user(blocker, blocked).await
    }

    /// Takes a block back. Where there is none, nothing changes; what blocking ended does not come back.
    ///
    /// # Errors
    /// `USER_NOT_FOUND`.
    pub(crate) async fn unblock(&self, blocker: &UserId, blocked: &UserId) -> Result<()> {
        policy::two_users(blocker, blocked)?;
        self.repo.unblock_user(blocker, blocked).await
    }

    /// Whom a user has blocked, the newest block first.
    pub(crate) async fn blocked(&self, user_id: &UserId) -> Result<Vec<UserInfo>> {
        self.repo.blocked_users(user_id).await
    }

    /// Which of the others are friends of the user, or the other user of a SINGLE.
    pub(crate) async fn contacts_among(&self, user_id: &UserId, others: &[UserId]) -> Result<Vec<UserId>> {
        self.repo.contacts_among(user_id, others).await
    }

    /// Who is told when each of the users comes and goes, in their order.
    pub(crate) async fn contacts(&self, users: Vec<UserId>) -> Result<Vec<Vec<UserId>>> {
        self.repo.contacts(users).await
    }
}
