//! gRPC calls as other services and backend jobs make them; the only file of the tests that names prost types.

use std::net::SocketAddr;

use futures::StreamExt;
use kit::Secret;
use kit::grpc::{AuthorizedChannel, MAX_RESPONSE_BYTES, channel_to};
use protos::Reason;
use protos::pb::gateway::pusher_service_client::PusherServiceClient;
use protos::pb::gateway::{
    Event, PresenceChange, PushToUsersRequest, PushToUsersResponse, WatchPresenceRequest,
};
use protos::pb::logic::auth_service_client::AuthServiceClient;
use protos::pb::logic::conversation_service_client::ConversationServiceClient;
use protos::pb::logic::message_service_client::MessageServiceClient;
use protos::pb::logic::{
    AddMembersRequest, GetUnreadCountRequest, RemoveMembersRequest, SendMessageRequest, ValidateTokenRequest,
};
use protos::pb::repo::online_status_service_client::OnlineStatusServiceClient;
use protos::pb::repo::push_service_client::PushServiceClient;
use protos::pb::repo::{GetKeptPushesRequest, GetUserOnlineStatusRequest, GetUsersOnlineStatusRequest};
use protos::pb::types::{ConversationMemberRole, MessageType, OnlineStatus};
use serde_json::Value;
use tonic::{Status, Streaming};
use url::Url;

use super::within;

/// Where a user is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Presence {
    pub(crate) online: bool,
    /// Sorted.
    pub(crate) gateway_ids: Vec<String>,
}

/// What became of a push, for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushReport {
    pub(crate) user_id: String,
    /// The contract's name without its prefix.
    pub(crate) status: &'static str,
    pub(crate) sessions: i32,
    /// Sorted.
    pub(crate) gateway_ids: Vec<String>,
}

/// A push's whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    pub(crate) results: Vec<PushReport>,
    pub(crate) delivered_users: i32,
    pub(crate) offline_users: i32,
    pub(crate) delivered_sessions: i32,
    pub(crate) push_id: String,
}

/// Who is online, as a gateway tells it.
#[derive(Debug)]
pub(crate) struct Watching(Streaming<PresenceChange>);

impl Watching {
    /// The next user, and whether they are online; nothing when the stream ends well.
    pub(crate) async fn next(&mut self) -> Option<(String, bool)> {
        let change = within("presence is told", self.0.message()).await.unwrap()?;
        assert!(change.at > 0, "{change:?}");
        Some((change.user_id, change.online))
    }
}

/// A channel to one process.
#[derive(Clone, Debug)]
pub(crate) struct Rpc(AuthorizedChannel);

impl Rpc {
    pub(super) fn new(address: SocketAddr, token: &Secret) -> Self {
        let url = Url::parse(&format!("http://{address}")).unwrap();
        Self(channel_to(&url, token).unwrap())
    }

    /// `PushToUsers` without any extras; every user's report.
    pub(crate) async fn push(&self, users: &[&str], kind: &str, data: &Value) -> Vec<PushReport> {
        self.push_with(users, kind, data, "", &[]).await.unwrap().results
    }

