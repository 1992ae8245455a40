//! `PushToUsers` between this library's types and the wire's.

use kit::grpc::{AuthorizedChannel, MAX_RESPONSE_BYTES};
use protos::ids::UserId;
use protos::pb::gateway::pusher_service_client::PusherServiceClient;
use protos::pb::gateway::{Event, PushResult, PushStatus, PushToUsersRequest};
use tonic::Status;

use super::{Push, PushOutcome, UserPush};
use crate::error::with_causes;
use crate::{Error, Result};

/// One call.
pub(super) async fn call(
    channel: AuthorizedChannel,
    push: &Push,
    users: &[&UserId],
) -> Result<Vec<UserPush>> {
    let mut client = PusherServiceClient::new(channel).max_decoding_message_size(MAX_RESPONSE_BYTES);
    let response = client.push_to_users(request(push, users)).await.map_err(refusal)?;
    Ok(response.into_inner().results.into_iter().map(Into::into).collect())
}

fn request(push: &Push, users: &[&UserId]) -> PushToUsersRequest {
    PushToUsersRequest {
        user_ids: users.iter().map(ToString::to_string).collect(),
        event: Some(Event { r#type: push.kind.clone(), data: push.data.clone(), chat: None }),
        push_id: push.push_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        exclude_session_ids: push.exclude.iter().map(ToString::to_string).collect(),
        // Too long a wish is refused as what it is.
        ttl_seconds: i32::try_from(push.ttl_seconds).unwrap_or(i32::MAX),
    }
}

/// The gateway's own refusals come through as they are; a connection that cannot be made is told with its cause.
fn refusal(status: Status) -> Error {
    match std::error::Error::source(&status) {
        Some(cause) => Error::Unreachable(with_causes(cause)),
        None => protos::Error::from(status).into(),
    }
}

impl From<PushStatus> for PushOutcome {
    fn from(status: PushStatus) -> Self {
        match status {
            PushStatus::Unspecified => Self::Unknown,
            PushStatus::Delivered => Self::Delivered,
            PushStatus::Offline => Self::Offline,
            PushStatus::Overloaded => Self::Overloaded,
            PushStatus::Unreachable => Self::Unreachable,
            PushStatus::Queued => Self::Queued,
        }
    }
}

impl From<PushResult> for UserPush {
    fn from(result: PushResult) -> Self {
        Self {
            outcome: result.status().into(),
            user: result.user_id.into(),
            sessions: u32::try_from(result.sessions).unwrap_or(0),
            gateways: result.gateway_ids.into_iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_asked_as_the_contract_says() {
        let push = Push::new("notification", r#"{"a":1}"#, Vec::new()).with_id("p".into());
        let wire = request(&push, &[&"u1".into(), &"u2".into()]);
        assert_eq!(wire.user_ids, ["u1", "u2"]);
        let event = wire.event.unwrap();
        assert_eq!((event.r#type.as_str(), event.data.as_str()), ("notification", r#"{"a":1}"#));
        assert_eq!((wire.push_id.as_str(), wire.ttl_seconds), ("p", 0));
        assert_eq!(request(&push.clone().with_ttl(60), &[]).ttl_seconds, 60);
        assert_eq!(request(&push.with_ttl(u32::MAX), &[]).ttl_seconds, i32::MAX);
    }

    #[test]
    fn a_status_of_a_later_version_is_unknown() {
        let result =
            PushResult { user_id: "u".into(), status: 77, sessions: -1, gateway_ids: vec!["g".into()] };
        let user = UserPush::from(result);
        assert_eq!((user.outcome, user.sessions), (PushOutcome::Unknown, 0));
        assert_eq!(user.gateways, ["g".into()]);
    }
}
