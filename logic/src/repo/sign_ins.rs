//! Sign-ins: the truth of every token.

use kit::batch::Flush;
use kit::grpc::Pool;
use protos::convert::required;
use protos::ids::{SignInId, UserId};
use protos::model::{SignIn, User};
use protos::pb::repo::sign_in_service_client::SignInServiceClient;
use protos::pb::repo::{
    ChangePasswordRequest, CreateSignInRequest, EndSignInRequest, FindSignInsRequest, ListSignInsRequest,
    RotateRefreshTokenRequest, RotationOutcome, SignInResponse,
};
use protos::{Error, Result};
use tonic::Code;

use super::{Repo, client};
use crate::detached::detached;

/// A sign-in to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewSignIn {
    pub(crate) id: SignInId,
    pub(crate) user_id: UserId,
    pub(crate) client_info: String,
    /// SHA-256 in hex.
    pub(crate) refresh_token_hash: String,
    /// Unix seconds.
    pub(crate) expires_at: i64,
}

/// A refresh token presented, and the one to follow it.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    pub(crate) sign_in_id: SignInId,
    pub(crate) presented_hash: String,
    pub(crate) successor_hash: String,
    /// Unix seconds.
    pub(crate) successor_expires_at: i64,
    pub(crate) grace_seconds: i32,
}

/// What presenting a refresh token came to.
#[derive(Clone, Debug)]
pub(crate) enum Rotated {
    /// The successor is good now.
    Done(User),
    /// A spent token came back: the sign-in has been ended.
    Reused,
    /// The sign-in was over, or never was.
    Ended,
}

/// A sign-in, dead or alive, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct FoundSignIn {
    pub(crate) sign_in: SignIn,
    pub(crate) user: User,
    /// They have joined WORLD.
    pub(crate) in_world: bool,
}

/// Looks sign-ins up for many callers at once.
#[derive(Clone, Debug)]
pub(super) struct LookUps(pub(super) Pool);

impl Flush for LookUps {
    type Item = Vec<SignInId>;
    type Reply = Vec<Result<Option<FoundSignIn>>>;

    fn weight(ids: &Self::Item) -> usize {
        ids.len()
    }

    async fn flush(self, lists: Vec<Self::Item>) -> Vec<Result<Self::Reply>> {
        let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
        let ids: Vec<SignInId> = lists.into_iter().flatten().collect();
        // Reading a thousand answers is nothing for the actors' thread.
        match detached(async move { look_up(&self.0, ids).await }).await {
            Ok(found) => {
                let mut found = found.into_iter();
                lengths.into_iter().map(|length| Ok(found.by_ref().take(length).collect())).collect()
            }
            Err(error) => lengths.into_iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

/// An answer for each id, in their order.
async fn look_up(repo: &Pool, ids: Vec<SignInId>) -> Result<Vec<Result<Option<FoundSignIn>>>> {
    let asked = ids.len();
    let request = FindSignInsRequest { sign_in_ids: ids.into_iter().map(Into::into).collect() };
    let call = |channel| {
        let request = request.clone();
        async move { client!(SignInServiceClient, channel).find_sign_ins(request).await }
    };
    let found = repo.idempotent(None, call).await?.sign_ins;
    if found.len() != asked {
        return Err(Error::internal("repo answered for other sign-ins"));
    }
    Ok(found.into_iter().map(read).collect())
}

fn read(answer: SignInResponse) -> Result<Option<FoundSignIn>> {
    let Some(sign_in) = answer.sign_in else { return Ok(None) };
    let user = required("the user", answer.user)?.into();
    Ok(Some(FoundSignIn { sign_in: sign_in.into(), user, in_world: answer.in_world }))
}

impl Repo {
    /// Stores a sign-in. Storing it twice stores it once.
    pub(crate) async fn create_sign_in(&self, sign_in: NewSignIn) -> Result<()> {
        let request = CreateSignInRequest {
            sign_in_id: sign_in.id.into(),
            user_id: sign_in.user_id.into(),
            client_info: sign_in.client_info,
            refresh_token_hash: sign_in.refresh_token_hash,
            expires_at: sign_in.expires_at,
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(SignInServiceClient, channel).create_sign_in(request).await }
        };
        self.0.idempotent(None, call).await.map(drop)
    }

    /// What is known of each of these sign-ins, in their order; `None` when there is no such sign-in. Read after this is asked.
    pub(crate) async fn find_sign_ins(&self, ids: Vec<SignInId>) -> Result<Vec<Result<Option<FoundSignIn>>>> {
        self.1.sign_ins.submit(ids).await
    }

    /// Spends a refresh token. Doing so twice with the same successor does no harm.
    pub(crate) async fn rotate_refresh_token(&self, rotation: Rotation) -> Result<Rotated> {
        let request = RotateRefreshTokenRequest {
            sign_in_id: rotation.sign_in_id.into(),
            presented_hash: rotation.presented_hash,
            successor_hash: rotation.successor_hash,
            successor_expires_at: rotation.successor_expires_at,
            grace_seconds: rotation.grace_seconds,
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(SignInServiceClient, channel).rotate_refresh_token(request).await }
        };
        let Some(answer) = found(self.0.idempotent(None, call).await)? else {
            return Ok(Rotated::Ended);
        };
        match answer.outcome() {
            RotationOutcome::Rotated => Ok(Rotated::Done(required("the user", answer.user)?.into())),
            RotationOutcome::Reused => Ok(Rotated::Reused),
            RotationOutcome::Ended => Ok(Rotated::Ended),
            RotationOutcome::Unspecified => Err(Error::internal("an answer lacks its outcome")),
        }
    }

    /// Ends a sign-in, which may have ended before; false when the user has no such sign-in.
    pub(crate) async fn end_sign_in(&self, id: &SignInId, user_id: &UserId) -> Result<bool> {
        let request = EndSignInRequest { sign_in_id: id.to_string(), user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(SignInServiceClient, channel).end_sign_in(request).await }
        };
        Ok(found(self.0.idempotent(None, call).await)?.is_some())
    }

    /// The living sign-ins of a user, the one that was used last first.
    pub(crate) async fn sign_ins_of(&self, user_id: &UserId) -> Result<Vec<SignIn>> {
        let request = ListSignInsRequest { user_id: user_id.to_string() };
        let call = |channel| {
            let request = request.clone();
            async move { client!(SignInServiceClient, channel).list_sign_ins(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.sign_ins.into_iter().map(Into::into).collect())
    }

    /// Stores a new password hash and ends the user's sign-ins but `keep`; which ended. Doing so twice does no harm.
    pub(crate) async fn change_password(
        &self,
        user_id: &UserId,
        password_hash: &str,
        keep: Option<&SignInId>,
    ) -> Result<Vec<SignInId>> {
        let request = ChangePasswordRequest {
            user_id: user_id.to_string(),
            password_hash: password_hash.to_owned(),
            keep_sign_in_id: keep.map(ToString::to_string).unwrap_or_default(),
        };
        let call = |channel| {
            let request = request.clone();
            async move { client!(SignInServiceClient, channel).change_password(request).await }
        };
        let answer = self.0.idempotent(None, call).await?;
        Ok(answer.ended_sign_in_ids.into_iter().map(Into::into).collect())
    }
}

/// `None` for whatever is not there.
fn found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.reason().grpc_code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
