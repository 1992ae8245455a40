//! Who calls: the access token of the `Authorization` header, and whom it speaks for.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use futures::future::{LocalBoxFuture, Ready, ready};
use protos::{Error, Reason};

use super::{AppState, Failure};
use crate::logic::Authenticated;

/// The access token as it was presented; nobody has checked it. No `Debug`, so that none is ever logged.
pub(super) struct BearerToken(pub(super) String);

impl FromRequest for BearerToken {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let presented = req.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = presented
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty());
        ready(match token {
            Some((_, token)) => Ok(Self(token.trim().to_owned())),
            None => Err(Error::new(Reason::Unauthorized, "an access token is needed").into()),
        })
    }
}

/// A signed-in caller and, behind the token's check, the rest of the request: who has no valid token learns nothing else.
pub(super) struct Caller<T>(pub(super) Authenticated, pub(super) T);

impl<T> FromRequest for Caller<T>
where
    T: FromRequest + 'static,
{
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let token = BearerToken::extract(req).into_inner();
        let state = web::Data::<AppState>::extract(req);
        let rest = T::from_request(req, payload);
        Box::pin(async move {
            let BearerToken(token) = token?;
            let state = state.await?;
            let caller = state.logic.validate_token(&token).await.map_err(Failure::from)?;
            state.limits.request(&caller.user.id).map_err(Failure::from)?;
            Ok(Self(caller, rest.await.map_err(Into::into)?))
        })
    }
}
