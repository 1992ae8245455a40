//! The calls of a repo, short enough for a test to read as a story.

use kit::grpc::{AuthorizedChannel, MAX_RESPONSE_BYTES};
use protos::pb::repo as pb;
use protos::pb::repo::conversation_service_client::ConversationServiceClient;
use protos::pb::repo::friend_service_client::FriendServiceClient;
use protos::pb::repo::message_service_client::MessageServiceClient;
use protos::pb::repo::push_service_client::PushServiceClient;
use protos::pb::repo::sign_in_service_client::SignInServiceClient;
use protos::pb::repo::user_service_client::UserServiceClient;
use protos::pb::types;
use protos::{Error, Reason};
use tonic::{Response, Status};

/// The clients of one repo.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) users: UserServiceClient<AuthorizedChannel>,
    pub(crate) sign_ins: SignInServiceClient<AuthorizedChannel>,
    pub(crate) conversations: ConversationServiceClient<AuthorizedChannel>,
    pub(crate) friends: FriendServiceClient<AuthorizedChannel>,
    pub(crate) messages: MessageServiceClient<AuthorizedChannel>,
    pub(crate) pushes: PushServiceClient<AuthorizedChannel>,
}

/// The reason that a call was refused for.
pub(crate) fn reason<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> Reason {
    Error::from(outcome.unwrap_err()).reason()
}

/// A message in the making.
pub(crate) fn text(conversation: &str, sender: &str, key: &str) -> pb::SaveMessageRequest {
    pb::SaveMessageRequest {
        conversation_id: conversation.to_owned(),
        sender_id: sender.to_owned(),
        message_type: types::MessageType::Text.into(),
        content: format!("content of {key}"),
        client_msg_id: key.to_owned(),
        extra: String::new(),
    }
}

impl Api {
    pub(super) fn new(channel: AuthorizedChannel) -> Self {
        Self {
            users: UserServiceClient::new(channel.clone()),
            sign_ins: SignInServiceClient::new(channel.clone()),
            conversations: ConversationServiceClient::new(channel.clone()),
            friends: FriendServiceClient::new(channel.clone()),
            pushes: PushServiceClient::new(channel.clone()).max_decoding_message_size(MAX_RESPONSE_BYTES),
            messages: MessageServiceClient::new(channel).max_decoding_message_size(MAX_RESPONSE_BYTES),
        }
    }

    /// Makes a user and returns the id.
    pub(crate) async fn user(&mut self, username: &str) -> String {
        let request = pb::CreateUserRequest { username: username.to_owned(), ..Default::default() };
        self.users.create_user(request).await.unwrap().into_inner().user.unwrap().id
    }

    pub(crate) async fn many_users(&mut self, prefix: &str, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(self.user(&format!("{prefix}{number:03}")).await);
        }
        ids
    }

    /// Makes a group and returns the id.
    pub(crate) async fn group(&mut self, owner: &str, members: &[String]) -> String {
        let request = pb::CreateConversationRequest {
            r#type: types::ConversationType::Group.into(),
            name: "group".into(),
            owner_id: owner.to_owned(),
            member_ids: members.to_vec(),
            ..Default::default()
        };
        self.conversations.create_conversation(request).await.unwrap().into_inner().conversation.unwrap().id
    }

    pub(crate) async fn single(&mut self, one: &str, other: &str) -> pb::CreateConversationResponse {
        let request = pb::CreateConversationRequest {
            r#type: types::ConversationType::Single.into(),
            owner_id: one.to_owned(),
            member_ids: vec![other.to_owned()],
            ..Default::default()
        };
        self.conversations.create_conversation(request).await.unwrap().into_inner()
    }

    /// Saves a message.
    pub(crate) async fn send(&mut self, request: pb::SaveMessageRequest) -> Result<types::Message, Reason> {
        let saved = self.messages.save_message(request).await;
        saved.map(|saved| saved.into_inner().message.unwrap()).map_err(|status| Error::from(status).reason())
    }

    /// Saves messages: their outcomes in order.
    pub(crate) async fn send_all(
        &mut self,
        requests: Vec<pb::SaveMessageRequest>,
    ) -> Vec<Result<pb::SavedMessage, String>> {
        use pb::save_message_outcome::Outcome;
        let answer = self.messages.save_messages(pb::SaveMessagesRequest { requests }).await.unwrap();
        let outcomes =
            answer.into_inner().outcomes.into_iter().map(|outcome| match outcome.outcome.unwrap() {
                Outcome::Saved(saved) => Ok(saved),
                Outcome::Failed(failure) => Err(failure.reason),
            });
        outcomes.collect()
    }

    /// Every message of a conversation, oldest first.
    pub(crate) async fn history(&mut self, conversation: &str) -> Vec<types::Message> {
        self.try_history(conversation).await.unwrap()
    }

    /// The same, where the database may not answer.
    pub(crate) async fn try_history(&mut self, conversation: &str) -> Result<Vec<types::Message>, Reason> {
        let (mut all, mut start_seq_id) = (Vec::new(), 0);
        loop {
            let request = pb::GetConversationMessagesRequest {
                conversation_id: conversation.to_owned(),
                start_seq_id,
                ascending: true,
                limit: 200,
                ..Default::default()
            };
            let answer = self.messages.get_conversation_messages(request).await;
            let page = answer.map_err(|status| Error::from(status).reason())?.into_inner();
            all.extend(page.messages);
            if !page.has_more {
                return Ok(all);
            }
            start_seq_id = page.next_seq_id;
        }
    }

    pub(crate) async fn details(
        &mut self,
        user: &str,
        conversation: &str,
    ) -> Result<pb::ConversationDetails, Reason> {
        let request = pb::GetConversationForUserRequest {
            user_id: user.to_owned(),
            conversation_id: conversation.to_owned(),
        };
        let found = self.conversations.get_conversation_for_user(request).await;
        found.map(|found| found.into_inner().details.unwrap()).map_err(|status| Error::from(status).reason())
    }

    pub(crate) async fn member_ids(&mut self, conversation: &str) -> (Vec<String>, i64) {
        let request = pb::GetMemberIdsRequest { conversation_id: conversation.to_owned() };
        let answer = self.conversations.get_member_ids(request).await.unwrap().into_inner();
        (answer.user_ids, answer.member_version)
    }
}