    /// `PushToUsers`.
    pub(crate) async fn push_with(
        &self,
        users: &[&str],
        kind: &str,
        data: &Value,
        push_id: &str,
        exclude: &[&str],
    ) -> Result<Pushed, Status> {
        self.push_request(PushToUsersRequest {
            user_ids: owned(users),
            event: Some(Event { r#type: kind.to_owned(), data: data.to_string(), chat: None }),
            push_id: push_id.to_owned(),
            exclude_session_ids: owned(exclude),
            ttl_seconds: 0,
        })
        .await
    }

    /// `PushToUsers` of a notification that waits for so many seconds; its data names its id.
    pub(crate) async fn push_kept(
        &self,
        users: &[&str],
        push_id: &str,
        exclude: &[&str],
        ttl_seconds: i32,
    ) -> Result<Pushed, Status> {
        let request = kept_notification(users, push_id, ttl_seconds);
        self.push_request(PushToUsersRequest { exclude_session_ids: owned(exclude), ..request }).await
    }

    /// `PushStream` of such notifications for the same users; the answers in their order.
    pub(crate) async fn push_stream(
        &self,
        users: &[&str],
        push_ids: &[String],
        ttl_seconds: i32,
    ) -> Vec<Pushed> {
        let requests: Vec<_> =
            push_ids.iter().map(|push_id| kept_notification(users, push_id, ttl_seconds)).collect();
        let mut client = PusherServiceClient::new(self.0.clone());
        let answers = client.push_stream(futures::stream::iter(requests)).await.unwrap().into_inner();
        let answers = answers.map(|answer| pushed(answer.unwrap()));
        within("PushStream answers", answers.collect()).await
    }

    /// The ids of what is kept for a user, as far as one page tells.
    pub(crate) async fn kept_for(&self, user: &str) -> Vec<String> {
        let request = GetKeptPushesRequest { user_ids: owned(&[user]) };
        let mut client = PushServiceClient::new(self.0.clone());
        let answer = within("GetKeptPushes answers", client.get_kept_pushes(request)).await.unwrap();
        let pushes = answer.into_inner().users.into_iter().flat_map(|user| user.pushes);
        pushes.map(|push| push.push_id).collect()
    }

    async fn push_request(&self, request: PushToUsersRequest) -> Result<Pushed, Status> {
        let mut client =
            PusherServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_RESPONSE_BYTES);
        let answer = within("PushToUsers answers", client.push_to_users(request)).await?;
        Ok(pushed(answer.into_inner()))
    }

    /// `WatchPresence` of these users, or of all.
    pub(crate) async fn watch(&self, users: &[&str]) -> Result<Watching, Status> {
        let mut client = PusherServiceClient::new(self.0.clone());
        let begun = client.watch_presence(WatchPresenceRequest { user_ids: owned(users) });
        within("WatchPresence begins", begun).await.map(|answer| Watching(answer.into_inner()))
    }

    /// Whether one user is online; `None` while repo does not answer.
    pub(crate) async fn try_presence(&self, user: &str) -> Option<Presence> {
        let request = GetUserOnlineStatusRequest { user_id: user.to_owned() };
        let mut client = OnlineStatusServiceClient::new(self.0.clone());
        let answer = within("presence answers", client.get_user_online_status(request)).await.ok()?;
        answer.into_inner().status.map(presence)
    }

    /// Whether one user is online.
    pub(crate) async fn presence(&self, user: &str) -> Presence {
        self.try_presence(user).await.expect("presence can be read")
    }

    /// Whether these users are online, in this order; `None` while repo does not answer.
    pub(crate) async fn try_presences(&self, users: &[&str]) -> Option<Vec<Presence>> {
        let request = GetUsersOnlineStatusRequest { user_ids: owned(users) };
        let mut client = OnlineStatusServiceClient::new(self.0.clone());
        let answer = within("presence answers", client.get_users_online_status(request)).await.ok()?;
        Some(answer.into_inner().statuses.into_iter().map(presence).collect())
    }

    /// How many messages of a conversation a user has not read.
    pub(crate) async fn unread(&self, user: &str, conversation: &str) -> i64 {
        let request =
            GetUnreadCountRequest { user_id: user.to_owned(), conversation_id: conversation.to_owned() };
        let mut client = ConversationServiceClient::new(self.0.clone());
        within("GetUnreadCount answers", client.get_unread_count(request))
            .await
            .unwrap()
            .into_inner()
            .unread_count
    }

    /// Adds users as plain members; all must get in.
    pub(crate) async fn add_members(&self, operator: &str, conversation: &str, users: &[&str]) {
        self.add(operator, conversation, users, ConversationMemberRole::Member).await;
    }

    /// Adds a user as an admin, who must get in.
    pub(crate) async fn add_admin(&self, operator: &str, conversation: &str, user: &str) {
        self.add(operator, conversation, &[user], ConversationMemberRole::Admin).await;
    }

    async fn add(&self, operator: &str, conversation: &str, users: &[&str], role: ConversationMemberRole) {
        let request = AddMembersRequest {
            operator_id: operator.to_owned(),
            conversation_id: conversation.to_owned(),
            user_ids: owned(users),
            role: role.into(),
        };
        let mut client = ConversationServiceClient::new(self.0.clone());
        let answer = within("AddMembers answers", client.add_members(request)).await.unwrap().into_inner();
        assert_eq!((answer.added_user_ids, answer.failed_users), (owned(users), vec![]));
    }

    /// Removes a member, which must succeed.
    pub(crate) async fn remove_member(&self, operator: &str, conversation: &str, user: &str) {
        let request = RemoveMembersRequest {
            operator_id: operator.to_owned(),
            conversation_id: conversation.to_owned(),
            user_ids: vec![user.to_owned()],
            reason: String::new(),
        };
        let mut client = ConversationServiceClient::new(self.0.clone());
        let answer =
            within("RemoveMembers answers", client.remove_members(request)).await.unwrap().into_inner();
        assert_eq!((answer.removed_user_ids, answer.failed_users), (vec![user.to_owned()], vec![]));
    }

    /// Sends a text without a session: the seq, or the reason of the refusal.
    pub(crate) async fn send(
        &self,
        user: &str,
        conversation: &str,
        content: &str,
        key: &str,
    ) -> Result<i64, Reason> {
        let request = SendMessageRequest {
            user_id: user.to_owned(),
            conversation_id: conversation.to_owned(),
            content: content.to_owned(),
            r#type: MessageType::Text.into(),
            client_msg_id: key.to_owned(),
            ..SendMessageRequest::default()
        };
        let mut client = MessageServiceClient::new(self.0.clone());
        match within("SendMessage answers", client.send_message(request)).await {
            Ok(answer) => Ok(answer.into_inner().message.unwrap().seq_id),
            Err(status) => Err(protos::Error::from(status).reason()),
        }
    }

    /// Whether an access token is good; with the reason why not.
    pub(crate) async fn validate(&self, access_token: &str) -> Result<String, String> {
        let request = ValidateTokenRequest { access_token: access_token.to_owned() };
        let mut client = AuthServiceClient::new(self.0.clone());
        let answer =
            within("ValidateToken answers", client.validate_token(request)).await.unwrap().into_inner();
        if answer.valid { Ok(answer.user.unwrap().id) } else { Err(answer.reason) }
    }
}

fn kept_notification(users: &[&str], push_id: &str, ttl_seconds: i32) -> PushToUsersRequest {
    let data = serde_json::json!({ "push": push_id }).to_string();
    PushToUsersRequest {
        user_ids: owned(users),
        event: Some(Event { r#type: "notification".into(), data, chat: None }),
        push_id: push_id.to_owned(),
        exclude_session_ids: Vec::new(),
        ttl_seconds,
    }
}

fn pushed(answer: PushToUsersResponse) -> Pushed {
    let results = answer.results.into_iter().map(|result| PushReport {
        status: result.status().as_str_name().trim_start_matches("PUSH_STATUS_"),
        sessions: result.sessions,
        gateway_ids: sorted(result.gateway_ids),
        user_id: result.user_id,
    });
    Pushed {
        results: results.collect(),
        delivered_users: answer.delivered_users,
        offline_users: answer.offline_users,
        delivered_sessions: answer.delivered_sessions,
        push_id: answer.push_id,
    }
}

fn presence(status: OnlineStatus) -> Presence {
    Presence { online: status.is_online, gateway_ids: sorted(status.gateway_ids) }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}
