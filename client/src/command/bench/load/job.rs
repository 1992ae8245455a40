//! A backend job that pushes.

use std::net::SocketAddr;

use kit::Secret;
use kit::grpc::{AuthorizedChannel, MAX_RESPONSE_BYTES, channel_to};
use protos::ids::UserId;
use protos::pb::gateway::pusher_service_client::PusherServiceClient;
use protos::pb::gateway::{Event, PushResult, PushStatus, PushToUsersRequest, PushToUsersResponse};
use tokio_stream::wrappers::UnboundedReceiverStream;
use url::Url;

use crate::command::Failure;
use crate::command::bench::wire::pushed_data;

const KIND: &str = "notification";

/// A job before it is connected.
#[derive(Clone, Debug)]
pub(in super::super) struct Job {
    pub(in super::super) gateway: SocketAddr,
    pub(in super::super) token: Secret,
    pub(in super::super) users: Vec<UserId>,
}

/// A connected job.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    job: &'a Job,
    client: PusherServiceClient<AuthorizedChannel>,
}

impl Job {
    /// Connects from the thread that it runs on, when it first calls.
    pub(super) fn caller(&self) -> Result<Caller<'_>, Failure> {
        let url = Url::parse(&format!("http://{}", self.gateway))?;
        let client = PusherServiceClient::new(channel_to(&url, &self.token)?);
        Ok(Caller { job: self, client: client.max_decoding_message_size(MAX_RESPONSE_BYTES) })
    }
}

impl Caller<'_> {
    /// Pushes the message of this number to all users, and demands that each has got it once.
    ///
    /// # Errors
    /// When somebody has not; when the call fails.
    pub(super) async fn push(&self, number: u64) -> Result<(), Failure> {
        let answer = self.client.clone().push_to_users(request(&self.job.users, number)).await?.into_inner();
        delivered(&answer, &self.job.users)
    }

    /// Opens a stream: requests go in by the channel, and answers come in their order.
    ///
    /// # Errors
    /// When the stream does not open.
    pub(super) async fn stream(
        &self,
        requests: tokio::sync::mpsc::UnboundedReceiver<PushToUsersRequest>,
    ) -> Result<tonic::Streaming<PushToUsersResponse>, Failure> {
        let requests = UnboundedReceiverStream::new(requests);
        Ok(self.client.clone().push_stream(requests).await?.into_inner())
    }
}

/// A push of the message of this number.
pub(super) fn request(users: &[UserId], number: u64) -> PushToUsersRequest {
    PushToUsersRequest {
        user_ids: users.iter().map(ToString::to_string).collect(),
        event: Some(Event { r#type: KIND.to_owned(), data: pushed_data(number), chat: None }),
        ..PushToUsersRequest::default()
    }
}

/// Demands one result for each user, in their order, and that each has got it in one session.
///
/// # Errors
/// The first that is otherwise.
pub(super) fn delivered(answer: &PushToUsersResponse, users: &[UserId]) -> Result<(), Failure> {
    if answer.results.len() != users.len() {
        return Err(format!("a push to {} users has {} results", users.len(), answer.results.len()).into());
    }
    let wrong = |(result, user): &(&PushResult, &UserId)| {
        result.user_id != user.as_str() || result.status() != PushStatus::Delivered || result.sessions != 1
    };
    match answer.results.iter().zip(users).find(wrong) {
        None => Ok(()),
        Some((result, user)) => {
            let (status, sessions) = (result.status().as_str_name(), result.sessions);
            Err(format!(
                "a push to {user} has the result {status} for {} in {sessions} sessions",
                result.user_id
            )
            .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: PushStatus, sessions: i32) -> PushToUsersResponse {
        let result =
            PushResult { user_id: "u".into(), status: status.into(), sessions, gateway_ids: Vec::new() };
        PushToUsersResponse { results: vec![result], ..PushToUsersResponse::default() }
    }

    #[test]
    fn a_push_that_not_all_got_is_told() {
        let user = ["u".into()];
        assert!(delivered(&answer(PushStatus::Delivered, 1), &user).is_ok());
        for wrong in
            [answer(PushStatus::Offline, 0), answer(PushStatus::Delivered, 2), PushToUsersResponse::default()]
        {
            assert!(delivered(&wrong, &user).is_err(), "{wrong:?}");
        }
        assert!(delivered(&answer(PushStatus::Delivered, 1), &["v".into()]).is_err());
    }
}
